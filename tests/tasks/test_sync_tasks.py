import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync_queue.lock import is_worker_alive
from tasks.context import TaskContext, TaskError
from tasks.follow import DEAD_S, HOW_TO_STOP, SLOW_S, Follower
from tasks.registry import run
from tests import machine
from tests.fakes.stash import PluginRun
from tests.house import PATIENCE_S, House, kill
from tests.tasks.conftest import RunTask

MakeContext = Callable[[House], TaskContext]
_GROUPED = "title, summary, date, rating, actor, director, poster"
"""Left out, so that what is left (studio and genres) is equal for many films and goes in few requests."""


def _library(house: House, count: int, equal: int = 0) -> None:
    """`count` films on both sides; of `equal` ones Plex knows studio and genres already."""
    house.stash.populate(count)
    library = house.stash.library
    for number, scene in enumerate(library.scenes.values()):
        path = scene.files[0].path.replace("/data/", "/media/", 1)
        if number < equal:
            tags = {"genre": [library.tags[tag].name for tag in scene.tag_ids]}
            house.plex.state.add_item(house.section, path, studio=library.studios[scene.studio_id or 0].name, tags=tags)
        else:
            house.plex.state.add_item(house.section, path)


def _in_background(house: House, run_task: RunTask, mode: str) -> tuple[threading.Thread, list[PluginRun]]:
    runs: list[PluginRun] = []
    thread = threading.Thread(target=lambda: runs.append(run_task(house, mode)), daemon=True)
    thread.start()
    return thread, runs


def _on_a_slow_machine(context: TaskContext) -> TaskContext:
    """Make it four seconds later when a task that has started a worker looks again."""
    late_s = 0.0

    def rest(seconds: float) -> None:
        nonlocal late_s
        late_s = 4.0
        context.sleep(seconds)

    return replace(context, clock=lambda: context.clock() + late_s, sleep=rest)


def _titles(house: House) -> bool:
    shown = {item.media[0][0]: item.values["title"] for item in house.plex.state.items.values()}
    wanted = house.stash.library.scenes.values()
    return all(shown[scene.files[0].path.replace("/data/", "/media/", 1)] == scene.title for scene in wanted)


def test_task_goes_by_settings_that_were_changed_a_moment_ago(house: House, context: MakeContext) -> None:
    (movie,) = house.add("Sintel", title="Sintel", tags=["Dragons"])
    run({"mode": "all"}, context(house))
    assert house.shown(movie).tags == {"genre": ("Dragons",)}
    house.configure(tags_to="labels")
    assert run({"mode": "all"}, context(house))["synced"] == 1
    assert house.shown(movie).tags["label"] == ("Dragons",)
    house.configure(dry_run=True)
    with pytest.raises(TaskError, match="dry_run is on"):
        run({"mode": "restore"}, context(house))


def test_sync_all_brings_every_scene_and_ends_with_a_summary(house: House, run_task: RunTask) -> None:
    movies = house.add("Sintel", "Spring", title="Open", tags=["Animation"])
    house.stash.add_scene("no file in Plex", path="/data/movies/elsewhere.mkv")
    run = run_task(house, "all")
    assert run.error is None
    assert house.has_title(*movies, title="Open")()
    assert {name: run.output[name] for name in ("scenes", "queued", "synced", "waiting", "dead", "later")} == {
        "scenes": 3,
        "queued": 3,
        "synced": 2,
        "waiting": 1,
        "dead": 0,
        "later": 1,
    }
    assert run.output["text"].startswith("3 scenes in Stash, 3 queued. 2 synced, 0 unchanged, 1 waiting")
    assert run.progress[-1] == 1.0
    assert run.progress == sorted(run.progress)
    edits = house.plex.journal.count("edit")
    again = run_task(house, "all")
    assert (again.output["synced"], again.output["unchanged"]) == (0, 2)
    assert house.plex.journal.count("edit") == edits


def test_sync_all_asks_in_pages_and_batches(house: House, run_task: RunTask) -> None:
    house.configure(skip_fields=_GROUPED)
    _library(house, 1500, equal=1400)
    run = run_task(house, "all")
    assert (run.output["synced"], run.output["unchanged"]) == (100, 1400)
    queries = house.stash.log.counts["graphql"]
    assert queries <= 2 + 1 + 18, "pages of 1,000 ids, and batches of 100 scenes"
    assert house.plex.journal.count("listing") <= 2 + 3
    assert house.plex.journal.count("metadata") <= 22
    assert house.plex.journal.count("edit") <= 35 + 15, (
        "equal changes of many films go together, and so do locks of what is equal"
    )


