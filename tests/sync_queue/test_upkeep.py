from pathlib import Path

from sync_queue import get_stats
from sync_queue.claims import ClaimStore
from tests.sync_queue.jobs import append, insert_raw, look, scene, statuses


def test_prune_keeps_the_newest_of_each_kind_when_rows_are_settled(queue_dir: Path, store: ClaimStore) -> None:
    insert_raw(queue_dir, *[(b"{}", status) for status in (5, 9, 0, 5, 9, 1, 5, 9, 2, 5, 9)])
    assert store.prune(keep=2) == 4
    assert statuses(queue_dir) == {3: 0, 6: 1, 7: 5, 8: 9, 9: 2, 10: 5, 11: 9}
    assert store.prune(keep=2) == 0


def test_prune_stops_at_its_limit_when_there_is_more(queue_dir: Path, store: ClaimStore) -> None:
    insert_raw(queue_dir, *[(b"{}", 5)] * 3000)
    assert [store.prune(keep=500, limit=1500) for _ in range(3)] == [1500, 1000, 0]
    assert min(statuses(queue_dir)) == 2501


def test_file_gets_small_again_when_most_of_it_was_pruned(queue_dir: Path, store: ClaimStore) -> None:
    insert_raw(queue_dir, *[(bytes(4000), 5)] * 4000)
    file = queue_dir / "data.db"
    store.prune(keep=10)
    append(queue_dir, scene(1))
    assert file.stat().st_size + (queue_dir / "data.db-wal").stat().st_size < 9 * 1024 * 1024
    assert look(queue_dir, "PRAGMA page_count")[0] < 100
    assert get_stats(queue_dir) == {"pending": 1, "in_progress": 0, "completed": 10, "failed": 0}


def test_row_ids_are_never_used_again_when_all_rows_were_pruned(queue_dir: Path, store: ClaimStore) -> None:
    insert_raw(queue_dir, *[(b"{}", 5)] * 5)
    store.prune(keep=0)
    assert append(queue_dir, scene(1)) == [6]
