"""AWS: the wire against boto3, its codes, its texts and receipts. ``test_sns`` has the notices they come in."""

import json
from typing import Any

import boto3  # type: ignore[import-untyped]
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.carriers.aws_network import HOST, REGION, AwsNetwork, make, message_id, refused
from tests.carriers.driving import TEXT, URL, now, once, read, refusal, send, wire
from tests.carriers.network import Reply, Request, Sent
from tests.carriers.recorder import HANG_UP, Recorder
from yesline.carriers import aws, sns
from yesline.carriers.aws import Account, AwsCarrier
from yesline.carriers.base import Answer, Delivered, Inbound
from yesline.errors import TextRefused, TextUncertain

NETWORK = AwsNetwork()
SENT = Sent(TEXT.reference, TEXT.phone, TEXT.sender, TEXT.body, message_id(TEXT.reference))
AT = 1_700_000_000_123


async def served(url: str) -> bytes:
    """SNS's host as it would answer."""
    if url != HOST + NETWORK.certificate_path:
        raise LookupError(url)
    return NETWORK.certificate


def carrier(api: str = "http://127.0.0.1:9", fetch: sns.Fetch = served, **more: Any) -> AwsCarrier:
    settings = {**NETWORK.settings(api), "certificates": "", **more}
    return AwsCarrier("main", msgspec.convert(settings, Account), fetch)


OWN = carrier()
ANY = st.text(max_size=12) | st.none() | st.integers() | st.lists(st.text(max_size=2), max_size=2)


def test_make() -> None:
    assert make().kind == "aws"


def client(service: str, url: str) -> Any:
    keys = {"aws_access_key_id": NETWORK.access_key, "aws_secret_access_key": NETWORK.secret_key}
    return boto3.client(service, region_name=REGION, endpoint_url=url, **keys)


def test_request_equals_the_sdk() -> None:
    vendor_id, [ours] = send(lambda api: carrier(api, configuration_set="main"), NETWORK.answer)
    with Recorder(NETWORK.answer) as recorder:
        said = client("pinpoint-sms-voice-v2", recorder.url).send_text_message(
            DestinationPhoneNumber=TEXT.phone,
            OriginationIdentity=TEXT.sender,
            MessageBody=TEXT.body,
            MessageType="TRANSACTIONAL",
            ConfigurationSetName="main",
            Context={"text": TEXT.reference},
        )
        [theirs] = recorder.requests
    assert wire(ours, "x-amz-target") == wire(theirs, "x-amz-target")
    assert ours.headers["content-type"] == theirs.headers["content-type"]
    assert json.loads(ours.body) == json.loads(theirs.body)
    assert signed_names(ours) == signed_names(theirs)
    assert vendor_id == said["MessageId"]


def signed_names(request: Request) -> tuple[str, str]:
    """What a signature covers: the place and the headers, less boto3's own."""
    _, credential, names, _ = request.headers["authorization"].split(" ")
    return credential.partition("/")[2].partition("/")[2], names.replace(";x-amz-sdk-checksum-algorithm", "")


def test_without_a_configuration_set() -> None:
    _, [request] = send(lambda api: carrier(api, message_type="PROMOTIONAL"), NETWORK.answer)
    body = json.loads(request.body)
    assert ("ConfigurationSetName" in body, body["MessageType"]) == (False, "PROMOTIONAL")


@pytest.mark.parametrize(
    ("region", "api"),
    [("us-east-1", "https://sms-voice.us-east-1.amazonaws.com"), ("cn-north-1", "https://sms-voice.cn-north-1.amazonaws.com.cn")],
)  # fmt: skip
def test_addresses_of_regions(region: str, api: str) -> None:
    assert carrier(api="", region=region)._api.base == api


EXCEPTIONS = {code: meaning for code, meaning in aws._REFUSED.items() if "Exception" in code}
REASONS = {code: meaning for code, meaning in aws._REFUSED.items() if "Exception" not in code}


@pytest.mark.parametrize(("exception", "meaning"), EXCEPTIONS.items())
def test_exceptions(exception: str, meaning: tuple[str, bool]) -> None:
    error, _ = send(carrier, refused(400, f"com.amazonaws.sms#{exception}", "No."))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (*meaning, exception)


@pytest.mark.parametrize(("reason", "meaning"), REASONS.items())
def test_reasons(reason: str, meaning: tuple[str, bool]) -> None:
    error, _ = send(carrier, refused(400, "ValidationException", "No.", reason))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (*meaning, reason)


def test_reasons_are_documented() -> None:
    """All are in the model that the SDK is made from."""
    model = client("pinpoint-sms-voice-v2", "http://127.0.0.1:9").meta.service_model
    names = [name for name in model.shape_names if name.endswith("ExceptionReason")]
    documented = {value for name in names for value in model.shape_for(name).enum}
    assert set(REASONS) <= documented


