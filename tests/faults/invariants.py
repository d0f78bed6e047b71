"""What must hold after any fault (``security-compliance`` D2.2), as pure functions: each tells what it found to be wrong."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator

from tests.faults.evidence import NEVER_HELD, Evidence
from yesline.errors import LedgerError
from yesline.records import BRAND_WIDE, Event, EventFacts, Hits, Text
from yesline.rules import proof
from yesline.rules.abuse import SECOND, Cap
from yesline.rules.sending import CLOCKS_APART
from yesline.rules.understanding import understand, vocabulary

_WORDS = vocabulary(("en",), {}, {})

Found = Iterator[str]
_ASKS = ("prompt", "already")
_STARTED = ("sending", "sent", "failed", "uncertain")
_ENDED = ("sent", "failed", "dropped", "uncertain", "received")
_ANSWERS_TO_ANYONE = ("stop", "help")


def inbound_id(carriers_id: str) -> str:
    """The id under which a carrier's text is kept."""
    return "in" + hashlib.sha256(f"console\0{carriers_id}".encode()).hexdigest()[:20]


def _silences(evidence: Evidence) -> dict[str, list[tuple[int, int]]]:
    """When each number was stopped, from just after to just before. Of several servers each batch has the time at which it began to
    wait for its locks, so there a silence begins with the answer to the STOP."""
    facts = evidence.facts()
    answered = {inbound_id(text_id): text.answered for text_id, text in evidence.told.texts.items()}
    silences: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for subject, chain in evidence.chains().items():
        for event in chain:
            spans = silences[subject]
            if event.kind == "stopped":
                told = answered.get(facts.get((subject, event.seq), {}).get("text", ""), 0)
                spans.append((event.at if evidence.servers == 1 else told or 1 << 62, 1 << 62))
            elif event.kind == "restarted":
                silences[subject] = [(since, min(until, event.at)) for since, until in spans]
    return silences


def no_send_after_stop(evidence: Evidence) -> Found:
    """I1: no send starts after a STOP is committed. A clock that is moved cannot tell."""
    if evidence.stepped:
        return
    silences = _silences(evidence)
    for text in evidence.rows.texts:
        if text.state not in _STARTED or text.kind in _ANSWERS_TO_ANYONE:
            continue
        for since, until in silences.get(text.subject_id, ()):
            if since < text.tried_at < until:
                yield f"text {text.id} ({text.kind}) was tried {text.tried_at - since} ms after a STOP"


def _cause(chain: list[Event], place: int) -> str:
    """What is wrong with how this event of the chain made its number subscribed, or nothing."""
    event = chain[place]
    before = [e for e in chain[:place] if e.group_id == event.group_id]
    if event.kind == "subscribed":
        return "" if event.source in ("form", "keyword") else f"by {event.source}"
    if event.kind != "confirmed" or event.source not in ("reply", "code", "link"):
        return f"by {event.kind} from {event.source}"
    asked = [e for e in before if e.kind == "requested" and e.source in ("form", "keyword") and e.after == "pending"]
    return "" if asked else "without having been asked"


def subscribed_by_consent(evidence: Evidence) -> Found:
    """I2: whoever is subscribed asked for it and said yes, in that order; the events of a group follow one another."""
    for subject, chain in evidence.chains().items():
        states: dict[str, str] = {}
        for place, event in enumerate(chain):
            if event.group_id == BRAND_WIDE:
                states |= {group: "unsubscribed" for group in _open(states) if event.kind == "stopped"}
                continue
            if event.before != states.get(event.group_id, "unknown"):
                yield f"event {event.seq} of {subject} begins at {event.before}, not where the one before it ended"
            if event.after == "subscribed" != event.before and (wrong := _cause(chain, place)):
                yield f"{subject} was subscribed {wrong}"
            states[event.group_id] = event.after


def _open(states: dict[str, str]) -> list[str]:
    return [group for group, state in states.items() if state in ("pending", "subscribed")]


