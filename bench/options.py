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

    def times(self, usual: int) -> int:
        """The rounds asked for, or as many as the question usually takes."""
        return self.rounds or usual

    def long(self, usual: float) -> float:
        """The seconds asked for, or as many as the question usually takes."""
        return self.seconds or usual


def add(parser: argparse.ArgumentParser) -> None:
    """Teach a parser the options."""
    parser.add_argument("--rounds", type=int, default=0, help="interleaved rounds (or page loads)")
    parser.add_argument("--seconds", type=float, default=0, help="seconds a drive takes")
    parser.add_argument("--events", type=int, default=100_000, help="events in the ledger that is verified")
    parser.add_argument("--slow-disk", action="store_true", help="submissions: 2 ms more for every flush")


def read(given: argparse.Namespace) -> Options:
    """The options of a parsed command line."""
    return Options(given.rounds, given.seconds, given.events, given.slow_disk)
