"""A project folder: what it says wrong is told with the file and what to do."""

import re
import shutil
from pathlib import Path

import phonenumbers
import pytest

from tests.conftest import DEMO, FORM
from yesline import project
from yesline.errors import ConfigError

FORM_FILE = f"forms/{FORM}.toml"
GROUP_FILE = "groups/promotions.toml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's folder, to be spoiled."""
    copy = tmp_path / "project"
    shutil.copytree(DEMO, copy)
    return copy


def _change(folder: Path, file: str, line: str, other: str) -> None:
    """Replace the lines that match, or put a line at the top, in place of one that sets the same, where ``line`` is empty."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    if line:
        changed = re.sub(line, lambda _: other, text, flags=re.MULTILINE)
    else:
        name = re.escape(other.partition(" =")[0])
        changed = f"{other}\n" + re.sub(rf"^{name} =.*\n", "", text, flags=re.MULTILINE)
    assert changed != text
    path.write_text(changed, encoding="utf-8")


def _told(folder: Path) -> str:
    with pytest.raises(ConfigError) as told:
        project.load(folder)
    return str(told.value)


def test_demo_is_in_order(folder: Path) -> None:
    loaded = project.load(folder)
    assert [form.form.id for form in loaded.forms] == [FORM]
    assert [group.id for group in loaded.groups] == ["promotions"]


def test_a_star_serves_all_other_countries(folder: Path) -> None:
    def served(listed: str) -> tuple[str, ...]:
        _change(folder, FORM_FILE, r"^countries = .*$", f"countries = [{listed}]")
        return project.load(folder).forms[0].form.countries

    every = served('"GB", "DE", "*"')
    assert every[:3] == ("GB", "DE", "US")
    assert sorted(every) == sorted(phonenumbers.SUPPORTED_REGIONS)
    assert served('"*"')[0] == "US"
    assert served('"CA", "CA"') == ("CA",)


def test_same_content_has_the_same_version_and_other_content_another(folder: Path) -> None:
    first = project.load(folder).forms[0].version
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", first)
    assert project.load(folder).forms[0].version == first
    _change(folder, GROUP_FILE, r"^frequency = .*$", 'frequency = "Up to 9 messages a month"')
    assert project.load(folder).forms[0].version != first


@pytest.mark.parametrize(
    ("file", "line", "other", "told"),
    [
        ("yesline.toml", r"^name = .*$", "", ["yesline.toml", "name"]),
        ("yesline.toml", r"^name = .*$", f'name = "{"x" * 31}"', ["yesline.toml", "$.name"]),
        ("yesline.toml", r"^terms = .*$", 'terms = "larkspur.example/terms"', ["yesline.toml", "$.terms"]),
        ("yesline.toml", r"^terms = .*$", 'terms = "javascript:alert(1)"', ["yesline.toml", "$.terms"]),
        ("yesline.toml", r"^\[brand\]", "[brnad]", ["yesline.toml"]),
        ("yesline.toml", r"^\[brand\].*", "[brand", ["yesline.toml", "line 1"]),
        (GROUP_FILE, r"^frequency = .*$", "", ["promotions.toml", "frequency"]),
        (GROUP_FILE, "", 'frequenzy = "x"', ["promotions.toml", "frequenzy"]),
        (GROUP_FILE, "", 'id = "other"', ["promotions.toml", "its id is its name"]),
        (GROUP_FILE, r"^address = .*$", 'address = "YES@LINE"', ["promotions.toml", "$.sender.address"]),
        (GROUP_FILE, r"^address = .*$", 'address = "TOOLONGANAME"', ["promotions.toml", "$.sender.address"]),
        (GROUP_FILE, r"^opt_in = .*$", 'opt_in = ["STOP"]', ["promotions.toml", "STOP"]),
        (GROUP_FILE, r"^opt_in = .*$", 'opt_in = ["HELP"]', ["promotions.toml", "HELP"]),
        (GROUP_FILE, r"^\[sender\]", '[backup]\naddress = "LARKSPUR"\n[sender]', ["promotions", "takes no replies"]),
        (GROUP_FILE, r"^\[sender\]", '[quiet]\nstart = "25:00"\n[sender]', ["promotions.toml", "$.quiet.start"]),
        (GROUP_FILE, r"^address = .*$", 'address = "+0123456789"', ["promotions.toml", "$.sender.address"]),
        (GROUP_FILE, "", 'opt_in = "none"', ["promotions.toml", "$.opt_in"]),
        (GROUP_FILE, "", "window_days = 91", ["promotions.toml", "$.window_days"]),
        (
            FORM_FILE,
            r"^group = .*$",
            'group = "nothing"',
            [f"{FORM}.toml", "there is no group 'nothing'", "promotions"],
        ),
        (FORM_FILE, r"^countries = .*$", "countries = []", [f"{FORM}.toml", "$.countries"]),
        (FORM_FILE, r"^countries = .*$", 'countries = ["us"]', [f"{FORM}.toml", "$.countries"]),
        (FORM_FILE, r"^countries = .*$", 'countries = ["US", "UK"]', [f"{FORM}.toml", "UK is no country", "GB"]),
        (FORM_FILE, r"^countries = .*$", 'countries = ["US", "**"]', [f"{FORM}.toml", "$.countries"]),
        (FORM_FILE, "", 'display = "popup"', [f"{FORM}.toml", "$.display"]),
        (FORM_FILE, "", 'methods = ["voice"]', [f"{FORM}.toml", "$.methods"]),
        (FORM_FILE, "", 'theme = "nothing"', [f"{FORM}.toml", "there is no theme 'nothing'"]),
        (FORM_FILE, "", 'theme = "../../calm"', [f"{FORM}.toml", "$.theme"]),
        (FORM_FILE, "", 'origins = ["shop.example.com"]', [f"{FORM}.toml", "write it as https://"]),
        (FORM_FILE, "", 'origins = ["https://shop.example.com/"]', [f"{FORM}.toml", "without a path"]),
        (FORM_FILE, "", 'origins = ["https://*.example.com"]', [f"{FORM}.toml", "origin"]),
        (FORM_FILE, "", 'origins = ["*"]', [f"{FORM}.toml", "origin"]),
        (FORM_FILE, "", 'id = "other"', [f"{FORM}.toml", "take out id = 'other'"]),
        (FORM_FILE, "", "origins = [", [f"{FORM}.toml", "line"]),
        (FORM_FILE, r"^on = .*$", 'on = "hover"', [f"{FORM}.toml", "$.trigger.on"]),
        (FORM_FILE, r"^on = .*$", 'on = ["load", "click"]', [f"{FORM}.toml", "trigger.selector", "selector ="]),
        (FORM_FILE, r"^on = .*$", 'on = "event"', [f"{FORM}.toml", "trigger.event", "event ="]),
        (FORM_FILE, r"^on = .*$", 'on = "scroll"\nscroll = 101', [f"{FORM}.toml", "$.trigger.scroll"]),
        (FORM_FILE, "", 'target.urls = ["shop.example.com"]', [f"{FORM}.toml", "no path", "shop.example.com/*"]),
        (FORM_FILE, "", 'target.urls = ["/sale #new"]', [f"{FORM}.toml", "$.target.urls[0]"]),
        (FORM_FILE, "", "target.percent = 0", [f"{FORM}.toml", "$.target.percent"]),
        (FORM_FILE, "", 'target.devices = ["watch"]', [f"{FORM}.toml", "$.target.devices[0]"]),
        (FORM_FILE, "", "schedule.from = 2026-05-01", [f"{FORM}.toml", "$.schedule.from", "datetime"]),
        (FORM_FILE, "", "schedule.until = 2026-05-01T08:00:00", [f"{FORM}.toml", "schedule.until", "offset"]),
        (
            FORM_FILE,
            "",
            "schedule = { from = 2026-05-01T10:00:00+02:00, until = 2026-05-01T08:00:00Z }",
            [f"{FORM}.toml", "over before it begins"],
        ),
        (FORM_FILE, "", 'teaser = "always"', [f"{FORM}.toml", "$.teaser"]),
        (FORM_FILE, "", "variants.other = 50", [f"{FORM}.toml", "variants", "'other' does not exist"]),
        (FORM_FILE, "", "variants = { a = 60, b = 60 }", [f"{FORM}.toml", "variants", f"say what {FORM} itself has"]),
        (FORM_FILE, "", f"variants.{FORM} = 0", [f"{FORM}.toml", "no form has any weight"]),
        (FORM_FILE, "", 'like = "nothing"', [f"{FORM}.toml", "like = 'nothing'"]),
        (FORM_FILE, "", f'like = "{FORM}"', [f"{FORM}.toml", f"like = '{FORM}'"]),
    ],
)
def test_what_is_wrong_is_told_with_the_file(folder: Path, file: str, line: str, other: str, told: list[str]) -> None:
    _change(folder, file, line, other)
    message = _told(folder)
    assert [part for part in told if part not in message] == [], message


def test_folders_without_files_say_what_makes_them(tmp_path: Path, folder: Path) -> None:
    assert "yesline.toml: cannot be read" in _told(tmp_path / "nothing")
    shutil.rmtree(folder / "forms")
    assert "'yesline init'" in _told(folder)


def test_a_sender_has_one_group(folder: Path) -> None:
    shutil.copy(folder / GROUP_FILE, folder / "groups" / "news.toml")
    message = _told(folder)
    assert "24680" in message
    assert "news" in message
    assert "promotions" in message


def test_names_of_files_are_ids(folder: Path) -> None:
    (folder / FORM_FILE).rename(folder / "forms" / "Spring Harvest.toml")
    assert "$.id" in _told(folder)


def test_origins_are_kept_as_browsers_write_them(folder: Path) -> None:
    _change(folder, FORM_FILE, "", 'origins = ["HTTPS://Shop.Example.COM:8443", "null", "capacitor://localhost"]')
    assert project.load(folder).forms[0].form.origins == (
        "https://shop.example.com:8443", "null", "capacitor://localhost",
    )  # fmt: skip


def test_words_that_leave_out_what_carriers_ask_for_are_refused(folder: Path) -> None:
    path = folder / FORM_FILE
    path.write_text(path.read_text() + 'disclosure = "We text you. Reply STOP to end, HELP for help."\n')
    message = _told(folder)
    for missing in ("Message and data rates may apply", "Larkspur Coffee"):
        assert missing in message


def test_own_theme_stands_in_the_project(folder: Path) -> None:
    from yesline.assets import themes_dir

    shutil.copytree(themes_dir() / "calm", folder / "themes" / "ours")
    capture = folder / "themes" / "ours" / "capture.html"
    capture.write_text(capture.read_text().replace('class="lead"', 'class="lead ours"'))
    _change(folder, FORM_FILE, "", 'theme = "ours"')
    assert "lead ours" in str(project.load(folder).forms[0].views["en"].steps["capture"])


def test_a_form_that_is_like_another_says_only_what_is_different(folder: Path) -> None:
    _change(folder, FORM_FILE, "", "variants.bold = 30")
    (folder / "forms" / "bold.toml").write_text(
        f'like = "{FORM}"\ndisplay = "slideup"\ntrigger.delay = 7\nwords.en.title = "Coffee first"\n'
    )
    bold, model = (version.form for version in project.load(folder).forms)
    assert (bold.id, bold.group, bold.countries, bold.variants) == ("bold", model.group, model.countries, {})
    assert (bold.display, model.display) == ("slideup", "modal")
    assert (bold.trigger.delay, bold.trigger.on) == (7, model.trigger.on)
    assert bold.words["en"] == {**model.words["en"], "title": "Coffee first"}
    assert model.arms == {FORM: 70, "bold": 30}


def test_weights_of_variants(folder: Path) -> None:
    for name in ("a", "b"):
        (folder / "forms" / f"{name}.toml").write_text(f'like = "{FORM}"\n')
    for said, arms in (
        ("{ a = 100 }", {"a": 100}),
        ("{ a = 30, b = 20 }", {FORM: 50, "a": 30, "b": 20}),
        (f"{{ a = 2, b = 0, {FORM} = 1 }}", {FORM: 1, "a": 2}),
    ):
        _change(folder, FORM_FILE, "", f"variants = {said}")
        assert project.load(folder).forms[2].form.arms == arms


def test_variants_collect_for_one_group(folder: Path) -> None:
    _change(folder, FORM_FILE, "", "variants.other = 50")
    group = (folder / GROUP_FILE).read_text().replace('"24680"', '"13579"').replace('"JOIN"', '"NEWS"')
    (folder / "groups" / "news.toml").write_text(group)
    (folder / "forms" / "other.toml").write_text(f'like = "{FORM}"\ngroup = "news"\n')
    assert "'other' is for group news, not promotions" in _told(folder)


def test_nobody_is_like_a_form_that_is_like_another(folder: Path) -> None:
    (folder / "forms" / "a.toml").write_text(f'like = "{FORM}"\n')
    (folder / "forms" / "b.toml").write_text('like = "a"\n')
    message = _told(folder)
    assert "b.toml" in message
    assert f"name one of {FORM}" in message


def test_rules_of_an_inline_form_are_warned_of(folder: Path) -> None:
    assert not any("inline" in said for said in project.warnings(project.load(folder)))
    _change(folder, FORM_FILE, "", 'display = "inline"\ntarget.percent = 50')
    (said,) = [said for said in project.warnings(project.load(folder)) if "inline" in said]
    assert said.startswith(f"forms/{FORM}.toml: trigger, target:")


# Groups of e-mail addresses.

LETTERS = 'name = "Letter"\nchannel = "email"\nsends = "a letter"\nfrequency = "Once a month"\n'


def test_a_group_of_addresses_needs_no_sender_and_has_no_texts(folder: Path) -> None:
    (folder / "groups" / "letter.toml").write_text(LETTERS)
    groups = {group.id: group for group in project.load(folder).groups}
    assert (groups["letter"].channel, groups["letter"].senders) == ("email", ())


def test_a_group_that_texts_needs_a_sender(folder: Path) -> None:
    (folder / "groups" / "letter.toml").write_text(LETTERS.replace('channel = "email"\n', ""))
    assert '[sender] is missing: say from which number it texts, or channel = "email"' in _told(folder)


def test_a_group_of_addresses_texts_nobody(folder: Path) -> None:
    (folder / "groups" / "letter.toml").write_text(f'{LETTERS}[sender]\naddress = "13579"\n')
    assert "a group of e-mail addresses texts nobody: take out [sender]" in _told(folder)


def test_a_form_collects_no_addresses(folder: Path) -> None:
    (folder / "groups" / "letter.toml").write_text(LETTERS)
    _change(folder, FORM_FILE, r'group = "promotions"', 'group = "letter"')
    assert "group letter is for e-mail addresses: a form collects numbers" in _told(folder)


# Steps, fields and coupons.


def _second_group(folder: Path, more: str = "") -> None:
    text = (folder / GROUP_FILE).read_text(encoding="utf-8")
    (folder / "groups" / "roasts.toml").write_text(f"{more}\n{text.replace('24680', '13579')}", encoding="utf-8")


BOX = 'fields.more = { kind = "checkbox", group = "roasts", label = { en = "And the roasts" } }'


def test_steps_of_a_form_come_before_the_phone_is_asked(folder: Path) -> None:
    _change(folder, FORM_FILE, "", 'steps = ["details", "capture"]')
    _change(folder, FORM_FILE, "", 'fields.email = { kind = "email", step = "details" }')
    (form,) = project.load(folder).forms
    assert set(form.views["en"].steps) == {"details", "capture", "confirm", "done", "teaser"}
    assert "Email (optional)" in str(form.views["en"].steps["details"])


def test_a_step_needs_a_template(folder: Path) -> None:
    _change(folder, FORM_FILE, "", 'steps = ["capture", "quiz"]')
    told = _told(folder)
    assert "steps: 'quiz' needs a template: there is no quiz.html in" in told
    assert "themes/calm" in told


def test_a_field_needs_a_label_in_every_language_of_the_form(folder: Path) -> None:
    _change(folder, FORM_FILE, "", 'locales = ["en", "de"]')
    _change(folder, FORM_FILE, "", 'fields.cups = { kind = "text", label = { en = "Cups a day" } }')
    assert "fields.cups: it has no label in 'de': write label.de" in _told(folder)


def test_fields_of_the_file_and_of_the_template_are_the_same(folder: Path) -> None:
    theme = folder / "themes" / "mine"
    theme.mkdir(parents=True)
    (theme / "theme.toml").write_text('base = "calm"\n')
    _change(folder, FORM_FILE, "", 'theme = "mine"')
    _change(folder, FORM_FILE, "", 'steps = ["capture", "details"]')
    _change(folder, FORM_FILE, "", 'fields.cups = { kind = "text", label = { en = "Cups" } }')
    template = '{{% extends "calm/details.html" %}}{{% block fields %}}{0}<p data-yesline="error"></p>{{% endblock %}}'
    for inside, said in (
        ("", 'has no element with data-yesline-field="cups"'),
        ('<input name="field.mugs" data-yesline-field="mugs">', "is no field of step details"),
        ('<input data-yesline-field="cups"><input data-yesline-field="cups">', "is there twice"),
        ('<input type="checkbox" data-yesline-field="cups">', "a field of kind text must be"),
        ('<button data-yesline-field="cups">1</button>', "a field of kind text must be"),
    ):
        (theme / "details.html").write_text(template.format(inside))
        told = _told(folder)
        assert said in told, told
        assert "details.html" in told
    choice = '<select name="field.cups" data-yesline-field="cups"><option value="1">One</option></select>'
    (theme / "details.html").write_text(template.format(choice))
    project.load(folder)


def test_the_box_of_another_group_says_all_that_a_consent_must(folder: Path) -> None:
    _second_group(folder)
    _change(folder, FORM_FILE, "", BOX)
    (alone,) = project.load(folder).forms
    assert alone.views["en"].consent_text.count("And the roasts") == 1
    theme = folder / "themes" / "mine"
    theme.mkdir(parents=True)
    (theme / "theme.toml").write_text('base = "calm"\n')
    _change(folder, FORM_FILE, "", 'theme = "mine"')
    box = '<div><input id="m" type="checkbox" data-yesline-field="more"><label for="m">More</label>{}</div>'
    for inside, said in (
        ("", "the box has no disclosure of its own"),
        ('<p data-yesline-terms="more">Texts!</p>', "the disclosure does not say"),
        ('<p data-yesline-terms="more" hidden>{{ fields[0].terms }}</p>', "must always be seen. Remove hidden"),
    ):
        (theme / "boxes.html").write_text(box.format(inside))
        told = _told(folder)
        assert said in told, told
        assert "boxes.html, line 1" in told


def test_what_a_box_of_another_group_says_is_part_of_what_is_agreed_to(folder: Path) -> None:
    _second_group(folder)
    _change(folder, FORM_FILE, "", BOX)
    before = project.load(folder).forms[0].views["en"].consent
    _change(folder, "groups/roasts.toml", "Up to 4 messages a month", "Up to 9 messages a month")
    assert project.load(folder).forms[0].views["en"].consent != before


def test_a_box_needs_a_group_that_can_be_answered(folder: Path) -> None:
    _change(folder, FORM_FILE, "", BOX)
    assert "fields.more: there is no group 'roasts'; groups are promotions" in _told(folder)
    _second_group(folder)
    _change(folder, "groups/roasts.toml", r"^address = .*$", 'address = "Larkspur"')
    _change(folder, FORM_FILE, "", 'methods = ["reply", "code"]')
    assert "the sender of group roasts takes no replies: add" in _told(folder)


def test_a_pool_is_not_for_whoever_types_a_number(folder: Path) -> None:
    _change(folder, FORM_FILE, "", 'coupon_pool = "spring"')
    project.load(folder)
    _change(folder, GROUP_FILE, "", 'opt_in = "single"')
    assert "coupon_pool: group promotions has single opt-in" in _told(folder)
    _change(folder, FORM_FILE, r"^coupon_pool = .*$", 'coupon = "SPRING10"')
    project.load(folder)


def test_a_form_with_a_field_and_a_coupon_that_clash_is_told_all_of_it(folder: Path) -> None:
    _change(folder, FORM_FILE, "", 'coupon_pool = "spring"\ncoupon = "A"\nfields.phone = { kind = "email" }')
    told = _told(folder)
    assert "not both" in told
    assert "'phone' is the name of another part" in told
