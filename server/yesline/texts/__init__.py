"""Our words for texts, one ``<language>.toml`` each, and the phrases by which the linter knows what a text says.

Names in a table are joined with a dot: ``[how] reply`` is ``how.reply``. A file with a region, such as ``fr-CA``, holds only what
differs from the language's own.
"""

import tomllib
from importlib.resources import files

from msgspec import Struct, ValidationError, convert

from yesline.errors import ConfigError


class Pack(Struct, frozen=True):
    """A language: the word that says yes, our texts and their pieces by name, and the phrases by what they say."""

    reply: str
    words: dict[str, str]
    must: dict[str, tuple[str, ...]]


def load() -> dict[str, Pack]:
    """Every language we have words for. Raises ConfigError when a file of ours was spoiled."""
    found = {file.name.removesuffix(".toml"): file for file in files(__name__).iterdir() if file.name.endswith(".toml")}
    return {language: _read(language, found[language].read_text(encoding="utf-8")) for language in sorted(found)}


def _read(language: str, content: str) -> Pack:
    try:
        tables = tomllib.loads(content)
        must, reply = tables.pop("must", {}), tables.pop("reply", "")
        return convert({"reply": reply, "words": _flat(tables), "must": must}, Pack)
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise ConfigError(f"Our texts in {language!r} cannot be read: {error}. Install yesline again.") from error


def _flat(tables: dict[str, object], before: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for name, value in tables.items():
        flat |= _flat(value, f"{before}{name}.") if isinstance(value, dict) else {before + name: value}
    return flat
