"""The words of texts: our defaults, merge fields, and how many segments a text costs.

Which element each text must carry is table A4.9 of ``security-compliance``; links stand in mid-text because a phone previews one
only at the edge (B6); the origin-bound code is the last line, exactly ``@host #code`` (B7).
"""

from collections.abc import Mapping

from yesline.errors import ConfigError
from yesline.programme import Brand, Group
from yesline.records import Prompt, Text

DEFAULTS: dict[str, dict[str, str]] = {
    "en": {
        "prompt": "{brand}: {how} to get {sends}. Expires in {days} days. "
        "Msg & data rates may apply. Reply HELP for help, STOP to end.",
        "already": "{brand}: you already get {sends}. Was this you again? {How}. "
        "Msg & data rates may apply. Reply HELP for help, STOP to end.",
        "confirmation": "{brand}: you're in! You will get recurring automated marketing texts: {sends}. {frequency}. "
        "Msg & data rates may apply. Reply HELP for help, STOP to end.",
        "stop": "{brand}: you are out and will get no more messages. Text START to return.",
        "help": "{brand} {group}: {sends}. Help: {support}. Msg & data rates may apply. Reply STOP to end.",
        "how.reply": "reply {reply}",
        "how.code": "enter code {code}",
        "how.link": "tap {link}",
        "or": " or ",
    }
}
KINDS = ("prompt", "already", "confirmation", "stop", "help")
MASK = "•"

_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = set("^{}\\[~]|€\f")
_SMART = str.maketrans({
    "‘": "'", "’": "'", "‚": ",", "“": '"', "”": '"', "„": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " ",
    "\u2009": " ", "\u202f": " ", "«": '"', "»": '"',
})  # fmt: skip
_UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x200B, 0xFEFF])


def plain(text: str) -> str:
    """Curly quotes, dashes and odd spaces as their GSM kin, and no characters that turn or hide what follows."""
    return text.translate(_SMART).translate(_UNSEEN)


def segments(text: str) -> int:
    """How many parts a text costs: 160 septets or 153 a part, 70 UTF-16 units or 67 a part, counted by packing.

    An escaped character or a surrogate pair is never split over two parts. Source: GSM 03.38; ``security-compliance`` B1, B2.
    """
    if all(c in _GSM or c in _GSM_TWO for c in text):
        return _pack([2 if c in _GSM_TWO else 1 for c in text], 160, 153)
    return _pack([2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67)


def _pack(widths: list[int], single: int, part: int) -> int:
    if sum(widths) <= single:
        return 1
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts


def template(group: Group, kind: str, language: str) -> str:
    """The group's own words for a text or ours, in the language asked for or in English."""
    for lang in (language, language.split("-", maxsplit=1)[0], "en"):
        for source in (group.texts, DEFAULTS):
            if kind in source.get(lang, {}):
                return source[lang][kind]
    raise ConfigError(f"group {group.id} has no text {kind!r}; known texts are {', '.join(KINDS)}")


def _how(group: Group, language: str, methods: tuple[str, ...], fields: Mapping[str, str]) -> str:
    ways = [template(group, f"how.{method}", language).format_map(fields) for method in methods]
    joined = template(group, "or", language).join(ways[-2:])
    return ", ".join([*ways[:-2], joined])


def render(brand: Brand, group: Group, text: Text, prompt: Prompt | None, secrets: Mapping[str, str]) -> str:
    """The words of a text as they are sent. ``secrets`` holds the ``code`` and ``link`` of its prompt, or masks for them.

    Raises ConfigError for a merge field that does not exist.
    """
    fields = {
        "brand": brand.name,
        "group": group.name,
        "sends": group.sends,
        "frequency": group.frequency,
        "support": brand.support,
        "days": str(group.window_days),
        "reply": "Y",
        **secrets,
    }
    methods = tuple(prompt.methods.split()) if prompt else ()
    fields["how"] = _how(group, text.language, methods, fields) if methods else ""
    fields["How"] = fields["how"][:1].upper() + fields["how"][1:]
    try:
        body = template(group, text.kind, text.language).format_map(fields)
    except (KeyError, ValueError, IndexError) as error:
        raise ConfigError(f"text {text.kind!r} of group {group.id}: unknown merge field {error}") from error
    if prompt and "code" in methods and prompt.host and text.kind in ("prompt", "already"):
        body += f"\n@{prompt.host} #{secrets['code']}"
    return plain(body)
