"""Learns from libphonenumber how a phone field groups digits, and writes ``server/yesline/views/formats.json``.

The page cannot carry libphonenumber (30 kB and more), and its formatter is a machine with much state. But a visitor types a
mobile number, and for the mobiles of one region the formatter's answers fall into a handful of templates. So random mobiles are
typed into the real formatter, and what it did is written down as rules for ``widget/src/phone.ts``.

Run it after an upgrade of ``phonenumbers``; it takes some minutes: ``.venv/bin/python scripts/learn_formats.py [REGION …]``
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from multiprocessing import Pool
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import phonenumbers
from phonenumbers import AsYouTypeFormatter, PhoneMetadata, PhoneNumber, PhoneNumberFormat, PhoneNumberType

FILE = Path(__file__).parents[1] / "server" / "yesline" / "views" / "formats.json"
FIRST = 3  # digits; the formatter leaves shorter input alone
BATCH = 400  # numbers learned from at first; then as many again to try the rules on, while they fail
MOST = 12_800  # numbers of one region
RARE = 0.003  # share of the numbers whose odd ways are not worth their weight in every page

Keys = dict[str, tuple[str, ...]]
"""Digits typed, and what stood in the field after each, with ``#`` for digits; if grouped after ``+``, it begins with a space."""


class Rule(NamedTuple):
    """``template`` groups ``start`` to as many digits as it has ``#``, if they match ``lead`` from the first on."""

    template: str
    lead: str
    start: int


class Span(NamedTuple):
    """A template, and the counts of digits for which the formatter used it."""

    template: str
    start: int
    end: int

    @property
    def plain(self) -> bool:
        return self.template.strip("#") == ""


def main(regions: Collection[str]) -> None:
    """Learn the tables of these regions, or of all, and write the file."""
    tables = json.loads(FILE.read_text()) if FILE.exists() else {}
    with Pool() as pool:
        for region, table in pool.imap_unordered(_named, sorted(regions or phonenumbers.SUPPORTED_REGIONS)):
            tables[region] = table
            print(region, len(_compact(table)), flush=True)
    lines = (f'"{region}":{_compact(tables[region])}' for region in sorted(tables))
    FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def _compact(table: dict[str, Any]) -> str:
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"))


def _named(region: str) -> tuple[str, dict[str, Any]]:
    return region, learn(region)


def learn(region: str, most: int = MOST) -> dict[str, Any]:
    """The table of one region, as ``format_table`` gives it, from at most so many of its mobiles."""
    example, draws = example_mobile(region), mobiles(region, Random(region))  # noqa: S311  (the same numbers each time)
    field = _Field(region)
    field.learn(list(islice(draws, BATCH)))
    while len(field.lengths) < most and not field.knows(more := list(islice(draws, len(field.lengths)))):
        field.learn(more)
    national, plus = _short(field.national), _short(field.plus)
    table = {
        "code": field.prefix[1:],
        "trunk": field.trunk,
        "lengths": sorted(set(field.lengths)),
        "example": phonenumbers.format_number(example, PhoneNumberFormat.NATIONAL),
        "national": national,
    }
    return table if plus == national else {**table, "plus": plus}


def _short(rules: list[Rule]) -> list[str | list[str | int]]:
    def short(rule: Rule) -> str | list[str | int]:
        template = rule.template.lstrip()
        if rule.start > FIRST:
            return [template, rule.lead, rule.start]
        return [template, rule.lead] if rule.lead else template

    return [short(rule) for rule in rules]


