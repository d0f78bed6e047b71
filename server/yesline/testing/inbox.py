"""Phones that are made up, and the texts they got."""

import re
import time
from collections import Counter
from dataclasses import dataclass

from yesline.testing.server import Server

PATIENCE = 10.0
_EVERY = 0.05
_LINK = re.compile(r"https?://[^\s<>\"]*[^\s<>\".,;:!?)]")
_CODE = re.compile(r"(?<![0-9+])[0-9]{6}(?![0-9])")


@dataclass(frozen=True)
class SentText:
    """A text that a phone got: its words, and the number it came from."""

    body: str
    sender: str

    @property
    def code(self) -> str:
        """The six digits to type. Raises AssertionError where there are none."""
        found = _CODE.search(_LINK.sub("", self.body))
        assert found, f"there is no code in the text {self.body!r}"
        return found[0]

    @property
    def link(self) -> str:
        """The first address. Raises AssertionError where there is none."""
        found = _LINK.search(self.body)
        assert found, f"there is no link in the text {self.body!r}"
        return found[0]


class Inbox:
    """The handset of a server, as a test reads it."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._read: Counter[str] = Counter()

    def number(self, country: str = "US") -> str:
        """A mobile number of a country (ISO 3166) that nobody was given before, with its calling code."""
        return str(self._server.ask("/handset/numbers", {"country": country})["phone"])

    def texts(self, number: str) -> list[SentText]:
        """Every text that a phone got, oldest first."""
        messages = self._server.ask(f"/handset/messages?phone={number.removeprefix('+')}")["messages"]
        return [SentText(m["text"], m["from"]) for m in messages if m["direction"] == "out"]

    def wait(self, number: str, containing: str = "", timeout: float = PATIENCE) -> SentText:
        """The next text to a phone, after the one that was waited for before, with these words in it.

        ``timeout`` is in seconds. Raises AssertionError with the texts there are.
        """
        end = time.monotonic() + timeout
        while True:
            texts = self.texts(number)
            for place in range(self._read[number], len(texts)):
                if containing in texts[place].body:
                    self._read[number] = place + 1
                    return texts[place]
            if time.monotonic() > end:
                raise AssertionError(self._none(number, containing, texts, timeout))
            time.sleep(_EVERY)

    def _none(self, number: str, containing: str, texts: list[SentText], timeout: float) -> str:
        read = self._read[number]
        lines = [f"  {'read' if place < read else 'new '}  {text.body!r}" for place, text in enumerate(texts)]
        wanted = f"new text with {containing!r}" if containing else "new text"
        return "\n".join([f"no {wanted} came to {number} within {timeout:g} s; it has {len(texts)}", *lines])

    def reply(self, number: str, text: str, to: str = "") -> None:
        """Text from a phone, to the number that texted it last, or to ``to``. Raises AssertionError where that is unknown."""
        body = {"from": number, "to": to or self._correspondent(number), "text": text}
        self._server.ask("/handset/replies", body)

    def _correspondent(self, number: str) -> str:
        if texts := self.texts(number):
            return texts[-1].sender
        senders = self._server.ask("/handset/senders")["senders"]
        assert len(senders) == 1, f"{number} has no text to reply to: say to= which number it texts"
        return str(senders[0]["address"])
