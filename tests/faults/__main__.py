"""``python -m tests.faults --kills 200 [--engine sqlite|postgres|both] [--seed N]``: the long run."""

import argparse
import random
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

from tests.faults.play import play_all
from tests.faults.settling import Outcome
from yesline.store.sql import Engine

SHOWN = 20


def _table(outcomes: list[Outcome]) -> Iterator[str]:
    for outcome in outcomes:
        figures = "  ".join(f"{name} {value:,}" for name, value in outcome.figures.items())
        verdict = "holds" if not outcome.violations else f"{len(outcome.violations)} VIOLATIONS"
        yield f"{outcome.engine:9} {outcome.name:17} {verdict:7}  {figures}"
        yield from (f"    {found}" for found in outcome.violations[:SHOWN])


def main() -> int:
    """Play everything, show how it goes, and tell what it came to."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults", description="Kill servers under load and check what is left."
    )
    parser.add_argument("--kills", type=int, default=200, help="kills of each engine")
    parser.add_argument("--engine", choices=("sqlite", "postgres", "both"), default="both")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="to play the same order of kills again")
    given = parser.parse_args()
    asked: list[Engine] = ["sqlite", "postgres"] if given.engine == "both" else [given.engine]
    began = time.monotonic()

    def tell(line: str) -> None:
        click.echo(f"\r\033[K{time.monotonic() - began:6.0f} s  {line}", nl=False, err=True)

    folder = Path(tempfile.mkdtemp(prefix="yesline-faults-"))
    click.echo(f"seed {given.seed}, data and logs in {folder}")
    outcomes = [
        outcome
        for engine in asked
        for outcome in play_all(folder / engine, engine, given.kills, random.Random(given.seed), tell)
    ]
    click.echo(err=True)
    click.echo("\n".join(_table(outcomes)))
    if any(outcome.violations for outcome in outcomes):
        return 1
    shutil.rmtree(folder, ignore_errors=True)  # kept only where there is something to look at
    return 0


if __name__ == "__main__":
    sys.exit(main())
