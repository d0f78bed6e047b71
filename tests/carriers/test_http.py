"""The generic carrier: its wire format, Standard Webhooks, its list, and the example gateway of the how-to."""

import json
import re
import threading
import urllib.error
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.carriers.driving import (
    LATIN,
    TEXT,
    URL,
    attempt,
    missed,
    now,
    once,
    read,
    refusal,
    refusals,
    send,
    with_header,
)
from tests.carriers.http_network import GatewayNetwork, make, new_secret
from tests.carriers.network import Reply, Request, Sent, Webhook
from tests.carriers.recorder import HANG_UP, Recorder
from yesline.carriers import http_gateway
from yesline.carriers.base import Delivered, Inbound
from yesline.carriers.http_gateway import Account, GatewayCarrier
from yesline.errors import ConfigError, TextRefused, TextUncertain
from yesline.records import Reason

NETWORK = GatewayNetwork()
PHONE = "+14155550123"
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, "gw-1", TEXT.receipts)
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "any-carrier.md"


def carrier(api: str = "http://127.0.0.1:9", network: GatewayNetwork = NETWORK, **more: Any) -> GatewayCarrier:
    return GatewayCarrier("main", msgspec.convert({**network.settings(api), **more}, Account))


OWN = carrier()


def test_make() -> None:
    assert make().kind == "http"


def test_request() -> None:
    vendor_id, [request] = send(carrier, NETWORK.answer)
    assert vendor_id == "gw-ref-7Qk2"
    assert (request.method, request.target) == ("POST", "/messages")
    assert request.headers["authorization"] == f"Bearer {NETWORK.token}"
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "reference": TEXT.reference,
        "from": TEXT.sender,
        "to": TEXT.phone,
        "text": TEXT.body,
        "receipts": TEXT.receipts,
    }


@pytest.mark.parametrize("reason", get_args(Reason))
@pytest.mark.parametrize("permanent", [True, False])
def test_refusals_in_our_words(reason: str, permanent: bool) -> None:
    error, _ = send(carrier, Reply(400, {"code": "x1", "reason": reason, "permanent": permanent, "message": "No."}))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (reason, permanent, "x1")


@pytest.mark.parametrize(
    ("status", "body", "reason", "permanent", "code"),
    [
        (400, {"code": "x1", "reason": "opted_out"}, "opted_out", True, "x1"),
        (400, {"code": "x1", "reason": "no_credit"}, "no_credit", False, "x1"),
        (400, {"code": "x1", "reason": "nonsense"}, "content", True, "x1"),
        (400, {"reason": ["opted_out"], "permanent": "yes"}, "content", True, ""),
        (400, "no JSON", "content", True, ""),
        (400, {"permanent": False}, "content", False, ""),
        (401, {}, "credentials", False, ""),
        (402, {}, "no_credit", False, ""),
        (403, {}, "credentials", False, ""),
        (404, {}, "carrier_error", True, ""),
        (422, {}, "content", True, ""),
        (302, {}, "carrier_error", False, ""),
    ],
)
def test_refusals_by_status(status: int, body: Any, reason: str, permanent: bool, code: str) -> None:
    error, _ = send(carrier, Reply(status, body))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (reason, permanent, code)


def test_asked_to_wait() -> None:
    error, _ = send(carrier, Reply(429, {}, {"retry-after": "7"}))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.wait) == ("rate_limited", False, 7000)


@pytest.mark.parametrize("reply", [Reply(500, {}), Reply(HANG_UP), Reply(200, {}), Reply(200, {"id": ""}), Reply(204)])
def test_uncertain(reply: Reply) -> None:
    error, requests = send(carrier, reply)
    assert isinstance(error, TextUncertain)
    assert len(requests) == 1


def test_inbound() -> None:
    webhook = NETWORK.inbound(URL, id="m1", phone=PHONE, text="Arrêt ✋", at=1_700_000_000_123)
    assert read(OWN, webhook).inbound == (Inbound("m1", PHONE, NETWORK.sender, "Arrêt ✋", 1_700_000_000_123),)


def test_least_that_a_text_tells() -> None:
    event = {"type": "inbound", "id": "1", "from": PHONE, "to": "12345", "text": "", "answered": True, "more": {}}
    assert read(OWN, NETWORK.signed(URL, event)).inbound == (Inbound("1", PHONE, "12345", "", answered=True),)


