"""Yesline itself, and two of it with one part changed.

``whole`` is the server as it is. ``each`` differs in the clerk's batch size alone, which is 1: a transaction for each request.
``nothing`` has a clerk that answers without a store: the doors, the guard, the stamp and the phone check are the real ones.

The caps are opened wide and the sender is given one text a second, so that the post office stays out of the way.
"""

import argparse
import asyncio
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


def settings(folder: Path, port: int) -> Settings:
    """A sandbox without caps that matter."""
    wide = dict.fromkeys(("block_per_hour", "address_per_hour"), _WIDE)
    return load(None, {}, data=str(folder), port=port, sandbox=True, log_level="warning", **wide)


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


def main() -> None:
    """Serve until a signal ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--variant", choices=("whole", "each", "nothing"), default="whole")
    parser.add_argument("--origin", default=ORIGIN)
    given = parser.parse_args()
    change(given.variant)
    chosen = settings(given.data, given.port)
    run(app.create_app(chosen, project(given.origin)), chosen, bind(chosen))


if __name__ == "__main__":
    main()
