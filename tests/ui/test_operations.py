"""The operations as an API: shapes, refusals, and that no answer holds a secret.

Each call is the true process that Stash would start.
"""

import json
import re
import time
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from plex import errors as plex_errors
from records import FieldChange, Records
from stash import errors as stash_errors
from sync_queue.lock import WorkerLock, is_worker_alive
from tasks import reasons
from tasks.page import job_shapes, library_shapes, preview_shapes, scene_shapes, set_up_shapes, shapes
from tasks.registry import ON_DISK, OPERATIONS
from tests.documents import read, rows, section, skip_codes
from tests.house import ROOT
from tests.ui import seed
from tests.ui.page_house import OperationError
from worker import errors as worker_errors
from worker import outcome
from worker.control.jobs import control_job, put
from worker.control.kinds import INDEX, RECONCILE
from worker.facts import LAST_RECONCILE_AT

DOCUMENT = section(read("docs/page.md"), "Operations")
ANSWERS = {
    "ui_together": shapes.TogetherAnswer,
    "ui_overview": shapes.OverviewAnswer,
    "ui_missing": library_shapes.MissingAnswer,
    "ui_jobs": job_shapes.JobsAnswer,
    "ui_history": scene_shapes.HistoryAnswer,
    "ui_runs": scene_shapes.RunsAnswer,
    "ui_settings": shapes.SettingsAnswer,
    "ui_check": set_up_shapes.CheckAnswer,
    "ui_mapping": set_up_shapes.MappingAnswer,
    "ui_preview": preview_shapes.PreviewAnswer,
    "ui_find": scene_shapes.ScenesAnswer,
    "ui_scene": scene_shapes.SceneState,
    "ui_scene_news": scene_shapes.SceneNews,
    "ui_card_marks": scene_shapes.CardMarksAnswer,
    "ui_wake": shapes.ActionDone,
    "ui_sample": preview_shapes.SampleAnswer,
    "ui_example": preview_shapes.ExampleAnswer,
    "ui_pictures": scene_shapes.PicturesAnswer,
}
CHANGES = (
    FieldChange("title", "sintel", "Sintel"),
    FieldChange("genre", (), ("Short",)),
    FieldChange("rating", None, 8.0),
)


def misfits(value: Any, shape: Any, where: str = "answer") -> list[str]:
    """Where `value` is not of `shape`."""
    if is_typeddict(shape):
        hints = get_type_hints(shape)
        if not isinstance(value, dict) or value.keys() != hints.keys():
            return [f"{where}: {value!r} has not exactly the keys {sorted(hints)}"]
        return [bad for name, hint in hints.items() for bad in misfits(value[name], hint, f"{where}.{name}")]
    if get_origin(shape) in {list, dict}:
        each_of = value.values() if isinstance(value, dict) else value
        return [bad for each in each_of for bad in misfits(each, get_args(shape)[-1], f"{where}[]")]
    choices = get_args(shape)
    if choices and not isinstance(choices[0], str):
        fits = [
            not misfits(value, choice, where)
            for choice in choices
            if get_origin(choice) is not list or isinstance(value, list)
        ]
        return [] if any(fits) else [f"{where}: {value!r} is none of {choices}"]
    if choices:
        return [] if value in choices else [f"{where}: {value!r} is none of {choices}"]
    kinds = (int, float) if shape is float else object if shape is Any else shape
    right = shape is Any or (isinstance(value, kinds) and (shape is bool or not isinstance(value, bool)))
    return [] if right else [f"{where}: {value!r} is no {shape}"]


@pytest.fixture
def lived_in(world):
    """A data folder with something of everything."""
    world.fill()
    world.configure()
    first, second, third, fourth = world.scenes.values()
    seed.fail(world.data_dir, [first], "NotInPlexError", "Plex has no item with the file")
    seed.give_up(world.data_dir, [second, third], "AmbiguousMatchError", "could be item 1 or item 2")
    seed.synced(world.data_dir, [fourth], CHANGES)
    seed.undone(world.data_dir, fourth)
    seed.pause(world.data_dir, "plex", "Plex refused the connection")
    return world


