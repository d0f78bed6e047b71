"""The two clients."""

from typing import Self

import httpx2

from yesline_client.async_callers import AsyncCaller
from yesline_client.async_resources import AsyncResources
from yesline_client.callers import Caller
from yesline_client.calls import setup
from yesline_client.resources import Resources

TIMEOUT = 30.0
RETRIES = 3


class Yesline(Resources):
    """A server of Yesline's.

    ``url`` and ``key`` are ``YESLINE_URL`` and ``YESLINE_KEY`` of the environment where they are not given. ``timeout`` is how many seconds
    an answer may take, ``retries`` how often a call is sent again. ``http`` is a client of your own, which is closed with this one.
    Raises SetupError.
    """

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        http: httpx2.Client | None = None,
    ) -> None:
        address, secret = setup(url, key)
        self._caller = Caller(address, secret, http or httpx2.Client(timeout=timeout), retries)
        super().__init__(self._caller)

    def close(self) -> None:
        """Close the connections."""
        self._caller.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class AsyncYesline(AsyncResources):
    """See ``Yesline``: the same for asyncio."""

    def __init__(
        self,
        url: str | None = None,
        key: str | None = None,
        *,
        timeout: float = TIMEOUT,
        retries: int = RETRIES,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        address, secret = setup(url, key)
        self._caller = AsyncCaller(address, secret, http or httpx2.AsyncClient(timeout=timeout), retries)
        super().__init__(self._caller)

    async def close(self) -> None:
        """Close the connections."""
        await self._caller.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()
