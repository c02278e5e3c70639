"""What the tests counted: how many kills, faults, inputs, and what was lost.

The long form prints it; docs/reliability.md quotes it.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).parents[2] / "build" / "torture.jsonl"
DOCUMENT: Final = Path(__file__).parents[2] / "docs" / "reliability.md"
_MARK: Final = "<!-- torture -->\n```text\n"
_FENCE: Final = "\n```\n"


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
    """The kept figures as lines of text, one a test: those of its cases are added up."""
    cases: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        found: dict[str, Any] = json.loads(line)
        cases.setdefault(found.pop("test").partition("[")[0], []).append(found)
    for test, all_counts in cases.items():
        counts = _added(all_counts)
        shown = (f"{name.replace('_', ' ')} {_shown(value)}" for name, value in counts.items())
        yield f"{test.removeprefix('test_').replace('_', ' ')}: {', '.join(shown)}"


def quote(lines: Sequence[str], document: Path = DOCUMENT) -> None:
    """Put `lines` in the place of the block that stands in `document` behind its mark."""
    text = document.read_text(encoding="utf-8")
    before, mark, rest = text.partition(_MARK)
    _, fence, after = rest.partition(_FENCE)
    if not mark or not fence:
        raise ValueError(f"{document} has no block behind {_MARK.strip()}")
    document.write_text(before + mark + "\n".join(lines) + fence + after, encoding="utf-8")


def _added(cases: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """One case as it is; of several how many there were, and the sum of each number."""
    if len(cases) == 1:
        return cases[0]
    sums = Counter[str]()
    for case in cases:
        sums.update({name: value for name, value in case.items() if isinstance(value, int)})
    return {"cases": len(cases), **{name: sums[name] for case in cases for name in case if name in sums}}


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{name.replace('_', ' ')} {_shown(count)}" for name, count in value.items()) + ")"
    return f"{value:,}" if isinstance(value, int) else f"{value:.1f}" if isinstance(value, float) else str(value)
