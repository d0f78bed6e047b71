"""HTML of a theme <-> the allow-listed tree of nodes that the page's script builds with ``createElement``.

A node is a text, or ``[tag, attributes or 0, *children]``. One tree serves the widget, the hosted page and the preview.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Any

from yesline.errors import ConfigError
from yesline.programme import Node


def _words(line: str) -> frozenset[str]:
    return frozenset(line.split())


VOID = _words("br img input")
SVG_TAGS = _words("svg path circle rect g")
BLOCKS = _words("div p h1 h2 h3 ul ol li form fieldset legend header footer section option br")
TAGS = SVG_TAGS | VOID | BLOCKS | _words("span strong em b i small a label button select")
COMMON = _words("class id part role hidden")
ATTRIBUTES = COMMON | _words(
    "for name type value placeholder autocomplete inputmode pattern maxlength required href target rel src alt"
    " width height tabindex lang dir title disabled"
)
SVG_ATTRIBUTES = COMMON | _words(
    "viewBox width height fill stroke stroke-width stroke-linecap stroke-linejoin d cx cy r x y rx xmlns"
)
OPEN_ENDED = re.compile(r"aria-[a-z]+|data-yesline(-[a-z]+)*")
SCHEMES = {"href": _words("https http mailto tel sms"), "src": _words("https http")}

# The browser's parser would move or close these, and the hosted page would no longer show the tree the widget builds.
_PHRASES_ONLY = BLOCKS - {"br"}
_CONTROLS = _words("a button input select label")
NEVER_INSIDE = {
    **dict.fromkeys(("p", "h1", "h2", "h3"), _PHRASES_ONLY),
    **dict.fromkeys(("a", "button"), _CONTROLS | _PHRASES_ONLY),
    "label": _PHRASES_ONLY | {"label"},
    "select": TAGS - {"option"},
    "form": frozenset({"form"}),
}
_NO_TEXT = SVG_TAGS | {"select", "ul", "ol"}
_SPACE = re.compile(r"[ \t\n\r\f]+")
_NOT_IN_URL = re.compile(r"[\x00-\x20\x7f\\]")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)

Where = Callable[[tuple[int, int]], str]
"""A line, from 1, and a column, from 0, of rendered HTML -> the file and line that an error names."""


@dataclass(frozen=True)
class Hook:
    """What the server sets on the elements that carry one ``data-yesline`` name.

    ``attributes`` are added, or taken away when None. ``before`` stands in front of the element's own children,
    ``children`` replaces them, and ``gone`` leaves the element out.
    """

    attributes: Mapping[str, str | None] = field(default_factory=dict)
    before: tuple[Node, ...] = ()
    children: tuple[Node, ...] | None = None
    gone: bool = False


def parse(html: str, where: str | Where, locate: Callable[[str], str] = str) -> list[Node]:
    """Read a rendered template. ``where`` is the file that errors name, or tells the place of a line and column of the HTML.

    ``locate`` gives a picture's address, or raises ConfigError without saying where it is named.
    Raises ConfigError for an element, attribute or address that themes may not use, and for tags that do not match.
    """
    reader = _Reader(_in_file(where) if isinstance(where, str) else where, locate)
    reader.feed(html)
    reader.close()
    return reader.finish()


def _in_file(name: str) -> Where:
    return lambda position: f"{name}, line {position[0]}"


def to_html(
    nodes: Iterable[Node],
    slots: Mapping[str, str] | None = None,
    conditions: Collection[str] | None = None,
    hooks: Mapping[str, Hook] | None = None,
) -> str:
    """The tree as escaped HTML, for pages that work without JavaScript.

    ``slots`` fill ``data-yesline-text``. With ``conditions`` (those that hold) elements whose ``data-yesline-if`` does
    not hold are left out. ``hooks`` come from us, not from the theme, and are not checked against the allow-list.
    """
    return "".join(_Writer(slots or {}, conditions, hooks or {}).html(node) for node in nodes)


def holds(wanted: str, conditions: Collection[str]) -> bool:
    """Whether ``data-yesline-if="wanted"`` shows its element while these conditions hold."""
    return all((name.lstrip("!") in conditions) != name.startswith("!") for name in wanted.split())


def elements(nodes: Iterable[Node]) -> Iterator[list[Any]]:
    """Every element of the trees, in document order."""
    for node in nodes:
        if not isinstance(node, str):
            yield node
            yield from elements(node[2:])


def attributes(element: list[Any]) -> dict[str, str]:
    return element[1] or {}


def part(own: Mapping[str, str]) -> str:
    """What an element with these attributes is for: its hook, or the field that it is."""
    return own.get("data-yesline") or own.get("data-yesline-field", "")


def text(nodes: Iterable[Node]) -> str:
    """What a reader reads, with single spaces."""
    parts = (node if isinstance(node, str) else _spaced(node) for node in nodes)
    return _SPACE.sub(" ", "".join(parts)).strip()


def _spaced(element: list[Any]) -> str:
    inner = "".join(node if isinstance(node, str) else _spaced(node) for node in element[2:])
    return f" {inner} " if element[0] in BLOCKS else inner


class _Reader(HTMLParser):
    def __init__(self, where: Where, locate: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=True)
        self.where = where
        self.locate = locate
        self.root: list[Any] = ["", 0]
        self.open: list[tuple[list[Any], tuple[int, int]]] = [(self.root, (1, 0))]

    def finish(self) -> list[Node]:
        element, position = self.open[-1]
        if element is not self.root:
            raise self.refusal(f"<{element[0]}> is not closed. Add </{element[0]}>.", position)
        _tidy(self.root)
        return self.root[2:]

    def refusal(self, what: str, position: tuple[int, int] | None = None) -> ConfigError:
        return ConfigError(f"{self.where(position or self.getpos())}: {what}")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = self.place(tag, attrs)
        if tag not in VOID:
            self.open.append((element, self.getpos()))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.place(tag, attrs)
        if tag not in VOID | SVG_TAGS:
            raise self.refusal(f"<{tag}/> does not close itself. Write <{tag}></{tag}>.")

    def handle_endtag(self, tag: str) -> None:
        element, position = self.open[-1]
        if tag != element[0]:
            expected = f" Expected </{element[0]}> for that of {self.where(position)}." if element[0] else ""
            raise self.refusal(f"</{tag}> closes nothing here.{expected}")
        self.open.pop()
        _tidy(element)

    def handle_data(self, data: str) -> None:
        self.open[-1][0].append(data)

    def handle_decl(self, decl: str) -> None:
        raise self.refusal(f"<!{decl[:20]}> does not belong here: a template holds the inside of a card.")

    def unknown_decl(self, data: str) -> None:
        self.handle_decl(data)

    def handle_pi(self, data: str) -> None:
        raise self.refusal(f"<?{data[:20]}> does not belong in HTML.")

    def place(self, tag: str, attrs: list[tuple[str, str | None]]) -> list[Any]:
        self.check_place(tag)
        checked = [self.attribute(tag, name, value or "") for name, value in attrs]
        if len(dict(checked)) < len(checked):
            raise self.refusal(f"<{tag}> has an attribute twice.")
        element: list[Any] = [tag, dict(checked) or 0]
        self.open[-1][0].append(element)
        return element

    def check_place(self, tag: str) -> None:
        if tag not in TAGS:
            raise self.refusal(f"<{tag}> is not an element themes may use. Use one of: {' '.join(sorted(TAGS))}.")
        above = [element[0] for element, _ in self.open]
        if "svg" in above and tag not in SVG_TAGS - {"svg"}:
            raise self.refusal(f"<{tag}> cannot stand inside <svg>.")
        if tag in SVG_TAGS - {"svg"} and "svg" not in above:
            raise self.refusal(f"<{tag}> stands only inside <svg>.")
        for outer in above:
            if tag in NEVER_INSIDE.get(outer, ()):
                raise self.refusal(f"<{tag}> cannot stand inside <{outer}>: browsers would rebuild it.")

    def attribute(self, tag: str, name: str, value: str) -> tuple[str, str]:
        if tag in SVG_TAGS and name == "viewbox":
            name = "viewBox"
        if name not in (SVG_ATTRIBUTES if tag in SVG_TAGS else ATTRIBUTES) and not OPEN_ENDED.fullmatch(name):
            raise self.refusal(f'{name}="…" is not an attribute themes may use on <{tag}>.{_advice(name)}')
        if name in SCHEMES and not allowed_url(value, SCHEMES[name]):
            schemes = ", ".join(f"{scheme}:" for scheme in sorted(SCHEMES[name]))
            raise self.refusal(
                f'{name}="{value[:60]}" is not an address themes may use. Begin it with one of {schemes}.'
            )
        return name, self.located(value) if name == "src" else value

    def located(self, address: str) -> str:
        try:
            return self.locate(address)
        except ConfigError as error:
            raise self.refusal(str(error)) from error


def allowed_url(url: str, schemes: Collection[str]) -> bool:
    """True for an address of one of the schemes, or a relative one. Blanks are refused: browsers drop some of them."""
    if _NOT_IN_URL.search(url) or url.startswith("//"):
        return False
    scheme = _SCHEME.match(url)
    return scheme is None or scheme[1].lower() in schemes


def _advice(name: str) -> str:
    if name == "style":
        return " Put it into theme.css."
    if name == "checked":
        return " A box that is ticked before the person ticks it is no consent."
    return " Scripts never stand in themes." if name.startswith("on") else ""


def _tidy(element: list[Any]) -> None:
    """Bring the texts among the children to their shortest form that reads the same."""
    children = _merged(element[2:])
    kept = []
    for at, child in enumerate(children):
        if isinstance(child, str):
            child = _trimmed(element[0], child, children[at - 1] if at else None, _next(children, at))  # noqa: PLW2901
        if child:
            kept.append(child)
    element[2:] = kept


def _merged(children: list[Any]) -> list[Any]:
    merged: list[Any] = []
    for child in children:
        if isinstance(child, str) and merged and isinstance(merged[-1], str):
            merged[-1] += child
        else:
            merged.append(child)
    return merged


def _next(children: list[Any], at: int) -> Any:
    return children[at + 1] if at + 1 < len(children) else None


def _trimmed(parent: str, words: str, before: Any, after: Any) -> str:
    words = _SPACE.sub(" ", words)
    if parent in _NO_TEXT and words == " ":
        return ""
    if _breaks(parent, before):
        words = words.removeprefix(" ")
    return words.removesuffix(" ") if _breaks(parent, after) else words


def _breaks(parent: str, neighbour: Any) -> bool:
    if neighbour is None:
        return parent in BLOCKS or parent in {"", "button", "label"}
    return neighbour[0] in BLOCKS


class _Writer:
    def __init__(self, slots: Mapping[str, str], conditions: Collection[str] | None, hooks: Mapping[str, Hook]) -> None:
        self.slots = slots
        self.conditions = conditions
        self.hooks = hooks

    def html(self, node: Node) -> str:
        if isinstance(node, str):
            return escape(node, quote=False)
        tag, own, children = node[0], attributes(node), node[2:]
        hook = self.hooks.get(part(own), _NO_HOOK)
        if hook.gone or not self.holds(own.get("data-yesline-if", "")):
            return ""
        start = f"<{tag}{_attributes_html({**own, **hook.attributes})}>"
        if tag in VOID:
            return start
        return f"{start}{self.inside(own, children, hook)}</{tag}>"

    def inside(self, own: Mapping[str, str], children: list[Any], hook: Hook) -> str:
        slot = own.get("data-yesline-text", "")
        if slot in self.slots:
            children = [self.slots[slot]]
        if hook.children is not None:
            children = list(hook.children)
        return "".join(self.html(child) for child in [*hook.before, *children])

    def holds(self, wanted: str) -> bool:
        return self.conditions is None or holds(wanted, self.conditions)


_NO_HOOK = Hook()


def _attributes_html(values: Mapping[str, str | None]) -> str:
    return "".join(
        f' {name}="{escape(value)}"' if value else f" {name}" for name, value in values.items() if value is not None
    )
