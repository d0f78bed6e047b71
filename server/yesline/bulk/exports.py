"""Who is in a group, and by what consent, as lines of CSV or NDJSON."""

import csv
import io
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import astuple

from yesline.bulk.rowfiles import Format
from yesline.records import Profile
from yesline.rules import cells
from yesline.store import exports
from yesline.store.base import Store
from yesline.store.exports import Consent, Subscriber

_MARK = "\ufeff"
"""By which spreadsheets know UTF-8."""


class Exported(Struct, frozen=True):
    """A subscriber as it is written. Times are ISO 8601, UTC; what is not known is empty.

    Where the consent came with a list or from a back end, ``consent_source`` and ``consent_at`` are what that stated; else they are the
    source and the time of the event in the ledger. ``consent_words`` is the hash of what was agreed to, or what
    was stated of it; ``consent_page`` is where.
    """

    group: str
    phone: str
    email: str
    external_id: str
    first_name: str
    last_name: str
    state: str
    stopped: bool
    since: str
    language: str
    consent_source: str
    consent_at: str
    consent_words: str
    consent_page: str


class Style(Struct, frozen=True):
    """How rows are written. ``spreadsheet``: CSV for one, with phone numbers as text too."""

    kind: Format = "csv"
    spreadsheet: bool = False

    @property
    def head(self) -> str:
        """What stands before the rows."""
        if self.kind == "ndjson":
            return ""
        return (_MARK if self.spreadsheet else "") + csv_line(Exported.__struct_fields__)

    @property
    def line(self) -> Callable[[Exported], str]:
        """How a row becomes a line."""
        return self._csv if self.kind == "csv" else _ndjson

    def _csv(self, row: Exported) -> str:
        return csv_line([self._cell(value) for value in astuple(row)])

    def _cell(self, value: str | bool) -> str:
        if isinstance(value, bool):
            return "true" if value else "false"
        return cells.tame(value, spreadsheet=self.spreadsheet)


async def lines(store: Store, group: str, style: Style, at_once: int) -> AsyncIterator[list[str]]:
    """The lines of everybody who is in a group, or in any, without the head; ``at_once`` are read and told together."""
    line = style.line
    async for page in exports.pages(store, group, at_once):
        yield [line(exported(one)) for one in page]


def csv_line(values: Any) -> str:
    """Cells as a line of CSV."""
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue()


def _ndjson(row: Exported) -> str:
    return cells.inert(row) + "\n"


def exported(one: Subscriber) -> Exported:
    """A subscriber with what is known of the person and the consent."""
    consent = one.consent
    return Exported(
        one.subscription.group_id,
        one.subject.phone or "",
        one.subject.email or (one.profile and one.profile.email) or "",
        (one.profile and one.profile.external_id) or "",
        *names(one.profile),
        one.subscription.state,
        one.stopped,
        iso(one.subscription.since),
        one.subscription.language,
        *(_evidence(consent) if consent else ("", "", "", "")),
    )


def names(profile: Profile | None) -> tuple[str, str]:
    """First and last name, as far as they are known."""
    known = msgspec.json.decode(profile.attributes) if profile else {}
    first, last = (known.get(name) for name in ("first_name", "last_name"))
    return first if isinstance(first, str) else "", last if isinstance(last, str) else ""


def _evidence(consent: Consent) -> tuple[str, str, str, str]:
    stated = consent.facts
    agreed = consent.asked or stated
    return (
        stated.get("source", consent.source),
        stated.get("at", iso(consent.at)),
        agreed.get("words") or agreed.get("text", ""),
        agreed.get("page", ""),
    )


def iso(at: int) -> str:
    """A time in milliseconds as ISO 8601."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
