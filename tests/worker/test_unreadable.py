"""One library or one item that Plex fails at is left out and named; every other scene is synced, and nothing pauses."""

import logging

import pytest

from records import Choice
from tasks.status import lines
from tests.fakes.plex import Fault
from worker.control.jobs import control_job, undo_job
from worker.control.kinds import INDEX, RESTORE
from worker.facts import LEFT_OUT, progress_fact
from worker.outcome import NOT_IN_PLEX_S
from worker.sync.plex_link import SERVER
from worker.sync.taking import PIN

HUGE = b'filler="' + b"x" * (17 * 1024 * 1024) + b'"'


def _asks_for(*keys):
    return lambda request: any(str(key) in request.path.rpartition("/")[2].split(",") for key in keys)


@pytest.mark.parametrize("kind", ["status", "garbage", "padded"])
@pytest.mark.parametrize("skips", [True, False])
def test_item_that_plex_fails_at_waits_and_is_named_when_others_can_be_read(stepper, kind, skips):
    stepper.configure(skip_not_in_plex=skips)
    names = ["Sintel", "Spring", "Big Buck Bunny", "Caminandes"]
    keys = [stepper.item(f"{name}.mkv") for name in names]
    scenes = [stepper.scene(f"{name}.mkv", title=f"{name}!") for name in names]
    stepper.plex.faults.add(Fault(kind, status=500, filler=HUGE, path="/library/metadata/", when=_asks_for(keys[2])))
    stepper.sync(*scenes)
    assert [stepper.shown(key).title == f"{name}!" for key, name in zip(keys, names, strict=True)] == [1, 1, 0, 1]
    assert stepper.worker.pause is None
    skip = stepper.records.skips.get_many(scenes)[scenes[2]]
    assert skip.reason == "UnreadableError"
    assert f"item {keys[2]} of Plex cannot be read" in skip.text
    stepper.plex.faults.clear_faults()
    stepper.later(NOT_IN_PLEX_S[0] * 1.1)
    assert stepper.shown(keys[2]).title == "Big Buck Bunny!"
    assert stepper.dead_letters() == []


@pytest.mark.parametrize("kind", ["status", "garbage"])
def test_item_that_plex_fails_at_pauses_nothing_when_its_scene_is_saved_alone(stepper, kind):
    """It once paused everything for up to a minute, at each of its tries."""
    keys = [stepper.item(f"{name}.mkv") for name in ("Sintel", "Spring")]
    scene = stepper.scene("Spring.mkv", title="Spring!")
    stepper.plex.faults.add(Fault(kind, status=500, path="/library/metadata/", when=_asks_for(keys[1])))
    stepper.sync(scene)
    assert stepper.records.pauses.last(1) == []
    assert stepper.records.skips.get_many([scene])[scene].reason == "UnreadableError"
    stepper.plex.faults.clear_faults()
    stepper.later(NOT_IN_PLEX_S[0] * 1.1)
    assert stepper.shown(keys[1]).title == "Spring!"


@pytest.mark.parametrize("job", ["restore", "undo"])
def test_undo_says_of_an_item_that_plex_fails_at_that_it_cannot_be_read(stepper, job):
    """It was once counted as "refused by Plex"."""
    keys = [stepper.item(f"{name}.mkv") for name in ("Sintel", "Spring")]
    stepper.sync(*(stepper.scene(f"{name}.mkv", title=f"{name}!") for name in ("Sintel", "Spring")))
    stepper.plex.faults.add(Fault("status", status=500, path="/library/metadata/", when=_asks_for(keys[1])))
    asked = control_job(RESTORE, {}, now=stepper.now, job_key="restore")
    asked = undo_job(Choice(since=stepper.now - 3600), now=stepper.now) if job == "undo" else asked
    stepper.put(asked)
    stepper.drain()
    progress = stepper.records.facts.get(progress_fact(asked["job_key"]))
    assert (progress["restored"], progress["refused"], progress["unread"]) == (1, 0, 1)
    assert "; unreadable in Plex and left as they are: 1. " in progress["text"]


def test_rebuilt_index_is_not_said_to_hold_a_library_that_could_not_be_listed(stepper):
    stepper.configure(plex_library="")
    sick = stepper.plex.state.add_section("Sick", locations=["/media/sick"]).key
    stepper.item("Sintel.mkv")
    stepper.plex.faults.add(Fault("status", status=500, path=f"/library/sections/{sick}/all"))
    stepper.put(control_job(INDEX, {}, now=stepper.now))
    stepper.drain()
    text = stepper.records.facts.get(progress_fact(INDEX))["text"]
    assert text.startswith('The index holds 1 item of Movies. Left out: the library "Sick" does not list its items')


def test_item_that_answers_too_much_is_left_out_when_it_is_alone(stepper):
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.plex.faults.add(Fault("padded", filler=HUGE, path="/library/metadata/", when=_asks_for(key)))
    stepper.sync(scene)
    assert stepper.worker.pause is None
    assert stepper.records.skips.get_many([scene])[scene].reason == "UnreadableError"


