"""Which addresses a server may call for somebody else: none of its own network's (``security-compliance`` C2.11)."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

from yesline.errors import Refusal

_INSIDE = (
    ip_network("168.63.129.16/32"),  # Azure's service of every machine, at a public address
    ip_network("192.0.0.0/24"),  # Oracle's: older Pythons take most of it for global
    ip_network("fec0::/10"),  # site-local, as private networks once were
    ip_network("64:ff9b:1::/48"),  # a network's own NAT64, which may lead anywhere inside
)
_NAT64 = ip_network("64:ff9b::/96")
_PLAIN = re.compile(r"[!-~]{1,2000}")


def may_reach(address: str, *, sandbox: bool) -> bool:
    """Whether an address that a name led to may be called: a public one; in the sandbox this machine, too."""
    found = _innermost(ip_address(address))
    if found.is_loopback:
        return sandbox
    return (
        found.is_global
        and not found.is_multicast
        and not found.is_reserved
        and not any(found in net for net in _INSIDE)
    )


def _innermost(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it does."""
    if not isinstance(address, IPv6Address):
        return address
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


def check_url(url: str, *, sandbox: bool, base: bool = False) -> None:
    """Raises Refusal for an address that cannot be an endpoint's, whatever its name leads to later. To a ``base`` paths are added."""
    why = _why_not(url, sandbox=sandbox) or ("leave out what begins with '?'" if base and "?" in url else "")
    if why:
        raise Refusal("url_refused", f"{url[:200]!r} cannot be told of events: {why}.", 422, field="url")


def _why_not(url: str, *, sandbox: bool) -> str:
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port != 0 else None
    except ValueError:
        return "it is not an address"
    if not _PLAIN.fullmatch(url) or not host:
        return "write it as https://shop.example.com/hooks, in ASCII"
    if parts.scheme != "https" and not (sandbox and parts.scheme == "http"):
        return "it must begin with https://"
    if "@" in parts.netloc or parts.fragment:
        return "leave out user, password and fragment: calls are signed"
    return "" if _named(host) or may_reach(host, sandbox=sandbox) else "it is inside a private network"


def _named(host: str) -> bool:
    """Whether it is a name, which is looked up at every call."""
    try:
        ip_address(host)
    except ValueError:
        return True
    return False
