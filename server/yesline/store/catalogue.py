"""Brand, groups, senders and forms as they are in use now: small, kept in memory, read again when something was applied."""

import asyncio
import logging
from collections.abc import Iterable
from contextlib import suppress

from msgspec.structs import replace

from yesline.errors import ConfigError, YeslineError
from yesline.programme import Brand, FormVersion, Group, Sender
from yesline.store.base import Store
from yesline.store.changes import PROGRAMME

log = logging.getLogger(__name__)


class Catalogue:
    """What the doors and the post office look up by name.

    Pages of ``own_origins`` may send every form. ``carrier`` sends for every sender, whatever carrier it names: the handset
    in the sandbox; empty elsewhere.
    """

    def __init__(self, store: Store, own_origins: Iterable[str], carrier: str = "") -> None:
        self._store = store
        self._carrier = carrier
        self._own_origins = frozenset(own_origins)
        self._mark = -1
        self._brand: Brand | None = None
        self.forms: dict[str, FormVersion] = {}
        self.groups: dict[str, Group] = {}
        self.senders: dict[str, Group] = {}
        self.numbers: dict[str, Sender] = {}
        self.origins: frozenset[str] = frozenset()
        self.assets: dict[str, bytes] = {}

    @property
    def brand(self) -> Brand:
        """The seller. Raises ConfigError before anything was applied."""
        if self._brand is None:
            raise ConfigError("nothing is applied yet: run 'yesline apply' in your project folder")
        return self._brand

    def allowed(self, form: FormVersion) -> frozenset[str]:
        """The origins whose pages may send this form."""
        return self._own_origins.union(form.form.origins)

    async def refresh(self) -> None:
        """Read everything again if something was applied since."""
        mark = await self._store.applied_at()
        if mark == self._mark:
            return
        self._brand, groups, forms = await self._store.programme()
        self.groups = {group.id: group for group in groups}
        self.senders = {sender.address: group for group in groups for sender in group.senders}
        self.numbers = {sender.address: self._sent_by(sender) for group in groups for sender in group.senders}
        self.forms = {form.form.id: form for form in forms}
        self.origins = frozenset(origin for form in forms for origin in self.allowed(form)) | self._own_origins
        for form in forms:
            self.assets |= form.assets  # those no longer in use stay: an open page may have been given them
        self._mark = mark

    def _sent_by(self, sender: Sender) -> Sender:
        return replace(sender, carrier=self._carrier) if self._carrier else sender

    async def keep_fresh(self, every: float = 1.0) -> None:
        """Refresh until the store closes, at once where this process or another tells of an apply. What fails is logged and tried again."""
        with self._store.changes.watch(PROGRAMME) as changed:
            while not self._store.changes.closing:  # wait_for may swallow a cancellation that comes with the closing
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), every)
                changed.clear()
                try:
                    await self.refresh()
                except YeslineError as error:
                    log.warning("the catalogue could not be refreshed: %s", error)
                    await asyncio.sleep(every)
