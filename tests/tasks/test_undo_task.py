"""Undo Last Changes: a run, everything since a moment, or a scene's last sync, asked of a true worker process."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from records import Choice
from tasks.context import TaskContext, TaskError, moment_of
from tasks.registry import run
from tests.house import House, Movie, kill
from tests.tasks.conftest import RunTask
from worker.control.jobs import put, undo_job

if TYPE_CHECKING:
    from tests.fakes.plex import ItemSnapshot

MakeContext = Callable[[House], TaskContext]
LONG = "Once upon a time a keeper of towers lived alone. " * 30


def films(house: House, *names: str) -> list[Movie]:
    """Films of which Plex knows a summary and a genre of its own."""
    made = house.add(*names, title="{name}!", details="From Stash", tags=["Animation"])
    for movie in made:
        item = house.plex.state.items[movie.rating_key]
        item.values["summary"] = LONG.strip()
        item.tags = {"genre": house.plex.state.tags.taggings("genre", ["Fantasy"])}
    return made


def look(house: House, movie: Movie) -> tuple[Any, ...]:
    shown: ItemSnapshot = house.shown(movie)
    return shown.title, shown.summary, {kind: set(tags) for kind, tags in shown.tags.items() if tags}, shown.locked


def done(house: House, context: MakeContext, **args: Any) -> dict[str, Any]:
    answer: dict[str, Any] = run({"mode": "undo", **args}, context(house))
    return answer


def test_last_run_is_put_back_by_itself_and_the_one_before_it_the_next_time(
    house: House, context: MakeContext, run_task: RunTask
) -> None:
    movies = films(house, "Sintel", "Spring")
    before = [look(house, movie) for movie in movies]
    run({"mode": "all"}, context(house))
    synced = [look(house, movie) for movie in movies]
    house.fine_tune(tags_to="labels")
    run({"mode": "all"}, context(house))
    assert house.shown(movies[0]).tags["label"] == ("Animation",)
    first = run_task(house, "undo")
    assert (first.error, first.output["restored"], first.output["notes"]) == (None, 2, [])
    assert first.log[-1] == ("info", first.output["text"])
    assert [look(house, movie) for movie in movies] == synced
    assert done(house, context)["restored"] == 2
    assert [look(house, movie) for movie in movies] == before
    with pytest.raises(TaskError, match="no run of syncs that could be undone"):
        done(house, context)
    run({"mode": "all"}, context(house))
    assert [look(house, movie) for movie in movies] == before, "Sync All leaves it alone"
    house.save(movies[0], title="Saved")
    house.wait(lambda: house.shown(movies[0]).title == "Saved")


def test_run_scene_and_moment_are_chosen_by_arguments(house: House, context: MakeContext) -> None:
    sintel, spring = films(house, "Sintel", "Spring")
    before = [look(house, movie) for movie in (sintel, spring)]
    run({"mode": "all"}, context(house))
    with context(house).records() as records:
        name = records.changes.runs()[0].run
        began_at = records.changes.runs()[0].began_at
    house.save(sintel, title="Saved")
    house.wait(lambda: house.shown(sintel).title == "Saved")
    house.wait(house.is_drained)
    assert done(house, context, scene_id=str(sintel.scene_id))["restored"] == 1
    assert house.shown(sintel).title == "Sintel!"
    assert done(house, context, run=name)["restored"] == 2
    assert [look(house, movie) for movie in (sintel, spring)] == before
    house.save(spring, title="Saved too")
    house.wait(lambda: house.shown(spring).title == "Saved too")
    house.wait(house.is_drained)
    assert done(house, context, since=f"{began_at}")["restored"] == 1
    assert [look(house, movie) for movie in (sintel, spring)] == before


def test_undo_outlives_the_worker_that_is_killed_in_the_middle(house: House, context: MakeContext) -> None:
    movies = films(house, *(f"Film {number:02d}" for number in range(30)))
    before = [look(house, movie) for movie in movies]
    run({"mode": "all"}, context(house))
    with context(house).records() as records:
        name = records.changes.runs()[0].run
    house.plex.options.write_latency_ms = 100
    put(context(house).queue_dir, undo_job(Choice(run=name), now=context(house).clock()))
    house.offer()
    house.wait(lambda: any(look(house, movie) == was for movie, was in zip(movies, before, strict=True)), every_s=0.01)
    kill(house.worker())
    answer = done(house, context, run=name)
    assert answer["total"] <= 30
    house.wait(lambda: [look(house, movie) for movie in movies] == before, "all are put back")
    with context(house).records() as records:
        assert records.changes.runs()[0].undone == 30


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"run": "all 5"}, "no run 'all 5' changed anything in Plex that is still kept; none is"),
        ({"scene_id": "5"}, "no sync of scene 5 that could be undone is kept"),
        ({"scene_id": "5", "run": "all 5"}, "name one of scene_id, run and since"),
        ({"since": "yesterday"}, "since must be a time such as"),
        ({}, "there is no run of syncs that could be undone"),
    ],
)
def test_what_cannot_be_undone_is_refused(bare: TaskContext, args: dict[str, str], reason: str) -> None:
    with pytest.raises(TaskError, match=re.escape(reason)):
        run({"mode": "undo", **args}, bare)


def test_moment_is_read_as_people_and_as_machines_write_it() -> None:
    assert moment_of({"since": "2026-11-29T14:00:00+00:00"}, "since") == 1795960800.0
    assert moment_of({"since": " 1795960800.5 "}, "since") == 1795960800.5
    assert moment_of({"since": 5}, "since") == 5.0
    assert moment_of({}, "since") == 0.0
    for wrong in ("0", "-5", "nan", True, [], "1e400", "99999999999999"):
        with pytest.raises(TaskError, match="nothing was changed"):
            moment_of({"since": wrong}, "since")
