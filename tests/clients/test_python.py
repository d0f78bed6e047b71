"""The Python client: every call sends what the document says, is sent again where that is safe, and tells what was refused."""

import asyncio
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx2
import pytest

from tests.clients.table import FILE, Case, cases
from yesline_client import (
    AsyncYesline,
    Conflict,
    Fault,
    Invalid,
    NotAllowed,
    NotFound,
    Refused,
    SetupError,
    TooMany,
    Unreachable,
    Yesline,
)
from yesline_client.calls import File, uploading

URL = "https://sms.example.com"
Answer = httpx2.Response | Exception


class Stub:
    """A server that answers what it is told to, and what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def later(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        return self(request)

    @property
    def client(self) -> Yesline:
        return Yesline(f"{URL}/", "yl_x", http=httpx2.Client(transport=httpx2.MockTransport(self)))

    @property
    def async_client(self) -> AsyncYesline:
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(self.later))
        return AsyncYesline(f"{URL}/", "yl_x", http=http)

    @property
    def keys(self) -> set[str]:
        return {request.headers["idempotency-key"] for request in self.asked}


def ok(content: Any = None, status: int = 200) -> httpx2.Response:
    return httpx2.Response(status, json={} if content is None else content)


def no(status: int, code: str, after: str = "") -> httpx2.Response:
    error = {"code": code, "message": "No.", "field": "phone"}
    return httpx2.Response(status, json={"error": error}, headers={"retry-after": after} if after else {})


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long was waited, which takes no time."""
    found: list[float] = []

    async def later(seconds: float) -> None:
        found.append(seconds)

    monkeypatch.setattr("yesline_client.callers.sleep", found.append)
    monkeypatch.setattr("yesline_client.async_callers.sleep", later)
    return found


def _given(case: Case) -> tuple[list[Any], dict[str, Any]]:
    places = [*case.places, *([FILE] if case.upload else [])]
    kind = {"content_type": case.upload} if case.upload else {}
    return places, kind | case.query | (case.body or {})


def _answer(case: Case) -> httpx2.Response:
    return ok(case.answer, case.status) if case.answer is not None else httpx2.Response(200, content=b"a,b\n")


def _sync(stub: Stub, case: Case) -> Any:
    places, named = _given(case)
    found = getattr(getattr(stub.client, case.resource), case.method)(*places, **named)
    return list(found) if case.items or case.answer is None else found


def _async(stub: Stub, case: Case) -> Any:
    places, named = _given(case)

    async def call() -> Any:
        found = getattr(getattr(stub.async_client, case.resource), case.method)(*places, **named)
        if case.items or case.answer is None:
            return [one async for one in found]
        return await found

    return asyncio.run(call())


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
@pytest.mark.parametrize("way", [_sync, _async])
def test_every_call_sends_what_the_document_says(case: Case, way: Callable[[Stub, Case], Any]) -> None:
    stub = Stub(_answer(case), ok({case.items: [], "next": None}))
    found = way(stub, case)
    assert found == (case.answer[case.items] if case.items else [b"a,b\n"] if case.answer is None else case.answer)
    request = stub.asked[0]
    assert (request.method, request.url.raw_path.decode().partition("?")[0]) == (case.verb, case.path)
    assert dict(request.url.params) == {name: _word(value) for name, value in case.query.items()}
    assert request.headers["authorization"] == "Bearer yl_x"
    assert ("idempotency-key" in request.headers) == (case.verb == "POST")
    if case.body is not None:
        assert (json.loads(request.content), request.headers["content-type"]) == (case.body, "application/json")
    elif case.upload:
        assert (request.content, request.headers["content-type"]) == (FILE, case.upload)
    else:
        assert request.content == b""


