"""Builds both packages as they would be published, without the network, and puts them where programs find them."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "server" / "clients"
TSC = ROOT / "widget" / "node_modules" / ".bin" / "tsc"
PAGE = (ROOT / "docs" / "how-to" / "clients.md").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Built:
    """A folder with the programs of the how-to, where both packages are installed, and what is in each package."""

    folder: Path
    wheel: list[str]
    tarball: list[str]

    @property
    def javascript(self) -> Path:
        """The built TypeScript client."""
        return self.folder / "node_modules" / "@yesline" / "client" / "build"

    def run(self, *command: str, **environment: str) -> str:
        """What a program prints. Raises AssertionError with what it says when it fails."""
        told = {**os.environ, "PYTHONPATH": str(self.folder / "python")} | environment
        done = subprocess.run(
            command, cwd=self.folder, env=told, capture_output=True, text=True, timeout=50, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def build(folder: Path) -> Built:
    """Build and install both packages, and write the programs of the how-to beside them."""
    for name, code in re.findall(r"^```\w+ (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL):
        (folder / name).write_text(code, encoding="utf-8")
    return Built(folder, _wheel(folder), _tarball(folder))


def _wheel(folder: Path) -> list[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=CLIENTS / "python", check=True, capture_output=True, timeout=50)
    (made,) = folder.glob("yesline_client-*.whl")
    with zipfile.ZipFile(made) as wheel:
        wheel.extractall(folder / "python")  # noqa: S202  (it was made here)
        return wheel.namelist()


def _tarball(folder: Path) -> list[str]:
    """npm packs a copy, in which TypeScript was compiled: other tests read the folder meanwhile."""
    copy = folder / "typescript"
    shutil.copytree(CLIENTS / "typescript", copy, ignore=shutil.ignore_patterns("build"))
    subprocess.run([TSC, "-p", copy], check=True, timeout=50)
    command = ["npm", "pack", "--ignore-scripts", "--json", "--offline", "--pack-destination", str(folder)]
    told = subprocess.run(command, cwd=copy, check=True, capture_output=True, text=True, timeout=50).stdout
    with tarfile.open(folder / json.loads(told)[0]["filename"]) as tarball:
        tarball.extractall(folder / "unpacked", filter="data")
        names = tarball.getnames()
    (folder / "node_modules" / "@yesline").mkdir(parents=True)
    (folder / "unpacked" / "package").rename(folder / "node_modules" / "@yesline" / "client")
    return names
