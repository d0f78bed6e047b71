"""Finds webhooks genuine, as Standard Webhooks 1.0 has it, before anything reads them."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence

from yesline_client.errors import NotGenuine
from yesline_client.types import Event

TOLERANCE = 300
"""Seconds that a webhook may be old, or our clock behind."""


def verify(
    secret: str | Sequence[str], headers: Mapping[str, str], body: bytes | str, *, now: float | None = None
) -> Event:
    """The event that a webhook tells; ``body`` is what came, unchanged. Raises NotGenuine.

    ``secret`` may be several, such as the one that is being replaced and its successor. ``now`` is for tests, in seconds since 1970.
    """
    told = {name.lower(): value for name, value in headers.items()}
    sent = body.encode() if isinstance(body, str) else body
    stamp = told.get("webhook-timestamp", "")
    _check_age(stamp, time.time() if now is None else now)
    signed = f"{told.get('webhook-id', '')}.{stamp}.".encode() + sent
    given = [
        part.removeprefix("v1,").encode() for part in told.get("webhook-signature", "").split() if part[:3] == "v1,"
    ]
    wanted = [_mac(one, signed) for one in ([secret] if isinstance(secret, str) else secret)]
    if not any(hmac.compare_digest(mine, theirs) for mine in wanted for theirs in given):
        raise NotGenuine("No signature of this webhook was made with the secret.")
    event: Event = json.loads(sent)
    return event


def _check_age(stamp: str, now: float) -> None:
    if not (stamp.isascii() and stamp.isdecimal()):
        raise NotGenuine("The webhook has no webhook-timestamp: it is none of Yesline's.")
    if abs(now - int(stamp[:15])) > TOLERANCE:
        raise NotGenuine(
            "The webhook is older than five minutes, or a clock is wrong: it may have been recorded and sent again."
        )


def _mac(secret: str, signed: bytes) -> bytes:
    key = base64.b64decode(secret.removeprefix("whsec_"))
    return base64.b64encode(hmac.digest(key, signed, hashlib.sha256))