@pytest.mark.parametrize(
    ("told", "fate", "reason", "code"),
    [
        ({"status": "sent"}, "sent", "", ""),
        ({"status": "delivered", "reason": "blocked"}, "delivered", "", ""),
        ({"status": "failed", "reason": "unreachable", "code": "27"}, "failed", "unreachable", "27"),
        ({"status": "rejected", "reason": "opted_out", "code": "s"}, "rejected", "opted_out", "s"),
        ({"status": "failed", "reason": "nonsense"}, "failed", "carrier_error", ""),
        ({"status": "failed"}, "failed", "carrier_error", ""),
        ({"status": "unknown"}, "unknown", "", ""),
    ],
)
def test_receipts(told: dict[str, str], fate: Any, reason: Any, code: str) -> None:
    webhook = NETWORK.signed(URL, {"type": "receipt", "reference": "r", "id": "gw-1", "at": 1} | told)
    assert read(OWN, webhook).delivered == (Delivered("r", "gw-1", fate, reason, code, 1),)


@pytest.mark.parametrize("event", [{"type": "new"}, {}, {"type": "receipt", "reference": "r", "status": "read"}])
def test_events_of_no_interest(event: dict[str, Any]) -> None:
    told = read(OWN, NETWORK.signed(URL, event))
    assert (told.inbound, told.delivered) == ((), ())


@pytest.mark.parametrize("kind", ["inbound", "receipt"])
def test_forgeries(kind: str) -> None:
    genuine = (
        NETWORK.inbound(URL, id="m2", phone=PHONE, text="Y", at=now())
        if kind == "inbound"
        else NETWORK.receipt(URL, SENT, "opted_out", now())
    )
    at = now()
    forgeries = list(NETWORK.forgeries(genuine, at))
    got = refusals(carrier, NETWORK.answer, [forged for _, forged, _ in forgeries], at)
    assert len(got) > 25
    assert [(what, status, was) for (what, _, status), was in zip(forgeries, got, strict=True) if was != status] == []
    assert refusal(OWN, genuine, at) == 200


def test_edges_of_freshness() -> None:
    at = 1_700_000_000_000
    webhook = NETWORK.signed(URL, {}, at=at)
    statuses = [refusal(OWN, webhook, at + late) for late in (-300_001, -300_000, 300_000, 300_001)]
    assert statuses == [403, 200, 200, 403]


def test_old_and_new_secret() -> None:
    new = new_secret()
    both = carrier(secrets=[new, NETWORK.secret])
    statuses = [refusal(both, NETWORK.signed(URL, {}, secret=secret)) for secret in ("", new, new_secret())]
    assert statuses == [200, 200, 403]


def test_several_signatures() -> None:
    webhook = NETWORK.signed(URL, {})
    several = f"v1a,c2ln v1,AAAA {webhook.headers['webhook-signature']}"
    assert refusal(OWN, with_header(webhook, "webhook-signature", several)) == 200


@pytest.mark.parametrize(
    "event",
    [
        b"",
        b"[]",
        b"{",
        b"[" * 5000,
        {"type": 7},
        {"type": "inbound"},
        {"type": "inbound", "id": "1", "from": "14155550123", "to": "1", "text": "Y"},
        {"type": "inbound", "id": "", "from": PHONE, "to": "1", "text": "Y"},
        {"type": "inbound", "id": "1", "from": PHONE, "to": "1", "text": "Y", "at": -1},
        {"type": "inbound", "id": "1", "from": PHONE, "to": "1", "text": "Y", "at": 10**30},
        {"type": "receipt", "status": "sent"},
    ],
)
def test_malformed(event: Any) -> None:
    assert refusal(OWN, NETWORK.signed(URL, event)) == 400


