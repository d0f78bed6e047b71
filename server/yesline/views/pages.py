"""The pages a server shows by itself: the hosted form, the page behind the link in a text, and pages for errors.

They work without JavaScript, load nothing from elsewhere, and hold their style in one ``<style nonce>``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from yesline.assets import themes_dir
from yesline.programme import Brand, Form, FormVersion, Group, Node, Sender, View
from yesline.views import nodes, qr, styles, themes
from yesline.views.nodes import Hook

_FOLDER = Path(__file__).parent / "pages"
_FORMS = ("form", "code-form")


@dataclass(frozen=True)
class Showing:
    """One step of a form as a page without JavaScript shows it.

    ``first`` is that of the form's steps which one begins with; ``values`` are those of its fields, by name;
    ``locked`` is the one of them that may no longer be changed; ``hidden`` are the fields the form sends back unseen; ``countries`` are (region, label), in the order to list;
    ``error`` is (hook of the field, message); ``conditions`` are those that hold, as for ``data-yesline-if``;
    ``texting`` is the other way in, where there is one; ``again`` is where a reader without JavaScript looks whether the phone has answered, ``waiting`` the submission that
    a page with JavaScript watches.
    """

    step: str
    action: str
    first: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    locked: str = ""
    hidden: Mapping[str, str] = field(default_factory=dict)
    slots: Mapping[str, str] = field(default_factory=dict)
    conditions: frozenset[str] = frozenset()
    countries: Sequence[tuple[str, str]] = ()
    country: str = ""
    phone: str = ""
    ticked: bool = False
    error: tuple[str, str] | None = None
    status: str = ""
    texting: "Texting | None" = None
    again: str = ""
    waiting: str = ""


@dataclass(frozen=True)
class Texting:
    """How one joins by text: ``keyword`` to ``sender``, a number as people read it; ``link`` opens the text on a phone."""

    keyword: str
    sender: str
    link: str


@dataclass(frozen=True)
class Link:
    """What the page behind the link in a text knows. ``digits`` are the last two of the number, no more; ``back`` is where one goes on."""

    state: Literal["ask", "confirmed", "already", "declined", "not_valid", "stop", "stopped"]
    digits: str = ""
    action: str = ""
    token: str = ""
    back: str = ""


def hosted(version: FormVersion, locale: str, showing: Showing, nonce: str) -> str:
    """The form on a page of its own: ``/f/{form}`` and what its posts answer."""
    view = version.views[locale]
    tree = view.steps[showing.step]
    heading = nodes.text(e for e in nodes.elements(tree) if nodes.attributes(e).get("data-yesline") == "heading")
    inside = nodes.to_html(tree, showing.slots, _conditions(showing), _hooks(showing, tree))
    page = _Page(view, version.brand, version.group, nonce)
    texting = page.texting(showing.texting) if showing.texting else None
    shown = Markup(inside)  # noqa: S704  (to_html escapes)
    return page.render(
        "hosted.html", form=version.form, showing=showing, heading=heading, inside=shown, texting=texting
    )


@lru_cache(maxsize=1)
def hosted_script() -> str:
    """The script of a hosted page that waits."""
    return (_FOLDER / "hosted.js").read_text(encoding="utf-8")


def confirm_link(link: Link, brand: Brand, group: Group | None, view: View | None, nonce: str) -> str:
    """The page of ``/c/{slug}`` or ``/stop/{slug}``. Only its button, a POST, may change anything.

    Without ``group`` or ``view``, as for a link that is not valid, it has the default look.
    """
    page = _Page(view or plain_view(brand, "en"), brand, group, nonce)
    step = {"ask": "confirm", "confirmed": "done", "already": "done"}.get(link.state, "capture")
    template = {"ask": "ask.html", "stop": "stop.html"}.get(link.state, "message.html")
    return page.message(template, f"page.{link.state}", step, link=link)


def problem(status: int, brand: Brand, locale: str, nonce: str) -> str:
    """What a person sees instead of a form or page that cannot be shown."""
    known = status if status in {403, 404, 429} else min(status // 100, 5) * 100
    return _Page(plain_view(brand, locale), brand, None, nonce).message("message.html", f"page.{known}", "capture")


@lru_cache(maxsize=64)
def plain_view(brand: Brand, locale: str) -> View:
    """The default theme, for pages that belong to no form."""
    group = Group(id="page", name=brand.name, sends=brand.name, frequency="-", sender=Sender(address="000"))
    form = Form(id="page", group="page", countries=("US",), locales=(locale,))
    return themes.compile_view(themes_dir() / form.theme, form, group, brand, locale, themes.load_strings(locale))


class _Page:
    def __init__(self, view: View, brand: Brand, group: Group | None, nonce: str) -> None:
        self.view = view
        self.brand = brand
        self.group = group
        self.nonce = nonce
        self.words = themes.fill(themes.load_strings(view.locale), group, brand)

    def render(self, template: str, **context: Any) -> str:
        shared = {"look": self.view, "brand": self.brand, "nonce": self.nonce, "words": self.words}
        css = _style(self.view.fonts + self.view.css)
        return _environment().get_template(template).render(css=css, **shared, **context)

    def texting(self, texting: Texting) -> dict[str, Any]:
        """The words that offer to text instead, with the link and the picture of it."""
        slots = {
            "keyword": Markup('<strong dir="auto">{}</strong>').format(texting.keyword),
            "sender": Markup('<strong dir="ltr">{}</strong>').format(texting.sender),
        }
        return {
            "line": _filled(self.words["page.join"], slots),
            "terms": self.words["page.join_terms"],
            "scan": self.words["page.join_scan"].replace("{sender}", texting.sender),
            "link": texting.link,
            "picture": qr.data_uri(texting.link),
        }

    def _back(self) -> Markup:
        """How to return after a stop; nothing where no sender of the group can be answered."""
        address = next((sender.address for sender in self.group.senders if sender.two_way), "") if self.group else ""
        slot = Markup('<strong dir="ltr">{}</strong>').format(address)
        return Markup(" ") + _filled(self.words["page.stopped_back"], {"sender": slot}) if address else Markup()

    def message(self, template: str, name: str, step: str, **context: Any) -> str:
        digits = Markup('<strong dir="ltr">{}</strong>').format(context["link"].digits) if "link" in context else ""
        lead = _filled(self.words[f"{name}_lead"], {"digits": digits})
        if name == "page.stopped":
            lead += self._back()
        picture = _picture(self.view.steps[step])
        return self.render(
            template, title=self.words[f"{name}_title"], lead=lead, picture=picture, step=step, **context
        )


def _filled(word: str, slots: Mapping[str, str]) -> Markup:
    """A word with elements in its places."""
    words = escape(word)
    for name, element in slots.items():
        words = words.replace(f"{{{name}}}", element)
    return words


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined)


@lru_cache(maxsize=64)
def _style(css: str) -> Markup:
    own = styles.minify((_FOLDER / "page.css").read_text(encoding="utf-8"))
    return Markup((css + own).replace("</", "<\\/"))  # noqa: S704 - nothing in it can end the style element


def _picture(tree: list[Node]) -> Markup:
    """The theme's decoration of a step: its first hidden element that holds a drawing."""
    for element in nodes.elements(tree):
        drawn = any(inner[0] == "svg" for inner in nodes.elements(element[2:]))
        if drawn and nodes.attributes(element).get("aria-hidden") == "true":
            return Markup(nodes.to_html([element]))  # noqa: S704 - to_html escapes
    return Markup()


