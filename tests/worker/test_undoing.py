"""Undo of the last changes: what a scene's last sync, a run, or a span of time overwrote is put back, and stays."""

from dataclasses import replace
from typing import Any

import pytest

from records import Choice
from sync_queue.models import run_name, task_job
from tests.fakes.plex import Fault
from worker.control.jobs import control_job, undo_job
from worker.control.kinds import RESTORE
from worker.control.news import NEWS_S
from worker.facts import LAST_UNDO, progress_fact
from worker.sync.recording import run_of
from worker.sync.taking import PIN

LONG = "The lonely life of a tower keeper. " * 40
OWN = ("A woman tells of her dragon.", "Short", "Jo Example", "Plex's own")
_PNG = b"\x89PNG\r\n\x1a\n"


def undo(stepper: Any, *, asked_at: float | None = None, **choice: Any) -> dict[str, Any]:
    """Ask for an undo, and have it done; return its progress."""
    job = undo_job(Choice(**choice), now=stepper.now if asked_at is None else asked_at)
    stepper.put(job)
    stepper.drain()
    assert stepper.records.facts.get(LAST_UNDO) == job["job_key"]
    progress: dict[str, Any] = stepper.records.facts.get(progress_fact(job["job_key"]))
    assert progress["state"] == "done"
    stepper.now += 1
    return progress


def last(stepper: Any, scene: int) -> dict[str, Any]:
    """The choice of a scene's last change, as the tab makes it."""
    return {"scene_id": scene, "since": stepper.records.changes.last_of_scene(scene)[0].at}


def run(stepper: Any, task: str, *scenes: int) -> str:
    """A task that queues these scenes, done."""
    name = run_name(task, stepper.now)
    stepper.put(*(task_job(scene, name, now=stepper.now) for scene in scenes))
    stepper.drain()
    return name


def film(stepper: Any, name: str = "Sintel", **fields: Any) -> tuple[int, int]:
    """A film of which Plex knows a lot, and Stash otherwise: rating key and scene."""
    key = stepper.item(
        f"{name}.mkv",
        summary=OWN[0],
        tags={"genre": [OWN[1]], "actor": [OWN[2]]},
        poster=_PNG + b"agent" + name.encode(),
    )
    return key, stepper.scene(f"{name}.mkv", **{"title": f"{name}!", "details": LONG, "tags": ["Dragons"], **fields})


def look(stepper: Any, key: int) -> tuple[Any, ...]:
    shown = stepper.shown(key)
    return (
        dict(shown.values),
        {kind: set(tags) for kind, tags in shown.tags.items() if tags},
        shown.locked,
        shown.poster_sha1,
    )


def save(stepper: Any, scene: int, after_s: float = 60.0, **fields: Any) -> None:
    stepper.now += after_s
    stepper.stash.save_scene(scene, **fields)
    stepper.sync(scene, fields=tuple(fields))


def test_last_change_of_a_scene_is_put_back_and_the_one_before_it_with_the_next_undo(stepper):
    key, scene = film(stepper, cover=_PNG + b"Stash's")
    first = look(stepper, key)
    stepper.sync(scene)
    second = look(stepper, key)
    assert second != first
    save(stepper, scene, title="Sintel, once more", details="")
    assert stepper.shown(key).summary == ""
    stepper.now += 60
    assert undo(stepper, **last(stepper, scene))["restored"] == 1
    assert look(stepper, key) == second
    assert undo(stepper, **last(stepper, scene))["restored"] == 1
    assert look(stepper, key) == first, "values, tags, locks and the poster"
    assert stepper.records.changes.last_of_scene(scene) == []


@pytest.mark.parametrize("apart_s", [0.02, 0.5])
def test_two_runs_of_one_second_are_undone_one_by_one(stepper, apart_s):
    key, scene = film(stepper)
    shown = [look(stepper, key)]
    names = []
    for title in ("Once", "Twice"):
        stepper.stash.save_scene(scene, title=title)
        names.append(run(stepper, "all", scene))
        shown.append(look(stepper, key))
        stepper.now += apart_s
    assert [known.run for known in stepper.records.changes.runs()] == names[::-1]
    for name, before in zip(names[::-1], shown[1::-1], strict=True):
        assert undo(stepper, run=name)["restored"] == 1
        assert look(stepper, key) == before