@given(LATIN, LATIN, LATIN, LATIN, st.binary(max_size=80))
def test_nothing_but_refusals(attempt_id: str, time: str, signature: str, media: str, body: bytes) -> None:
    headers = {"webhook-id": attempt_id, "webhook-timestamp": time, "webhook-signature": signature}
    assert refusal(OWN, Webhook(URL, headers | {"content-type": media}, body)) == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"secrets": []},
        {"secrets": ["a long random word that is no whsec"]},
        {"secrets": ["whsec_!!"]},
        {"secrets": ["whsec_é"]},
        {"secrets": ["whsec_" + b64encode(b"x" * 23).decode()]},
        {"secrets": ["whsec_" + b64encode(b"x" * 65).decode()]},
        {"send_url": ""},
        {"send_url": "gateway/messages"},
        {"send_url": "ftp://gateway/messages"},
        {"list_url": "/inbound"},
    ],
)
def test_settings_that_cannot_be_used(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main"):
        carrier(**wrong)


def test_meanings() -> None:
    assert set(http_gateway.MEANINGS) == set(Account.__struct_fields__)


def test_missed_pages() -> None:
    network = GatewayNetwork()
    webhooks = [network.inbound(URL, id=f"m{n}", phone=PHONE, text=f"text {n}", at=1000 + n) for n in range(250)]
    found, requests = missed(lambda api: carrier(api, network), network.answer, 1010)
    own = carrier(network=network)
    assert found == [read(own, webhook).inbound[0] for webhook in webhooks[10:]]
    assert [request.target for request in requests] == [
        f"/inbound?box=1&since=1010{cursor}" for cursor in ("", "&cursor=100", "&cursor=200")
    ]


def test_missed_leaves_out_what_cannot_be_read() -> None:
    good = {"type": "inbound", "id": "1", "from": PHONE, "to": "12345", "text": "STOP"}
    found, _ = missed(carrier, lambda _: Reply(200, {"messages": [None, 7, {"id": "2"}, good]}), 1)
    assert [text.id for text in found] == ["1"]


@pytest.mark.parametrize("body", ["no JSON", [], {"messages": "none"}])
def test_missed_finds_nothing_in_nonsense(body: Any) -> None:
    assert missed(carrier, lambda _: Reply(200, body), 1)[0] == []


def test_missed_is_bounded() -> None:
    def endless(_: Request) -> Reply:
        return Reply(200, {"messages": [], "next": "more"})

    found, requests = missed(carrier, endless, 1)
    assert (found, len(requests)) == ([], http_gateway._MOST_PAGES)


def test_missed_cannot_be_asked() -> None:
    with pytest.raises(TextRefused) as refused:
        missed(carrier, lambda _: Reply(401, {}), 1)
    assert refused.value.reason == "credentials"


def test_without_a_list() -> None:
    own = carrier(list_url="")
    assert (own.lists, OWN.lists) == (False, True)
    assert once(own, lambda c: c.missed(0)) == []


@contextmanager
def example_gateway(inbound: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, dict[str, Any]]]:
    """The gateway of the how-to on loopback: its address and what its program defines."""
    [program] = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.setenv("GATEWAY_TOKEN", NETWORK.token)
    monkeypatch.setenv("GATEWAY_SECRET", NETWORK.secret)
    monkeypatch.setenv("GATEWAY_INBOUND", inbound)
    names: dict[str, Any] = {"__name__": "gateway"}
    exec(compile(program, str(PAGE), "exec"), names)  # noqa: S102  the page's own example is what is tested
    names["Gateway"].log_message = lambda *_: None
    with ThreadingHTTPServer(("127.0.0.1", 0), names["Gateway"]) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", names
        finally:
            server.shutdown()
            thread.join()


def test_example_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    with example_gateway(URL, monkeypatch) as (api, _):
        assert re.fullmatch(r"[0-9a-f]{32}", attempt(carrier(api)))
        refused = attempt(carrier(api), replace(TEXT, body=""))
        stranger = attempt(carrier(api, token="another"))
    assert (refused.reason, refused.permanent, refused.code) == ("content", True, "empty")
    assert (stranger.reason, stranger.permanent) == ("credentials", False)


def test_example_tells_and_lists(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Recorder(lambda _: Reply(200)) as yesline,
        example_gateway(yesline.url + "/inbound/k", monkeypatch) as (api, names),
    ):
        names["received"](PHONE, NETWORK.sender, "STOP")
        names["delivered"](yesline.url + "/receipts/k", TEXT.reference)
        found: list[Inbound] = once(carrier(api), lambda c: c.missed(0))
        calls = [Webhook(call.target, call.headers, call.body) for call in yesline.requests]
    assert [call.url for call in calls] == ["/inbound/k", "/receipts/k"]
    [text], [receipt] = read(OWN, calls[0]).inbound, read(OWN, calls[1]).delivered
    assert (text.phone, text.sender, text.body) == (PHONE, NETWORK.sender, "STOP")
    assert (receipt.reference, receipt.fate) == (TEXT.reference, "delivered")
    assert found == [text]


def test_example_learns_that_it_was_not_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        Recorder(lambda _: Reply(503)) as yesline,
        example_gateway(yesline.url, monkeypatch) as (_, names),
        pytest.raises(urllib.error.HTTPError) as error,
    ):
        names["received"](PHONE, NETWORK.sender, "STOP")
    error.value.close()


def test_page_tells_every_reason_and_setting() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [reason for reason in get_args(Reason) if f"`{reason}`" not in page] == []
    [table] = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    assert [name for name in Account.__struct_fields__ if not re.search(rf"^{name} = ", table, re.MULTILINE)] == []


def test_examples_of_the_page_are_read() -> None:
    page = PAGE.read_text(encoding="utf-8")
    request, text, receipt, listed = (json.loads(found) for found in re.findall(r"```json\n(.*?)```", page, re.DOTALL))
    _, [sent] = send(carrier, NETWORK.answer)
    assert set(request) == set(json.loads(sent.body))
    assert read(OWN, NETWORK.signed(URL, text)).inbound[0].body == "Y"
    assert read(OWN, NETWORK.signed(URL, receipt)).delivered[0].reason == "unreachable"
    assert [
        found.body for found in missed(carrier, lambda r: Reply(200, listed if "cursor" not in r.target else {}), 1)[0]
    ] == ["STOP"]
