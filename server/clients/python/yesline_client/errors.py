"""Everything that a call may come to, but its answer, as one tree.

YeslineError
├── SetupError       no address or no key was given
├── NotGenuine       a webhook that its secret did not sign, or not in the last minutes
├── Unreachable      no answer, whatever was tried
└── Refused          the server's refusal, with its ``code``
    ├── Invalid      400, 422 and other 4xx: what was sent
    ├── NotAllowed   401, 403: the key, or its scopes
    ├── NotFound     404
    ├── Conflict     409: how things stand
    ├── TooMany      429: later, see ``retry_after``
    └── Fault        5xx, and answers that are none of Yesline's
"""

from typing import Any

import httpx2


class YeslineError(Exception):
    """A call that came to nothing; the message is for people."""


class SetupError(YeslineError):
    """No address or no key was given, or one that cannot be."""


class NotGenuine(YeslineError):
    """A webhook that its secret did not sign, or not in the last minutes: do not read its body."""


class Unreachable(YeslineError):
    """There was no answer. What was asked may have been done: the same call with the same ``idempotency_key`` is not done twice."""


class Refused(YeslineError):
    """The server refused, and did nothing.

    ``code`` is for programs and stable, ``message`` for people; ``field`` names the member that is wrong; ``retry_after`` is in seconds.
    """

    def __init__(
        self, status: int, code: str, message: str, *, field: str | None = None, retry_after: int | None = None
    ) -> None:
        super().__init__(f"{message} ({status} {code})")
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.retry_after = retry_after


class Invalid(Refused):
    """What was sent is not what the call takes; ``field`` may say where."""


class NotAllowed(Refused):
    """The key is not known, or does not have the scope."""


class NotFound(Refused):
    """There is nothing of that id."""


class Conflict(Refused):
    """Not as things stand, such as a number that said STOP."""


class TooMany(Refused):
    """Too often: again after ``retry_after``."""


class Fault(Refused):
    """The server, or what stands before it, cannot answer. What was asked may have been done."""


_BY_STATUS: dict[int, type[Refused]] = {401: NotAllowed, 403: NotAllowed, 404: NotFound, 409: Conflict, 429: TooMany}


def refused(response: httpx2.Response) -> Refused:
    """The error that an answer tells, which was read to its end."""
    told = _told(response)
    after = response.headers.get("retry-after", "")
    return _BY_STATUS.get(response.status_code, Invalid if response.is_client_error else Fault)(
        response.status_code,
        str(told.get("code", "unexpected")),
        str(told.get("message", "This is no answer of Yesline's: is the address right?")),
        field=told.get("field"),
        retry_after=int(after) if after.isascii() and after.isdecimal() else None,
    )


def _told(response: httpx2.Response) -> dict[str, Any]:
    try:
        told = response.json()["error"]
    except (ValueError, KeyError, TypeError):
        return {}
    return told if isinstance(told, dict) else {}