@pytest.mark.parametrize("skips", [True, False])
def test_library_that_plex_does_not_list_is_named_and_holds_up_no_other(stepper, skips, caplog):
    caplog.set_level(logging.INFO)
    stepper.configure(skip_not_in_plex=skips)
    sick = stepper.plex.state.add_section("Sick", locations=["/media/sick"]).key
    keys = [stepper.item("Sintel.mkv"), stepper.item("sick/Spring.mkv", section=sick)]
    scenes = [stepper.scene("Sintel.mkv", title="Sintel!"), stepper.scene("sick/Spring.mkv", title="Spring!")]
    stepper.plex.faults.add(Fault("status", status=500, path=f"/library/sections/{sick}/all"))
    stepper.sync(*scenes)
    assert stepper.worker.pause is None
    assert stepper.shown(keys[0]).title == "Sintel!"
    skip = stepper.records.skips.get_many(scenes)[scenes[1]]
    assert skip.reason == "UnreadableError"
    assert 'the library "Sick" does not list its items' in skip.text
    assert caplog.text.count('Left out: the library "Sick"') == 1
    (left_out,) = stepper.records.facts.get(LEFT_OUT)
    assert left_out.startswith('the library "Sick" ')
    requests = stepper.plex.journal.count()
    for _ in range(5):
        stepper.later(2.0)
        stepper.sync(scenes[1])
    assert stepper.plex.journal.count() - requests < 40
    stepper.plex.faults.clear_faults()
    stepper.later(70.0)
    stepper.sync(scenes[1])
    assert stepper.shown(keys[1]).title == "Spring!"
    assert stepper.records.facts.get(LEFT_OUT) == []
    assert 'The library "Sick" is read again' in caplog.text


def test_status_names_what_is_left_out():
    status = {
        "dead_letters": {},
        "newest_letters": [],
        "left_out": ['the library "Sick" does not list its items: no'],
        "refused": ["summary: Plex refuses it"],
        "undressed": [],
        "left_out_beside": {},
        "setup": "",
        **dict.fromkeys(("pending", "in_progress", "completed", "failed", "waiting"), 0),
        "next_due_at": None,
        "worker": {"alive": False},
        "stderr": [],
        "paused": None,
        "last_sync_at": None,
        "skips": {},
        "pauses": [],
        "unsynced": 9,
        "photos_closed": "",
        "moving_in": "",
        "left_behind": [],
        "held": None,
        "log": [],
    }
    printed = lines(status, 0.0)
    assert "Never synced, though Plex has them: 9 scenes (the task Sync All Scenes to Plex syncs them)" in printed
    assert 'Left out, the others go on: the library "Sick" does not list its items: no' in printed
    assert "Not written, everything else is: summary: Plex refuses it" in printed


def test_scene_that_is_too_much_for_one_answer_is_named_and_the_others_are_synced(stepper):
    names = ["Sintel", "Spring", "Big Buck Bunny", "Caminandes"]
    keys = [stepper.item(f"{name}.mkv") for name in names]
    scenes = [stepper.scene(f"{name}.mkv", title=f"{name}!") for name in names]
    stepper.stash.save_scene(scenes[1], details="x" * 17 * 1024 * 1024)
    stepper.sync(*scenes)
    assert [stepper.shown(key).title == f"{name}!" for key, name in zip(keys, names, strict=True)] == [1, 0, 1, 1]
    assert stepper.worker.pause is None
    (letter,) = stepper.dead_letters()
    assert letter["error_message"].startswith(f"scene {scenes[1]} is too large to be read.")
    stepper.stash.save_scene(scenes[1], details="short")
    stepper.sync(scenes[1])
    assert stepper.shown(keys[1]).title == "Spring!"


def test_cover_is_told_not_to_be_sent_when_the_list_of_posters_cannot_be_read(stepper):
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!", cover=b"\x89PNG\r\n\x1a\n")
    stepper.plex.faults.add(Fault("padded", filler=HUGE, path=f"/library/metadata/{key}/posters"))
    stepper.sync(scene)
    assert stepper.worker.pause is None
    assert stepper.shown(key).title == "Sintel!"
    assert "Plex cannot list the posters" in str(stepper.records.history.last(1)[0].changes)


LONG = "-eyJ" * 50_000


def test_names_are_cut_where_they_come_in(stepper):
    """A server's name of 200 KB once held a save for 24 s: it was masked anew in every message."""
    stepper.plex.options.friendly_name = stepper.plex.options.version = LONG
    stepper.plex.state.add_section(LONG, locations=["/media/other"])
    key, scene = stepper.item("Sintel.mkv", title=LONG), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    assert stepper.shown(key).title == "Sintel!"
    assert all(len(value) <= 200 for value in stepper.records.facts.get(SERVER).values())
    stepper.configure(plex_library="Nowhere")
    stepper.sync(scene)
    assert stepper.worker.pause is not None
    assert len(stepper.records.pauses.current().reason) < 2_100


def test_scene_that_is_too_much_for_one_answer_pauses_nothing_where_its_item_is_given_back(stepper):
    keys = [stepper.item(f"{name}.mkv", title=name) for name in ("Sintel", "Spring")]
    scenes = [stepper.scene(f"{name}.mkv", title=f"{name}!") for name in ("Sintel", "Spring")]
    stepper.sync(*scenes)
    stepper.now += 60
    stepper.stash.save_scene(scenes[1], details="x" * 17 * 1024 * 1024)
    at = stepper.records.changes.last_of_scene(scenes[1])[0].at
    keep = control_job(PIN, {"scene_id": scenes[1], "field": "title", "keep": True}, now=stepper.now)
    stepper.put(keep, undo_job(Choice(scene_id=scenes[1], since=at), now=stepper.now))
    stepper.put(control_job(RESTORE, {"scene_id": scenes[1]}, now=stepper.now, job_key="restore_one"))
    stepper.drain()
    assert stepper.worker.pause is None
    letters = {letter["job_key"]: letter["error_message"] for letter in stepper.dead_letters()}
    assert letters["keep"].partition(" is ")[2][:9] == "too large"
    assert [stepper.shown(key).title for key in keys] == ["Sintel!", "Spring!"]
    stepper.put(undo_job(Choice(since=at), now=stepper.now))
    stepper.drain()
    assert stepper.worker.pause is None
    assert [stepper.shown(key).title for key in keys] == ["Sintel", "Spring"]
