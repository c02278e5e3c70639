"""Undo of the last changes: what a scene's last sync, a run, or everything since a moment overwrote in Plex is put back, and stays."""

from dataclasses import replace
from typing import Any

import pytest

from records import Choice
from sync_queue.models import run_name, task_job
from tests.fakes.plex import Fault
from worker.control.jobs import PIN, RESTORE, control_job, undo_job
from worker.control.news import NEWS_S
from worker.facts import LAST_UNDO, progress_fact
from worker.sync.recording import run_of

LONG = "The lonely life of a tower keeper. " * 40
OWN = ("A woman tells of her dragon.", "Short", "Jo Example", "Plex's own")
_PNG = b"\x89PNG\r\n\x1a\n"


def undo(bench: Any, *, asked_at: float | None = None, **choice: Any) -> dict[str, Any]:
    """Ask for an undo, and have it done; what is told of it."""
    job = undo_job(Choice(**choice), now=bench.now if asked_at is None else asked_at)
    bench.put(job)
    bench.drain()
    assert bench.records.facts.get(LAST_UNDO) == job["job_key"]
    told: dict[str, Any] = bench.records.facts.get(progress_fact(job["job_key"]))
    assert told["state"] == "done"
    bench.now += 1
    return told


def last(bench: Any, scene: int) -> dict[str, Any]:
    """The choice of a scene's last change, as the tab makes it."""
    return {"scene_id": scene, "since": bench.records.changes.last_of_scene(scene)[0].at}


def run(bench: Any, task: str, *scenes: int) -> str:
    """A task that queues these scenes, done."""
    name = run_name(task, bench.now)
    bench.put(*(task_job(scene, name, now=bench.now) for scene in scenes))
    bench.drain()
    return name


