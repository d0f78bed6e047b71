"""Driving a server as fast as it goes, with wrk."""

import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.running import Server

_SCRIPTS = Path(__file__).parent / "load"
CONNECTIONS = 32


@dataclass(frozen=True)
class Load:
    """How one drive went; times in milliseconds, ``cpu`` in microseconds of
    the server's processor time an answer. ``failed`` counts errors and answers that are not 2xx or 3xx."""

    answers: int
    seconds: float
    p50: float
    p99: float
    failed: int
    sent: int
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def drive(server: Server, script: str, *args: str, seconds: float, connections: int = CONNECTIONS) -> Load:
    """Load the server with 32 connections, unless told, from one thread. Raises RuntimeError when the bodies ran out."""
    wrk = shutil.which("wrk")
    if not wrk:
        raise RuntimeError("wrk is missing: install your system's package 'wrk'")
    command = [wrk, "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s", "-s", str(_SCRIPTS / script)]
    before = server.cpu_seconds()
    done = subprocess.run([*command, server.url, "--", *args], capture_output=True, text=True, check=True, timeout=300)
    line = next(line for line in done.stdout.splitlines() if line.startswith("RESULT "))
    result = json.loads(line.removeprefix("RESULT "))
    if result.pop("ran_out"):
        raise RuntimeError("the bodies ran out before the time was over: make more of them")
    used = server.cpu_seconds() - before
    return Load(**result, cpu=used / max(1, result["answers"]) * 1e6)
