"""docs/reference/widget.md says what the widget and its themes do: every name is on the page and in the code, every example holds."""

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest

from tests.conftest import DEMO
from yesline import project
from yesline.assets import locales_dir, themes_dir
from yesline.programme import Brand, Form, Group
from yesline.routes import routes
from yesline.views import callout, nodes, pages, styles, themes
from yesline.views.theme_folders import load_theme

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "reference" / "widget.md").read_text(encoding="utf-8")
SOURCE = ROOT / "widget" / "src"
VIEWS = ROOT / "server" / "yesline" / "views"
CALM = themes_dir() / "calm"
SERVER = "https://sms.example.com"
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FENCES = [(kind, name, body) for kind, name, body in FENCE.findall(DOC)]
PROSE = FENCE.sub("", DOC)
WORDS: dict[str, str] = json.loads((locales_dir() / "en.json").read_text(encoding="utf-8"))
BRIDGE = sorted((SOURCE / "bridge").glob("*.ts"))
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/?#*\s]+")
PLACE = re.compile(r"\{(\w+)\}")


# Reading the page.


def section(heading: str) -> str:
    """What stands under a heading, down to the next of its level or above."""
    level = heading.partition(" ")[0]
    found = re.search(rf"^{re.escape(heading)}\n(.*?)(?=^#{{2,{len(level)}}} |\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found, f"no section {heading!r}"
    return found[1]


def table(heading: str, first: str) -> list[list[str]]:
    """The rows of the table under a heading whose first column has this title."""
    lines = section(heading).splitlines()
    start = next((at for at, line in enumerate(lines) if line.startswith(f"| {first} |")), None)
    assert start is not None, f"no table {first!r} under {heading!r}"
    rows = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def ticked(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def names(heading: str, first: str, column: int = 0) -> list[str]:
    return list(chain.from_iterable(ticked(row[column]) for row in table(heading, first)))


def listed(heading: str, label: str) -> set[str]:
    """The names after ``- Label:`` in a list, or after ``Label`` in a sentence, down to its end."""
    found = re.search(rf"{re.escape(label)}((?:\s+`[^`]+`)+)", section(heading))
    assert found, f"nothing after {label!r}"
    return set(ticked(found[1]))


def examples(kind: str) -> list[tuple[str, str]]:
    return [(name, body) for found, name, body in FENCES if found == kind]


# Reading the code.


def source(name: str) -> str:
    return (SOURCE / name).read_text(encoding="utf-8")


def constant(name: str) -> list[str]:
    """A list of names in constants.ts."""
    found = re.search(rf"export const {name} = \[(.*?)\]", source("constants.ts"), re.DOTALL)
    assert found, name
    return re.findall(r'"([^"]+)"', found[1])


def options() -> dict[str, re.Pattern[str]]:
    """Names of options.ts and what their values must look like."""
    found = re.findall(r"^  (\w+): /(.*)/(i?),$", source("options.ts"), re.MULTILINE)
    block = source("options.ts").partition("OPTIONS = {")[2].partition("} satisfies")[0]
    assert len(found) == len(re.findall(r"^  \w+:", block, re.MULTILINE)), "an option this test cannot read"
    return {name: re.compile(valid, re.IGNORECASE if flag else 0) for name, valid, flag in found}


def calls() -> set[str]:
    found = re.search(r"^interface Yesline \{(.*?)^\}", source("main.ts"), re.MULTILINE | re.DOTALL)
    assert found
    return set(re.findall(r"^  (\w+)\(", found[1], re.MULTILINE))


def number_list(file: str, name: str) -> list[int]:
    found = re.search(rf"{name} = \[?([\d_, ]+)\]?;", source(file))
    assert found, name
    return [int(part.replace("_", "")) for part in found[1].split(",")]


# The page's face.


def test_attributes() -> None:
    assert names("### Attributes", "attribute") == list(options())
    from_tag = set(re.findall(r'(?:option\(script, |said\()"(\w+)"', source("main.ts")))
    assert from_tag == set(options()), "data-… of the script tag"
    from_element = set(re.findall(r'option\(this, "(\w+)"\)', source("element.ts")))
    assert from_element == set(options())
    watched = re.search(r"observedAttributes = \[(.*?)\]", source("element.ts"))
    changing = re.search(r"Changing (.*?) of an element", section("### Attributes"))
    assert watched
    assert changing
    assert set(re.findall(r'"(\w+)"', watched[1])) == set(ticked(changing[1]))


@pytest.mark.parametrize("option", ["display"])
def test_values_of_an_attribute_that_has_a_few(option: str) -> None:
    (row,) = [row for row in table("### Attributes", "attribute") if ticked(row[0]) == [option]]
    values = re.findall(r"\w+", options()[option].pattern)
    assert ticked(row[1]) == values


def test_calls() -> None:
    documented = [re.match(r"\w+", call) for call in names("## Calls", "call")]
    assert {call[0] for call in documented if call} == calls()
    assert set(re.findall(r"(?<![.\w])yesline\.(\w+)\(", DOC)) <= calls()
    commands = re.search(r"const commands.*?= \{(.*?)^  \};", source("main.ts"), re.MULTILINE | re.DOTALL)
    assert commands
    # The others are between our own files.
    ours = {"view", "part", "note"}
    assert set(re.findall(r"^    (\w+)[:,]", commands[1], re.MULTILINE)) - ours == calls() - {"push"}
    pushed = re.findall(r'yesline\.push\(\["(\w+)"', DOC)
    assert pushed
    assert set(pushed) <= calls()


def test_events() -> None:
    assert names("## Events", "event") == [f"yesline:{name}" for name in constant("EVENTS")]
    assert {f"yesline:{name}" for name in constant("EVENTS")} >= set(re.findall(r"yesline:[a-z]+", DOC))
    assert set(names("## Events", "event", 1)) == {"code", "submission"}
    http = (ROOT / "docs" / "reference" / "http.md").read_text(encoding="utf-8").partition("\n## Codes\n")[2]
    codes = set(re.findall(r"^\| `(\w+)` \|", http, re.MULTILINE))
    own = {name.removeprefix("error.") for name in WORDS if name.startswith("error.")} - codes
    said = re.search(r"or the widget's own: (.*?)\n\n", section("## Events"), re.DOTALL)
    assert said
    assert own == {name for name in ticked(said[1]) if "_" in name or name == "network"}


def test_reasons() -> None:
    where = "### Why a form did or did not show"
    reasons = re.search(r"type Reason =(.*?);", source("rules/types.ts"), re.DOTALL)
    account = re.search(r"interface Account \{(.*?)^\}", source("rules/types.ts"), re.MULTILINE | re.DOTALL)
    assert reasons
    assert account
    assert set(names(where, "code")) == set(re.findall(r'"(\w+)"', reasons[1]))
    assert set(re.findall(r"^ +(\w+):", account[1], re.MULTILINE)) <= set(re.findall(r"\w+", section(where)))


def test_messages_to_an_app() -> None:
    told = set(names("## Bridge", "message"))
    bridge = "".join(file.read_text(encoding="utf-8") for file in [SOURCE / "parts" / "bridge.ts", *BRIDGE])
    assert told == set(re.findall(r'\bsay\("(\w+)"', bridge)) | set(constant("EVENTS"))
    fields = re.search(r"interface Message \{(.*?)^\}", source("types.ts"), re.MULTILINE | re.DOTALL)
    (message,) = [body for _, body in examples("js") if "event:" in body and "yesline: 1" in body]
    assert fields
    assert re.findall(r"(\w+):", fields[1]) == re.findall(r"(\w+):", message)
    assert f"VERSION = {re.findall(r'yesline: (.)', message)[0]};" in bridge


def test_commands_of_an_app() -> None:
    commands = source("bridge/commands.ts")
    assert set(names("## Bridge", "command")) == set(re.findall(r'command === "(\w+)"', commands))
    assert set(names("## Bridge", "command", 1)) == {"form", "event"}
    codes = set(re.findall(r'"(bridge_\w+)"', commands))
    assert {f"`{code}`" for code in codes} == set(re.findall(r"`bridge_\w+`", DOC))


def test_apps_that_are_told() -> None:
    ways = " ".join(names("## Bridge", "around the page", 1))
    hosts = re.search(r"interface Outside \{(.*?)^\}", source("bridge/hosts.ts"), re.MULTILINE | re.DOTALL)
    assert hosts
    assert all(re.search(rf"\b{name}\b", ways) for name in re.findall(r"^  (\w+)\?:", hosts[1], re.MULTILINE))
    assert set(re.findall(r"`(\w+):`", section("## Bridge"))) == set(
        re.findall(r"\w+", source("bridge/links.ts").partition("/^(")[2].partition(")")[0])
    )


def test_storage() -> None:
    stored = section("## What it stores and sends")
    assert "=> `yesline:${form}`" in source("memory.ts")
    assert "`yesline:<form>`" in stored
    outcomes = re.search(r"type Outcome = (.*);", source("memory.ts"))
    assert outcomes
    assert all(f"`{outcome}`" in stored for outcome in re.findall(r'"(\w+)"', outcomes[1]))
    users = {file.name for file in SOURCE.glob("*.ts") if "localStorage" in file.read_text(encoding="utf-8")}
    assert users == {"memory.ts"}
    for file in SOURCE.glob("*.ts"):
        assert not re.search(r"document\.cookie|sessionStorage|indexedDB", file.read_text(encoding="utf-8")), file.name


def test_storage_of_rules() -> None:
    campaign, visitor = source("rules/campaign.ts"), source("rules/visitor.ts")
    kept = set(re.findall(r"\$\{(?:this\.)?key\}:(\w+)", campaign)) | set(re.findall(r'count\("(\w+)"', campaign))
    own = re.findall(r'"(yesline::\w+)"', visitor)
    entries = names("## What it stores and sends", "entry")
    assert set(entries) == {f"yesline:<form>:{name}" for name in kept} | set(own)
    users = {file.name for file in (SOURCE / "rules").glob("*.ts") if "Storage." in file.read_text(encoding="utf-8")}
    assert users == {"store.ts", "visitor.ts"}


def test_policy_is_the_one_that_browsers_are_tested_under() -> None:
    ((_, policy),) = [found for found in examples("text") if "script-src" in found[1]]
    found = re.search(r"^STRICT = \((.*?)^\)", (ROOT / "e2e" / "conftest.py").read_text(), re.MULTILINE | re.DOTALL)
    assert found
    assert policy.strip() == ast.literal_eval(f"({found[1]})").format(server=SERVER)


def test_what_is_sent_again_and_when() -> None:
    lost = section("## When the network is lost")
    *most, last = number_list("client.ts", "PAUSES")
    assert f"after {', '.join(map(str, most))} and {last} seconds" in lost
    assert f"within {number_list('client.ts', 'PATIENCE')[0] // 1000} seconds" in lost
    assert f"every {number_list('live.ts', 'POLL')[0] // 1000} seconds" in lost
    assert number_list("confirm.ts", "CODE_LENGTH") == [6]
    assert "Six typed digits" in section("## The code from the text")


# Themes.


def test_hooks_and_the_steps_that_need_them() -> None:
    rows = table("### Hooks", "hook")
    documented = {name: row[1] for row in rows for name in ticked(row[0])}
    assert set(documented) == set(constant("HOOKS"))
    needed = {step: set(hooks.split()) for step, hooks in themes.REQUIRED_HOOKS.items()}
    for hook, steps in documented.items():
        assert [step for step in themes.STEPS if hook in needed[step]] == re.findall(r"\w+", steps), hook
    assert set().union(*needed.values()) <= set(documented)


def test_slots() -> None:
    assert names("### Hooks", "slot") == constant("SLOTS") == list(themes.SLOTS)


def test_conditions() -> None:
    assert names("### Hooks", "condition") == constant("CONDITIONS")


def test_templates_use_nothing_else() -> None:
    """The default theme, as the widget gets it, says only what the tables say."""
    for step in pages.plain_view(brand(), "en").steps.values():
        for element in nodes.elements(step):
            own = nodes.attributes(element)
            assert own.get("data-yesline", "form") in constant("HOOKS")
            assert own.get("data-yesline-text", "number") in constant("SLOTS")
            conditions = {name.lstrip("!") for name in own.get("data-yesline-if", "").split()}
            assert conditions <= set(constant("CONDITIONS"))


def test_elements_and_attributes() -> None:
    where = "### Elements and attributes"
    open_ended = {"aria-…", "data-yesline", "data-yesline-…"}
    assert listed(where, "Elements:") == nodes.TAGS - nodes.SVG_TAGS
    assert listed(where, "Drawings:") == nodes.SVG_TAGS
    assert listed(where, "Attributes of all:") == nodes.COMMON | open_ended
    assert listed(where, "Attributes of elements:") == nodes.ATTRIBUTES - nodes.COMMON
    assert listed(where, "Attributes of drawings:") == nodes.SVG_ATTRIBUTES - nodes.COMMON
    for name in nodes.SCHEMES:
        assert listed(where, f"Addresses in `{name}`:") == {f"{scheme}:" for scheme in nodes.SCHEMES[name]}
    assert section(where).count("- Addresses in") == len(nodes.SCHEMES)
    samples = {name.replace("…", "label") for name in open_ended}
    assert all(nodes.OPEN_ENDED.fullmatch(name) for name in samples)
    void = re.search(r"Every element but (.*?) is closed", section(where))
    assert void
    assert set(ticked(void[1])) == nodes.VOID


def test_what_stands_inside_what() -> None:
    where = "### Elements and attributes"
    blocks = listed(where, "Blocks are")
    documented = {}
    for outer, inner in table(where, "inside"):
        named = set(ticked(inner)) | (blocks if "blocks" in inner else set())
        forbidden = nodes.TAGS - named if inner.startswith("all but") else named
        documented.update(dict.fromkeys(ticked(outer), forbidden))
    assert documented == nodes.NEVER_INSIDE


def test_root() -> None:
    attributes = names("### Structure", "on `.yl`")
    screen = source("screen.ts")
    written = set(re.findall(r"data-(?!yesline)\w+", screen)) | {
        f"data-{n}" for n in re.findall(r"dataset\.(\w+) =", screen)
    }
    assert {name for name in attributes if name.startswith("data-")} == written
    assert {name for name in attributes if not name.startswith("data-")} == {"lang", "dir"}
    assert "set(this.root, { lang: view.locale, dir: view.dir })" in screen
    rows = {ticked(row[0])[0]: ticked(row[1]) for row in table("### Structure", "on `.yl`")}
    assert set(rows["data-step"]) == set(themes.STEPS)
    assert rows["data-display"] == [*re.findall(r"\w+", options()["display"].pattern), "teaser"]


def test_own_pages_wear_what_the_page_says() -> None:
    folder = VIEWS / "pages"
    html = "".join(file.read_text(encoding="utf-8") for file in folder.glob("*.html"))
    classes = set(chain.from_iterable(value.split() for value in re.findall(r'class="([^"]+)"', html)))
    assert listed("### Structure", "yours:") == classes - {"yl"}
    used = set(re.findall(r"var\(--yl-([\w-]+)", (folder / "page.css").read_text(encoding="utf-8")))
    assert listed("### Structure", "They use the tokens") == used


def test_tokens() -> None:
    tables = tomllib.loads((CALM / "theme.toml").read_text(encoding="utf-8"))["tokens"]
    written = {name: (values["light"], values.get("dark", "")) for name, values in tables.items()}
    documented = {
        ticked(row[0])[0]: ("".join(ticked(row[1])), "".join(ticked(row[2]))) for row in table("### Tokens", "token")
    }
    assert documented == written
    custom = set(re.findall(r"--yl-([\w-]+)", DOC)) - {""}
    assert custom <= set(written)


def test_parts() -> None:
    documented = names("### Parts", "part")
    html = "".join(file.read_text(encoding="utf-8") for file in themes_dir().glob("*/*.html"))
    assert sorted(set(re.findall(r' part="([^"]+)"', html))) == sorted(documented)
    calm = "".join(file.read_text(encoding="utf-8") for file in CALM.glob("*.html"))
    assert set(re.findall(r' part="([^"]+)"', calm)) == set(documented), "what others build on has all of them"
    assert set(re.findall(r"::part\((\w+)\)", DOC)) <= set(documented)


@pytest.mark.parametrize(
    "value", [";", "{", "}", "<", ">", "@", "\\", "/* */", "url()", "image()", "image-set()", "expression()"]
)
def test_token_values_that_are_refused(value: str) -> None:
    told = section("### Tokens").rpartition("A value may hold no")[2]
    named = {"\\": "backslash", "/* */": "comment"}.get(value, f"`{value}`")
    assert named in told
    assert styles._UNSAFE.search(value)


def test_variables() -> None:
    rows = {ticked(row[0])[0]: row[1] for row in table("### Variables", "variable")}
    given = re.findall(r" (?:context|own) = \{(.+?)\}", (VIEWS / "themes.py").read_text(encoding="utf-8"), re.DOTALL)
    assert len(given) == 2, "of all steps, and of one"
    assert set(rows) == set(re.findall(r'"(\w+)":', "".join(given)))
    assert set(ticked(rows["brand"])) == set(Brand.__struct_fields__)
    for name, kind in (("group", Group), ("form", Form)):
        assert {path.partition(".")[2] for path in ticked(rows[name])} <= set(kind.__struct_fields__)
    filters = themes._environment(load_theme(CALM)).filters
    assert filters["slots"] is themes._slots


def test_files_of_a_theme() -> None:
    documented = set(names("## Themes", "file"))
    assert documented == {"theme.toml", "theme.css", *(f"{step}.html" for step in themes.STEPS)}
    assert all((CALM / name).is_file() for name in documented)


def brand() -> Brand:
    values = tomllib.loads((DEMO / "yesline.toml").read_text(encoding="utf-8"))["brand"]
    return msgspec.convert(values, Brand)


def group() -> Group:
    values = tomllib.loads((DEMO / "groups" / "promotions.toml").read_text(encoding="utf-8"))
    return msgspec.convert({"id": "promotions", **values}, Group)


def theme_files() -> dict[str, str]:
    """The theme on the page, by file."""
    found = {name: body for kind in ("toml", "css", "jinja") for name, body in examples(kind) if name}
    return {name: body for name, body in found.items() if "/" not in name}


def test_the_smallest_theme_works_and_is_the_smallest(tmp_path: Path) -> None:
    for name, body in theme_files().items():
        (tmp_path / name).write_text(body, encoding="utf-8")
    form = msgspec.convert({"id": "spring-sale", "group": "promotions", "countries": ["US"]}, Form)
    view = themes.compile_view(tmp_path, form, group(), brand(), "en", themes.load_strings("en"))
    carried = {
        step: {nodes.attributes(e).get("data-yesline") for e in nodes.elements(tree)} - {None}
        for step, tree in view.steps.items()
    }
    assert carried == {step: set(hooks.split()) for step, hooks in themes.REQUIRED_HOOKS.items()}


def test_a_step_of_ones_own(tmp_path: Path) -> None:
    ((_, quiz),) = [(name, body) for name, body in examples("jinja") if name.endswith("quiz.html")]
    (tmp_path / "theme.toml").write_text('base = "calm"', encoding="utf-8")
    (tmp_path / "quiz.html").write_text(quiz, encoding="utf-8")
    values = {"id": "x", "group": "promotions", "countries": ["US"], "steps": ["quiz", "capture"]}
    form = msgspec.convert(values | {"fields": {"brew": {"kind": "text", "step": "quiz", "label": {"en": "B"}}}}, Form)
    view = themes.compile_view(tmp_path, form, group(), brand(), "en", themes.load_strings("en"))
    own = {nodes.attributes(e).get("data-yesline") for e in nodes.elements(view.steps["quiz"])} - {None}
    assert own == {*themes.HOOKS_OF_OTHERS.split(), "back"}
    assert listed("### Fields and steps of your own", "needs the hooks") == own - {"back"}


def test_the_smallest_theme_has_the_names_that_the_page_without_scripts_sends() -> None:
    described = dict(zip(names("### Hooks", "hook"), (row[2] for row in table("### Hooks", "hook")), strict=True))
    files = "".join(theme_files().values())
    for hook, text in described.items():
        for name in re.findall(r'<\w+[^>]* name="(\w+)"', text):
            assert re.search(rf'name="{name}"[^>]*data-yesline="{hook}"', files), hook


def test_forms_of_the_examples_are_forms() -> None:
    made = 0
    for name, body in examples("toml"):
        if not name.startswith("forms/"):
            continue
        form = msgspec.convert({"id": Path(name).stem, **tomllib.loads(body)}, Form)
        for locale in form.locales:
            view = themes.compile_view(CALM, form, group(), brand(), locale, themes.load_strings(locale))
            known = set(themes.load_strings(locale))
            assert set(form.words.get(locale, {})) <= known
            assert all(value in view.css for value in form.tokens.values())
        made += 1
    assert made


def test_every_example_is_of_a_kind_that_is_checked() -> None:
    assert {kind for kind, _, _ in FENCES} == {"html", "js", "css", "toml", "jinja", "text"}
    assert all(name for name, _ in [*examples("toml"), *examples("jinja")])


# The disclosure.


def refusals(module: Any) -> Iterator[str]:
    """What the module's ConfigErrors say, with ``…`` for what differs, without the file in front."""
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ConfigError":
            message = node.args[0]
            assert isinstance(message, ast.JoinedStr), "a message this test cannot read"
            parts = (str(part.value) if isinstance(part, ast.Constant) else "…" for part in message.values)
            yield "".join(parts).removeprefix("…: ")


def test_what_the_disclosure_must_say() -> None:
    told = section("## The disclosure")
    phrases = dict(re.findall(r"`(must\.\w+)` \(“([^”]+)”\)", told))
    assert phrases == {name: WORDS[name] for name in callout.REQUIRED_PHRASES}
    words = re.search(r"hold the words (.*),", told)
    assert words
    assert tuple(ticked(words[1])) == callout.REQUIRED_WORDS
    code = Path(callout.__file__).read_text(encoding="utf-8").partition("def _missing_words")[2]
    for record in ("brand", "group"):
        said = re.findall(rf"the {record}'s ((?:`\w+`(?: and )?)+)", told)
        assert set(ticked("".join(said))) == set(re.findall(rf"\b{record}\.(\w+)", code))
    hidden = re.search(r"nor what they hold has (.*)\.", told)
    attributes = re.search(r"for name in \((.*)\):", Path(callout.__file__).read_text(encoding="utf-8"))
    assert hidden
    assert attributes
    assert ticked(hidden[1]) == re.findall(r'"([^"]+)"', attributes[1])


def test_what_the_errors_say() -> None:
    body = FENCE.search(section("## The disclosure"))
    assert body
    assert sorted(body[3].splitlines()) == sorted(refusals(callout))


# Words.


def documented_words() -> set[str]:
    steps = set(names("## Words", "step", 1))
    dotted = set()
    for row in table("## Words", "group"):
        (prefix,) = ticked(row[0])
        if prefix != "page.":
            dotted |= {prefix + name for name in ticked(row[1])}
            continue
        single, _, both = row[1].partition(", and")
        kinds, _, whole = both.partition(" of ")
        endings = [kind.removeprefix("…") for kind in ticked(kinds)]
        dotted |= {f"page.{name}" for name in ticked(single)}
        dotted |= {f"page.{name}{ending}" for name in ticked(whole) for ending in endings}
    return steps | dotted | set(names("## Words", "label"))


def test_every_word_and_no_other() -> None:
    assert documented_words() == set(WORDS)


def test_words_of_each_step() -> None:
    def used(name: str) -> set[str]:
        html = (CALM / name).read_text(encoding="utf-8")
        included = (used(other) for other in re.findall(r'\{% include "([^"]+)" %\}', html))
        return set(re.findall(r"words\.(\w+)", html)).union(*included)

    for step, words in table("## Words", "step"):
        assert set(ticked(words)) == used(f"{step}.html"), step
    first, *rest = themes.STEPS
    assert [row[0] for row in table("## Words", "step")] == [first, "details", *rest]


def test_places_in_words() -> None:
    rows = table("## Words", "in words")
    places = {tuple(ticked(row[0])): {name.strip("{}") for name in ticked(row[1])} for row in rows}
    everywhere, slots = places[()], places[("slots",)]
    filled = re.search(r"^def fill\(.*?^def ", (VIEWS / "themes.py").read_text(), re.MULTILINE | re.DOTALL)
    assert filled
    assert everywhere == set(re.findall(r'"\{(\w+)\}":', filled[0]))
    assert slots == set(themes.SLOTS)
    for prefix, filling in (("error.", r"fill\(text, \{(.*?)\}\)"), ("status.", r"strings\[name\] .*?\{(.*?)\}")):
        known = re.search(filling, source("steps.ts"))
        assert known
        assert places[(prefix,)] == set(re.findall(r"(\w+):", known[1]))
    for name, word in WORDS.items():
        prefix = name.partition(".")[0] + "."
        own = places.get((prefix,), set()) if "." in name else slots
        assert set(PLACE.findall(word)) <= everywhere | own, name


def test_words_with_slots_go_through_the_filter() -> None:
    html = "".join(file.read_text(encoding="utf-8") for file in CALM.glob("*.html"))
    filtered = re.findall(r"words\.(\w+) \| slots", html)
    told = re.search(r"these words go through `slots`:(.*)\.", section("## Words"))
    assert told
    assert sorted(ticked(told[1])) == sorted(filtered)
    slotted = {name for name, word in WORDS.items() if "." not in name and set(PLACE.findall(word)) & set(themes.SLOTS)}
    assert slotted == set(filtered)


def test_languages() -> None:
    told = re.search(r"one file for each language: (.*?)\.", section("## Words"))
    assert told
    assert set(ticked(told[1])) == {file.stem for file in locales_dir().glob("*.json")}


def test_what_a_form_replaces() -> None:
    """The table says who replaces the words of a group; the server's own pages never read a form's words."""
    rows = {ticked(row[0])[0]: row[2] for row in table("## Words", "group")}
    assert {prefix for prefix, who in rows.items() if who == "a form"} <= set(themes.SCRIPT_WORDS)
    mine = {name: "Mine." for name in WORDS if "." in name and rows[name.partition(".")[0] + "."] == "a form"}
    asked = {"email": {"kind": "email"}}
    values = {"id": "x", "group": "promotions", "countries": ["US"], "words": {"en": mine}, "fields": asked}
    view = themes.compile_view(CALM, msgspec.convert(values, Form), group(), brand(), "en", themes.load_strings("en"))
    assert view.strings == mine


# Examples of pages.


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


SNIPPETS = [body for _, body in examples("html")]
SCRIPT = {"async", "crossorigin", "integrity", "src"}


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_addresses_of_pages_exist(snippet: str) -> None:
    for _, own in _Tags(snippet).found:
        for name in own.keys() & {"src", "href"}:
            url = urlsplit(str(own[name]))
            assert f"{url.scheme}://{url.netloc}" == SERVER
            found = [route for route in routes(sandbox=False) if route.path_regex.match(url.path)]
            assert found, url.path
            assert "GET" in (found[0].methods or ())
            assert url.query.partition("=")[0] in {"", "lang"}


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_attributes_of_pages_are_taken(snippet: str) -> None:
    given: dict[str, str | None] = {}
    for tag, own in _Tags(snippet).found:
        if tag == "yesline-form":
            given |= own
        elif tag == "script":
            assert {name for name in own if not name.startswith("data-")} <= SCRIPT
            given |= {name.removeprefix("data-"): value for name, value in own.items() if name.startswith("data-")}
        else:
            assert tag == "a"
    assert all(ORIGIN.fullmatch(origin) for origin in (given.pop("host", None) or "").split())
    for name, value in given.items():
        assert options()[name].match(value or ""), (name, value)


def test_there_are_pages_of_every_way() -> None:
    whole = "".join(SNIPPETS)
    for address in ("/embed/spring-sale.js", "/embed.js", "/assets/", "/f/spring-sale"):
        assert SERVER + address in whole
    assert "<yesline-form" in whole


def test_links_lead_to_pages_of_the_reference() -> None:
    for link in re.findall(r"\]\(([^)#]+)", PROSE):
        assert re.fullmatch(r"[a-z]+\.md|\.\./how-to/[a-z-]+\.md", link), link
    assert not re.search(r"(?<![\w.>])/(work|home|tmp|usr)\b", DOC)


def test_the_default_theme_is_the_one_the_page_names() -> None:
    default = msgspec.convert({"id": "x", "group": "y", "countries": ["US"]}, Form).theme
    assert f"`{default}` is the default" in section("## Themes")
    assert project._theme(Path("nowhere"), Path("form.toml"), default) == CALM
