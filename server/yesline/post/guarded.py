"""Calls to addresses that somebody else chose: a name is looked up once, and what is connected to is what was checked.

To check first and connect by name afterwards would let a name lead elsewhere the second time (``security-compliance`` C2.11).
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable

import httpx2

from yesline.rules.reaching import may_reach

LookUp = Callable[[str, int], Awaitable[Iterable[str]]]
"""From a name and a port to the addresses it leads to. Raises OSError."""


class Barred(httpx2.TransportError):
    """The address leads to where this server may not call. Nothing was connected to."""


async def look_up(host: str, port: int) -> list[str]:
    """The addresses that a name leads to, as the system tells them. Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Guarded(httpx2.AsyncBaseTransport):
    """Calls public addresses alone, by https; in the sandbox this machine too, by http too.

    Connections are not kept: one is to an address, and another name that leads to the same address must not be given it.
    """

    def __init__(self, inner: httpx2.AsyncBaseTransport, *, sandbox: bool, find: LookUp = look_up) -> None:
        self._inner = inner
        self._sandbox = sandbox
        self._find = find

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Call one address after the other until one takes the connection. Raises Barred, ConnectError."""
        url, lost = request.url, httpx2.ConnectError("the name leads nowhere", request=request)
        for address in await self._addresses(url):
            try:
                return await self._inner.handle_async_request(_to(request, address))
            except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
                lost = httpx2.ConnectError(str(error), request=request)
        raise lost

    async def _addresses(self, url: httpx2.URL) -> list[str]:
        if url.scheme != "https" and not self._sandbox:
            raise Barred("only https is called")
        try:
            found = list(await self._find(url.host, url.port or 443))
        except OSError as error:
            raise httpx2.ConnectError(f"{url.host} cannot be found: {error}") from error
        if not all(may_reach(address, sandbox=self._sandbox) for address in found):
            raise Barred(f"{url.host} leads into a private network")
        return found

    async def aclose(self) -> None:
        """Close what is below."""
        await self._inner.aclose()


def _to(request: httpx2.Request, address: str) -> httpx2.Request:
    """The same request to one address. Its header Host, and the name that the certificate must be for, stay."""
    return httpx2.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions | {"sni_hostname": request.url.host},
    )


def client(*, sandbox: bool) -> httpx2.AsyncClient:
    """A client that is guarded, follows no redirect, and keeps no connection."""
    inner = httpx2.AsyncHTTPTransport(limits=httpx2.Limits(max_keepalive_connections=0), trust_env=False)
    guarded = Guarded(inner, sandbox=sandbox)
    return httpx2.AsyncClient(transport=guarded, follow_redirects=False, trust_env=False)
