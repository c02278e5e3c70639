"""Data folders of other versions, through hook, task and worker.

An older one is taken over with its rows, a newer one is refused, left as it is, and loses no save.
"""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from persistqueue import SQLiteAckQueue
from persistqueue.serializers import json as json_serializer

from plex.index_store import SCHEMA_VERSION
from records.migrations import MIGRATIONS
from sync_queue import create_sync_job, dlq, schema
from tests.fakes.stash import PluginRun
from tests.house import House, Movie
from tests.torture.figures import Figures
from worker.process.handover import stop_worker

VERSIONS: Final = {
    "queue/data.db": schema.VERSION,
    "dlq.db": dlq.VERSION,
    "state.db": len(MIGRATIONS),
    "index.db": SCHEMA_VERSION,
}
NAMES: Final = ("Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat")
COVER: Final = b"\x89PNG\r\n\x1a\n made by Stash"
REFUSED: Final = ("queue/data.db", "dlq.db", "state.db")
REFUSAL: Final = "newer Stash2Plex"


@pytest.fixture
def house(installed: Path, tmp_path: Path) -> Iterator[House]:
    with House(tmp_path, plugin_dir=installed, settings={"skip_fields": "poster"}) as running:
        yield running


def run_task(house: House, mode: str) -> PluginRun:
    host = house.stash.host
    return host.run({"mode": mode})


def in_file(path: Path, *statements: str) -> list[tuple[Any, ...]]:
    """Run statements; the rows of the last one."""
    rows: list[tuple[Any, ...]] = []
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            rows = connection.execute(statement).fetchall()
    return rows


def versions(data_dir: Path) -> dict[str, int]:
    return {name: in_file(data_dir / name, "PRAGMA user_version")[0][0] for name in VERSIONS}


def live_in(house: House) -> list[Movie]:
    """Films that were synced, and a worker that has left: all four files are there and closed."""
    movies = house.add(*NAMES)
    for movie in movies:
        house.save(movie, title=f"{movie.name}!")
    house.wait(house.has_title(*movies))
    leave(house)
    return movies


def leave(house: House) -> None:
    """Have the worker settle what it has, and end."""
    house.wait(house.is_drained)
    assert stop_worker(str(house.data_dir))
    house.wait(lambda: not house.workers())


def test_every_file_carries_the_version_of_its_schema(house: House) -> None:
    live_in(house)
    assert versions(house.data_dir) == VERSIONS
    assert all(VERSIONS.values())


def queue_of_plain_persist_queue(house: House, movies: list[Movie]) -> None:
    """Fresh rows, one that was put back, and one that its consumer died with."""
    theirs = SQLiteAckQueue(str(house.data_dir / "queue"), serializer=json_serializer)
    for movie in movies:
        theirs.put(create_sync_job(movie.scene_id, "metadata", {"fields": []}))
    theirs.nack(theirs.get())
    theirs.get()
    theirs.close()


LETTER = (
    *("pqid", "job_key", "scene_id", "job_data", "error_type", "error_message", "stack_trace", "retry_count"),
    *("failed_at", "history"),
)
"""The columns of a dead letter, which have been the same since 1.0.0."""


def letters_without_version(house: House) -> None:
    columns = ", ".join(f"{name} {'INTEGER UNIQUE' if name == 'pqid' else ''}" for name in LETTER)
    job = json.dumps(create_sync_job(99, "metadata", {"fields": []}))
    in_file(
        house.data_dir / "dlq.db",
        f"CREATE TABLE dead_letters (id INTEGER PRIMARY KEY AUTOINCREMENT, {columns})",
        f"INSERT INTO dead_letters VALUES (NULL, 7, 'scene_99', 99, '{job}', 'PlexRejected', 'kept', '', 5, 1795393093.0, '[]')",
    )


def letters_of_another_program(house: House) -> None:
    in_file(
        house.data_dir / "dlq.db",
        "CREATE TABLE dead_letters (id INTEGER PRIMARY KEY, job TEXT)",
        "INSERT INTO dead_letters (job) VALUES ('theirs')",
    )