def test_every_answer_has_its_shape_and_none_holds_a_secret(lived_in):
    lived_in.operation("ui_mapping", rules="")
    lived_in.until(lambda: lived_in.operation("ui_mapping")["state"] == "ready", "the worker has read Plex's paths")
    scene_id = lived_in.scenes["Cosmos Laundromat"]
    arguments = {
        "ui_scene": {"scene_id": scene_id},
        "ui_scene_news": {"scene_id": scene_id},
        "ui_card_marks": {"scene_ids": list(lived_in.scenes.values())},
        "ui_jobs": {"list": "dead"},
        "ui_together": {"calls": [{"mode": "ui_overview"}, {"mode": "ui_together", "calls": []}, {"mode": "ui_scene"}]},
    }
    for mode, shape in ANSWERS.items():
        answer = lived_in.operation(mode, **arguments.get(mode, {}))
        assert misfits(answer, shape, mode) == []
        assert lived_in.plex.token not in json.dumps(answer), mode


def test_disk_is_enough_for_what_is_on_disk(lived_in):
    lived_in.plex.refuse()
    asked = len(lived_in.stash.log.entries)
    for mode in ("ui_overview", "ui_jobs", "ui_history", "ui_runs", "ui_scene_news"):
        lived_in.operation(mode, scene_id=1)
    roots = [field for entry in lived_in.stash.log.entries[asked:] for field in entry.root_fields]
    assert set(roots) == {"runPluginOperation"}


REFUSED = (
    ("ui_jobs", {"list": "every"}, "list must be one of waiting, retrying, held, in_progress, dead"),
    ("ui_jobs", {"page": -1}, "page must be a whole number from 0"),
    ("ui_discard", {"list": "dead"}, "choose by ids, by reason, or say all"),
    ("ui_discard", {"list": "dead", "ids": []}, "choose by ids, by reason, or say all"),
    ("ui_discard", {"list": "dead", "ids": ["x"]}, "ids must be whole numbers above 0"),
    ("ui_discard", {"list": "dead", "all": "yes"}, "all must be true or false"),
    ("ui_retry", {"all": True}, "list must be dead, retrying, held or waiting"),
    ("ui_sync", {}, "scene_ids must name at least one scene"),
    ("ui_sync", {"scene_ids": list(range(1, 1002))}, "at most 1000 ids"),
    ("ui_scene", {"scene_id": "all"}, "scene_id must be a scene's id"),
    ("ui_keep", {"scene_id": 1, "field": "plot"}, "there is no field 'plot'"),
    ("ui_undo", {"scene_id": 1}, "nothing of this scene was written to Plex"),
    ("ui_undo", {"scene_id": 1, "which": "last"}, "no sync of scene 1 that could be undone is kept"),
    ("ui_undo", {"scene_id": 1, "which": "first"}, "which must be one of all, last"),
    ("ui_undo", {"run": "all 1"}, "no run 'all 1' changed anything in Plex that is still kept; none is"),
    ("ui_undo", {"since": 5}, "nothing of it is left to undo"),
    ("ui_undo", {"since": "soon"}, "since must be a time"),
    ("ui_undo", {}, "name a scene_id, a run or a moment"),
    ("ui_save", {"values": {}}, "values must hold at least one setting"),
    ("ui_save", {"values": {"batch_size": 5}}, "'batch_size' is no setting that the page can change"),
    ("ui_save", {"values": {"debug": [True]}}, "debug must be a text, a number, true or false"),
    ("ui_nothing", {}, "there is no task 'ui_nothing'"),
)


def test_what_cannot_be_asked_is_refused_and_changes_nothing(world):
    seed.give_up(world.data_dir, [1], "PlexRejected", "no")
    for mode, arguments, reason in REFUSED:
        with pytest.raises(OperationError, match=re.escape(reason)):
            world.operation(mode, **arguments)
        assert len(world.dead_letters()) == 1, mode
        assert world.stats()["pending"] == 0, mode
    assert world.settings() == {}


