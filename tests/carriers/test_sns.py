"""Notices of SNS: which are taken, the certificates they are signed with, and subscriptions."""

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from tests.carriers.aws_network import HOST, REGION, certificate, iso, rsa_key
from tests.carriers.driving import LATIN, URL, knock, now, once, read, refusal, wire
from tests.carriers.network import Reply, Request, Webhook
from tests.carriers.recorder import HANG_UP, Recorder
from tests.carriers.test_aws import AT, NETWORK, OWN, SENT, carrier, client, signed_names
from yesline.carriers import sns
from yesline.carriers.aws import Account, AwsCarrier
from yesline.errors import ConfigError, Refusal


@pytest.mark.parametrize("subject", ["", "Notice", "Prüfung"])
def test_subjects(subject: str) -> None:
    assert refusal(OWN, NETWORK.told(URL, "{}", Subject=subject)) == 200


@pytest.mark.parametrize("kind", ["inbound", "receipt"])
def test_forgeries(kind: str) -> None:
    genuine = (
        NETWORK.inbound(URL, id="in-2", phone="+14155550123", text="Y", at=now())
        if kind == "inbound"
        else NETWORK.receipt(URL, SENT, "failed", now())
    )
    at = now()
    refused_ = [(what, refusal(OWN, forged, at), status) for what, forged, status in NETWORK.forgeries(genuine, at)]
    assert len(refused_) > 35
    assert [(what, got) for what, got, status in refused_ if got != status] == []
    assert refusal(OWN, genuine, at) == 200


def test_forgeries_fetch_nothing_from_elsewhere() -> None:
    fetched: list[str] = []

    async def fetch(url: str) -> bytes:
        fetched.append(url)
        return NETWORK.certificate

    own = carrier(fetch=fetch)
    for _, forged, _ in NETWORK.forgeries(
        NETWORK.inbound(URL, id="1", phone="+14155550123", text="Y", at=now()), now()
    ):
        refusal(own, forged)
    assert set(fetched) == {HOST + NETWORK.certificate_path}


@pytest.mark.parametrize("field", ["MessageId", "Timestamp", "Type", "Subject"])
def test_fields_cannot_be_moved_under_one_signature(field: str) -> None:
    """Names and values are joined by line breaks: one in a value would make two ways to read the same signed bytes."""
    fields = {"Type": "Notification", "Message": "STOP"}
    fields[field] = f"{fields.get(field, 'x')}\nTopicArn\n{NETWORK.topic}"
    assert refusal(OWN, NETWORK.notice(URL, fields)) == 400


def test_a_message_may_hold_lines_that_look_like_fields() -> None:
    words = f"Y\nMessageId\n{'0' * 36}\nTimestamp\n{iso(now())}\nTopicArn\n{NETWORK.topic}\nType\nNotification\n"
    message = {
        "inboundMessageId": "1",
        "originationNumber": "+14155550123",
        "destinationNumber": "1",
        "messageBody": words,
    }
    assert read(OWN, NETWORK.told(URL, message)).inbound[0].body == words


def test_edges_of_freshness() -> None:
    webhook = NETWORK.told(URL, "{}", Timestamp=iso(AT))
    times = [AT - 3_600_001, AT - 3_600_000, AT + 3_600_000, AT + 3_600_001]
    assert [refusal(OWN, webhook, when) for when in times] == [403, 200, 200, 403]


def with_certificate(pem: bytes) -> AwsCarrier:
    async def fetch(_: str) -> bytes:
        return pem

    return carrier(fetch=fetch)


REGIONAL = (f"sns.{REGION}.amazonaws.com", f"sns-signing.{REGION}.amazonaws.com", "sns.amazonaws.com")


