"""A theme's files + a form, its group and brand -> the view of one language, or what the designer must change."""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from traceback import extract_tb
from types import CodeType
from typing import Any

from jinja2 import (
    ChoiceLoader,
    FileSystemLoader,
    FunctionLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateNotFound,
    TemplateSyntaxError,
)
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.ext import Extension
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from yesline.assets import locales_dir, themes_dir
from yesline.errors import ConfigError
from yesline.programme import Brand, Form, Group, Node, View
from yesline.views import nodes, styles
from yesline.views.callout import box_text, check_callout, check_other_box, consent_text
from yesline.views.fields import WORDS as FIELD_WORDS
from yesline.views.fields import asked, check_fields
from yesline.views.languages import chain, direction, ours, written
from yesline.views.theme_assets import Locate, locate
from yesline.views.theme_folders import DEFAULT, Theme, load_theme
from yesline.views.theme_sources import Marks, Rendered

STEPS = ("capture", "confirm", "done", "teaser")
SLOTS = ("sender", "number", "countdown", "error", "dial", "example", "coupon")
SCRIPT_WORDS = ("error.", "status.")
NOBODY_REPLACES = ("must.", "page.")

REQUIRED_HOOKS = {
    "capture": "form phone country consent disclosure submit close trap error status heading",
    "confirm": "code-form code submit resend correct close error status heading",
    "done": "close status heading",
    "teaser": "open close",
}
HOOKS_OF_OTHERS = "form submit close error status heading"
"""What a step needs that a form has besides these."""

_NUMBERS = re.compile(r"\{(?:example|number)\}")
_SLOT = re.compile(rf"\{{({'|'.join(SLOTS)})\}}")


def compile_view(
    theme_dir: Path,
    form: Form,
    group: Group,
    brand: Brand,
    locale: str,
    strings: Mapping[str, str],
    groups: Mapping[str, Group] | None = None,
) -> View:
    """Render every step of the form in one language.

    ``strings`` are the words of the language (``load_strings``); the form's own words replace them. ``groups`` are those that its
    boxes may ask for besides its own, by id.
    Raises ConfigError naming the file when the theme cannot be used or the call to action lacks what it must say.
    """
    theme = load_theme(theme_dir)
    written_words = {**strings, **_own_words(form, locale, strings)}
    words = fill(written_words, group, brand)
    terms = _terms(written_words, groups or {}, brand)
    shown = styles.with_form_tokens(styles.load_tokens(theme), form.tokens, f"tokens of form {form.id}")
    located = locate(theme)
    sheet = styles.stylesheet(shown, theme, located)
    context = {"brand": brand, "group": group, "form": form, "words": words, "tokens": shown.light}
    steps: dict[str, list[Node]] = {}
    boxes: list[str] = []
    for step in dict.fromkeys((*form.steps, *STEPS)):
        own = {"step": step, "fields": asked(form, step, locale, words, terms), "last": step == form.steps[-1]}
        rendered = _render(theme, step, context | own)
        steps[step] = _tree(theme, step, rendered, located)
        where = _where(rendered, steps[step], locale)
        if step == "capture":
            check_callout(steps[step], group, brand, strings, where)
        check_fields(form, step, steps[step], where, rendered.template)
        for name, asking in _boxes(form, step, groups or {}).items():
            check_other_box(steps[step], name, asking, brand, strings, where)
            boxes.append(box_text(steps[step], name))
    text = "\n".join([consent_text(steps["capture"]), *boxes])
    return View(
        locale=locale,
        direction=direction(locale),
        consent_text=text,
        consent=digest(text),
        css=sheet.css,
        fonts=sheet.fonts,
        steps=steps,
        strings={name: _apart(word, locale) for name, word in words.items() if _is_for_script(name, form)},
    )


def _is_for_script(name: str, form: Form) -> bool:
    return name.startswith(SCRIPT_WORDS) and (bool(form.fields) or name not in FIELD_WORDS)


def _boxes(form: Form, step: str, groups: Mapping[str, Group]) -> dict[str, Group]:
    """The boxes of a step that ask for a group besides the form's own, and those groups."""
    return {name: groups[field.group] for name, field in form.asked(step).items() if field.group}


def _terms(words: Mapping[str, str], groups: Mapping[str, Group], brand: Brand) -> Callable[[str], str]:
    """What tells the disclosure of a group's box; nothing where it is no box of a group's."""
    return lambda group: fill({"": words["disclosure"]}, groups[group], brand)[""] if group else ""


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


