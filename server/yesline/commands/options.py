"""Options that commands share."""

from pathlib import Path
from typing import Any

import click

from yesline.settings import Settings, load

FILE = "yesline.toml"
config_option = click.option(
    "--config", type=click.Path(path_type=Path), help="Settings file; ./yesline.toml if there is one."
)
data_option = click.option("--data", type=click.Path(file_okay=False), help="Folder of the database and the secrets.")


def settings_from(config: Path | None, **given: Any) -> Settings:
    """The settings of a file, ./yesline.toml where none is given, under the environment and what was typed."""
    found = config or (Path(FILE) if Path(FILE).exists() else None)
    return load(found, None, **given)
