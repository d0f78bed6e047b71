"""The view document: everything one showing of a form needs, as the widget reads it (contracts, section 4)."""

from typing import Any

import phonenumbers

from yesline.programme import FormVersion, View
from yesline.views.formats import format_table


def view_document(form: FormVersion, view: View, stamp: str) -> dict[str, Any]:
    """The document of one view; it holds nothing about a visitor, so that any cache may keep it."""
    first = form.form.countries[0]
    return {
        "form": form.form.id,
        "version": form.version,
        "locale": view.locale,
        "dir": view.direction,
        "display": form.form.display,
        "stamp": stamp,
        "consent": view.consent,
        "css": view.css,
        "steps": view.steps,
        "strings": view.strings,
        "country": first,
        "countries": {r: str(phonenumbers.country_code_for_region(r)) for r in form.form.countries},
        "formats": {first: format_table(first)},
        "trigger": form.form.trigger,
        "caps": form.form.caps,
    }
