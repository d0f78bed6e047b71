"""The fields of a form as a theme's templates draw them, and whether each is where its step needs it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yesline.errors import ConfigError
from yesline.programme import Field, Form, Node
from yesline.views import nodes
from yesline.views.languages import chain, written

HOOK = "data-yesline-field"
WORDS = ("error.field_missing", "error.field_invalid", "error.too_young")
"""Words of the script that only a form with fields needs."""

_INPUTS = {
    "email": {"type": "email", "autocomplete": "email", "maxlength": "254", "dir": "ltr"},
    "name": {"type": "text", "autocomplete": "name", "maxlength": "100"},
    "text": {"type": "text", "maxlength": "200"},
    "birth_date": {"type": "date", "autocomplete": "bday"},
    "checkbox": {"type": "checkbox"},
}

Terms = Callable[[str], str]
"""The id of a group -> the disclosure beside its box."""


@dataclass(frozen=True)
class Asked:
    """One field: ``attributes`` are those of its input; ``terms`` is the disclosure of a box that asks for a group's texts."""

    name: str
    kind: str
    label: str
    required: bool
    attributes: Mapping[str, str]
    terms: str = ""


def asked(form: Form, step: str, locale: str, words: Mapping[str, str], terms: Terms) -> list[Asked]:
    """The fields of a step, in the order of the form's file. Raises ConfigError for one without a label in the language."""
    return [
        Asked(
            name,
            field.kind,
            _label(form, name, locale, words),
            field.needed,
            _attributes(name, field),
            terms(field.group),
        )
        for name, field in form.asked(step).items()
    ]


def _attributes(name: str, field: Field) -> dict[str, str]:
    limit = {"maxlength": str(field.max_length)} if field.max_length else {}
    needed = {"required": ""} if field.needed else {}
    return {"id": f"yl-{name}", "name": f"field.{name}", **_INPUTS[field.kind], **limit, **needed, HOOK: name}


def _label(form: Form, name: str, locale: str, words: Mapping[str, str]) -> str:
    field = form.fields[name]
    by_tag = {written(tag): label for tag, label in field.label.items()}
    own = next((by_tag[tag] for tag in chain(locale) if tag in by_tag), None)
    label = own or (words[field.kind] if field.kind in ("email", "name", "birth_date") else "")
    if not label:
        raise ConfigError(f"form {form.id}: fields.{name}: it has no label in {locale!r}: write label.{locale} = …")
    return label


def check_fields(form: Form, step: str, tree: list[Node], where: Callable[[list[Any]], str], file: str) -> None:
    """Raise ConfigError unless each field of the step has one element in it, of the kind that it needs, and no other has any."""
    wanted = form.asked(step)
    found: set[str] = set()
    for element in nodes.elements(tree):
        name = nodes.attributes(element).get(HOOK)
        if name is None:
            continue
        if name not in wanted:
            raise ConfigError(
                f'{where(element)}: {HOOK}="{name}" is no field of step {step} in the file of form {form.id}.'
            )
        if name in found:
            raise ConfigError(f'{where(element)}: {HOOK}="{name}" is there twice.')
        _check_kind(element, wanted[name], where)
        found.add(name)
    if missing := [name for name in wanted if name not in found]:
        raise ConfigError(
            f'{file} has no element with {HOOK}="{missing[0]}", which form {form.id} asks for. '
            'Add one, or {% include "fields.html" %} and {% include "boxes.html" %}.'
        )


def _check_kind(element: list[Any], field: Field, where: Callable[[list[Any]], str]) -> None:
    box = nodes.attributes(element).get("type") == "checkbox"
    if element[0] not in ("input", "select") or box != (field.kind == "checkbox"):
        right = '<input type="checkbox">' if field.kind == "checkbox" else "<input> or <select>"
        raise ConfigError(f"{where(element)}: a field of kind {field.kind} must be {right}.")
