"""The reference says what the code does: settings, project files, commands, texts and the ledger."""

import ast
import asyncio
import inspect
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copytree
from typing import Any, get_args

import click
import msgspec
import pytest
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo, fields

from tests.conftest import DEMO, Clock, Site, running
from tests.wire import code_in, link_in
from yesline import project, verify
from yesline.cli import main
from yesline.commands import database
from yesline.errors import LedgerError
from yesline.programme import (
    Brand,
    Caps,
    Custom,
    Field,
    Form,
    Group,
    Keywords,
    Moment,
    Quiet,
    Schedule,
    Sender,
    Target,
    Trigger,
)
from yesline.records import Erase, Event, EventKind, Source, Track
from yesline.rules import proof
from yesline.rules.importing import Terms, change
from yesline.rules.signing import number_tag
from yesline.settings import MEANINGS, SANDBOX, Settings

FOLDER = Path(__file__).parents[2] / "docs" / "reference"


def _page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def _section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def _rows(text: str) -> list[list[str]]:
    """The rows of the tables, less heads and rules."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    heads = {place for place, row in enumerate(cells[1:]) if set(row[0]) == {"-"}}
    return [row for place, row in enumerate(cells) if place not in heads and set(row[0]) != {"-"}]


def _bare(cell: str) -> str:
    return cell.strip("`")


def test_settings() -> None:
    page = _page("settings")
    defaults = Settings()
    rows = _rows(_section(page, "`[server]`")) + [row[:3] + row[4:] for row in _rows(_section(page, "`[limits]`"))]
    assert sorted(_bare(row[0]) for row in rows) == sorted(MEANINGS)
    assert {*MEANINGS, "carriers"} == set(Settings.__struct_fields__)
    for name, environment, default, meaning in rows:
        value = getattr(defaults, _bare(name))
        shown = ",".join(value) if isinstance(value, tuple) else str(value).lower()
        assert environment == f"`YESLINE_{_bare(name).upper()}`"
        assert _bare(default) == shown, name
        assert meaning == MEANINGS[_bare(name)]
    assert {_bare(row[0]): int(_bare(row[3])) for row in _rows(_section(page, "`[limits]`"))} == SANDBOX


def _default(field: FieldInfo) -> Any:
    if field.default is not NODEFAULT:
        return field.default
    return field.default_factory() if field.default_factory is not NODEFAULT else NODEFAULT


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("`yesline.toml`, `[brand]`", Brand),
        ("`groups/<id>.toml`", Group),
        ("`[sender]`", Sender),
        ("`[quiet]`", Quiet),
        ("`[keywords.<language>]`", Keywords),
        ("`[custom.<name>]`", Custom),
        ("`forms/<id>.toml`", Form),
        ("`[trigger]`", Trigger),
        ("`[caps]`", Caps),
        ("`[target]`", Target),
        ("`[schedule]`", Schedule),
        ("`[fields.<name>]`", Field),
    ],
)
def test_project(heading: str, kind: Any) -> None:
    rows = {
        _bare(row[0]): _bare(row[1])
        for row in _rows(_section(_page("project"), heading).partition("\n\n| moment")[0].partition("\n\n| kind")[0])
    }
    assert list(rows) == [field.encode_name for field in fields(kind)]
    for field in fields(kind):
        default = _default(field)
        if default is NODEFAULT:
            assert rows[field.encode_name] == ("the file's name" if field.name == "id" else "required"), field.name
        else:
            assert json.loads(rows[field.encode_name]) == json.loads(msgspec.json.encode(default)), field.name


EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", _page("project"), re.MULTILINE | re.DOTALL)


def _merged(group: str, example: str) -> str:
    """A group's file with what an example says in place of its own."""
    (top, *tables), (more, *others) = (re.split(r"^(?=\[)", text, flags=re.MULTILINE) for text in (group, example))
    said = set(tomllib.loads(example))
    kept = [table for table in tables if not said & set(tomllib.loads(table))]
    return "".join((top, more, *kept, *others))


@pytest.mark.parametrize("example", EXAMPLES)
def test_examples_can_stand_in_a_project(example: str, tmp_path: Path) -> None:
    folder = tmp_path / "project"
    copytree(DEMO, folder)
    group = folder / "groups" / "promotions.toml"
    group.write_text(_merged(group.read_text(encoding="utf-8"), example), encoding="utf-8")
    (loaded,) = project.load(folder).groups
    for name, value in tomllib.loads(example).items():
        field = next(field for field in fields(Group) if field.name == name)
        assert getattr(loaded, name) == msgspec.convert(value, field.type), name


def test_examples_of_a_project() -> None:
    tables = [set(tomllib.loads(example)) for example in EXAMPLES]
    assert set.union(*tables) == {"sender", "backup", "quiet", "languages", "keywords", "custom"}


def test_moments() -> None:
    rows = _rows(_section(_page("project"), "`[trigger]`").partition("\n\n| moment")[2])
    assert tuple(json.loads(_bare(row[0])) for row in rows) == get_args(Moment)


FORMS = re.findall(r"^```toml (forms/\S+)\n(.*?)^```$", _page("project"), re.MULTILINE | re.DOTALL)