def _where(rendered: Rendered, tree: list[Node], locale: str) -> Callable[[list[Any]], str]:
    return lambda element: f"{rendered.place(tree, element)} ({locale})"


def _render(theme: Theme, step: str, context: Mapping[str, Any]) -> Rendered:
    """One step's HTML."""
    where = theme.find(f"{step}.html")
    if step not in STEPS and not where.is_file():
        raise ConfigError(
            f"form {context['form'].id}: steps: {step!r} needs a template: there is no {where.name} in {theme.places()}."
        )

    def marked() -> str:
        return _environment(theme, Marks).get_template(where.name).render(context)

    try:
        html = _environment(theme).get_template(where.name).render(context)
    except TemplateSyntaxError as error:
        raise ConfigError(f"{error.filename or where}, line {error.lineno}: {error.message}.") from error
    except TemplateNotFound as error:
        raise ConfigError(
            f"{_raised_at(error) or where}: there is no template {error.name} in {theme.places()}."
        ) from error
    except TemplateError as error:
        raise ConfigError(f"{_raised_at(error) or where}: {error.message or type(error).__name__}.") from error
    return Rendered(html, str(where), marked)


def _tree(theme: Theme, step: str, rendered: Rendered, locate: Locate) -> list[Node]:
    """One step's tree, with every hook it needs."""
    tree = nodes.parse(rendered.html, rendered.line, locate)
    _check_hooks(tree, step, theme)
    return tree


def _raised_at(error: TemplateError) -> str:
    """The innermost template and line that a fault came from: Jinja2 writes them into the traceback."""
    frames = [frame for frame in extract_tb(error.__traceback__) if frame.filename.endswith(".html")]
    return f"{frames[-1].filename}, line {frames[-1].lineno}" if frames else ""


class _Compiled(BytecodeCache):
    """Templates are compiled once, not again for every step and language of a form, until they change."""

    def __init__(self) -> None:
        self._codes: dict[str, tuple[str, CodeType]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._codes.get(bucket.key, ("", None))
        if code and checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code:
            self._codes[bucket.key] = (bucket.checksum, bucket.code)


_COMPILED = _Compiled()


def _environment(theme: Theme, *extensions: type[Extension]) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=_loader(theme),
        extensions=extensions,
        autoescape=True,
        undefined=StrictUndefined,
        bytecode_cache=None if extensions else _COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["slots"] = _slots
    return environment


def _loader(theme: Theme) -> ChoiceLoader:
    """A template's name is the nearest theme's that has it; ``calm/capture.html`` is that of the base ``calm`` or what it builds on."""
    bases = {path.name: FileSystemLoader(theme.paths[at:]) for at, path in enumerate(theme.paths) if at}
    return ChoiceLoader([FileSystemLoader(theme.paths), PrefixLoader(bases), FunctionLoader(_default)])


def _default(name: str) -> str | None:
    """The default theme's teaser and fields, for a theme that draws none."""
    known = name in ("teaser.html", "close.html", "fields.html", "boxes.html")
    return (themes_dir() / DEFAULT / name).read_text(encoding="utf-8") if known else None


def _slots(words: str) -> Markup:
    """``{number}`` in a word -> the element that the number is put into."""
    marked = _SLOT.sub(r'<span dir="ltr" data-yesline-text="\1"></span>', str(escape(words)))
    return Markup(marked)  # noqa: S704 - the words are escaped above


def _check_hooks(tree: list[Node], step: str, theme: Theme) -> None:
    found = {nodes.attributes(element).get("data-yesline") for element in nodes.elements(tree)}
    missing = [hook for hook in REQUIRED_HOOKS.get(step, HOOKS_OF_OTHERS).split() if hook not in found]
    if missing:
        wanted = ", ".join(f'data-yesline="{hook}"' for hook in missing)
        model = next(filter(None, (_carries(theme, hook) for hook in missing)), "")
        raise ConfigError(
            f"{theme.find(f'{step}.html')} lacks {wanted}. Add an element that carries it{model and f', as {model} does'}."
        )


def _carries(theme: Theme, hook: str) -> str:
    """The line of a base, or else of the default theme, that has an element for a hook."""
    for folder in (*theme.paths[1:], themes_dir() / DEFAULT):
        for file in sorted(folder.glob("*.html")):
            for at, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if f'data-yesline="{hook}"' in line:
                    return f"{file}, line {at}"
    return ""
