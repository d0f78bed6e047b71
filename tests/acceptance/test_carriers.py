"""Each carrier end to end: a real server, real HTTP, webhooks that the carrier's own SDK has signed or found genuine.

The numbers are those of the acceptance tests in ``security-compliance`` section E.
"""

import itertools
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from msgspec.structs import replace

from tests.acceptance.accounts import Account, account
from tests.carriers.network import Webhook, network_of
from tests.carriers.plivo_network import PlivoNetwork
from tests.carriers.twilio_network import TwilioNetwork
from tests.postgres import Cluster
from tests.rules.segments_table import ROWS, text_of
from tests.rules.test_texts import parse_origin_bound
from yesline.carriers import kinds
from yesline.rules.segments import segments

LISTING = ("twilio", "sinch", "bird", "messagebird", "http")
"""Carriers that can be asked what phones have texted; the records of the others hold no words, or cannot be listed."""
ADA, BEA = "+12015550123", "+12025550123"
GOOD = range(200, 300)


ENGINES = ("sqlite", "postgres")
PAIRS = [
    (kind, engine)
    for place, kind in enumerate(kinds.KINDS)
    for engine in (ENGINES if os.environ.get("YESLINE_ALL") else (ENGINES[place % 2],))
]
"""Each carrier on one of the engines, by turns; with YESLINE_ALL=1 on both."""


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def at(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """A server with an account at each carrier; a test uses numbers that nobody else has."""
    kind, engine = request.param
    database = request.getfixturevalue("postgres").ready(f"at_{kind}") if engine == "postgres" else ""
    with account(network_of(kind), tmp_path_factory.mktemp(kind), database) as opened:
        yield opened


_fresh = itertools.count(200)


@pytest.fixture
def ada() -> str:
    return f"+1201{next(_fresh)}0123"


@pytest.fixture
def bea() -> str:
    return f"+1202{next(_fresh)}0123"


def _statuses(at: Account, webhook: Webhook, times: int, ports: Sequence[int] = (0,)) -> set[int]:
    """Deliver a webhook so many times at once, to each process in turn."""
    turns = [ports[n % len(ports)] for n in range(times)]
    with ThreadPoolExecutor(times) as pool:
        return {answer.status_code for answer in pool.map(at.deliver, [webhook] * times, turns)}


def test_08_prompt_receipt_yes_confirmation_stop_and_silence(at: Account, ada: str, bea: str) -> None:
    submission = at.submit(ada)
    (prompt,) = at.wait(ada, 1)
    assert "Larkspur Coffee" in prompt.body
    assert at.of(ada, "text.id") == [(prompt.reference,)]

    assert _statuses(at, at.receipt(prompt, "delivered"), 3) <= set(GOOD)
    at.until(lambda: at.of(ada, "state") == [("delivered",)])

    assert _statuses(at, at.text(ada, "Y"), 10) <= set(GOOD)
    at.until(lambda: at.state(submission) == "confirmed")
    assert "you're in" in at.wait(ada, 2)[1].body

    assert _statuses(at, at.text(ada, "STOP"), 10) <= set(GOOD)
    assert at.of(ada, "lifted_at", "suppression") == [(0,)]
    assert "no more messages" in at.wait(ada, 3)[2].body

    at.submit(ada)
    at.submit(bea)
    at.wait(bea, 1)
    at.settle()
    assert len(at.sent(ada)) == 3, "nothing more to who said STOP, and no text twice"
    assert len(at.of(ada, "text.id", where="kind = 'inbound'")) == 2
    assert at.of(ada, "state", "subscription") == [("unsubscribed",)]
    assert at.of(bea, "state", "subscription") == [("pending",)]


@pytest.mark.parametrize("workers", [4])
def test_08_ten_times_at_once_to_four_workers(postgres: Cluster, tmp_path: Path, workers: int) -> None:
    with account(network_of("twilio"), tmp_path, postgres.ready("workers")) as at:
        others = [at.server.sibling() for _ in range(workers - 1)]
        try:
            at.submit(ADA)
            at.wait(ADA, 1)
            ports = [at.server.port, *(other.port for other in others)]
            for words, answers in (("Y", 2), ("STOP", 3)):
                assert _statuses(at, at.text(ADA, words), 10, ports) <= set(GOOD)
                at.wait(ADA, answers)
            at.settle()
            assert len(at.sent(ADA)) == 3
            assert at.rows("SELECT count(*) FROM text WHERE kind = 'inbound'") == [(2,)]
            kinds = at.rows("SELECT kind, count(*) FROM event WHERE kind <> 'texted' GROUP BY kind ORDER BY kind")
            assert kinds == [("confirmed", 1), ("requested", 1), ("stopped", 1)]
        finally:
            for other in others:
                other.stop()


def test_07_and_10_what_is_forged_altered_or_stale_changes_nothing(at: Account, ada: str) -> None:
    at.submit(ada)
    (prompt,) = at.wait(ada, 1)
    at.settle()
    before, now = at.ledger(), time.time_ns() // 1_000_000
    tried = 0
    for genuine in (at.text(ada, "Y"), at.text(ada, "STOP"), at.receipt(prompt, "failed")):
        for what, webhook, status in at.network.forgeries(genuine, now):
            if (answered := _answered(at, webhook)) is not None:
                assert answered in (status, 404), what  # another address is none of ours
                tried += 1
    assert tried >= 12
    assert at.ledger() == before


def _answered(at: Account, webhook: Webhook) -> int | None:
    """The status, or None for what reaches no door of ours: another host, or a header that no client can send."""
    if not webhook.url.startswith(f"{at.server.base}/"):
        return None
    try:
        return at.deliver(webhook).status_code
    except httpx2.LocalProtocolError:
        return None


def test_10_a_captured_webhook_has_no_effect_later(at: Account, ada: str) -> None:
    at.submit(ada)
    at.wait(ada, 1)
    captured = at.says(ada, "Y")
    at.wait(ada, 2)
    at.says(ada, "STOP")
    at.wait(ada, 3)
    at.settle()
    before = at.ledger()
    at.deliver(captured)
    assert at.ledger() == before


def test_a_carrier_s_stop_list_is_a_stop_we_missed(at: Account, ada: str) -> None:
    if hasattr(at.network, "opted_out"):  # AWS tells when a text is sent, not by a receipt
        at.network.opted_out.add(ada)
        at.submit(ada)
    else:
        at.submit(ada)
        (prompt,) = at.wait(ada, 1)
        at.settle()
        assert at.deliver(at.receipt(prompt, "opted_out")).status_code in GOOD
    at.until(lambda: at.of(ada, "source", "suppression", "lifted_at = 0") == [("carrier",)])
    assert at.of(ada, "reason") == [("opted_out",)]


@pytest.mark.parametrize("kind", LISTING)
def test_13_what_was_texted_during_an_outage_comes_first(kind: str, tmp_path: Path, database: str) -> None:
    with account(network_of(kind), tmp_path, database, out=True) as at:
        at.submit(ADA)
        at.submit(BEA)
        at.text(ADA, "STOP")  # the carrier keeps it; its webhook never came
        assert at.sent(ADA) + at.sent(BEA) == []
        at.outage.now = False
        at.wait(BEA, 1)
        assert all("no more messages" in text.body for text in at.sent(ADA)), (
            "the STOP is known before anything is sent"
        )
        assert at.rows("SELECT count(*) FROM suppression WHERE lifted_at = 0") == [(1,)]


def test_09_a_plivo_text_whose_words_were_changed_confirms_nothing(tmp_path: Path, database: str) -> None:
    """V2 signs the address and a nonce, never the words: what Plivo's own record cannot bear out is not acted on."""
    network = PlivoNetwork(whole=False)
    with account(network, tmp_path, database) as at:
        submission = at.submit(ADA)
        at.wait(ADA, 1)
        at.settle()
        genuine = at.text(ADA, "what is this")
        changed = replace(genuine, body=genuine.body.replace(b"what+is+this", b"Y"))
        assert changed != genuine
        assert at.deliver(changed).status_code in (403, 503)
        assert at.state(submission) == "pending"
        assert len(at.sent(ADA)) == 1


def test_12_no_answer_to_stop_where_the_carrier_has_answered(tmp_path: Path, database: str) -> None:
    network = TwilioNetwork()
    with account(network, tmp_path, database) as at:
        at.submit(ADA)
        at.wait(ADA, 1)
        fields = network.fields("0001", ADA, "STOP", OptOutType="STOP")
        assert at.deliver(network.signed(at.address("inbound"), fields)).status_code in GOOD
        assert at.rows("SELECT count(*) FROM suppression WHERE lifted_at = 0") == [(1,)]
        at.submit(BEA)
        at.wait(BEA, 1)
        assert len(at.sent(ADA)) == 1


def test_34_odd_requests_get_4xx_at_once(at: Account, ada: str) -> None:
    signed = [name for name in at.text(ada, "STOP").headers if name.lower() != "content-type"]
    medias = ("application/x-www-form-urlencoded", "application/json", "text/xml", "multipart/form-data", "")
    before = at.ledger()
    for door in ("inbound", "receipts"):
        for media in medias:
            for body in (b"", b"\xe9\xff", b"{" * 50_000, b"[]", b'"x"', b"a=1&a=2", b"x" * 1_000_000):
                odd = dict.fromkeys(signed, "\xe9") | ({"content-type": media} if media else {})
                status = at.deliver(Webhook(at.address(door), odd, body)).status_code
                assert 400 <= status < 500 or status == 503, (door, media, body[:10], status)
    assert at.ledger() == before


def test_31_segments_are_those_of_the_table() -> None:
    assert len(ROWS) >= 300
    assert [row for row in ROWS if segments(text_of(row[1])) != row[2]] == []


def test_32_the_code_line_is_last_and_parses_by_the_published_algorithm(tmp_path: Path) -> None:
    with account(network_of("twilio"), tmp_path) as at:
        at.submit(ADA)
        (prompt,) = at.wait(ADA, 1)
        host, code, embedded = parse_origin_bound(prompt.body) or ("", "", None)
        assert (host, embedded) == ("127.0.0.1", None)
        assert prompt.body.splitlines()[-1] == f"@127.0.0.1 #{code}"
        assert len(code) == 6
