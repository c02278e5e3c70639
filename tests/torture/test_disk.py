"""A disk that is full, files that somebody locks, files that are damaged under a running worker.

Nothing is lost, no attempt is used.
"""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from plex.errors import PlexError
from records import Records
from stash.errors import StashError
from storage.errors import StorageError
from tests.fakes.plex import Fault
from tests.house import House, Movie
from tests.open_files import connections_to
from tests.stepper import Stepper
from tests.torture.scale import Scale

FILES = ("queue/data.db", "dlq.db", "state.db", "index.db")
TROUBLE = (StorageError, sqlite3.OperationalError)
FILMS = 40


@contextmanager
def full(stepper: Stepper, name: str) -> Iterator[None]:
    """SQLite's own limit on the pages of a file fails a write as a full disk does."""
    connections = connections_to(stepper.data_dir / name)
    for connection in connections:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    for connection in connections:
        connection.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def locked(stepper: Stepper, name: str) -> Iterator[None]:
    """Another program, a backup say, holds the write lock for longer than anybody waits."""
    for connection in connections_to(stepper.data_dir / name):
        connection.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(stepper.data_dir / name, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def step_on(stepper: Stepper, steps: int) -> int:
    """Step as the worker's thread does, which goes on after any error; return how many steps failed."""
    failures = 0
    for _ in range(steps):
        try:
            stepper.now += max(0.01, stepper.step())
        except TROUBLE:
            failures += 1
            stepper.now += 2.0
    return failures


SCALE = Scale.read()


@pytest.mark.parametrize("trouble", [full, locked])
@pytest.mark.parametrize("name", FILES if SCALE.is_long else FILES[::2])
def test_no_job_is_lost_or_blamed_when_a_file_cannot_be_written(stepper, name, trouble, figures):
    films = stepper.add(*(f"Film {number:02d}" for number in range(FILMS)))
    stepper.plex.faults.add(_refusal(films[0]))
    for film in films[:2]:
        stepper.save(film, title=f"{film.name}!")
    stepper.finish()
    new = stepper.add(*(f"New film {number:02d} {'x' * 200}" for number in range(FILMS))) if name == "index.db" else []
    for film in (*films, *new):
        stepper.save(film, title=f"{film.name}?", details="x" * 3000)
    with trouble(stepper, name):
        failures = step_on(stepper, 8)
        assert set(stepper.attempts()) <= {0}
    step_on(stepper, 30)
    assert stepper.is_drained(), stepper.stats()
    assert [stepper.shown(film).title for film in (*films[1:], *new)] == [
        f"{film.name}?" for film in (*films[1:], *new)
    ]
    assert [letter["scene_id"] for letter in stepper.dead_letters()] == [films[0].scene_id], (
        "one, however often it is saved"
    )
    assert "Traceback" not in stepper.log()
    figures.note(file=name, trouble=trouble.__name__, failed_steps=failures, attempts_used=0, lost=0)


def _refusal(film: Movie) -> Fault:
    key = str(film.rating_key)
    return Fault("status", status=400, request_kind="edit", when=lambda request: request.first("id") == key)


def test_writes_to_plex_wait_when_what_an_undo_needs_cannot_be_kept(stepper):
    films = stepper.add(*(f"Film {number:02d}" for number in range(FILMS)))
    stepper.save(films[0], title="warm")
    stepper.finish()
    written = stepper.writes()
    for film in films:
        stepper.save(film, title=f"{film.name}?", details="x" * 3000)
    with full(stepper, "state.db"):
        assert step_on(stepper, 5) > 0
        assert stepper.writes() == written


@pytest.mark.parametrize("name", ["queue/data.db", "dlq.db", "state.db"])
def test_worker_has_a_file_repaired_that_is_damaged_under_it(name, installed, tmp_path, figures):
    chance = SCALE.random(f"damage {name}")
    with House(tmp_path, plugin_dir=installed) as house:
        movies = house.add(*(f"Film {number:02d}" for number in range(12)))
        refused = movies[0]
        house.plex.faults.add(
            Fault(
                "status",
                status=400,
                request_kind="edit",
                when=lambda request: request.first("id") == str(refused.rating_key),
            )
        )
        for movie in movies:
            house.save(movie, title="before")
        house.wait(house.is_drained)
        house.plex.refuse()
        for movie in movies[4:]:
            house.save(movie, title="waiting")  # in the queue while it is damaged
        # A worker that looks between the checkpoint and the garbage has the sound file in its memory, and may never
        # read the damaged one.
        house.wait(lambda: is_pause_written(house), "the worker rests until its next look at Plex")
        damage(house.data_dir / name, chance)
        house.plex.accept()
        for number in range(3):
            house.save(movies[1 + number], title="after")
            house.save(refused, title=f"refused {number}")
        house.wait(
            lambda: [house.shown(movie).title for movie in movies[1:4]] == ["after"] * 3, "saves during the damage"
        )
        house.wait(
            lambda: set_aside(house), "the damaged file is set aside"
        )  # what is in memory may have sufficed so far
        house.wait(
            lambda: [house.shown(movie).title for movie in movies[4:]] == ["waiting"] * 8,
            "saves from before the damage: where their jobs cannot be read, Stash and Plex are compared",
        )
        house.wait(house.is_drained)
        (aside,) = set_aside(house)
        assert f"{Path(name).name} is damaged. It was set aside as {aside.name}" in house.log()
        assert "Traceback" not in house.stderr()
        assert len(house.workers()) == 1
        figures.note(file=name, jobs_waiting=len(movies[4:]), lost=0)


def is_pause_written(house: House) -> bool:
    with Records(house.data_dir / "state.db", reading=True) as records:
        return records.pauses.current() is not None


def set_aside(house: House) -> list[Path]:
    return [path for path in house.data_dir.rglob("*.corrupt-*") if not path.name.endswith(("-wal", "-shm"))]


def damage(path: Path, chance: random.Random) -> None:
    """Checkpoint, so that what is damaged is all there is; then garbage over its head."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with path.open("r+b") as file:
        file.write(chance.randbytes(4096))


def test_errors_that_pause_are_not_those_of_the_disk():
    """A pause is written down in state.db: an error of that very file must not be one."""
    assert not [kind for kind in TROUBLE if issubclass(kind, (PlexError, StashError))]
