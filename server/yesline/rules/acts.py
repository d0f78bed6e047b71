"""Which rule decides which act, and what each act needs to have loaded."""

from collections.abc import Callable, Iterable
from typing import Any

from yesline.records import (
    Act,
    CaughtUp,
    ClearNumber,
    Correct,
    Decision,
    Delivery,
    Dispatch,
    EnterCode,
    Erase,
    Expire,
    Forget,
    Identify,
    InboundText,
    NameProfiles,
    PressLink,
    PressStop,
    Resend,
    Restored,
    Review,
    SetStates,
    Setting,
    StopByHand,
    Subject,
    Submit,
    TextResult,
    Track,
    Wants,
)
from yesline.rules import profiles, replies, reviewing, sending, setting, submissions, tracking
from yesline.rules.abuse import Policy, form_scope
from yesline.rules.desk import Desk, Known, Moment

_DECIDE: dict[type[Act], Callable[[Desk, Any], Decision]] = {
    Submit: submissions.submit,
    Correct: submissions.correct,
    Resend: submissions.resend,
    EnterCode: submissions.enter_code,
    PressLink: replies.press_link,
    InboundText: replies.inbound,
    Dispatch: sending.dispatch,
    TextResult: sending.text_result,
    Expire: sending.expire,
    Restored: sending.restored,
    Delivery: sending.delivery,
    PressStop: replies.press_stop,
    StopByHand: reviewing.stop_by_hand,
    Review: reviewing.decide,
    ClearNumber: reviewing.clear,
    CaughtUp: sending.caught_up,
    SetStates: setting.set_states,
    Track: tracking.track,
    Identify: profiles.identify,
    NameProfiles: profiles.name_profiles,
    Forget: profiles.forget,
    Erase: profiles.erase,
}


def decide(known: Known, act: Act, moment: Moment) -> Decision:
    """What an act means, given what is known. Raises Refusal for an act that cannot be."""
    return _DECIDE[type(act)](Desk(known, moment), act)


def _want_submit(wants: Wants, act: Submit, policy: Policy) -> None:
    wants.submissions |= {act.submission, *(other.submission for other in act.also)}
    wants.tags.add(act.tag)
    wants.hits |= {
        policy.block.key(act.block),
        policy.address.key(act.address),
        form_scope(act.form.form.daily).key(act.form.form.id),
    }


def _want_dispatch(wants: Wants, act: Dispatch) -> None:
    for sender, pace in act.pace.items():
        wants.senders[sender] = max(pace, wants.senders.get(sender, 0))
        wants.hits.add(sending.pace_key(sender))
    wants.senders |= dict.fromkeys(act.instead, sending.HANDED_OVER)


def _want_inbound(wants: Wants, act: InboundText, policy: Policy) -> None:
    wants.texts.add(act.id)
    wants.tags.add(act.tag)
    wants.outbox = wants.texting = True
    if act.nonce:
        wants.hits.add(policy.nonces.key(act.nonce))


def _want_told(wants: Wants, act: TextResult | Delivery) -> None:
    wants.texts.add(act.text)
    wants.outbox |= act.reason == sending.OPTED_OUT
    wants.texting |= bool(act.reason)


def _want_settings(wants: Wants, settings: Iterable[Setting]) -> None:
    for one in settings:
        if one.tag:
            wants.tags.add(one.tag)
            wants.profiles |= {profiles.phone(one.tag)} if one.asks else set()
        elif one.who:
            wants.profiles.add(one.who)
    wants.outbox = True


def _want_track(wants: Wants, act: Track) -> None:
    for change in act.changes:
        wants.profiles.add(change.who)
        wants.tags |= {tag for tag in (change.tag, change.email_tag) if tag}
        _want_settings(wants, change.settings)
    wants.profiles |= {one.who for one in act.happenings}


def _want_people(wants: Wants, act: Identify | NameProfiles | Forget | Erase) -> None:
    match act:
        case Identify():
            wants.profiles |= {key for key, _ in act.pairs} | {profiles.external(name) for _, name in act.pairs}
        case NameProfiles():
            wants.profiles |= {key for key, *_ in act.names if key} | {profiles.alias(*name) for _, *name in act.names}
        case Forget():
            wants.profiles |= set(act.who)
        case _:
            wants.profiles |= {f"phone:{act.tag}", f"email:{act.tag}"}
            wants.tags.add(act.tag)
            wants.outbox = wants.texting = True


def _want(wants: Wants, act: Act, policy: Policy) -> None:  # noqa: C901, PLR0912  (one line a kind of act)
    match act:
        case Submit():
            _want_submit(wants, act, policy)
        case Correct():
            _want_submit(wants, act.submit, policy)
            wants.outbox = True
        case Resend() | EnterCode():
            wants.submissions.add(act.submission)
            wants.outbox |= isinstance(act, EnterCode)
        case PressLink():
            wants.prompts.add(act.prompt)
            wants.outbox = wants.texting = True
        case PressStop():
            wants.subjects.add(act.subject)
            wants.outbox = wants.texting = True
        case StopByHand() | ClearNumber():
            wants.tags.add(act.tag)
            wants.outbox = wants.texting = True
        case Review():
            wants.reviews.add(act.item)
            wants.outbox = wants.texting = True
        case InboundText():
            _want_inbound(wants, act, policy)
        case Dispatch():
            _want_dispatch(wants, act)
            wants.texting = True
        case TextResult() | Delivery():
            _want_told(wants, act)
        case Expire():
            wants.overdue = act.most
            wants.outbox = True
        case Restored():
            wants.texts.update(act.texts)
        case SetStates():
            _want_settings(wants, act.settings)
        case Track():
            _want_track(wants, act)
        case Identify() | NameProfiles() | Forget() | Erase():
            _want_people(wants, act)


def wants(acts: Iterable[Act], policy: Policy) -> Wants:
    """What these acts touch, as far as it can be told before anything is loaded."""
    all_of_it = Wants(set(), set(), set(), set(), set(), set(), {})
    for act in acts:
        _want(all_of_it, act, policy)
    return all_of_it


def counters(subjects: Iterable[Subject], tags: Iterable[str], policy: Policy) -> set[str]:
    """The keys of the counters that belong to numbers, known once the numbers are."""
    numbers = {s.tag for s in subjects if s.tag} | set(tags)
    scopes = (policy.number, policy.codes, policy.answers, policy.already, policy.others, policy.asks)
    return {scope.key(tag) for scope in scopes for tag in numbers}