def _conditions(showing: Showing) -> frozenset[str]:
    return showing.conditions | ({"error"} if showing.error else set())


def _hooks(showing: Showing, tree: list[Node]) -> dict[str, Hook]:
    hidden = tuple(
        ["input", {"type": "hidden", "name": name, "value": value}] for name, value in showing.hidden.items()
    )
    hooks = {
        "close": Hook(gone=True),
        "phone": Hook({"value": showing.phone or None}),
        "country": Hook(children=_options(showing)),
        "consent": Hook({"checked": "" if showing.ticked else None}),
        "error": Hook(gone=True),
        "back": Hook({"type": "submit", "formnovalidate": ""}),
        **_field_hooks(showing, tree),
        **{name: Hook({"method": "post", "action": showing.action}, before=hidden) for name in _FORMS},
    }
    if showing.status:
        hooks["status"] = Hook(children=(showing.status,))
    return hooks | _error_hooks(showing, tree, hooks)


def _field_hooks(showing: Showing, tree: list[Node]) -> dict[str, Hook]:
    """What was typed or chosen before, in the fields of the form's own."""
    hooks = {}
    for element in nodes.elements(tree):
        own = nodes.attributes(element)
        value = showing.values.get(own.get("data-yesline-field", ""))
        if value is None:
            continue
        if element[0] == "select":
            hook = Hook(children=tuple(_chosen(option, value) for option in element[2:]))
        else:
            hook = Hook({"checked": ""} if own.get("type") == "checkbox" else {"value": value or None})
        if own["data-yesline-field"] == showing.locked:
            hook = replace(hook, attributes={**hook.attributes, "readonly": ""})
        hooks[nodes.part(own)] = hook
    return hooks


def _chosen(option: Any, value: str) -> Node:
    own = nodes.attributes(option)
    chosen = own.get("value", nodes.text(option[2:])) == value
    return [option[0], {**own, "selected": ""} if chosen else own, *option[2:]]


def _options(showing: Showing) -> tuple[Node, ...]:
    return tuple(_option(region, label, region == showing.country) for region, label in showing.countries)


def _option(region: str, label: str, chosen: bool) -> Node:
    return ["option", {"value": region, **({"selected": ""} if chosen else {})}, label]


def _error_hooks(showing: Showing, tree: list[Node], hooks: Mapping[str, Hook]) -> dict[str, Hook]:
    """The message, and the field it is about tied to it."""
    if showing.error is None:
        return {}
    name, message = showing.error
    error = {"error": Hook({"hidden": None, "role": "alert", "id": "yl-error"}, children=(message,))}
    field_ = next((e for e in nodes.elements(tree) if nodes.part(nodes.attributes(e)) == name), None)
    if field_ is None:
        return error
    described = f"{nodes.attributes(field_).get('aria-describedby', '')} yl-error".strip()
    wired = {"aria-invalid": "true", "aria-describedby": described}
    own = hooks.get(name, Hook())
    return {**error, name: replace(own, attributes={**own.attributes, **wired})}
