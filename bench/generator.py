"""Subscriptions as a few years of a shop would leave them: genuine rows of every kind, for ``bench.loader`` to write.

The chains hold for ``yesline verify``. Ids come as the clerk makes them under load, alike within a batch. What a run looks up
later, a number or a submission's id, follows from the subscription's place.
"""

import base64
import hashlib
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from yesline.programme import FormVersion
from yesline.records import (
    Draft,
    Event,
    EventFacts,
    Hits,
    Prompt,
    Row,
    Subject,
    Submission,
    Subscription,
    Suppression,
    Text,
)
from yesline.rules import proof, signing
from yesline.rules.abuse import DAY, MINUTE
from yesline.rules.signing import Keys

BATCH = 16
"""Submissions of one batch, whose ids begin alike."""
_YEARS = 2 * 365 * DAY
_AREAS = (206, 214, 303, 404, 503, 602, 646, 713, 804, 904, 541, 614, 719, 816)
_PENDING, _TALKATIVE, _STOPPED, _COUNTED = 50, 8, 20, 10
"""Every 50th waits for its answer, every 8th has events of its sends, every 20th said STOP, every 10th was counted this month."""
_AGENT = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36"
_WORDS = "Larkspur Coffee: reply Y, enter code •••••• or tap https://txt.example/c/••• to get new roasts, tastings and offers. Expires in 7 days. Msg & data rates may apply. Reply HELP for help, STOP to end.\n@shop.example #••••••"
_WELCOME = "Larkspur Coffee: you're in! You will get recurring automated marketing texts: new roasts, tastings and offers. Up to 4 messages a month. Msg & data rates may apply. Reply HELP for help, STOP to end."

Rows = list[tuple[type[Row], list[tuple[Any, ...]]]]
"""The rows of a chunk by kind, parents first, each kind in the order of its key."""


def phone(place: int) -> str:
    """The number of the subscription at this place."""
    area, rest = place % len(_AREAS), place // len(_AREAS)
    return f"+1{_AREAS[area]}{200 + rest // 10_000}{rest % 10_000:04}"


def submission(place: int) -> str:
    """The id of its submission, as a browser would draw it."""
    drawn = hashlib.blake2b(str(place).encode(), digest_size=16).digest()
    return base64.urlsafe_b64encode(drawn).decode().rstrip("=")


@dataclass(frozen=True)
class Maker:
    """Makes subscriptions to one form, the last of which is made ``now``."""

    keys: Keys
    form: FormVersion
    now: int

    def chunk(self, first: int, count: int) -> Rows:
        """The rows of so many subscriptions from a place on."""
        draw = random.Random(first)
        found: dict[type[Row], list[tuple[Any, ...]]] = {kind: [] for kind in _KINDS}
        for begin in range(first, first + count, BATCH):
            mint = signing.minter()
            for place in range(begin, min(begin + BATCH, first + count)):
                for row in _Story(self, place, mint, draw).rows():
                    found[type(row)].append(row.columns())
        for kind, rows in found.items():
            in_order(kind, rows)
        return list(found.items())


def in_order(kind: type[Row], rows: list[Any]) -> None:
    """Sort rows, given as their columns, by their key."""
    width = len(kind.primary)  # a key's columns come first in every kind of row
    rows.sort(key=lambda row: row[:width])


_KINDS = (Subject, Subscription, Prompt, Submission, Text, Suppression, Hits, Event, EventFacts)


