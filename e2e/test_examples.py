"""Every example in ``examples/`` is opened as its reader would open it, and opts in."""

import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Page, expect

from e2e.conftest import EXAMPLES, Form, Merchant, Phone


def test_plain(page: Page, form: Form, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/examples/plain/")
    form.submit(phone)
    phone.reply("Y")
    form.done()
    page.get_by_role("button", name="Done").click()
    expect(page.get_by_role("button", name="You’re on the list")).to_be_visible()


def test_strict_csp(page: Page, form: Form, phone: Phone, merchant: Merchant, errors: list[str]) -> None:
    page.goto(f"{merchant.origin}/examples/strict-csp/")
    form.submit(phone)
    form.code.fill(phone.code())
    form.done()
    assert [error for error in errors if "favicon" not in error] == []


def test_in_an_article_no_line_moves(page: Page, phone: Phone, merchant: Merchant) -> None:
    page.add_init_script(
        """window.shift = 0; new PerformanceObserver((list) => list.getEntries().forEach((entry) => shift += entry.value))
             .observe({ type: "layout-shift", buffered: true })"""
    )
    page.goto(f"{merchant.origin}/examples/article/")
    form = Form(page, page.locator("yesline-form"))
    form.submit(phone)
    phone.reply("Y")
    form.done()
    assert form.scope.evaluate(
        "form => getComputedStyle(form.shadowRoot.querySelector('.yl')).getPropertyValue('--yl-accent')"
    )


def test_among_hostile_styles_and_scripts(page: Page, phone: Phone, merchant: Merchant, tmp_path: Path) -> None:
    page.goto(f"{merchant.origin}/examples/hostile/")
    form = Form(page, page.get_by_role("dialog"))
    form.number.click()
    page.keyboard.type(phone.number[2:])
    expect(form.number).to_have_value(phone.typed)
    expect(page.locator("#shortcuts")).to_be_empty()
    looks = form.send.evaluate(
        "button => { const s = getComputedStyle(button); return [s.textTransform, s.letterSpacing, s.float] }"
    )
    assert looks == ["none", "normal", "none"]
    box = form.scope.locator(".card").bounding_box()
    assert box
    assert box["width"] > 380
    page.screenshot(path=tmp_path / "hostile.png")
    form.box.check()
    form.send.click()
    form.code.fill(phone.code())
    form.done()


def test_in_a_frame(page: Page, phone: Phone, merchant: Merchant) -> None:
    page.goto(f"{merchant.origin}/examples/iframe/")
    frame = page.frame(url="**/inner.html")
    assert isinstance(frame, Frame)
    form = Form(page, frame)  # type: ignore[arg-type]  # a frame finds as a page does
    form.submit(phone)
    phone.reply("Y")
    form.done()
    expect(page.locator("output")).to_contain_text("shown submitted confirmed")


@pytest.mark.parametrize("name", ["react", "vue"])
def test_in_an_app_of_one_page(page: Page, phone: Phone, merchant: Merchant, errors: list[str], name: str) -> None:
    subprocess.run(["npm", "run", "--silent", "build"], cwd=EXAMPLES / name, check=True)
    page.goto(f"{merchant.origin}/examples/{name}/")
    page.get_by_role("button", name="Texts").click()
    form = Form(page, page.locator("yesline-form"))
    form.number.fill("201")
    page.get_by_role("button", name="Home").click()
    expect(page.locator("yesline-form")).to_have_count(0)
    page.get_by_role("button", name="Texts").click()
    form.submit(phone)
    phone.reply("Y")
    form.done()
    expect(page.get_by_role("status").filter(has_text="knows: confirmed")).to_be_visible()
    page.get_by_role("button", name="Home").click()
    page.get_by_role("button", name="In a window").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert [error for error in errors if "favicon" not in error and "404" not in error] == []
