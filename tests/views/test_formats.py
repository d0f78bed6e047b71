"""The tables against libphonenumber: the widget's own code against its formatter, key by key."""

import json
import subprocess
from collections import Counter
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median

import phonenumbers
import pytest

from scripts.learn_formats import at_home, example_mobile, learn, mobiles
from yesline.views.formats import format_table

WIDGET = Path(__file__).parents[2] / "widget"
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EVERYDAY = ("US", "CA", "GB", "DE", "FR", "ES", "IT", "NL", "PL", "PT", "TR", "BR", "MX", "IN", "JP", "AU", "IL", "SE")
MANY_WAYS = ("AR", "BR", "CL", "EE", "IN", "KR", "ML", "NZ", "SO", "ZA")
"""Where mobiles are written in many ways, so that a few numbers would not tell."""

# Bundles the widget's module and types every number into it; one process for all.
TYPE_ALL = """
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const { buildSync } = createRequire(`${process.cwd()}/package.json`)("esbuild");
const options = { entryPoints: ["src/phone.ts"], bundle: true, format: "esm", write: false };
const code = buildSync(options).outputFiles[0].text;
const { written } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
const { tables, typed } = JSON.parse(readFileSync(0, "utf8"));
const keys = ([region, number]) => [...number].map((_, at) => written(number.slice(0, at + 1), tables[region]));
console.log(JSON.stringify(typed.map(keys)));
"""

Typed = tuple[str, str]
"""A region, and what is typed there."""


def both_ways(region: str, mobile: str) -> list[Typed]:
    return [(region, at_home(region, mobile)), (region, f"+{phonenumbers.country_code_for_region(region)}{mobile}")]


def formatter_keys(typed: Typed) -> list[str]:
    formatter = phonenumbers.AsYouTypeFormatter(typed[0])
    return [formatter.input_digit(key).strip() for key in typed[1]]


def widget_keys(typed: list[Typed]) -> list[list[str]]:
    command = ["node", "--input-type=module", "--eval", TYPE_ALL]
    told = json.dumps({"tables": {region: format_table(region) for region in REGIONS}, "typed": typed})
    run = subprocess.run(command, cwd=WIDGET, input=told, capture_output=True, text=True, check=True)
    answer: list[list[str]] = json.loads(run.stdout)
    return answer


def missed(typed: list[Typed]) -> list[Typed]:
    """Those that the widget shows in another way at some key."""
    shown = widget_keys(typed)
    return [way for way, keys in zip(typed, shown, strict=True) if keys != formatter_keys(way)]


def test_the_example_of_every_region_is_shown_as_libphonenumber_does_at_every_key() -> None:
    examples = {region: phonenumbers.national_significant_number(example_mobile(region)) for region in REGIONS}
    typed = [way for region, mobile in examples.items() for way in both_ways(region, mobile)]
    assert len(typed) == 490
    assert missed(typed) == []


def test_other_mobiles_are_too_but_for_one_in_a_hundred() -> None:
    """Drawn anew: the tables were learned from others."""
    drawn = {r: mobiles(r, Random(f"not learned from, {r}")) for r in REGIONS}
    counts = {region: 100 if region in MANY_WAYS else 12 for region in REGIONS}
    typed = [way for r in REGIONS for mobile in islice(drawn[r], counts[r]) for way in both_ways(r, mobile)]
    misses = Counter(region for region, _ in missed(typed))
    assert {region: count for region, count in misses.items() if count > 0.01 * 2 * counts[region]} == {}


@pytest.mark.parametrize("region", ["GB", "US"])
def test_the_tables_are_what_the_script_learns(region: str) -> None:
    assert learn(region, most=1) == format_table(region)


def test_one_table_is_small() -> None:
    sizes = [len(json.dumps(format_table(region), separators=(",", ":"), ensure_ascii=False)) for region in REGIONS]
    assert median(sizes) < 150
    assert max(sizes) < 2000


@pytest.mark.parametrize("region", EVERYDAY)
def test_the_example_is_a_valid_mobile(region: str) -> None:
    table = format_table(region)
    number = phonenumbers.parse(table["example"], region)
    assert phonenumbers.is_valid_number_for_region(number, region)
    assert len(phonenumbers.national_significant_number(number)) in table["lengths"]


def test_lengths_and_trunk() -> None:
    assert format_table("DE")["lengths"] == [10, 11]
    assert [format_table(region)["trunk"] for region in ("US", "GB", "IT", "KZ")] == ["1", "0", "", "8"]


def test_an_unknown_region_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        format_table("ZZ")
