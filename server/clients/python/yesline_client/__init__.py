"""The native API of Yesline: ``Yesline`` and ``AsyncYesline`` call it, ``verify`` finds its webhooks genuine."""

from yesline_client import types
from yesline_client.async_callers import AsyncPages
from yesline_client.callers import Pages
from yesline_client.calls import Page
from yesline_client.client import AsyncYesline, Yesline
from yesline_client.errors import (
    Conflict,
    Fault,
    Invalid,
    NotAllowed,
    NotFound,
    NotGenuine,
    Refused,
    SetupError,
    TooMany,
    Unreachable,
    YeslineError,
)
from yesline_client.webhooks import verify

__all__ = [
    "AsyncPages",
    "AsyncYesline",
    "Conflict",
    "Fault",
    "Invalid",
    "NotAllowed",
    "NotFound",
    "NotGenuine",
    "Page",
    "Pages",
    "Refused",
    "SetupError",
    "TooMany",
    "Unreachable",
    "Yesline",
    "YeslineError",
    "types",
    "verify",
]
