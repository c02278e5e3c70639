"""Stash's value for one field of a scene: that field is written, once, and nothing else of the scene."""

from typing import Any

import pytest

from plex.artwork import sha1_of as sha1
from records import State
from tests.fakes.plex import Fault
from tests.stepper import Stepper
from tests.worker.test_brake import Films, answer, held, waiting
from tests.worker.test_libraries import Shelves, shelves  # noqa: F401 - a fixture
from tests.worker.test_moving_in import OF_AGENT, SAYS_ALL, left_behind
from tests.worker.test_pictures import BLUE, RED
from worker.control.jobs import control_job, put
from worker.control.kinds import RECONCILE, RESTORE
from worker.control.news import NEWS_S
from worker.sync.taking import PIN, field_key

THEIRS = "Plex's own words"


def take(stepper: Stepper, scene: int, *fields: str, keep: bool = False) -> None:
    """Ask for Stash's value of these fields as the page does; the worker does it when it is stepped."""
    for field in fields:
        data = {"scene_id": scene, "field": field, "keep": keep}
        stepper.put(control_job(PIN, data, now=stepper.now, job_key=field_key(scene, field)))


def edit(stepper: Stepper, key: int, **values: Any) -> None:
    """Somebody edits texts of an item in Plex."""
    stepper.plex.state.items[key].values |= values


def tag(stepper: Stepper, key: int, **lists: list[str]) -> None:
    """Somebody makes these lists in Plex what they are here."""
    item = stepper.plex.state.items[key]
    item.tags = {**item.tags, **{name: stepper.plex.state.tags.taggings(name, tags) for name, tags in lists.items()}}


@pytest.fixture
def film(stepper: Stepper) -> tuple[int, int]:
    """A film that was synced, and three fields of which differ in Plex since: scene and item."""
    stepper.configure(skip_fields="poster")
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", details="Of a dragon.", studio="Open", tags=["Short"])
    stepper.sync(scene)
    stepper.now += 60
    edit(stepper, key, title="Theirs", summary=THEIRS, studio="Nobody")
    return scene, key


def shown(stepper: Stepper, key: int) -> tuple[Any, ...]:
    item = stepper.shown(key)
    return item.title, item.summary, item.studio


@pytest.mark.parametrize("preserve", [False, True])
def test_only_the_field_that_is_taken_is_written(stepper: Stepper, film: tuple[int, int], preserve: bool) -> None:
    stepper.configure(skip_fields="poster", preserve_plex_edits=preserve)
    scene, key = film
    take(stepper, scene, "summary")
    before = stepper.writes()
    stepper.drain()
    assert shown(stepper, key) == ("Theirs", "Of a dragon.", "Nobody")
    assert stepper.writes() == before + 1
    (sync,) = stepper.records.history.last(1)
    assert [change.field for change in sync.changes] == ["summary"]


def test_field_that_preserved_edits_hold_is_taken_once_and_follows_stash_from_then_on(
    stepper: Stepper, film: tuple[int, int]
) -> None:
    stepper.configure(skip_fields="poster", preserve_plex_edits=True)
    scene, key = film
    stepper.sync(scene)
    assert shown(stepper, key) == ("Theirs", THEIRS, "Nobody")
    take(stepper, scene, "summary")
    stepper.drain()
    stepper.stash.save_form(scene, details="Of two dragons.", title="Sintel two")
    stepper.sync(scene)
    assert shown(stepper, key) == ("Theirs", "Of two dragons.", "Nobody")
    stepper.now += 60
    edit(stepper, key, summary="Edited once more")
    stepper.sync(scene)
    assert stepper.shown(key).summary == "Edited once more"


def test_names_that_were_taken_away_in_plex_come_back_in_the_list_that_is_taken(stepper: Stepper) -> None:
    stepper.configure(skip_fields="poster", preserve_plex_edits=True, labels="Stash", collections_from="studio")
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", studio="Open", tags=["Short"])
    stepper.sync(scene)
    stepper.now += 60
    tag(stepper, key, genre=["Mine"], label=[], collection=["Mine, too"])
    take(stepper, scene, "collection", "label")
    stepper.drain()
    tags = {name: set(names) for name, names in stepper.shown(key).tags.items()}
    assert (tags["genre"], tags["label"], tags["collection"]) == ({"Mine"}, {"Stash"}, {"Mine, too", "Open"})


