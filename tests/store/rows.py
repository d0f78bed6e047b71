"""Rows for tests: plain ones by hand, any ones by Hypothesis, and what a batch loads."""

from collections.abc import Sequence
from typing import Any, get_type_hints

from hypothesis import strategies as st

from yesline.records import (
    ApiKey,
    Coupon,
    Cursor,
    Event,
    EventFacts,
    GroupSuppression,
    Hits,
    InvalidNumber,
    Profile,
    ProfileAlias,
    ProfileEvent,
    Prompt,
    ReviewItem,
    Row,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
    Wants,
)
from yesline.store.base import Store

BIGGEST = 2**53
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
numbers = st.integers(-BIGGEST, BIGGEST)
buckets = st.lists(st.tuples(numbers, numbers), max_size=4).map(tuple)
_BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    int: numbers,
    str | None: st.none() | words,
    tuple[tuple[int, int], ...]: buckets,
}


def any_row(kind: type[Row], **given: Any) -> st.SearchStrategy[Any]:
    """Rows of one kind with anything in them that is not given. What is one of a few words is kept as any other text."""
    hints = get_type_hints(kind)
    fields = {name: _BY_TYPE.get(hints[name], words) for name in kind.__struct_fields__}
    return st.builds(kind, **(fields | {name: st.just(value) for name, value in given.items()}))


@st.composite
def any_rows(draw: st.DrawFn, name: str) -> list[Row]:
    """A row of every kind, about one number; ``name`` is what their keys begin with."""
    subject = draw(words.map(lambda more: f"{name}-{more}"))
    own = {kind: draw(words.map(lambda more: f"{name}{more}")) for kind in (Prompt, Submission, Text, Hits)}
    tag = f"{name} tag"
    return [
        draw(any_row(Subject, id=subject, tag=tag)),
        draw(any_row(Coupon, pool=subject, subject_id=subject)),
        draw(any_row(Subscription, subject_id=subject)),
        draw(any_row(Prompt, id=own[Prompt], subject_id=subject)),
        draw(any_row(Submission, id=own[Submission], subject_id=subject, prompt_id=own[Prompt])),
        draw(any_row(Text, id=own[Text], subject_id=subject, prompt_id=own[Prompt])),
        draw(any_row(Suppression, tag=tag)),
        draw(any_row(GroupSuppression, tag=tag)),
        draw(any_row(ReviewItem, id=own[Text], subject_id=subject, text_id=own[Text])),
        draw(any_row(InvalidNumber, subject_id=subject)),
        draw(any_row(Cursor, carrier=subject)),
        draw(any_row(ApiKey, id=subject, digest=subject)),
        draw(any_row(Profile, id=subject, external_id=subject)),
        draw(any_row(ProfileAlias, key=subject, profile_id=subject)),
        draw(any_row(ProfileEvent, id=subject, profile_id=subject)),
        draw(any_row(Hits, key=own[Hits])),
        draw(any_row(Event, subject_id=subject, seq=1)),
        draw(any_row(EventFacts, subject_id=subject, seq=1)),
    ]


def subject(name: str = "s", **more: Any) -> Subject:
    return Subject(name, f"tag of {name}", "+12015550123", 1, **more)


def prompt(name: str = "p", of: str = "s", **more: Any) -> Prompt:
    fields: dict[str, Any] = {"state": "open", "closes_at": 100} | more
    return Prompt(
        name, of, "club", "24680", "join", "en", "reply", "", None, generation=1, tries=0, opened_at=1, code_until=2,
        **fields,
    )  # fmt: skip


def submission(name: str = "b", of: str = "s", asked: str = "p") -> Submission:
    return Submission(name, "form", "v", of, asked, "digest", 1, 1)


def text(name: str = "t", of: str = "s", **more: Any) -> Text:
    fields: dict[str, Any] = {
        "state": "queued",
        "prompt_id": None,
        "sender": "24680",
        "priority": 1,
        "due_at": 10,
    } | more
    return Text(
        name, "prompt", subject_id=of, group_id="club", generation=1, language="en", created_at=1, drop_at=99, **fields
    )


def events(of: str, count: int) -> list[Row]:
    """Events that are in their places, though their hashes bind nothing."""
    pairs = (
        (Event(of, n, 1, "noted", "form", "club", "", "", "{}", "", ""), EventFacts(of, n, "{}"))
        for n in range(1, count + 1)
    )
    return [row for pair in pairs for row in pair]


def wants(**touched: Any) -> Wants:
    """What a batch touches: these, and nothing else."""
    empty: dict[str, Any] = {
        name: set() for name in ("submissions", "prompts", "texts", "tags", "hits", "subjects", "reviews")
    }
    return Wants(**({"senders": {}} | empty | touched))


async def save(store: Store, *rows: Row) -> None:
    """Write rows in a batch of their own."""
    async with store.batch() as batch:
        await batch.load(wants(), lambda _subjects, _tags: set(), 0)
        await batch.save(rows)


async def load(store: Store, now: int = 50, counters: Sequence[str] = (), **touched: Any) -> list[Row]:
    """What a batch that touches these would have before it."""
    async with store.batch() as batch:
        return await batch.load(wants(**touched), lambda _subjects, _tags: set(counters), now)


async def events_of(store: Store, first: str, last: str) -> list[tuple[Event, str | None]]:
    """All events of the numbers in between."""
    return [event async for _, events in store.chains(first, last) for event in events]
