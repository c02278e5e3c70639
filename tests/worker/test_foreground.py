"""The worker within a task's own process: mending, beginning again, and what it leaves to others."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from sqlite3 import connect
from threading import Event
from time import monotonic

import pytest

from sync_queue.lock import is_worker_alive
from tests.house import House, install
from worker.process.foreground import ForegroundWorker

PATIENCE_S = 30.0


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("stash") / "plugins" / "Stash2Plex")


@pytest.fixture
def house(installed: Path, tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, plugin_dir=installed) as one:
        one.data_dir.mkdir(mode=0o700)
        yield one


@pytest.fixture
def worker(house: House) -> Iterator[ForegroundWorker]:
    script = str(house.plugin_dir / "Stash2Plex.py")
    one = ForegroundWorker(str(house.data_dir), script, {}, house.stash.server_connection())
    yield one
    one.stop()


def beat_until(worker: ForegroundWorker, condition: Callable[[], object]) -> None:
    deadline, tick = monotonic() + PATIENCE_S, Event()
    while not condition():
        assert monotonic() < deadline
        worker.beat()
        tick.wait(0.05)


def test_work_goes_on_within_the_task_when_a_file_is_found_damaged(house, worker):
    bunny, sintel = house.add("Big Buck Bunny", "Sintel", title="{name}!")
    house.record(bunny)
    assert worker.start()
    beat_until(worker, house.has_title(bunny))
    state = house.data_dir / "state.db"
    with closing(connect(state)) as records:
        records.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with state.open("r+b") as file:
        file.write(b"\xa5" * 200_000)
    house.record(sintel)
    beat_until(worker, house.has_title(sintel))
    assert [file for file in house.data_dir.glob("state.db.corrupt-*") if file.suffix[-4:] not in ("-wal", "-shm")]
    worker.stop()
    assert not is_worker_alive(str(house.data_dir))


def test_hook_that_found_the_task_at_work_is_not_left_alone_when_the_task_ends(house, worker):
    (bunny,) = house.add("Big Buck Bunny", title="{name}!")
    assert worker.start()
    worker._parts.worker.stop()  # it has looked at the queue for the last time
    house.record(bunny)
    worker.stop()
    house.wait(house.has_title(bunny))
    assert house.worker()


def test_nobody_is_started_when_all_is_done(house, worker):
    (bunny,) = house.add("Big Buck Bunny", title="{name}!")
    house.record(bunny)
    assert worker.start()
    beat_until(worker, house.is_drained)
    worker.stop()
    assert house.workers() == []


def test_lock_is_given_back_when_the_task_cannot_work(house, worker):
    with closing(connect(house.data_dir / "state.db")) as newer:
        newer.execute("PRAGMA user_version = 99")
    with pytest.raises(Exception, match="written by a newer Stash2Plex"):
        worker.start()
    assert not is_worker_alive(str(house.data_dir))
