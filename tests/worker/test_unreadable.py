"""One library or one item that Plex fails at is left out and named; every other scene is synced, and nothing pauses."""

import logging

import pytest

from records import Choice
from tasks.status import lines
from tests.fakes.plex import Fault
from worker.control.jobs import INDEX, PIN, RESTORE, control_job, undo_job
from worker.facts import LEFT_OUT, progress_fact
from worker.outcome import NOT_IN_PLEX_S
from worker.sync.plex_link import SERVER

HUGE = b'filler="' + b"x" * (17 * 1024 * 1024) + b'"'


def _asks_for(*keys):
    return lambda request: any(str(key) in request.path.rpartition("/")[2].split(",") for key in keys)


@pytest.mark.parametrize("kind", ["status", "garbage", "padded"])
@pytest.mark.parametrize("skips", [True, False])
def test_item_that_plex_fails_at_waits_and_is_named_when_others_can_be_read(bench, kind, skips):
    bench.configure(skip_not_in_plex=skips)
    names = ["Sintel", "Spring", "Big Buck Bunny", "Caminandes"]
    keys = [bench.item(f"{name}.mkv") for name in names]
    scenes = [bench.scene(f"{name}.mkv", title=f"{name}!") for name in names]
    bench.plex.faults.add(Fault(kind, status=500, filler=HUGE, path="/library/metadata/", when=_asks_for(keys[2])))
    bench.sync(*scenes)
    assert [bench.shown(key).title == f"{name}!" for key, name in zip(keys, names, strict=True)] == [1, 1, 0, 1]
    assert bench.worker.pause is None
    skip = bench.records.skips.get_many(scenes)[scenes[2]]
    assert skip.reason == "UnreadableError"
    assert f"item {keys[2]} of Plex cannot be read" in skip.text
    bench.plex.faults.clear_faults()
    bench.later(NOT_IN_PLEX_S[0] * 1.1)
    assert bench.shown(keys[2]).title == "Big Buck Bunny!"
    assert bench.letters() == []


@pytest.mark.parametrize("kind", ["status", "garbage"])
def test_item_that_plex_fails_at_pauses_nothing_when_its_scene_is_saved_alone(bench, kind):
    """It once paused everything for up to a minute, at each of its tries."""
    keys = [bench.item(f"{name}.mkv") for name in ("Sintel", "Spring")]
    scene = bench.scene("Spring.mkv", title="Spring!")
    bench.plex.faults.add(Fault(kind, status=500, path="/library/metadata/", when=_asks_for(keys[1])))
    bench.sync(scene)
    assert bench.records.pauses.last(1) == []
    assert bench.records.skips.get_many([scene])[scene].reason == "UnreadableError"
    bench.plex.faults.clear_faults()
    bench.later(NOT_IN_PLEX_S[0] * 1.1)
    assert bench.shown(keys[1]).title == "Spring!"


@pytest.mark.parametrize("job", ["restore", "undo"])
def test_undo_says_of_an_item_that_plex_fails_at_that_it_cannot_be_read(bench, job):
    """Once it was "refused by Plex"."""
    keys = [bench.item(f"{name}.mkv") for name in ("Sintel", "Spring")]
    bench.sync(*(bench.scene(f"{name}.mkv", title=f"{name}!") for name in ("Sintel", "Spring")))
    bench.plex.faults.add(Fault("status", status=500, path="/library/metadata/", when=_asks_for(keys[1])))
    asked = control_job(RESTORE, {}, now=bench.now, job_key="restore")
    asked = undo_job(Choice(since=bench.now - 3600), now=bench.now) if job == "undo" else asked
    bench.put(asked)
    bench.drain()
    told = bench.records.facts.get(progress_fact(asked["job_key"]))
    assert (told["restored"], told["refused"], told["unread"]) == (1, 0, 1)
    assert "; unreadable in Plex and left as they are: 1. " in told["text"]


def test_rebuilt_index_is_not_said_to_hold_a_library_that_could_not_be_listed(bench):
    bench.configure(plex_library="")
    sick = bench.plex.state.add_section("Sick", locations=["/media/sick"]).key
    bench.item("Sintel.mkv")
    bench.plex.faults.add(Fault("status", status=500, path=f"/library/sections/{sick}/all"))
    bench.put(control_job(INDEX, {}, now=bench.now))
    bench.drain()
    text = bench.records.facts.get(progress_fact(INDEX))["text"]
    assert text.startswith('The index holds 1 item of Movies. Left out: the library "Sick" does not list its items')


def test_item_that_answers_too_much_is_left_out_when_it_is_alone(bench):
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!")
    bench.plex.faults.add(Fault("padded", filler=HUGE, path="/library/metadata/", when=_asks_for(key)))
    bench.sync(scene)
    assert bench.worker.pause is None
    assert bench.records.skips.get_many([scene])[scene].reason == "UnreadableError"


