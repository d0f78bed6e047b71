"""What a carrier's refusal means in our words, for carriers whose codes stand in a table.

Codes that no table knows are judged by the HTTP status: 401 and 403 are about our account with that carrier, so that
a second carrier can take over; the rest of the 4xx is about this text, and would be refused again.
"""

from collections.abc import Mapping

from yesline.carriers.base import Fate
from yesline.carriers.http import Said
from yesline.errors import TextRefused, TextUncertain
from yesline.records import Reason

Meaning = tuple[Reason, bool]
"""A reason, and whether it is permanent: sending the same text again by the same carrier is of no use."""

_LOST: frozenset[Reason] = frozenset(("unreachable", "carrier_down", "carrier_error", "rate_limited", "no_credit"))

_PASSING: frozenset[Reason] = frozenset(("credentials", "no_credit", "rate_limited", "carrier_down", "unreachable"))


def table(codes: Mapping[Reason, str]) -> dict[str, Meaning]:
    """Meanings by code, from the codes of each reason. A second try is of use where time or the operator mends it."""
    return {code: (reason, reason not in _PASSING) for reason, words in codes.items() for code in words.split()}


def refused(said: Said, code: str, text: str, known: Mapping[str, Meaning]) -> TextRefused:
    """The error for an answer below 500 that is no agreement. ``text`` is what the carrier says of it."""
    reason, permanent = known.get(code) or _by_status(said.status)
    return TextRefused(f"{text or 'refused'} ({code or said.status})", reason, permanent=permanent, code=code)


def _by_status(status: int) -> Meaning:
    if status in (401, 403):
        return "credentials", False
    if status == 402:
        return "no_credit", False
    return ("content", True) if status in (400, 422) else ("carrier_error", 400 <= status < 500)


def taken(said: Said, vendor_id: object) -> str:
    """The vendor's id of a text it took. Raises TextUncertain where it agreed and named none."""
    if isinstance(vendor_id, str) and vendor_id:
        return vendor_id
    raise TextUncertain("the carrier agreed but named no id of the text", "carrier_error", code=str(said.status))


def fate_of(reason: Reason) -> Fate:
    """Whether a text was lost on the way or refused, for carriers that tell a code only."""
    return "failed" if reason in _LOST else "rejected"
