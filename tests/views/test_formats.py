"""The table against libphonenumber, and the widget's own code against its formatter, key by key."""

import json
import re
import subprocess
from pathlib import Path
from statistics import median
from typing import Any

import phonenumbers
import pytest

from yesline.views.formats import format_table

WIDGET = Path(__file__).parents[2] / "widget"
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
EVERYDAY = (
    "US",
    "CA",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "PL",
    "PT",
    "TR",
    "BR",
    "MX",
    "IN",
    "JP",
    "AU",
    "IL",
    "AE",
    "SE",
    "NO",
)

# Bundles the widget's module and types every number into it; one process for all.
TYPE_ALL = """
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
const { buildSync } = createRequire(`${process.cwd()}/package.json`)("esbuild");
const options = { entryPoints: ["src/phone.ts"], bundle: true, format: "esm", write: false };
const code = buildSync(options).outputFiles[0].text;
const { written } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
const typed = JSON.parse(readFileSync(0, "utf8"));
const keys = (number, table, from) =>
  [...number].map((_, at) => written(number.slice(0, at + 1), table)).slice(from);
console.log(JSON.stringify(typed.map(([number, table, from]) => keys(number, table, from))));
"""


def mobile(region: str) -> phonenumbers.PhoneNumber:
    kind = phonenumbers.PhoneNumberType.MOBILE
    number = phonenumbers.example_number_for_type(region, kind) or phonenumbers.example_number(region)
    assert number is not None
    return number


def at_home(region: str) -> str:
    return re.sub(r"\D", "", phonenumbers.format_number(mobile(region), phonenumbers.PhoneNumberFormat.NATIONAL))


def abroad(region: str) -> str:
    return phonenumbers.format_number(mobile(region), phonenumbers.PhoneNumberFormat.E164)


def formatter_keys(region: str, typed: str) -> list[str]:
    formatter = phonenumbers.AsYouTypeFormatter(region)
    return [formatter.input_digit(key).strip() for key in typed]


def widget_keys(typed: list[tuple[str, dict[str, Any], int]]) -> list[list[str]]:
    command = ["node", "--input-type=module", "--eval", TYPE_ALL]
    run = subprocess.run(command, cwd=WIDGET, input=json.dumps(typed), capture_output=True, text=True, check=True)
    answer: list[list[str]] = json.loads(run.stdout)
    return answer


def test_typing_at_home_is_as_libphonenumber_does_it(capsys: pytest.CaptureFixture[str]) -> None:
    shown = widget_keys([(at_home(region), format_table(region), 0) for region in REGIONS])
    agree = {r for r, keys in zip(REGIONS, shown, strict=True) if keys == formatter_keys(r, at_home(r))}
    with capsys.disabled():
        print(f"\nas you type, at home: {len(agree)} of {len(REGIONS)} regions as libphonenumber")  # noqa: T201
    assert agree >= set(EVERYDAY)
    assert set(REGIONS) - agree == set()


def test_typing_with_plus_is_as_libphonenumber_does_it() -> None:
    """From the digit after the calling code, for all regions that have formats: for the others libphonenumber takes away
    the space after the code, and the widget does not.
    """
    tables = {region: format_table(region) for region in REGIONS}
    grouped = {region: len(table["code"]) + 1 for region, table in tables.items() if table["national"]}
    shown = widget_keys([(abroad(region), tables[region], start) for region, start in grouped.items()])
    wrong = {
        region
        for (region, start), keys in zip(grouped.items(), shown, strict=True)
        if keys != formatter_keys(region, abroad(region))[start:]
    }
    assert wrong == set()
    assert len(grouped) > 235


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
