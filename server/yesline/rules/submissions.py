"""What a form's page does: submit, ask again, correct the number, type the code.

The answer to anonymous pages is the same for a new, pending, subscribed, stopped or capped number, and so are the rows
written: where no text may go, one is written as dropped with its reason (contracts section 2; ``security-compliance`` rule 9).
"""

from msgspec.structs import replace

from yesline.errors import Refusal
from yesline.records import (
    Confirmed,
    Correct,
    Decision,
    EnterCode,
    Hits,
    Prompt,
    Receipt,
    Resend,
    State,
    Subject,
    Submission,
    Submit,
)
from yesline.rules import signing
from yesline.rules.abuse import SECOND, Scope, form_scope, wait
from yesline.rules.consent import ask_again, confirm, lapse, move, new_prompt, queue, void
from yesline.rules.desk import Desk


def submit(desk: Desk, act: Submit) -> Decision:
    """Record a consent given on a form and ask the phone."""
    known = desk.get(Submission, act.submission)
    if known:
        return desk.decision(_repeat(desk, act, known))
    for scope, of in ((desk.policy.address, act.address), (form_scope(act.form.form.daily), act.form.form.id)):
        if not desk.count(scope, of):
            return Decision(_too_many(desk, scope, of))
    return desk.decision(_accept(desk, act))


def _repeat(desk: Desk, act: Submit, known: Submission) -> Receipt | Refusal:
    if known.digest != act.digest:
        message = "This submission id was used with another body: make a new id for a new attempt."
        return Refusal("submission_conflict", message, field="id")
    return _receipt(desk, known, act)


def _too_many(desk: Desk, scope: Scope, of: str) -> Refusal:
    seconds = wait(desk.get(Hits, scope.key(of)), scope, desk.now)
    message = f"Too many submissions from here: try again in {seconds} seconds."
    return Refusal("too_many_requests", message, 429, retry_after=seconds)