def inbound_once(evidence: Evidence) -> Found:
    """I3: a text from a phone is applied once, however often it is delivered, and never lost once the carrier has its 2xx."""
    sent = {inbound_id(text_id): text for text_id, text in evidence.told.texts.items()}
    kept = Counter(text.id for text in evidence.rows.texts if text.kind == "inbound")
    for text_id in kept.keys() - sent.keys():
        yield f"inbound text {text_id} was sent by nobody"
    for text_id, text in sent.items():
        if kept[text_id] > 1 or (text.answered and not kept[text_id]):
            yield f"inbound text {text_id} ({text.words}) was answered and is kept {kept[text_id]} times"
    kinds = {(e.subject_id, e.seq): e.kind for e in evidence.rows.events}
    applied = Counter((facts["text"], kinds.get(place)) for place, facts in evidence.facts().items() if "text" in facts)
    for (text_id, kind), times in applied.items():
        if times > 1:
            yield f"text {text_id} was {kind} {times} times"
    for text_id, times in Counter(item.text_id for item in evidence.rows.reviews).items():
        if times > 1:
            yield f"text {text_id} was put before a person {times} times"


def acknowledged_kept(evidence: Evidence) -> Found:
    """I4: each submission that was answered is there, with one event that names it and one text to ask its phone or a reason."""
    told = evidence.told.submissions
    named = Counter(facts["submission"] for facts in evidence.facts().values() if "submission" in facts)
    kept = {submission.id: submission for submission in evidence.rows.submissions}
    prompts = {prompt.id for prompt in evidence.rows.prompts}
    for submission_id, sent in told.items():
        if sent.answered and submission_id not in kept:
            yield f"submission {submission_id} was answered and is lost"
    for submission_id, submission in kept.items():
        if submission_id not in told:
            yield f"submission {submission_id} was sent by nobody"
        if named[submission_id] != 1:
            yield f"submission {submission_id} has {named[submission_id]} events"
        if submission.prompt_id not in prompts:
            yield f"submission {submission_id} has no prompt"
    yield from _asked(evidence)


def _asked(evidence: Evidence) -> Found:
    kinds = (*_ASKS, "confirmation")
    texts = Counter((text.prompt_id, text.created_at) for text in evidence.rows.texts if text.kind in kinds)
    asked = Counter((s.prompt_id, s.created_at) for s in evidence.rows.submissions)
    for (prompt_id, at), submissions in asked.items():
        if (made := texts[prompt_id, at]) < submissions:
            yield f"prompt {prompt_id} has {submissions} submissions of {at} and {made} texts"
    for text in evidence.rows.texts:
        if text.state == "dropped" and not text.reason:
            yield f"text {text.id} was dropped without a reason"


def _count(counter: Hits) -> int:
    return sum(count for _, count in counter.hits)


def counters_equal_events(evidence: Evidence) -> Found:
    """I5: what was counted is what happened: submissions of each form, and asks of each number."""
    counted = {counter.key: _count(counter) for counter in evidence.rows.counters}
    for form, submissions in Counter(s.form_id for s in evidence.rows.submissions).items():
        if counted.get(f"form:{form}") != submissions:
            yield f"form {form} has {submissions} submissions and counted {counted.get(f'form:{form}')}"
    asked = _asks_of(evidence)
    for subject in evidence.rows.subjects:
        count = counted.get(f"number:{subject.tag}", 0)
        if count > asked[subject.id] or (not evidence.caps and count != asked[subject.id]):
            yield f"number {subject.phone} was asked {asked[subject.id]} times and counted {count}"


def _asks_of(evidence: Evidence) -> Counter[str]:
    """How often each number was asked, but for answers to its own keyword, which have a cap of their own."""
    asks = Counter(text.subject_id for text in evidence.rows.texts if text.kind in _ASKS)
    asks.subtract(e.subject_id for e in evidence.rows.events if e.kind == "requested" and e.source == "keyword")
    return asks