class _Story:
    """One number's way from the form to the list."""

    def __init__(self, maker: Maker, place: int, mint: Any, draw: random.Random) -> None:
        self._maker = maker
        self._place = place
        self._mint = mint
        self._group = maker.form.group
        self._pending = place % _PENDING == 0
        self._at = maker.now - (draw.randrange(DAY) if self._pending else DAY + draw.randrange(_YEARS))
        self._tag = signing.number_tag(maker.keys, phone(place))
        self._subject = Subject(mint(), self._tag, phone(place), self._at)
        self._prompt = mint()
        self._events: list[Row] = []

    def rows(self) -> Iterator[Row]:
        """All of its rows."""
        asked = self._text("prompt", 1, _WORDS)
        yield asked
        self._note("requested", "form", "unknown", "pending", self._evidence())
        if self._place % _TALKATIVE == 0:
            self._note("texted", "carrier", "pending", "pending", _sent(asked))
        if not self._pending:
            yield from self._confirmed()
        yield self._subscription()
        yield self._asking()
        yield self._submission()
        if self._place % _COUNTED == 0:
            yield Hits(f"number:{self._tag}", ((self._at, 1),), self._maker.now + 20 * DAY)
        yield from (self._subject, *self._events)

    @property
    def _stopped(self) -> bool:
        return self._place % _STOPPED == 1

    def _confirmed(self) -> Iterator[Row]:
        words = {"text": f"in{self._subject.id[:9]}", "words": "Y", "prompt": self._prompt}
        self._note("confirmed", "reply", "pending", "subscribed", words)
        welcome = self._text("confirmation", 2, _WELCOME)
        yield welcome
        if self._place % _TALKATIVE == 0:
            self._note("texted", "carrier", "subscribed", "subscribed", _sent(welcome))
        if self._stopped:
            self._note(
                "stopped", "keyword", "open", "stopped", words | {"words": "STOP", "left": "promotions subscribed"}
            )
            yield Suppression(self._tag, self._at + DAY, 0, "keyword")

    def _note(self, kind: Any, source: Any, before: str, after: str, facts: dict[str, str]) -> None:
        draft = Draft(self._subject.id, kind, source, self._group.id, before, after, facts)
        self._subject, event, kept = proof.link(self._maker.keys.ledger, self._subject, draft, self._at)
        self._events += (event, kept)

    def _evidence(self) -> dict[str, str]:
        return {
            "phone": str(self._subject.phone),
            "words": "1f0c2f5f4bdb5a6e7c8d9e",
            "version": self._maker.form.version,
            "language": "en",
            "box": "ticked by pointer after 4200 ms",
            "page": "https://shop.example/offers/spring",
            "address": f"198.51.{self._place % 251}.{self._place % 241}",
            "agent": _AGENT,
            "submission": submission(self._place),
        }

    def _text(self, kind: Any, priority: int, words: str) -> Text:
        return Text(
            id=self._mint(),
            kind=kind,
            state="sent",
            subject_id=self._subject.id,
            group_id=self._group.id,
            sender=self._group.sender.address,
            prompt_id=self._prompt,
            generation=1,
            language="en",
            priority=priority,
            created_at=self._at,
            due_at=self._at,
            drop_at=self._at + 10 * MINUTE,
            tried_at=self._at,
            tries=1,
            vendor_id=f"SM{self._subject.id}",
            body=words,
        )

    def _subscription(self) -> Subscription:
        state, previous = ("pending", "unknown") if self._pending else ("subscribed", "pending")
        if self._stopped and not self._pending:
            state, previous = "unsubscribed", "subscribed"
        return Subscription(self._subject.id, self._group.id, state, previous, self._at)  # type: ignore[arg-type]

    def _asking(self) -> Prompt:
        return Prompt(
            id=self._prompt,
            subject_id=self._subject.id,
            group_id=self._group.id,
            sender=self._group.sender.address,
            purpose="join",
            language="en",
            methods=" ".join(self._maker.form.form.methods),
            host="shop.example",
            submission_id=submission(self._place),
            state="open" if self._pending else "confirmed",
            generation=1,
            tries=0,
            opened_at=self._at,
            code_until=self._at + 10 * MINUTE,
            closes_at=self._at + self._group.window_days * DAY,
        )

    def _submission(self) -> Submission:
        return Submission(
            id=submission(self._place),
            form_id=self._maker.form.form.id,
            version=self._maker.form.version,
            subject_id=self._subject.id,
            prompt_id=self._prompt,
            digest=hashlib.sha256(str(self._place).encode()).hexdigest(),
            resend_at=self._at + MINUTE,
            created_at=self._at,
        )


def _sent(text: Text) -> dict[str, str]:
    return {"text": text.id, "kind": text.kind, "state": "sent", "words": text.body, "vendor": text.vendor_id}


def chunks(first: int, last: int, size: int) -> Sequence[tuple[int, int]]:
    """Places from ``first`` to before ``last`` as (place, count)."""
    return [(begin, min(size, last - begin)) for begin in range(first, last, size)]
