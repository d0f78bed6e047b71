"""How a phone field groups digits while they are typed: a table of a hundred bytes a region, learned from libphonenumber.

The page cannot carry libphonenumber (30 kB and more), and its formatter is a machine with much state. But a visitor types a
mobile number, and for the mobiles of one region the formatter's answers fall into a handful of templates. So we type sample
mobiles into the real formatter and write down what it did.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import cycle, islice
from typing import Any

from phonenumbers import (
    AsYouTypeFormatter,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    country_code_for_region,
    example_number,
    example_number_for_type,
    format_number,
    national_significant_number,
    ndd_prefix_for_region,
)

Rule = str | list[str | int]

SAMPLES = 60
FIRST = 3  # the formatter leaves shorter input alone


@lru_cache(maxsize=512)
def format_table(region: str) -> dict[str, Any]:
    """The table of one region, as the widget's ``phone.ts`` reads it.

    ``national`` and ``plus`` are rules for digits typed as at home and for those after ``+`` and the calling code. A rule is
    ``[template, lead, from]``: it formats ``from`` (3) to as many digits as the template has ``#``, if they match the regular
    expression ``lead`` (any) from the start. The first that fits is used; where none fits, digits stay as they are.
    """
    number = example_number_for_type(region, PhoneNumberType.MOBILE) or example_number(region)
    if number is None:
        raise KeyError(region)
    drawn = _mobiles(region, number)
    mobiles = drawn[:: max(1, len(drawn) // SAMPLES)]
    trunk = ndd_prefix_for_region(region, True) or ""
    at_home = (_at_home(region, mobile) for mobile in mobiles)
    national = _learn(region, "", [*at_home, *mobiles, *(trunk + mobile for mobile in mobiles)])
    plus = _learn(region, f"+{number.country_code}", mobiles)
    table = {
        "code": str(number.country_code),
        "trunk": trunk,
        "lengths": sorted({len(mobile) for mobile in drawn}),
        "example": format_number(number, PhoneNumberFormat.NATIONAL),
        "national": national,
    }
    return table if plus == national else {**table, "plus": plus}


def _mobiles(region: str, example: PhoneNumber) -> list[str]:
    metadata = PhoneMetadata.metadata_for_region(region)
    pattern = metadata.mobile.national_number_pattern if metadata and metadata.mobile else None
    drawn = _draw(_SIGN.findall(pattern)) if pattern else []
    return list(dict.fromkeys([national_significant_number(example), *drawn]))


def _at_home(region: str, mobile: str) -> str:
    number = PhoneNumber(
        country_code=country_code_for_region(region),
        national_number=int(mobile),
        italian_leading_zero=mobile.startswith("0") or None,
    )
    return re.sub(r"\D", "", format_number(number, PhoneNumberFormat.NATIONAL))


# Learning rules from what the formatter does.


def _learn(region: str, prefix: str, typed: Iterable[str]) -> list[Rule]:
    kinds: dict[tuple[str, ...], list[str]] = {}
    for digits in sorted(set(typed), key=len, reverse=True):
        shown = _type(region, prefix, digits)
        kinds.setdefault(next((kind for kind in kinds if kind[: len(shown)] == shown), shown), []).append(digits)
    rest = sorted(kinds, key=lambda kind: (not _segments(kind), len(kinds[kind])))
    rules: list[Rule] = []
    while rest:
        kind = rest.pop(0)
        lead = _lead(kinds[kind], [digits for other in rest for digits in kinds[other]])
        rules += [_rule(template, lead, start) for template, start in _segments(kind)]
    return rules


def _type(region: str, prefix: str, digits: str) -> tuple[str, ...]:
    """What stands in the field after each digit, with ``#`` for digits and without the prefix."""
    formatter = AsYouTypeFormatter(region)
    for sign in prefix:
        formatter.input_digit(sign)
    typed = [formatter.input_digit(digit).removeprefix(prefix).strip() for digit in digits]
    return tuple(re.sub(r"\d", "#", text) for text in typed)


def _segments(shown: tuple[str, ...]) -> list[tuple[str, int]]:
    """The templates a number goes through, each with the count of digits it begins at; none if all are plain digits."""
    found: list[tuple[str, int]] = []
    for count in range(len(shown), FIRST - 1, -1):
        text = shown[count - 1]
        if found and found[-1][0].startswith(text):
            found[-1] = (found[-1][0], count)
        else:
            found.append((text, count))
    return [] if all(template.strip("#") == "" for template, _ in found) else found[::-1]


def _rule(template: str, lead: str, start: int) -> Rule:
    if start > FIRST:
        return [template, lead, start]
    return [template, lead] if lead else template


def _lead(mine: list[str], others: list[str]) -> str:
    """A regular expression for the shortest beginnings that only these numbers have; none if there are no others."""
    if not others:
        return ""
    taken = {digits[:size] for digits in others for size in range(len(digits) + 1)}
    leads = {next((d[:size] for size in range(1, len(d)) if d[:size] not in taken), d) for d in mine}
    return _alternatives(leads)


def _alternatives(leads: set[str]) -> str:
    by_rest: dict[str, list[str]] = {}
    for first in sorted({lead[0] for lead in leads}):
        rest = {lead[1:] for lead in leads if lead[0] == first}
        by_rest.setdefault("" if "" in rest else _alternatives(rest), []).append(first)
    parts = [_digits(firsts) + rest for rest, firsts in by_rest.items()]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _digits(digits: list[str]) -> str:
    return digits[0] if len(digits) == 1 else "\\d" if len(digits) == 10 else f"[{''.join(digits)}]"


# Drawing numbers from libphonenumber's regular expressions, which know digits, classes, groups, alternatives and counts.

_SIGN = re.compile(r"\\d|\[[^]]+\]|\(\?:|[()|?]|\{\d+(?:,\d+)?\}|\d")


def _draw(signs: list[str]) -> list[str]:
    drawn = _draw_sequence(signs)
    while signs and signs[0] == "|":
        signs.pop(0)
        drawn += _draw_sequence(signs)
    return drawn


def _draw_sequence(signs: list[str]) -> list[str]:
    drawn = [""]
    while signs and signs[0] not in "|)":
        drawn = _join(drawn, _draw_counted(signs))
    return drawn


def _draw_counted(signs: list[str]) -> list[str]:
    atom = _draw_atom(signs)
    count = signs.pop(0) if signs and signs[0][0] in "{?" else "{1}"
    bounds = [0, 1] if count == "?" else [int(bound) for bound in count[1:-1].split(",")]
    return [text for times in range(bounds[0], bounds[-1] + 1) for text in _repeat(atom, times)]


def _repeat(atom: list[str], times: int) -> list[str]:
    drawn = [""]
    for turn in range(times):
        drawn = _join(drawn, atom[turn % len(atom) :] + atom[: turn % len(atom)])
    return drawn


def _draw_atom(signs: list[str]) -> list[str]:
    sign = signs.pop(0)
    if sign[0] == "(":
        drawn = _draw(signs)
        signs.pop(0)
        return drawn
    if sign[0] == "[":
        return list(_class(sign[1:-1]))
    return list("0123456789") if sign == "\\d" else [sign]


def _class(body: str) -> Iterator[str]:
    for first, last in re.findall(r"(\d)(?:-(\d))?", body):
        yield from map(str, range(int(first), int(last or first) + 1))


def _join(heads: list[str], tails: list[str]) -> list[str]:
    """Every head and every tail at least once; not every pair, which would be millions."""
    size = max(len(heads), len(tails))
    return [head + tail for head, tail in islice(zip(cycle(heads), cycle(tails), strict=False), size)]