def test_retry_of_waiting_jobs_makes_them_due_by_scene_by_reason_or_all(world):
    world.fill("Sintel", in_plex=False)
    lock = WorkerLock(str(world.data_dir))
    world.data_dir.mkdir(mode=0o700, exist_ok=True)
    assert lock.acquire()  # no worker may take the jobs meanwhile
    ids = [world.scenes["Sintel"], 1000, 1001]
    seed.fail(world.data_dir, ids[:2], "NotInPlexError", "none")
    seed.fail(world.data_dir, ids[2:], "TransientError", "busy")
    assert world.operation("ui_retry", list="retrying", scene_ids=ids[:1])["count"] == 1
    assert world.operation("ui_retry", list="retrying", reason="TransientError")["count"] == 1
    assert world.operation("ui_retry", list="retrying", all=True)["count"] == 1
    assert world.operation("ui_discard", list="retrying", scene_ids=ids[:1])["count"] == 1
    assert world.operation("ui_discard", list="retrying", reason="NotInPlexError")["count"] == 1
    assert world.operation("ui_discard", list="retrying", all=True)["count"] == 1
    lock.release()


def test_discard_drops_only_what_its_list_shows(world):
    seed.fail(world.data_dir, [1, 2, 3], "NotInPlexError", "none")
    seed.save(world.data_dir, [1, 8, 9])
    assert listed(world, "retrying") == [1, 2, 3]
    assert listed(world, "waiting") == [1, 8, 9]
    assert world.operation("ui_discard", list="retrying", scene_ids=[1])["count"] == 1
    assert listed(world, "waiting") == [1, 8, 9]
    assert world.operation("ui_discard", list="waiting", scene_ids=[8])["count"] == 1
    assert world.operation("ui_discard", list="retrying", all=True)["count"] == 2
    assert listed(world, "waiting") == [1, 9]
    seed.fail(world.data_dir, [4], "NotInPlexError", "none")  # of the three that wait then, whichever comes first
    failed = listed(world, "retrying")
    assert len(failed) == 1
    assert world.operation("ui_discard", list="waiting", all=True)["count"] == 2
    assert listed(world, "retrying") == failed


def test_discard_of_what_failed_leaves_what_is_held(world):
    seed.fail(world.data_dir, [1, 2], "NotInPlexError", "none")
    seed.fail(world.data_dir, [3, 4], "HeldError", "it would be emptied")
    assert "HeldError" not in [reason["kind"] for reason in world.operation("ui_jobs", list="retrying")["reasons"]]
    assert world.operation("ui_discard", list="retrying", all=True)["count"] == 2
    assert listed(world, "held") == [3, 4]
    assert world.operation("ui_jobs", list="held", search="emptied")["total"] == 2
    assert world.operation("ui_discard", list="held", scene_ids=[3])["count"] == 1
    assert world.operation("ui_discard", list="held", all=True)["count"] == 1


def test_discard_leaves_what_came_into_the_list_after_it_was_looked_at(world):
    """A sync goes on failing while somebody reads; its rows are all older than the look, and have not failed before."""
    seed.fail(world.data_dir, [1, 2], "NotInPlexError", "Plex has no item with the file /data/a/1.mkv")
    seed.wait(world.data_dir, [5, 6])
    seed.give_up(world.data_dir, [20], "PlexRejected", "no")
    looks = {name: world.operation("ui_jobs", list=name)["until"] for name in ("retrying", "waiting", "dead")}
    seed.fail(world.data_dir, [3], "NotInPlexError", "Plex has no item with the file /data/a/3.mkv")
    seed.wait(world.data_dir, [7])
    seed.give_up(world.data_dir, [21], "PlexRejected", "no")
    newly_failed = [each for each in listed(world, "retrying") if each > 2]
    assert newly_failed == [5]
    failed = {"list": "retrying", "reason": "NotInPlexError", "until": looks["retrying"]}
    assert world.operation("ui_discard", **failed, folder="/data/a")["count"] == 2
    assert world.operation("ui_discard", **failed)["count"] == 0
    assert world.operation("ui_discard", **failed, scene_ids=newly_failed)["count"] == 0
    assert world.operation("ui_discard", list="retrying", all=True, until=looks["retrying"])["count"] == 0
    assert listed(world, "retrying") == newly_failed
    assert world.operation("ui_discard", list="waiting", all=True, until=looks["waiting"])["count"] == 1
    assert listed(world, "waiting") == [3, 7]
    assert world.operation("ui_discard", list="dead", reason="PlexRejected", until=looks["dead"])["count"] == 1
    assert world.operation("ui_discard", list="dead", all=True, until=looks["dead"])["count"] == 0
    assert listed(world, "dead") == [21]