def _word(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_list_is_read_to_its_end_or_by_parts() -> None:
    parts = [ok({"items": [{"id": "1"}, {"id": "2"}], "next": "m"}), ok({"items": [{"id": "3"}], "next": None})]
    stub = Stub(*parts, ok({"items": [{"id": "1"}], "next": "m"}))
    found = [one["id"] for one in stub.client.subscribers.list(group="a&b", limit=2)]
    assert found == ["1", "2", "3"]
    assert [str(one.url.query, "ascii") for one in stub.asked] == ["group=a%26b&limit=2", "group=a%26b&limit=2&after=m"]
    assert stub.client.subscribers.list(limit=1).page()["next"] == "m"


def test_the_feed_is_read_until_nothing_is_new() -> None:
    stub = Stub(ok({"events": [{"seq": 5}], "next": 5}), ok({"events": [], "next": 5}))
    assert [event["seq"] for event in stub.client.events.list(after=4)] == [5]
    assert stub.asked[1].url.params["after"] == "5"


def test_lists_of_the_async_client_are_read_to_their_end_or_by_parts() -> None:
    stub = Stub(
        ok({"items": [{"id": "1"}], "next": "m"}), ok({"items": [{"id": "2"}], "next": None}), ok({"items": []})
    )

    async def story() -> None:
        async with stub.async_client as yesline:
            assert [one["id"] async for one in yesline.subscribers.list(limit=1)] == ["1", "2"]
            assert await yesline.subscribers.list().page() == {"items": [], "next": None}

    asyncio.run(story())


def _stop(stub: Stub, way: str) -> Any:
    if way == "sync":
        return stub.client.subscribers.stop("x", by="Ada")

    async def call() -> Any:
        return await stub.async_client.subscribers.stop("x", by="Ada")

    return asyncio.run(call())


WAYS = pytest.mark.parametrize("way", ["sync", "async"])


@WAYS
def test_a_post_is_sent_again_under_its_key_until_it_is_answered(way: str, waits: list[float]) -> None:
    lost = httpx2.ReadError("lost")
    stub = Stub(no(503, "try_again", "2"), lost, no(409, "idempotency_in_flight", "2"), ok({"id": "x"}))
    assert _stop(stub, way) == {"id": "x"}
    assert len(stub.asked) == 4
    assert len(stub.keys) == 1
    assert 2 <= waits[0] <= 2.2
    assert 0 <= waits[1] <= 1
    assert 2 <= waits[2] <= 2.2
    again = Stub(ok({"id": "x"}))
    _stop(again, way)
    assert again.keys != stub.keys


def test_a_key_of_ones_own_is_kept() -> None:
    stub = Stub(no(429, "slow_down", "1"), ok())
    stub.client.keys.create(name="till", scopes=["review"], idempotency_key="order 1")
    assert stub.keys == {"order 1"}


@WAYS
@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_who_is_asked_to_wait_waits_three_times(way: str, status: int, waits: list[float]) -> None:
    stub = Stub(*(no(status, "later", "1") for _ in range(4)))
    with pytest.raises(Refused):
        _stop(stub, way)
    assert (len(stub.asked), len(waits)) == (4, 3)


@WAYS
def test_who_does_not_answer_is_unreachable(way: str) -> None:
    stub = Stub(*(httpx2.ConnectError("") for _ in range(4)))
    with pytest.raises(Unreachable, match="ConnectError"):
        _stop(stub, way)
    assert len(stub.keys) == 1


@WAYS
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((400, "bad_request"), Invalid),
        ((401, "key_unknown"), NotAllowed),
        ((403, "key_scope"), NotAllowed),
        ((404, "subscriber_not_found"), NotFound),
        ((409, "stopped"), Conflict),
        ((406, "not_acceptable"), Invalid),
        ((422, "idempotency_mismatch"), Invalid),
        ((429, "prompt_capped", "3600"), TooMany),
        ((500, "internal"), Fault),
    ],
)
def test_what_is_refused_is_told_and_not_sent_again(way: str, answer: Any, kind: type[Refused]) -> None:
    stub = Stub(no(*answer))
    with pytest.raises(kind, match="No") as raised:
        _stop(stub, way)
    told = raised.value
    assert (told.status, told.code) == answer[:2]
    assert (told.message, told.field) == ("No.", "phone")
    assert told.retry_after == (3600 if kind is TooMany else None)


@pytest.mark.parametrize("status", [200, 302, 404])
@pytest.mark.parametrize("content", [b"<html>", b"[1]", b'{"error": "no"}'])
def test_what_is_no_answer_of_yeslines_is_told_as_such(status: int, content: bytes) -> None:
    if status == 200 and content != b"<html>":
        content = b""
    stub = Stub(httpx2.Response(status, content=content, headers={"retry-after": "soon"}))
    with pytest.raises(Refused, match="is the address right") as raised:
        stub.client.subscribers.get("x")
    assert (raised.value.code, raised.value.retry_after) == ("unexpected", None)