def test_run_is_put_back_and_other_runs_stay(stepper):
    stepper.configure(skip_fields="poster")
    (sintel, sintel_scene), (spring, spring_scene), (hero, hero_scene) = (
        film(stepper, name) for name in ("Sintel", "Spring", "Hero")
    )
    stepper.sync(hero_scene)
    synced = look(stepper, hero)
    before = [look(stepper, key) for key in (sintel, spring)]
    stepper.now += 60
    name = run(stepper, "all", sintel_scene, spring_scene, hero_scene)
    assert [look(stepper, key) for key in (sintel, spring)] != before
    found = {changed.run: (changed.items, changed.undone) for changed in stepper.records.changes.runs()}
    assert found[name] == (2, 0)
    progress = undo(stepper, run=name)
    assert (progress["restored"], progress["total"], progress["notes"]) == (2, 2, [])
    assert "2 of 2 items show again what they showed before" in progress["text"]
    assert [look(stepper, key) for key in (sintel, spring)] == before
    assert look(stepper, hero) == synced
    assert {changed.run: changed.undone for changed in stepper.records.changes.runs()}[name] == 2


def test_saves_of_one_hour_are_one_run(stepper):
    stepper.configure(skip_fields="poster")
    stepper.now = stepper.now // 3600 * 3600 + 10
    (sintel, sintel_scene), (spring, spring_scene) = film(stepper), film(stepper, "Spring")
    before = look(stepper, sintel), look(stepper, spring)
    stepper.sync(sintel_scene)
    save(stepper, spring_scene, 3000, title="Spring?")
    written = look(stepper, spring)
    save(stepper, spring_scene, 1000, title="Spring!?")
    hours = [changed.run for changed in stepper.records.changes.runs()]
    assert hours == [f"saves {stepper.now // 3600 * 3600:.0f}", f"saves {stepper.now // 3600 * 3600 - 3600:.0f}"]
    undo(stepper, run=hours[0])
    assert look(stepper, spring) == written
    undo(stepper, run=hours[1])
    assert (look(stepper, sintel), look(stepper, spring)) == before


def test_everything_since_a_moment_is_put_back_to_what_was_shown_then(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    stepper.sync(scene)
    shown_then = look(stepper, key)
    stepper.now += 60
    moment = stepper.now
    save(stepper, scene, 1, title="Two")
    save(stepper, scene, 4000, title="Three", tags=["Ice"], rating100=20)
    other, other_scene = film(stepper, "Hero")
    never = look(stepper, other)
    run(stepper, "recent", other_scene)
    stepper.now += 5
    progress = undo(stepper, since=moment)
    assert (progress["restored"], progress["notes"]) == (2, [])
    assert look(stepper, key) == shown_then
    assert look(stepper, other) == never


def test_what_an_undo_gave_back_is_pinned_until_the_scene_is_saved(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    before = look(stepper, key)
    name = run(stepper, "all", scene)
    stepper.now += 60
    undo(stepper, run=name)
    stepper.now += 60
    run(stepper, "all", scene)
    assert look(stepper, key) == before, "Sync All leaves it alone"
    save(stepper, scene, title="Saved since", details=LONG)
    shown = stepper.shown(key)
    assert (shown.title, shown.summary) == ("Saved since", LONG.strip())
    assert set(shown.tags["genre"]) == {OWN[1], "Dragons"}


@pytest.mark.parametrize("version", ["1.1.0", "this"])
def test_pins_outlast_what_moves_the_time_of_a_scene_and_is_no_save(stepper, version):
    key, scene = film(stepper, cover=_PNG + b"Stash's")
    before = look(stepper, key)
    name = run(stepper, "all", scene)
    stepper.later(NEWS_S)
    if version == "1.1.0":  # which kept no marks
        stepper.records.written.record_many([replace(stepper.records.written.get(scene)[key], scene_mark="")])
    undo(stepper, run=name)
    for number in range(2):
        stepper.now += 3600
        stepper.stash.generate_cover(scene, _PNG + bytes([number]))
        stepper.later(NEWS_S)
    run(stepper, "all", scene)
    stepper.records.tidy(stepper.now)
    assert look(stepper, key) == before
    save(stepper, scene, title="Sintel!")
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Sintel!", LONG.strip()), (
        "nothing new, but a save"
    )


def test_pin_ends_when_it_is_released_by_hand_and_with_it_that_of_the_poster(stepper):
    key, scene = film(stepper, cover=_PNG + b"Stash's")
    stepper.sync(scene)
    ours = stepper.shown(key).poster_sha1
    stepper.now += 60
    undo(stepper, **last(stepper, scene))
    run(stepper, "all", scene)
    assert stepper.shown(key).poster_sha1 != ours
    for field in ("title", "poster"):
        data = {"scene_id": scene, "field": field, "keep": False}
        stepper.put(control_job(PIN, data, now=stepper.now, job_key=f"keep_{scene}_{field}"))
    stepper.drain()
    stepper.drain()
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, shown.poster_sha1) == ("Sintel!", OWN[0], ours)


