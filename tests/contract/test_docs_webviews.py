"""docs/how-to/webviews.md says what the examples do, and every name and address in it is one of ours."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.contract.test_docs_widget import ORIGIN, names
from yesline import project
from yesline.routes import routes

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "webviews"
PAGE = (ROOT / "docs" / "how-to" / "webviews.md").read_text(encoding="utf-8")
FENCES = dict(re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
SOURCES = {"swift": "ios", "kotlin": "android", "tsx": "react-native", "dart": "flutter"}


def example(kind: str) -> str:
    (file,) = (EXAMPLES / SOURCES[kind]).iterdir()
    return file.read_text(encoding="utf-8")


def test_messages_are_those_of_the_reference() -> None:
    told = set(re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Hear what happens")[2], re.MULTILINE))
    assert told
    assert told < set(names("## Bridge", "message"))


@pytest.mark.parametrize("kind", SOURCES)
def test_examples_know_the_messages(kind: str) -> None:
    known = set(
        re.findall(
            r"""(?:case |event === |^ +)["'](\w+)["'](?: when| where|:|\)| &&| ->)""", example(kind), re.MULTILINE
        )
    )
    assert known == {"ready", "shown", "link", "confirmed", "dismissed", "failed"}


def test_lines_of_the_page_are_the_examples() -> None:
    assert FENCES["swift"].strip() in example("swift")
    name = r'addWebMessageListener\(web, "\w+"'
    assert re.findall(name, FENCES["kotlin"]) == re.findall(name, example("kotlin"))
    handler = r"handlerName: '\w+'"
    assert re.search(handler, PAGE)
    assert set(re.findall(handler, PAGE)) == set(re.findall(handler, example("dart")))
    assert "addJavaScriptChannel('YeslineAndroid'" in PAGE
    assert set(re.findall(r'command: "\w+"', PAGE)) == set(re.findall(r'command: "\w+"', example("tsx")))


def test_addresses() -> None:
    for path in re.findall(r"https://sms\.example\.com(/[\w./-]+)", PAGE + "".join(map(example, SOURCES))):
        assert any(route.path_regex.match(path) for route in routes(sandbox=False)), path
    (hosts,) = re.findall(r'data-host="([^"]+)"', PAGE)
    assert all(ORIGIN.fullmatch(origin) for origin in hosts.split())
    project._check_back(ROOT, tomllib.loads(FENCES["toml"])["back"])


@pytest.mark.parametrize(
    "page", [ROOT / "docs/how-to/webviews.md", ROOT / "examples/README.md", EXAMPLES / "README.md"]
)
def test_links_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert links
    assert all((page.parent / link).is_file() for link in links)
