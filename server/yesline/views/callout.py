"""The call to action: what a person reads before the tick, and what carriers require it to say."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from yesline.errors import ConfigError
from yesline.programme import Brand, Group, Node
from yesline.views import nodes

# Kept in each language's own words under these names; the form's words cannot replace them.
REQUIRED_PHRASES = ("must.marketing", "must.rates", "must.purchase")
REQUIRED_WORDS = ("STOP", "HELP")

Where = Callable[[list[Any]], str]
"""An element of the tree -> the file, line and language that an error names."""


def consent_text(tree: list[Node]) -> str:
    """The label of the box, then the disclosure, as they are read."""
    return _text(tree, _hook(tree, "consent"), _hook(tree, "disclosure"))


def box_text(tree: list[Node], name: str) -> str:
    """The same of the box of another group."""
    return _text(tree, *_box_of(tree, name))


def check_callout(tree: list[Node], group: Group, brand: Brand, strings: Mapping[str, str], where: Where) -> None:
    """Raise ConfigError unless the box is a separate act of consent and the disclosure says all that it must."""
    box, disclosure = _hook(tree, "consent"), _hook(tree, "disclosure")
    _check_box(box, where)
    _check_read(tree, box, disclosure, where)
    missing = [*_missing_words(nodes.text([disclosure]), group, brand, strings), *_missing_links(disclosure, brand)]
    _check_said(missing, disclosure, where)


def check_other_box(
    tree: list[Node], name: str, group: Group, brand: Brand, strings: Mapping[str, str], where: Where
) -> None:
    """The same of the box of another group; the links are those of the form's own disclosure. Raises ConfigError."""
    box, disclosure = _box_of(tree, name)
    if not disclosure:
        raise ConfigError(
            f'{where(box)}: the box has no disclosure of its own. Add <p data-yesline-terms="{name}"> with its words.'
        )
    _check_read(tree, box, disclosure, where)
    _check_said([*_missing_words(nodes.text([disclosure]), group, brand, strings)], disclosure, where)


def _check_read(tree: list[Node], box: list[Any], disclosure: list[Any], where: Where) -> None:
    labels = _label(tree, box)
    if not nodes.text(labels):
        raise ConfigError(f"{where(box)}: the consent box has no label. Add <label for> that names what is agreed to.")
    for what in (disclosure, box, *labels):
        for element in _path_and_inside(tree, what):
            _check_always_read(element, where)


def _check_said(missing: list[str], disclosure: list[Any], where: Where) -> None:
    if missing:
        raise ConfigError(
            f"{where(disclosure)}: the disclosure does not say {'; '.join(missing)}. Carriers refuse it without."
        )


def _text(tree: list[Node], box: list[Any], disclosure: list[Any]) -> str:
    return f"{nodes.text(_label(tree, box))}\n{nodes.text([disclosure])}"


def _hook(tree: list[Node], name: str) -> list[Any]:
    return next(e for e in nodes.elements(tree) if nodes.attributes(e).get("data-yesline") == name)


def _box_of(tree: list[Node], name: str) -> tuple[list[Any], list[Any]]:
    """The box of a field and its disclosure, which is empty where there is none."""
    by_name = {
        kind: [e for e in nodes.elements(tree) if nodes.attributes(e).get(f"data-yesline-{kind}") == name]
        for kind in ("field", "terms")
    }
    return by_name["field"][0], next(iter(by_name["terms"]), [])


def _label(tree: list[Node], box: list[Any]) -> list[Node]:
    own = nodes.attributes(box).get("id")
    labels = (element for element in nodes.elements(tree) if element[0] == "label")
    return [label for label in labels if _labels(label, box, own)]


def _labels(label: list[Any], box: list[Any], own: str | None) -> bool:
    named = own is not None and nodes.attributes(label).get("for") == own
    return named or any(element is box for element in nodes.elements([label]))


def _check_box(box: list[Any], where: Where) -> None:
    if box[0] != "input" or nodes.attributes(box).get("type") != "checkbox":
        raise ConfigError(
            f'{where(box)}: data-yesline="consent" must be <input type="checkbox">, a control of its own.'
        )


def _path_and_inside(tree: list[Node], wanted: Node) -> Iterator[list[Any]]:
    for element in nodes.elements(tree):
        if any(inner is wanted for inner in nodes.elements([element])):
            yield element
    yield from nodes.elements(wanted[2:])


def _check_always_read(element: list[Any], where: Where) -> None:
    for name in ("hidden", "aria-hidden", "data-yesline-if", "data-yesline-text"):
        if name in nodes.attributes(element):
            raise ConfigError(
                f"{where(element)}: the box and the disclosure must always be seen. Remove {name} from <{element[0]}>."
            )


def _missing_words(text: str, group: Group, brand: Brand, strings: Mapping[str, str]) -> Iterator[str]:
    wanted = {
        f"the brand ({brand.name})": brand.name,
        f"what is sent ({group.sends})": group.sends,
        f"how often ({group.frequency})": group.frequency.rstrip("."),
        **{f"“{strings[name]}”": strings[name] for name in REQUIRED_PHRASES},
        **{word: word for word in REQUIRED_WORDS},
    }
    return (what for what, words in wanted.items() if nodes.text([words]) not in text)


def _missing_links(disclosure: list[Any], brand: Brand) -> Iterator[str]:
    links = {nodes.attributes(element).get("href") for element in nodes.elements([disclosure])}
    wanted = {"where the terms are": brand.terms, "where the privacy policy is": brand.privacy}
    return (f"{what} (a link to {url})" for what, url in wanted.items() if url not in links)
