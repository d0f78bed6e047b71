"""A theme's files + a form, its group and brand -> the view of one language, or what the designer must change."""

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, StrictUndefined, TemplateError, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from yesline.assets import locales_dir
from yesline.errors import ConfigError
from yesline.programme import Brand, Form, Group, Node, View
from yesline.views import nodes, styles
from yesline.views.callout import check_callout, consent_text
from yesline.views.languages import chain, direction, ours, written

STEPS = ("capture", "confirm", "done")
SLOTS = ("sender", "number", "countdown", "error", "dial", "example")
SCRIPT_WORDS = ("error.", "status.")
NOBODY_REPLACES = ("must.", "page.")

REQUIRED_HOOKS = {
    "capture": "form phone country consent disclosure submit close trap error status heading",
    "confirm": "code-form code submit resend correct close error status heading",
    "done": "close status heading",
}

_NUMBERS = re.compile(r"\{(?:example|number)\}")
_SLOT = re.compile(rf"\{{({'|'.join(SLOTS)})\}}")


def compile_view(
    theme_dir: Path, form: Form, group: Group, brand: Brand, locale: str, strings: Mapping[str, str]
) -> View:
    """Render every step of the form in one language.

    ``strings`` are the words of the language (``load_strings``); the form's own words replace them.
    Raises ConfigError naming the file when the theme cannot be used or the call to action lacks what it must say.
    """
    words = fill({**strings, **_own_words(form, locale, strings)}, group, brand)
    tokens = styles.load_tokens(theme_dir / "theme.toml")
    shown = styles.with_form_tokens(tokens, form.tokens, f"tokens of form {form.id}")
    context = {"brand": brand, "group": group, "form": form, "words": words, "tokens": shown.light}
    steps = {step: _render(theme_dir, step, context) for step in STEPS}
    for step in STEPS:
        _check_hooks(steps[step], step, theme_dir)
    capture = f"{theme_dir / 'capture.html'} ({locale})"
    check_callout(steps["capture"], group, brand, strings, capture)
    text = consent_text(steps["capture"])
    return View(
        locale=locale,
        direction=direction(locale),
        consent_text=text,
        consent=digest(text),
        css=styles.stylesheet(shown, theme_dir / "theme.css"),
        steps=steps,
        strings={name: _apart(word, locale) for name, word in words.items() if name.startswith(SCRIPT_WORDS)},
    )


def _own_words(form: Form, locale: str, strings: Mapping[str, str]) -> dict[str, str]:
    """The words a form puts in place of ours. Raises ConfigError for one that nothing would show."""
    by_tag = {written(tag): (tag, words) for tag, words in form.words.items()}
    own: dict[str, str] = {}
    for tag, words in (by_tag[name] for name in reversed(chain(locale)) if name in by_tag):
        unknown = [name for name in words if name not in strings or name.startswith(NOBODY_REPLACES)]
        if unknown:
            raise ConfigError(f"form {form.id}: words.{tag}: no form shows {unknown[0]!r}. Check its spelling.")
        own |= words
    return own


def load_strings(locale: str) -> dict[str, str]:
    """The words of a language; those it lacks are of the next in its chain, ``pt`` for ``pt-BR``, and then English."""
    return {**_strings_of("en"), **_strings_of(locale)}


def _strings_of(locale: str) -> dict[str, str]:
    """The words of a language and of what it falls back to, without the English that stands in for the rest."""
    strings: dict[str, str] = {}
    for name in reversed(chain(locale)):
        strings |= _read_strings(locales_dir() / f"{name}.json") if name in ours() else {}
    return strings


def missing_words(form: Form) -> Iterator[str]:
    """The words that each language of a form lacks, and what is shown for them."""
    english = load_strings("en")
    shown = {name for name in english if not name.startswith(NOBODY_REPLACES)}
    written_once = {name for locale in form.locales for name in _own_words(form, locale, english)}
    for locale in form.locales:
        own = _own_words(form, locale, english)
        known = _strings_of(locale)
        for lacked, instead in (
            (shown - known.keys() - own.keys(), "English is"),
            ((written_once & known.keys()) - own.keys(), "our own are"),
        ):
            if lacked:
                names = ", ".join(name for name in english if name in lacked)
                yield f"locale {locale} lacks: {names}. Write them under [words.{locale}], or {instead} shown."


def fill(words: Mapping[str, str], group: Group | None, brand: Brand) -> dict[str, str]:
    """Put in what is known when a form is made; ``{number}`` and its like stay for the showing."""
    known = {"{brand}": brand.name, "{support}": brand.support}
    if group:
        known |= {"{group}": group.name, "{sends}": group.sends, "{frequency}": group.frequency.rstrip(".")}
    pattern = re.compile("|".join(map(re.escape, known)))
    return {name: pattern.sub(lambda found: known[found[0]], word) for name, word in words.items()}


def _apart(word: str, locale: str) -> str:
    """A word that is shown as bare text: between letters from right to left a number's groups would change places, so it is isolated."""
    return _NUMBERS.sub("\u2066\\g<0>\u2069", word) if direction(locale) == "rtl" else word


def digest(text: str) -> str:
    """22 characters that stand for a text: SHA-256, base64url, cut to 132 bits."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode()[:22]


@lru_cache(maxsize=128)
def _read_strings(path: Path) -> Mapping[str, str]:
    """The words in a file of ours, read once."""
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ConfigError(f"{path} is not a JSON object of words: {error}.") from error


def _render(theme_dir: Path, step: str, context: Mapping[str, Any]) -> list[Node]:
    where = theme_dir / f"{step}.html"
    try:
        html = _environment(theme_dir).get_template(where.name).render(context)
    except TemplateSyntaxError as error:
        raise ConfigError(f"{theme_dir / (error.name or where.name)}, line {error.lineno}: {error.message}.") from error
    except TemplateError as error:
        raise ConfigError(f"{where}: {error.message or type(error).__name__}.") from error
    return nodes.parse(html, str(where))


def _environment(theme_dir: Path) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(theme_dir),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["slots"] = _slots
    return environment


def _slots(words: str) -> Markup:
    """``{number}`` in a word -> the element that the number is put into."""
    marked = _SLOT.sub(r'<span dir="ltr" data-yesline-text="\1"></span>', str(escape(words)))
    return Markup(marked)  # noqa: S704 - the words are escaped above


def _check_hooks(tree: list[Node], step: str, theme_dir: Path) -> None:
    found = {nodes.attributes(element).get("data-yesline") for element in nodes.elements(tree)}
    missing = [hook for hook in REQUIRED_HOOKS[step].split() if hook not in found]
    if missing:
        wanted = ", ".join(f'data-yesline="{hook}"' for hook in missing)
        raise ConfigError(f"{theme_dir / step}.html lacks {wanted}. Add an element that carries it.")
