"""What a question answers: one table, and the same as JSON."""

import json
import platform
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

RESULTS = Path(__file__).parent / "results"


@dataclass
class Report:
    """One table with a heading for each column, what to know about it, and the raw figures behind it."""

    name: str
    question: str
    columns: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    raw: dict[str, object] = field(default_factory=dict)

    def text(self) -> str:
        """The table as it is printed."""
        lines = [list(map(str, self.columns)), *([str(cell) for cell in row] for row in self.rows)]
        widths = [max(len(line[at]) for line in lines) for at in range(len(self.columns))]
        padded = [" | ".join(_pad(line, widths)) for line in lines]
        rule = "-|-".join("-" * width for width in widths)
        notes = [f"  {note}" for note in self.notes]
        return "\n".join([f"{self.name}: {self.question}", "", padded[0], rule, *padded[1:], *notes, ""])

    def keep(self) -> Path:
        """Write the run to a file of its own and return its path."""
        now = datetime.now(UTC)
        content = asdict(self) | {
            "at": now.isoformat(),
            "python": platform.python_version(),
            "machine": platform.machine(),
        }
        file = RESULTS / f"{self.name}-{now:%Y%m%dT%H%M%S}.json"
        file.write_text(json.dumps(content, indent=1, default=str) + "\n", encoding="utf-8")
        return file


def _pad(line: Sequence[str], widths: Sequence[int]) -> list[str]:
    first, *rest = (
        cell.ljust(width) if at == 0 else cell.rjust(width)
        for at, (cell, width) in enumerate(zip(line, widths, strict=True))
    )
    return [first, *rest]


def spread(values: Iterable[float], show: Callable[[float], str]) -> str:
    """Median and range."""
    found = sorted(values)
    return f"{show(statistics.median(found))} [{show(found[0])}-{show(found[-1])}]"


def whole(value: float) -> str:
    """Without decimals, thousands set apart."""
    return f"{value:,.0f}"


def tenth(value: float) -> str:
    """One decimal."""
    return f"{value:.1f}"


def ratio(value: float) -> str:
    """Three figures that matter."""
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"
