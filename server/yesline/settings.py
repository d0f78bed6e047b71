"""Every setting of a deployment: the ``[server]`` and ``[limits]`` tables of ``yesline.toml``, overlaid by ``YESLINE_*``.

A setting's meaning stands in ``MEANINGS``, from which ``yesline settings`` and the docs are made.
"""

import os
import secrets
import tomllib
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta, Struct

from yesline.errors import ConfigError
from yesline.rules.abuse import DAY, HOUR, MINUTE, SECOND, Cap, Policy, Scope
from yesline.rules.disclosure import SHORTENERS
from yesline.rules.signing import Keys

Count = Annotated[int, Meta(ge=1)]


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """What one deployment is told about itself."""

    data: str = "data"
    database: str = ""
    project: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8321
    public_url: str = ""
    link_url: str = ""
    trusted_proxies: tuple[str, ...] = ("127.0.0.1",)
    sandbox: bool = False
    sandbox_origins: tuple[str, ...] = ()
    work: bool = True
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    import_mb: Count = 1024
    keep_feed_days: Count = 90
    keep_deliveries_days: Count = 30
    keep_imports_days: Count = 90
    number_per_minute: Count = 1
    number_per_hour: Count = 3
    number_per_day: Count = 5
    number_per_month: Count = 10
    block_per_hour: Count = 5
    address_per_hour: Count = 60
    resend_seconds: Count = 60
    stop_scope: Literal["brand", "group"] = "brand"
    carriers: dict[str, dict[str, Any]] = {}

    @property
    def folder(self) -> Path:
        """The data folder."""
        return Path(self.data)

    @property
    def base(self) -> str:
        """The address under which pages and phones reach this server, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def links(self) -> str:
        """The address that links in texts begin with."""
        return (self.link_url or self.base).rstrip("/")

    @property
    def origin(self) -> str:
        """The origin of our own pages."""
        parts = urlsplit(self.base)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def database_url(self) -> str:
        """The database's address: the data folder's ``yesline.db`` where none is given."""
        return self.database or f"sqlite:///{self.folder / 'yesline.db'}"

    def policy(self) -> Policy:
        """The caps in force."""
        number = (
            Cap(self.number_per_minute, MINUTE),
            Cap(self.number_per_hour, HOUR),
            Cap(self.number_per_day, DAY),
            Cap(self.number_per_month, 30 * DAY),
        )
        return Policy(
            number=Scope("number", 1, number),
            block=Scope("block", MINUTE, (Cap(self.block_per_hour, HOUR),)),
            address=Scope("address", MINUTE, (Cap(self.address_per_hour, HOUR),)),
            resend_every=self.resend_seconds * SECOND,
            stop_scope=self.stop_scope,
        )


MEANINGS: dict[str, str] = {
    "data": "folder of the database and the secrets",
    "database": "sqlite:///path or postgresql://user:password@host/name; the data folder's yesline.db when empty",
    "project": "project folder whose groups and forms are applied at start",
    "host": "address to listen on",
    "port": "port to listen on; 0 takes a free one",
    "public_url": "address under which pages and phones reach this server",
    "link_url": "address that links in texts begin with, if it is another (your own short, branded host)",
    "trusted_proxies": "addresses of reverse proxies whose X-Forwarded-For is believed",
    "sandbox": "handset and console carrier instead of real texts; listens on loopback only",
    "sandbox_origins": "origins whose pages may show every form of the sandbox, beside those of its file: those of your tests",
    "work": "whether the server sends texts and keeps house itself; 'yesline work' does it apart (PostgreSQL)",
    "log_level": "debug, info, warning or error",
    "import_mb": "size of a file that an import over HTTP takes, at most, in megabytes (1,048,576 bytes each)",
    "keep_feed_days": "days that events stay in the feed, or until every endpoint in use has been told; the ledger keeps them for good",
    "keep_deliveries_days": "days that it is kept how events were delivered",
    "keep_imports_days": "days that it is kept which rows an import did not take, and that there was a dry run",
    "number_per_minute": "prompts to one number in a minute, over all forms",
    "number_per_hour": "prompts to one number in an hour",
    "number_per_day": "prompts to one number in a day",
    "number_per_month": "prompts to one number in 30 days",
    "block_per_hour": "prompts in an hour to numbers that differ in their last four digits only",
    "address_per_hour": "submissions in an hour from one address (one /64 network for IPv6)",
    "resend_seconds": "seconds until a person may ask for the text again",
    "stop_scope": "whether a STOP is for all of the brand's groups or for the group it was said to: brand or group",
}

SANDBOX: dict[str, int] = {
    "number_per_minute": 30,
    "number_per_hour": 200,
    "number_per_day": 1000,
    "number_per_month": 10_000,
    "block_per_hour": 1000,
    "address_per_hour": 10_000,
    "resend_seconds": 5,
}
"""Caps wide enough to try things out and to test; used by ``yesline demo``."""

_TABLES = ("server", "limits")
_LISTS = ("trusted_proxies", "sandbox_origins")
_CARRIERS = "YESLINE_CARRIERS_"


def load(file: Path | None, environ: Mapping[str, str] | None = None, **given: Any) -> Settings:
    """Settings from a file, the environment and the command line, the later winning.

    Raises ConfigError naming the setting that is wrong.
    """
    environ = os.environ if environ is None else environ
    values = _from_file(file) if file else {}
    for name in MEANINGS:
        if (text := environ.get(f"YESLINE_{name.upper()}")) is not None:
            values[name] = [part for part in map(str.strip, text.split(",")) if part] if name in _LISTS else text
    values["carriers"] = _carriers(values.get("carriers", {}), environ)
    values |= {name: value for name, value in given.items() if value is not None}
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise ConfigError(f"settings: {error}; 'yesline settings' lists them all") from error
    _check(settings)
    return settings


def _carriers(tables: dict[str, Any], environ: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """The carriers' tables, overlaid by ``YESLINE_CARRIERS_<NAME>_<SETTING>``: secrets need not stand in a file."""
    found = {name: dict(table) for name, table in tables.items() if isinstance(table, dict)}
    for key, value in sorted(environ.items()):
        if key.startswith(_CARRIERS):
            words = key.removeprefix(_CARRIERS).lower()
            known = (name for name in found if words.startswith(name.replace("-", "_") + "_"))
            name = max(known, key=len, default=words.partition("_")[0])
            found.setdefault(name, {})[words[len(name) + 1 :]] = value
    return found