def wrong_certificates() -> dict[str, bytes]:
    """What must not be trusted, by what is wrong with it."""
    key = NETWORK.key
    return {
        "alternative name": certificate(key, "sns.amazonaws.com", ("evil.example",)),
        "common name": certificate(key, "evil.example", ()),
        "region": certificate(key, "sns.eu-west-1.amazonaws.com", ("sns.eu-west-1.amazonaws.com",)),
        "names beside": certificate(key, "x", ("sns.amazonaws.com.evil.example", "*.amazonaws.com")),
        "over": certificate(key, days=(-300, -1)),
        "not yet": certificate(key, days=(1, 300)),
        "another key": certificate(rsa_key("other")),
        "a short key": certificate(rsa_key("short", 1024)),
        "a key of another kind": certificate(ec.generate_private_key(ec.SECP256R1())),
        "empty": b"",
        "words": b"no certificate",
        "armour": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    }


def test_wrong_certificates() -> None:
    webhook = NETWORK.told(URL, "{}")
    taken = [what for what, pem in wrong_certificates().items() if refusal(with_certificate(pem), webhook) != 403]
    assert taken == []


def test_short_keys_are_not_trusted() -> None:
    key = rsa_key("short", 1024)
    webhook = NETWORK.notice(URL, {"Type": "Notification", "Message": "{}"}, key)
    assert refusal(with_certificate(certificate(key)), webhook) == 403


@pytest.mark.parametrize("name", REGIONAL)
def test_names_of_certificates(name: str) -> None:
    webhook = NETWORK.told(URL, "{}")
    for common, names in (("sns.amazonaws.com", (name,)), (name, ())):
        assert refusal(with_certificate(certificate(NETWORK.key, common, names)), webhook) == 200


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("af-south-1", "sns-signing.af-south-1.amazonaws.com"),
        ("cn-north-1", "sns-cn-north-1.amazonaws.com.cn"),
        ("us-gov-east-1", "sns-us-gov-west-1.amazonaws.com"),
    ],
)
def test_names_of_other_parts_of_the_world(region: str, name: str) -> None:
    partition = {"cn": "aws-cn", "us": "aws-us-gov"}.get(region[:2], "aws")
    topic = f"arn:{partition}:sns:{region}:123456789012:texts"
    place = f"https://sns.{region}.amazonaws.com{'.cn' if region[:2] == 'cn' else ''}/SimpleNotificationService-{'0' * 32}.pem"
    webhook = NETWORK.told(URL, "{}", TopicArn=topic, SigningCertURL=place)

    async def fetch(url: str) -> bytes:
        return certificate(NETWORK.key, name, (name,)) if url == place else b""

    assert refusal(carrier(fetch=fetch, topics=[topic]), webhook) == 200
    assert refusal(with_certificate(certificate(NETWORK.key, name, (name,))), NETWORK.told(URL, "{}")) == 403


def test_certificates_are_kept_but_not_for_ever() -> None:
    fetched: list[str] = []

    async def fetch(url: str) -> bytes:
        fetched.append(url)
        return certificate(NETWORK.key, days=(-1, 1))

    own, day = carrier(fetch=fetch), 86_400_000
    for later in (0, 0, 2 * day):
        webhook = NETWORK.told(URL, "{}", Timestamp=iso(now() + later))
        assert refusal(own, webhook, now() + later) == (403 if later else 200)
    assert len(fetched) == 1
    for number in range(sns._MOST_CERTIFICATES + 5):
        place = f"{HOST}/SimpleNotificationService-{number:032}.pem"
        assert refusal(own, NETWORK.told(URL, "{}", SigningCertURL=place)) == 200
    assert len(own._notices._certificates) == sns._MOST_CERTIFICATES


def test_a_certificate_that_cannot_be_had_for_now() -> None:
    async def fetch(_: str) -> bytes:
        raise TimeoutError

    assert refusal(carrier(fetch=fetch), NETWORK.told(URL, "{}")) == 503


def fetched(answer: Callable[[Request], Reply]) -> bytes:
    with Recorder(answer) as recorder:
        return asyncio.run(sns.fetch(f"{recorder.url}/x.pem"))


