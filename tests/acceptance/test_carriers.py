"""Each carrier end to end: a real server, real HTTP, webhooks that the carrier's own SDK has signed or found genuine.

The numbers are those of the acceptance tests in ``security-compliance`` section E.
"""

import importlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest

from tests.acceptance.accounts import Account, account
from tests.carriers.network import Network, Webhook
from tests.postgres import Cluster

KINDS = ("twilio", "telnyx", "vonage", "sinch", "plivo", "bandwidth", "bird", "messagebird", "aws", "http")
LISTING = ("twilio", "sinch", "bird", "messagebird", "http")
"""Carriers that can be asked what phones have texted; the records of the others hold no words, or cannot be listed."""
ADA, BEA = "+12015550123", "+12025550123"
GOOD = range(200, 300)


def network_of(kind: str) -> Network:
    """A new account's network."""
    made: Network = importlib.import_module(f"tests.carriers.{kind}_network").make()
    return made


@pytest.fixture(params=KINDS)
def network(request: pytest.FixtureRequest) -> Network:
    return network_of(request.param)


@pytest.fixture
def at(network: Network, tmp_path: Path, database: str) -> Iterator[Account]:
    """A server with an account at each carrier, on each engine."""
    with account(network, tmp_path, database) as opened:
        yield opened


def _statuses(at: Account, webhook: Webhook, times: int, ports: Sequence[int] = (0,)) -> set[int]:
    """Deliver a webhook so many times at once, to each process in turn."""
    turns = [ports[n % len(ports)] for n in range(times)]
    with ThreadPoolExecutor(times) as pool:
        return {answer.status_code for answer in pool.map(at.deliver, [webhook] * times, turns)}


def test_08_prompt_receipt_yes_confirmation_stop_and_silence(at: Account) -> None:
    submission = at.submit(ADA)
    (prompt,) = at.wait(ADA, 1)
    assert "Larkspur Coffee" in prompt.body
    assert prompt.reference in {row[0] for row in at.rows("SELECT id FROM text WHERE kind = 'prompt'")}

    assert _statuses(at, at.receipt(prompt, "delivered"), 3) <= set(GOOD)
    at.until(lambda: at.rows("SELECT state FROM text WHERE kind = 'prompt'") == [("delivered",)])

    assert _statuses(at, at.text(ADA, "Y"), 10) <= set(GOOD)
    at.until(lambda: at.state(submission) == "confirmed")
    assert "you're in" in at.wait(ADA, 2)[1].body

    assert _statuses(at, at.text(ADA, "STOP"), 10) <= set(GOOD)
    assert at.rows("SELECT count(*) FROM suppression WHERE lifted_at = 0") == [(1,)]
    assert "no more messages" in at.wait(ADA, 3)[2].body

    at.submit(ADA)
    at.submit(BEA)
    at.wait(BEA, 1)
    assert len(at.sent(ADA)) == 3, "nothing more to who said STOP, and no text twice"
    assert at.rows("SELECT count(*) FROM text WHERE kind = 'inbound'") == [(2,)]
    assert at.rows("SELECT state FROM subscription ORDER BY state") == [("pending",), ("unsubscribed",)]


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


def test_07_and_10_what_is_forged_altered_or_stale_changes_nothing(at: Account) -> None:
    at.submit(ADA)
    (prompt,) = at.wait(ADA, 1)
    at.settle()
    before, now = at.ledger(), int(at.rows("SELECT max(created_at) FROM text")[0][0])
    tried = 0
    for genuine in (at.text(ADA, "Y"), at.text(ADA, "STOP"), at.receipt(prompt, "failed")):
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


def test_10_a_captured_webhook_has_no_effect_later(at: Account) -> None:
    at.submit(ADA)
    at.wait(ADA, 1)
    captured = at.says(ADA, "Y")
    at.wait(ADA, 2)
    at.says(ADA, "STOP")
    at.wait(ADA, 3)
    at.settle()
    before = at.ledger()
    at.deliver(captured)
    assert at.ledger() == before


def test_a_carrier_s_stop_list_is_a_stop_we_missed(at: Account) -> None:
    if hasattr(at.network, "opted_out"):  # AWS tells when a text is sent, not by a receipt
        at.network.opted_out.add(ADA)
        at.submit(ADA)
    else:
        at.submit(ADA)
        (prompt,) = at.wait(ADA, 1)
        at.until(lambda: at.rows("SELECT state FROM text WHERE kind = 'prompt'") == [("sent",)])
        assert at.deliver(at.receipt(prompt, "opted_out")).status_code in GOOD
    at.until(lambda: at.rows("SELECT source FROM suppression WHERE lifted_at = 0") == [("carrier",)])
    assert at.rows("SELECT reason FROM text WHERE kind = 'prompt'") == [("opted_out",)]


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