def test_field_that_is_kept_by_hand_stays_kept_when_the_scene_is_saved_after_an_undo(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    stepper.sync(scene)
    stepper.records.pins.pin(scene, ["title"], at=stepper.now)
    stepper.now += 60
    undo(stepper, **last(stepper, scene))
    save(stepper, scene, title="Saved since", details="Saved too")
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Sintel", "Saved too")


def test_what_somebody_changed_in_plex_since_is_skipped_and_listed(stepper):
    key, scene = film(stepper, cover=_PNG + b"Stash's")
    other, other_scene = film(stepper, "Hero")
    name = run(stepper, "all", scene, other_scene)
    stepper.plex.state.items[key].values["title"] = "My own title"
    taggings = stepper.plex.state.tags.taggings("genre", ["Dragons", "Mine"])
    stepper.plex.state.items[key].tags = {**stepper.plex.state.items[key].tags, "genre": taggings}
    theirs = _choose(stepper, key, _PNG + b"theirs")
    stepper.plex.state.items[other].values["summary"] = "Mine too"
    stepper.now += 60
    progress = undo(stepper, run=name)
    assert f'item {key} "My own title": title stays: changed in Plex since the last sync' in progress["notes"]
    assert f'item {key} "My own title": poster stays: another one was chosen in Plex since' in progress["notes"]
    assert any(f"item {other}" in note and "summary stays" in note for note in progress["notes"])
    shown = stepper.shown(key)
    assert (shown.title, shown.summary, set(shown.tags["genre"])) == ("My own title", OWN[0], {"Mine"})
    assert (
        f'item {key} "My own title": genre ({OWN[1]}) stays: removed in Plex since the last sync' in progress["notes"]
    )
    assert shown.poster_sha1 == theirs
    assert "fields left as they are" in progress["text"]


def _choose(stepper: Any, key: int, data: bytes) -> str:
    stepper.parts.plex.client().artwork.set("poster", key, data)
    return str(stepper.shown(key).poster_sha1)


def test_field_that_a_later_sync_wrote_again_stays_until_that_one_is_put_back(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    before = look(stepper, key)
    name = run(stepper, "all", scene)
    save(stepper, scene, 4000, title="Saved")
    stepper.now += 60
    progress = undo(stepper, run=name)
    assert progress["notes"] == [
        f'item {key} "Saved": title stays: a later sync wrote it again; put that one back first'
    ]
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Saved", OWN[0])
    undo(stepper, **last(stepper, scene))
    assert stepper.shown(key).title == "Sintel!"
    assert undo(stepper, run=name)["notes"] == []
    assert look(stepper, key) == before


def test_record_is_that_of_before_so_that_the_next_save_merges_as_if_nothing_had_been(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper, tags=["Dragons"])
    stepper.sync(scene)
    base = stepper.records.written.get(scene)[key].values
    save(stepper, scene, tags=["Ice"])
    stepper.now += 60
    undo(stepper, **last(stepper, scene))
    assert stepper.records.written.get(scene)[key].values == base
    assert set(stepper.shown(key).tags["genre"]) == {"Short", "Dragons"}
    save(stepper, scene, tags=["Snow"])
    assert set(stepper.shown(key).tags["genre"]) == {"Short", "Snow"}, "ours goes, Plex's own stays"


def test_item_that_holds_none_of_the_files_of_before_is_left_alone(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    stepper.sync(scene)
    stepper.plex.state.remove_item(key)
    stepper.plex.state.add_item(stepper.section, "/media/Spring.mkv", rating_key=key, title="Sintel!", summary=LONG)
    stepper.now += 60
    progress = undo(stepper, **last(stepper, scene))
    assert (progress["restored"], progress["other"]) == (0, 1)
    assert stepper.shown(key).title == "Sintel!"
    assert len(stepper.records.changes.last_of_scene(scene)) == 1, "kept, should the item come back"


def test_item_that_plex_does_not_have_now_can_be_put_back_once_it_has(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    before = look(stepper, key)
    stepper.sync(scene)
    item = stepper.plex.state.items.pop(key)
    stepper.now += 60
    assert undo(stepper, **last(stepper, scene))["gone"] == 1
    stepper.plex.state.items[key] = item
    assert undo(stepper, **last(stepper, scene))["restored"] == 1
    assert look(stepper, key) == before


def test_item_whose_file_was_moved_is_known_again_once_its_scene_was_synced(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    stepper.sync(scene)
    stepper.plex.state.items[key].media = (("/media/new/Sintel.mkv",),)
    stepper.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    stepper.plex.state.items[key].updated_at = int(stepper.now) + 5
    stepper.now += 10
    stepper.sync(scene)
    stepper.now += 10
    assert undo(stepper, **last(stepper, scene))["restored"] == 1
    assert stepper.shown(key).summary == OWN[0]


def test_save_that_waits_is_written_but_for_what_is_pinned_and_jobs_of_the_run_are_dropped(stepper):
    stepper.configure(skip_fields="poster")
    (stepper.data_dir / "config.yaml").write_text("batch_size: 1\n", encoding="utf-8")
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper, title="Sintel", tags=["Dragons"], details="")
    name = run(stepper, "all", scene)
    stepper.now += 60
    stepper.stash.save_scene(scene, tags=["Ice"], details="Saved")
    waiting, other_scene = film(stepper, "Hero")
    stepper.stash.library.scene(other_scene).updated_at -= 3600  # no news
    untouched = look(stepper, waiting)
    stepper.put(undo_job(Choice(run=name), now=stepper.now))
    stepper.put(task_job(other_scene, name, now=stepper.now - 1))
    stepper.queue(scene, fields=("tag_ids", "details"))
    stepper.drain()
    shown = stepper.shown(key)
    assert (shown.summary, shown.tags["genre"]) == ("Saved", (OWN[1],))
    assert look(stepper, waiting) == untouched


def test_save_after_an_undo_was_asked_for_is_written_when_the_undo_comes_late(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    name = run(stepper, "all", scene)
    stepper.now += 60
    asked_at = stepper.now
    save(stepper, scene, 5, title="Saved since")
    progress = undo(stepper, run=name, asked_at=asked_at)
    stepper.drain()
    assert progress["restored"] == 1
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Saved since", LONG.strip())
    assert stepper.records.pins.get_many([scene]) == {}


def test_undo_that_is_stopped_between_two_items_goes_on_and_counts_each_once(stepper):
    stepper.configure(skip_fields="poster")
    films = [film(stepper, name) for name in ("Sintel", "Spring", "Hero")]
    before = [look(stepper, key) for key, _ in films]
    name = run(stepper, "all", *(scene for _, scene in films))
    stepper.now += 60
    stepper.plex.faults.add(Fault("status", status=503, request_kind="edit", skip=1, times=1))
    stepper.put(undo_job(Choice(run=name), now=stepper.now))
    stepper.drain()
    stepper.later(120)
    progress = stepper.records.facts.get(progress_fact(undo_job(Choice(run=name), now=0)["job_key"]))
    assert (progress["state"], progress["restored"], progress["total"]) == ("done", 3, 3)
    assert [look(stepper, key) for key, _ in films] == before


def test_edit_that_plex_refused_changes_nothing_and_its_change_gives_way_to_the_next(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    before = look(stepper, key)
    stepper.plex.faults.add(Fault("status", status=400, request_kind="edit"))
    for _ in range(5):
        stepper.now += 10
        stepper.sync(scene)
    assert len(stepper.records.changes.of_items([key])) == 1
    stepper.plex.faults.clear_faults()
    stepper.now += 10
    stepper.sync(scene)
    assert len(stepper.records.changes.of_items([key])) == 1
    stepper.now += 10
    assert undo(stepper, **last(stepper, scene))["restored"] == 1
    assert look(stepper, key) == before


def test_gone_scene_is_put_back_too(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    before = look(stepper, key)
    name = run(stepper, "all", scene)
    stepper.stash.destroy_scene(scene)
    stepper.sync(scene)
    stepper.now += 60
    assert undo(stepper, run=name)["restored"] == 1
    assert look(stepper, key) == before


def test_dry_run_puts_nothing_back(stepper):
    stepper.configure(skip_fields="poster")
    key, scene = film(stepper)
    name = run(stepper, "all", scene)
    shown = look(stepper, key)
    stepper.configure(skip_fields="poster", dry_run=True)
    job = undo_job(Choice(run=name), now=stepper.now)
    stepper.put(job)
    stepper.drain()
    assert stepper.records.facts.get(progress_fact(job["job_key"]))["state"] == "failed"
    assert look(stepper, key) == shown


@pytest.mark.parametrize("data", [{}, {"run": 5}, {"since": "yesterday"}, {"scene_id": 1}])
def test_undo_of_nothing_is_a_dead_letter(stepper, data):
    stepper.put(control_job("undo", data, now=stepper.now))
    stepper.drain()
    assert [letter["error_type"] for letter in stepper.dead_letters()] == ["PermanentError"]


def test_after_a_whole_restore_there_is_no_last_change(stepper):
    key, scene = film(stepper)
    before = look(stepper, key)
    stepper.sync(scene)
    stepper.put(control_job("restore", {}, now=stepper.now))
    stepper.drain()
    assert look(stepper, key) == before
    assert stepper.records.changes.runs() == []


def test_save_among_jobs_of_a_task_makes_the_sync_a_save(stepper):
    stepper.configure(skip_fields="poster")
    _, scene = film(stepper)
    stepper.put(task_job(scene, run_name("all", stepper.now), now=stepper.now))
    stepper.queue(scene, fields=("title",))
    stepper.put(task_job(scene, run_name("recent", stepper.now), now=stepper.now + 1))
    stepper.drain()
    job = {"data": {}, "enqueued_at": stepper.now}
    assert [changed.run for changed in stepper.records.changes.runs()] == [run_of(job)]


def test_restore_knows_what_a_lost_scene_wrote_although_a_change_of_its_successor_was_undone(stepper):
    key, scene = film(stepper)
    was = look(stepper, key)
    stepper.sync(scene)
    stepper.now += 60
    stepper.stash.new_database()
    stepper.stash.scan()
    (scene,) = stepper.stash.library.scenes
    stepper.sync(scene)
    save(stepper, scene, title="Anew", details="Written anew")
    undo(stepper, **last(stepper, scene))
    assert stepper.shown(key).values["title"] == "Sintel!"
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert look(stepper, key) == was