@pytest.mark.parametrize(
    ("older_letters", "kept", "table"),
    [
        (letters_without_version, "kept", "SELECT error_message FROM dead_letters"),
        (letters_of_another_program, "theirs", "SELECT job FROM dead_letters_of_another_program"),
    ],
)
def test_older_data_folder_is_taken_over_with_its_rows(
    house: House, older_letters: Callable[[House], None], kept: str, table: str, figures: Figures
) -> None:
    movies = house.add(*NAMES, title="{name}!")
    (house.data_dir / "queue").mkdir(parents=True)
    queue_of_plain_persist_queue(house, movies)
    older_letters(house)
    in_file(house.data_dir / "state.db", "PRAGMA user_version = 0", "VACUUM")
    in_file(house.data_dir / "index.db", "CREATE TABLE parts (path TEXT)", "INSERT INTO parts VALUES ('/old.mkv')")
    status = run_task(house, "queue_status")
    assert status.error is None, status
    assert house.stats()["pending"] + house.stats()["in_progress"] == len(movies)
    spring, *_ = house.add("Spring")
    house.save(spring, title="Spring!")
    house.wait(house.has_title(*movies, spring), "the rows of the older version arrive")
    leave(house)
    assert versions(house.data_dir) == VERSIONS
    assert in_file(house.data_dir / "dlq.db", table) == [(kept,)]
    assert house.stats()["failed"] == 0
    assert "Traceback" not in house.log() + house.stderr()
    figures.note(files=len(VERSIONS), rows=len(movies) + 1, lost=0)


@pytest.mark.parametrize("name", REFUSED)
def test_newer_file_is_refused_untouched_and_no_save_is_lost(house: House, name: str, figures: Figures) -> None:
    first, second, *_ = live_in(house)
    file = house.data_dir / name
    in_file(file, "CREATE TABLE future (a)", f"PRAGMA user_version = {VERSIONS[name] + 1}")
    before = file.read_bytes()
    lines = []
    for movie in (first, second):
        house.save(movie, title=f"{movie.name}, saved in between")
        lines += [text for level, text in house.hook_log() if level == "error"]
        house.wait(lambda: not house.workers(), "no worker stays")
    assert house.stash.library.scene(second.scene_id).title.endswith("saved in between")
    status = run_task(house, "queue_status")
    lines += [text for _, text in status.log]
    assert sum(REFUSAL in text for text in lines) >= 2, lines
    assert file.read_bytes() == before
    assert list(house.data_dir.rglob("*.corrupt-*")) == []
    assert "Traceback" not in house.log() + house.stderr() + "".join(lines)
    in_file(file, "DROP TABLE future", f"PRAGMA user_version = {VERSIONS[name]}")  # the newer version, in our place
    house.save(second, rating100=80)
    house.wait(house.has_title(first, second, title="{name}, saved in between"), "the saves in between arrive")
    leave(house)
    assert list((house.data_dir / "queue").glob("saves/*")) == []
    figures.note(file=name, saves=2, bytes_changed=0, lost=0)


