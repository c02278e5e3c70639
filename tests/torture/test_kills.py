"""SIGKILL for hook, worker and task, at every named point of a job's life and at random moments.

Nothing is lost, nothing doubled, nothing stays locked.
"""

import random
import signal
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from sync_queue import create_sync_job
from sync_queue.lock import WorkerLock, is_worker_alive
from sync_queue.models import METADATA
from sync_queue.pending import enqueue_many
from sync_queue.schema import TABLE
from tests.fakes.plex import Fault
from tests.house import House, Movie, install, kill, processes
from tests.torture import killer
from tests.torture.figures import Figures
from tests.torture.killer import POINTS
from tests.torture.scale import Scale
from worker.process.handover import stop_worker

SYNC_ALL = "Sync All Scenes to Plex"
FAR_TOO_MANY = 1_200
"""Rows of one job: more than the queue keeps of those that are done, so that there is something to prune."""


@pytest.fixture(scope="module")
def deadly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installed plugin in which a death can be ordered."""
    return killer.take_over(install(tmp_path_factory.mktemp("stash") / "plugins" / "Stash2Plex"))


@pytest.fixture
def house(deadly: Path, tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, plugin_dir=deadly) as running:
        yield running


def refuse(house: House, *movies: Movie) -> None:
    """From now on Plex refuses every edit of these films."""
    keys = {str(movie.rating_key) for movie in movies}

    def is_meant(request: Any) -> bool:
        return not keys.isdisjoint(request.first("id").split(","))

    house.plex.faults.add(Fault("status", status=400, method="PUT", when=is_meant))


def assert_whole(house: House, given_up: Sequence[Movie]) -> None:
    """Nothing is left to do, exactly these films have a dead letter, one each, and nothing is locked or broken."""
    house.wait(house.is_drained, "the queue is drained")
    assert sorted(letter["scene_id"] for letter in house.dead_letters()) == sorted(m.scene_id for m in given_up)
    assert stop_worker(str(house.data_dir))
    assert not is_worker_alive(str(house.data_dir))
    lock = WorkerLock(str(house.data_dir))
    assert lock.acquire()
    lock.release()
    for file in (house.data_dir / "queue" / "data.db", *house.data_dir.glob("*.db")):
        with closing(sqlite3.connect(file, timeout=0, isolation_level=None)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)], file
            connection.execute("BEGIN IMMEDIATE")  # nobody holds it
            connection.execute("ROLLBACK")
    assert house.stats()["in_progress"] == 0
    assert house.stderr() == ""


OF_THEIR_OWN = {"within a task's transaction", "between the halves"}
"""Points that are passed only in tests of their own."""


@pytest.mark.parametrize("point", sorted(POINTS.keys() - OF_THEIR_OWN))
def test_nothing_is_lost_or_doubled_when_a_process_dies_at_a_point(
    point: str, house: House, scale: Scale, figures: Figures
) -> None:
    rng = scale.random(point)
    movies = house.add("Sintel", "Big Buck Bunny", "Cosmos Laundromat", "Tears of Steel", title="{name}!")
    (refused,) = house.add("Elephants Dream", title="{name}!")
    refuse(house, refused)
    house.data_dir.mkdir(mode=0o700)
    house.record(*movies[1:], refused)
    if point == "during pruning":
        jobs = (create_sync_job(movies[0].scene_id, METADATA, {"fields": []}) for _ in range(FAR_TOO_MANY))
        enqueue_many(house.data_dir / "queue", jobs, coalesce=False)
    killer.order(house.data_dir, point, rng.randint(1, POINTS[point].most))
    house.save(movies[0], title="first")
    house.wait(lambda: killer.is_carried_out(house.data_dir), f"somebody dies {point}")
    if point == "between dead letter and fail":
        house.record(refused)  # a save that joins the job which has its letter already
    house.save(movies[0], title="Sintel!")  # by now nobody dies any more
    house.wait(house.has_title(*movies))
    assert_whole(house, [refused])
    if point == "during pruning":
        assert house.stats()["completed"] < FAR_TOO_MANY
    figures.note(kills=1, lost=0, doubled=0)


def test_nothing_is_queued_by_half_when_a_task_dies_within_its_transaction(
    house: House, scale: Scale, figures: Figures
) -> None:
    movies = house.add("Sintel", "Big Buck Bunny", "Cosmos Laundromat", "Tears of Steel", "Glass Half", title="{name}!")
    house.data_dir.mkdir(mode=0o700)
    killer.order(house.data_dir, "within a task's transaction", scale.random("task").randint(1, len(movies)))
    run = house.stash.wait_for_task(house.stash.run_task(SYNC_ALL), 30)
    assert run.exit_status == -signal.SIGKILL
    assert house.stats()["pending"] == house.stats()["completed"] == 0
    run = house.stash.wait_for_task(house.stash.run_task(SYNC_ALL), 30)
    assert run.error is None
    assert house.has_title(*movies)()
    assert_whole(house, [])
    figures.note(kills=1, lost=0, doubled=0)


def rows_ever(house: House) -> int:
    """How many rows the queue has ever had."""
    with closing(sqlite3.connect(house.data_dir / "queue" / "data.db")) as connection:
        (count,) = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", (TABLE,)).fetchone()
    return int(count)


class Chaos:
    """Rounds of saves and deaths in one house; every choice comes from `rng`.

    With `refusals` some films must end as dead letters.
    """

    def __init__(self, house: House, rng: random.Random, films: int, victims: Sequence[str], *, refusals: bool) -> None:
        self.house = house
        self.rng = rng
        self.chance_of_refusal = 0.3 if refusals else 0.0
        self.movies = house.add(*(f"Movie {number:03d}" for number in range(films)))
        self.refused: list[Movie] = []
        self.titles = {movie: movie.name for movie in self.movies}
        kills = {
            "worker": self.kill_worker,
            "hook": self.kill_hook,
            "task": self.kill_task,
            "point": self.kill_at_point,
        }
        self.kills = [kills[victim] for victim in victims]
        self.deaths = dict.fromkeys(victims, 0)

    def save_quietly(self, movies: Sequence[Movie], mark: str) -> None:
        """Saves whose hooks have left their rows and nothing else."""
        library = self.house.stash.library
        with library.lock:
            for movie in movies:
                self.titles[movie] = f"{movie.name} {mark}"
                scene = library.scene(movie.scene_id)
                scene.title = self.titles[movie]
                library.touch(scene)
        self.house.record(*movies)

    def save(self, movie: Movie, title: str) -> None:
        """One save with its true hook, which may die."""
        self.titles[movie] = title
        self.house.save(movie, title=title)

    def round(self, number: int) -> None:
        """Many saves, up to two deaths, and one last save after which everything must stand."""
        self.save_quietly(self.rng.sample(self.movies, len(self.movies) // 2), f"in round {number}")
        if self.rng.random() < self.chance_of_refusal:
            (movie,) = self.house.add(f"Refused {number}", title="No {name}")
            refuse(self.house, movie)
            self.refused.append(movie)
            self.house.record(movie)
        for _ in range(self.rng.randint(1, 2)):
            self.rng.choice(self.kills)()
        killer.withdraw(self.house.data_dir)
        last = self.rng.choice(self.movies)
        self.save(last, f"Last of {number}")
        self.house.wait(self.stands, f"round {number} stands", 60)
        self.house.wait(self.house.is_drained)

    def stands(self) -> bool:
        return all(self.house.shown(movie).title == title for movie, title in self.titles.items())

    def kill_worker(self) -> None:
        """After some of its writes, or while it starts."""
        seen = self.house.plex.journal.count("edit")
        self.house.offer()
        self.house.plex.journal.wait_for("edit", seen + self.rng.randint(0, len(self.movies) // 3), 1.0)
        for pid in self.house.workers():
            kill(pid)
            self.deaths["worker"] += 1

    def kill_hook(self) -> None:
        movie = self.rng.choice(self.movies)
        saving = Thread(target=self.save, args=(movie, f"Unheard {self.rng.random()}"))
        saving.start()
        self.deaths["hook"] += self._kill_caller(saving.is_alive, self.rng.randint(1, 12))
        saving.join()
        self.save_quietly([movie], "again")  # a hook that died has promised nothing: who sees the error saves again

    def kill_task(self) -> None:
        job = self.house.stash.run_task(SYNC_ALL)
        found = self.house.stash.jobs.find(job)
        assert found is not None
        self.deaths["task"] += self._kill_caller(lambda: not found.ended.is_set(), self.rng.randint(1, 100))
        self.house.stash.wait_for_task(job, 60)

    def _kill_caller(self, is_running: Callable[[], bool], looks: int) -> int:
        """Kill a hook or task once it was seen `looks` times; return 1, or 0 where it had ended before."""
        script = str(self.house.plugin_dir / "Stash2Plex.py")
        while is_running():
            callers = set(processes([script])) - set(self.house.workers())
            looks -= bool(callers)
            if callers and looks <= 0:
                for pid in callers:
                    kill(pid)
                return 1
        return 0

    def kill_at_point(self) -> None:
        """At a point that every worker passes while it has something to write."""
        names = ("after the claim", "after the intents", "after the write", "within the record", "before the ack")
        killer.order(self.house.data_dir, self.rng.choice(names), self.rng.randint(1, 3))
        for pid in self.house.workers():
            kill(pid)  # only one that is started now heeds the order
        self.save(self.rng.choice(self.movies), f"Ordered {self.rng.random()}")
        self.house.wait(lambda: killer.is_carried_out(self.house.data_dir) or self.house.is_drained())
        self.deaths["point"] += killer.is_carried_out(self.house.data_dir)


@pytest.mark.parametrize(
    ("victims", "refusals"),
    [(("worker", "hook", "point"), True), (("worker", "task"), False)],
    ids=["saves", "tasks"],  # a task tries what was refused once more, which is another dead letter
)
def test_nothing_is_lost_or_doubled_when_processes_die_at_random(
    victims: Sequence[str], refusals: bool, house: House, scale: Scale, figures: Figures
) -> None:
    chaos = Chaos(house, scale.random(f"kills {victims}"), scale.pick(20, 100), victims, refusals=refusals)
    house.data_dir.mkdir(mode=0o700)
    rounds = scale.pick(2, 45)
    for number in range(rounds):
        chaos.round(number)
    assert chaos.stands()
    assert_whole(house, chaos.refused)
    kills = sum(chaos.deaths.values())
    figures.note(
        rounds=rounds, kills=kills, **chaos.deaths, jobs=rows_ever(house), dead_letters=len(chaos.refused), lost=0
    )


@pytest.mark.parametrize("number", [1, 2])
def test_rest_of_a_refused_edit_arrives_once_when_the_worker_dies_between_its_halves(
    number: int, house: House, figures: Figures
) -> None:
    bad = "Snow \N{SNOWMAN}."
    house.plex.options.bad_values = frozenset({"\N{SNOWMAN}"})
    house.data_dir.mkdir(mode=0o700)
    (movie,) = house.add("Sintel")
    killer.order(house.data_dir, "between the halves", number)
    house.save(movie, title="Sintel!", details=bad, date="2010-09-27", rating100=80, tags=["Short", "Drama"])
    house.wait(lambda: killer.is_carried_out(house.data_dir), "the worker dies between the halves")
    house.record(movie)  # whoever saves next starts a worker
    house.save(movie, tags=["Short", "Drama"])
    house.wait(lambda: house.is_drained() and house.shown(movie).user_rating == 8.0, "the rest is there")
    shown = house.shown(movie)
    assert (shown.title, shown.summary, shown.date) == ("Sintel!", "", "2010-09-27")
    assert sorted(shown.tags["genre"]) == ["Drama", "Short"]
    assert_whole(house, [])
    figures.note(kills=1, lost=0, doubled=0)
