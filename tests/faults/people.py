"""People with phones: each knows one way through the form, and asks again with the same id when an answer is lost."""

import asyncio
import random
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2

from tests.faults.evidence import Handset, Sent, Texted, Told
from tests.faults.stage import FORMS, GROUPS
from yesline.app import clock

PATIENCE = 90.0
"""Seconds after which somebody who was never answered is reported: longer than any fault here lasts."""
UNCLEAR = "no more texts"
"""Words that may be a wish to stop: a person decides."""
_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_CODE = re.compile(r"#(\d{6})$")
_LINK = re.compile(r"/c/(\w{22})")


class Turned(Exception):
    """An answer that no server may give, or none in all that time. It stands in ``told.wrong``."""


class Door:
    """The way to the servers. Counts what was answered, what was lost, and who was asked to come again."""

    def __init__(self, http: httpx2.AsyncClient, bases: list[str], told: Told, rng: random.Random) -> None:
        self.bases = bases
        self.told = told
        self.rng = rng
        self.answered = self.lost = self.busy = 0
        self._http = http

    async def ask(self, method: str, path: str, good: set[int], **sent: Any) -> httpx2.Response:
        """The answer, however often that takes. Raises Turned."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            base = self.rng.choice(self.bases)
            try:
                answer = await self._http.request(method, base + path, **_from_page(base, sent))
            except httpx2.TransportError:
                self.lost += 1
                await asyncio.sleep(self.rng.uniform(0.02, 0.2))  # nobody hammers at a closed door
                continue
            if answer.status_code in good:
                self.answered += 1
                return answer
            if not _later(answer):
                raise self._turned(
                    f"{method} {path.split('/')[1]} was answered {answer.status_code} {answer.text[:200]}"
                )
            self.busy += 1
            await asyncio.sleep(0.05)
        raise self._turned(f"{method} {path.split('/')[1]} was not answered in {PATIENCE:.0f} s")

    def _turned(self, what: str) -> Turned:
        self.told.wrong.append(what)
        return Turned(what)


def _from_page(base: str, sent: dict[str, Any]) -> dict[str, Any]:
    return sent | {"headers": {"origin": base} | sent.get("headers", {})}


def _later(answer: httpx2.Response) -> bool:
    """Whether this is the one way to say "later", to a page or to a person."""
    page = "text/html" in answer.headers.get("content-type", "")
    return answer.status_code == 503 and (page or "try_again" in answer.text)


class Person:
    """One phone and the hand that holds it."""

    def __init__(self, door: Door, handset: Handset, phone: str) -> None:
        self.door = door
        self.phone = phone
        self.rng = door.rng
        self._handset = handset
        self._told = door.told
        self._last = 0

    async def submit(self, form: str) -> str:
        """Send the form; the id of the submission. Words that went out of date meanwhile are read and sent again."""
        for _ in range(5):
            view = (await self.door.ask("GET", f"/forms/{form}/view", {200})).json()
            body = {"id": secrets.token_urlsafe(16), "phone": self.phone, "country": "GB", "consent": True}
            sent = self._told.submissions[str(body["id"])] = Sent(self.phone, form)
            answer = await self._send(form, body | {"stamp": view["stamp"]})
            if answer.status_code == 202:
                sent.answered = True
                return str(body["id"])
        raise Turned("the words of a form are always out of date")

    async def _send(self, form: str, body: dict[str, Any]) -> httpx2.Response:
        answer = await self.door.ask("POST", f"/forms/{form}/submissions", {202, 409}, json=body)
        if answer.status_code == 409 and "stamp_expired" not in answer.text:
            self._told.wrong.append(f"a submission sent again was answered {answer.text[:200]}")
        return answer

    def tick(self) -> int:
        """The time at which the carrier got the next text of this phone."""
        self._last = max(self._last + 1, clock())
        return self._last

    async def text(self, form: str, words: str, at: int = 0) -> None:
        """Text the form's sender. The carrier delivers again until it has its 2xx, and sometimes twice at once."""
        text_id, at = secrets.token_hex(8), at or self.tick()
        texted = self._told.texts[text_id] = Texted(self.phone, words, at)
        body = {"from": self.phone, "to": GROUPS[FORMS[form]], "text": words}
        headers = {"x-carrier-id": text_id, "x-carrier-at": str(at)}
        times = 2 if self.rng.random() < 0.1 else 1
        tries = [self.door.ask("POST", "/handset/replies", {201}, json=body, headers=headers) for _ in range(times)]
        await asyncio.gather(*(self._deliver(texted, one) for one in tries))

    async def _deliver(self, texted: Texted, answer: Awaitable[httpx2.Response]) -> None:
        await answer
        texted.answered = texted.answered or clock()

    async def _find(self, submission: str, wanted: re.Pattern[str], after: int = 0) -> str:
        """What stands in the newest text, which the phone may not have got yet. After a while the person asks for another."""
        for _ in range(30):
            for _ in range(40):
                texts = self._handset.texts(self.phone)
                if len(texts) > after and (found := wanted.search(texts[-1].text)):
                    return found[1]
                await asyncio.sleep(0.05)
            await self.resend(submission)
        self._told.wrong.append(f"{self.phone} asked for its text 30 times in vain")
        raise Turned("no text came")

    async def resend(self, submission: str) -> None:
        """Ask for the text again; too early is an answer too."""
        await self.door.ask("POST", f"/submissions/{submission}/resend", {202, 429}, json={})

    async def type_code(self, submission: str) -> None:
        """Type the code of the newest text into the page; where another was sent meanwhile, type that."""
        seen = 0
        for _ in range(5):
            code = await self._find(submission, _CODE, seen)
            answer = await self.door.ask("POST", f"/submissions/{submission}/code", {200, 422}, json={"code": code})
            if answer.status_code == 200:
                return
            seen = len(self._handset.texts(self.phone))
        self._told.wrong.append(f"{self.phone} typed five codes in vain")

    async def press(self, submission: str, act: str) -> None:
        """Open the link of the newest text and press one of its buttons."""
        path = f"/c/{await self._find(submission, _LINK)}"
        page = await self.door.ask("GET", path, {200, 410})
        for _ in range(5):
            if not (token := _TOKEN.search(page.text)):
                break
            page = await self.door.ask("POST", path, {200, 410}, data={"token": token[1], "act": act})
        if page.status_code != 200 or _TOKEN.search(page.text):
            self._told.wrong.append(f"{self.phone} pressed {act} in vain: {page.status_code}")

    def ends(self, form: str, state: str) -> None:
        """Note what all of this must have led to."""
        self._told.states[self.phone, FORMS[form]] = state

    def declined(self) -> None:
        """Note that "not me" was pressed."""
        self._told.declined.add(self.phone)