@pytest.mark.parametrize("place", ["", ".", ".."])
def test_what_is_no_id_is_not_sent(place: str) -> None:
    stub = Stub()
    with pytest.raises(ValueError, match="is no id"):
        stub.client.subscribers.stop(place)
    assert stub.asked == []


def test_an_id_is_one_part_of_the_address() -> None:
    stub = Stub(ok())
    stub.client.subscribers.get("a/../b?c#d")
    assert stub.asked[0].url.raw_path.decode() == f"/v1/subscribers/{quote('a/../b?c#d', safe='')}"


@WAYS
@pytest.mark.parametrize("file", [FILE, io.BytesIO(b"x" + FILE)])
def test_a_file_is_sent_whole_each_time(way: str, file: File) -> None:
    if not isinstance(file, bytes):
        file.seek(1)
    stub = Stub(no(503, "try_again"), ok({"id": "j"}, 202))
    if way == "sync":
        answer = stub.client._caller.upload("/v1/imports", {"dry_run": True}, file, "text/csv", None)
    else:
        answer = asyncio.run(stub.async_client._caller.upload("/v1/imports", {"dry_run": True}, file, "text/csv", None))
    assert answer == {"id": "j"}
    assert [one.content for one in stub.asked] == [FILE, FILE]
    assert len(stub.keys) == 1


def test_a_file_that_was_sent_in_part_is_sent_whole_again() -> None:
    taken: list[bytes] = []

    class Losing(httpx2.BaseTransport):
        def handle_request(self, request: httpx2.Request) -> httpx2.Response:
            self.stream = iter(request.stream)  # type: ignore[arg-type]  # kept, as by a connection that is not closed yet
            taken.append(next(self.stream))
            if len(taken) == 1:
                raise httpx2.WriteError("lost")
            return ok({"id": "j"}, 202)

    yesline = Yesline(URL, "yl_x", http=httpx2.Client(transport=Losing()))
    yesline._caller.upload("/v1/imports", {}, io.BytesIO(b"x" * 70_000 + b"y"), "text/csv", None)
    assert taken == [b"x" * 65_536] * 2


def test_a_file_is_read_in_parts() -> None:
    call = uploading("/v1/imports", {}, io.BytesIO(bytes(200_000)), "text/csv", None)
    assert [len(part) for part in call.chunks()] == [65_536, 65_536, 65_536, 3_392]


@WAYS
def test_a_file_that_is_refused_or_breaks_off_says_so(way: str) -> None:
    class Broken(httpx2.SyncByteStream, httpx2.AsyncByteStream):
        def __iter__(self) -> Any:
            yield b"a,"
            raise httpx2.ReadError("lost")

        async def __aiter__(self) -> Any:
            yield b"a,"
            raise httpx2.ReadError("lost")

    stub = Stub(no(403, "key_scope"), httpx2.Response(200, stream=Broken()))

    async def read() -> list[bytes]:
        return [part async for part in stub.async_client._caller.download("/v1/exports/x", {})]

    def download() -> list[bytes]:
        return list(stub.client._caller.download("/v1/exports/x", {})) if way == "sync" else asyncio.run(read())

    with pytest.raises(NotAllowed, match="key_scope"):
        download()
    with pytest.raises(Unreachable, match="lost"):
        download()


@pytest.mark.parametrize("make", [Yesline, AsyncYesline])
def test_the_environment_says_what_is_not_given(
    make: type[Yesline] | type[AsyncYesline], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("YESLINE_URL", raising=False)
    monkeypatch.delenv("YESLINE_KEY", raising=False)
    with pytest.raises(SetupError, match="YESLINE_URL"):
        make(key="k")
    with pytest.raises(SetupError, match="https://"):
        make("sms.example.com", "k")
    with pytest.raises(SetupError, match="YESLINE_KEY"):
        make(URL)
    monkeypatch.setenv("YESLINE_URL", URL)
    monkeypatch.setenv("YESLINE_KEY", "yl_env")
    assert make()._caller._headers["authorization"] == "Bearer yl_env"


def test_connections_are_closed_at_the_end() -> None:
    stub = Stub(ok({"items": []}))
    with stub.client as yesline:
        assert list(yesline.groups.list()) == []
    assert yesline._caller.http.is_closed
