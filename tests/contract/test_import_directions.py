"""Who may import whom: the allowed imports of the architecture, and no others."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import yesline

PACKAGE = Path(yesline.__file__).parent

EVERYONE = {"errors", "records", "programme"}
"""Words that all share; they import each other only in the order records -> programme, errors."""

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "programme": set(),
    "records": {"programme", "errors"},
    "rules": EVERYONE | {"packs", "texts"},
    "store": EVERYONE,
    "carriers": EVERYONE,
    "views": EVERYONE | {"assets"},
    "assets": {"errors"},
    "packs": {"errors"},
    "texts": {"errors"},
    "clerk": EVERYONE | {"rules", "store"},
    "bulk": EVERYONE | {"clerk", "rules", "store"},
    "doors": EVERYONE | {"bulk", "clerk", "carriers", "store", "views", "rules"},
    "post": EVERYONE | {"carriers", "store"},
    "settings": EVERYONE,
    "routes": EVERYONE | {"doors"},
    "app": EVERYONE | {"bulk", "doors", "post", "clerk", "store", "settings", "routes"},
}

ON_PURPOSE: dict[tuple[str, str], str] = {
    ("settings", "rules"): "settings make the Policy and the Keys, whose meaning the rules define",
    (
        "post",
        "rules",
    ): "texts are rendered and codes made at the moment they are sent, so that nothing at rest gives them away",
    (
        "doors",
        "settings",
    ): "the house holds the settings: the base address of the hosted page, and the sandbox's folder",
    ("doors", "assets"): "the page's doors serve the built script",
    ("app", "carriers"): "the app makes the carriers and hands them to doors and post",
    ("app", "project"): "the app applies the project it was given at start",
    (
        "app",
        "rules",
    ): "the app tells carriers' addresses, derived from the keys, and has the groups' words compiled at start",
    ("project", "rules"): "to check a project is to lint its texts and keywords",
    ("project", "views"): "to check a project folder is to render it",
    ("project", "settings"): "a project folder is TOML, read as the settings are",
    ("project", "assets"): "a form's theme is in the project folder or among ours",
}

LEVEL_OF_COMMANDS = {
    "cli", "commands", "server", "project", "verify", "move", "backup", "restore", "doctor", "__main__", "testing", "theming",
}  # fmt: skip
"""What runs the app or stands beside it: they may use all of it, and none of it may use them but where listed above."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def _part(module: str) -> str:
    """``yesline.doors.page`` -> ``doors``; the package itself -> an empty part."""
    return module.partition(".")[2].partition(".")[0]


def _imported(file: Path) -> Iterator[tuple[int, str]]:
    """Every module of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}:{node.lineno}: write imports in full"
            module = node.module or ""
            yield from (
                (node.lineno, f"{module}.{name.name}" if module == "yesline" else module) for name in node.names
            )


def _own(file: Path) -> str:
    name = file.relative_to(PACKAGE).with_suffix("").parts[0]
    return "" if name == "__init__" else name


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_imports_go_one_way(file: Path) -> None:
    own = _own(file)
    if own in LEVEL_OF_COMMANDS - {"project"}:
        return
    allowed = ALLOWED.get(own, EVERYONE) | {own} | {other for part, other in ON_PURPOSE if part == own}
    for line, module in _imported(file):
        other = _part(module)
        if module.split(".")[0] == "yesline" and other and not other.startswith("__"):
            assert other in allowed, f"{file.relative_to(PACKAGE)}:{line}: {own} must not import {other}"


def test_every_exception_is_in_use() -> None:
    used = {
        (_own(file), _part(module)) for file in MODULES for _, module in _imported(file) if module.startswith("yesline")
    }
    assert set(ON_PURPOSE) <= used, set(ON_PURPOSE) - used


def test_every_part_has_its_place() -> None:
    parts = {_own(file) for file in MODULES} - {""}
    assert parts <= {*ALLOWED, *LEVEL_OF_COMMANDS}, parts - {*ALLOWED, *LEVEL_OF_COMMANDS}


def test_rules_are_pure() -> None:
    """No input or output, no clock, no randomness but that which makes ids and salts."""
    forbidden = {
        "asyncio", "os", "pathlib", "io", "sqlite3", "socket", "threading", "time", "logging", "random", "subprocess", "starlette",
    }  # fmt: skip
    for file in (PACKAGE / "rules").glob("*.py"):
        found = {module.split(".")[0] for _, module in _imported(file)} & forbidden
        assert not found, f"{file.name}: {found}"
        called = {
            node.func.attr
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
        }
        assert not called & {"now", "utcnow", "today"}, file.name


def test_only_the_store_speaks_sql() -> None:
    for file in MODULES:
        imported = {module.split(".")[0] for _, module in _imported(file)}
        assert _own(file) == "store" or not imported & {"sqlite3", "aiosqlite", "asyncpg"}, file