def test_sync_all_finishes_with_every_scene_right_when_the_worker_is_killed_in_the_middle(
    house: House, run_task: RunTask
) -> None:
    _library(house, 120)
    thread, runs = _in_background(house, run_task, "all")
    assert house.plex.journal.wait_for("edit", 40)
    kill(house.worker())
    thread.join(2 * PATIENCE_S)
    assert runs[0].error is None
    assert _titles(house)
    assert house.is_drained()
    assert not house.dead_letters()
    assert runs[0].output["synced"] + runs[0].output["unchanged"] >= 120


def test_worker_goes_on_when_the_task_is_stopped(house: House) -> None:
    _library(house, 100)
    process = house.stash.host.process()
    thread = threading.Thread(target=lambda: process.wait(house.stash.host.document({"mode": "all"})), daemon=True)
    thread.start()
    assert house.plex.journal.wait_for("edit", 20)
    process.kill()
    thread.join(PATIENCE_S)
    assert process.run.exit_status == (1 if machine.IS_WINDOWS else -9)
    house.wait(lambda: house.is_drained() and _titles(house))


def test_following_says_how_to_stop_the_work_and_ever_less_often_how_far_it_is(
    house: House, context: MakeContext, capsys: pytest.CaptureFixture[str]
) -> None:
    """Three hours, by a clock that is a minute further with each look."""
    house.offer()
    house.wait(lambda: is_worker_alive(str(house.data_dir)))
    now = [time.time()]
    following = replace(context(house), clock=lambda: now[0])
    follower = Follower(following)
    for _ in range(180):
        now[0] += 60
        follower.tick()
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("\x01i\x02")]
    assert lines[0] == f"\x01i\x02{HOW_TO_STOP}"
    assert sum(HOW_TO_STOP in line for line in lines) == 1
    assert 10 < len(lines) < 28


def test_sync_recent_takes_only_what_was_updated_lately(house: House, context: MakeContext) -> None:
    old, new = house.add("Sintel", "Spring", title="Open")
    house.stash.library.scene(old.scene_id).updated_at -= 30 * 3600
    answer = run({"mode": "recent", "hours": "24"}, context(house))
    assert (answer["scenes"], answer["synced"]) == (1, 1)
    assert house.has_title(new, title="Open")()
    assert house.shown(old).title == "Sintel"
    assert run({"mode": "recent", "hours": "48"}, context(house))["scenes"] == 2
    assert house.has_title(old, title="Open")()


def test_sync_recent_tries_now_what_waits_of_its_scenes_and_nothing_else(house: House, context: MakeContext) -> None:
    names = ("Spring", "Hero")
    _recent, old = (house.stash.add_scene(f"{name}!", path=f"/data/movies/{name}.mkv") for name in names)
    assert run({"mode": "all"}, context(house))["later"] == 2
    house.stash.library.scene(old).updated_at -= 30 * 3600
    key = house.plex.state.add_item(house.section, "/media/movies/Spring.mkv")
    house.plex.state.add_item(house.section, "/media/movies/Hero.mkv")
    answer = run({"mode": "recent"}, context(house))
    assert (answer["queued"], answer["synced"], answer["later"]) == (0, 1, 1)
    assert house.plex.state.item(key).title == "Spring!"


def test_skipped_scenes_are_counted_by_reason(house: House, context: MakeContext) -> None:
    house.configure(only_organized=True)
    house.add("Sintel", title="Open")
    house.add("Spring", title="Open", organized=True)
    answer = run({"mode": "all"}, context(house))
    assert answer["skipped"] == {"not_organized": 1}
    assert "1 skipped (not_organized)" in answer["text"]


def test_process_queue_tries_now_what_waits_for_later(house: House, context: MakeContext) -> None:
    scene_id = house.stash.add_scene("Spring", path="/data/movies/new.mkv")
    assert run({"mode": "all"}, context(house))["later"] == 1
    key = house.plex.state.add_item(house.section, "/media/movies/new.mkv")
    answer = run({"mode": "process_queue"}, context(house))
    assert (answer["synced"], answer["later"]) == (1, 0), scene_id
    assert house.plex.state.item(key).title == "Spring"


