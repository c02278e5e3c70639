"""A file that cannot be used is closed at once; the error that says so may be kept for long."""

from collections.abc import Callable
from pathlib import Path

import pytest

from storage.database import connect
from sync_queue import DeadLetterQueue, QueueManager, get_stats, schema
from sync_queue.append import AppendOnlyQueue, Error
from sync_queue.claims import ClaimStore
from tests.open_files import open_below
from tests.sync_queue.jobs import NOW, append, scene

Work = Callable[[Path], object]
WAYS: list[Work] = [
    lambda data_dir: AppendOnlyQueue(str(data_dir / "queue")).put({}),
    lambda data_dir: QueueManager(data_dir).get_queue(),
    lambda data_dir: ClaimStore(data_dir / "queue"),
    lambda data_dir: get_stats(data_dir / "queue"),
]


@pytest.mark.parametrize("work", WAYS)
def test_file_is_closed_when_it_is_no_database(data_dir: Path, queue_dir: Path, work: Work) -> None:
    queue_dir.mkdir(parents=True)
    (queue_dir / schema.FILE).write_bytes(b"not a database at all" * 400)
    with pytest.raises(Error) as held:
        work(data_dir)
    assert open_below(data_dir) == set()
    assert "not a database" in str(held.value)


@pytest.mark.parametrize("work", WAYS[:3])
def test_file_is_closed_when_a_newer_version_wrote_it(data_dir: Path, queue_dir: Path, work: Work) -> None:
    append(queue_dir, scene(1))
    newer = connect(queue_dir / schema.FILE)
    newer.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    newer.close()
    with pytest.raises(Error):
        work(data_dir)
    assert open_below(data_dir) == set()


def test_store_opens_its_file_again_when_it_is_used_after_its_close(queue_dir: Path, data_dir: Path) -> None:
    append(queue_dir, scene(1))
    with ClaimStore(queue_dir) as store:
        store.close()
        assert open_below(data_dir) == set()
        (job,) = store.claim_due(NOW, 10).jobs
    assert job.key == "scene_1"
    assert open_below(data_dir) == set()


def test_letters_keep_their_names_when_the_file_was_opened_again(data_dir: Path) -> None:
    letters = DeadLetterQueue(data_dir)
    letters.add({"pqid": 7, "job_key": "scene_7", "scene_id": 7}, ("A", "b"), 5)
    letters.close()
    assert [letter["job_key"] for letter in letters.get_recent(10)] == ["scene_7"]
    letters.close()
    assert open_below(data_dir) == set()
