"""Which addresses a server may call for somebody else."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.errors import Refusal
from yesline.rules.reaching import check_url, may_reach

INSIDE = (
    "0.0.0.0",  # noqa: S104  (nothing is bound)
    "10.0.0.1", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "255.255.255.255", "224.0.0.1", "240.0.0.1",
    "192.0.0.192", "168.63.129.16", "198.18.0.1", "::", "64:ff9b:1::1", "::10.0.0.1", "fec0::1",
    "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1",
    "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a00:1", "2002:a9fe:a9fe::1", "2001:0:53aa:64c:0:0:5601:5601",
)  # fmt: skip
HERE = ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::")


@pytest.mark.parametrize("address", INSIDE)
def test_private_networks_are_never_called(address: str) -> None:
    assert not may_reach(address, sandbox=False)
    assert not may_reach(address, sandbox=True)


@pytest.mark.parametrize("address", HERE)
def test_this_machine_is_called_in_the_sandbox_only(address: str) -> None:
    assert not may_reach(address, sandbox=False)
    assert may_reach(address, sandbox=True)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"])
def test_public_addresses_are_called(address: str) -> None:
    assert may_reach(address, sandbox=False)


@given(st.ip_addresses(v=4))
def test_an_address_in_ipv6_dress_is_the_same_address(address: IPv4Address) -> None:
    number = int(address)
    for dress in (f"::ffff:{address}", f"64:ff9b::{number >> 16:x}:{number & 0xFFFF:x}"):
        assert may_reach(dress, sandbox=False) == may_reach(str(address), sandbox=False)


@pytest.mark.parametrize(
    "url", ["https://shop.example.com/hooks?x=1", "https://shop.example.com:8443/", "https://93.184.216.34/"]
)
def test_endpoints(url: str) -> None:
    check_url(url, sandbox=False)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://shop.example.com/", "must begin with https"),
        ("ftp://shop.example.com/", "must begin with https"),
        ("https://", "write it as"),
        ("/hooks", "write it as"),
        ("https://shop.example.com:0/", "write it as"),
        ("https://shöp.example.com/", "write it as"),
        ("https://shop.example.com/a b", "write it as"),
        ("https://[::1", "not an address"),
        ("https://shop.example.com:x/", "not an address"),
        ("https://ann:secret@shop.example.com/", "leave out user"),
        ("https://shop.example.com/#x", "leave out user"),
        ("https://127.0.0.1/", "private network"),
        ("https://[::ffff:169.254.169.254]/", "private network"),
    ],
)
def test_what_cannot_be_an_endpoint(url: str, why: str) -> None:
    with pytest.raises(Refusal, match=why) as caught:
        check_url(url, sandbox=False)
    assert (caught.value.code, caught.value.field) == ("url_refused", "url")


def test_the_sandbox_calls_this_machine_by_http() -> None:
    check_url("http://127.0.0.1:9/hooks", sandbox=True)
    with pytest.raises(Refusal, match="private network"):
        check_url("http://10.0.0.1/", sandbox=True)


def test_paths_are_put_behind_a_base() -> None:
    check_url("https://rest.example/v2/", sandbox=False, base=True)
    check_url("https://rest.example/v2?shop=1", sandbox=False)
    with pytest.raises(Refusal, match=r"leave out what begins with '\?'"):
        check_url("https://rest.example/v2?shop=1", sandbox=False, base=True)
