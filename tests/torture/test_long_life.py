"""A worker that has lived long is as small as a young one: memory, files, processes, disk.

Two houses side by side do not meet.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from records import Records
from sync_queue import create_sync_job
from sync_queue.models import METADATA
from sync_queue.pending import enqueue_many
from tests.house import House, Movie, kill, processes
from tests.torture.figures import Figures
from tests.torture.scale import Scale
from worker.process.handover import stop_worker

LOG_BYTES = 1_000_000
LOG_FILES = 3
HISTORY_KB = 0.5
"""A change keeps one line in the history; that is all that may grow with the number of jobs."""
LOGS_KB = 4_000
"""The write-ahead log of one file, before its next checkpoint."""


@pytest.fixture
def house(installed: Path, tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, plugin_dir=installed) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Size:
    """What a worker takes of its machine."""

    memory_kb: int
    files: int
    threads: int
    zombies: int
    disk_kb: int


def size_of(house: House, pid: int) -> Size:
    """The sizes of now."""
    proc = Path("/proc", str(pid))
    status = dict(line.split(":", 1) for line in (proc / "status").read_text().splitlines())
    return Size(
        memory_kb=int(status["VmRSS"].split()[0]),
        files=len(list((proc / "fd").iterdir())),
        threads=int(status["Threads"]),
        zombies=sum(is_zombie_of(pid, entry) for entry in Path("/proc").iterdir() if entry.name.isdecimal()),
        disk_kb=sum(file.stat().st_size for file in house.data_dir.rglob("*.db*")) // 1024,
    )


def is_zombie_of(pid: int, proc: Path) -> bool:
    """Whether a process is a dead child of `pid` that it has not fetched."""
    try:
        state, parent = (proc / "stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state == "Z" and int(parent) == pid


def retitle(house: House, movies: list[Movie], mark: str) -> int:
    """Save all these films with hooks that leave their rows and nothing else; return how many rows are new."""
    library = house.stash.library
    with library.lock:
        for movie in movies:
            scene = library.scene(movie.scene_id)
            scene.title = f"{movie.name} {mark}"
            library.touch(scene)
    jobs = [create_sync_job(movie.scene_id, METADATA, {"fields": ["title"]}) for movie in movies]
    return enqueue_many(house.data_dir / "queue", jobs)


def go_down_and_up(house: House, movies: list[Movie], mark: str) -> int:
    """One round: Plex goes away, the worker pauses, more saves come, Plex is back; return the number of jobs."""
    seen = house.plex.journal.count("edit")
    jobs = retitle(house, movies, f"before {mark}")
    house.plex.journal.wait_for("edit", seen + len(movies) // 3)
    house.plex.refuse()
    house.plex.cut()
    jobs += retitle(house, movies, mark)
    house.wait(lambda: is_paused(house), "the worker has noticed")
    house.plex.accept()
    house.offer()  # as the next save does, which does not wait for a probe
    house.wait(house.has_title(*movies, title=f"{{name}} {mark}"), timeout_s=60)
    house.wait(house.is_drained)
    return jobs


def is_paused(house: House) -> bool:
    """Whether the worker waits for Plex."""
    with Records(house.data_dir / "state.db", reading=True) as records:
        return records.pauses.current() is not None


def test_worker_stays_as_it_was_when_it_has_done_many_jobs(house: House, scale: Scale, figures: Figures) -> None:
    rounds = scale.pick(4, 32)
    movies = house.add(*(f"Movie {number:03d}" for number in range(scale.pick(60, 300))))
    log = house.data_dir / "logs" / "worker.log"
    log.parent.mkdir(mode=0o700, parents=True)
    log.write_text("an old line\n" * (LOG_BYTES // len("an old line\n")))
    house.save(movies[0], title="One!")
    house.wait(house.has_title(movies[0], title="One!"))
    pid = house.worker()
    jobs, sizes = 0, []
    for number in range(rounds):
        jobs += go_down_and_up(house, movies, f"in round {number}")
        sizes.append(size_of(house, pid))
    young, old = sizes[rounds // 4], sizes[-1]
    figures.note(jobs=jobs, outages=rounds, young=asdict(young), old=asdict(old))
    assert house.worker() == pid, "one worker did it all"
    assert old.memory_kb <= young.memory_kb * 1.15 + 2_000
    assert old.files <= young.files + 2
    assert old.threads <= young.threads
    assert old.zombies == 0
    assert old.disk_kb <= young.disk_kb + jobs * HISTORY_KB + LOGS_KB
    assert house.stats()["completed"] <= 1_000 + len(movies)
    logs = sorted(log.parent.iterdir())
    assert [file.name for file in logs] == ["worker.log", "worker.log.1"] or scale.is_long
    assert len(logs) <= LOG_FILES
    assert all(file.stat().st_size <= LOG_BYTES for file in logs)
    assert house.dead_letters() == []


def test_two_houses_stay_apart_when_they_share_a_plugin_folder(
    installed: Path, tmp_path: Path, scale: Scale, figures: Figures
) -> None:
    count = scale.pick(20, 300)
    with House(tmp_path / "a", plugin_dir=installed) as first, House(tmp_path / "b", plugin_dir=installed) as other:
        ours = first.add(*(f"Movie {number}" for number in range(count)))
        theirs = other.add(*(f"Movie {number}" for number in range(count)))
        for house, movies, mark in ((first, ours, "ours"), (other, theirs, "theirs")):
            house.data_dir.mkdir(mode=0o700, parents=True)
            retitle(house, movies, mark)
            house.offer()
        first.wait(first.has_title(*ours, title="{name} ours"))
        other.wait(other.has_title(*theirs, title="{name} theirs"))
        assert first.worker() != other.worker()
        kill(first.worker())
        retitle(other, theirs, "theirs again")
        other.wait(other.has_title(*theirs, title="{name} theirs again"))
        assert first.has_title(*ours, title="{name} ours")()
        assert first.workers() == []
        assert stop_worker(str(other.data_dir))
        assert processes(["--worker", str(other.data_dir)]) == []
    figures.note(houses=2, jobs=3 * count, mixed_up=0)
