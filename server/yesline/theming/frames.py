"""One state of a form as a page of its own, built as the widget builds it (``screen.ts``), without a submission behind it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import phonenumbers
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from yesline.programme import FormVersion, Node, View
from yesline.views import countries, nodes
from yesline.views.nodes import Hook

PAGES = Path(__file__).parent / "pages"
SIZES = {"320": (320, 640), "390": (390, 844), "1280": (1280, 800)}
"""Width and height in CSS pixels: the narrowest that WCAG 1.4.10 asks for, a phone, a laptop."""
SCHEMES = ("light", "dark")
DISPLAYS = ("modal", "fullscreen", "slideup", "inline")

BASE = (
    "[hidden]{display:none!important}"
    ":where(dialog){all:unset;position:fixed;inset:0;box-sizing:border-box;overflow:auto;overscroll-behavior:contain;z-index:2147483647}"
    ":where([data-display=slideup]){inset-block-start:auto;inset-inline-start:max(0px,100% - 28em);max-height:100%}"
    ":where(dialog)::backdrop{background:none}"
)
"""The widget's own rules, as in ``screen.ts``."""
TEASER_BASE = ":where(.yl){position:fixed;inset-block-end:0;inset-inline-end:0;z-index:2147483646;max-width:100%}"  # rules/teaser.ts

_LATER = ("done", "teaser")
_OF_CONFIRM = "error.resend_"
_FIELDS = {
    "error.phone_": "phone",
    "error.country_": "country",
    "error.consent_": "consent",
    "error.stamp_": "consent",
    "error.code_": "code",
}


class State(NamedTuple):
    """A step, and what is the matter in it: nothing, ``busy``, ``ready`` (the text may be sent again), or an error's word."""

    step: str
    matter: str = ""

    def __str__(self) -> str:
        return f"{self.step} {self.matter}".strip()


@dataclass(frozen=True)
class Look:
    """How a frame is looked at: its form and language, its state, how it is shown, on which side of the screen's two schemes."""

    version: FormVersion
    locale: str
    state: State
    display: str
    scheme: str = "light"

    @property
    def view(self) -> View:
        return self.version.views[self.locale]


def states(view: View) -> list[State]:
    """Every state a form can be in, with every error of ours."""
    found = []
    for step, tree in view.steps.items():
        hooks = {nodes.attributes(element).get("data-yesline", "") for element in nodes.elements(tree)}
        found += [State(step), *(State(step, matter) for matter in _matters(step, hooks, view.strings))]
    return found


def usual(views: Iterable[View]) -> list[State]:
    """A state of each kind, with the longest error of each step and the longest about the box."""
    views = list(views)

    def length(state: State) -> int:
        return sum(len(view.strings.get(state.matter, "")) for view in views)

    longest: dict[tuple[str, str], State] = {}
    for state in states(views[0]):
        kind = (state.step, _kind(state.matter))
        longest[kind] = max(longest.get(kind, state), state, key=length)
    return list(longest.values())


def _kind(matter: str) -> str:
    if not matter.startswith("error."):
        return matter
    return "error of the box" if _field(matter) == "consent" else "error"


def _matters(step: str, hooks: Collection[str], words: Collection[str]) -> list[str]:
    """What may be the matter in a step that has these hooks."""
    if step in _LATER:
        return []
    errors = [word for word in words if word.startswith("error.") and _field(word) in {"", *hooks}]
    if step == "confirm":
        return ["ready", *errors]
    return ["busy", *(word for word in errors if not word.startswith(_OF_CONFIRM))]


def _field(error: str) -> str:
    """The hook of what an error is about; nothing where it is about no field."""
    return next((hook for prefix, hook in _FIELDS.items() if error.startswith(prefix)), "")


def page(look: Look, scripts: Iterable[str] = ()) -> str:
    """The frame as HTML that needs a browser with declarative shadow roots; ``scripts`` are addresses to load."""
    css = _in_scheme(look)
    inside = Markup(nodes.to_html(_Painter(look).tree()))  # noqa: S704  (to_html escapes)
    root = Markup("").join(Markup(' {}="{}"').format(name, value) for name, value in _root(look).items())
    return (
        _environment().get_template("frame.html").render(look=look, css=css, root=root, inside=inside, scripts=scripts)
    )


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(PAGES), autoescape=True, undefined=StrictUndefined)


def _in_scheme(look: Look) -> Markup:
    """The style with one of the two schemes, whatever the browser's own setting is."""
    always, never = ("(min-width:0)", "(max-width:0)")
    if look.scheme == "light":
        always, never = never, always
    css = _base(look) + look.view.css
    css = css.replace("(prefers-color-scheme:dark)", always).replace("(prefers-color-scheme:light)", never)
    css = css.replace("--yl-scheme:light dark", f"--yl-scheme:{look.scheme}")
    return Markup(css.replace("</", "<\\/"))  # noqa: S704  (nothing in it can end the style element)


