"""Each line of the benchmark that is about a whole library runs at its smallest size, and counts right. Never seconds."""

from pathlib import Path

from bench import document, index, queue, rename, unchanged
from bench.__main__ import LINES
from bench.figures import Figure
from bench.size import Size
from tests.bench.figures import values


def test_sync_all_counts_a_read_a_batch_and_keeps_its_memory() -> None:
    found = values(unchanged.measure(Size.TINY))
    assert found["requests to Plex a scene, the index's first build among them"] <= 0.04
    assert found["requests to Stash a scene"] <= 0.04
    assert found["the worker's memory at its highest"] <= 200


def test_index_counts_a_request_a_page_and_three_for_news() -> None:
    found = values(index.measure(Size.TINY))
    assert found["first build of 50 items: requests / pages"] == 1.0
    assert found["refresh with 100 new items: requests"] == 3


def test_queue_keeps_few_rows() -> None:
    found = values(queue.measure(Size.TINY))
    assert found["rows kept after a drain"] == 600


def test_rename_counts_a_read_and_a_write_a_batch_where_plex_lets_it() -> None:
    adds, equal, mixed = values(rename.measure(Size.TINY)).values()
    assert adds <= 0.1
    assert equal <= 0.1
    assert 0.1 < mixed < 0.2


def test_document_has_every_line(tmp_path: Path) -> None:
    path = tmp_path / "performance.md"
    document.write([(name, f"Title of {name}", "A limit.", [Figure("a", 1.0, "ms", 2.0)]) for name in LINES], path)
    text = path.read_text(encoding="utf-8")
    assert all(f"`make bench-{name}`" in text and f"Title of {name}" in text for name in LINES)
    assert "| a | 1.00 ms |  | at most 2.00 | met |" in text
