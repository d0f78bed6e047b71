"""Every kind of carrier, made from its table ``[carriers.<name>]`` in the settings.

A module is imported when a carrier of its kind is used: cryptography alone costs more memory than all the rest of a server's start.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from yesline.carriers.base import Carrier
from yesline.errors import ConfigError

KINDS: dict[str, tuple[str, str]] = {
    "twilio": ("twilio", "TwilioCarrier"),
    "telnyx": ("telnyx", "TelnyxCarrier"),
    "vonage": ("vonage", "VonageCarrier"),
    "sinch": ("sinch", "SinchCarrier"),
    "plivo": ("plivo", "PlivoCarrier"),
    "bandwidth": ("bandwidth", "BandwidthCarrier"),
    "bird": ("bird", "BirdCarrier"),
    "messagebird": ("messagebird", "MessageBirdCarrier"),
    "aws": ("aws", "AwsCarrier"),
    "http": ("http_gateway", "GatewayCarrier"),
}
"""Kind -> module and class."""


def make(name: str, table: Mapping[str, Any]) -> Carrier:
    """A carrier from its table; ``kind`` is its name where the table does not say. Raises ConfigError naming what is wrong."""
    values = dict(table)
    kind = values.pop("kind", name)
    if kind not in KINDS:
        raise ConfigError(f"[carriers.{name}]: there is no kind {kind!r}: write kind = one of {', '.join(KINDS)}")
    module = import_module(f"yesline.carriers.{KINDS[kind][0]}")
    carrier: Carrier = getattr(module, KINDS[kind][1])(name, _account(name, module.Account, values))
    return carrier


def meanings(kind: str) -> dict[str, str]:
    """What each setting of a kind means."""
    found: dict[str, str] = import_module(f"yesline.carriers.{KINDS[kind][0]}").MEANINGS
    return found


def _account(name: str, kind: type[Struct], values: dict[str, Any]) -> Any:
    """Lists come from the environment as words with commas between."""
    hints = get_type_hints(kind)
    for field, value in values.items():
        if get_origin(hints.get(field)) is tuple and isinstance(value, str):
            values[field] = tuple(part.strip() for part in value.split(",") if part.strip())
    try:
        return msgspec.convert(values, kind, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"[carriers.{name}]: {error}; docs/reference/carriers.md lists what it takes") from error
