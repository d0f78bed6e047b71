"""HTML of themes <-> node trees."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yesline.errors import ConfigError
from yesline.views import nodes
from yesline.views.nodes import Hook, parse, to_html

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=12)
NAMES = st.sampled_from(["class", "id", "title", "aria-label", "data-yesline", "data-yesline-text"])
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=8)


def element(tag: str, children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    attributes = st.dictionaries(NAMES, VALUES, max_size=3)
    inside = st.just([]) if tag in nodes.VOID else st.lists(children, max_size=4)
    return st.tuples(attributes, inside).map(lambda made: [tag, made[0] or 0, *made[1]])


TREES = st.recursive(
    WORDS,
    lambda children: st.sampled_from(["div", "section", "span", "strong", "input", "br", "li"]).flatmap(
        lambda tag: element(tag, children)
    ),
    max_leaves=25,
)


@given(st.lists(TREES, max_size=4))
def test_what_is_written_reads_as_the_same_tree(trees: list[Any]) -> None:
    tree = parse(to_html(trees), "x")
    assert parse(to_html(tree), "x") == tree


@given(st.lists(TREES, max_size=4))
def test_reading_keeps_every_word(trees: list[Any]) -> None:
    assert nodes.text(parse(to_html(trees), "x")) == nodes.text(trees)


HTML = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<div>",
                "</div>",
                "<a",
                "href=x>",
                "</a>",
                "<script>",
                "</script>",
                "<svg>",
                "<path",
                'd="M0',
                '0"/>',
                "</svg>",
                "<img",
                "src=x",
                "onerror=y>",
                "<input",
                "checked>",
                "<a",
                'href="java&#115;cript:x">',
                "<a",
                'href="&#9;javascript:x">',
                "<p",
                'style="x">',
                "<style>",
                "<iframe",
                "src=x>",
                "<!--",
                "-->",
                "<![CDATA[x]]>",
                "<?x?>",
                "&",
                "<",
                ">",
                '"',
                "<p",
                "onclick=x>",
                "<form",
                "action=x>",
                "<math>",
                "<b/>",
                "</b>",
            ]
        ),
        WORDS,
    ),
    max_size=8,
).map("".join)


@given(HTML)
def test_nothing_that_is_not_allowed_comes_out(html: str) -> None:
    try:
        tree = parse(html, "x")
    except ConfigError:
        return
    for found in nodes.elements(tree):
        assert found[0] in nodes.TAGS
        for name, value in nodes.attributes(found).items():
            allowed = nodes.SVG_ATTRIBUTES if found[0] in nodes.SVG_TAGS else nodes.ATTRIBUTES
            assert name in allowed or name.startswith(("aria-", "data-yesline"))
            assert "script:" not in value


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>\n<script>x</script>", "line 2: <script>"),
        ('<p style="color:red"></p>', "theme.css"),
        ("<p onclick=x></p>", "Scripts never"),
        ("<input type=checkbox checked>", "no consent"),
        ('<a href="javascript:alert(1)">x</a>', "not an address"),
        ('<a href="&#10;javascript:alert(1)">x</a>', "not an address"),
        ('<a href="//elsewhere.example">x</a>', "not an address"),
        ('<img src="data:image/png;base64,x">', "not an address"),
        ('<form action="/elsewhere"></form>', "action"),
        ("<p><div></div></p>", "cannot stand inside <p>"),
        ("<form><form></form></form>", "cannot stand inside <form>"),
        ("<a href=x><button>y</button></a>", "cannot stand inside <a>"),
        ("<select><p>x</p></select>", "cannot stand inside <select>"),
        ("<svg><p>x</p></svg>", "cannot stand inside <svg>"),
        ("<path d=x></path>", "only inside <svg>"),
        ("<p>one", "<p> is not closed"),
        ("</p>", "closes nothing"),
        ("<p></b></p>", "Expected </p>"),
        ("<div/>", "does not close itself"),
        ("<p id=a id=b></p>", "twice"),
        ("<!doctype html>", "inside of a card"),
        ("<?php x ?>", "does not belong"),
    ],
)
def test_refusals_name_the_file_and_what_to_do(html: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"card\.html, line \d") as refused:
        parse(html, "card.html")
    assert said in str(refused.value)


def test_blanks_that_mean_nothing_are_dropped() -> None:
    html = "<div>\n  <p>\n One <b>two</b>\n <i>three</i> <!-- four --> five\n</p>\n  <ul> <li> x </li> </ul>\n</div>\n"
    assert parse(html, "x") == [
        ["div", 0, ["p", 0, "One ", ["b", 0, "two"], " ", ["i", 0, "three"], " five"], ["ul", 0, ["li", 0, "x"]]]
    ]


def test_drawings_keep_the_case_of_their_attributes() -> None:
    assert parse('<svg viewBox="0 0 1 1"> <path d="M0 0"/> </svg>', "x") == [
        ["svg", {"viewBox": "0 0 1 1"}, ["path", {"d": "M0 0"}]]
    ]


def test_slots_are_filled_and_escaped() -> None:
    tree = parse('<p>To <b data-yesline-text="number">x</b></p>', "x")
    assert to_html(tree, {"number": "<1>"}) == '<p>To <b data-yesline-text="number">&lt;1&gt;</b></p>'


@pytest.mark.parametrize(
    ("wanted", "shown"), [("code", True), ("!code", False), ("code !busy", True), ("code link", False)]
)
def test_elements_whose_condition_does_not_hold_are_left_out(wanted: str, shown: bool) -> None:
    tree = parse(f'<p data-yesline-if="{wanted}">x</p>', "x")
    assert bool(to_html(tree, conditions={"code"})) is shown
    assert to_html(tree)


def test_hooks_set_what_only_the_server_knows() -> None:
    tree = parse(
        '<form data-yesline="form" id="f"><select data-yesline="country"></select><b data-yesline="x"></b></form>', "x"
    )
    hooks = {
        "form": Hook({"action": '/f?a="&b', "id": None}, before=(["input", {"type": "hidden"}],)),
        "country": Hook(children=(["option", {"selected": ""}, "US"],)),
        "x": Hook(gone=True),
    }
    assert to_html(tree, hooks=hooks) == (
        '<form data-yesline="form" action="/f?a=&quot;&amp;b"><input type="hidden">'
        '<select data-yesline="country"><option selected>US</option></select></form>'
    )