def test_discard_of_some_scenes_leaves_their_jobs_of_another_list_or_reason(world):
    seed.fail(world.data_dir, [1], "HeldError", "it would be emptied")
    seed.fail(world.data_dir, [2], "PlexBusy", "Plex answered 503")
    some = {"scene_ids": [1, 2]}
    assert world.operation("ui_discard", list="retrying", reason="NotInPlexError", **some)["count"] == 0
    assert world.operation("ui_discard", list="held", scene_ids=[2])["count"] == 0
    assert world.operation("ui_discard", list="retrying", **some)["count"] == 1
    assert listed(world, "held") == [1]
    assert world.operation("ui_discard", list="held", **some)["count"] == 1


def listed(world, name):
    return sorted(job["scene_id"] for job in world.operation("ui_jobs", list=name)["jobs"])


def test_counts_of_jobs_add_up_to_what_there_is(world):
    seed.fail(world.data_dir, [1, 2], "NotInPlexError", "none")
    seed.fail(world.data_dir, [8, 9], "HeldError", "it would be emptied")
    seed.claim(world.data_dir, [3])
    seed.wait(world.data_dir, [4, 5, 6])
    seed.give_up(world.data_dir, [7], "PlexRejected", "no")
    counts = world.operation("ui_overview")["counts"]
    found = {"waiting": 3, "retrying": 2, "held": 2, "in_progress": 1, "dead": 1}
    assert {name: counts[name] for name in found} == found
    assert listed(world, "held") == [8, 9]
    assert not any(job["can_retry"] for job in world.operation("ui_jobs", list="held")["jobs"])
    for name in found:
        assert world.operation("ui_jobs", list=name)["total"] == counts[name]


def test_a_page_beyond_the_end_is_the_last_one(world):
    seed.give_up(world.data_dir, [1, 2, 3], "PlexRejected", "no")
    seed.fail(world.data_dir, [4, 5, 6], "NotInPlexError", "no")
    for name in ("dead", "retrying"):
        for arguments in ({}, {"search": "no"}, {"search": "no", "scene_ids": [1, 4]}):
            answer = world.operation("ui_jobs", list=name, page=9, per_page=2, **arguments)
            assert (answer["page"], answer["total"], len(answer["jobs"])) == (1, 3, 1), (name, arguments)
    empty = world.operation("ui_jobs", list="in_progress", page=9)
    assert (empty["page"], empty["total"]) == (0, 0)


def test_a_look_at_the_servers_is_not_called_sending(world):
    for kind in (INDEX, RECONCILE):
        put(str(world.data_dir / "queue"), control_job(kind, {}, now=time.time()))
    lock = WorkerLock(str(world.data_dir))
    assert lock.acquire()
    now = world.operation("ui_overview")
    assert (now["sentence"]["text"], now["to_go"]) == ("Looking at what Plex and Stash have. Nothing is sent.", 0)
    seed.wait(world.data_dir, [1])
    now = world.operation("ui_overview")
    assert (now["sentence"]["text"], now["to_go"]) == ("Sending to Plex: 1 to go.", 1)
    lock.release()


def test_worker_can_be_woken_while_it_lives_only_where_it_lacks_a_session(world):
    seed.wait(world.data_dir, [1])
    assert world.operation("ui_overview")["can_wake"]
    lock = WorkerLock(str(world.data_dir))
    assert lock.acquire()
    assert not world.operation("ui_overview")["can_wake"]
    seed.pause(world.data_dir, "plex", "away")
    assert not world.operation("ui_overview")["can_wake"]
    seed.pause(world.data_dir, "stash_login", "Stash asks for a login")
    now = world.operation("ui_overview")
    assert now["can_wake"]
    assert "Press Wake the worker" in now["sentence"]["advice"]
    lock.release()


