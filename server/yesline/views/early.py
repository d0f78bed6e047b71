"""What a form needs until it is sent: its first steps and the rules of its style sheet that can match there.

The rest comes while somebody reads the form. That is a tenth of all that a page would otherwise wait for.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import tinycss2
from msgspec.structs import replace

from yesline.programme import Node, View
from yesline.views import nodes

_FIRST_LATER = "confirm"
_LATER = (_FIRST_LATER, "done", "teaser")
_GROUPS = ("media", "supports", "layer", "container")


def early(view: View, *, teaser: bool = False) -> View:
    """The view with the steps before ``confirm`` and the style they need, in place of all of them.

    ``confirm`` is there but empty, so that the step before it knows that the form is to be sent. A ``teaser`` may be all that shows.
    """
    first = {step: tree for step, tree in view.steps.items() if step not in _LATER}
    steps = first | {_FIRST_LATER: []} | ({"teaser": view.steps["teaser"]} if teaser else {})
    return replace(view, steps=steps, css=_early_css(view.css, frozenset(_classes(steps))))


def _classes(steps: Mapping[str, list[Node]]) -> Iterator[str]:
    yield from ("yl", *(step for step, tree in steps.items() if tree))
    for tree in steps.values():
        for element in nodes.elements(tree):
            yield from nodes.attributes(element).get("class", "").split()


@lru_cache(maxsize=256)
def _early_css(css: str, known: frozenset[str]) -> str:
    return "".join(_kept(tinycss2.parse_stylesheet(css, skip_comments=True), known))


def _kept(rules: list[Any], known: frozenset[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            if any(_can_match(selector, known) for selector in _selectors(rule.prelude)):
                yield tinycss2.serialize([rule])
        elif rule.type == "at-rule" and rule.lower_at_keyword in _GROUPS and rule.content is not None:
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if kept := "".join(_kept(inner, known)):
                yield f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{kept}}}"
        elif rule.type not in ("whitespace", "error"):
            yield tinycss2.serialize([rule])


def _selectors(prelude: list[Any]) -> Iterator[list[Any]]:
    """The selectors of a list, split at its commas."""
    selector: list[Any] = []
    for part in prelude:
        if part == ",":
            yield selector
            selector = []
        else:
            selector.append(part)
    yield selector


def _can_match(selector: list[Any], known: frozenset[str]) -> bool:
    """Whether it names no class and no step that only comes later; what stands in ``:is()`` or ``:not()`` is let through."""
    for before, token in zip([None, *selector], selector, strict=False):
        if before == "." and token.type == "ident" and token.value not in known:
            return False
        if token.type == "[] block" and _other_step(token.content, known):
            return False
    return True


def _other_step(content: list[Any], known: frozenset[str]) -> bool:
    name, *rest = [token for token in content if token.type not in ("whitespace", "literal")]
    return bool(rest) and name.value == "data-step" and rest[0].value not in known
