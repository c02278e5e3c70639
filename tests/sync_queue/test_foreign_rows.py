"""Rows that another program pickled become jobs of ours, or stand aside until every scene is synced."""

import pickle
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from sync_queue import DeadLetterQueue, foreign_rows, get_stats
from sync_queue.aside_rows import count_aside, drop_aside
from sync_queue.claims import ClaimStore
from sync_queue.foreign_rows import foreign_job
from sync_queue.models import RUN
from tests import predecessor
from tests.sync_queue.jobs import NOW, append, insert_raw, look, scene

UNKNOWN = pickle.dumps(["of", "some", "other", "program"])


def claimed(store: ClaimStore, now: float = NOW) -> list[str]:
    return [job.key for job in store.claim_due(now, 100).jobs]


def test_claim_brings_jobs_of_ours_when_another_programs_rows_wait(data_dir: Path, queue_dir: Path) -> None:
    predecessor.leave_rows(
        data_dir,
        waiting=[predecessor.job(3), predecessor.job(4), predecessor.job(3)],
        in_progress=[predecessor.job(2)],
        done=[predecessor.job(1)],
    )
    with ClaimStore(queue_dir) as store:
        assert store.resume(NOW) == 1
        batch = store.claim_due(NOW, 100)
        assert [job.key for job in batch.jobs] == ["scene_2", "scene_3", "scene_4"]
        assert batch.bad == ()
        assert {job.job["data"][RUN] for job in batch.jobs} == {f"moved_in {NOW:.6f}"}
    rows = look(queue_dir, "SELECT data FROM ack_queue_default WHERE status < 5")
    assert len(rows) == 3
    assert all(row.startswith(b"{") for row in rows), "no pickle waits any more"


def test_claim_takes_a_save_along_with_the_first_batch_when_thousands_of_foreign_rows_stand_before_it(
    queue_dir: Path, store: ClaimStore
) -> None:
    insert_raw(queue_dir, *((pickle.dumps(predecessor.job(number)), 0) for number in range(1, 1_203)))
    append(queue_dir, scene(5_000, "title"))
    assert "scene_5000" in [job.key for job in store.claim_due(NOW, 10).jobs]


def test_foreign_rows_are_queued_once_when_a_job_of_the_scene_waits_already(queue_dir: Path, store: ClaimStore) -> None:
    append(queue_dir, scene(3))
    insert_raw(queue_dir, (pickle.dumps(predecessor.job(3)), 0))
    assert claimed(store) == ["scene_3"]
    assert get_stats(queue_dir) == {"pending": 0, "in_progress": 1, "completed": 0, "failed": 0}


def test_foreign_rows_stand_aside_when_nobody_can_tell_their_scene(
    queue_dir: Path, store: ClaimStore, caplog: pytest.LogCaptureFixture
) -> None:
    odd = [UNKNOWN, b"\x80\x04 torn", *(pickle.dumps({"scene_id": each}) for each in ("many", 2**70, 10**5_000))]
    insert_raw(queue_dir, *((row, 0) for row in odd), (pickle.dumps(predecessor.job(7)), 1))
    batch = store.claim_due(NOW, 100)
    assert ([job.key for job in batch.jobs], batch.bad) == (["scene_7"], ())
    assert count_aside(queue_dir) == 5
    assert look(queue_dir, "SELECT data FROM rows_of_another_program") == odd, "nothing of it is lost"
    summary = (
        "Rows that another program left in the queue: 6. Scenes of theirs queued now: 1. Of 5 nobody knows the scene"
    )
    assert [record.getMessage() for record in caplog.records] == [f"{summary}: please run Sync All Scenes to Plex"]


def test_rows_aside_go_when_they_are_older_than_the_sync_of_everything(queue_dir: Path, store: ClaimStore) -> None:
    insert_raw(queue_dir, (UNKNOWN, 0))
    assert claimed(store) == []
    assert drop_aside(queue_dir, 0.5) == 0, "the row is of the second 1.0"
    assert drop_aside(queue_dir, NOW) == 1
    assert (count_aside(queue_dir), drop_aside(queue_dir, NOW)) == (0, 0)


@pytest.mark.parametrize("timestamp", [NOW + 10**9, "no time", None])
def test_rows_aside_go_with_the_sync_of_everything_when_their_time_is_wrong(
    queue_dir: Path, store: ClaimStore, timestamp: object
) -> None:
    insert_raw(queue_dir, (UNKNOWN, 0))
    store.write("UPDATE ack_queue_default SET timestamp = ?", (timestamp,))
    assert claimed(store) == []
    assert drop_aside(queue_dir, NOW) == 1


