"""What a line of the benchmark found, and how it is shown: as a table for the terminal and for docs/performance.md."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

_HEADINGS: Final = ("what", "measured", "spread", "target", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One number, e.g. 1.27 "times" for "hook / bare interpreter".

    Attributes:
        most: the target, None where there is none.
        low, high: the quartiles, None where there is one measurement.
    """

    what: str
    value: float
    unit: str
    most: float | None = None
    low: float | None = None
    high: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether the target is reached; true where there is none."""
        return self.most is None or self.value <= self.most

    @property
    def verdict(self) -> str:
        """Return "met", "misses by 12 %", or "" where there is no target."""
        if self.most is None:
            return ""
        return "met" if self.is_met else f"misses by {100 * (self.value / self.most - 1):.0f} %"

    def cells(self) -> tuple[str, ...]:
        """The figure as a row of the table."""
        spread = "" if self.low is None or self.high is None else f"{short(self.low)} to {short(self.high)}"
        target = "" if self.most is None else f"at most {short(self.most)}"
        return (self.what, f"{short(self.value)} {self.unit}", spread, target, self.verdict)


def of_samples(what: str, samples: Iterable[float], unit: str, most: float | None = None) -> Figure:
    """The median of `samples`, with their quartiles."""
    low, middle, high = quartiles(samples)
    return Figure(what, middle, unit, most, low, high)


def quartiles(samples: Iterable[float]) -> tuple[float, float, float]:
    """Lower quartile, median, upper quartile; of few samples the nearest."""
    ordered = sorted(samples)
    quarter = len(ordered) // 4
    return ordered[quarter], statistics.median(ordered), ordered[-1 - quarter]


def short(value: float) -> str:
    """Return a number with about three significant digits."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    if abs(value) >= 100:
        return f"{value:.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 0.1 else f"{value:.2g}"


def as_text(lines: Sequence[tuple[str, Sequence[Figure]]]) -> str:
    """One table for a terminal; `lines` are titles and their figures."""
    rows = [_HEADINGS, *(figure.cells() for _, figures in lines for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADINGS))]
    text = [_row(_HEADINGS, widths)]
    for title, figures in lines:
        text += ["", title, *(_row(figure.cells(), widths) for figure in figures)]
    return "\n".join(text)


def _row(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  " + "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def as_markdown(figures: Sequence[Figure]) -> str:
    """The table for a document."""
    lines = ["| " + " | ".join(_HEADINGS) + " |", "|" + "---|" * len(_HEADINGS)]
    lines += ["| " + " | ".join(figure.cells()) + " |" for figure in figures]
    return "\n".join(lines)
