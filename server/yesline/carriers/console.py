"""The carrier of the sandbox: no text leaves the machine, all are kept in a file and shown on the handset."""

import asyncio
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from yesline.carriers.base import Answer, Inbound, Knock, Outgoing, Told
from yesline.errors import Refusal
from yesline.programme import HANDSET

_MOST_CHARACTERS = 1600


class Message(Struct, frozen=True, rename={"sender": "from", "receiver": "to"}):
    """A line of the handset: ``out`` was sent to the phone, ``in`` came from it. ``at`` is in milliseconds."""

    id: str
    direction: Literal["out", "in"]
    sender: str
    receiver: str
    text: str
    at: int
    reference: str = ""


class Reply(Struct, frozen=True, rename={"phone": "from", "sender": "to"}, forbid_unknown_fields=True):
    """What the handset sends: a text from a phone to a sender."""

    phone: str
    sender: str
    text: str


class ConsoleCarrier:
    """Keeps messages in a file of JSON lines, flushed before a send is called done, so that a crash can be examined.

    ``now`` tells the time in milliseconds.
    """

    name = HANDSET
    lists = False

    def __init__(self, file: Path, now: Callable[[], int]) -> None:
        self._now = now
        self._heard: dict[str, int] = {}
        self._messages: list[Message] = []
        self._out = file.open("ab")
        if self._out.tell() and not file.read_bytes().endswith(b"\n"):
            self._out.write(b"\n")  # a crash cut the last line off: what comes next begins a line of its own
        self._in = file.open("rb")

    async def send(self, text: Outgoing) -> str:
        """Keep a text as sent."""
        message = Message(secrets.token_hex(8), "out", text.sender, text.phone, text.body, self._now(), text.reference)
        await asyncio.to_thread(self._keep, message)
        return message.id

    async def read(self, knock: Knock) -> Told:
        """A reply from the handset. Anybody on this machine may send one: the sandbox listens on loopback only."""
        try:
            reply = msgspec.json.decode(knock.body, type=Reply)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Refusal("bad_request", f'Send {{"from", "to", "text"}} as JSON: {error}', 400) from error
        if len(reply.text) > _MOST_CHARACTERS:
            raise Refusal("bad_request", f"A text has at most {_MOST_CHARACTERS} characters.", 400, field="text")
        at = max(knock.now, self._heard.get(reply.phone, 0) + 1)  # START counts after STOP, be the clock stopped or not
        self._heard[reply.phone] = at
        told = Inbound(secrets.token_hex(8), reply.phone, reply.sender, reply.text, at)
        return Told((told,), answer=Answer(msgspec.json.encode({"ids": [told.id]}).decode(), "application/json", 201))

    async def missed(self, since: int) -> list[Inbound]:
        """The handset keeps nothing that it did not send."""
        del since
        return []

    def received(self, inbound: Inbound) -> None:
        """Show a text from a phone in its conversation."""
        self._keep(Message(inbound.id, "in", inbound.phone, inbound.sender, inbound.body, inbound.at))

    def messages(self, phone: str = "") -> list[Message]:
        """The conversation with one phone, or all of them, oldest first."""
        self._catch_up()
        return [m for m in self._messages if phone in ("", m.receiver if m.direction == "out" else m.sender)]

    async def close(self) -> None:
        """Close the file."""
        self._out.close()
        self._in.close()

    def _keep(self, message: Message) -> None:
        self._out.write(msgspec.json.encode(message) + b"\n")
        self._out.flush()
        os.fsync(self._out.fileno())

    def _catch_up(self) -> None:
        """Read what was added to the file, by whichever process; a line cut off by a crash is left out."""
        for line in self._in:
            if not line.endswith(b"\n"):
                self._in.seek(-len(line), os.SEEK_CUR)
                return
            with suppress(msgspec.DecodeError):
                self._messages.append(msgspec.json.decode(line, type=Message))