def chain_verifies(evidence: Evidence) -> Found:
    """I6: the ledger holds."""
    facts: dict[tuple[str, int], EventFacts] = {(row.subject_id, row.seq): row for row in evidence.rows.facts}
    chains = evidence.chains()
    for subject in evidence.rows.subjects:
        chain = chains.pop(subject.id, [])
        with_facts = ((e, facts[e.subject_id, e.seq].facts if (e.subject_id, e.seq) in facts else None) for e in chain)
        try:
            proof.check_chain(evidence.key, subject, with_facts)
        except LedgerError as error:
            yield str(error)
    yield from (f"{len(chain)} events of {subject_id} have lost their subject" for subject_id, chain in chains.items())


def outbox_ended(evidence: Evidence) -> Found:
    """I7: every text came to an end or waits for a person's decision, and the carrier's record agrees: none twice, none that is said to be sent and is not there."""
    texts = {text.id: text for text in evidence.rows.texts}
    held = {item.subject_id for item in evidence.rows.reviews if item.holds and item.state == "open"}
    went_out = Counter(message.reference for message in evidence.handset if message.direction == "out")
    for text in texts.values():
        waits = text.state == "queued" and text.subject_id in held and text.kind not in NEVER_HELD
        if text.state not in _ENDED and not waits:
            yield f"text {text.id} ({text.kind}) is still {text.state}"
        if text.state == "sent" and not went_out[text.id]:
            yield f"text {text.id} ({text.kind}) is said to be sent and the carrier never had it"
    for reference, times in went_out.items():
        if times > 1:
            yield f"text {reference} was sent {times} times"
        if reference not in texts or texts[reference].state not in ("sent", "uncertain"):
            state = texts[reference].state if reference in texts else "not kept"
            yield f"text {reference} was sent and is {state}"


def _over(times: Iterable[int], cap: Cap) -> int:
    """The most of these times in any window of the cap."""
    listed, first, most = sorted(times), 0, 0
    for place, at in enumerate(listed):
        while listed[first] <= at - cap.per:
            first += 1
        most = max(most, place - first + 1)
    return most


def caps_kept(evidence: Evidence) -> Found:
    """I8: no number gets more texts from forms than its caps allow, no sender sends faster than its pace."""
    by_form = {prompt.id for prompt in evidence.rows.prompts if prompt.submission_id}
    asks: defaultdict[str, list[int]] = defaultdict(list)
    for text in evidence.rows.texts:
        if text.kind in _ASKS and text.prompt_id in by_form and text.state in _STARTED:
            asks[text.subject_id].append(text.created_at)
    for subject, times in asks.items():
        for cap in evidence.caps:
            if (most := _over(times, cap)) > cap.most:
                yield f"{subject} was asked {most} times in {cap.per} ms, where {cap.most} are allowed"
    yield from _too_fast(evidence)


