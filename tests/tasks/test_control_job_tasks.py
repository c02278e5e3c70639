"""Rebuild Plex Index and Restore Plex Values: asked over the queue, done by the worker."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from records import Records
from sync_queue import create_sync_job
from sync_queue.pending import enqueue_many
from tasks.context import TaskContext
from tasks.output import MOST_LINES
from tasks.registry import run
from tests.fakes.plex import Fault
from tests.house import PATIENCE_S, House, Movie, kill
from tests.tasks.conftest import RunTask
from worker.activity_log import PAUSED_AT

if TYPE_CHECKING:
    from tests.fakes.stash import PluginRun

MakeContext = Callable[[House], TaskContext]
_PNG = b"\x89PNG\r\n\x1a\n"


def _look(house: House, movie: Movie) -> tuple[Any, ...]:
    """What an undo has to bring back."""
    shown = house.shown(movie)
    names = ("title", "summary", "studio", "originallyAvailableAt", "userRating")
    tags = {kind: sorted(values) for kind, values in shown.tags.items() if values}
    return ({name: shown.values.get(name, "") for name in names}, tags, shown.locked, shown.poster_sha1)


def _sync_all(house: House, context: MakeContext) -> dict[str, Any]:
    answer: dict[str, Any] = run({"mode": "all"}, context(house))
    assert answer["left"] == 0
    return answer


def _film(house: House, name: str, **scene: Any) -> Movie:
    """A film of which Plex knows something that Stash says otherwise."""
    path = f"{name}/{name}.mkv"
    key = house.plex.state.add_item(
        house.section,
        f"/media/movies/{path}",
        summary="as the agent has it",
        tags={"genre": ["Fantasy"], "actor": ["Cy Test"]},
        poster=_PNG + b"agent" + name.encode(),
    )
    fields = {"title": "Open", "details": "from Stash", "rating100": 80, "tags": ["Animation"], **scene}
    return Movie(name, house.stash.add_scene(path=f"/data/movies/{path}", **fields), key)


def test_restore_gives_back_values_locks_and_posters(house: House, context: MakeContext, run_task: RunTask) -> None:
    house.configure(skip_fields="")
    movies = [_film(house, name, cover=_PNG + name.encode()) for name in ("Sintel", "Spring")]
    house.plex.state.items[movies[0].rating_key].locked = frozenset({"summary"})
    before = [_look(house, movie) for movie in movies]
    assert _sync_all(house, context)["synced"] == 2
    assert [_look(house, movie) for movie in movies] != before
    run = run_task(house, "restore")
    assert (run.output["restored"], run.output["lost"], run.output["notes"]) == (2, 0, [])
    assert "2 of 2 items show again what they showed before the first sync" in run.output["text"]
    assert "synced again as soon as it is saved" in run.output["text"]
    assert [_look(house, movie) for movie in movies] == before
    with context(house).records() as records:
        assert (records.originals.count(), records.written.count()) == (0, 0)


def test_restore_takes_the_posters_lock_back_when_the_first_try_ended_behind_the_choice(
    house: House, context: MakeContext
) -> None:
    house.configure(skip_fields="")
    movie = _film(house, "Sintel", cover=_PNG + b"Sintel")
    before = _look(house, movie)
    _sync_all(house, context)
    house.plex.faults.add(Fault("status", status=400, request_kind="edit"))
    assert run({"mode": "restore"}, context(house))["refused"] == 1
    house.plex.faults.clear_faults()
    assert "thumb" in house.shown(movie).locked
    assert run({"mode": "restore"}, context(house))["restored"] == 1
    assert _look(house, movie) == before


def test_restore_says_its_notes_first_and_its_counts_last(
    house: House, context: MakeContext, run_task: RunTask
) -> None:
    movies = [_film(house, f"Film {number:02d}") for number in range(25)]
    _sync_all(house, context)
    for movie in movies:
        house.plex.state.items[movie.rating_key].values["title"] = "My own title"
    run = run_task(house, "restore")
    lines = [(level, line) for level, line in run.log if "stays: changed" in line or "show again" in line]
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == ("info", run.output["text"]) == run.log[-1]
    path = house.data_dir / "restore.txt"
    assert run.output["text"].endswith(f"all 25 are in {path}")
    assert path.read_text(encoding="utf-8").splitlines()[1:] == run.output["notes"]


def test_restore_takes_locks_back_that_were_set_alone(house: House, context: MakeContext) -> None:
    path = "Sintel/Sintel.mkv"
    key = house.plex.state.add_item(house.section, f"/media/movies/{path}", title="Open", summary="Told")
    house.plex.state.items[key].locked = frozenset({"summary"})
    movie = Movie("Sintel", house.stash.add_scene(path=f"/data/movies/{path}", title="Open", details="Told"), key)
    assert _sync_all(house, context)["unchanged"] == 1
    assert house.shown(movie).locked == {"title", "summary"}
    assert run({"mode": "restore"}, context(house))["restored"] == 1
    assert house.shown(movie).locked == {"summary"}


def test_restore_touches_one_scene_only_and_says_what_stays(house: House, context: MakeContext) -> None:
    edited, other = _film(house, "Sintel"), _film(house, "Spring")
    _sync_all(house, context)
    house.plex.state.items[edited.rating_key].values["title"] = "My own title"
    shown = _look(house, other)
    answer = run({"mode": "restore", "scene_id": str(edited.scene_id)}, context(house))
    assert (answer["restored"], answer["lost"]) == (1, 1)
    assert answer["notes"] == [
        f'item {edited.rating_key} "My own title": title stays: changed in Plex since the last sync'
    ]
    assert house.shown(edited).summary == "as the agent has it"
    assert house.shown(edited).title == "My own title"
    assert _look(house, other) == shown


def test_restore_gives_back_items_whose_scenes_are_gone_from_stash(house: House, context: MakeContext) -> None:
    house.configure(skip_fields="")
    movies = [_film(house, name, cover=_PNG + name.encode()) for name in ("Sintel", "Spring", "Hero")]
    before = [_look(house, movie) for movie in movies]
    _sync_all(house, context)
    for movie in movies[:2]:
        house.stash.destroy_scene(movie.scene_id)
    house.wait(lambda: house.log().count("is gone from Stash") == 2)
    house.plex.state.items[movies[1].rating_key].values["title"] = "My own title"
    first = run({"mode": "restore", "scene_id": str(movies[0].scene_id)}, context(house))
    assert (first["restored"], first["lost"], _look(house, movies[0])) == (1, 0, before[0])
    rest = run({"mode": "restore"}, context(house))
    assert (rest["restored"], rest["lost"], _look(house, movies[2])) == (2, 1, before[2])
    assert house.shown(movies[1]).summary == "as the agent has it"
    assert house.shown(movies[1]).title == "My own title"
    with context(house).records() as records:
        assert records.originals.count() == 0
        assert records.skips.counts() == {"restored": 1}, "a scene that is gone is no skipped one"


def test_restore_keeps_what_it_cannot_judge_until_it_can(house: House, context: MakeContext) -> None:
    movie = _film(house, "Sintel")
    _sync_all(house, context)
    kill(house.worker())
    with Records(house.data_dir / "state.db") as records:
        values = records.written.get(movie.scene_id)[movie.rating_key]
        records.written.forget_item(movie.rating_key)
    answer = run({"mode": "restore"}, context(house))
    assert (answer["restored"], answer["unknown"], house.shown(movie).title) == (0, 1, "Open")
    assert "what was written to it is not known" in answer["notes"][0]
    kill(house.worker())
    with Records(house.data_dir / "state.db") as records:
        assert records.originals.count() == 1
        records.written.record_many([values])
    assert run({"mode": "restore"}, context(house))["restored"] == 1
    assert house.shown(movie).title == "Sintel"


def test_restored_scenes_are_left_alone_until_they_are_saved(house: House, context: MakeContext) -> None:
    first, second = _film(house, "Sintel"), _film(house, "Spring")
    _sync_all(house, context)
    house.plex.state.remove_item(second.rating_key)
    waiting = [create_sync_job(first.scene_id, "metadata", {"fields": []})]
    house.configure(paused=True)
    kill(house.worker())  # the next one reads the settings anew
    house.save(first, details="while paused")
    house.wait(lambda: "Paused" in house.log())
    enqueue_many(house.data_dir / "queue", waiting)
    house.configure()
    answer = run({"mode": "restore"}, context(house))
    assert (answer["restored"], answer["gone"]) == (1, 1)
    assert f"item {second.rating_key} (scene {second.scene_id}): Plex no longer has it" in answer["notes"]
    house.wait(house.is_drained)
    assert house.shown(first).summary == "as the agent has it"
    assert run({"mode": "reconcile", "depth": "light"}, context(house))["differ"] == 0
    assert run({"mode": "queue_status"}, context(house))["skips"]["restored"] == 2
    house.stash.library.ahead_s = 1e9
    house.save(first, details="saved again")
    house.wait(lambda: house.shown(first).summary == "saved again")


def test_restore_writes_nothing_when_dry_run_is_on(house: House, run_task: RunTask, context: MakeContext) -> None:
    movie = _film(house, "Sintel")
    _sync_all(house, context)
    house.configure(dry_run=True)
    kill(house.worker())
    house.plex.journal.clear_log()
    run = run_task(house, "restore")
    assert run.error is not None
    assert "dry_run is on, so nothing was restored" in run.error
    assert house.plex.journal.count("edit") == 0
    assert house.shown(movie).title == "Open"


def test_restore_names_what_plex_refuses_and_can_be_started_again(house: House, context: MakeContext) -> None:
    movie = _film(house, "Sintel")
    _sync_all(house, context)
    house.plex.faults.add(Fault(kind="status", status=400, request_kind="edit"))
    answer = run({"mode": "restore"}, context(house))
    assert (answer["restored"], answer["refused"]) == (0, 1)
    assert "Plex refused PUT" in answer["notes"][0]
    house.plex.faults.clear_faults()
    assert run({"mode": "restore"}, context(house))["restored"] == 1
    assert house.shown(movie).title == "Sintel"


def test_restore_finishes_with_every_item_right_when_the_worker_is_killed_in_the_middle(
    house: House, context: MakeContext, run_task: RunTask
) -> None:
    movies = [_film(house, f"Film {number}", title=f"Open {number}") for number in range(104)]
    before = [_look(house, movie) for movie in movies]
    assert _sync_all(house, context)["synced"] == 104
    house.plex.journal.clear_log()
    runs: list[PluginRun] = []
    thread = threading.Thread(target=lambda: runs.append(run_task(house, "restore")), daemon=True)
    thread.start()
    assert house.plex.journal.wait_for("edit", 30)
    kill(house.worker())
    thread.join(2 * PATIENCE_S)
    assert [_look(house, movie) for movie in movies] == before
    assert runs[0].output["restored"] == 104
    assert house.plex.journal.count("edit") <= 104 + 3, "what was given back is not sent again"
    assert not house.dead_letters()


def test_rebuild_reads_the_index_anew_and_shows_progress(house: House, context: MakeContext, run_task: RunTask) -> None:
    (movie,) = house.add("Sintel", title="Open")
    _sync_all(house, context)
    house.plex.state.populate(2300, house.section)
    run = run_task(house, "rebuild_index")
    assert run.output["items"] == 2301
    assert run.output["text"] == "The index holds 2,301 items of Movies"
    assert run.progress[-1] == 1.0
    assert house.shown(movie).title == "Open"


def test_another_server_is_written_to_only_after_a_rebuild(house: House, context: MakeContext) -> None:
    (movie,) = house.add("Sintel", title="Open")
    _sync_all(house, context)
    house.plex.restart_as("another-machine-0000000000000000000000000")
    house.plex.journal.clear_log()
    house.stash.library.scene(movie.scene_id).title = "Open again"
    paused = run({"mode": "all"}, context(house))
    assert paused["paused"]["kind"] == "plex_settings"
    assert "another Plex server answers" in paused["text"]
    assert "rebuild the index" in paused["text"]
    assert house.plex.journal.count("edit") == 0
    assert run({"mode": "rebuild_index"}, context(house))["items"] == 1
    with context(house).records() as records:
        original = records.originals.page()[0]
        assert original.values["title"] == "Open", "what the new server showed, not what the old one did"
    assert run({"mode": "test_connection"}, context(house))["ok"]
    house.save(movie, title="On the new server")
    house.wait(house.has_title(movie, title="On the new server"))


@dataclass(frozen=True)
class _Interrupted(TaskContext):
    """Of a task that a busy machine stops for a while right behind its first wake-up: until the worker is paused."""

    woken: list[float] = field(default_factory=list)

    def wake(self) -> None:
        super().wake()
        self.woken.append(self.clock())
        while not self.woken[1:] and self._paused_at() < self.woken[0]:
            self.sleep(0.02)

    def _paused_at(self) -> float:
        with self.records() as records:
            return float(records.facts.get(PAUSED_AT) or 0.0)


def test_request_that_ends_a_pause_is_awaited_when_the_worker_met_that_right_before(
    house: House, context: MakeContext
) -> None:
    (movie,) = house.add("Sintel", title="Open")
    _sync_all(house, context)
    house.plex.restart_as("another-machine-0000000000000000000000000")
    house.stash.library.scene(movie.scene_id).title = "Open again"
    assert run({"mode": "all"}, context(house))["paused"]["kind"] == "plex_settings"
    slow = _Interrupted(**{each.name: getattr(context(house), each.name) for each in fields(TaskContext)})
    assert run({"mode": "rebuild_index"}, slow)["items"] == 1


def test_request_waits_in_the_queue_when_everything_is_paused(house: House, context: MakeContext) -> None:
    movie = _film(house, "Sintel")
    _sync_all(house, context)
    house.configure(paused=True)
    kill(house.worker())
    answer = run({"mode": "restore"}, context(house))
    assert answer["paused"]
    assert answer["text"].startswith("Not done yet. Paused since")
    assert house.stats()["pending"] == 1
    assert house.shown(movie).title == "Open"