def test_fetching() -> None:
    assert fetched(lambda _: Reply(200, b"pem")) == b"pem"


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(302, None, {"location": "http://127.0.0.1:9/"}), LookupError),
        (Reply(404), LookupError),
        (Reply(200, b"x" * 70_000), LookupError),
        (Reply(503), OSError),
        (Reply(429), OSError),
        (Reply(HANG_UP), OSError),
    ],
)
def test_what_cannot_be_fetched(reply: Reply, error: type[Exception]) -> None:
    with pytest.raises(error):
        fetched(lambda _: reply)


def test_certificates_from_this_machine() -> None:
    with Recorder(NETWORK.answer) as recorder:
        own = AwsCarrier("main", msgspec.convert(NETWORK.settings(recorder.url), Account))
        assert refusal(own, NETWORK.told(URL, "{}")) == 200
        assert (
            refusal(own, NETWORK.told(URL, "{}", SigningCertURL=f"{HOST}/SimpleNotificationService-00000000.pem"))
            == 403
        )
        assert refusal(own, NETWORK.told(URL, "{}", SigningCertURL=recorder.url + NETWORK.certificate_path)) == 403
        assert [request.target for request in recorder.requests][:1] == [NETWORK.certificate_path]


@pytest.mark.parametrize(
    "place",
    ["https://127.0.0.1/", "http://localhost/", "http://127.0.0.1.evil.example/", "http://127.0.0.1@evil.example/",
     "http://10.0.0.1/", "http://[::", "//127.0.0.1/", "evil.example", "file:///etc"],
)  # fmt: skip
def test_certificates_from_nowhere_else(place: str) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main: certificates"):
        carrier(certificates=place)


@pytest.mark.parametrize("place", ["http://127.0.0.1:8080", "http://127.9.9.9/", "http://[::1]:80/x"])
def test_addresses_of_this_machine(place: str) -> None:
    assert carrier(certificates=place).name == "main"


@pytest.mark.parametrize(
    "topics", [[], [""], ["texts"], ["arn:aws:sqs:us-east-1:123456789012:texts"], ["arn:aws:sns:*:*:*"]]
)
def test_topics_that_are_none(topics: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"carriers\.main: topics"):
        carrier(topics=topics)


def test_subscriptions_are_confirmed_as_the_sdk_does() -> None:
    webhook = NETWORK.subscription(URL)
    token = json.loads(webhook.body)["Token"]
    with Recorder(NETWORK.answer) as recorder:
        told = once(carrier(recorder.url), lambda c: c.read(knock(webhook)))
        said = client("sns", recorder.url).confirm_subscription(
            TopicArn=NETWORK.topic, Token=token, AuthenticateOnUnsubscribe="true"
        )
        ours, theirs = recorder.requests
    assert (told.inbound, told.delivered) == ((), ())
    assert wire(ours) == wire(theirs)
    assert sorted(ours.body.split(b"&")) == sorted(theirs.body.split(b"&"))
    assert signed_names(ours) == signed_names(theirs)
    assert NETWORK.confirmed[-2:] == [token, token]
    assert said["SubscriptionArn"].startswith(NETWORK.topic)


def test_subscriptions_are_confirmed_in_the_topic_s_region() -> None:
    topic = "arn:aws:sns:eu-west-1:123456789012:texts"
    place = f"https://sns.eu-west-1.amazonaws.com{NETWORK.certificate_path}"

    async def fetch(_: str) -> bytes:
        return NETWORK.certificate

    with Recorder(lambda _: Reply(200)) as recorder:
        own = carrier(recorder.url, fetch, topics=[NETWORK.topic, topic])
        once(own, lambda c: c.read(knock(NETWORK.subscription(URL, TopicArn=topic, SigningCertURL=place))))
        [request] = recorder.requests
    assert signed_names(request)[0] == "eu-west-1/sns/aws4_request,"


