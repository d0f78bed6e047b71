"""Phrases looked for in a text, many at once.

A trie by word, and one by character for scripts that do not part words, so that the time grows with the text and not with the number
of phrases.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from yesline.rules.folding import CLAUSE, clauses, normalise

WIDE = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
"""Characters of the scripts that do not part words: kana and Han."""

MASKED = "\N{MIDDLE DOT}"
"""Stands for words that were found to mean nothing."""

_ANY = "*"
_END = ""
_GAP = {False: 3, True: 6}  # words, characters
Node = dict[str, Any]  # a word or character -> Node; _ANY -> Node; _END -> Listed


class Listed(NamedTuple):
    """A word or phrase as it is listed, and the language that lists it. ``counts`` is False for one that only looks like it."""

    word: str
    language: str
    counts: bool = True


class Reading:
    """A text as it is looked through: its words without punctuation, and the number of the clause that each is in."""

    __slots__ = ("clauses", "letters", "places", "plain", "wide", "words")

    def __init__(self, text: str) -> None:
        self.words: list[str] = []
        self.clauses: list[int] = []
        for number, clause in enumerate(clauses(text).split(CLAUSE)):
            found = clause.split()
            self.words += found
            self.clauses += [number] * len(found)
        self.plain = " ".join(self.words)
        self.wide = not self.plain.isascii() and bool(WIDE.search(self.plain))
        self.letters = "".join(self.words) if self.wide else ""
        self.places = [n for word, n in zip(self.words, self.clauses, strict=True) for _ in word] if self.wide else []


class Phrases:
    """Phrases that are looked for together. Of those that begin at one place the longest is taken, and a place is taken once."""

    def __init__(self, phrases: Iterable[Listed]) -> None:
        self._by_word: Node = {}
        self._by_letter: Node = {}
        for phrase in phrases:
            self._add(phrase)

    def _add(self, phrase: Listed) -> None:
        parts = [normalise(part).split() for part in phrase.word.split(_ANY)]
        wide = bool(WIDE.search(phrase.word))
        steps: list[str] = []
        for part in filter(None, parts):
            steps += ([_ANY] if steps else []) + (list("".join(part)) if wide else part)
        node = self._by_letter if wide else self._by_word
        for step in steps:
            node = node.setdefault(step, {})
        before = node.get(_END)
        if steps and not (before and before.counts):
            node[_END] = phrase

    def find(self, reading: Reading) -> Listed | None:
        """The first phrase that counts."""
        return self.look(reading)[0]

    def look(self, reading: Reading) -> tuple[Listed | None, list[str]]:
        """The first phrase that counts, and the words with those of phrases that do not count masked."""
        found, words = _scan(self._by_word, reading.words, reading.clauses, wide=False)
        if found or not reading.wide:
            return found, words
        found, letters = _scan(self._by_letter, reading.letters, reading.places, wide=True)
        return found, words if letters == list(reading.letters) else ["".join(letters)]


def _scan(trie: Node, steps: Sequence[str], places: list[int], *, wide: bool) -> tuple[Listed | None, list[str]]:
    kept: list[str] = []
    at = 0
    while at < len(steps):
        found, end = _longest(trie, steps, places, at, wide) if steps[at] in trie else (None, at)
        if found and found.counts:
            return found, kept
        kept.append(MASKED if found else steps[at])
        at = end if found else at + 1
    return None, kept


def _longest(trie: Node, steps: Sequence[str], places: list[int], at: int, wide: bool) -> tuple[Listed | None, int]:
    """A phrase that does not count must stand in one clause: "Stop. By the way" is no "stop by"."""
    best: tuple[Listed | None, int] = (None, at)
    for found, end in _walk(trie[steps[at]], steps, at + 1, _GAP[wide]):
        if end > best[1] and (found.counts or places[at] == places[end - 1]):
            best = (found, end)
    return best


def _walk(node: Node, steps: Sequence[str], at: int, gap: int) -> Iterator[tuple[Listed, int]]:
    if _END in node:
        yield node[_END], at
    if at < len(steps) and steps[at] in node:
        yield from _walk(node[steps[at]], steps, at + 1, gap)
    if _ANY in node:
        for skipped in range(min(gap, len(steps) - at) + 1):
            yield from _walk_on(node[_ANY], steps, at + skipped, gap)


def _walk_on(node: Node, steps: Sequence[str], at: int, gap: int) -> Iterator[tuple[Listed, int]]:
    if at < len(steps) and steps[at] in node:
        yield from _walk(node[steps[at]], steps, at + 1, gap)


def made_of(text: str, words: frozenset[str]) -> bool:
    """Whether a run of letters is nothing but some of the words, one after the other. An empty one is."""
    reached = [True] + [False] * len(text)
    for end in range(1, len(text) + 1):
        reached[end] = any(reached[start] and text[start:end] in words for start in range(max(0, end - 16), end))
    return reached[-1]