def test_count_aside_makes_no_file_when_there_is_none(queue_dir: Path) -> None:
    assert (count_aside(queue_dir), drop_aside(queue_dir, NOW)) == (0, 0)
    assert not queue_dir.exists()


def test_taking_over_leaves_job_or_row_when_it_is_interrupted(queue_dir: Path, store: ClaimStore) -> None:
    insert_raw(queue_dir, *((pickle.dumps(predecessor.job(number)), 0) for number in (1, 2)))
    with closing(sqlite3.connect(queue_dir / "data.db")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER refuse BEFORE DELETE ON ack_queue_default WHEN OLD._id = 2 "
            "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
        )
    with pytest.raises(Exception, match="the disk is full"):
        foreign_rows.take_over(store, NOW)
    assert len(look(queue_dir, "SELECT 1 FROM ack_queue_default")) == 2, "the rows, and no job without its row gone"
    look(queue_dir, "DROP TRIGGER refuse")
    assert claimed(store) == ["scene_1", "scene_2"]


def test_settled_tells_what_was_sent_and_drops_its_rows_when_the_page_was_taken(
    data_dir: Path, queue_dir: Path
) -> None:
    predecessor.leave_rows(data_dir, done=[predecessor.job(1, tags=["Short"]), {"no": "scene"}])
    with ClaimStore(queue_dir) as store:
        insert_raw(queue_dir, (pickle.dumps(predecessor.job(2, tags=["Never sent"])), 9))
        append(queue_dir, scene(9))
        pages = foreign_rows.settled(store)
        assert [(job.scene_id, job.data["tags"]) for job in next(pages)] == [(1, ["Short"])]
        assert get_stats(queue_dir)["completed"] == 2, "not before its names are kept"
        assert list(pages) == []
        assert list(foreign_rows.settled(store)) == []
    assert get_stats(queue_dir) == {"pending": 1, "in_progress": 0, "completed": 0, "failed": 0}


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("scene_id", [7, 300, 70_000, "7"])
def test_settled_tells_the_newest_of_each_scene_when_it_was_sent_often(
    queue_dir: Path, store: ClaimStore, scene_id: object, protocol: int
) -> None:
    jobs = [{"scene_id": scene_id, "data": {"tags": [tag]}} for tag in ("First", "Second", "Last")]
    other = {"scene_id": 8, "data": {"tags": ["scene_id\x94K\x07"]}}
    given_up = {"scene_id": scene_id, "data": {"tags": ["Never sent"]}}
    rows = [(pickle.dumps(job, protocol), 5) for job in (*jobs[:2], other, jobs[2])]
    insert_raw(queue_dir, *rows, (pickle.dumps(given_up, protocol), 9))
    (page,) = foreign_rows.settled(store)
    assert [(job.scene_id, job.data["tags"]) for job in page] == [
        (int(str(scene_id)), ["Last"]),
        (8, other["data"]["tags"]),
    ]


@pytest.mark.parametrize(
    ("scene_id", "found"), [(12, 12), ("12", 12), (True, None), (-3, None), (1.5, None), (None, None)]
)
def test_foreign_job_knows_its_scene_when_the_id_is_a_number_or_written_as_one(scene_id: object, found: object) -> None:
    job = foreign_job(1, pickle.dumps({"scene_id": scene_id}), NOW)
    assert (job and job.scene_id) == found


def test_letters_that_an_earlier_version_made_of_foreign_rows_become_jobs(
    queue_dir: Path, store: ClaimStore, dlq: DeadLetterQueue
) -> None:
    rows = (pickle.dumps(predecessor.job(5)), pickle.dumps(predecessor.job(5)), UNKNOWN, b"torn")
    for pqid, raw in enumerate(rows, 1):
        dlq.add_unreadable(pqid, raw, "not JSON")
    dlq.add(scene(8), ("PlexRejected", "no"), 5)
    assert foreign_rows.revive(dlq, queue_dir, NOW) == 2
    assert claimed(store) == ["scene_5"]
    assert dlq.get_error_summary() == {"UnreadableJob": 2, "PlexRejected": 1}, "those of unknown scenes stay"
    assert foreign_rows.revive(dlq, queue_dir, NOW) == 0
