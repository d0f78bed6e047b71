"""Where in a theme's templates something that was rendered is written, so that an error names a line its reader can go to.

A template includes others and fills blocks of its base, so a line of the rendered HTML says little. Where there is something
to complain of, the step is rendered once more, with a mark in front of every line of every template.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from functools import cached_property
from html.parser import HTMLParser
from typing import Any

from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream

from yesline.programme import Node
from yesline.views import nodes

_MARK = re.compile("\ufdd0([^\ufdd0\ufdd1]*):(\\d+)\ufdd1")
"""Unicode keeps these two characters out of every text. Source: https://www.unicode.org/faq/private_use.html#noncharacters"""

Position = tuple[int, int]
"""Line, from 1, and column, from 0, of rendered HTML."""


class Marks(Extension):
    """Puts ``file:line`` in front of every line that stands in a template."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Called by Jinja2 with what a template is made of."""
        file = stream.filename or stream.name or ""
        for token in stream:
            yield Token(token.lineno, token.type, _marked(token, file)) if token.type == "data" else token


def _marked(token: Token, file: str) -> str:
    lines = token.value.split("\n")
    return "\n".join(f"\ufdd0{file}:{at}\ufdd1{line}" for at, line in enumerate(lines, token.lineno))


class Rendered:
    """A step's HTML. ``template`` is the file it began with; ``again`` renders it with ``Marks``."""

    def __init__(self, html: str, template: str, again: Callable[[], str]) -> None:
        self.html = html
        self.template = template
        self._again = again

    def line(self, position: Position) -> str:
        """``file, line 7``: where it is written what stands at a position."""
        line, column = position
        lines = self.html.split("\n")
        offset = sum(len(before) + 1 for before in lines[: line - 1]) + column
        at = bisect_right(self._origins, offset, key=lambda origin: origin[0])
        return self._origins[at - 1][1] if at else f"{self.template}, line {line} of what it gives"

    def place(self, tree: list[Node], element: list[Any]) -> str:
        """``file, line 7``: where an element of the step's tree is written."""
        number = next(at for at, other in enumerate(nodes.elements(tree)) if other is element)
        return self.line(_Starts(self.html).found[number])

    @cached_property
    def _origins(self) -> list[tuple[int, str]]:
        """From which offset on what came from where; nothing where the marks changed what was rendered."""
        marked = self._again()
        if _MARK.sub("", marked) != self.html:
            return []
        origins, marks = [], 0
        for found in _MARK.finditer(marked):
            origins.append((found.start() - marks, f"{found[1]}, line {found[2]}"))
            marks += len(found[0])
        return origins


class _Starts(HTMLParser):
    """Where each element of an HTML begins, in document order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Position] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        self.found.append(self.getpos())