def test_title_is_taken_with_the_sort_title_that_plex_makes_of_it(stepper: Stepper, film: tuple[int, int]) -> None:
    scene, key = film
    edit(stepper, key, titleSort="theirs")
    take(stepper, scene, "title")
    stepper.drain()
    assert shown(stepper, key) == ("Sintel!", THEIRS, "Nobody")
    assert stepper.shown(key).values.get("titleSort") in {None, "Sintel!"}, "Plex shows none that equals its title"


def test_what_was_locked_in_plex_before_the_first_sync_can_be_taken(stepper: Stepper) -> None:
    stepper.configure(skip_fields="poster", preserve_plex_edits=True)
    key = stepper.item("Sintel.mkv", summary=THEIRS, studio="Nobody")
    stepper.plex.state.items[key].locked = frozenset({"summary", "studio"})
    scene = stepper.scene("Sintel.mkv", title="Sintel!", details="Of a dragon.", studio="Open")
    stepper.sync(scene)
    assert shown(stepper, key) == ("Sintel!", THEIRS, "Nobody")
    take(stepper, scene, "summary")
    stepper.drain()
    assert shown(stepper, key) == ("Sintel!", "Of a dragon.", "Nobody")


def test_what_was_filled_before_can_be_taken_although_nobody_has_chosen_yet(stepper: Stepper) -> None:
    left_behind(stepper)
    key, scene = stepper.item("Sintel.mkv", **OF_AGENT), stepper.scene("Sintel.mkv", **SAYS_ALL)
    stepper.sync(scene)
    take(stepper, scene, "summary", "sort_title", "poster")
    stepper.drain()
    item = stepper.shown(key)
    assert (item.title, item.summary, item.studio) == ("Dragon", SAYS_ALL["details"], "Another")
    assert item.poster_sha1 == sha1(SAYS_ALL["cover"])


def test_pin_of_the_field_that_is_taken_ends_and_others_stay(stepper: Stepper, film: tuple[int, int]) -> None:
    scene, key = film
    take(stepper, scene, "summary", "studio", keep=True)
    stepper.drain()
    take(stepper, scene, "summary")
    stepper.drain()
    assert stepper.records.pins.get_many([scene]) == {scene: {"studio"}}
    assert shown(stepper, key) == ("Theirs", "Of a dragon.", "Nobody")


# -- what is in nobody's mind -------------------------------------------------------------------------------------------


def test_nothing_is_emptied_but_the_field_that_is_taken(stepper: Stepper) -> None:
    stepper.configure(skip_fields="poster", preserve_plex_edits=True)
    films = Films(stepper, 30)
    films.have(details="", tag_ids=(), performer_ids=())
    stepper.sync(*films.scenes)
    assert held(stepper).items == 30
    take(stepper, films.scenes[0], "summary")
    stepper.drain()
    assert (films.summaries(), films.tagged("genre"), films.tagged("actor")) == (29, 30, 30)
    assert (held(stepper).items, waiting(stepper)) == (30, 30), "the question about the others stands"
    assert "summary" not in {
        name
        for by_field in stepper.records.emptyings.of_scenes(films.scenes[:1]).values()
        for name, row in by_field.items()
        if row.state is State.HELD
    }
    take(stepper, films.scenes[1], "title")
    stepper.drain()
    assert (films.summaries(), held(stepper).items) == (29, 30)


def test_field_that_was_kept_when_the_brake_asked_is_emptied_where_it_is_taken(stepper: Stepper) -> None:
    films = Films(stepper, 30)
    films.have(details="")
    stepper.sync(*films.scenes)
    answer(stepper, "keep")
    take(stepper, films.scenes[0], "summary")
    stepper.drain()
    assert (films.summaries(), held(stepper).items) == (29, 0)


