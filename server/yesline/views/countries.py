"""Names of countries for pages without JavaScript; the widget has them from ``Intl.DisplayNames``."""

from functools import lru_cache

import phonenumbers
from phonenumbers.geodata.locale import LOCALE_DATA


@lru_cache(maxsize=2048)
def name(region: str, locale: str) -> str:
    """A country's name in a language, else in English, else its code."""
    names: dict[str, str] = LOCALE_DATA.get(region, {})
    found = names.get(locale.partition("-")[0]) or names.get("en") or region
    return names.get(found[1:], region) if found.startswith("*") else found  # "*fr": the same name as in French


@lru_cache(maxsize=256)
def options(regions: tuple[str, ...], locale: str) -> tuple[tuple[str, str], ...]:
    """(region, label) of each country, the first as the form has it and the others by name."""
    rest = sorted(regions[1:], key=lambda region: name(region, locale))
    return tuple((r, f"{name(r, locale)} (+{phonenumbers.country_code_for_region(r)})") for r in (*regions[:1], *rest))
