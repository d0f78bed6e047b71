"""What the form does in other engines than the one that all other tests use: the main job, its errors, the code, Arabic."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from e2e.conftest import Merchant, Phone, merchants_project
from e2e.engines.base import BACKSPACE, ESCAPE, LEFT, FormDriver
from e2e.engines.chromium import ChromiumDriver
from e2e.engines.firefox import FirefoxDriver
from e2e.engines.webkit import WebKitDriver
from tests.live import Server
from yesline.views.themes import load_strings

pytestmark = pytest.mark.filterwarnings("ignore:setting remote_server_addr:DeprecationWarning")  # selenium's own


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, shop: Merchant) -> Iterator[Server]:
    """A server whose form speaks Arabic too, and sends a text again after a second."""
    folder = tmp_path_factory.mktemp("engines")
    project = merchants_project(folder, shop)
    file = project / "forms" / "spring-harvest.toml"
    file.write_text(f'locales = ["en", "ar"]\n{file.read_text()}')
    running = Server(folder / "data", project, more={"YESLINE_RESEND_SECONDS": "1"})
    running.start()
    shop.knows(running.base)
    yield running
    running.stop()


def _phone(request: pytest.FixtureRequest) -> FormDriver:
    devices = request.getfixturevalue("playwright").devices
    return ChromiumDriver(request.getfixturevalue("browser"), devices["Pixel 7"])


ENGINES: dict[str, Callable[[pytest.FixtureRequest], FormDriver]] = {
    "chromium": lambda request: ChromiumDriver(request.getfixturevalue("browser")),
    "chromium-phone": _phone,
    "webkit": lambda _: WebKitDriver(),
    "firefox": lambda _: FirefoxDriver(),
}


# The other tests are of Chromium on a desk: here it does the main job alone, to show that the drivers mean the same.
@pytest.fixture(scope="module", params=[name for name in ENGINES if name != "chromium"])
def driver(request: pytest.FixtureRequest) -> Iterator[FormDriver]:
    made = ENGINES[request.param](request)
    yield made
    made.quit()


@pytest.fixture
def form(driver: FormDriver, tmp_path: Path) -> Iterator[FormDriver]:
    """A visitor who was never here; what they saw last is kept with the test's files."""
    yield driver
    driver.screenshot(tmp_path / "last.png")
    driver.forget()


@pytest.fixture
def phone(served: Server, numbers: Iterator[str]) -> Phone:
    return Phone(served, next(numbers))


@pytest.mark.parametrize("driver", ENGINES, indirect=True, scope="module")
def test_reply(form: FormDriver, phone: Phone, shop: Merchant) -> None:
    form.open(f"{shop.origin}/plain.html")
    assert form.type_phone(phone.number.removeprefix("+1")) == phone.typed
    assert not form.ticked()
    form.tick()
    form.send()
    form.wait_for_step("confirm")
    assert form.focused() == "heading"
    form.correct()
    form.wait_for_step("capture")
    assert (form.value("phone"), form.ticked()) == (phone.typed, True)
    form.send()
    form.wait_for_step("confirm")
    phone.wait_for("reply Y")
    phone.reply("Y")
    form.wait_for_step("done")
    assert form.focused() == "heading"
    form.close()
    form.wait_for_step("")


def test_code(form: FormDriver, phone: Phone, shop: Merchant) -> None:
    form.open(f"{shop.origin}/plain.html")
    form.type_phone(phone.typed)
    form.tick()
    form.send()
    form.wait_for_step("confirm")
    form.enter_code("000001" if phone.code() == "000000" else "000000")
    form.wait_for_error("That code isn’t right")
    assert form.focused() == "code"
    form.resend()
    form.enter_code(phone.code(2))
    form.wait_for_step("done")


def test_errors(form: FormDriver, phone: Phone, shop: Merchant) -> None:
    form.open(f"{shop.origin}/plain.html")
    assert form.type_phone("20155501") == "(201) 555-01"
    form.send()
    form.wait_for_error("digits short for United States")
    assert form.focused() == "phone"
    form.choose_country("DE")
    form.type_phone("015112345678")
    form.wait_for_value("phone", "01511 2345678")
    form.type_phone(phone.number)
    assert form.value("country") == "US"
    form.send()
    form.wait_for_error("Tick the box")
    assert form.focused() == "consent"
    form.keys(" ")
    assert form.ticked()
    form.keys(ESCAPE)
    form.wait_for_step("")


def test_the_caret_stays_where_the_hand_is(form: FormDriver, shop: Merchant) -> None:
    form.open(f"{shop.origin}/plain.html")
    assert form.type_phone("2015580199") == "(201) 558-0199"
    form.keys(LEFT * 4 + BACKSPACE + "5")
    assert form.value("phone") == "(201) 555-0199"


def test_right_to_left(form: FormDriver, phone: Phone, shop: Merchant) -> None:
    form.open(f"{shop.origin}/arabic.html")
    assert form.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert (form.direction(), form.direction("phone"), form.direction("disclosure")) == ("rtl", "ltr", "rtl")
    assert form.middle("consent") > form.middle("disclosure")
    form.type_phone("20155501")
    form.send()
    form.wait_for_error(load_strings("ar")["error.phone_too_short"].partition("{")[0])
    assert form.type_phone(phone.number.removeprefix("+1")) == phone.typed
    form.tick()
    form.send()
    form.wait_for_step("confirm")
    assert (form.direction(), form.direction("code")) == ("rtl", "ltr")
    phone.wait_for("STOP")
    phone.reply("Y")
    form.wait_for_step("done")
