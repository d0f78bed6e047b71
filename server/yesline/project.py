"""A project folder: ``yesline.toml`` with the brand, ``groups/*.toml``, ``forms/*.toml``, ``themes/<name>/``."""

import hashlib
import re
from base64 import urlsafe_b64encode
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec
import phonenumbers
from msgspec import Struct
from msgspec.structs import replace

from yesline import assets
from yesline.errors import ConfigError
from yesline.programme import HANDSET, NOBODY, Brand, Form, FormVersion, Group, encode
from yesline.rules import disclosure, fields
from yesline.rules.texts import methods_for, reply_word
from yesline.rules.understanding import problems, understand, vocabulary
from yesline.settings import read_toml
from yesline.views import showing, theme_assets
from yesline.views.theme_folders import load_theme
from yesline.views.themes import compile_view, load_strings, missing_words

T = TypeVar("T", bound=Struct)
_OWN = ("id", "variants")
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):([!-~]+)")
_NO_APPS = {"http", "javascript", "vbscript", "data", "blob", "file", "filesystem", "about", "view-source", "ws", "wss"}


class Project(Struct, frozen=True):
    """All that a project folder says, checked and rendered."""

    brand: Brand
    groups: list[Group]
    forms: list[FormVersion]


class Written(NamedTuple):
    """What a project folder says before anything is rendered."""

    brand: Brand
    groups: dict[str, Group]
    forms: list[Form]


def load(folder: Path) -> Project:
    """Read, check and render a project folder. Raises ConfigError naming the file and what is wrong with it."""
    written = read(folder)
    forms = [render(folder, form, written.groups, written.brand) for form in written.forms]
    project = Project(written.brand, list(written.groups.values()), forms)
    _check_texts(folder, project)
    return project


def read(folder: Path) -> Written:
    """Read a project folder, but for its themes. Raises ConfigError naming the file and what is wrong with it."""
    brand = _convert(folder / "yesline.toml", Brand, read_toml(folder / "yesline.toml").get("brand", {}))
    groups = [_named(file, Group) for file in _files(folder, "groups")]
    _check_channels(folder, groups)
    _check_senders(groups)
    _check_keywords(folder, groups)
    forms = _forms(folder)
    _check_variants(folder, forms)
    return Written(brand, {group.id: group for group in groups}, forms)


def warnings(project: Project) -> list[str]:
    """What is worth a look in the texts of a project that may be used all the same, with the file it is in."""
    found = [f"{file}: {said}" for level, file, said in _findings(project) if level == "warning"]
    return [*found, *(f"forms/{version.form.id}.toml: {said}" for version in project.forms for said in _said(version))]


def _said(version: FormVersion) -> Iterator[str]:
    """What the languages of a form lack, and the words it asks for that its group would not understand."""
    form, group = version.form, version.group
    yield from missing_words(form)
    yield from showing.idle(form)
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
    for group in (group for group in project.groups if group.channel == "sms"):
        forms = [version.form for version in project.forms if version.form.group == group.id]
        beside = [version.form for version in project.forms if _asks_too(version.form, group)]
        languages = dict.fromkeys(locale for form in (*forms, *beside) for locale in form.locales)
        offered = {form.id: form.methods for form in forms} | {form.id: fields.ways_of_box(form) for form in beside}
        for finding in disclosure.lint_group(project.brand, group, languages, offered):
            yield finding.problem.level, f"groups/{group.id}.toml", str(finding)


def _asks_too(form: Form, group: Group) -> bool:
    """Whether a form of another group has a box for this one."""
    return any(field.group == group.id for field in form.fields.values())


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
    return _convert(file, kind, {**values, "id": _id(file, values)})


def _id(file: Path, values: dict[str, Any]) -> str:
    if values.get("id", file.stem) != file.stem:
        raise ConfigError(f"{file}: its id is its name, {file.stem!r}; take out id = {values['id']!r}")
    return file.stem


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


def _check_channels(folder: Path, groups: list[Group]) -> None:
    """Raises ConfigError for a group that has no sender and needs one, or has one and texts nobody."""
    for group in groups:
        file = folder / "groups" / f"{group.id}.toml"
        if group.channel == "sms" and group.sender == NOBODY:
            raise ConfigError(f'{file}: [sender] is missing: say from which number it texts, or channel = "email"')
        if group.channel == "email" and group.senders:
            raise ConfigError(f"{file}: a group of e-mail addresses texts nobody: take out [sender]")


def _check_keywords(folder: Path, groups: list[Group]) -> None:
    """Raises ConfigError for words that mean two things, or that no group may give another meaning."""
    found = [
        f"{folder / 'groups' / group.id}.toml: {said}"
        for group in groups
        for said in problems(group.languages, group.keywords, group.custom)
    ]
    if found:
        raise ConfigError("\n".join(found))


def _forms(folder: Path) -> list[Form]:
    """Every form, those that are ``like`` another with what that one says beneath. Raises ConfigError."""
    files = _files(folder, "forms")
    written = {file.stem: read_toml(file) for file in files}
    return [_read_form(file, _model(file, written), written[file.stem]) for file in files]