class _Field:
    """What was typed into the field of a region, at home and after ``+``, and rules that say the same."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
        self.prefix = f"+{phonenumbers.country_code_for_region(region)}"
        self.lengths: list[int] = []
        self._examples = [phonenumbers.national_significant_number(example_mobile(region))]
        self.national: list[Rule] = []
        self.plus: list[Rule] = []
        self._home: Keys = {}
        self._abroad: Keys = {}

    def learn(self, numbers: list[str]) -> None:
        numbers = numbers if self.lengths else [*self._examples, *numbers]
        home, abroad = self._type(numbers)
        self.lengths += map(len, numbers)
        self._home |= home
        self._abroad |= abroad
        rare = RARE * len(self.lengths)
        kept = set().union(*self._type(self._examples))
        self.national, self.plus = rules_for(self._home, rare, kept), rules_for(self._abroad, rare, kept)

    def knows(self, numbers: list[str]) -> bool:
        """Whether the rules hold for these numbers, but for the rare."""
        home, abroad = self._type(numbers)
        return max(_missed(self.national, home), _missed(self.plus, abroad)) <= RARE * len(numbers)

    def _type(self, numbers: list[str]) -> tuple[Keys, Keys]:
        home = {way for number in numbers for way in (at_home(self.region, number), number, self.trunk + number)}
        return {way: self._keys("", way) for way in home}, {way: self._keys(self.prefix, way) for way in numbers}

    def _keys(self, prefix: str, digits: str) -> tuple[str, ...]:
        formatter = AsYouTypeFormatter(self.region)
        for sign in prefix:
            formatter.input_digit(sign)
        shown = (formatter.input_digit(digit).rstrip().removeprefix(prefix) for digit in digits)
        return tuple(re.sub(r"\d", "#", text) for text in shown)


def _missed(rules: list[Rule], typed: Keys) -> int:
    """How many are grouped in another way at some key."""
    leads = [(re.compile(rule.lead), rule) for rule in rules]

    def grouped(digits: str) -> str:
        fitting = (r for lead, r in leads if r.start <= len(digits) <= r.template.count("#") and lead.match(digits))
        rule = next(fitting, None)
        return _cut(rule.template, len(digits)) if rule else "#" * len(digits)

    return sum(
        any(grouped(digits[:count]) != shown[count - 1] for count in range(FIRST, len(digits) + 1))
        for digits, shown in typed.items()
    )


def _cut(template: str, count: int) -> str:
    """The template up to its digit of that count."""
    at = -1
    for _ in range(count):
        at = template.index("#", at + 1)
    return template[: at + 1]


# Rules: the first that fits is used, and where none fits, digits stay as they are.


def rules_for(typed: Keys, rare: float, kept: Collection[str] = ()) -> list[Rule]:
    """Rules that give what was shown, but for so many of the rarest that are not to be kept.

    The templates of most numbers come last: so they need not be told by their beginnings.
    """
    kinds = _common(_kinds(typed), rare, kept)
    weights: Counter[Span] = Counter()
    for shown, numbers in kinds.items():
        weights.update({span: len(numbers) for span in _spans(shown) if not span.plain})
    order = sorted(weights, key=lambda span: (weights[span], span))
    needs, rest = _needs(kinds, order)
    rules: list[Rule] = []
    for span in order:
        if mine := [digits for digits in needs[span] if digits in rest]:
            rules.append(_rule(span, mine, rest))
            _settle(rules[-1], span.end, rest)
    return rules


def _kinds(typed: Keys) -> dict[tuple[str, ...], list[str]]:
    """Numbers by what was shown; a shorter number goes with a longer one that begins as it does."""
    kinds: dict[tuple[str, ...], list[str]] = {}
    for digits in sorted(typed, key=lambda digits: (-len(digits), digits)):
        shown = typed[digits]
        kinds.setdefault(next((kind for kind in kinds if kind[: len(shown)] == shown), shown), []).append(digits)
    return kinds


def _common(
    kinds: dict[tuple[str, ...], list[str]], spare: float, kept: Collection[str]
) -> dict[tuple[str, ...], list[str]]:
    """All but the rarest kinds, which have so many numbers together."""
    common = dict(kinds)
    for kind in sorted(kinds, key=lambda kind: len(kinds[kind])):
        spare -= len(kinds[kind])
        if spare < 0:
            break
        if not any(digits in kept for digits in kinds[kind]):
            del common[kind]
    return common


def _spans(shown: tuple[str, ...]) -> list[Span]:
    """The templates a number goes through, the longest first."""
    spans: list[Span] = []
    for count in range(len(shown), FIRST - 1, -1):
        text = shown[count - 1]
        if spans and _cut(spans[-1].template, count) == text:
            spans[-1] = spans[-1]._replace(start=count)
        else:
            spans.append(Span(text, count, count))
    return spans


def _needs(kinds: dict[tuple[str, ...], list[str]], order: list[Span]) -> tuple[dict[Span, list[str]], dict[str, str]]:
    """All beginnings of numbers under the last span that is right for each; and what was shown for each."""
    rank = {span: at for at, span in enumerate(order)}
    right: dict[str, Span] = {}
    shown: dict[str, str] = {}
    for kind, numbers in kinds.items():
        spans = sorted(_spans(kind), key=lambda span: span.start)
        for digits in numbers:
            for span in spans:
                for count in range(span.start, min(span.end, len(digits)) + 1):
                    beginning = digits[:count]
                    shown[beginning] = kind[count - 1]
                    right[beginning] = max(
                        span, right.get(beginning, span), key=lambda span: rank.get(span, len(order))
                    )
    needs: dict[Span, list[str]] = defaultdict(list)
    for beginning, span in right.items():
        needs[span].append(beginning)
    return needs, shown


def _rule(span: Span, mine: list[str], rest: dict[str, str]) -> Rule:
    start = min(map(len, mine))
    others = [
        digits
        for digits, shown in rest.items()
        if start <= len(digits) <= span.end and shown != _cut(span.template, len(digits))
    ]
    leads = _leads(mine, others)
    told = min(map(len, leads), default=0)
    return Rule(span.template, _alternatives(leads) if leads else "", start if start > told else FIRST)


def _settle(rule: Rule, end: int, rest: dict[str, str]) -> None:
    lead = re.compile(rule.lead)
    for digits in [digits for digits in rest if rule.start <= len(digits) <= end and lead.match(digits)]:
        del rest[digits]


# Leads: regular expressions for the beginnings that only some numbers have.


def _leads(mine: Collection[str], others: Collection[str]) -> set[str]:
    """The shortest beginnings of mine that none of the others has; none if there are no others."""
    if not others:
        return set()
    taken = {digits[:size] for digits in others for size in range(len(digits) + 1)}
    found = {next((d[:size] for size in range(1, len(d) + 1) if d[:size] not in taken), f"{d}$") for d in mine}
    leads = {lead for lead in found if not any(lead[:size] in found for size in range(1, len(lead)))}
    ways = (leads, _loosened(leads, others), _runs_of_few(mine, others))
    return min(ways, key=lambda leads: len(_alternatives(leads)))


def _loosened(leads: set[str], others: Collection[str]) -> set[str]:
    """The same with a dot for each digit that does not matter."""
    longest = max(map(len, leads))
    others = sorted({digits[:longest] for digits in others})
    loose: set[str] = set()
    left = sorted(leads)
    while left:
        lead = left.pop(0)
        for at in range(len(lead)) if lead[-1] != "$" else ():
            looser = f"{lead[:at]}.{lead[at + 1 :]}"
            if not any(map(re.compile(looser).match, others)):
                lead = looser
        loose.add(lead)
        left = [other for other in left if not re.match(lead, other)]
    return loose


def _runs_of_few(mine: Collection[str], others: Collection[str]) -> set[str]:
    """Digits somewhere within mine that none of the others has there, those that most have: dots, and a run of digits."""
    taken = {part for digits in others for part in _parts(digits)}
    counts = Counter(part for digits in mine for part in _parts(digits) if part not in taken)
    best = {max(_parts(digits), key=lambda part: (counts[part], part)) for digits in mine}
    whole = {f"{digits}$" for digits in mine if not any(counts[part] for part in _parts(digits))}
    return {"." * start + run for start, run in best if counts[start, run]} | whole


def _parts(digits: str) -> Iterator[tuple[int, str]]:
    return ((start, digits[start:end]) for end in range(1, len(digits) + 1) for start in range(end))


def _alternatives(leads: set[str]) -> str:
    by_rest: dict[str, list[str]] = {}
    for first in sorted({lead[0] for lead in leads}):
        rest = {lead[1:] for lead in leads if lead[0] == first}
        by_rest.setdefault("" if "" in rest else _alternatives(rest), []).append(first)
    parts = [sign + rest for rest, firsts in by_rest.items() for sign in _signs(firsts)]
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def _signs(firsts: list[str]) -> list[str]:
    """What stands for any of these: one class for all digits, a dot for any, ``$`` by itself."""
    digits = "".join(filter(str.isdigit, firsts))
    classes = "." if "." in firsts else f"[{_runs(digits)}]" if len(digits) > 1 else digits
    return [sign for sign in (classes, "$" if "$" in firsts else "") if sign]


def _runs(digits: str) -> str:
    """``0-35`` for ``01235``."""
    for size in range(len(digits), 3, -1):
        for at in range(len(digits) - size + 1):
            run = digits[at : at + size]
            if run in "0123456789":
                return f"{_runs(digits[:at])}{run[0]}-{run[-1]}{_runs(digits[at + size :])}"
    return digits


# Numbers.


def example_mobile(region: str) -> PhoneNumber:
    """libphonenumber's example of a mobile there, or of any number. Raises KeyError for what is no region."""
    number = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE) or phonenumbers.example_number(region)
    if number is None:
        raise KeyError(region)
    return number