@pytest.mark.parametrize(
    ("away", "settings", "reason"),
    [
        (True, {}, "Plex could not be asked"),
        (False, {"only_organized": True}, "Not looked for in Plex"),
        (False, {}, "Not found in Plex"),
    ],
)
def test_a_scene_without_an_item_says_whether_it_was_looked_for(world, away, settings, reason):
    world.fill("Sintel", in_plex=False)
    world.configure(**settings)
    world.operation("ui_mapping", rules="")
    world.until(lambda: world.operation("ui_mapping")["state"] == "ready", "the worker has read Plex's paths")
    if away:
        world.plex.refuse()
    answer = world.operation("ui_scene", scene_id=world.scenes["Sintel"])
    assert [item["title"] for item in answer["items"]] == [reason]


def test_stamp_of_a_scene_changes_with_what_the_disk_knows_of_it(world):
    stamps = [world.operation("ui_scene_news", scene_id=1)["stamp"]]
    for change in (
        lambda: seed.wait(world.data_dir, [2]),
        lambda: seed.fail(world.data_dir, [1], "NotInPlexError", "none"),
        lambda: seed.synced(world.data_dir, [1], CHANGES),
        lambda: seed.keep(world.data_dir, 1, "title"),
        lambda: seed.skip(world.data_dir, 1, "not_organized"),
        lambda: seed.undone(world.data_dir, 1),
    ):
        change()
        stamps.append(world.operation("ui_scene_news", scene_id=1)["stamp"])
    assert stamps[0] == stamps[1]
    assert len(set(stamps)) == len(stamps) - 1


@pytest.mark.parametrize("module", [shapes, scene_shapes, preview_shapes, set_up_shapes])
def test_page_reads_all_that_operations_answer(module):
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "ui").glob("*.js"))
    keys = {key for shape in vars(module).values() if is_typeddict(shape) for key in get_type_hints(shape)}
    assert {
        key for key in keys if not re.search(rf"\.{key}\b|[{{,] {key}(:|,| }})|{{ key: \"{key}\"", scripts)
    } == set()


def test_document_lists_every_operation_and_what_it_asks():
    listed = {row[0].strip("`"): row[3] for row in rows(DOCUMENT)}
    assert listed.keys() == OPERATIONS.keys()
    assert {mode for mode in listed if listed[mode] == "disk"} == ON_DISK | {"ui_keep", "ui_undo", "ui_emptying"}
    for mode, shape in ANSWERS.items():
        answer = next(row[2] for row in rows(DOCUMENT) if row[0].strip("`") == mode)
        assert answer.startswith(f"`{shape.__name__}`")


def test_every_reason_has_words_of_its_own():
    errors = {
        name
        for module in (plex_errors, stash_errors, worker_errors)
        for name, kind in vars(module).items()
        if isinstance(kind, type) and issubclass(kind, Exception) and kind.__module__ == module.__name__
        if not issubclass(kind, outcome.PAUSING_ERRORS) and name not in {"PlexError", "StashError"}
    }
    assert errors <= reasons.FAILURES.keys()
    assert skip_codes() <= reasons.SKIPS.keys()
    assert {kind for _, kind in outcome.PAUSES} == reasons.PAUSES.keys()


def test_worker_is_started_for_the_comparison_of_a_folder_that_an_older_version_left(world):
    world.data_dir.mkdir(parents=True, exist_ok=True)
    assert world.operation("ui_wake")["text"] == "Nothing waits."
    assert not is_worker_alive(str(world.data_dir))
    with Records(world.data_dir / "state.db") as records:
        records.facts.put(LAST_RECONCILE_AT, 1000.0)
    assert world.operation("ui_overview")["news_due"]
    assert world.operation("ui_wake")["text"] == "The worker is running."
    world.until(lambda: is_worker_alive(str(world.data_dir)), "the worker")


def test_scene_that_was_saved_again_and_again_is_one_that_will_be_retried(world):
    world.fill("Glass Half", in_plex=False)
    world.configure()
    for title in ("Glass", "Half", "Glass Half"):
        world.stash.save_scene(world.scenes["Glass Half"], title=title)

    def counts():
        return world.operation("ui_overview")["counts"]

    world.until(lambda: counts()["retrying"] and not (counts()["waiting"] or counts()["in_progress"]), "it was tried")
    assert counts()["retrying"] == 1
    assert world.operation("ui_jobs", list="retrying")["total"] == 1