@pytest.mark.parametrize(
    ("settings", "kind", "advice"),
    [
        ({"plex_token": "wrong-token-0815"}, "plex_token", "enter a new token"),
        ({"plex_library": "Films"}, "plex_settings", '"Movies" (id 1)'),
        ({"paused": True}, "user", "switch the setting “Paused” off"),
        ({"plex_url": ""}, "settings", "fill in"),
    ],
    ids=["token", "library", "paused", "unconfigured"],
)
def test_sync_all_says_plainly_why_everything_is_paused_and_ends_well(
    house: House, context: MakeContext, settings: dict[str, Any], kind: str, advice: str
) -> None:
    (movie,) = house.add("Sintel", title="Open")
    house.configure(**settings)
    answer = run({"mode": "all"}, context(house))
    assert answer["paused"]["kind"] == kind
    assert answer["left"] == 1
    assert "1 job left" in answer["text"]
    assert advice in answer["text"]
    assert "wrong-token-0815" not in str(answer) + house.log()
    assert not house.dead_letters()
    house.configure()
    house.save(movie, details="it goes on")
    house.wait(house.has_title(movie, title="Open"))


def test_task_ends_when_plex_is_away_and_the_next_worker_takes_the_pause_over(
    house: House, context: MakeContext
) -> None:
    (movie,) = house.add("Sintel", title="Open")
    house.plex.refuse()
    answer = run({"mode": "all"}, context(house))
    assert answer["paused"]["kind"] == "plex"
    assert "nothing listens" in answer["text"]
    kill(house.worker())
    house.plex.accept()
    assert run({"mode": "process_queue"}, _on_a_slow_machine(context(house)))["synced"] == 1
    status = run({"mode": "queue_status"}, context(house))
    assert status["paused"] is None
    assert status["pauses"][0]["ended_at"] is not None
    assert house.has_title(movie, title="Open")()


def test_task_says_why_when_no_worker_process_can_be_started(house: House, run_task: RunTask) -> None:
    (movie,) = house.add("Sintel", title="Open")
    (house.data_dir / "worker.stderr").mkdir()
    house.save(movie, title="Sintel!")
    assert "The save is queued, but no worker could be started" in str(house.hook_log())
    assert "Process Queue" not in str(house.hook_log())  # it can start none either
    run = run_task(house, "all")
    assert run.error is not None
    assert "no worker could be started" in run.error
    assert "Process Queue" not in run.error  # it fails for the same reason
    assert house.workers() == []


def test_task_says_why_when_worker_processes_die_at_once_and_what_is_queued_waits(
    house: House, context: MakeContext, tmp_path: Path
) -> None:
    (movie,) = house.add("Sintel", title="Open")
    stub = tmp_path / "stub.py"
    stub.write_text("import sys; sys.exit('persistqueue cannot be imported')", encoding="utf-8")
    with pytest.raises(TaskError, match=r"no worker process stays alive; the last one said: .*cannot be imported"):
        run({"mode": "all"}, replace(context(house), script=str(stub)))
    status = run({"mode": "queue_status"}, context(house))
    assert (status["pending"], status["stderr"][-1]) == (1, "persistqueue cannot be imported")
    assert run({"mode": "process_queue"}, context(house))["synced"] == 1
    assert house.has_title(movie, title="Open")()


def test_task_waits_for_a_worker_that_takes_long_to_begin_and_says_nothing(
    house: House, context: MakeContext, tmp_path: Path
) -> None:
    stub, now = tmp_path / "stub.py", [time.time()]
    stub.touch()
    follower = Follower(replace(context(house), script=str(stub), clock=lambda: now[0]))

    def follow(seconds: float) -> None:
        end = now[0] + seconds
        while now[0] < end:
            now[0] += 0.5
            follower.tick()

    follow(SLOW_S)
    with pytest.raises(TaskError, match="no worker process stays alive"):
        follow(4 * DEAD_S)


@pytest.mark.parametrize("mode", ["all", "recent", "process_queue", "preview", "reconcile", "restore", "rebuild_index"])
def test_task_says_that_it_needs_a_connection_when_there_is_none(bare: TaskContext, mode: str) -> None:
    with pytest.raises(TaskError, match="no server_connection"):
        run({"mode": mode}, bare)


def test_task_answers_an_error_when_stash_does_not_let_us_in(house: House, run_task: RunTask) -> None:
    house.stash.fault("401")
    run = run_task(house, "all")
    assert run.error is not None
    assert run.exit_status == 1
    assert "Traceback" not in run.stdout + str(run.log)