def test_examples_of_forms(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    copytree(DEMO, folder)
    for file, example in FORMS:
        like = "" if example.startswith("like") else 'like = "spring-harvest"\n'
        (folder / file).write_text(like + example, encoding="utf-8")
    said = [set(tomllib.loads(example)) for _, example in FORMS]
    assert set.union(*said) == {
        "like",
        "words",
        "trigger",
        "target",
        "schedule",
        "variants",
        "steps",
        "fields",
        "coupon_pool",
    }
    assert {f"forms/{version.form.id}.toml" for version in project.load(folder).forms} >= {file for file, _ in FORMS}


def _commands(group: click.Group, *path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command that does something, under the words it is called by."""
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *path, name)
        else:
            yield " ".join((*path, name)), command


def test_commands() -> None:
    page = _page("cli")
    known = dict(_commands(main))
    headings = re.findall(r"^## `yesline ([a-z -]+?)((?: \[?[A-Z]+\]?)*)`$", page, re.MULTILINE)
    assert sorted(name for name, _ in headings) == sorted(known)
    for name, arguments in headings:
        command = known[name]
        section = _section(page, f"`yesline {name}{arguments}`")
        assert section.strip().startswith(str(command.help)), name
        assert re.findall(r"\[?([A-Z]+)\]?", arguments) == [
            parameter.make_metavar(click.Context(command)).strip("[]")
            for parameter in command.params
            if isinstance(parameter, click.Argument)
        ]
        options = {
            ", ".join(f"`{flag}`" for flag in (*option.opts, *option.secondary_opts)): option.help
            for option in command.params
            if isinstance(option, click.Option)
        }
        assert {row[0]: row[1] for row in _rows(section)} == options, name


def test_columns_kinds_and_sources_of_the_ledger() -> None:
    page = _page("ledger")
    assert tuple(_bare(row[0]) for row in _rows(_section(page, "An event"))) == Event.__struct_fields__
    assert tuple(_bare(row[0]) for row in _rows(_section(page, "Kinds"))) == get_args(EventKind)
    assert tuple(_bare(row[0]) for row in _rows(_section(page, "Sources"))) == get_args(Source)


async def _live(site: Site) -> None:
    """One of everything that can happen to a number."""
    first = await site.submit("(201) 555-0123")
    text = (await site.texts("+12015550123"))[0]
    await site.post(f"/submissions/{first}/code", {"code": code_in(text)})
    await site.http.post(link_in(text), data={"token": "x", "act": "confirm"})
    second = await site.submit("(202) 555-0123")
    await site.post(f"/submissions/{second}/correct", {"phone": "(203) 555-0123", "country": "US"})
    await site.reply("Y", "+12035550123")
    await site.reply("Y", "+12035550123")
    await site.submit("(204) 555-0123")
    page = await site.http.get(link := link_in((await site.texts("+12045550123"))[0]))
    token = page.text.partition('name="token" value="')[2].partition('"')[0]
    await site.http.post(link, data={"token": token, "act": "decline"})
    await site.http.post(link, data={"token": token, "act": "confirm"})
    await site.submit("(205) 555-0123")
    await site.reply("N", "+12055550123")
    await site.submit("(207) 555-0123")
    await site.reply("STOP", "+12075550123")
    site.clock.advance(seconds=2)
    await site.reply("START", "+12075550123")
    await site.reply("leave me alone", "+12075550123")
    await site.submit("(208) 555-0123")
    await _tell(site, "+12095550123")
    await site.idle()
    site.clock.advance(days=31)


async def _tell(site: Site, phone: str) -> None:
    """A list names a number twice, and then it is erased."""
    clerk, group = site.house.clerk, site.house.catalogue.groups["promotions"]
    terms = Terms(group, clerk.keys, site.clock(), source="shop", at="2026-01-01", states=True)
    for state in ("subscribed", "subscribed", "unsubscribed"):
        asked = change({"phone": phone, "state": state}, 2, terms)
        await clerk.record(Track("import", (asked,), facts={"import": "job"}))
    await clerk.record(Erase(number_tag(clerk.keys, phone), {"by": "Ada"}))


def test_facts_that_events_hold_are_documented(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    documented = {_bare(kind): set(facts.split(", ")) for kind, _, facts in _rows(_section(_page("ledger"), "Kinds"))}

    async def story() -> None:
        from yesline.post import housekeeping

        monkeypatch.setattr(housekeeping, "EVERY", 0.05)
        async with running(settings, clock) as site:
            await _live(site)
            for _ in range(100):
                if await site.sql("SELECT 1 FROM event WHERE kind = 'expired'"):
                    break
                await asyncio.sleep(0.05)
            rows = await site.sql("SELECT kind, digests FROM event")
            seen = {kind for kind, _ in rows}
            assert seen >= set(get_args(EventKind)), seen
            for kind, digests in rows:
                assert set(json.loads(digests)) <= documented[kind], kind

    run(story())


def _program() -> str:
    return _page("ledger").partition("```python\n")[2].partition("```")[0]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_program_verifies_the_ledger(
    settings: Settings, clock: Clock, run: Callable[[Any], Any], tmp_path: Path
) -> None:
    async def story() -> None:
        async with running(settings, clock) as site:
            await _live(site)

    run(story())
    assert Path(settings.data) == tmp_path / "data"
    command = [sys.executable, "-c", _program()]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("The ledger holds.\n", "")


def test_what_verify_says_is_what_the_code_says() -> None:
    said = [_bare(row[0]) for row in _rows(_section(_page("ledger"), "`yesline verify`"))]
    source = "".join(inspect.getsource(module) for module in (proof, verify, database))
    strings = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    constant = " ".join(str(string) for string in strings if isinstance(string, str))
    for line in said:
        for part in re.split(r"\.\.\.|\d+|phone|:", line):
            assert part.strip(" .") in constant, part
    raised = source.count(f"raise {LedgerError.__name__}")
    assert len(said) == raised + 2  # all is well besides, and facts are refused for two reasons in one place
