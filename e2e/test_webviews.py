"""In an app's web view and in a frame: the app hears all that happens and nobody else does, and the form works where little else does."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from e2e.conftest import Form, Merchant, Phone, merchants_project
from e2e.test_embedding import WITHOUT_STORAGE
from e2e.webviews import HEARD, Android, App, Flutter, Ios, ReactNative
from tests.live import Server

FORM = "spring-harvest"
KEYS = {"yesline", "event", "form", "submission", "detail"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Merchant]:
    """A site of three names, of which one has no secure context."""
    with Merchant().open() as site:
        yield site


@pytest.fixture(scope="module")
def plain(shop: Merchant) -> str:
    return shop.origin.replace("127.0.0.1", "shop.test")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, shop: Merchant, plain: str) -> Iterator[Server]:
    """A server whose forms may show on either, and where an origin is null; one of them waits for an event."""
    folder = tmp_path_factory.mktemp("webviews")
    project = merchants_project(folder, shop)
    for file in (project / "forms").glob("*.toml"):
        text = re.sub(r"origins = .*", f'origins = ["{shop.origin}", "{plain}", "null"]', file.read_text())
        file.write_text(f'back = "myapp://sms-done"\n{text}' if file.stem == FORM else on_event(text))
    running = Server(folder / "data", project)
    running.start()
    shop.knows(running.base)
    yield running
    running.stop()


def on_event(text: str) -> str:
    return text.replace('on = "load"', 'on = "event"\nevent = "cart_filled"')


@pytest.fixture
def phone(served: Server, numbers: Iterator[str]) -> Phone:
    return Phone(served, next(numbers))


@pytest.fixture
def form(page: Page) -> Form:
    return Form(page, page)


def told(messages: list[dict[str, Any]]) -> list[tuple[str, str, Any]]:
    """Event, form and detail of each message, whose shape is checked."""
    for message in messages:
        assert set(message) == KEYS
        assert message["yesline"] == 1
    return [(message["event"], message["form"], message["detail"]) for message in messages]


def sign_up(form: Form, phone: Phone) -> None:
    """With a mistake at first, to the end."""
    form.number.fill("12")
    form.send.click()
    expect(form.scope.get_by_text("digits short").first).to_be_visible()
    form.submit(phone)
    phone.wait_for("reply Y")
    phone.reply("Y")
    form.done()


SIGNED_UP = [
    ("invalid", FORM, {"code": "phone_too_short"}),
    ("submitted", FORM, {}),
    ("confirmed", FORM, {}),
]


@pytest.mark.parametrize("kind", [Ios, Android, ReactNative, Flutter])
def test_an_app_of_each_platform(
    page: Page,
    form: Form,
    served: Server,
    shop: Merchant,
    numbers: Iterator[str],
    errors: list[str],
    kind: Callable[[str, Merchant], App],
) -> None:
    """The examples, over a page of their own and on the hosted one; every message in its order."""
    app = kind(served.base, shop)
    app.show(page, FORM, own_page=True)
    sign_up(form, Phone(served, next(numbers)))
    app.wait_for(page, "confirmed")
    messages = app.heard(page)
    assert told(messages) == [("ready", "", {}), ("shown", FORM, {}), *SIGNED_UP]
    submissions = [message["submission"] for message in messages]
    assert submissions[:-2] == ["", "", ""]
    assert submissions[-1] == submissions[-2] != ""

    other = page.context.new_page()
    kind(served.base, shop).show(other, FORM, own_page=False)
    texting = other.get_by_role("link", name="24680")
    texting.click()
    link = app.wait_for(other, "link")
    sign_up(Form(other, other), Phone(served, next(numbers)))
    app.wait_for(other, "confirmed")
    assert link["detail"] == {"url": "sms:24680"}
    assert told(app.heard(other)) == [("ready", "", {}), ("shown", FORM, {}), ("link", "", link["detail"]), *SIGNED_UP]
    assert [error for error in errors if "404" not in error] == []


def test_what_the_react_native_example_does(page: Page, served: Server, shop: Merchant) -> None:
    """The one that can be run as it is: it opens links, and ends by what it hears."""
    app = ReactNative(served.base, shop)
    app.show(page, FORM, own_page=False)
    page.get_by_role("link", name="24680").click()
    page.wait_for_function("ended.length === 1")
    assert page.evaluate("ended") == [["link", "sms:24680"]]
    app.show(page, FORM, own_page=True)
    page.get_by_role("button", name="No, thanks").click()
    page.wait_for_function("ended.length === 1")
    assert page.evaluate("ended") == [["dismissed", None]]
    app.show(page, "no-such-form", own_page=True)
    page.wait_for_function("ended.length === 1")
    assert page.evaluate("ended") == [["failed", "form_not_found"]]


def command(page: Page, *messages: object) -> None:
    """As a native half sends it: without source and origin."""
    page.evaluate(
        "(all) => all.forEach((data) => dispatchEvent(new MessageEvent('message', { data })))", list(messages)
    )


def test_commands(page: Page, form: Form, served: Server, shop: Merchant, errors: list[str]) -> None:
    app = Android(served.base, shop)
    page.add_init_script(f"{HEARD}\n{app.interface()}")
    page.goto(shop.write("two.html", """<!doctype html>
        <script async crossorigin src="{server}/embed.js" data-form="restock"></script>
        <script async crossorigin src="{server}/embed.js" data-form="no-such-form"></script>"""))  # fmt: skip
    app.wait_for(page, "failed")
    command(page, "{", "[]", None, 5, "webpack", {"yes": 1}, {"yesline": 1, "event": "shown"}, {"command": "open"})
    command(page, {"yesline": 2, "command": "open", "form": FORM}, {"yesline": 1, "command": "dance"})
    command(
        page, {"yesline": 1}, {"yesline": 1, "command": "open", "form": "No Form"}, {"yesline": 1, "command": "track"}
    )
    page.evaluate("(data) => dispatchEvent(new MessageEvent('message', { data, origin: 'https://gone.example' }))",
                  {"yesline": 1, "command": "open", "form": FORM})  # fmt: skip
    page.evaluate("postMessage({ yesline: 1, command: 'explain' })")
    app.wait_for(page, "explained")
    expect(form.number).to_have_count(0)
    command(page, {"yesline": 1, "command": "track", "event": "cart_filled"})
    app.wait_for(page, "shown")
    command(page, {"yesline": 1, "command": "close"})
    app.wait_for(page, "dismissed")
    command(page, {"yesline": 1, "command": "open", "form": FORM})
    expect(form.number).to_be_visible()
    command(page, {"yesline": 1, "command": "explain"})
    page.wait_for_function("heard.filter((message) => message.event === 'explained').length === 2")
    messages = told(app.heard(page))
    before, after = [{account["form"]: account["shown"] for account in detail}
                     for event, _, detail in messages if event == "explained"]  # fmt: skip
    assert (before, after) == ({"restock": False}, {"restock": True, FORM: True})
    assert [message for message in messages if message[0] != "explained"] == [
        ("ready", "", {}),
        ("failed", "no-such-form", {"code": "form_not_found"}),
        ("failed", FORM, {"code": "bridge_version"}),
        ("failed", "", {"code": "bridge_command"}),
        ("failed", "", {"code": "bridge_command"}),
        ("failed", "No Form", {"code": "bridge_command"}),
        ("failed", "", {"code": "bridge_command"}),
        ("shown", "restock", {}),
        ("dismissed", "restock", {}),
        ("shown", FORM, {}),
    ]
    assert [error for error in errors if "404" not in error] == []


FRAME = """<!doctype html><title>Around</title><script>{heard}
    addEventListener("message", ({ origin, data }) => hear({ origin, ...data }));</script>
    <iframe src="{address}" style="width: 100%; height: 60em"></iframe>"""


def around(shop: Merchant, address: str) -> str:
    """The name of a page with another in it, which keeps what it is told."""
    name = f"around-{len(shop._handler.written)}.html"  # type: ignore[attr-defined]
    shop.write(name, FRAME.replace("{heard}", HEARD).replace("{address}", address))
    return name


@pytest.mark.usefixtures("served")
def test_frames(page: Page, shop: Merchant, plain: str) -> None:
    """The page that `data-host` names hears and commands, else one of the same origin; any other does neither."""
    shop.write("named.html", f"""<!doctype html><script async crossorigin
        src="{{server}}/embed.js" data-host="https://app.example.com {plain}"></script>""")  # fmt: skip
    shop.write("unnamed.html", """<!doctype html><script async crossorigin src="{server}/embed.js"></script>""")
    named, unnamed = around(shop, f"{shop.origin}/named.html"), around(shop, f"{shop.origin}/unnamed.html")
    stranger = plain.replace("shop.", "stranger.")
    open_form = f"frames[0].postMessage({{ yesline: 1, command: 'open', form: '{FORM}' }}, '*')"
    for site, name, hears in [
        (plain, named, True),
        (shop.origin, unnamed, True),
        (plain, unnamed, False),
        (shop.origin, named, False),
        (stranger, named, False),
    ]:
        page.goto(f"{site}/{name}")
        inner = page.frames[1]
        inner.wait_for_function("window.yesline && !Array.isArray(yesline)")
        inner.evaluate("import(document.querySelector('script').src.replace('embed.js', 'parts/bridge.js'))")
        page.evaluate(open_form)
        if hears:
            inner.get_by_label("Mobile number").wait_for()
            App.wait_for(page, "shown")
        else:
            inner.evaluate("yesline.open('restock')")
            inner.get_by_label("Mobile number").wait_for()
            assert inner.locator("yesline-form").count() == 1, "it did what a stranger said"
            assert App.heard(page) == []


def test_little_else_works(
    context: BrowserContext, page: Page, form: Form, served: Server, plain: str, phone: Phone
) -> None:
    """No storage, no cookies, nobody else's servers, no secure context, and no bridge."""
    cdp = context.new_cdp_session(page)
    cdp.send("Emulation.setDocumentCookieDisabled", {"disabled": True})
    page.add_init_script(WITHOUT_STORAGE)
    asked: set[str] = set()
    page.on("request", lambda request: asked.add(request.url.split("/")[2]))
    page.route("**/parts/bridge.js", lambda route: route.abort())
    page.add_init_script("window.YeslineAndroid = {}")
    page.goto(f"{plain}/plain.html")
    assert page.evaluate("[isSecureContext, typeof crypto.subtle, typeof crypto.randomUUID]") == [
        False,
        "undefined",
        "undefined",
    ]
    sign_up(form, phone)
    assert asked == {plain.removeprefix("http://"), f"127.0.0.1:{served.port}"}
    assert context.cookies() == []