@pytest.mark.parametrize("skips", [True, False])
def test_library_that_plex_does_not_list_is_named_and_holds_up_no_other(bench, skips, caplog):
    caplog.set_level(logging.INFO)
    bench.configure(skip_not_in_plex=skips)
    sick = bench.plex.state.add_section("Sick", locations=["/media/sick"]).key
    keys = [bench.item("Sintel.mkv"), bench.item("sick/Spring.mkv", section=sick)]
    scenes = [bench.scene("Sintel.mkv", title="Sintel!"), bench.scene("sick/Spring.mkv", title="Spring!")]
    bench.plex.faults.add(Fault("status", status=500, path=f"/library/sections/{sick}/all"))
    bench.sync(*scenes)
    assert bench.worker.pause is None
    assert bench.shown(keys[0]).title == "Sintel!"
    skip = bench.records.skips.get_many(scenes)[scenes[1]]
    assert skip.reason == "UnreadableError"
    assert 'the library "Sick" does not list its items' in skip.text
    assert caplog.text.count('Left out: the library "Sick"') == 1
    (told,) = bench.records.facts.get(LEFT_OUT)
    assert told.startswith('the library "Sick" ')
    requests = bench.plex.journal.count()
    for _ in range(5):
        bench.later(2.0)
        bench.sync(scenes[1])
    assert bench.plex.journal.count() - requests < 40
    bench.plex.faults.clear_faults()
    bench.later(70.0)
    bench.sync(scenes[1])
    assert bench.shown(keys[1]).title == "Spring!"
    assert bench.records.facts.get(LEFT_OUT) == []
    assert 'The library "Sick" is read again' in caplog.text


def test_status_names_what_is_left_out():
    status = {
        "dead_letters": {},
        "newest_letters": [],
        "left_out": ['the library "Sick" does not list its items: no'],
        "refused": ["summary: Plex refuses it"],
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
        "held": None,
        "log": [],
    }
    told = lines(status, 0.0)
    assert "Never synced, though Plex has them: 9 scenes (the task Sync All Scenes to Plex syncs them)" in told
    assert 'Left out, the others go on: the library "Sick" does not list its items: no' in told
    assert "Not written, everything else is: summary: Plex refuses it" in told


def test_scene_that_is_too_much_for_one_answer_is_named_and_the_others_are_synced(bench):
    names = ["Sintel", "Spring", "Big Buck Bunny", "Caminandes"]
    keys = [bench.item(f"{name}.mkv") for name in names]
    scenes = [bench.scene(f"{name}.mkv", title=f"{name}!") for name in names]
    bench.stash.save_scene(scenes[1], details="x" * 17 * 1024 * 1024)
    bench.sync(*scenes)
    assert [bench.shown(key).title == f"{name}!" for key, name in zip(keys, names, strict=True)] == [1, 0, 1, 1]
    assert bench.worker.pause is None
    (letter,) = bench.letters()
    assert letter["error_message"].startswith(f"scene {scenes[1]} is too large to be read.")
    bench.stash.save_scene(scenes[1], details="short")
    bench.sync(scenes[1])
    assert bench.shown(keys[1]).title == "Spring!"


def test_cover_is_told_not_to_be_sent_when_the_list_of_posters_cannot_be_read(bench):
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!", cover=b"\x89PNG\r\n\x1a\n")
    bench.plex.faults.add(Fault("padded", filler=HUGE, path=f"/library/metadata/{key}/posters"))
    bench.sync(scene)
    assert bench.worker.pause is None
    assert bench.shown(key).title == "Sintel!"
    assert "Plex cannot list the posters" in str(bench.records.history.last(1)[0].changes)


LONG = "-eyJ" * 50_000


def test_names_are_cut_where_they_come_in(bench):
    """A server's name of 200 KB once held a save for 24 s: it was masked anew in every message."""
    bench.plex.options.friendly_name = bench.plex.options.version = LONG
    bench.plex.state.add_section(LONG, locations=["/media/other"])
    key, scene = bench.item("Sintel.mkv", title=LONG), bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    assert bench.shown(key).title == "Sintel!"
    assert all(len(value) <= 200 for value in bench.records.facts.get(SERVER).values())
    bench.configure(plex_library="Nowhere")
    bench.sync(scene)
    assert bench.worker.pause is not None
    assert len(bench.records.pauses.current().reason) < 2_100


def test_scene_that_is_too_much_for_one_answer_pauses_nothing_where_its_item_is_given_back(bench):
    keys = [bench.item(f"{name}.mkv", title=name) for name in ("Sintel", "Spring")]
    scenes = [bench.scene(f"{name}.mkv", title=f"{name}!") for name in ("Sintel", "Spring")]
    bench.sync(*scenes)
    bench.now += 60
    bench.stash.save_scene(scenes[1], details="x" * 17 * 1024 * 1024)
    at = bench.records.changes.last_of_scene(scenes[1])[0].at
    keep = control_job(PIN, {"scene_id": scenes[1], "field": "title", "keep": True}, now=bench.now)
    bench.put(keep, undo_job(Choice(scene_id=scenes[1], since=at), now=bench.now))
    bench.put(control_job(RESTORE, {"scene_id": scenes[1]}, now=bench.now, job_key="restore_one"))
    bench.drain()
    assert bench.worker.pause is None
    letters = {letter["job_key"]: letter["error_message"] for letter in bench.letters()}
    assert letters["keep"].partition(" is ")[2][:9] == "too large"
    assert [bench.shown(key).title for key in keys] == ["Sintel!", "Spring!"]
    bench.put(undo_job(Choice(since=at), now=bench.now))
    bench.drain()
    assert bench.worker.pause is None
    assert [bench.shown(key).title for key in keys] == ["Sintel", "Spring"]
