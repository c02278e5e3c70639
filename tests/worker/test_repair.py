"""Damaged files are set aside and never deleted, and the worker goes on with what could be read."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from records import Records
from storage.errors import StorageDamaged
from sync_queue import DeadLetterQueue, get_stats
from sync_queue.carry_over import times_repaired
from sync_queue.claims import ClaimStore
from sync_queue.models import METADATA, create_sync_job
from sync_queue.pending import enqueue_many, has_job
from tests.other_program import holding
from tests.sync_queue.jobs import pending_scenes
from tests.sync_queue.test_carry_over import checkpoint, damage, pages_of
from worker.control.kinds import RECONCILE
from worker.process.assembly import assemble
from worker.process.repair import MOST_TIMES, RepairFailedError, with_repair

NOW = 1_795_000_000.0


@pytest.fixture(autouse=True)
def heard() -> Iterator[None]:
    """Another test's worker may have taken the log for itself."""
    logger = logging.getLogger("stash2plex")
    before, logger.propagate = logger.propagate, True
    yield
    logger.propagate = before


def spoil(path: Path) -> None:
    for companion in ("-wal", "-shm"):
        path.with_name(path.name + companion).unlink(missing_ok=True)
    path.write_bytes(b"not a database at all" * 400)


def fill(data_dir: Path) -> None:
    enqueue_many(
        data_dir / "queue", [create_sync_job(n, METADATA, {"fields": []}, now=NOW) for n in (1, 2, 3)], now=NOW
    )
    letters = DeadLetterQueue(data_dir)
    letters.add({"pqid": 7, "job_key": "scene_7", "scene_id": 7}, ("A", "b"), 5)
    letters.close()
    with Records(data_dir / "state.db") as records:
        records.facts.put("known", 1)


@pytest.mark.parametrize("name", ["queue/data.db", "dlq.db", "state.db"])
def test_worker_is_built_when_a_file_is_damaged(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    fill(tmp_path)
    path = tmp_path / name
    spoil(path)
    before = path.read_bytes()
    assemble(str(tmp_path), {}).close()
    (kept,) = [file for file in path.parent.glob(f"{path.name}.corrupt-*") if not file.name.endswith(("-wal", "-shm"))]
    assert kept.read_bytes() == before
    assert f"{path.name} is damaged. It was set aside as {kept.name}" in caplog.text
    if name != "queue/data.db":
        assert pending_scenes(tmp_path / "queue") == {1, 2, 3}


def test_jobs_go_on_when_a_page_of_the_queue_is_damaged(tmp_path: Path) -> None:
    jobs = (create_sync_job(number, METADATA, {"fields": ["title"]}, now=NOW) for number in range(1, 2001))
    enqueue_many(tmp_path / "queue", jobs, now=NOW)
    assemble(str(tmp_path), {}).close()
    path = tmp_path / "queue" / "data.db"
    checkpoint(path)
    damage(path, pages_of(path, "ack_queue_default")[5])

    def work() -> int:
        with ClaimStore(path.parent) as claims:
            return len(claims.claim_due(NOW, 2001).jobs)

    assert 1900 < with_repair(work) < 2000


def test_worker_goes_on_with_files_that_an_earlier_one_left_within_a_repair(tmp_path: Path) -> None:
    """A folder of 1.2 whose worker was killed there, or any whose disk was full then."""
    fill(tmp_path)
    for path in (tmp_path / "queue" / "data.db", tmp_path / "dlq.db"):
        checkpoint(path)
        path.rename(f"{path}.mending")
    assemble(str(tmp_path), {}).close()
    assert pending_scenes(tmp_path / "queue") == {1, 2, 3}
    with DeadLetterQueue(tmp_path) as letters:
        assert letters.get_count() == 1
    assert not [*tmp_path.rglob("*.mending")]


@pytest.mark.needs("Windows")
@pytest.mark.parametrize("name", ["queue/data.db", "dlq.db", "state.db"])
def test_file_is_whole_and_mended_by_the_next_worker_when_another_program_had_it_open(
    tmp_path: Path, name: str
) -> None:
    fill(tmp_path)
    path = tmp_path / name
    spoil(path)
    before = path.read_bytes()
    with holding(path), pytest.raises(RepairFailedError, match=rf"another program has {path.name} open"):
        assemble(str(tmp_path), {})
    assert path.read_bytes() == before
    assemble(str(tmp_path), {}).close()
    assert [file.read_bytes() for file in path.parent.glob(f"{path.name}.corrupt-*Z")] == [before]
    if name != "queue/data.db":
        assert pending_scenes(tmp_path / "queue") == {1, 2, 3}


@pytest.mark.parametrize("is_damaged", [True, False])
def test_scenes_are_compared_when_jobs_of_the_queue_were_lost(tmp_path: Path, is_damaged: bool) -> None:
    fill(tmp_path)
    path = tmp_path / "queue" / "data.db"
    checkpoint(path)
    if is_damaged:
        damage(path, 0)
    times = 0

    def work() -> None:
        nonlocal times
        times += 1
        if times == 1:
            raise StorageDamaged(str(path), "malformed")

    with_repair(work)
    assert has_job(path.parent, RECONCILE) is is_damaged
    assert pending_scenes(path.parent) == (set() if is_damaged else {1, 2, 3})


def test_mending_ends_when_it_never_helps(tmp_path: Path) -> None:
    fill(tmp_path)

    def work() -> None:
        raise StorageDamaged(str(tmp_path / "queue" / "data.db"), "malformed")

    with pytest.raises(RepairFailedError, match="the disk may be failing"):
        with_repair(work)
    assert times_repaired(tmp_path / "queue" / "data.db") == MOST_TIMES
    assert get_stats(tmp_path / "queue")["pending"] == 3


def test_every_damaged_file_of_the_records_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    left = 3

    def work() -> str:
        nonlocal left
        if left:
            left -= 1
            path.write_bytes(b"damaged")
            raise StorageDamaged(path, "malformed")
        return "done"

    assert with_repair(work) == "done"
    assert len(list(tmp_path.glob("state.db.corrupt-*"))) == 3
