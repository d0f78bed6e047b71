"""``yesline coupons``: codes go into a pool, each once, and what is left is told."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from tests.conftest import Clock, running
from yesline.cli import main
from yesline.settings import Settings


def _type(settings: Settings, *words: str, lines: str = "") -> Result:
    env = {"YESLINE_DATA": settings.data, "YESLINE_DATABASE": settings.database}
    return CliRunner().invoke(main, ["coupons", *words], input=lines, env=env)


def test_coupons(settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path) -> None:
    async def live() -> None:
        async with running(settings, clock):
            pass

    run(live())
    file = tmp_path / "codes.txt"
    file.write_text("\ufeffA1\n B2 \n\nA1\nC3\n", encoding="utf-8")
    assert _type(settings, "list").output == ""
    assert _type(settings, "add", "spring", str(file)).output == "3 code(s) are new in spring.\n"
    assert _type(settings, "add", "spring", "-", lines="C3\nD4\n").output == (
        "1 code(s) are new in spring, 1 were there already.\n"
    )
    assert _type(settings, "list").output.split() == ["spring", "4", "left", "0", "given"]
    assert json.loads(_type(settings, "list", "--json").output) == {"pool": "spring", "left": 4, "given": 0}

    for pool, lines, said in (
        ("Spring!", "A", "'Spring!' is no name of a pool"),
        ("spring", "A1\nB 2\n", "line 2: 'B 2': a code has"),
        ("spring", "\n\n", "holds no code"),
        ("spring", "x" * 65, "line 1"),
    ):
        done = _type(settings, "add", pool, "-", lines=lines)
        assert done.exit_code == 1
        assert said in done.output, done.output
    latin = tmp_path / "latin.txt"
    latin.write_bytes("Größe".encode("latin-1"))
    assert "is not a text in UTF-8" in _type(settings, "add", "spring", str(latin)).output
    assert "4 left" in _type(settings, "list").output
