"""How fast ``yesline verify`` recomputes the ledger, against hashing alone (quality bars, "Server")."""

import hashlib
import hmac
import os
import subprocess
import tempfile
import time
from pathlib import Path

from msgspec.structs import astuple

from bench.options import Options
from bench.report import Report, ratio, spread, whole
from bench.running import module
from yesline.app import clock
from yesline.records import Draft, Row, Subject
from yesline.rules import proof
from yesline.rules.signing import minter
from yesline.settings import load_keys
from yesline.store.sql import UPSERTS
from yesline.store.sqlite_file import connect, migrate

_SUBMITTED = {
    "phone": "+12015550123",
    "words": "1f0c2f5f4bdb5a6e7c8d9e",
    "version": "6f1ed002ab5595859014eb",
    "language": "en",
    "box": "ticked by pointer after 4200 ms",
    "page": "https://shop.example/offers/spring",
    "address": "192.0.2.7",
    "agent": "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36",
    "submission": "AAAAAAAAAAAAAAAAAAAAAA",
}
_WORDS = "Larkspur Coffee: reply Y, enter code •••••• or tap https://txt.example/c/•••. Msg & data rates may apply. STOP to end."
_TEXTED = {"text": "0q9fKDLSr4H", "kind": "prompt", "state": "sent", "words": _WORDS, "vendor": "SM0123456789"}
_CONFIRMED = {"text": "in0123456789", "words": "Y", "prompt": "0q9fKDLSr4H"}
_CHAIN = (_SUBMITTED, _TEXTED, _CONFIRMED, _TEXTED)
"""What the events of one opt-in commit to."""


def _chain(key: bytes, now: int) -> list[Row]:
    """One number with a few events in its chain."""
    subject = Subject(minter()(), None, None, now)
    rows: list[Row] = []
    for told in _CHAIN:
        draft = Draft(subject.id, "requested", "form", "promotions", "unknown", "pending", told)
        subject, event, facts = proof.link(key, subject, draft, now)
        rows += (event, facts)
    return [subject, *rows]


def _fill(folder: Path, count: int) -> None:
    """Write chains straight into the tables, as the store's own statements do."""
    key, now, file = load_keys(folder).ledger, clock(), folder / "yesline.db"
    migrate(file, now)
    db = connect(file)
    for _ in range(0, count, len(_CHAIN) * 500):
        db.execute("BEGIN IMMEDIATE")
        for row in (row for _ in range(500) for row in _chain(key, now)):
            db.execute(UPSERTS[type(row)], astuple(row))
        db.execute("COMMIT")
    db.close()


def _verify(folder: Path) -> float:
    begin = time.perf_counter()
    subprocess.run(module("yesline", "verify", "--data", folder), check=True, capture_output=True, timeout=600)
    return time.perf_counter() - begin


def _hash_alone(count: int) -> float:
    """The least that can be done on one core: a keyed hash of 1 kB and a short plain one for each fact."""
    long, short, key = b"x" * 1000, b"x" * 50, b"k" * 32
    begin = time.perf_counter()
    for place in range(count):
        for _ in _CHAIN[place % len(_CHAIN)]:
            hashlib.sha256(short).hexdigest()
        hmac.digest(key, long, "sha256")
    return time.perf_counter() - begin


def run(options: Options) -> Report:
    """Ask the question."""
    count = max(2000, options.events // 2000 * 2000)
    rates: dict[str, list[float]] = {"hashing alone": [], "yesline verify": []}
    with tempfile.TemporaryDirectory(prefix="yesline-bench-") as made:
        folder = Path(made)
        _fill(folder, count)
        for _ in range(options.times(3)):
            rates["hashing alone"].append(count / _hash_alone(count))
            rates["yesline verify"].append(count / _verify(folder))
    return _report(rates, count)


def _report(rates: dict[str, list[float]], count: int) -> Report:
    report = Report("ledger", f"events a second recomputed, of {count:,}", ["what", "events/s", "x hashing alone"])
    for name, found in rates.items():
        ratios = [mine / base for mine, base in zip(found, rates["hashing alone"], strict=True)]
        report.rows.append((name, spread(found, whole), spread(ratios, ratio)))
    report.raw |= rates
    report.notes.append(f"bar >= 50,000 events/s on {os.cpu_count()} cores; the time includes the command's own start")
    return report