def test_tag_that_reached_plex_with_its_list_goes_when_it_is_deleted_in_stash(stepper: Stepper) -> None:
    stepper.configure(skip_fields="poster")
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!", tags=["Short"])
    stepper.sync(scene)
    stepper.stash.save_form(scene, tags=["Dragons"])
    take(stepper, scene, "genre")
    stepper.step()
    assert stepper.shown(key).tags["genre"] == ("Dragons",)
    known = stepper.records.relations.get_many([scene])[scene]
    assert len(known) == 2, "the one before is known, too: what was not taken may still name it"


def test_field_that_stash_never_had_is_not_emptied(stepper: Stepper) -> None:
    stepper.configure(skip_fields="poster")
    key, scene = stepper.item("Sintel.mkv", summary=THEIRS), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    take(stepper, scene, "summary")
    stepper.drain()
    assert stepper.shown(key).summary == THEIRS


def test_save_whose_job_was_lost_is_still_found_when_a_field_was_taken_meanwhile(
    stepper: Stepper, film: tuple[int, int]
) -> None:
    scene, key = film
    known = stepper.records.written.get(scene)[key]
    stepper.stash.save_form(scene, details="Of two dragons.", title="Sintel two")
    take(stepper, scene, "summary")
    stepper.step()
    assert shown(stepper, key) == ("Theirs", "Of two dragons.", "Nobody")
    record = stepper.records.written.get(scene)[key]
    assert (record.scene_updated_at, record.scene_mark) == (known.scene_updated_at, known.scene_mark)
    assert (record.values["summary"], record.values["title"]) == ("Of two dragons.", "Sintel!")
    stepper.later(NEWS_S)
    assert shown(stepper, key) == ("Sintel two", "Of two dragons.", "Open")


def test_scene_that_was_never_synced_is_left_to_sync_all_when_one_field_of_it_was_taken(stepper: Stepper) -> None:
    stepper.configure(skip_fields="poster")
    key = stepper.item("Sintel.mkv", summary=THEIRS, studio="Nobody")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", details="Of a dragon.", studio="Open")
    take(stepper, scene, "summary")
    stepper.later(3600)
    stepper.put(control_job(RECONCILE, {}, now=stepper.now))
    stepper.later(3600)
    assert shown(stepper, key) == ("Sintel", "Of a dragon.", "Nobody")
    (record,) = stepper.records.written.get(scene).values()
    assert dict(record.values) == {"summary": "Of a dragon."}
    assert stepper.records.originals.get_many([key])[key].values["summary"] == THEIRS
    stepper.sync(scene)
    assert shown(stepper, key) == ("Sintel!", "Of a dragon.", "Open")


def test_scene_that_is_left_out_and_library_that_does_not_take_it_are_left_alone(shelves: Shelves) -> None:  # noqa: F811
    stepper = shelves.stepper
    shelves.choose({"Clips": {"only_organized": True}}, skip_fields="poster")
    stepper.sync(shelves.scene)
    for key in (shelves.in_movies, shelves.in_clips):
        edit(stepper, key, title="Theirs", studio="Nobody")
    take(stepper, shelves.scene, "title")
    stepper.drain()
    assert [shown(stepper, key)[::2] for key in (shelves.in_movies, shelves.in_clips)] == [
        ("Sintel!", "Nobody"),
        ("Theirs", "Nobody"),
    ]
    stepper.configure(only_organized=True, skip_fields="poster")
    edit(stepper, shelves.in_movies, title="Theirs again")
    take(stepper, shelves.scene, "title")
    stepper.drain()
    assert stepper.shown(shelves.in_movies).title == "Theirs again"
    assert stepper.dead_letters() == []


