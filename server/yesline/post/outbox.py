"""Sends what waits in the outbox: each text is marked ``sending`` under the clerk before the carrier is called.

A crash in between leaves it ``uncertain``; it is never sent again by itself. Only an answer that proves that nothing went out
is tried again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from yesline.carriers.base import Carrier, Outgoing
from yesline.errors import CarrierError, ConfigError, StoreError, TextRefused, Unavailable
from yesline.post.catchup import CatchUp
from yesline.records import Act, Dispatch, Going, Prompt, Text, TextResult
from yesline.rules import signing, texts
from yesline.rules.abuse import SECOND
from yesline.rules.segments import segments
from yesline.rules.signing import Keys
from yesline.store.base import Store
from yesline.store.catalogue import Catalogue
from yesline.store.changes import OUTBOX

log = logging.getLogger(__name__)

RETRY_FIRST = 2 * SECOND
_IDLE = 1.0
_AGAIN = 0.02
"""Seconds until what was due and did not go, as somebody else was at work on its number, is looked at again; then twice as long."""

Record = Callable[[Act], Awaitable[Any]]


class Places(Struct, frozen=True):
    """Addresses that texts lead to: where links begin, and by carrier where its receipts go."""

    links: str
    receipts: Mapping[str, str]


class Outbox:
    """Takes due texts, sends them through carriers and tells the clerk how it went.

    A carrier's senders send nothing before what phones texted meanwhile is known: ``catchup`` tells.
    """

    def __init__(
        self,
        record: Record,
        store: Store,
        catalogue: Catalogue,
        carriers: Mapping[str, Carrier],
        keys: Keys,
        places: "Places",
        catchup: CatchUp,
    ) -> None:
        self._record = record
        self._store = store
        self._catalogue = catalogue
        self._carriers = carriers
        self._keys = keys
        self._places = places
        self._catchup = catchup
        self._full: dict[str, int] = {}
        self._missed = 0
        self._sending: set[asyncio.Task[None]] = set()

    async def run(self, clock: Callable[[], int]) -> None:
        """Send until the store closes, then wait for what has begun. What goes wrong in one round is logged."""
        with self._store.changes.watch(OUTBOX) as changed:
            while not self._store.changes.closing:
                changed.clear()
                try:
                    pause = await self._round(clock())
                except Exception:
                    log.exception("the post office stumbled and goes on")
                    pause = _IDLE
                try:
                    await asyncio.wait_for(changed.wait(), pause)
                except TimeoutError:
                    continue
        while self._sending:  # a send that ends begins to be told
            await asyncio.gather(*self._sending, return_exceptions=True)

    async def _round(self, now: int) -> float:
        """Send what is due within the senders' pace; returns how long to wait, in seconds, if nothing new comes."""
        paces = self._paces(now // SECOND)
        if not paces:
            return self._next_second(now)
        due = await self._store.next_due()
        if due is None or due > now:
            return _IDLE if due is None else min(_IDLE, (due - now) / SECOND)
        going: Going = await self._record(Dispatch(paces, self._catalogue.groups, self._instead()))
        self._full |= dict.fromkeys(going.full, now // SECOND)
        self._missed = 0 if going.texts or going.full else self._missed + 1
        texts_of: dict[str, list[Text]] = {}
        for text in going.texts:
            texts_of.setdefault(text.subject_id, []).append(text)
        for texts_of_one in texts_of.values():
            self._begin(self._deliver(texts_of_one))
        again = _AGAIN * 2 ** min(self._missed, 9) if self._missed else _IDLE
        return min(again, self._next_second(now))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    @staticmethod
    def _next_second(now: int) -> float:
        return (SECOND - now % SECOND) / SECOND

    def _paces(self, second: int) -> dict[str, int]:
        """The senders that may have room, as far as this process knows, with their paces."""
        return {
            address: sender.per_second
            for address, sender in self._catalogue.numbers.items()
            if self._full.get(address) != second and self._catchup.ready(sender.carrier)
        }

    def _instead(self) -> dict[str, str]:
        """By sender, the backup that takes over while the sender's carrier is away."""
        backups = {g.sender.address: g.backup.address for g in self._catalogue.groups.values() if g.backup}
        carriers = {address: sender.carrier for address, sender in self._catalogue.numbers.items()}
        return {
            sender: backup
            for sender, backup in backups.items()
            if self._catchup.away(carriers[sender]) and self._catchup.ready(carriers[backup])
        }

    async def _deliver(self, texts_of_one: list[Text]) -> None:
        """Send one number's texts one after the other, so that they arrive in their order."""
        for text in texts_of_one:
            try:
                result = await self._send(text)
            except Exception:
                log.exception("text %s: the send broke off", text.id)
                result = TextResult(text.id, "uncertain", reason="broken off")
            # Not awaited: a database that is away must not hold the next text back until after a STOP.
            self._begin(self._tell(result))

    async def _tell(self, result: TextResult) -> None:
        """Record what became of a send, however long the database is away: nobody else knows it."""
        while True:
            try:
                await self._record(result)
            except StoreError as error:
                if self._store.changes.closing:
                    raise
                log.warning("the result of text %s waits for the database: %s", result.text, error)
                await asyncio.sleep(_IDLE)
            else:
                return

    async def _send(self, text: Text) -> TextResult:
        wait = RETRY_FIRST * 2**text.tries
        try:
            body, kept, phone = await self._write(text)
        except Unavailable:  # it could not be read what to send: nothing went out
            return TextResult(text.id, "queued", reason="database away", wait=wait)
        except ConfigError as error:
            log.error("text %s cannot be written: %s", text.id, error)
            return TextResult(text.id, "failed", reason="content")
        carrier = self._carriers[self._catalogue.numbers[text.sender].carrier]
        going = Outgoing(text.id, text.sender, phone, body, self._places.receipts.get(carrier.name, ""))
        result = TextResult(text.id, "sent", body=kept, parts=segments(body), wait=wait, backup=self._backup(text))
        try:
            return replace(result, vendor_id=await carrier.send(going), backup="")
        except TextRefused as refused:
            self._note_lost(carrier.name, refused)
            state = "failed" if refused.permanent else "queued"
            return replace(result, state=state, reason=refused.reason, code=refused.code, wait=max(wait, refused.wait))
        except CarrierError as uncertain:
            self._note_lost(carrier.name, uncertain)
            return replace(result, state="uncertain", reason=uncertain.reason, code=uncertain.code, backup="")

    def _note_lost(self, carrier: str, error: CarrierError) -> None:
        if error.reason == "carrier_down":
            self._catchup.lost(carrier)

    def _backup(self, text: Text) -> str:
        """The sender that may take over from this text's, if its group has one and it is not that one already."""
        backup = self._catalogue.groups[text.group_id].backup
        return backup.address if backup and backup.address != text.sender else ""

    async def _write(self, text: Text) -> tuple[str, str, str]:
        """The words to send, the same with secrets masked, and the number."""
        brand, group = self._catalogue.brand, self._catalogue.groups[text.group_id]
        found = await self._store.prompt(text.prompt_id) if text.prompt_id else None
        prompt = found[0] if found else None
        subject = found[1] if found else (await self._store.subjects([text.subject_id]))[text.subject_id]
        shown = self._secrets(prompt, text)
        dots = texts.MASK * 3
        masked = (
            {"code": texts.MASK * 6, "link": f"{self._places.links}/c/{dots}"} if prompt else {"code": "", "link": ""}
        )
        masked["stop_link"] = f"{self._places.links}/stop/{dots}"
        body = texts.render(brand, group, text, prompt, shown)
        kept = texts.render(brand, group, text, prompt, masked)
        return body, kept, subject.phone or ""

    def _secrets(self, prompt: Prompt | None, text: Text) -> dict[str, str]:
        found = {
            "stop_link": f"{self._places.links}/stop/{signing.stop_slug(self._keys, text.subject_id, text.group_id)}"
        }
        if not prompt:
            return found | {"code": "", "link": ""}
        return found | {
            "code": signing.code(self._keys, prompt.id, text.generation),
            "link": f"{self._places.links}/c/{signing.slug(self._keys, prompt.id)}",
        }