def _model(file: Path, written: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """What the form says whom this one is like; nothing where it is like none. Raises ConfigError."""
    name = written[file.stem].get("like")
    models = [form for form, values in written.items() if form != file.stem and "like" not in values]
    if name is not None and name not in models:
        named = f"name one of {', '.join(models)}" if models else "there is no form to be like"
        raise ConfigError(f"{file}: like = {name!r}: {named}")
    return {} if name is None else written[name]


def _read_form(file: Path, model: dict[str, Any], own: dict[str, Any]) -> Form:
    form = _convert(file, Form, {**_merged(model, own), "id": _id(file, own)})
    if found := [*showing.problems(form), *fields.problems(form)]:
        raise ConfigError("\n".join(f"{file}: {said}" for said in found))
    return form


def _merged(model: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    """A form's keys over those of the one it is like, tables key by key. Which forms may show in its place is its own affair."""
    under = {name: value for name, value in model.items() if name not in _OWN}
    return {name: value for name, value in _over(under, own).items() if name != "like"}


def _over(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    tables = {name: _over(under[name], value) for name, value in over.items() if _both_tables(under.get(name), value)}
    return under | over | tables


def _both_tables(one: object, other: object) -> bool:
    return isinstance(one, dict) and isinstance(other, dict)


def _check_variants(folder: Path, forms: list[Form]) -> None:
    """Raises ConfigError for a variant that does not collect for the same group, so that what is compared would not be the same."""
    group_of = {form.id: form.group for form in forms}
    for form in forms:
        for other in form.variants:
            if group_of.get(other) != form.group:
                there = f"is for group {group_of[other]}, not {form.group}" if other in group_of else "does not exist"
                raise ConfigError(f"{folder / 'forms' / form.id}.toml: variants: form {other!r} {there}")


def render(folder: Path, form: Form, groups: Mapping[str, Group], brand: Brand) -> FormVersion:
    """A form in all its languages. Raises ConfigError naming the file and what is wrong with it."""
    file = folder / "forms" / f"{form.id}.toml"
    group = groups.get(form.group)
    if not group:
        raise ConfigError(f"{file}: there is no group {form.group!r}; groups are {', '.join(groups)}")
    if group.channel == "email":
        raise ConfigError(f"{file}: group {form.group} is for e-mail addresses: a form collects numbers")
    origins = tuple(_origin(file, origin) for origin in form.origins)
    form = replace(form, origins=origins, countries=tuple(_countries(file, form.countries)))
    _check_back(file, form.back)
    _check_boxes(file, form, groups)
    if form.coupon_pool and group.opt_in == "single":
        raise ConfigError(
            f"{file}: coupon_pool: group {group.id} has single opt-in, so anybody could empty the pool by typing numbers: "
            'write coupon, or opt_in = "double" in the group'
        )
    theme = _theme(folder, file, form.theme)
    views = {
        locale: compile_view(theme, form, group, brand, locale, load_strings(locale), groups) for locale in form.locales
    }
    content = FormVersion("", form, group, brand, views, theme_assets.collect(load_theme(theme), views.values()))
    digest = hashlib.sha256(encode(content)).digest()
    return replace(content, version=urlsafe_b64encode(digest[:16]).decode().rstrip("="))


def _check_boxes(file: Path, form: Form, groups: Mapping[str, Group]) -> None:
    """Raises ConfigError for a box of a group that does not exist, or that nobody could answer."""
    for name, field in form.fields.items():
        if field.group and field.group not in groups:
            raise ConfigError(
                f"{file}: fields.{name}: there is no group {field.group!r}; groups are {', '.join(groups)}"
            )
        if field.group and not methods_for(groups[field.group], fields.ways_of_box(form)):
            raise ConfigError(
                f'{file}: fields.{name}: the sender of group {field.group} takes no replies: add "link" to methods'
            )


def _countries(file: Path, listed: tuple[str, ...]) -> list[str]:
    """The countries of a form, each once; ``*`` is all that are not listed, from US on. Raises ConfigError."""
    known = phonenumbers.SUPPORTED_REGIONS
    unknown = [region for region in listed if region not in known and region != "*"]
    if unknown:
        raise ConfigError(f"{file}: {unknown[0]} is no country: write ISO 3166 codes, say GB")
    named = [region for region in listed if region != "*"]
    return list(dict.fromkeys([*named, "US", *sorted(known)] if "*" in listed else named))


def _origin(file: Path, origin: str) -> str:
    """An origin as browsers write it: scheme, host, port if unusual; nothing after it. ``null`` stands for a WebView's."""
    scheme, _, host = origin.partition("://")
    if origin != "null" and (not scheme or not host or any(c in host for c in "/?#@* ")):
        raise ConfigError(f"{file}: origin {origin!r}: write it as https://shop.example.com, without a path")
    return origin if origin == "null" else f"{scheme.lower()}://{host.lower()}"


def _check_back(file: Path, back: str) -> None:
    """Raises ConfigError for what leads to no app and no safe site: browsers run some schemes as code, and open others from no page."""
    found = _ADDRESS.fullmatch(back)
    scheme = found[1].lower() if found else ""
    leads = found and (found[2].startswith("//") if scheme == "https" else scheme not in _NO_APPS)
    if back and not leads:
        raise ConfigError(
            f"{file}: back {back!r}: write an address of your app, myapp://sms-done, or one with https://"
        )


def find_theme(folder: Path, name: str) -> Path | None:
    """The folder of a theme: the project's own of that name, else ours."""
    places = (folder / "themes" / name, assets.themes_dir() / name)
    return next((found for found in places if found.is_dir()), None)


def _theme(folder: Path, file: Path, name: str) -> Path:
    if found := find_theme(folder, name):
        return found
    raise ConfigError(f"{file}: there is no theme {name!r} in {folder / 'themes'} or among ours")
