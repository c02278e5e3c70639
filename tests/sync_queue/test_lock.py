"""The worker's lock: one holder whatever is done to its file, and a file of whom it is believed."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from storage.errors import StorageUnavailable
from sync_queue.held import LOCK_NAME, is_held, is_trusted
from sync_queue.lock import LockUnusableError, WorkerLock, is_worker_alive

with suppress(ImportError):  # Windows has none
    import fcntl

STRANGER = 4321
US = os.geteuid() if hasattr(os, "geteuid") else 0


@contextmanager
def held(folder: Path) -> Iterator[WorkerLock]:
    lock = WorkerLock(str(folder))
    assert lock.acquire()
    yield lock
    lock.release()


def owned_by(uid: int) -> os.stat_result:
    return os.stat_result((stat.S_IFREG | 0o600, 1, 1, 1, uid, uid, 0, 0, 0, 0))


@pytest.mark.needs("flock")
def test_lock_has_one_holder_when_its_file_is_removed(tmp_path: Path) -> None:
    second = WorkerLock(str(tmp_path))
    with held(tmp_path) as first:
        (tmp_path / LOCK_NAME).unlink()
        assert not second.acquire(tries=2)
        assert is_worker_alive(str(tmp_path))
        assert not first.is_intact()
        with pytest.raises(StorageUnavailable, match=r"worker\.lock was removed or replaced"):
            first.demand()
    assert second.acquire()
    second.demand()
    second.release()
    assert not is_worker_alive(str(tmp_path))


@pytest.mark.needs("flock")
def test_lock_is_lost_when_another_file_stands_by_its_name(tmp_path: Path) -> None:
    with held(tmp_path) as lock:
        assert lock.is_intact()
        (tmp_path / "other").write_bytes(b"")
        (tmp_path / "other").replace(tmp_path / LOCK_NAME)
        assert not lock.is_intact()


@pytest.mark.needs("flock")
def test_lock_tells_nothing_when_its_file_cannot_be_looked_at(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with held(folder) as lock:
        folder.rename(tmp_path / "away")
        folder.write_bytes(b"no folder any more")
        with pytest.raises(NotADirectoryError):
            lock.is_intact()
        with pytest.raises(StorageUnavailable, match="cannot be looked at now"):
            lock.demand()


def test_lock_of_another_name_leaves_the_folder_to_others(tmp_path: Path) -> None:
    copy = WorkerLock(str(tmp_path), "index.copy.lock")
    with held(tmp_path):
        assert copy.acquire()
    copy.release()


@pytest.mark.needs("flock")
def test_those_who_look_do_not_see_each_other(tmp_path: Path) -> None:
    with held(tmp_path):
        assert is_held(str(tmp_path))
    with (tmp_path / LOCK_NAME).open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert not is_held(str(tmp_path))
        assert not is_worker_alive(str(tmp_path))


@pytest.mark.needs("rights")
def test_lock_is_closed_to_others_when_they_could_hold_it(tmp_path: Path) -> None:
    (tmp_path / LOCK_NAME).write_bytes(b"")
    (tmp_path / LOCK_NAME).chmod(0o644)
    with held(tmp_path):
        assert stat.S_IMODE((tmp_path / LOCK_NAME).stat().st_mode) == 0o600


@pytest.mark.needs("fifos", "links")
@pytest.mark.parametrize("kind", ["link", "pipe", "folder"])
def test_lock_is_refused_when_something_else_stands_in_its_place(tmp_path: Path, kind: str) -> None:
    place, target = tmp_path / LOCK_NAME, tmp_path / "target"
    if kind == "link":
        place.symlink_to(target)
    elif kind == "pipe":
        os.mkfifo(place, 0o600)
    else:
        place.mkdir()
    assert not is_held(str(tmp_path))
    with pytest.raises(LockUnusableError, match=r"worker\.lock cannot be used .* remove the file"):
        WorkerLock(str(tmp_path)).acquire()
    assert not target.exists()


@pytest.mark.needs("rights")
@pytest.mark.parametrize(
    ("owner", "believed"),
    [(US, True), (0, True), (STRANGER, False)],
    ids=["ourselves", "root", "a stranger"],
)
def test_file_is_believed_when_it_is_of_somebody_who_may_do_anything_here(
    tmp_path: Path, owner: int, believed: bool
) -> None:
    assert is_trusted(owned_by(owner), str(tmp_path)) is believed


@pytest.mark.needs("rights")
def test_strangers_lock_is_refused_and_its_owner_named(tmp_path: Path) -> None:
    """Only root can make a file that is another's; for everybody else the rule itself is tested above."""
    with held(tmp_path):
        pass
    if os.geteuid() == 0:
        os.chown(tmp_path / LOCK_NAME, STRANGER, STRANGER)
        with (tmp_path / LOCK_NAME).open("rb") as theirs:
            fcntl.flock(theirs, fcntl.LOCK_EX)
            assert not is_held(str(tmp_path)), "it is not believed"
        with pytest.raises(LockUnusableError, match=r"belongs to user 4321, and Stash runs as 0"):
            WorkerLock(str(tmp_path)).acquire()
        os.chown(tmp_path, STRANGER, STRANGER)
    with held(tmp_path):
        assert is_worker_alive(str(tmp_path))
