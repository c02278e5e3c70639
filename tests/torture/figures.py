"""What the tests counted: how many kills, faults, inputs, and what was lost. The long form prints it; docs/reliability.md quotes it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parents[2] / "build" / "torture.jsonl"


class Figures:
    """Appends one line a test to `file`."""

    def __init__(self, file: Path, test: str) -> None:
        self._file = file
        self._test = test

    def note(self, **counts: object) -> None:
        """Keep these figures of the running test."""
        self._file.parent.mkdir(exist_ok=True)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"test": self._test, **counts}) + "\n")


def table(lines: Iterator[str]) -> Iterator[str]:
    """The kept figures as lines of text, one a test."""
    for line in lines:
        found: Mapping[str, Any] = json.loads(line)
        counts = ", ".join(
            f"{name.replace('_', ' ')} {_shown(value)}" for name, value in found.items() if name != "test"
        )
        yield f"{found['test']}: {counts}"


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name} {_shown(count)}" for name, count in value.items()) + ")"
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}" if isinstance(value, float) else str(value)