def _form(person: Person) -> str:
    return person.rng.choice(list(FORMS))


async def _silent(person: Person) -> None:
    form = _form(person)
    await person.submit(form)
    person.ends(form, "pending")


async def _yes(person: Person) -> None:
    form = _form(person)
    await person.submit(form)
    await person.text(form, "Y")
    person.ends(form, "subscribed")


async def _no(person: Person) -> None:
    form = _form(person)
    await person.submit(form)
    await person.text(form, "N")
    person.ends(form, "unknown")


async def _code(person: Person) -> None:
    form = _form(person)
    await person.type_code(await person.submit(form))
    person.ends(form, "subscribed")


async def _link(person: Person) -> None:
    form = _form(person)
    await person.press(await person.submit(form), "confirm")
    person.ends(form, "subscribed")


async def _decline(person: Person) -> None:
    form = _form(person)
    await person.press(await person.submit(form), "decline")
    person.declined()
    person.ends(form, "unsubscribed")


async def _two_groups(person: Person) -> None:
    for form in ("footer", "letter"):
        await person.submit(form)
    await person.text("footer", "Yes")
    person.ends("footer", "subscribed")
    person.ends("letter", "pending")


async def _again(person: Person, forms: tuple[str, str] = ("checkout", "footer")) -> None:
    await person.submit(forms[0])
    await person.submit(forms[1])
    await person.text(forms[0], "Y")
    await person.submit(forms[1])
    person.ends(forms[0], "subscribed")


async def _stop(person: Person) -> None:
    form = _form(person)
    await person.submit(form)
    await person.text(form, "STOP")
    await person.text(form, "Y")
    person.ends(form, "unsubscribed")


async def _leave(person: Person) -> None:
    await person.submit("blog")
    await person.text("blog", "Y")
    await person.text("footer", "Stop")
    await person.submit("letter")
    person.ends("blog", "unsubscribed")


async def _come_back(person: Person) -> None:
    form = _form(person)
    await person.submit(form)
    for words in ("STOP", "START", "Y"):
        await person.text(form, words)
    person.ends(form, "subscribed")


async def _stop_at_once(person: Person) -> None:
    """STOP while the submission is on its way: who is first decides what is kept, and in the end it is stopped."""
    form = _form(person)
    await asyncio.gather(person.submit(form), person.text(form, "STOP"))


async def _unclear(person: Person) -> None:
    """What may be a wish to stop, and nobody decides: the other form's text must wait."""
    form, other = person.rng.sample(list(FORMS), 2)
    await person.submit(form)
    await person.text(form, UNCLEAR)
    await person.submit(other)
    person.ends(form, "pending")


async def _unclear_and_yes(person: Person) -> None:
    form = _form(person)
    await person.submit(form)
    for words in (UNCLEAR, "Y"):
        await person.text(form, words)
    person.ends(form, "subscribed")


async def _unclear_and_stop(person: Person) -> None:
    form = _form(person)
    await person.submit(form)
    for words in (UNCLEAR, "STOP", UNCLEAR):
        await person.text(form, words)
    person.ends(form, "unsubscribed")


async def _unclear_and_join(person: Person) -> None:
    """All of it by text: held, and then asked."""
    form = _form(person)
    for words in (UNCLEAR, "who is this?", "JOIN"):
        await person.text(form, words)
    person.ends(form, "pending")


async def _reordered(person: Person) -> None:
    """Y, STOP and START that arrive in any order; the carrier's time tells how they were sent."""
    form = _form(person)
    await person.submit(form)
    sent = [(words, person.tick() + person.rng.randint(0, 3)) for words in ("Y", "STOP", "START", "STOP", "START")]
    person.rng.shuffle(sent)
    await asyncio.gather(*(person.text(form, words, at) for words, at in sent[: person.rng.randint(3, 5)]))


async def anything(person: Person) -> None:
    """What one of several people does who give the same number."""
    form = _form(person)
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: person.submit(form),
        *(
            lambda words=words: person.text(form, words)
            for words in ("Y", "STOP", "START", "N", "HELP", "JOIN", "when?", UNCLEAR)
        ),
    ]
    submission = await person.submit(form)
    for _ in range(3):
        await person.rng.choice(acts)()
    await person.resend(submission)


Way = Callable[[Person], Awaitable[None]]
READING: tuple[Way, ...] = (_code, _link, _decline)
"""Ways that end when a text has come."""
WRITING: tuple[Way, ...] = (
    _silent,
    _yes,
    _no,
    _two_groups,
    _again,
    _stop,
    _leave,
    _come_back,
    _stop_at_once,
    _unclear,
    _unclear_and_yes,
    _unclear_and_stop,
    _unclear_and_join,
    _reordered,
)
