"""Lines of the benchmark that are about a whole library: some at their smallest size.

What Sync All and a rename cost is counted in tests/process.
"""

from importlib import import_module
from pathlib import Path

import pytest

from bench import document, index, queue
from bench.__main__ import LINES
from bench.figures import Figure
from bench.size import Size
from tests.bench.figures import values


def test_index_counts_a_request_a_page_and_three_for_news() -> None:
    found = values(index.measure(Size.TINY))
    assert found["first build of 50 items: requests / pages"] == 1.0
    assert found["refresh with 100 new items: requests"] == 3


def test_queue_keeps_few_rows() -> None:
    found = values(queue.measure(Size.TINY))
    assert found["rows kept after a drain"] == 600


@pytest.mark.parametrize("name", LINES)
def test_line_says_what_it_measures_and_what_bounds_it(name: str) -> None:
    line = import_module(f"bench.{name}")
    assert line.TITLE
    assert line.LIMIT.endswith(".")
    assert callable(line.measure)


def test_document_has_every_line(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    document.write([(name, f"Title of {name}", "A limit.", [Figure("a", 1.0, "ms", 2.0)]) for name in LINES], path)
    text = path.read_text(encoding="utf-8")
    assert all(f"`make bench-{name}`" in text and f"Title of {name}" in text for name in LINES)
    assert "| a | 1.00 ms |  | at most 2.00 | met |" in text
