"""Calling a carrier's API: what each way of failing proves about whether a text went out.

A call that never reached the carrier proves that nothing was sent and may be made again. A call that broke off after it was handed over, and
every 5xx, proves nothing: such a text is never sent again by itself (architecture, "Sending").
"""

from collections.abc import Mapping
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from yesline.errors import TextRefused, TextUncertain

_TIMEOUTS = httpx2.Timeout(15, connect=5, pool=5)
_MOST_BYTES = 1 << 20
_NOT_REACHED = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,
    httpx2.UnsupportedProtocol,
)


class Said(Struct, frozen=True):
    """An answer of a carrier's API, below 500. ``content`` is its JSON, or its text where it is none."""

    status: int
    headers: Mapping[str, str]
    content: Any

    @property
    def good(self) -> bool:
        """Whether the carrier agreed."""
        return 200 <= self.status < 300

    def at(self, *path: str | int, default: Any = "") -> Any:
        """A value inside the content, or the default where the path leads nowhere."""
        found = self.content
        for step in path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return default
        return default if found is None else found


class Api:
    """One carrier's API under its base address."""

    def __init__(
        self, base: str, *, headers: Mapping[str, str] | None = None, basic: tuple[str, str] | None = None
    ) -> None:
        self.base = base.rstrip("/")
        self._client = httpx2.AsyncClient(
            headers=dict(headers or {}), auth=basic, timeout=_TIMEOUTS, follow_redirects=False, trust_env=False
        )  # fmt: skip

    async def call(self, method: str, path: str, **request: Any) -> Said:
        """Call, with httpx2's ``json``, ``data``, ``content``, ``params`` or ``headers``. ``path`` may be a whole address.

        Raises TextRefused where the carrier was not reached or asks to wait, TextUncertain where it broke off or failed.
        """
        url = path if "://" in path else self.base + path
        try:
            response = await self._client.request(method, url, **request)
        except _NOT_REACHED as error:
            raise TextRefused(f"{self.base} cannot be reached: {error}", "carrier_down", permanent=False) from error
        except httpx2.HTTPError as error:
            raise TextUncertain(f"{self.base} broke off: {error!r}", "carrier_down") from error
        return self._said(response)

    def _said(self, response: httpx2.Response) -> Said:
        if response.status_code == 429:
            wait = _seconds(response.headers.get("retry-after", "")) * 1000
            raise TextRefused("too many texts at once", "rate_limited", permanent=False, code="429", wait=wait)
        if response.status_code >= 500:
            raise TextUncertain(
                f"{self.base} answered {response.status_code}", "carrier_error", code=str(response.status_code)
            )
        return Said(response.status_code, response.headers, _content(response.content[:_MOST_BYTES]))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


def _content(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode(errors="replace")


def _seconds(text: str) -> int:
    return min(int(text), 3600) if text.isdecimal() else 0
