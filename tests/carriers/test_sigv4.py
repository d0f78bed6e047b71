"""Signatures of calls to AWS, against botocore's."""

from datetime import UTC, datetime
from urllib.parse import quote, urlencode

from botocore.auth import SigV4Auth  # type: ignore[import-untyped]
from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]
from botocore.credentials import Credentials  # type: ignore[import-untyped]
from hypothesis import given
from hypothesis import strategies as st

from yesline.carriers.sigv4 import Signer

_WORD = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)
_PART = st.text(max_size=8).filter(lambda part: part not in ("", ".", ".."))
_NAME = st.from_regex(r"x-amz-[a-z]{1,8}|content-type|Accept-Encoding", fullmatch=True).filter(
    lambda n: n != "x-amz-date"
)
_VALUE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
_TIME = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


def theirs(signer: Signer, call: tuple[str, str, str], headers: dict[str, str], body: bytes, at: datetime) -> str:
    """The header that botocore makes at a given time."""
    service, method, url = call
    request = AWSRequest(method, url, headers=headers, data=body)
    request.context["timestamp"] = at.strftime("%Y%m%dT%H%M%SZ")
    auth = SigV4Auth(Credentials(signer.access_key, signer.secret_key), service, signer.region)
    request.headers["X-Amz-Date"] = request.context["timestamp"]
    canonical = auth.canonical_request(request)
    auth._inject_signature_to_request(request, auth.signature(auth.string_to_sign(request, canonical), request))
    return str(request.headers["Authorization"])


_SIGNERS = st.builds(Signer, _WORD, _WORD, st.sampled_from(["us-east-1", "cn-north-1", "us-gov-west-1"]))
_HOSTS = st.sampled_from(
    ["https://sns.us-east-1.amazonaws.com", "http://127.0.0.1:8080", "http://[::1]:80", "https://h:443"]
)
_PAIRS = st.tuples(st.text(min_size=1, max_size=6), st.text(max_size=6))
_QUERIES = st.lists(_PAIRS, max_size=4, unique_by=lambda pair: pair[0])


@st.composite
def urls(draw: st.DrawFn) -> str:
    """Addresses as they are sent: encoded."""
    path = "/".join(quote(part, safe="") for part in draw(st.lists(_PART, max_size=3)))
    query = urlencode(draw(_QUERIES), quote_via=quote, safe="")
    return f"{draw(_HOSTS)}/{path}" + (f"?{query}" if query else "")


_CALLS = st.tuples(st.sampled_from(["sms-voice", "sns"]), st.sampled_from(["GET", "POST"]), urls())


@given(_SIGNERS, _CALLS, st.dictionaries(_NAME, _VALUE, max_size=4), st.binary(max_size=60), _TIME)
def test_equal_to_botocore(
    signer: Signer, call: tuple[str, str, str], headers: dict[str, str], body: bytes, at: datetime
) -> None:
    ours = signer.sign(*call, headers, body, at=at)
    assert ours["authorization"] == theirs(signer, call, headers, body, at)
    assert ours["x-amz-date"] == at.strftime("%Y%m%dT%H%M%SZ")


def test_all_of_a_request_is_signed() -> None:
    signer, at = Signer("AKIDEXAMPLE", "secret", "us-east-1"), datetime(2026, 1, 1, tzinfo=UTC)
    other = (
        signer.sign("sns", "GET", "https://a/?x=1", {"a": "1"}, b"body", at=at),
        signer.sign("sns", "POST", "https://b/?x=1", {"a": "1"}, b"body", at=at),
        signer.sign("sns", "POST", "https://a/?x=2", {"a": "1"}, b"body", at=at),
        signer.sign("sns", "POST", "https://a/?x=1", {"a": "2"}, b"body", at=at),
        signer.sign("sns", "POST", "https://a/?x=1", {"a": "1"}, b"bodY", at=at),
        signer.sign("sms", "POST", "https://a/?x=1", {"a": "1"}, b"body", at=at),
        signer.sign("sns", "POST", "https://a/?x=1", {"a": "1"}, b"body", at=at.replace(second=1)),
    )
    assert len({signed["authorization"].rpartition("=")[2] for signed in other}) == len(other)
