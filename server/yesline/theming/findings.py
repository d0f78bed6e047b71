"""What was measured in looks at a theme -> each fault once, with the file to change and where it shows."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import tinycss2
from msgspec import Struct

from yesline.views.theme_folders import Theme, line_of

_TOKEN = re.compile(r"var\(--yl-([\w-]+)")


class Finding(Struct, frozen=True):
    """One fault. ``file`` is where it is written, as near as can be said; ``where`` are the looks that show it, by factor."""

    theme: str
    rule: str
    elements: list[str]
    said: str
    file: str
    where: dict[str, list[str]]
    looks: int

    def __str__(self) -> str:
        shown = "; ".join(", ".join(values) for values in self.where.values())
        more = ", …" if len(self.elements) > 3 else ""
        return f"{self.file}: {self.said}\n    {', '.join(self.elements[:3])}{more} in {self.looks} look(s){shown and f': {shown}'}"


Case = Mapping[str, str]


@dataclass
class _Fault:
    """The same rule broken by what is written in the same place."""

    said: str
    elements: dict[str, None] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)


def gather(theme: Theme, seen: Iterable[tuple[Case, list[dict[str, Any]]]]) -> list[Finding]:
    """``seen`` are the looks, by factor, and what was measured in each. A factor of which every value shows a fault is left out."""
    cases: list[Case] = []
    met: dict[tuple[str, str], _Fault] = {}
    for case, measured in seen:
        cases.append(case)
        for one in measured:
            fault = met.setdefault((one["rule"], _file(theme, one)), _Fault(one["said"]))
            fault.elements[one["element"]] = None
            fault.cases += [case] if case not in fault.cases else []
    values = {factor: _values(cases, factor) for factor in (cases[0] if cases else {})}
    return [_finding(theme, rule, file, fault, values) for (rule, file), fault in met.items()]


def _finding(theme: Theme, rule: str, file: str, fault: _Fault, values: Mapping[str, list[str]]) -> Finding:
    where = dict(_where(values, fault.cases))
    return Finding(theme.path.name, rule, list(fault.elements), fault.said, file, where, len(fault.cases))


def _values(cases: Iterable[Case], factor: str) -> list[str]:
    return list(dict.fromkeys(case[factor] for case in cases))


def _where(values: Mapping[str, list[str]], where: list[Case]) -> Iterator[tuple[str, list[str]]]:
    for factor, every in values.items():
        here = _values(where, factor)
        if len(here) < len(every):
            yield factor, here


def _file(theme: Theme, fault: Mapping[str, Any]) -> str:
    """The place to change: the nearest of the theme's own, else the nearest of its bases, else its template."""
    places = [place for cause in fault["causes"] for place in _places(theme, cause)]
    own = (place for place in places if Path(place.partition(", line ")[0]).parent == theme.path)
    return next(own, "") or next(iter(places), "") or _template(theme, fault["element"]) or str(theme.path)


def _places(theme: Theme, cause: Mapping[str, str]) -> Iterator[str]:
    """The token that a rule uses, then the rule."""
    rule = _rule(theme, cause)
    token = _TOKEN.search(cause["value"])
    written = _token(theme, token[1]) if token else ""
    if rule and written:
        yield f"{written} (used by {rule})"
    elif rule:
        yield rule


def _rule(theme: Theme, cause: Mapping[str, str]) -> str:
    """The line of the rule that the browser named; the last where there are several."""
    wanted = _plain(cause["selector"])
    lines = [
        f"{path}, line {line}"
        for path in theme.stylesheets()
        for line, selector, body in _rules(path)
        if _plain(selector) == wanted and cause["property"].partition("-")[0] in body
    ]
    return lines[-1] if lines else ""


def _token(theme: Theme, name: str) -> str:
    folder = next((folder for folder in reversed(theme.worn()) if name in folder.tokens), None)
    return line_of(folder.toml, name) if folder else ""


def _rules(path: Path) -> tuple[tuple[int, str, str], ...]:
    """Line, selector and declarations of every rule of a stylesheet."""
    return _read(path.read_text(encoding="utf-8"))


@lru_cache(maxsize=16)
def _read(css: str) -> tuple[tuple[int, str, str], ...]:
    return tuple(_flat(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))


def _flat(rules: list[Any]) -> Iterator[tuple[int, str, str]]:
    for rule in rules:
        if rule.type == "qualified-rule":
            yield rule.source_line, tinycss2.serialize(rule.prelude), tinycss2.serialize(rule.content)
        elif rule.type == "at-rule" and rule.content is not None:
            yield from _flat(tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True))


def _plain(selector: str) -> str:
    """A selector as files and browsers both write it: without quotes, and blanks only where they mean something."""
    return re.sub(r"\s*([,>+~()])\s*", r"\1", re.sub(r"\s+", " ", re.sub(r"[\"']", "", selector))).strip()


def _template(theme: Theme, element: str) -> str:
    """The line of the nearest template that has an element with this hook, or with these classes."""
    tag, *classes = element.split(".")
    wanted = element.strip("[]") if element.startswith("[") else f'class="{" ".join(classes)}"'
    for folder in theme.paths:
        for file in sorted(folder.glob("*.html")):
            for at, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                if wanted in line and (element.startswith("[") or f"<{tag}" in line):
                    return f"{file}, line {at}"
    return ""