def test_newer_index_is_set_aside_untouched_and_read_anew(house: House) -> None:
    movie, *_ = live_in(house)
    file = house.data_dir / "index.db"
    in_file(file, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = file.read_bytes()
    house.save(movie, title=f"{movie.name} again")
    house.wait(house.has_title(movie, title="{name} again"))
    leave(house)
    assert (house.data_dir / "index.db.aside").read_bytes() == before
    assert versions(house.data_dir) == VERSIONS


FROM_1_0_0: Final = Path(__file__).parents[1] / "fixtures" / "data-1.0.0"
"""The files of a data folder as version 1.0.0 left it after a first sync of 24 films and a second save of two, as SQL.

Of film 0 the date is kept as Plex has it.
"""
WORK: Final = {
    "details": "Years of work on {name}",
    "date": "2010-01-02",
    "rating100": 90,
    "studio": "Open Films",
    "tags": ["Short"],
    "performers": ["Ada Example"],
}


def moved_in_from_1_0_0(house: House, title: str = "{name}!") -> list[Movie]:
    """Both servers as they were when version 1.0.0 had synced them, and its data folder; `title` is that of the scenes."""
    movies = house.add(*(f"Film {number:02}" for number in range(24)), title=title, **WORK)
    for movie in movies[:2]:
        house.stash.library.scene(movie.scene_id).details = "Again"
    (house.data_dir / "queue").mkdir(mode=0o700, parents=True)
    for dump in FROM_1_0_0.iterdir():
        name = dump.name.removesuffix(".sql").replace("queue-", "queue/")
        with closing(sqlite3.connect(house.data_dir / name)) as connection:
            connection.executescript(dump.read_text(encoding="utf-8"))
    for movie in movies:
        in_file(
            house.data_dir / "state.db",
            f"UPDATE written SET field_values = replace(field_values, '{movie.name}!', '{title.format(name=movie.name)}')",
        )
    for key, values in in_file(house.data_dir / "state.db", "SELECT rating_key, field_values FROM written"):
        _show(house, key, json.loads(values))
    return movies


def _show(house: House, rating_key: int, written: dict[str, Any]) -> None:
    """Have an item show what was written to it, locked."""
    wire = {"date": "originallyAvailableAt", "rating": "userRating"}
    item = house.plex.state.items[rating_key]
    item.values = {wire.get(name, name): str(value) for name, value in written.items() if not isinstance(value, list)}
    tags = {name: value for name, value in written.items() if isinstance(value, list)}
    item.tags = house.plex.state.taggings(tags)
    item.locked = frozenset([*item.values, *tags])


def test_nobody_notices_the_update_of_a_folder_of_1_0_0(house: House, figures: Figures) -> None:
    """No alarm, no pause, no whole sync, and no write.

    What is emptied from then on is emptied, what was kept stays, and an undo still gives back what was there before.
    """
    movies = moved_in_from_1_0_0(house)
    house.save(movies[3], rating100=90)
    house.wait(house.is_drained)
    counts = run_task(house, "queue_status").output
    assert counts["paused"] is None
    assert (counts["pending"], counts["dead_letters"]) == (0, {})
    synced = house.stash.wait_for_task(house.stash.run_task("Sync All Scenes to Plex"), 60).output
    assert (synced["synced"], synced["unchanged"], synced["paused"]) == (0, 24, None)
    assert house.plex.journal.count("edit", "rate", "picture_upload", "picture_select") == 0
    house.stash.save_form(movies[5].scene_id, details="")
    house.stash.save_form(movies[0].scene_id, date="2020-02-02", title="Film 00, again")
    house.wait(house.has_title(movies[0], title="{name}, again"))
    house.wait(lambda: house.shown(movies[5]).summary == "")
    assert house.shown(movies[0]).date == "2010-01-02"
    restored = house.stash.wait_for_task(house.stash.run_task("Restore Plex Values"), 60).output
    assert (restored["restored"], restored["other"], restored["unknown"]) == (24, 0, 0)
    assert [house.shown(movie).title for movie in movies] == [movie.name for movie in movies]
    assert "WARNING" not in house.log()
    figures.note(films=len(movies), writes=0, alarms=0)


@pytest.mark.parametrize("server", ["stays", "stuck"])
def test_sort_titles_of_a_folder_of_1_0_0_are_mended_once(house: House, server: str, figures: Figures) -> None:
    """Items that are sorted by their files' names although 1.0.0 wrote their titles.

    What somebody chose stays, and an undo leaves nothing of ours.
    """
    house.plex.options.sort_title = server
    movies = moved_in_from_1_0_0(house, "The story of {name}")
    chosen, *rest = movies
    for movie in movies:
        house.plex.state.items[movie.rating_key].values["titleSort"] = movie.name
    house.plex.state.items[chosen.rating_key].values["titleSort"] = "Dream 02"
    synced = [house.stash.wait_for_task(house.stash.run_task("Sync All Scenes to Plex"), 60).output for _ in range(2)]
    assert [(sync["synced"], sync["unchanged"]) for sync in synced] == [(23, 1), (0, 24)]
    requests = house.plex.journal.count("edit")
    assert house.shown(chosen).values["titleSort"] == "Dream 02"
    sorts = {house.shown(movie).values.get("titleSort", "") for movie in rest}
    assert sorts == ({f"story of {movie.name}" for movie in rest} if server == "stays" else {m.name for m in rest})
    restored = house.stash.wait_for_task(house.stash.run_task("Restore Plex Values"), 60).output
    assert (restored["restored"], restored["lost"]) == (24, 0)
    assert {house.shown(movie).values.get("titleSort") for movie in rest} == {None}
    assert house.shown(chosen).values["titleSort"] == "Dream 02"
    assert "WARNING" not in house.log()
    assert requests <= 3
    figures.note(films=len(movies), mended=len(rest), requests=requests)


def test_update_of_a_folder_of_1_0_0_fetches_no_cover_by_itself_and_sync_all_finds_what_was_missed(
    house: House,
) -> None:
    """Its records were made right after a save, so they do not say whether the cover was there by then."""
    house.configure(skip_fields="")
    movies = moved_in_from_1_0_0(house)
    for scene_id, at in in_file(house.data_dir / "state.db", "SELECT scene_id, scene_updated_at FROM written"):
        scene = house.stash.library.scene(scene_id)
        scene.updated_at, scene.cover = int(at), COVER
    saved = movies[3]
    house.save(saved, rating100=90)
    house.wait(lambda: house.shown(saved).uploads, "the cover of the scene that was saved")
    house.wait(house.is_drained)
    assert house.stash.log.counts["picture"] == 1
    house.stash.wait_for_task(house.stash.run_task("Sync All Scenes to Plex"), 60)
    assert all(len(house.shown(movie).uploads) == 1 for movie in movies)
