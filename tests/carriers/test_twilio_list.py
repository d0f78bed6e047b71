"""Twilio's list of messages, from which missed texts are caught up."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from tests.carriers.driving import URL, missed, now, read
from tests.carriers.network import Reply
from tests.carriers.recorder import Recorder
from tests.carriers.test_twilio import NETWORK, PHONE, carrier, sdk
from tests.carriers.twilio_network import TwilioNetwork, error, sid
from yesline.carriers.base import Inbound
from yesline.errors import CarrierError


def kept() -> TwilioNetwork:
    network = TwilioNetwork()
    for number in range(5):
        network.inbound(URL, id=f"m{number}", phone=PHONE, text=f"text {number}", at=1_700_000_000_000 + number * 1000)
    network.kept.insert(2, network.kept[0] | {"sid": sid("ours"), "direction": "outbound-api"})
    network.kept.insert(3, network.kept[0] | {"sid": sid("chat"), "from": "whatsapp:+14155550123"})
    network.largest_page = 2
    return network


def test_missed() -> None:
    network = kept()
    found, requests = missed(lambda api: carrier(api, network), network.answer, 1_700_000_000_999)
    assert [text.body for text in found] == [f"text {number}" for number in range(5)]
    assert found[4] == Inbound(sid("m4"), PHONE, network.sender, "text 4", 1_700_000_004_000)
    assert len(requests) == 4
    assert parse_qs(urlsplit(requests[0].target).query) == {"DateSent>": ["2023-11-14T22:13:20Z"], "PageSize": ["1000"]}


def test_missed_without_times() -> None:
    network = kept()
    network.kept = [network.kept[0] | {"date_sent": None}, network.kept[1] | {"date_sent": None, "date_created": None}]
    found, _ = missed(lambda api: carrier(api, network), network.answer, 0)
    assert [text.at for text in found] == [1_700_000_000_000, 0]


def test_missed_has_the_ids_of_the_webhooks() -> None:
    network = TwilioNetwork()
    own = carrier(network=network)
    [told] = read(own, network.inbound(URL, id="m1", phone=PHONE, text="STOP", at=now())).inbound
    [found], _ = missed(lambda api: carrier(api, network), network.answer, 0)
    assert (found.id, found.phone, found.sender, found.body) == (told.id, told.phone, told.sender, told.body)


def test_the_list_is_asked_for_as_the_sdk_does() -> None:
    _, [ours] = missed(carrier, lambda _: Reply(200, {"messages": []}), 1_700_000_000_000)
    with Recorder(lambda _: Reply(200, {"messages": []})) as recorder:
        client, http = sdk(recorder)
        client.messages.list(date_sent_after=datetime.fromtimestamp(1_700_000_000, UTC), page_size=1000)
        http.session.close()
        [theirs] = recorder.requests
    parts = [urlsplit(request.target) for request in (ours, theirs)]
    assert [parts[0].path, parse_qs(parts[0].query)] == [parts[1].path, parse_qs(parts[1].query)]
    assert ours.headers["authorization"] == theirs.headers["authorization"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(401, error(20003, "Authenticate", 401)),
        Reply(500),
        Reply(200, "no JSON"),
    ],
)
def test_a_list_that_cannot_be_read(reply: Reply) -> None:
    with pytest.raises(CarrierError):
        missed(carrier, lambda _: reply, 0)


def test_a_next_page_elsewhere_is_not_asked_for() -> None:
    with Recorder(lambda _: Reply(200, {"messages": []})) as elsewhere:
        pages = Reply(200, {"messages": [], "next_page_uri": f"{elsewhere.url}/2010-04-01/steal"})
        with pytest.raises(CarrierError, match="not its own"):
            missed(carrier, lambda _: pages, 0)
        assert elsewhere.requests == []


def test_a_list_without_end() -> None:
    endless = Reply(200, {"messages": [], "next_page_uri": f"{NETWORK.messages}?{urlencode({'Page': 1})}"})
    with pytest.raises(CarrierError, match="100000"):
        missed(carrier, lambda _: endless, 0)
