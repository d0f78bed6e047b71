"""Opting in by texting a keyword: which word, to which number, and the link that opens it on a phone.

A link carries no message of its own unless the group says ``prefill = true``: patents are asserted against links that open a
message already written (``field``, 1(c)).
"""

from urllib.parse import quote

import phonenumbers
from msgspec import Struct
from phonenumbers import PhoneNumberFormat

from yesline.errors import ConfigError
from yesline.programme import Group, Sender
from yesline.rules.understanding import understand, words_of

EVERYWHERE = "START"
"""The keyword that every group understands."""


class Join(Struct, frozen=True):
    """What to tell people: text ``keyword`` to ``sender``. ``shown`` is the sender as people read it; ``link`` is an ``sms:`` address."""

    keyword: str
    sender: str
    shown: str
    link: str


def offer(group: Group, language: str = "", keyword: str = "") -> Join | None:
    """How one joins a group by text, or None where none of its senders can be answered.

    Without ``keyword`` it is the first of the language, if the group speaks it, else of its first language, else START.
    Raises ConfigError for a word that would not opt in.
    """
    sender = next((s for s in group.senders if s.two_way), None)
    if not sender:
        return None
    word = _checked(group, keyword) if keyword else _keyword(group, language)
    return Join(word, sender.address, _shown(sender), link(sender.address, word if group.prefill else ""))


def link(address: str, body: str = "") -> str:
    """An ``sms:`` address that opens a text to a number, with a body where one is given.

    ``?&body=`` is what iOS and Android both read. Source: RFC 5724; ``security-compliance`` B9.
    """
    return f"sms:{address}" + (f"?&body={quote(body, safe='')}" if body else "")


def _keyword(group: Group, language: str) -> str:
    spoken = [tag for tag in (language, language.partition("-")[0]) if tag in group.languages]
    for tag in (*spoken, group.languages[0]):
        if tag in group.keywords and group.keywords[tag].opt_in:
            return group.keywords[tag].opt_in[0]
    return EVERYWHERE


def _checked(group: Group, keyword: str) -> str:
    if understand(keyword, words_of(group)).meaning not in ("opt_in", "start"):
        raise ConfigError(
            f"{keyword!r} does not opt in to group {group.id}: add it to opt_in in its [keywords.{group.languages[0]}]"
        )
    return keyword


def _shown(sender: Sender) -> str:
    if not sender.address.startswith("+"):
        return sender.address
    number = phonenumbers.parse(sender.address)
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)
