"""Yesline itself, and two of it with one part changed.

``whole`` is the server as it is. ``each`` differs in the clerk's batch size alone, which is 1: a transaction for each request.
``nothing`` has a clerk that answers without a store: the doors, the guard, the stamp and the phone check are the real ones.

The caps are opened wide and the sender is given one text a second, so that the post office stays out of the way.
``--profile FILE`` writes what cProfile saw of the event loop's thread; it slows the server down a good deal.
"""

import argparse
import asyncio
import cProfile
import signal
from pathlib import Path
from typing import Any
from unittest.mock import patch

from msgspec.structs import replace

from yesline import app, clerk
from yesline import project as projects
from yesline.programme import Trigger
from yesline.project import Project
from yesline.records import Act, Receipt, Submit
from yesline.server import bind, run
from yesline.settings import Settings, load

FORM = "spring-harvest"
ORIGIN = "https://shop.example"
_WIDE = 1_000_000_000
_DEMO = Path(projects.__file__).parent / "demo" / "project"


class _Forgetful(clerk.Clerk):
    """Answers a submit at once and keeps nothing of it."""

    async def record(self, act: Act) -> Any:
        if not isinstance(act, Submit):
            return await super().record(act)
        await asyncio.sleep(0)
        return Receipt(act.submission, "confirm", 60)


def settings(folder: Path, port: int, database: str = "") -> Settings:
    """A sandbox without caps that matter."""
    wide: dict[str, Any] = dict.fromkeys(("block_per_hour", "address_per_hour"), _WIDE)
    return load(None, {}, data=str(folder), database=database, port=port, sandbox=True, log_level="warning", **wide)


def project(*origins: str) -> Project:
    """The demo's project with a slow sender, a form without a daily budget or a delay, and other pages' origins."""
    own = projects.load(_DEMO)
    groups = [replace(group, sender=replace(group.sender, per_second=1)) for group in own.groups]
    by_id = {group.id: group for group in groups}
    forms = [
        replace(
            form,
            form=replace(form.form, origins=(ORIGIN, *origins), daily=_WIDE, trigger=Trigger()),
            group=by_id[form.group.id],
            version="bench",
        )
        for form in own.forms
    ]
    return Project(own.brand, groups, forms)


def change(variant: str) -> None:
    """Change the one part that a variant is about."""
    if variant == "each":
        clerk.MOST_AT_ONCE = 1
    if variant == "nothing":
        patch.object(app, "Clerk", _Forgetful).start()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--database", default="", help="address of a database; one in the data folder if not given")
    parser.add_argument("--variant", choices=("whole", "each", "nothing"), default="whole")
    parser.add_argument("--origin", default=ORIGIN)
    parser.add_argument("--profile", type=Path)
    return parser.parse_args()


def main() -> None:
    """Serve until a signal ends it."""
    given = _arguments()
    change(given.variant)
    chosen = settings(given.data, given.port, given.database)
    watched = cProfile.Profile() if given.profile else None
    if watched:
        signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn raises its signals again when it has ended
        watched.enable()
    try:
        run(app.create_app(chosen, project(given.origin)), chosen, bind(chosen))
    finally:
        if watched:
            watched.dump_stats(given.profile)


if __name__ == "__main__":
    main()
