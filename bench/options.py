"""What a run may be told."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True)
class Options:
    """How long and how often; 0 leaves the choice to the question."""

    rounds: int = 0
    seconds: float = 0
    events: int = 100_000
    slow_disk: bool = False
    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    engines: tuple[str, ...] = ("sqlite", "postgres")
    rows: int = 100_000

    def times(self, usual: int) -> int:
        """The rounds asked for, or as many as the question usually takes."""
        return self.rounds or usual

    def long(self, usual: float) -> float:
        """The seconds asked for, or as many as the question usually takes."""
        return self.seconds or usual


def _sizes(text: str) -> tuple[int, ...]:
    """``10k,1M`` as numbers, the smallest first."""
    units = {"k": 1_000, "M": 1_000_000}
    return tuple(sorted(int(part.rstrip("kM")) * units.get(part[-1], 1) for part in text.split(",")))


def _engines(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


def add(parser: argparse.ArgumentParser) -> None:
    """Teach a parser the options."""
    parser.add_argument("--rounds", type=int, default=0, help="interleaved rounds (or page loads)")
    parser.add_argument("--seconds", type=float, default=0, help="seconds a drive takes")
    parser.add_argument("--events", type=int, default=100_000, help="events in the ledger that is verified")
    parser.add_argument("--rows", type=int, default=Options.rows, help="imports: rows of the list")
    parser.add_argument("--slow-disk", action="store_true", help="submissions: 2 ms more for every flush")
    parser.add_argument(
        "--sizes", type=_sizes, default=Options.sizes, help="growth: subscriptions, such as 10k,100k,1M,10M"
    )
    parser.add_argument(
        "--engines", type=_engines, default=Options.engines, help="growth: sqlite,postgres or one of them"
    )


def read(given: argparse.Namespace) -> Options:
    """The options of a parsed command line."""
    return Options(given.rounds, given.seconds, given.events, given.slow_disk, given.sizes, given.engines, given.rows)