def test_an_origin_that_is_null(
    page: Page, served: Server, shop: Merchant, numbers: Iterator[str], tmp_path: Path
) -> None:
    """A file of the app's own, and a frame that is locked in."""
    script = f"""<script async crossorigin src='{served.base}/embed.js' data-form='{FORM}' data-host='{shop.origin}'></script>"""
    file = tmp_path / "app.html"
    file.write_text(f"<!doctype html><title>App</title>{script}")
    app = Android(served.base, shop)
    page.add_init_script(f"{HEARD}\n{app.interface()}")
    page.goto(file.as_uri())
    assert page.evaluate("origin") == "null"
    sign_up(Form(page, page), Phone(served, next(numbers)))
    app.wait_for(page, "confirmed")
    assert told(app.heard(page)) == [("ready", "", {}), ("shown", FORM, {}), *SIGNED_UP]

    other = page.context.new_page()
    locked = f"""<iframe sandbox="allow-scripts allow-forms" srcdoc="<!doctype html>{script}" style="width: 100%; height: 60em"></iframe>"""
    other.goto(shop.write("locked.html", FRAME.replace("{heard}", HEARD).partition("<iframe")[0] + locked))
    sign_up(Form(other, other.frame_locator("iframe")), Phone(served, next(numbers)))  # type: ignore[arg-type]
    app.wait_for(other, "confirmed")
    messages = app.heard(other)
    assert {message.pop("origin") for message in messages} == {"null"}
    assert told(messages) == [("ready", "", {}), ("shown", FORM, {}), *SIGNED_UP]


def test_a_hosted_page_that_is_sent_without_the_script(
    page: Page, form: Form, served: Server, shop: Merchant, phone: Phone
) -> None:
    """Who types before the script is there sends the page's own form, and the app hears all the same."""
    held: list[Route] = []
    page.route("**/embed.js", lambda route: held.append(route) if not held else route.continue_())
    app = Ios(served.base, shop)
    page.add_init_script(f"{HEARD}\n{app.interface()}")
    page.goto(f"{served.base}/f/{FORM}", wait_until="commit")
    form.submit(phone)
    submission = app.wait_for(page, "submitted")["submission"]
    assert told(app.heard(page)) == [("ready", "", {}), ("submitted", FORM, {})]
    phone.wait_for("reply Y")
    phone.reply("Y")
    form.done()
    assert app.wait_for(page, "confirmed")["submission"] == submission
