"""The call to action: what a person reads before the tick, and what carriers require it to say."""

from collections.abc import Iterator, Mapping
from typing import Any

from yesline.errors import ConfigError
from yesline.programme import Brand, Group, Node
from yesline.views import nodes

# Kept in each language's own words under these names; the form's words cannot replace them.
REQUIRED_PHRASES = ("must.marketing", "must.rates", "must.purchase")
REQUIRED_WORDS = ("STOP", "HELP")


def consent_text(tree: list[Node]) -> str:
    """The label of the box, then the disclosure, as they are read."""
    return f"{nodes.text(_label(tree))}\n{nodes.text([_hook(tree, 'disclosure')])}"


def check_callout(tree: list[Node], group: Group, brand: Brand, strings: Mapping[str, str], where: str) -> None:
    """Raise ConfigError unless the box is a separate act of consent and the disclosure says all that it must."""
    _check_box(_hook(tree, "consent"), where)
    if not nodes.text(_label(tree)):
        raise ConfigError(f"{where}: the consent box has no label. Add <label for> that names what is agreed to.")
    disclosure = _hook(tree, "disclosure")
    for what in (disclosure, _hook(tree, "consent"), *_label(tree)):
        for element in _path_and_inside(tree, what):
            _check_always_read(element, where)
    missing = [*_missing_words(nodes.text([disclosure]), group, brand, strings), *_missing_links(disclosure, brand)]
    if missing:
        raise ConfigError(f"{where}: the disclosure does not say {'; '.join(missing)}. Carriers refuse it without.")


def _hook(tree: list[Node], name: str) -> list[Any]:
    return next(e for e in nodes.elements(tree) if nodes.attributes(e).get("data-yesline") == name)


def _label(tree: list[Node]) -> list[Node]:
    box = _hook(tree, "consent")
    own = nodes.attributes(box).get("id")
    labels = (element for element in nodes.elements(tree) if element[0] == "label")
    return [label for label in labels if _labels(label, box, own)]


def _labels(label: list[Any], box: list[Any], own: str | None) -> bool:
    named = own is not None and nodes.attributes(label).get("for") == own
    return named or any(element is box for element in nodes.elements([label]))


def _check_box(box: list[Any], where: str) -> None:
    if box[0] != "input" or nodes.attributes(box).get("type") != "checkbox":
        raise ConfigError(f'{where}: data-yesline="consent" must be <input type="checkbox">, a control of its own.')


def _path_and_inside(tree: list[Node], wanted: Node) -> Iterator[list[Any]]:
    for element in nodes.elements(tree):
        if any(inner is wanted for inner in nodes.elements([element])):
            yield element
    yield from nodes.elements(wanted[2:])


def _check_always_read(element: list[Any], where: str) -> None:
    for name in ("hidden", "aria-hidden", "data-yesline-if", "data-yesline-text"):
        if name in nodes.attributes(element):
            raise ConfigError(
                f"{where}: the box and the disclosure must always be seen. Remove {name} from <{element[0]}>."
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