def _too_fast(evidence: Evidence) -> Found:
    """A second that another server's clock, or a clock moved back, has begun before may be used twice."""
    allowed = evidence.pace * (1 if evidence.servers == 1 and not evidence.stepped else 2)
    tried = Counter((text.sender, text.tried_at // SECOND) for text in evidence.rows.texts if _tried(text))
    for (sender, second), count in tried.items():
        if count > allowed:
            yield f"{sender} sent {count} texts in second {second}, where {allowed} are allowed"


def _tried(text: Text) -> bool:
    return text.kind != "inbound" and text.tried_at > 0


def states_follow_acts(evidence: Evidence) -> Found:
    """I9: where a number stands follows from what its phone did, in whatever order it arrived, and from its events."""
    yield from _stops(evidence)
    subjects = evidence.subject_of()
    states = {(s.subject_id, s.group_id): s.state for s in evidence.rows.subscriptions}
    for (phone, group), expected in evidence.told.states.items():
        state = states.get((subjects[phone].id, group), "unknown") if phone in subjects else "lost"
        if state != expected:
            yield f"{phone} is {state} in {group}, and by its acts {expected}"
    replayed = dict(_replay(evidence))
    for place, state in states.items():
        if replayed.get(place, "unknown") != state:
            yield f"{place} is {state}, and by its events {replayed.get(place, 'unknown')}"


def _stops(evidence: Evidence) -> Found:
    stopped_tags = {row.tag for row in evidence.rows.suppressions if not row.lifted_at}
    open_subjects = {s.subject_id for s in evidence.rows.subscriptions if s.state in ("pending", "subscribed")}
    said = _stopped_by_acts(evidence)
    for phone, subject in evidence.subject_of().items():
        stopped = subject.tag in stopped_tags
        if stopped != (phone in said):
            yield f"{phone} is {'stopped' if stopped else 'not stopped'}, which its acts do not say"
        if stopped and subject.id in open_subjects:
            yield f"{phone} is stopped and has a subscription"


def _stopped_by_acts(evidence: Evidence) -> set[str]:
    """Who said STOP, and no START that the carrier got later."""
    last: defaultdict[tuple[str, str], int] = defaultdict(int)
    for text in evidence.told.texts.values():
        place = text.phone, understand(text.words, _WORDS).meaning
        last[place] = max(last[place], text.at)
    said = {phone for (phone, intent), at in last.items() if intent == "stop" and at >= last.get((phone, "start"), 0)}
    return said | evidence.told.declined


def _replay(evidence: Evidence) -> Iterator[tuple[tuple[str, str], str]]:
    for subject, chain in evidence.chains().items():
        states: dict[str, str] = {}
        for event in chain:
            if event.kind == "stopped":
                states |= dict.fromkeys(_open(states), "unsubscribed")
            elif event.group_id != BRAND_WIDE:
                states[event.group_id] = event.after
        yield from (((subject, group), state) for group, state in states.items())


def _holds(evidence: Evidence) -> dict[str, list[tuple[int, int]]]:
    """When each number was held, from just after to just before. With several servers as with silences, and at the end likewise."""
    answered = {inbound_id(text_id): text.answered for text_id, text in evidence.told.texts.items()}
    holds: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for item in evidence.rows.reviews:
        since, until = item.opened_at, item.decided_at or 1 << 62
        if evidence.servers > 1:
            since, until = answered.get(item.text_id) or 1 << 62, until - CLOCKS_APART
        if item.holds:
            holds[item.subject_id].append((since, until))
    return holds


def no_send_while_held(evidence: Evidence) -> Found:
    """I10: what may be a wish to stop holds all but answers to STOP and HELP, and the question back, until it is decided
    (``security-compliance`` A2.1). A clock that is moved cannot tell."""
    if evidence.stepped:
        return
    holds = _holds(evidence)
    for text in evidence.rows.texts:
        if text.state not in _STARTED or text.kind in NEVER_HELD:
            continue
        for since, until in holds.get(text.subject_id, ()):
            if since < text.tried_at < until:
                yield f"text {text.id} ({text.kind}) was tried {text.tried_at - since} ms after its number was held"


def answers_right(evidence: Evidence) -> Found:
    """I0: nobody got an answer that no server may give, and everybody got one."""
    yield from evidence.told.wrong


CHECKS: dict[str, Callable[[Evidence], Found]] = {
    "I0": answers_right,
    "I1": no_send_after_stop,
    "I2": subscribed_by_consent,
    "I3": inbound_once,
    "I4": acknowledged_kept,
    "I5": counters_equal_events,
    "I6": chain_verifies,
    "I7": outbox_ended,
    "I8": caps_kept,
    "I9": states_follow_acts,
    "I10": no_send_while_held,
}


def violations(evidence: Evidence) -> list[str]:
    """Everything that does not hold, each with the name of what it breaks."""
    return [f"{name}: {found}" for name, check in CHECKS.items() for found in check(evidence)]