def test_list_goes_by_the_settings_of_each_library(shelves: Shelves) -> None:  # noqa: F811
    stepper = shelves.stepper
    shelves.choose({"Clips": {"tags_to": "labels", "preserve_plex_edits": True}}, skip_fields="poster")
    stepper.sync(shelves.scene)
    for key in (shelves.in_movies, shelves.in_clips):
        tag(stepper, key, genre=[], label=[])
        edit(stepper, key, title="Theirs")
    take(stepper, shelves.scene, "label")
    stepper.drain()
    assert (shelves.shown("genre"), shelves.shown("label")) == ([set(), set()], [set(), {"Short"}])
    assert {stepper.shown(key).title for key in (shelves.in_movies, shelves.in_clips)} == {"Theirs"}


def test_nothing_is_written_in_a_dry_run(stepper: Stepper, film: tuple[int, int]) -> None:
    stepper.configure(skip_fields="poster", dry_run=True)
    scene, key = film
    take(stepper, scene, "summary")
    before = stepper.writes()
    stepper.drain()
    assert (stepper.writes(), stepper.shown(key).summary) == (before, THEIRS)


# -- pictures -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("preserve", [False, True])
def test_poster_is_taken_back_from_one_that_was_chosen_in_plex_and_the_background_stays(
    stepper: Stepper, preserve: bool
) -> None:
    stepper.configure(background_image=True, preserve_plex_edits=preserve)
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", cover=RED)
    stepper.sync(scene)
    stepper.now += 60
    for kind in ("poster", "background"):
        stepper.parts.plex.client().artwork.set(kind, key, BLUE)
    edit(stepper, key, title="Theirs")
    take(stepper, scene, "poster")
    stepper.drain()
    item = stepper.shown(key)
    assert (item.poster_sha1, item.background_sha1, item.title) == (sha1(RED), sha1(BLUE), "Theirs")
    uploads = stepper.plex.journal.count("picture_upload")
    take(stepper, scene, "poster")
    stepper.drain()
    assert stepper.plex.journal.count("picture_upload") == uploads, "it is there already"


def test_cover_that_is_new_since_reaches_the_background_with_the_next_sync(stepper: Stepper) -> None:
    stepper.configure(background_image=True)
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", cover=RED)
    stepper.sync(scene)
    stepper.now += 60
    stepper.stash.save_scene(scene, cover=BLUE)
    take(stepper, scene, "poster")
    stepper.step()
    assert (stepper.shown(key).poster_sha1, stepper.shown(key).background_sha1) == (sha1(BLUE), sha1(RED))
    stepper.sync(scene)
    assert (stepper.shown(key).poster_sha1, stepper.shown(key).background_sha1) == (sha1(BLUE), sha1(BLUE))


# -- on its way ---------------------------------------------------------------------------------------------------------


def test_save_beside_it_sends_everything(stepper: Stepper, film: tuple[int, int]) -> None:
    scene, key = film
    take(stepper, scene, "summary")
    stepper.queue(scene, fields=("title",))
    stepper.drain()
    assert shown(stepper, key) == ("Sintel!", "Of a dragon.", "Open")


def test_it_outlasts_a_plex_that_is_away_and_a_worker_that_dies(stepper: Stepper, film: tuple[int, int]) -> None:
    scene, key = film
    stepper.plex.faults.add(Fault("status", status=503))
    take(stepper, scene, "summary")
    stepper.drain()
    assert stepper.worker.pause is not None
    stepper.restart()
    assert stepper.shown(key).summary == THEIRS
    stepper.plex.faults.clear_faults()
    stepper.finish()
    assert shown(stepper, key) == ("Theirs", "Of a dragon.", "Nobody")


def test_edit_that_arrived_before_the_worker_died_is_ours(stepper: Stepper, film: tuple[int, int]) -> None:
    stepper.configure(skip_fields="poster", preserve_plex_edits=True)
    scene, key = film
    take(stepper, scene, "summary")
    stepper.plex.faults.add(Fault("reset", request_kind="edit", applied=True, times=1))
    stepper.finish()
    assert shown(stepper, key) == ("Theirs", "Of a dragon.", "Nobody")
    stepper.stash.save_form(scene, details="Of two dragons.")
    stepper.sync(scene)
    assert stepper.shown(key).summary == "Of two dragons."


