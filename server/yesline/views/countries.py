"""Names of countries for pages without JavaScript; the widget has them from ``Intl.DisplayNames``."""

from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import phonenumbers


@lru_cache(maxsize=1)
def _names() -> dict[str, dict[str, str]]:
    """libphonenumber's names of regions. The file is read by itself: its package would load the places of all numbers, 100 MB."""
    file = Path(phonenumbers.__file__).parent / "geodata" / "locale.py"
    spec = spec_from_file_location("phonenumbers.geodata.locale", file)
    assert spec is not None  # noqa: S101  (the file is part of the library)
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    found: dict[str, dict[str, str]] = module.LOCALE_DATA
    return found


@lru_cache(maxsize=2048)
def name(region: str, locale: str) -> str:
    """A country's name in a language, else in English, else its code."""
    names = _names().get(region, {})
    found = names.get(locale.partition("-")[0]) or names.get("en") or region
    return names.get(found[1:], region) if found.startswith("*") else found  # "*fr": the same name as in French


@lru_cache(maxsize=256)
def options(regions: tuple[str, ...], locale: str) -> tuple[tuple[str, str], ...]:
    """(region, label) of each country, the first as the form has it and the others by name."""
    rest = sorted(regions[1:], key=lambda region: name(region, locale))
    return tuple(
        (r, f"{name(r, locale)} (\u200e+{phonenumbers.country_code_for_region(r)})") for r in (*regions[:1], *rest)
    )
