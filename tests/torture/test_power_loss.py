"""Power loss, modelled: all processes stop in one instant, and the plugin goes on from a copy of its files.

Shared memory (-shm) does not outlive a power cut, and a log may end in half a frame; both are modelled. Disks that lie
about fsync are not.
"""

import json
import os
import random
import shutil
import signal
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread

from sync_queue.schema import TABLE
from tests.house import House, Movie, kill, processes
from tests.torture.figures import Figures
from tests.torture.scale import Scale
from worker.process.handover import stop_worker

FILMS = 12
MOST_EDITS = 8
TORN_BYTES = 2_000


class User(Thread):
    """Saves films until `stopped`.

    Attributes:
        begun: the saves in order, as (film, title).
        answered: how many of them Stash has called done.
    """

    def __init__(self, house: House, movies: list[Movie], rng: random.Random, number: int) -> None:
        super().__init__()
        self.stopped = Event()
        self.begun: list[tuple[Movie, str]] = []
        self.answered = 0
        self._house, self._movies, self._rng, self._number = house, movies, rng, number

    def run(self) -> None:
        while not self.stopped.is_set():
            movie = self._rng.choice(self._movies)
            self.begun.append((movie, f"{movie.name}, {self._number}.{len(self.begun)}"))
            self._house.save(movie, title=self.begun[-1][1])
            self.answered = len(self.begun)


@contextmanager
def frozen(house: House) -> Iterator[set[int]]:
    """Every process of the plugin; all of them stand still."""
    stopped: set[int] = set()
    while new := of_plugin(house) - stopped:
        for pid in new:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGSTOP)
        stopped |= new
    house.wait(lambda: all(map(stands_still, stopped)), "all processes stand still")
    try:
        yield stopped
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def stands_still(pid: int) -> bool:
    """Whether every thread of a process is stopped, or has ended."""
    try:
        states = [file.read_text().rpartition(")")[2].split()[0] for file in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):
        return False  # a thread has ended in this moment: look again
    return set(states) <= {"T", "t", "Z", "X"}


def of_plugin(house: House) -> set[int]:
    return set(processes([str(house.plugin_dir / "Stash2Plex.py")]))


def cut(house: House, user: User, copy: Path) -> int | None:
    """Copy what the disk holds now, and end every process; how many saves were answered by then.

    None where a process came up meanwhile: nothing was cut.
    """
    with frozen(house) as stopped:
        answered = user.answered
        shutil.copytree(house.data_dir, copy, ignore=shutil.ignore_patterns("*-shm", "*.fifo"))
        if of_plugin(house) - stopped:
            shutil.rmtree(copy)
            return None
        user.stopped.set()
        for pid in stopped:
            kill(pid)
    return answered


def tear(folder: Path, rng: random.Random) -> int:
    """Half a frame behind the end of some logs, as of a write that was under way; how many."""
    logs = [file for file in sorted(folder.rglob("*-wal")) if rng.random() < 0.5]
    for log in logs:
        with log.open("ab") as file:
            file.write(rng.randbytes(rng.randint(1, TORN_BYTES)))
    return len(logs)


def assert_sound(folder: Path, answered: list[int]) -> None:
    """Every file is whole, and every save that was answered has its row, whatever became of it since."""
    for file in (folder / "queue" / "data.db", *folder.glob("*.db")):
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], file
    with closing(sqlite3.connect(folder / "queue" / "data.db")) as connection:
        rows = Counter(json.loads(data)["scene_id"] for (data,) in connection.execute(f"SELECT data FROM {TABLE}"))
    assert not Counter(answered) - rows


def go_on_from(house: House, copy: Path) -> None:
    """Put a copy in the place of the data folder."""
    for pid in of_plugin(house):
        kill(pid)  # of a save that came right behind the cut
    shutil.rmtree(house.data_dir)
    copy.rename(house.data_dir)


def test_no_answered_save_is_lost_when_the_power_fails(
    installed: Path, tmp_path: Path, scale: Scale, figures: Figures
) -> None:
    rng = scale.random("power")
    cuts = scale.pick(3, 40)
    expected: dict[Movie, str] = {}
    counts = Counter[str]()
    history: list[int] = []
    with House(tmp_path, plugin_dir=installed) as house:
        movies = house.add(*(f"Movie {number:02d}" for number in range(FILMS)))
        for number in range(cuts):
            user = User(house, movies, rng, number)
            before = house.plex.journal.count("edit")
            user.start()
            house.plex.journal.wait_for("edit", before + rng.randint(1, MOST_EDITS))
            copy = tmp_path / f"copy {number}"
            while (answered := cut(house, user, copy)) is None:
                counts["repeated"] += 1
            user.join()
            history += [movie.scene_id for movie, _ in user.begun[:answered]]
            counts["torn"] += tear(copy, rng)
            shutil.copytree(copy, tmp_path / "looked at")
            assert_sound(tmp_path / "looked at", history)
            shutil.rmtree(tmp_path / "looked at")
            go_on_from(house, copy)
            house.offer()
            for movie, title in user.begun[answered:]:  # nothing was promised: who sees Stash die saves again
                house.save(movie, title=title)
                history.append(movie.scene_id)
            expected |= dict(user.begun)
            counts["answered"] += answered
        house.wait(lambda: all(house.shown(movie).title == title for movie, title in expected.items()))
        house.wait(house.is_drained)
        assert house.dead_letters() == []
        assert stop_worker(str(house.data_dir))
        assert house.stderr() == ""
    figures.note(cuts=cuts, torn_logs=counts["torn"], answered_saves=counts["answered"], lost=0)
