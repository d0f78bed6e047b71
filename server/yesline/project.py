"""A project folder: ``yesline.toml`` with the brand, ``groups/*.toml``, ``forms/*.toml``, ``themes/<name>/``."""

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import phonenumbers
from msgspec import Struct
from msgspec.structs import replace

from yesline import assets
from yesline.errors import ConfigError
from yesline.programme import HANDSET, Brand, Form, FormVersion, Group, encode
from yesline.rules import disclosure
from yesline.rules.texts import reply_word
from yesline.rules.understanding import problems, understand, vocabulary
from yesline.settings import read_toml
from yesline.views.themes import compile_view, load_strings, missing_words

T = TypeVar("T", bound=Struct)


class Project(Struct, frozen=True):
    """All that a project folder says, checked and rendered."""

    brand: Brand
    groups: list[Group]
    forms: list[FormVersion]


def load(folder: Path) -> Project:
    """Read, check and render a project folder. Raises ConfigError naming the file and what is wrong with it."""
    brand = _convert(folder / "yesline.toml", Brand, read_toml(folder / "yesline.toml").get("brand", {}))
    groups = [_named(file, Group) for file in _files(folder, "groups")]
    _check_senders(groups)
    _check_keywords(folder, groups)
    by_id = {group.id: group for group in groups}
    forms = [_form(folder, file, by_id, brand) for file in _files(folder, "forms")]
    project = Project(brand, groups, forms)
    _check_texts(folder, project)
    return project


def warnings(project: Project) -> list[str]:
    """What is worth a look in the texts of a project that may be used all the same, with the file it is in."""
    found = [f"{file}: {said}" for level, file, said in _findings(project) if level == "warning"]
    return [*found, *(f"forms/{version.form.id}.toml: {said}" for version in project.forms for said in _said(version))]


def _said(version: FormVersion) -> Iterator[str]:
    """What the languages of a form lack, and the words it asks for that its group would not understand."""
    form, group = version.form, version.group
    yield from missing_words(form)
    known = vocabulary(group.languages, group.keywords, group.custom)
    for locale in form.locales:
        word = reply_word(locale)
        if "reply" in form.methods and understand(word, known).meaning != "confirm":
            yield f"locale {locale}: it asks for {word}, which languages of group {group.id} do not know. Add the language."


def lacking(project: Project, carriers: Collection[str]) -> list[str]:
    """The senders that nobody would send for, since their carrier is none of these, with the file each is in.

    The handset is none of them: a new project names it until it has an account somewhere.
    """
    return [
        f"groups/{group.id}.toml: sender {sender.address} names the carrier {sender.carrier!r}, and there is no "
        f"[carriers.{sender.carrier}] in the settings"
        for group in project.groups
        for sender in group.senders
        if sender.carrier != HANDSET and sender.carrier not in carriers
    ]


def _check_texts(folder: Path, project: Project) -> None:
    """Refuse texts that lack what carriers and the law ask for. Source: `security-compliance` A4.9."""
    errors = [f"{folder / file}: {said}" for level, file, said in _findings(project) if level == "error"]
    if errors:
        raise ConfigError("\n".join(errors))


def _findings(project: Project) -> Iterator[tuple[str, str, str]]:
    """The level of each problem with texts, the file to change, and what it is."""
    for problem in disclosure.lint_brand(project.brand):
        yield problem.level, "yesline.toml", problem.message
    for group in project.groups:
        forms = [version.form for version in project.forms if version.form.group == group.id]
        languages = dict.fromkeys(locale for form in forms for locale in form.locales)
        offered = {form.id: form.methods for form in forms}
        for finding in disclosure.lint_group(project.brand, group, languages, offered):
            yield finding.problem.level, f"groups/{group.id}.toml", str(finding)


def _files(folder: Path, kind: str) -> list[Path]:
    found = sorted((folder / kind).glob("*.toml"))
    if not found:
        raise ConfigError(f"{folder / kind}: no .toml file there: 'yesline init' makes a folder that works")
    return found


def _convert(file: Path, kind: type[T], values: dict[str, Any]) -> T:
    try:
        return msgspec.convert(values, kind)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}") from error


def _named(file: Path, kind: type[T]) -> T:
    """A file's content under the id that its name gives."""
    values = read_toml(file)
    if values.setdefault("id", file.stem) != file.stem:
        raise ConfigError(f"{file}: its id is its name, {file.stem!r}; take out id = {values['id']!r}")
    return _convert(file, kind, values)


def _check_senders(groups: list[Group]) -> None:
    owners: dict[str, str] = {}
    for group in groups:
        for sender in group.senders:
            other = owners.setdefault(sender.address, group.id)
            if other != group.id:
                raise ConfigError(
                    f"sender {sender.address} is in groups {other} and {group.id}: a sender has one group"
                )
        if group.backup and group.backup.two_way < group.sender.two_way:
            raise ConfigError(f"group {group.id}: its backup takes no replies, so that a prompt could not be answered")


def _check_keywords(folder: Path, groups: list[Group]) -> None:
    """Raises ConfigError for words that mean two things, or that no group may give another meaning."""
    found = [
        f"{folder / 'groups' / group.id}.toml: {said}"
        for group in groups
        for said in problems(group.languages, group.keywords, group.custom)
    ]
    if found:
        raise ConfigError("\n".join(found))


def _form(folder: Path, file: Path, groups: dict[str, Group], brand: Brand) -> FormVersion:
    form = _named(file, Form)
    group = groups.get(form.group)
    if not group:
        raise ConfigError(f"{file}: there is no group {form.group!r}; groups are {', '.join(groups)}")
    unknown = [region for region in form.countries if region not in phonenumbers.SUPPORTED_REGIONS]
    if unknown:
        raise ConfigError(f"{file}: {unknown[0]} is no country: write ISO 3166 codes, say GB")
    form = replace(form, origins=tuple(_origin(file, origin) for origin in form.origins))
    theme = _theme(folder, file, form.theme)
    views = {locale: compile_view(theme, form, group, brand, locale, load_strings(locale)) for locale in form.locales}
    content = FormVersion("", form, group, brand, views)
    digest = hashlib.sha256(encode(content)).digest()
    return replace(content, version=urlsafe_b64encode(digest[:16]).decode().rstrip("="))


def _origin(file: Path, origin: str) -> str:
    """An origin as browsers write it: scheme, host, port if unusual; nothing after it. ``null`` stands for a WebView's."""
    scheme, _, host = origin.partition("://")
    if origin != "null" and (not scheme or not host or any(c in host for c in "/?#@* ")):
        raise ConfigError(f"{file}: origin {origin!r}: write it as https://shop.example.com, without a path")
    return origin if origin == "null" else f"{scheme.lower()}://{host.lower()}"


def _theme(folder: Path, file: Path, name: str) -> Path:
    for found in (folder / "themes" / name, assets.themes_dir() / name):
        if found.is_dir():
            return found
    raise ConfigError(f"{file}: there is no theme {name!r} in {folder / 'themes'} or among ours")
