"""Fixtures of texting and of events out."""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Site
from tests.texting import on_project
from yesline import app
from yesline.post.webhooks import Webhooks

__all__ = ["on_project"]

OnSite = Callable[[Callable[[Site], Any]], None]


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch, on_site: OnSite) -> OnSite:
    """A server where nobody feeds or delivers but the test."""

    async def nobody(*_: Any) -> None:
        await asyncio.Event().wait()

    async def none(_: Webhooks) -> None:
        return None

    monkeypatch.setattr(app, "keep_feeding", nobody)
    monkeypatch.setattr(Webhooks, "run", none)

    def tell(story: Callable[[Site], Any]) -> None:
        with monkeypatch.context() as patched:
            patched.setattr(random, "random", lambda: 0.0)
            on_site(story)

    return tell