def _base(look: Look) -> str:
    if look.state.step == "teaser":
        return ":host{display:contents}" + TEASER_BASE
    return f":host{{display:{'block' if look.display == 'inline' else 'contents'}}}{BASE}"


def _root(look: Look) -> dict[str, str]:
    """The attributes of ``.yl``."""
    step, display = look.state.step, "teaser" if look.state.step == "teaser" else look.display
    own = {"class": "yl", "data-display": display, "data-step": step, "lang": look.locale, "dir": look.view.direction}
    if display not in ("inline", "teaser"):
        modal = "false" if display == "slideup" else "true"
        own |= {"role": "dialog", "aria-modal": modal, "aria-labelledby": f"yesline-{step}", "open": ""}
    return own | ({"data-busy": ""} if look.state.matter == "busy" else {})


class _Painter:
    """Puts into a step's tree what the widget puts into its elements."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._slots = _slots(look)
        self._conditions = _conditions(look)
        self._hooks = _hooks(look, self._slots)

    def tree(self) -> list[Node]:
        return [self._node(node) for node in self._look.view.steps[self._look.state.step]]

    def _node(self, node: Node) -> Node:
        if isinstance(node, str):
            return node
        tag, own, children = node[0], nodes.attributes(node), node[2:]
        hook = self._hooks.get(own.get("data-yesline", ""), Hook())
        made: dict[str, str | None] = {**own, **hook.attributes}
        if not nodes.holds(own.get("data-yesline-if", ""), self._conditions):
            made["hidden"] = ""
        if "data-yesline-text" in own:
            children = [self._slots.get(own["data-yesline-text"], "")]
        if hook.children is not None:
            children = list(hook.children)
        return [tag, made, *map(self._node, children)]


def _slots(look: Look) -> dict[str, str]:
    region = look.version.form.countries[0]
    number = _example(region)
    return {
        "sender": look.version.group.sender.address,
        "number": phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL),
        "countdown": "30",
        "error": _message(look),
        "dial": f"+{number.country_code}",
        "example": phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL),
        "coupon": look.version.form.coupon or "SPRING-2K7Q",
    }


def _example(region: str) -> PhoneNumber:
    mobile = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
    return mobile or phonenumbers.example_number(region) or PhoneNumber()


def _message(look: Look) -> str:
    """The error, with what it says about the number."""
    region = look.version.form.countries[0]
    known = {
        "{country}": countries.name(region, look.locale),
        "{example}": phonenumbers.format_number(_example(region), PhoneNumberFormat.NATIONAL),
        "{seconds}": "30",
    }
    words = look.view.strings.get(look.state.matter, "")
    for slot, value in known.items():
        words = words.replace(slot, value)
    return words


def _conditions(look: Look) -> set[str]:
    matter = look.state.matter
    said = {"ready"} if matter == "ready" else {"wait"}
    said |= {"coupon"} | ({"busy"} & {matter})
    return said | set(look.version.form.methods) | ({"error"} if matter.startswith("error.") else set())


def _hooks(look: Look, slots: Mapping[str, str]) -> dict[str, Hook]:
    options = countries.options(look.version.form.countries, look.locale)
    hooks = {
        "heading": Hook({"id": f"yesline-{look.state.step}", "tabindex": "-1"}),
        "status": Hook({"role": "status"}),
        "country": Hook(children=tuple(["option", {"value": region}, label] for region, label in options)),
        "resend": Hook({"aria-disabled": None if look.state.matter == "ready" else "true"}),
    }
    if look.state.matter == "busy":
        hooks["submit"] = Hook({"aria-disabled": "true"})
    if slots["error"]:
        hooks["error"] = Hook({"hidden": None, "id": "yesline-error"}, children=(slots["error"],))
        hooks["status"] = Hook({"role": "status"}, children=(slots["error"],))
        hooks |= _wired(look, hooks)
    return hooks


def _wired(look: Look, hooks: Mapping[str, Hook]) -> dict[str, Hook]:
    """The field an error is about, tied to it."""
    name = _field(look.state.matter)
    tree = look.view.steps[look.state.step]
    field = next((e for e in nodes.elements(tree) if name and nodes.attributes(e).get("data-yesline") == name), None)
    if field is None:
        return {}
    described = f"{nodes.attributes(field).get('aria-describedby', '')} yesline-error".strip()
    own: dict[str, Any] = {"aria-invalid": "true", "aria-describedby": described}
    return {name: Hook({**hooks.get(name, Hook()).attributes, **own}, children=hooks.get(name, Hook()).children)}