def _receipt(desk: Desk, submission: Submission, act: Submit) -> Receipt:
    seconds = max(0, -(-(submission.resend_at - desk.now) // SECOND))
    return Receipt(submission.id, "done" if act.form.group.opt_in == "single" else "confirm", seconds)


def _accept(desk: Desk, act: Submit) -> Receipt:
    """Ask the phone for the form's group, and for those of other boxes ticked in it: all of that counts as one."""
    subject = desk.subject(act.tag, act.phone)
    # Both caps are always counted, so that one cannot hide behind the other.
    counted = [desk.count(desk.policy.number, act.tag), desk.count(desk.policy.block, act.block)]
    first, *_ = [_keep(desk, subject, asked, admitted=all(counted)) for asked in (act, *act.also)]
    return _receipt(desk, first, act)


def _keep(desk: Desk, subject: Subject, act: Submit, *, admitted: bool) -> Submission:
    prompt = _ask(desk, subject, act, admitted=admitted)
    return desk.put(
        Submission(
            id=act.submission,
            form_id=act.form.form.id,
            version=act.form.version,
            subject_id=subject.id,
            prompt_id=prompt.id,
            digest=act.digest,
            resend_at=desk.now + desk.policy.resend_every,
            created_at=desk.now,
        )
    )


def _ask(desk: Desk, subject: Subject, act: Submit, *, admitted: bool) -> Prompt:
    """Open the prompt that this submission asks for, or take up the one already open."""
    group = act.form.group
    lapse(desk, subject, group.id)
    current = desk.subscription(subject, group.id)
    reason = _why_not(desk, subject, act, current.state, admitted=admitted)
    if found := _open_prompt(desk, subject, group.id):
        prompt = _promised(desk, found if reason else ask_again(desk, found), act)
        after = current
    else:
        prompt = desk.put(_first(desk, subject, act, current.state))
        joins: State = "subscribed" if group.opt_in == "single" else "pending"
        stays = reason == "stopped" or current.state == "subscribed"
        after = current if stays else move(desk, current, joins, act.language)
    facts = act.facts | {"submission": act.submission}
    kind = "subscribed" if after.state == "subscribed" != current.state else "requested"
    desk.note(subject, kind, "form", (group.id, current.state, after.state), facts)  # type: ignore[arg-type]
    _queue_answer(desk, subject, prompt, reason, single=kind == "subscribed")
    return prompt


def _queue_answer(desk: Desk, subject: Subject, prompt: Prompt, reason: str, *, single: bool) -> None:
    if single:
        desk.put(replace(prompt, state="confirmed"))
    kind = "confirmation" if single else "prompt" if prompt.purpose == "join" else "already"
    queue(desk, subject, kind, prompt, reason)  # type: ignore[arg-type]


def _promised(desk: Desk, prompt: Prompt, act: Submit) -> Prompt:
    """The prompt with what the newest form thanks with, if it does."""
    form = act.form.form
    if not (form.coupon or form.coupon_pool):
        return prompt
    return desk.put(replace(prompt, coupon=form.coupon, coupon_pool=form.coupon_pool))


def _why_not(desk: Desk, subject: Subject, act: Submit, state: str, *, admitted: bool) -> str:
    """Why no text may go to this number now, or nothing."""
    if desk.stopped(subject, act.form.group.id):
        return "stopped"
    if not admitted:
        return "capped"
    return "capped" if state == "subscribed" and not desk.count(desk.policy.already, act.tag) else ""


def _open_prompt(desk: Desk, subject: Subject, group_id: str) -> Prompt | None:
    return next((prompt for prompt in desk.open_prompts(subject) if prompt.group_id == group_id), None)


def _first(desk: Desk, subject: Subject, act: Submit, state: str) -> Prompt:
    fresh = new_prompt(desk, subject, act.form.group, act.language, act.form.form.methods)
    return replace(
        fresh,
        host=act.host,
        submission_id=act.submission,
        purpose="already" if state == "subscribed" else "join",
        state="void" if desk.stopped(subject, act.form.group.id) else "open",
        coupon=act.form.form.coupon,
        coupon_pool=act.form.form.coupon_pool,
    )


def _theirs(desk: Desk, submission_id: str) -> tuple[Submission, Prompt]:
    submission = desk.get(Submission, submission_id)
    prompt = desk.get(Prompt, submission.prompt_id) if submission else None
    if not submission or not prompt or desk.owner(prompt).tag is None:
        raise Refusal("submission_not_found", "There is no such submission: submit the form first.", 404)
    return submission, prompt


def resend(desk: Desk, act: Resend) -> Decision:
    """Send the prompt again, within the caps of its number."""
    submission, prompt = _theirs(desk, act.submission)
    early = -(-(submission.resend_at - desk.now) // SECOND)
    if early > 0:
        message = f"Just sent: ask again in {early} seconds."
        return Decision(Refusal("resend_too_early", message, 429, retry_after=early))
    submission = desk.put(replace(submission, resend_at=desk.now + desk.policy.resend_every))
    subject = desk.owner(prompt)
    open_ = prompt.state == "open" and prompt.closes_at > desk.now
    admitted = desk.count(desk.policy.number, str(subject.tag))
    if open_ and admitted:
        prompt = ask_again(desk, prompt)
    reason = "" if open_ and admitted else "capped" if open_ else "closed"
    queue(desk, subject, "prompt" if prompt.purpose == "join" else "already", prompt, reason)
    return desk.decision(Receipt(submission.id, "confirm", desk.policy.resend_every // SECOND))


def correct(desk: Desk, act: Correct) -> Decision:
    """Void the prompt that went to a mistyped number and ask the right one; counts as a new submit for all caps."""
    submission, prompt = _theirs(desk, act.submission)
    if prompt.state == "confirmed":
        return Decision(
            Refusal("already_confirmed", "This number is confirmed already: submit again for another.", 409)
        )
    asked = act.submit
    old = desk.owner(prompt)
    if old.tag == asked.tag:
        return desk.decision(_receipt(desk, submission, asked))
    for scope, of in ((desk.policy.address, asked.address), (form_scope(asked.form.form.daily), asked.form.form.id)):
        if not desk.count(scope, of):
            return Decision(_too_many(desk, scope, of))
    for name in (submission.id, *(other.submission for other in asked.also)):
        _take_back(desk, name)
    return desk.decision(_accept(desk, replace(asked, digest=submission.digest)))


def _take_back(desk: Desk, name: str) -> None:
    """Close what a submission asked. A prompt that was open before it is somebody else's to answer: a stranger's typo must not close it."""
    submission = desk.get(Submission, name)
    prompt = desk.get(Prompt, submission.prompt_id) if submission else None
    if prompt and prompt.submission_id == name and prompt.state == "open":
        void(desk, prompt, "form", "corrected")


def _thanks(prompt: Prompt) -> bool:
    return bool(prompt.coupon or prompt.coupon_pool)


def enter_code(desk: Desk, act: EnterCode) -> Decision:
    """Confirm by the typed code. Wrong, expired, spent and foreign codes have one answer, and each try is counted."""
    _, prompt = _theirs(desk, act.submission)
    subject = desk.owner(prompt)
    if prompt.state == "confirmed":
        return Decision(Confirmed(already=True, thanked=_thanks(prompt)))
    counted = desk.count(desk.policy.codes, str(subject.tag))
    tried = desk.put(replace(prompt, tries=prompt.tries + 1))
    good = signing.code_matches(desk.keys, prompt.id, prompt.generation, act.code)
    usable = counted and prompt.tries < desk.policy.code_tries and prompt.code_until > desk.now
    if good and usable and "code" in prompt.methods.split() and confirm(desk, tried, "code", act.facts):
        return desk.decision(Confirmed(already=False, thanked=_thanks(prompt)))
    message = "That code is wrong or out of date: check the text, or ask for a new one."
    return desk.decision(Refusal("code_wrong", message, field="code"))
