"""What tests of texting share: servers with other groups than the demo's, phones that text, and a book to decide acts in by hand."""

import itertools
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from msgspec.structs import replace

from tests.conftest import FORM, NOON, SENDER, Clock, Site, running
from tests.wire import SHOWN, project_in
from yesline.carriers.base import Inbound
from yesline.doors import incoming
from yesline.errors import Refusal
from yesline.programme import Group, Sender
from yesline.records import Act, Dispatch, Draft, InboundText, Row, Subject, Text, TextResult
from yesline.rules import acts, signing
from yesline.rules.abuse import Policy
from yesline.rules.desk import Known, Moment
from yesline.rules.signing import Keys
from yesline.settings import Settings

BACKUP = "13579"
R = TypeVar("R", bound=Row)


class Tell(Protocol):
    """Runs a story against a server whose project has more lines, and whose settings are changed."""

    def __call__(
        self, story: Callable[[Site], Any], group: str = "", more: str = "", form: str = "", **changes: Any
    ) -> None: ...


@pytest.fixture
def on_project(settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path) -> Tell:
    """Run ``story(site)``: ``group`` are lines at the top of the group's file, ``more`` at its end, ``form`` at the top of the form's.

    What else is given are settings, but for ``two``: whether there is a second group, ``roasts``, with the sender 13579.
    """

    def tell(
        story: Callable[[Site], Any],
        group: str = "",
        more: str = "",
        form: str = "",
        *,
        two: bool = False,
        **changes: Any,
    ) -> None:
        folder = project_in(tmp_path / "project", form, group, more)
        if two:
            _second(folder)

        async def whole() -> None:
            async with running(replace(settings, **changes), clock, folder) as site:
                await story(site)

        run(whole())

    return tell


def _second(folder: Path) -> None:
    (first,) = (folder / "groups").glob("*.toml")
    second = first.read_text(encoding="utf-8").replace(f'"{SENDER}"', f'"{BACKUP}"').replace('"JOIN"', '"ROAST"')
    (folder / "groups" / "roasts.toml").write_text(second, encoding="utf-8")


async def say(site: Site, body: str, phone: str = SHOWN, to: str = SENDER, **more: Any) -> None:
    """A text from a phone as a carrier tells it, a second after whatever was before."""
    site.clock.advance(seconds=1)
    given: dict[str, Any] = {"id": secrets.token_hex(8), "at": site.clock()} | more
    told = Inbound(phone=phone, sender=to, body=body, **given)
    await site.house.clerk.record(incoming.text("console", told, site.house.catalogue.senders, site.house.clerk.keys))


async def submit_in(site: Site, locale: str, phone: str = "(201) 555-0123") -> str:
    """Send the form in another language; the id of the submission."""
    view = (await site.http.get(f"/forms/{FORM}/view", params={"locale": locale})).json()
    return await site.submit(phone, stamp=view["stamp"], locale=locale)


async def newest(site: Site, phone: str = SHOWN) -> str:
    """The last text that a phone has got."""
    return (await site.texts(phone))[-1]


async def state(site: Site, group: str = "promotions", phone: str = SHOWN) -> str:
    """Where a number stands in a group."""
    rows = await site.sql(
        "SELECT state FROM subscription JOIN subject s ON s.id = subject_id WHERE group_id = ? AND phone = ?",
        group,
        phone,
    )
    return str(rows[0][0]) if rows else "unknown"


async def suppressed(site: Site) -> list[tuple[Any, ...]]:
    """What STOPs are in force: ``*`` for the brand, or groups."""
    brand = await site.sql("SELECT '*' FROM suppression WHERE lifted_at = 0")
    return brand + await site.sql("SELECT group_id FROM group_suppression WHERE lifted_at = 0 ORDER BY group_id")


def group_of(**changes: Any) -> Group:
    """A group with a sender at one carrier and a backup at another."""
    group = Group(
        id="promotions",
        name="Promotions",
        sends="offers",
        frequency="Up to 4 messages a month",
        sender=Sender(SENDER),
        backup=Sender(BACKUP, "other"),
    )
    return replace(group, **changes)


class Book:
    """The clerk's work by hand: acts are decided one after the other in memory, at the book's own time."""

    def __init__(self, policy: Policy | None = None, group: Group | None = None) -> None:
        self.policy = policy or Policy()
        self.group = group or group_of()
        self.keys = Keys((b"s" * 32,), b"n" * 32, b"l" * 32)
        self.now = NOON
        self.known = Known()
        self.events: list[Draft] = []
        self._ids = (f"id{number:09}" for number in itertools.count(1))

    def do(self, act: Act) -> Any:
        """Decide an act and keep what it decided. Raises Refusal where it is refused."""
        decision = acts.decide(self.known, act, Moment(self.now, lambda: next(self._ids), self.keys, self.policy))
        for place, row in decision.rows.items():
            self.known.put(place, row)
        self.events += decision.events
        if isinstance(decision.outcome, Refusal):
            raise decision.outcome
        return decision.outcome

    def all(self, kind: type[R]) -> list[R]:
        """Every row of a kind."""
        return list(self.known.all(kind))

    def texts(self, *kinds: str) -> list[Text]:
        """The texts that were to go out: of these kinds, or all."""
        out = (text for text in self.all(Text) if text.kind != "inbound")
        return [text for text in out if not kinds or text.kind in kinds]

    def text(self, kind: str) -> Text:
        """The newest text of a kind."""
        return self.texts(kind)[-1]

    def put(self, *rows: Row) -> None:
        """Keep rows as they are."""
        for row in rows:
            self.known.put((type(row), type(row).identity(row)), row)

    def says(self, body: str, phone: str = SHOWN, **more: Any) -> None:
        """A phone texts the group's sender, a second after whatever was before."""
        self.now += 1000
        given: dict[str, Any] = {"id": next(self._ids), "group": self.group, "at": self.now} | more
        self.do(InboundText(phone=phone, tag=signing.number_tag(self.keys, phone), body=body, **given))

    def dispatch(self) -> list[Text]:
        """What the post office takes now, of any sender."""
        going: list[Text] = self.do(Dispatch({SENDER: 100, BACKUP: 100}, {self.group.id: self.group})).texts
        return going

    def sending(self, phone: str = SHOWN) -> Text:
        """A prompt that was just handed to the carrier."""
        self.says("JOIN", phone)
        (text,) = self.dispatch()
        return text

    def sent(self) -> Text:
        """A prompt that the carrier has taken as its ``v1``."""
        text = self.sending()
        self.do(TextResult(text.id, "sent", "v1", body="Larkspur", parts=2))
        return self.text("prompt")

    def told(self) -> list[str]:
        """What the ledger says became of texts, in order."""
        return [event.facts["state"] for event in self.events if event.kind == "texted"]

    @property
    def subject(self) -> Subject:
        """The one number there is."""
        (found,) = self.all(Subject)
        return found

    def notes(self) -> list[tuple[str, str]]:
        """What went into the ledger, by kind and source."""
        return [(event.kind, event.source) for event in self.events]
