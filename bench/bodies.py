"""Submissions nobody has sent before: fresh ids, valid mobile numbers of three countries, a genuine stamp."""

import json
import random
import urllib.request
from itertools import islice
from pathlib import Path

from bench.running import Server
from bench.servers.product import FORM

PATH = f"/forms/{FORM}/submissions"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_US_AREAS = ("201", "212", "305", "312", "415", "512", "617", "702", "808", "917")


def stamp(server: Server) -> str:
    """The stamp that this server's view carries."""
    with urllib.request.urlopen(f"{server.url}/forms/{FORM}/view", timeout=10) as answer:
        return str(json.load(answer)["stamp"])


def _us(draw: random.Random) -> tuple[str, str]:
    return "US", f"({draw.choice(_US_AREAS)}) {draw.randint(200, 999)}-{draw.randint(0, 9999):04}"


def _gb(draw: random.Random) -> tuple[str, str]:
    return "GB", f"07{draw.randint(100, 399)} {draw.randint(0, 999_999):06}"


def _de(draw: random.Random) -> tuple[str, str]:
    return "DE", f"0151 {draw.randint(20_000_000, 29_999_999)}"


def _body(draw: random.Random, number: tuple[str, str], mark: str) -> str:
    content = {
        "id": "".join(draw.choices(_ALPHABET, k=22)),
        "phone": number[1],
        "country": number[0],
        "consent": True,
        "stamp": mark,
        "locale": "en",
        "page": "https://shop.example/offers/spring?utm_source=mail",
        "trap": "",
        "act": {"via": "pointer", "shown_ms": draw.randint(900, 20_000)},
    }
    return json.dumps(content, separators=(",", ":"))


def make(file: Path, count: int, mark: str, seed: int = 2) -> None:
    """Write so many bodies, one a line; no number is in two of them."""
    draw = random.Random(seed)
    seen: set[tuple[str, str]] = set()
    with file.open("w", encoding="ascii") as out:
        while len(seen) < count:
            number = (_us, _gb, _de)[len(seen) % 3](draw)
            if number not in seen:
                seen.add(number)
                out.write(_body(draw, number, mark) + "\n")


class Supply:
    """The lines of a file, handed out once each."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._used = 0

    def take(self, count: int, into: Path) -> Path:
        """Write the next lines to a file of their own; say with ``used`` how many of them were sent."""
        with self._file.open(encoding="ascii") as lines, into.open("w", encoding="ascii") as out:
            out.writelines(islice(lines, self._used, self._used + count))
        return into

    def used(self, count: int) -> None:
        """So many of the lines last taken are spent."""
        self._used += count