def wrong_subscriptions() -> Iterator[Webhook]:
    webhook = NETWORK.subscription(URL)
    fields = json.loads(webhook.body)
    yield NETWORK.subscription(URL, TopicArn=f"{NETWORK.topic}-of-others")
    yield NETWORK.notice(URL, {k: v for k, v in fields.items() if k != "Signature"}, rsa_key("other"))
    for name in ("Token", "SubscribeURL", "Message"):
        yield replace(webhook, body=json.dumps(fields | {name: "https://evil.example/"}).encode())


def test_forged_subscriptions_are_not_confirmed() -> None:
    with Recorder(lambda _: Reply(200)) as recorder:
        own = carrier(recorder.url)
        assert [refusal(own, webhook) for webhook in wrong_subscriptions()] == [403] * 5
        assert recorder.requests == []


@pytest.mark.parametrize("reply", [Reply(400, b"<Error/>"), Reply(500), Reply(429), Reply(HANG_UP)])
def test_subscriptions_that_cannot_be_confirmed_are_asked_for_again(reply: Reply) -> None:
    with Recorder(lambda _: reply) as recorder:
        with pytest.raises(Refusal) as error:
            once(carrier(recorder.url), lambda c: c.read(knock(NETWORK.subscription(URL))))
        assert (error.value.status, len(recorder.requests)) == (503, 1)


@pytest.mark.parametrize("kind", ["UnsubscribeConfirmation", "SomethingNew"])
def test_other_notices_do_nothing(kind: str) -> None:
    with Recorder(lambda _: Reply(200)) as recorder:
        told = read(carrier(recorder.url), NETWORK.subscription(URL, kind))
        assert (told.inbound, told.delivered, recorder.requests) == ((), (), [])


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"", "text/plain", 400),
        (b"{", "text/plain; charset=UTF-8", 400),
        (b"[]", "application/json", 400),
        (b'[["Type", "Notification"]]', "text/plain", 400),
        (b"\xff", "text/plain", 400),
        (b"[" * 200_000, "text/plain", 400),
        (b'{"Type": 7}', "text/plain", 400),
        (b"{}", "text/html", 415),
        (b"{}", "\xe9", 415),
    ],
)
def test_malformed(body: bytes, media: str, status: int) -> None:
    assert refusal(OWN, Webhook(URL, {"content-type": media}, body)) == status


@given(LATIN, LATIN, st.binary(max_size=80))
def test_nothing_but_refusals(media: str, raw: str, body: bytes) -> None:
    for content_type in (media, "text/plain"):
        headers = {"content-type": content_type, "x-amz-sns-rawdelivery": raw}
        with pytest.raises(Refusal) as error:
            read(OWN, Webhook(URL, headers, body))
        assert error.value.status in (400, 403, 415)


ANY = st.text(max_size=12) | st.none() | st.integers() | st.lists(st.text(max_size=2), max_size=2)


NAMES = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type", "Token", "SubscribeURL", "Signature",
         "SignatureVersion", "SigningCertURL"]  # fmt: skip


@given(st.dictionaries(st.sampled_from(NAMES), ANY, min_size=1))
def test_altered_envelopes_are_refused(fields: dict[str, Any]) -> None:
    """All but what is no part of a notification, and a subject that says it is none."""
    genuine = json.loads(NETWORK.told(URL, "{}").body)
    altered = {name: value for name, value in fields.items() if genuine.get(name) != value}
    webhook = Webhook(URL, {"content-type": "text/plain"}, json.dumps(genuine | fields).encode())
    expected = (400, 403) if altered.keys() - {"Token", "SubscribeURL"} else (200, 400)
    assert refusal(OWN, webhook) in expected


def test_letters_that_are_none() -> None:
    genuine = json.loads(NETWORK.told(URL, "{}").body)
    body = json.dumps(genuine | {"Message": "\ud800"}).encode()
    assert refusal(OWN, Webhook(URL, {"content-type": "text/plain"}, body)) == 403