def at_home(region: str, mobile: str) -> str:
    """The digits of a mobile as people there write it."""
    number = PhoneNumber(
        country_code=phonenumbers.country_code_for_region(region),
        national_number=int(mobile),
        italian_leading_zero=mobile.startswith("0") or None,
    )
    return re.sub(r"\D", "", phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL))


def mobiles(region: str, random: Random) -> Iterator[str]:
    """Random mobiles without end, from libphonenumber's regular expression; each of its alternatives as often as the others."""
    metadata = PhoneMetadata.metadata_for_region(region)
    pattern = metadata.mobile.national_number_pattern if metadata and metadata.mobile else None
    tree = re._parser.parse(pattern or phonenumbers.national_significant_number(example_mobile(region)))  # type: ignore[attr-defined]
    while True:
        yield _draw(tree, random)


def _draw(tree: Iterable[tuple[Any, Any]], random: Random) -> str:
    return "".join(_draw_part(str(kind), value, random) for kind, value in tree)


def _draw_part(kind: str, value: Any, random: Random) -> str:
    match kind:
        case "LITERAL":
            return chr(value)
        case "IN":
            return random.choice([digit for digit in "0123456789" if _holds(value, digit)])
        case "MAX_REPEAT":
            least, most, tree = value
            return "".join(_draw(tree, random) for _ in range(random.randint(least, most)))
        case "BRANCH":
            return _draw(random.choice(value[1]), random)
        case "SUBPATTERN":
            return _draw(value[-1], random)
    raise ValueError(kind)


def _holds(members: Iterable[tuple[Any, Any]], digit: str) -> bool:
    """Whether a digit is in a class: these know single digits, runs and ``\\d``."""
    for kind, value in members:
        first, last = (value, value) if str(kind) == "LITERAL" else value if str(kind) == "RANGE" else (48, 57)
        if first <= ord(digit) <= last:
            return True
    return False


if __name__ == "__main__":
    main(sys.argv[1:])