@pytest.mark.parametrize("is_kept", [True, False])
def test_of_two_answers_for_one_field_the_last_one_counts(
    stepper: Stepper, film: tuple[int, int], is_kept: bool
) -> None:
    scene, key = film
    stepper.plex.faults.add(Fault("status", status=503))
    take(stepper, scene, "summary", keep=not is_kept)
    stepper.drain()
    stepper.now += 1
    take(stepper, scene, "summary", keep=is_kept)
    stepper.plex.faults.clear_faults()
    stepper.finish()
    assert stepper.shown(key).summary == (THEIRS if is_kept else "Of a dragon.")
    assert bool(stepper.records.pins.get_many([scene])) is is_kept


def test_field_that_plex_refuses_is_a_dead_letter_of_its_own_and_is_tried_again(
    stepper: Stepper, film: tuple[int, int]
) -> None:
    scene, _ = film
    stepper.plex.faults.add(Fault("status", status=400, request_kind="edit"))
    take(stepper, scene, "summary")
    stepper.drain()
    (letter,) = stepper.dead_letters()
    assert letter["job_key"] == field_key(scene, "summary")
    stepper.plex.faults.clear_faults()
    take(stepper, scene, "studio")
    stepper.drain()
    assert len(stepper.dead_letters()) == 1, "another field's"
    take(stepper, scene, "summary")
    stepper.drain()
    assert stepper.dead_letters() == []


def test_what_plex_refused_of_the_scene_stays_known(stepper: Stepper) -> None:
    snowman = "\N{SNOWMAN}"
    stepper.plex.options.bad_values = frozenset({snowman})
    stepper.configure(skip_fields="poster")
    key = stepper.item("Sintel.mkv")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", details=f"Snow {snowman}.", studio="Open")
    stepper.sync(scene)
    edit(stepper, key, studio="Nobody")
    stepper.stash.save_form(scene, details=f"More snow {snowman}.")
    take(stepper, scene, "studio")
    stepper.drain()
    assert stepper.shown(key).studio == "Open"
    assert set(stepper.records.refused.of_scenes([scene])[scene, key]) == {"summary"}


def test_a_change_is_put_back_by_itself(stepper: Stepper, film: tuple[int, int]) -> None:
    from tests.worker.test_undoing import last, undo

    scene, key = film
    take(stepper, scene, "summary")
    stepper.drain()
    stepper.now += 60
    undo(stepper, **last(stepper, scene))
    assert shown(stepper, key) == ("Theirs", THEIRS, "Nobody")


@pytest.mark.parametrize("batches", [0, 1, 2])
@pytest.mark.parametrize("is_taken_last", [False, True])
def test_of_an_undo_and_an_answer_that_waited_together_the_later_one_counts(
    stepper: Stepper, film: tuple[int, int], is_taken_last: bool, batches: int
) -> None:
    scene, key = film
    for _ in range(batches):  # whose turn it is, of fresh jobs and of those that are tried again
        stepper.sync(scene)
    edit(stepper, key, title="Theirs")
    stepper.plex.faults.add(Fault("status", status=503))
    asked = [
        (PIN, {"scene_id": scene, "field": "title", "keep": False}, field_key(scene, "title")),
        (RESTORE, {"scene_id": scene}, f"{RESTORE}_{scene}"),
    ]
    for kind, data, job_key in reversed(asked) if is_taken_last else asked:
        put(str(stepper.data_dir / "queue"), control_job(kind, data, now=stepper.now, job_key=job_key))
        stepper.drain()
        stepper.now += 1
    stepper.plex.faults.clear_faults()
    stepper.finish()
    assert stepper.shown(key).title == ("Sintel!" if is_taken_last else "Sintel")


def test_scene_that_is_gone_and_field_that_nobody_knows_end_the_job(stepper: Stepper, film: tuple[int, int]) -> None:
    scene, _ = film
    take(stepper, scene, "plot")
    stepper.stash.destroy_scene(scene)
    take(stepper, scene, "summary")
    stepper.drain()
    assert [letter["job_key"] for letter in stepper.dead_letters()] == [field_key(scene, "plot")]
    assert stepper.is_drained()