def film(bench: Any, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """A film of which Plex knows a lot, and Stash otherwise: rating key and scene."""
    key = bench.item(
        f"{name}.mkv",
        summary=OWN[0],
        tags={"genre": [OWN[1]], "actor": [OWN[2]]},
        poster=_PNG + b"agent" + name.encode(),
    )
    return key, bench.scene(f"{name}.mkv", **{"title": f"{name}!", "details": LONG, "tags": ["Dragons"], **fields})


def look(bench: Any, key: int) -> tuple[Any, ...]:
    shown = bench.shown(key)
    return (
        dict(shown.values),
        {kind: set(tags) for kind, tags in shown.tags.items() if tags},
        shown.locked,
        shown.poster_sha1,
    )


def save(bench: Any, scene: int, after_s: float = 60.0, **fields: Any) -> None:
    bench.now += after_s
    bench.stash.save_scene(scene, **fields)
    bench.sync(scene, fields=tuple(fields))


def test_last_change_of_a_scene_is_put_back_and_the_one_before_it_with_the_next_undo(bench):
    key, scene = film(bench, cover=_PNG + b"Stash's")
    first = look(bench, key)
    bench.sync(scene)
    second = look(bench, key)
    assert second != first
    save(bench, scene, title="Sintel, once more", details="")
    assert bench.shown(key).summary == ""
    bench.now += 60
    assert undo(bench, **last(bench, scene))["restored"] == 1
    assert look(bench, key) == second
    assert undo(bench, **last(bench, scene))["restored"] == 1
    assert look(bench, key) == first, "values, tags, locks and the poster"
    assert bench.records.changes.last_of_scene(scene) == []


@pytest.mark.parametrize("apart_s", [0.02, 0.5])
def test_two_runs_of_one_second_are_undone_one_by_one(bench, apart_s):
    key, scene = film(bench)
    shown = [look(bench, key)]
    names = []
    for title in ("Once", "Twice"):
        bench.stash.save_scene(scene, title=title)
        names.append(run(bench, "all", scene))
        shown.append(look(bench, key))
        bench.now += apart_s
    assert [known.run for known in bench.records.changes.runs()] == names[::-1]
    for name, before in zip(names[::-1], shown[1::-1], strict=True):
        assert undo(bench, run=name)["restored"] == 1
        assert look(bench, key) == before


def test_run_is_put_back_and_other_runs_stay(bench):
    bench.configure(skip_fields="poster")
    (one, scene_one), (two, scene_two), (three, scene_three) = (
        film(bench, name) for name in ("Sintel", "Spring", "Hero")
    )
    bench.sync(scene_three)
    synced = look(bench, three)
    before = [look(bench, key) for key in (one, two)]
    bench.now += 60
    name = run(bench, "all", scene_one, scene_two, scene_three)
    assert [look(bench, key) for key in (one, two)] != before
    found = {one.run: (one.items, one.undone) for one in bench.records.changes.runs()}
    assert found[name] == (2, 0)
    told = undo(bench, run=name)
    assert (told["restored"], told["total"], told["notes"]) == (2, 2, [])
    assert "2 of 2 items show again what they showed before" in told["text"]
    assert [look(bench, key) for key in (one, two)] == before
    assert look(bench, three) == synced
    assert {one.run: one.undone for one in bench.records.changes.runs()}[name] == 2


def test_saves_of_one_hour_are_one_run(bench):
    bench.configure(skip_fields="poster")
    bench.now = bench.now // 3600 * 3600 + 10
    (one, scene_one), (two, scene_two) = film(bench), film(bench, "Spring")
    before = look(bench, one), look(bench, two)
    bench.sync(scene_one)
    save(bench, scene_two, 3000, title="Spring?")
    written = look(bench, two)
    save(bench, scene_two, 1000, title="Spring!?")
    hours = [one.run for one in bench.records.changes.runs()]
    assert hours == [f"saves {bench.now // 3600 * 3600:.0f}", f"saves {bench.now // 3600 * 3600 - 3600:.0f}"]
    undo(bench, run=hours[0])
    assert look(bench, two) == written
    undo(bench, run=hours[1])
    assert (look(bench, one), look(bench, two)) == before


def test_everything_since_a_moment_is_put_back_to_what_was_shown_then(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    bench.sync(scene)
    shown_then = look(bench, key)
    bench.now += 60
    moment = bench.now
    save(bench, scene, 1, title="Two")
    save(bench, scene, 4000, title="Three", tags=["Ice"], rating100=20)
    other, other_scene = film(bench, "Hero")
    never = look(bench, other)
    run(bench, "recent", other_scene)
    bench.now += 5
    told = undo(bench, since=moment)
    assert (told["restored"], told["notes"]) == (2, [])
    assert look(bench, key) == shown_then
    assert look(bench, other) == never


def test_what_an_undo_gave_back_is_pinned_until_the_scene_is_saved(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    before = look(bench, key)
    name = run(bench, "all", scene)
    bench.now += 60
    undo(bench, run=name)
    bench.now += 60
    run(bench, "all", scene)
    assert look(bench, key) == before, "Sync All leaves it alone"
    save(bench, scene, title="Saved since", details=LONG)
    shown = bench.shown(key)
    assert (shown.title, shown.summary) == ("Saved since", LONG.strip())
    assert set(shown.tags["genre"]) == {OWN[1], "Dragons"}


@pytest.mark.parametrize("version", ["1.1.0", "this"])
def test_pins_outlast_what_moves_the_time_of_a_scene_and_is_no_save(bench, version):
    key, scene = film(bench, cover=_PNG + b"Stash's")
    before = look(bench, key)
    name = run(bench, "all", scene)
    bench.later(NEWS_S)
    if version == "1.1.0":  # which kept no marks
        bench.records.written.record_many([replace(bench.records.written.get(scene)[key], scene_mark="")])
    undo(bench, run=name)
    for number in range(2):
        bench.now += 3600
        bench.stash.generate_cover(scene, _PNG + bytes([number]))
        bench.later(NEWS_S)
    run(bench, "all", scene)
    bench.records.tidy(bench.now)
    assert look(bench, key) == before
    save(bench, scene, title="Sintel!")
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Sintel!", LONG.strip()), "nothing new, but a save"


def test_pin_ends_when_it_is_released_by_hand_and_with_it_that_of_the_poster(bench):
    key, scene = film(bench, cover=_PNG + b"Stash's")
    bench.sync(scene)
    ours = bench.shown(key).poster_sha1
    bench.now += 60
    undo(bench, **last(bench, scene))
    run(bench, "all", scene)
    assert bench.shown(key).poster_sha1 != ours
    for field in ("title", "poster"):
        data = {"scene_id": scene, "field": field, "keep": False}
        bench.put(control_job(PIN, data, now=bench.now, job_key=f"keep_{scene}_{field}"))
    bench.drain()
    bench.drain()
    shown = bench.shown(key)
    assert (shown.title, shown.summary, shown.poster_sha1) == ("Sintel!", OWN[0], ours)


def test_field_that_is_kept_by_hand_stays_kept_when_the_scene_is_saved_after_an_undo(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    bench.sync(scene)
    bench.records.pins.pin(scene, ["title"], at=bench.now)
    bench.now += 60
    undo(bench, **last(bench, scene))
    save(bench, scene, title="Saved since", details="Saved too")
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Sintel", "Saved too")


def test_what_somebody_changed_in_plex_since_is_skipped_and_listed(bench):
    key, scene = film(bench, cover=_PNG + b"Stash's")
    other, other_scene = film(bench, "Hero")
    name = run(bench, "all", scene, other_scene)
    bench.plex.state.items[key].values["title"] = "My own title"
    taggings = bench.plex.state.tags.taggings("genre", ["Dragons", "Mine"])
    bench.plex.state.items[key].tags = {**bench.plex.state.items[key].tags, "genre": taggings}
    theirs = _choose(bench, key, _PNG + b"theirs")
    bench.plex.state.items[other].values["summary"] = "Mine too"
    bench.now += 60
    told = undo(bench, run=name)
    assert f'item {key} "My own title": title stays: changed in Plex since the last sync' in told["notes"]
    assert f'item {key} "My own title": poster stays: another one was chosen in Plex since' in told["notes"]
    assert any(f"item {other}" in note and "summary stays" in note for note in told["notes"])
    shown = bench.shown(key)
    assert (shown.title, shown.summary, set(shown.tags["genre"])) == ("My own title", OWN[0], {"Mine"})
    assert f'item {key} "My own title": genre ({OWN[1]}) stays: removed in Plex since the last sync' in told["notes"]
    assert shown.poster_sha1 == theirs
    assert "fields left as they are" in told["text"]


def _choose(bench: Any, key: int, data: bytes) -> str:
    bench.parts.plex.client().artwork.set("poster", key, data)
    return str(bench.shown(key).poster_sha1)


def test_field_that_a_later_sync_wrote_again_stays_until_that_one_is_put_back(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    before = look(bench, key)
    name = run(bench, "all", scene)
    save(bench, scene, 4000, title="Saved")
    bench.now += 60
    told = undo(bench, run=name)
    assert told["notes"] == [f'item {key} "Saved": title stays: a later sync wrote it again; put that one back first']
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Saved", OWN[0])
    undo(bench, **last(bench, scene))
    assert bench.shown(key).title == "Sintel!"
    assert undo(bench, run=name)["notes"] == []
    assert look(bench, key) == before


def test_record_is_that_of_before_so_that_the_next_save_merges_as_if_nothing_had_been(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench, tags=["Dragons"])
    bench.sync(scene)
    base = bench.records.written.get(scene)[key].values
    save(bench, scene, tags=["Ice"])
    bench.now += 60
    undo(bench, **last(bench, scene))
    assert bench.records.written.get(scene)[key].values == base
    assert set(bench.shown(key).tags["genre"]) == {"Short", "Dragons"}
    save(bench, scene, tags=["Snow"])
    assert set(bench.shown(key).tags["genre"]) == {"Short", "Snow"}, "ours goes, Plex's own stays"


def test_item_that_holds_none_of_the_files_of_before_is_left_alone(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    bench.sync(scene)
    bench.plex.state.remove_item(key)
    bench.plex.state.add_item(bench.section, "/media/Spring.mkv", rating_key=key, title="Sintel!", summary=LONG)
    bench.now += 60
    told = undo(bench, **last(bench, scene))
    assert (told["restored"], told["other"]) == (0, 1)
    assert bench.shown(key).title == "Sintel!"
    assert len(bench.records.changes.last_of_scene(scene)) == 1, "kept, should the item come back"


def test_item_that_plex_does_not_have_now_can_be_put_back_once_it_has(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    before = look(bench, key)
    bench.sync(scene)
    item = bench.plex.state.items.pop(key)
    bench.now += 60
    assert undo(bench, **last(bench, scene))["gone"] == 1
    bench.plex.state.items[key] = item
    assert undo(bench, **last(bench, scene))["restored"] == 1
    assert look(bench, key) == before


def test_item_whose_file_was_moved_is_known_again_once_its_scene_was_synced(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    bench.sync(scene)
    bench.plex.state.items[key].media = (("/media/new/Sintel.mkv",),)
    bench.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    bench.plex.state.items[key].updated_at = int(bench.now) + 5
    bench.now += 10
    bench.sync(scene)
    bench.now += 10
    assert undo(bench, **last(bench, scene))["restored"] == 1
    assert bench.shown(key).summary == OWN[0]


def test_save_that_waits_is_written_but_for_what_is_pinned_and_jobs_of_the_run_are_dropped(bench):
    bench.configure(skip_fields="poster")
    (bench.data_dir / "config.yaml").write_text("batch_size: 1\n", encoding="utf-8")
    bench.configure(skip_fields="poster")
    key, scene = film(bench, title="Sintel", tags=["Dragons"], details="")
    name = run(bench, "all", scene)
    bench.now += 60
    bench.stash.save_scene(scene, tags=["Ice"], details="Saved")
    waiting, other_scene = film(bench, "Hero")
    bench.stash.library.scene(other_scene).updated_at -= 3600  # no news
    untouched = look(bench, waiting)
    bench.put(undo_job(Choice(run=name), now=bench.now))
    bench.put(task_job(other_scene, name, now=bench.now - 1))
    bench.queue(scene, fields=("tag_ids", "details"))
    bench.drain()
    shown = bench.shown(key)
    assert (shown.summary, shown.tags["genre"]) == ("Saved", (OWN[1],))
    assert look(bench, waiting) == untouched


def test_save_after_an_undo_was_asked_for_is_written_when_the_undo_comes_late(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    name = run(bench, "all", scene)
    bench.now += 60
    asked_at = bench.now
    save(bench, scene, 5, title="Saved since")
    told = undo(bench, run=name, asked_at=asked_at)
    bench.drain()
    assert told["restored"] == 1
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Saved since", LONG.strip())
    assert bench.records.pins.get_many([scene]) == {}


def test_undo_that_is_stopped_between_two_items_goes_on_and_counts_each_once(bench):
    bench.configure(skip_fields="poster")
    films = [film(bench, name) for name in ("Sintel", "Spring", "Hero")]
    before = [look(bench, key) for key, _ in films]
    name = run(bench, "all", *(scene for _, scene in films))
    bench.now += 60
    bench.plex.faults.add(Fault("status", status=503, request_kind="edit", skip=1, times=1))
    bench.put(undo_job(Choice(run=name), now=bench.now))
    bench.drain()
    bench.later(120)
    told = bench.records.facts.get(progress_fact(undo_job(Choice(run=name), now=0)["job_key"]))
    assert (told["state"], told["restored"], told["total"]) == ("done", 3, 3)
    assert [look(bench, key) for key, _ in films] == before


def test_edit_that_plex_refused_changes_nothing_and_its_change_gives_way_to_the_next(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    before = look(bench, key)
    bench.plex.faults.add(Fault("status", status=400, request_kind="edit"))
    for _ in range(5):
        bench.now += 10
        bench.sync(scene)
    assert len(bench.records.changes.of_items([key])) == 1
    bench.plex.faults.clear_faults()
    bench.now += 10
    bench.sync(scene)
    assert len(bench.records.changes.of_items([key])) == 1
    bench.now += 10
    assert undo(bench, **last(bench, scene))["restored"] == 1
    assert look(bench, key) == before


def test_gone_scene_is_put_back_too(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    before = look(bench, key)
    name = run(bench, "all", scene)
    bench.stash.destroy_scene(scene)
    bench.sync(scene)
    bench.now += 60
    assert undo(bench, run=name)["restored"] == 1
    assert look(bench, key) == before


def test_dry_run_puts_nothing_back(bench):
    bench.configure(skip_fields="poster")
    key, scene = film(bench)
    name = run(bench, "all", scene)
    shown = look(bench, key)
    bench.configure(skip_fields="poster", dry_run=True)
    job = undo_job(Choice(run=name), now=bench.now)
    bench.put(job)
    bench.drain()
    assert bench.records.facts.get(progress_fact(job["job_key"]))["state"] == "failed"
    assert look(bench, key) == shown


@pytest.mark.parametrize("data", [{}, {"run": 5}, {"since": "yesterday"}, {"scene_id": 1}])
def test_undo_of_nothing_is_a_dead_letter(bench, data):
    bench.put(control_job("undo", data, now=bench.now))
    bench.drain()
    assert [letter["error_type"] for letter in bench.letters()] == ["PermanentError"]


def test_after_a_whole_restore_there_is_no_last_change(bench):
    key, scene = film(bench)
    before = look(bench, key)
    bench.sync(scene)
    bench.put(control_job("restore", {}, now=bench.now))
    bench.drain()
    assert look(bench, key) == before
    assert bench.records.changes.runs() == []


def test_save_among_jobs_of_a_task_makes_the_sync_a_save(bench):
    bench.configure(skip_fields="poster")
    _, scene = film(bench)
    bench.put(task_job(scene, run_name("all", bench.now), now=bench.now))
    bench.queue(scene, fields=("title",))
    bench.put(task_job(scene, run_name("recent", bench.now), now=bench.now + 1))
    bench.drain()
    job = {"data": {}, "enqueued_at": bench.now}
    assert [one.run for one in bench.records.changes.runs()] == [run_of(job)]


def test_restore_knows_what_a_lost_scene_wrote_although_a_change_of_its_successor_was_undone(bench):
    key, scene = film(bench)
    was = look(bench, key)
    bench.sync(scene)
    bench.now += 60
    bench.stash.new_database()
    bench.stash.scan()
    (scene,) = bench.stash.library.scenes
    bench.sync(scene)
    save(bench, scene, title="Anew", details="Written anew")
    undo(bench, **last(bench, scene))
    assert bench.shown(key).values["title"] == "Sintel!"
    bench.put(control_job(RESTORE, {}, now=bench.now))
    bench.drain()
    assert look(bench, key) == was
