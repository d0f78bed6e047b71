"""The view document: everything one showing of a form needs, as the widget reads it (contracts, section 4)."""

from typing import Any

import phonenumbers

from yesline.programme import FormVersion, View
from yesline.views import theme_assets
from yesline.views.formats import format_table
from yesline.views.showing import showing


def view_document(form: FormVersion, view: View, stamp: str, base: str) -> dict[str, Any]:
    """The document of one view; it holds nothing about a visitor, so that any cache may keep it. ``base`` is this server's address."""
    first = form.form.countries[0]
    return {
        "form": form.form.id,
        "version": form.version,
        "locale": view.locale,
        "dir": view.direction,
        "display": form.form.display,
        "stamp": stamp,
        "consent": view.consent,
        "css": theme_assets.absolute_css(view.css, base),
        **({"fonts": theme_assets.absolute_css(view.fonts, base)} if view.fonts else {}),
        "steps": {
            step: [theme_assets.absolute(node, base) for node in view.steps[step]]
            for step in dict.fromkeys((*form.form.steps, *view.steps))  # what is stored has its names in another order
            if step in view.steps and (step != "teaser" or form.form.teaser != "never")
        },
        "strings": view.strings,
        "country": first,
        "countries": _calling_codes(*form.form.countries),
        "formats": {first: format_table(first)},
        **showing(form.form),
    }


def _calling_codes(first: str, *others: str) -> dict[str, str]:
    """Calling codes by region. A number is taken for one of the first region that has its code: the form's own, or whose plan it is."""
    codes = {region: phonenumbers.country_code_for_region(region) for region in (first, *others)}
    mains = [region for region, code in codes.items() if phonenumbers.region_code_for_country_code(code) == region]
    return {region: str(codes[region]) for region in (first, *mains, *others)}
