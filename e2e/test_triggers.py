"""When a form shows by itself, to whom, which one of several, and what `yesline.explain()` says of it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from e2e.conftest import Form, Merchant, Phone, merchants_project
from e2e.test_accessibility import check
from e2e.test_embedding import WITHOUT_STORAGE
from tests.live import Server

MODEL = "spring-harvest"
DAY = 86_400_000

FORMS = {
    "scroll": "trigger = { on = 'scroll', scroll = 60 }",
    "exit": "trigger = { on = 'exit' }",
    "click": "trigger = { on = 'click', selector = '.get-texts' }\ntarget.percent = 1",
    "event": "trigger = { on = 'event', event = 'added-to-cart' }",
    "wait": "trigger = { on = 'load', delay = 700 }\npriority = -1",
    "byhand": "trigger = { on = 'manual' }\npriority = 1",
    "sale": "target.urls = ['/sale/*', '!/sale/checkout*']",
    "fresh": "target.visitors = 'new'",
    "regular": "target.visitors = 'returning'",
    "few": "target.percent = 10",
    "german": "target.languages = ['de']",
    "small": "target.devices = ['phone']",
    "over": "schedule.until = 2020-01-01T00:00:00Z",
    "soon": "schedule.from = 2999-01-01T00:00:00Z",
    "twice": "caps = { days = 0, times = 2 }",
    "enough": "caps = { days = 0, dismissals = 2 }",
    "rests": "caps.days = 3\npriority = 1",
    "high": "priority = 5",
    "before": "teaser = 'before'",
    "after": "teaser = 'after'\ntarget.urls = ['!/checkout']",
    "ab": "variants = { bold = 50 }",
    "bold": "priority = 9",
}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory, shop: Merchant) -> Iterator[Server]:
    """A server with a form for each rule, whose title is its id."""
    folder = tmp_path_factory.mktemp("rules")
    project = merchants_project(folder, shop)
    for name, said in FORMS.items():
        text = f'like = "{MODEL}"\nwords.en.title = "The form {name}"\n{said}\n'
        (project / "forms" / f"{name}.toml").write_text(text)
    running = Server(folder / "data", project)
    running.start()
    shop.knows(running.base)
    yield running
    running.stop()


class Shop:
    """A page of the merchant with some forms on it."""

    def __init__(self, page: Page, shop: Merchant) -> None:
        self.page = page
        self._origin = shop.origin

    def visit(self, *forms: str, more: str = "") -> None:
        """Open the page, and wait until its forms are known to the widget."""
        query = "&".join(f"form={form}" for form in forms)
        self.page.goto(f"{self._origin}/rules.html?{query}{more}")
        self.page.wait_for_function(
            f"async () => window.yesline?.explain && (await yesline.explain()).length >= {len(forms)}"
        )

    def sees(self, form: str) -> None:
        expect(self.page.get_by_role("heading", name=f"The form {form}")).to_be_visible()
        assert self.told(form) == "shown"

    def sees_variant(self, form: str) -> None:
        expect(self.page.get_by_role("heading", name=f"The form {form}")).to_be_visible()

    def sees_nothing(self) -> None:
        self.page.wait_for_timeout(150)  # three times as long as a form that is due takes its turn
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def told(self, form: str) -> str:
        """What ``explain`` says of a form: ``shown``, or the codes of why not."""
        accounts = {account["form"]: account for account in self.page.evaluate("yesline.explain()")}
        account = accounts[form]
        assert all(reason["message"].endswith(".") for reason in account["reasons"])
        return "shown" if account["shown"] else " ".join(reason["code"] for reason in account["reasons"])

    def closes(self) -> None:
        self.page.get_by_role("button", name="No, thanks").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def stored(self, **values: str) -> None:
        """What the device remembers from then on, under ``yesline:`` and these names."""
        said = {name.replace("__", ":"): value for name, value in values.items()}
        self.page.evaluate("said => { for (const n in said) localStorage.setItem('yesline:' + n, said[n]) }", said)


@pytest.fixture
def at(page: Page, rules: Server, shop: Merchant) -> Shop:
    assert rules.port
    return Shop(page, shop)


def test_each_trigger(at: Shop, errors: list[str]) -> None:
    page = at.page
    at.visit("scroll")
    assert at.told("scroll") == "waiting"
    page.mouse.move(300, 300)
    page.mouse.wheel(0, 1000)
    at.sees_nothing()
    page.mouse.wheel(0, 1400)
    at.sees("scroll")

    at.visit("exit")
    page.mouse.move(300, 300)
    page.mouse.move(300, 200)
    at.sees_nothing()
    page.mouse.move(300, -10)
    at.sees("exit")

    at.visit("click")
    assert at.told("click") == "percent"
    page.locator("#inside").click()
    at.sees("click")

    at.visit("event")
    page.evaluate("yesline.track('looked-at-cart')")
    at.sees_nothing()
    page.evaluate("yesline.track('added-to-cart')")
    at.sees("event")
    at.visit("event", more="&again")
    page.evaluate("document.body.dispatchEvent(new CustomEvent('added-to-cart', { bubbles: true }))")
    at.sees("event")

    at.visit("wait")
    at.sees("wait")
    assert page.evaluate("shownAt") > 700

    at.visit("byhand")
    at.sees_nothing()
    assert at.told("byhand") == "manual"
    page.evaluate("yesline.open('byhand')")
    at.sees("byhand")
    assert [error for error in errors if "404" not in error] == []


def test_what_was_tracked_before_the_widget_came_counts(at: Shop) -> None:
    at.page.add_init_script("window.yesline = []; yesline.push(['track', 'added-to-cart'])")
    at.visit("event")
    at.sees("event")


@pytest.mark.usefixtures("rules")
def test_a_flick_back_up_is_an_exit_by_touch(browser: Browser, playwright: Playwright, shop: Merchant) -> None:
    context = browser.new_context(**playwright.devices["Pixel 7"])
    phone = Shop(context.new_page(), shop)
    phone.visit("exit", "small")
    phone.sees("small")
    phone.closes()
    phone.visit("exit")
    phone.page.evaluate("scrollTo(0, 3000)")
    phone.page.wait_for_timeout(400)  # longer than a flick
    phone.page.evaluate("scrollBy(0, -500)")  # as a link to a place further up would
    phone.sees_nothing()
    _drag(phone.page, 200, 300)
    phone.sees_nothing()
    for _ in range(5):  # a slow machine may be too slow for a flick
        if phone.page.get_by_role("dialog").count() == 0:
            _drag(phone.page, 200, 790)
    phone.sees("exit")
    context.close()


def _drag(page: Page, start: int, end: int, moves: int = 6) -> None:
    """A finger from one height of the screen to another. Chromium's own scroll gestures do not move a page without a window."""
    cdp = page.context.new_cdp_session(page)
    for kind, place in [
        ("touchStart", start),
        *(("touchMove", start + (end - start) * move // moves) for move in range(1, moves + 1)),
    ]:
        cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": 200, "y": place}]})
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_addresses_of_an_app_of_one_page(at: Shop) -> None:
    at.visit("sale")
    at.sees_nothing()
    assert at.told("sale") == "url"
    go = "address => history.pushState(null, '', address)"
    at.page.evaluate(go, "/sale/checkout/2")
    at.page.wait_for_timeout(600)  # the widget looks twice a second
    at.sees_nothing()
    at.page.evaluate(go, "/sale/boots")
    at.sees("sale")


def test_to_whom(at: Shop) -> None:
    at.visit("fresh")
    at.sees("fresh")
    at.visit("regular", "german", "small", "over", "soon", "few")
    at.stored(few__draw="0.2")
    at.visit("regular", "german", "small", "over", "soon", "few")
    at.sees_nothing()
    told = {form: at.told(form) for form in ("regular", "german", "small", "over", "soon", "few")}
    assert told == {
        "regular": "visitor", "german": "language", "small": "device", "over": "schedule", "soon": "schedule", "few": "percent",
    }  # fmt: skip
    at.stored(few__draw="0.09")
    at.visit("few")
    at.sees("few")
    at.page.evaluate("sessionStorage.clear()")  # as when the tab is closed
    at.visit("fresh", "regular")
    at.sees("regular")
    assert at.told("fresh") == "visitor"


def test_caps(at: Shop) -> None:
    for form, code in (("twice", "times"), ("enough", "dismissals")):
        for visit in ("&one", "&two"):
            at.visit(form, more=visit)
            at.sees(form)
            at.closes()
            at.sees_nothing()
        at.visit(form)
        at.sees_nothing()
        assert at.told(form) == code
    at.visit("rests")
    at.sees("rests")
    at.closes()
    at.visit("rests")
    at.sees_nothing()
    assert at.told("rests") == "dismissed"
    at.stored(rests=f"dismissed {at.page.evaluate('Date.now()') - 3 * DAY}")
    at.visit("rests")
    at.sees("rests")


def test_a_yes_is_asked_for_no_more(at: Shop, rules: Server, numbers: Iterator[str]) -> None:
    phone = Phone(rules, next(numbers))
    form = Form(at.page, at.page)
    at.visit("ab", "twice")
    at.stored(ab__variant="0.7")
    at.visit("ab")
    at.sees_variant("bold")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    at.visit("ab")
    at.sees_nothing()
    assert at.told("ab") == "answered"


def test_of_several_the_most_important_and_never_two(at: Shop) -> None:
    at.visit("twice", "high", "wait")
    at.sees("high")
    expect(at.page.get_by_role("dialog")).to_have_count(1)
    at.page.wait_for_timeout(750)  # the third one's delay
    expect(at.page.get_by_role("dialog")).to_have_count(1)
    assert (at.told("twice"), at.told("wait")) == ("other_form", "other_form")
    at.closes()
    at.sees_nothing()


def test_teaser_before(at: Shop) -> None:
    page, teaser = at.page, at.page.get_by_role("button", name="Get our texts")
    at.visit("before")
    expect(teaser).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert at.told("before") == "teaser"
    check(page)
    teaser.focus()
    page.keyboard.press("Enter")
    at.sees("before")
    expect(teaser).to_have_count(0)
    page.keyboard.press("Escape")
    expect(teaser).to_be_focused()
    at.stored(before="", before__teaser="")
    at.visit("before")
    page.get_by_role("button", name="Close").click()
    expect(teaser).to_have_count(0)
    at.visit("before")
    at.sees_nothing()
    expect(teaser).to_have_count(0)
    assert at.told("before") == "dismissed"


def test_teaser_after(at: Shop) -> None:
    teaser = at.page.get_by_role("button", name="Get our texts")
    at.visit("after")
    at.sees("after")
    expect(teaser).to_have_count(0)
    at.closes()
    expect(teaser).to_be_visible()
    at.visit("after")
    expect(teaser).to_be_visible()
    assert at.told("after") == "dismissed"
    at.page.evaluate("history.pushState(null, '', '/checkout')")
    expect(teaser).to_have_count(0)
    assert at.told("after") == "dismissed url"
    at.page.evaluate("history.back()")
    expect(teaser).to_be_visible()
    teaser.click()
    at.sees("after")
    at.closes()
    expect(teaser).to_be_visible()
    at.page.get_by_role("button", name="Close").click()
    at.visit("after")
    at.sees_nothing()
    expect(teaser).to_have_count(0)


def test_variants_stick(at: Shop) -> None:
    at.visit("ab")
    drawn = float(at.page.evaluate("localStorage.getItem('yesline:ab:variant')"))
    assert 0 <= drawn < 1
    for draw, shown in (("0.2", "ab"), ("0.7", "bold"), ("0.7", "bold")):
        at.stored(ab="", ab__variant=draw)
        with at.page.expect_request("**/seen") as counted:
            at.visit("ab")
        at.sees_variant(shown)
        assert counted.value.url.endswith(f"/forms/{shown}/seen")
        (account,) = at.page.evaluate("yesline.explain()")
        assert (account["form"], account["shows"], account["shown"]) == ("ab", shown, True)
        at.closes()
        at.visit("ab")
        at.sees_nothing()
        assert at.told("ab") == "dismissed"


def test_blocked_storage(at: Shop, errors: list[str]) -> None:
    at.page.add_init_script(WITHOUT_STORAGE)
    at.visit("after", "fresh", "high", "regular")
    at.sees("high")
    assert at.told("regular") == "visitor"
    at.closes()
    at.visit("twice")
    at.sees("twice")
    assert [error for error in errors if "404" not in error] == []


def test_the_part_comes_by_itself_and_an_element_keeps_the_rules(at: Shop, errors: list[str]) -> None:
    at.visit("enough", more="&apart")
    at.sees("enough")
    at.closes()
    at.visit("byhand", more="&apart")
    _put_element(at.page, "enough")
    at.sees("enough")
    at.closes()
    _put_element(at.page, "after")
    at.sees("after")
    at.closes()
    at.page.get_by_role("button", name="Get our texts").click()
    at.sees("after")
    at.closes()
    at.visit("byhand", more="&apart")
    _put_element(at.page, "enough")
    at.sees_nothing()
    assert at.told("enough") == "dismissals"
    assert [error for error in errors if "404" not in error] == []


def _put_element(page: Page, form: str) -> None:
    page.evaluate(
        "form => document.body.insertAdjacentHTML('beforeend', `<yesline-form form=${form}></yesline-form>`)", form
    )
    page.wait_for_function("async form => (await yesline.explain()).some(account => account.form === form)", arg=form)
