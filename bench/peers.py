"""Peers, installed from their registries on first use into the checkout's ``.cache``, which git does not see."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from bench.running import ROOT

_CACHE = ROOT / ".cache" / "bench"
_ISSO = Path(__file__).parent / "servers" / "isso.cfg"
_NPM = ("intl-tel-input@29", "react@19", "react-dom@19", "react-phone-number-input@3", "esbuild@0.28")


def _python() -> Path:
    """An environment with the ``bench`` group of ``pyproject.toml``."""
    home = _CACHE / "python"
    python = home / "bin" / "python"
    if not (home / "ready").exists():
        print("installing isso and gunicorn ...", file=sys.stderr)
        venv.create(home, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "pip>=25.1"], check=True)
        subprocess.run([*pip, "--group", str(ROOT / "pyproject.toml") + ":bench"], check=True)
        (home / "ready").touch()
    return python


def isso(folder: Path, port: int) -> tuple[list[str], dict[str, str]]:
    """The command and environment of isso under gunicorn with two workers, its checks of the sender turned off."""
    config = folder / "isso.cfg"
    config.write_text(_ISSO.read_text().format(folder=folder, port=port))
    serve = [str(_python()), "-m", "gunicorn", "--preload", "-w", "2", "-b", f"127.0.0.1:{port}", "isso.run"]
    return serve, {"ISSO_SETTINGS": str(config)}


def packages() -> Path:
    """The folder of the peers' scripts from npm."""
    home = _CACHE / "npm"
    wanted = " ".join(_NPM)
    ready = home / "ready"
    if not ready.exists() or ready.read_text() != wanted:
        print("installing intl-tel-input and react-phone-number-input ...", file=sys.stderr)
        home.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", *_NPM], cwd=home, check=True
        )
        ready.write_text(wanted)
    return home / "node_modules"


def react_page(source: Path, folder: Path) -> None:
    """Bundle a page of React into a script and a style sheet beside it."""
    shutil.copy(source, packages().parent)
    command = [str(packages() / ".bin" / "esbuild"), source.name, "--bundle", "--minify", "--jsx=automatic"]
    production = "--define:process.env.NODE_ENV='production'"
    subprocess.run([*command, production, f"--outdir={folder}", "--log-level=error"], cwd=packages().parent, check=True)


def slow_disk(folder: Path) -> dict[str, str]:
    """The environment under which a server's flushes take 2 ms more."""
    shim = folder / "slowsync.so"
    source = Path(__file__).parent / "servers" / "slowsync.c"
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", str(shim), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(shim), "SLOWSYNC_US": "2000"}
