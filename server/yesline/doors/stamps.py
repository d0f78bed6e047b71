"""The stamp a view carries and a submit brings back: which exact words, in which language, were served, and when.

It is made once a day for each view, so that the ETag stays the same, and is good for 48 hours at least: until the end of
the second day after (UTC).
"""

from functools import lru_cache

from msgspec import Struct

from yesline.errors import Refusal
from yesline.programme import FormVersion
from yesline.rules import signing
from yesline.rules.abuse import DAY, HOUR
from yesline.rules.signing import Keys


class Stamp(Struct, frozen=True):
    """What a genuine stamp says."""

    version: str
    locale: str
    consent: str


@lru_cache(maxsize=1024)
def _make(keys: Keys, version: str, locale: str, consent: str, day: int) -> str:
    return signing.sign(keys, "stamp", f"{version}.{locale}.{consent}", day * DAY)


def make(keys: Keys, form: FormVersion, locale: str, now: int) -> str:
    """Today's stamp of a view."""
    return _make(keys, form.version, locale, form.views[locale].consent, now // DAY)


@lru_cache(maxsize=4096)
def _read(keys: Keys, token: str, hour: int) -> Stamp | None:
    value = signing.read(keys, "stamp", token, hour * HOUR)
    return Stamp(*value.split(".")) if value else None


def check(keys: Keys, form: FormVersion, token: str, now: int) -> Stamp:
    """The stamp of a submit, if its words are still those in use.

    Raises Refusal ``stamp_expired`` where the words are to be read again: for a stamp that is old or of other words, and for one
    that we did not make, which may be of a server with other secrets.
    """
    stamp = _read(keys, token, now // HOUR + 1)
    if stamp is None:
        raise Refusal("stamp_expired", "This form was opened long ago: read it again and send it again.", 409)
    current = form.views.get(stamp.locale)
    if current is None or current.consent != stamp.consent:
        raise Refusal("stamp_expired", "The form's wording has changed: read it again and send it again.", 409)
    return stamp
