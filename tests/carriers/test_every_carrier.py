"""What holds for every carrier: what each way of not answering proves, and that such a call is never made twice."""

import pytest
from msgspec.structs import replace

from tests.carriers.driving import TEXT, attempt, nobody, send, send_slowly
from tests.carriers.network import Network, Reply, network_of
from tests.carriers.recorder import HANG_UP
from yesline.carriers import kinds
from yesline.carriers.base import Carrier
from yesline.errors import TextRefused, TextUncertain


class Made:
    """Makes the carrier of a network as the settings do; ``text`` is one that its account may send."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.text = replace(TEXT, sender=network.sender)

    def __call__(self, api: str) -> Carrier:
        return kinds.make("ours", {"kind": self.network.kind, **self.network.settings(api)})


@pytest.fixture(params=kinds.KINDS)
def made(request: pytest.FixtureRequest) -> Made:
    return Made(network_of(request.param))


def test_nobody_there_proves_that_nothing_was_sent(made: Made) -> None:
    told = attempt(made(nobody()), made.text)
    assert (type(told), told.reason, told.permanent) == (TextRefused, "carrier_down", False)


def test_no_answer_in_time_proves_nothing(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    told, calls = send_slowly(made, made.network.answer, monkeypatch, made.text)
    assert (type(told), told.reason, calls) == (TextUncertain, "carrier_down", 1)


@pytest.mark.parametrize(
    ("status", "reason"), [(HANG_UP, "carrier_down"), (500, "carrier_error"), (503, "carrier_error")]
)
def test_a_call_that_breaks_off_proves_nothing(made: Made, status: int, reason: str) -> None:
    told, requests = send(made, Reply(status), made.text)
    assert (type(told), told.reason, len(requests)) == (TextUncertain, reason, 1)


def test_too_many_at_once_wait_as_long_as_the_carrier_says(made: Made) -> None:
    told, _ = send(made, Reply(429, None, {"retry-after": "7"}), made.text)
    assert (type(told), told.reason, told.permanent, told.wait) == (TextRefused, "rate_limited", False, 7000)