def read_toml(file: Path) -> dict[str, Any]:
    """A TOML file. Raises ConfigError with the file and place of what is wrong."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: {error}") from error


def _from_file(file: Path) -> dict[str, Any]:
    tables = read_toml(file)
    if unknown := set(tables) - {*_TABLES, "brand", "carriers"}:
        raise ConfigError(
            f"{file}: unknown table [{min(unknown)}]; known are [brand], [server], [limits] and [carriers.<name>]"
        )
    values: dict[str, Any] = {"carriers": tables.get("carriers", {})}
    for table in _TABLES:
        values |= tables.get(table, {})
    return values


def _check(settings: Settings) -> None:
    if everyone := {"*", "0.0.0.0/0", "::/0"} & set(settings.trusted_proxies):
        raise ConfigError(
            f'trusted_proxies: "{min(everyone)}" lets every caller choose its own address: list your proxies'
        )
    for name in ("public_url", "link_url"):
        value: str = getattr(settings, name)
        if value and (urlsplit(value).scheme not in ("http", "https") or not urlsplit(value).netloc):
            raise ConfigError(f"{name}: {value!r} is not an address: write it as https://sms.example.com")
    if (host := urlsplit(settings.links).hostname or "") in SHORTENERS:
        raise ConfigError(f"link_url: carriers block texts with links of {host}: use a host of your brand's own")
    _check_sandbox(settings)


def _check_sandbox(settings: Settings) -> None:
    if settings.sandbox_origins and not settings.sandbox:
        raise ConfigError("sandbox_origins: only the sandbox has them: put a page's origin into its form's origins")
    for origin in settings.sandbox_origins:
        parts = urlsplit(origin)
        if origin not in ("null", f"{parts.scheme}://{parts.netloc}") or origin == "://":
            raise ConfigError(f"sandbox_origins: {origin!r}: write it as http://localhost:8000, without a path")
    if settings.sandbox and not is_loopback(settings.host):
        raise ConfigError(f"sandbox: shows every text to anybody, so it listens on 127.0.0.1 only, not {settings.host}")


def is_loopback(host: str) -> bool:
    """Whether a host's name or address is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def load_keys(folder: Path) -> Keys:
    """The deployment's secrets, made on first use and readable by their owner only. Back this file up with the database."""
    file = folder / "secrets.toml"
    if not file.exists():
        _make_keys(file)
    if file.stat().st_mode & 0o077:
        raise ConfigError(f"{file}: others can read it: run 'chmod 600 {file}'")
    values = read_toml(file)
    try:
        signing = tuple(bytes.fromhex(key) for key in values["signing"])
        return Keys(signing, bytes.fromhex(values["numbers"]), bytes.fromhex(values["ledger"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(
            f"{file}: needs signing = [...], numbers and ledger in hex: restore it from a backup"
        ) from error


def _make_keys(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    signing, numbers, ledger = (secrets.token_hex(32) for _ in range(3))
    text = f'signing = ["{signing}"]\nnumbers = "{numbers}"\nledger = "{ledger}"\n'
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, file)  # refuses to replace: the first of two processes wins and both read the same keys
    except FileExistsError:
        pass
    finally:
        draft.unlink()
