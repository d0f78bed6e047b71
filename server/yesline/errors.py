"""Everything Yesline may refuse, as one tree.

YeslineError
├── ConfigError        a setting, group, form or theme that cannot be used; told at start and by ``yesline apply``
├── LedgerError        the ledger does not verify
├── StoreError         the database did not do what it was asked; nothing was recorded
│   ├── Conflict       another process was first: the same again will do
│   └── Unavailable    it does not answer, or cannot be written now: later
├── CarrierError       a text that a carrier did not plainly take
│   ├── TextRefused    nothing was sent; ``permanent`` tells whether trying again is of use
│   └── TextUncertain  it may have been sent: never sent again by itself
└── Refusal            a request that is answered with the one error shape; has a stable ``code`` and a ``status``
"""

from typing import Any


class YeslineError(Exception):
    """Something Yesline could not do; the message tells the reader what to do next."""


class ConfigError(YeslineError):
    """A setting, group, form or theme that cannot be used."""


class LedgerError(YeslineError):
    """The ledger does not verify: a row was changed, added or removed by hand."""


class StoreError(YeslineError):
    """The database did not do what it was asked; nothing was recorded."""


class Conflict(StoreError):
    """Another process changed the same rows first: load them again and decide again."""


class Unavailable(StoreError):
    """The database does not answer, or cannot be written now. Whoever asked may ask again with the same id."""


class CarrierError(YeslineError):
    """A text that a carrier did not plainly take; ``reason`` is in our own vocabulary, ``code`` is the vendor's word for it."""

    def __init__(self, message: str, reason: str, *, code: str = "") -> None:
        super().__init__(message)
        self.reason = reason
        self.code = code


class TextRefused(CarrierError):
    """The carrier refused a text: nothing was sent. ``wait`` is how long it asks to be left alone, in milliseconds."""

    def __init__(self, message: str, reason: str, *, permanent: bool, code: str = "", wait: int = 0) -> None:
        super().__init__(message, reason, code=code)
        self.permanent = permanent
        self.wait = wait


class TextUncertain(CarrierError):
    """Nobody knows whether a text was sent: the connection broke after it was handed over."""


class Refusal(YeslineError):
    """A request refused with ``{"error": {"code", "message", "field"?}}``.

    ``extra`` stands beside the error in the answer; ``retry_after`` is in seconds; ``country`` is that of a number refused.
    """

    def __init__(
        self,
        code: str,
        message: str,
        status: int = 422,
        *,
        field: str | None = None,
        retry_after: int | None = None,
        extra: dict[str, Any] | None = None,
        country: str = "",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.field = field
        self.retry_after = retry_after
        self.extra = extra or {}
        self.country = country

    def body(self) -> dict[str, Any]:
        """The one error shape."""
        error = {"code": self.code, "message": self.message}
        if self.field:
            error["field"] = self.field
        return {"error": error, **self.extra}