@pytest.mark.parametrize(
    ("reply", "reason", "permanent", "code"),
    [
        (refused(400, "ConflictException", "", "NEW_REASON"), "carrier_error", True, "NEW_REASON"),
        (refused(400, "ValidationException", "", "NEW_REASON"), "content", True, "NEW_REASON"),
        (refused(403, "NewException", ""), "credentials", False, "NewException"),
        (Reply(404, "<html>"), "carrier_error", True, ""),
        (Reply(400, [7]), "content", True, ""),
    ],
)
def test_unknown_refusals(reply: Reply, reason: str, permanent: bool, code: str) -> None:
    error, _ = send(carrier, reply)
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.code) == (reason, permanent, code)


def test_asked_to_wait() -> None:
    error, _ = send(carrier, Reply(429, {}, {"retry-after": "3"}))
    assert isinstance(error, TextRefused)
    assert (error.reason, error.permanent, error.wait) == ("rate_limited", False, 3000)


@pytest.mark.parametrize(
    "reply", [refused(500, "InternalServerException", "-"), Reply(HANG_UP), Reply(200, {}), Reply(200, "taken")]
)
def test_uncertain(reply: Reply) -> None:
    error, requests = send(carrier, reply)
    assert isinstance(error, TextUncertain)
    assert len(requests) == 1


def test_a_number_on_the_opt_out_list() -> None:
    network = AwsNetwork()
    network.opted_out.add(TEXT.phone)
    error, _ = send(lambda api: AwsCarrier("main", msgspec.convert(network.settings(api), Account)), network.answer)
    assert (error.reason, error.permanent) == ("opted_out", True)


def test_inbound() -> None:
    webhook = NETWORK.inbound(URL, id="cae173d2-66b9", phone="+14255550182", text='Arrêt ✋\n"', at=AT)
    told = read(OWN, webhook, AT)
    text = Inbound("cae173d2-66b9", "+14255550182", NETWORK.sender, 'Arrêt ✋\n"', AT)
    assert (told.inbound, told.answer) == ((text,), Answer())


@pytest.mark.parametrize(
    "message",
    ["", "plain words", "[1]", "{}", "[" * 5000, '{"eventType": "VOICE_COMPLETED"}', '{"eventType": ["TEXT_SENT"]}',
     '{"inboundMessageId": "1", "originationNumber": "MTN", "destinationNumber": "12345"}'],
)  # fmt: skip
def test_messages_of_no_interest(message: str) -> None:
    webhook = NETWORK.told(URL, message or " ")
    told = read(OWN, webhook)
    assert (told.inbound, told.delivered) == ((), ())


@pytest.mark.parametrize(("event", "fate"), aws._FATES.items())
def test_receipts(event: str, fate: tuple[Any, Any]) -> None:
    webhook = NETWORK.report(URL, SENT, event, "STATUS", AT)
    code = "STATUS" if fate[1] else ""
    assert read(OWN, webhook, AT).delivered == (Delivered("ref-7Qk2", SENT.vendor_id, *fate, code, AT),)


def test_events_are_documented() -> None:
    model = client("pinpoint-sms-voice-v2", "http://127.0.0.1:9").meta.service_model
    documented = {event for event in model.shape_for("EventType").enum if event.startswith("TEXT_")}
    assert set(aws._FATES) == documented - {"TEXT_ALL"}


@pytest.mark.parametrize("message", ['{"inboundMessageId": "1"}', '{"eventType": "TEXT_SENT"}',
                                     '{"inboundMessageId": "a\\nb", "originationNumber": "1", "destinationNumber": "1"}'])  # fmt: skip
def test_malformed_messages(message: str) -> None:
    assert refusal(OWN, NETWORK.told(URL, message)) == 400


def test_meanings() -> None:
    assert set(aws.MEANINGS) == set(Account.__struct_fields__)


@given(st.dictionaries(st.sampled_from(["inboundMessageId", "originationNumber", "destinationNumber", "messageBody", "eventType",
                                        "messageId", "context", "eventTimestamp", "messageStatus"]),
                       ANY | st.sampled_from(["TEXT_SENT", "TEXT_INVALID", "+14155550123"])))  # fmt: skip
def test_signed_nonsense_is_read_or_refused(message: dict[str, Any]) -> None:
    assert refusal(OWN, NETWORK.told(URL, message)) in (200, 400)


def test_there_is_no_list() -> None:
    assert (OWN.lists, once(carrier(), lambda c: c.missed(0))) == (False, [])


def test_network_tells_no_opt_out_by_receipt() -> None:
    with pytest.raises(LookupError):
        NETWORK.receipt(URL, SENT, "opted_out", now())
