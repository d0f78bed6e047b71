"""Why MessageBird and Bird lost a text: both send over one SMS platform and bring back its codes.

Document: https://docs.bird.com/api/channels-api/message-status-and-interactions/message-failure-sources/sms-platform-extended-error-codes.
"""

from yesline.records import Reason

CODES: dict[str, Reason] = {
    "1": "invalid_number",
    "2": "invalid_number",
    "3": "invalid_number",
    "5": "invalid_number",
    "6": "unreachable",
    "7": "not_mobile",
    "8": "unreachable",
    "9": "invalid_number",
    "10": "not_mobile",
    "11": "not_mobile",
    "12": "blocked",
    "13": "blocked",
    "21": "not_mobile",
    "26": "unreachable",
    "27": "unreachable",
    "31": "unreachable",
    "32": "unreachable",
    "33": "unreachable",
    "34": "carrier_down",
    "35": "carrier_error",
    "36": "carrier_error",
    "103": "opted_out",
    "104": "unregistered",
    "105": "unregistered",
    "106": "rate_limited",
    "107": "rate_limited",
}
"""Up to 36 they are the errors of mobile networks themselves (3GPP TS 29.002)."""

WORDS: dict[str, Reason] = {
    "incorrect number": "invalid_number",
    "unknown subscriber": "invalid_number",
    "unavailable subscriber": "unreachable",
    "expired": "unreachable",
    "opted out": "opted_out",
    "received network error": "carrier_down",
    "insufficient balance": "no_credit",
    "carrier rejected": "blocked",
    "capacity limit reached": "rate_limited",
}
"""Status reasons, which are told where there is no code."""


def loss(code: str, words: str) -> tuple[Reason, str]:
    """Why a text was lost, and the platform's own word for it: its code, or its reason in words."""
    plain = words.replace("_", " ").lower()
    return CODES.get(code) or WORDS.get(plain, "carrier_error"), code or plain
