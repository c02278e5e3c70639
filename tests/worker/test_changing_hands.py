"""An item that goes from one scene to another: nothing of the one before is left over, and what the user added stays."""

from typing import Any

import pytest

from records import Written
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE

PNG = b"\x89PNG\r\n\x1a\n"
EDITED = {"title": "Second", "details": "Of the second", "tags": ["Snow"], "performers": ["Bob Sample"]}


def look(stepper: Any, key: int) -> tuple[Any, ...]:
    shown = stepper.shown(key)
    return shown.title, shown.summary, set(shown.tags.get("genre", ())), shown.tags.get("actor", ())


def two(stepper: Any) -> tuple[int, int, int]:
    """Make an item with the files of two scenes and a genre of the user's; return its key and the two scenes."""
    key = stepper.item("part 1.mkv", "part 2.mkv", tags={"genre": ["Mine"]})
    first = stepper.scene("part 1.mkv", title="First", tags=["Dragons"], performers=["Ada Example"])
    return key, first, stepper.scene("part 2.mkv", **EDITED)


@pytest.mark.parametrize("preserve", [True, False])
def test_nothing_of_the_other_scene_stays_when_the_one_whose_file_stands_first_takes_over(stepper, preserve):
    stepper.configure(preserve_plex_edits=preserve)
    key, first, second = two(stepper)
    stepper.sync(second)
    assert look(stepper, key) == ("Second", "Of the second", {"Mine", "Snow"}, ("Bob Sample",))
    stepper.now += 10
    stepper.sync(first)
    assert look(stepper, key) == ("First", "", {"Mine", "Dragons"}, ("Ada Example",))
    writes = stepper.writes()
    stepper.sync(first)
    assert stepper.writes() == writes


@pytest.mark.parametrize("preserve", [True, False])
def test_item_shows_its_scene_alone_when_plex_puts_its_files_in_another_order_and_back(stepper, preserve):
    stepper.configure(preserve_plex_edits=preserve)
    key, first, second = two(stepper)
    stepper.sync(first)
    item = stepper.plex.state.items[key]
    for owner, shown in ((second, ("Second", "Of the second")), (first, ("First", ""))) * 2:
        stepper.now += 10
        item.media = tuple(parts[::-1] for parts in item.media)
        stepper.sync(second, first)
        assert look(stepper, key)[:2] == shown
        assert look(stepper, key)[2] == {"Mine", "Snow" if owner == second else "Dragons"}


def test_tag_that_the_user_added_stays_when_another_scene_wrote_it_once(stepper):
    key, first, second = two(stepper)
    stepper.sync(second)
    stepper.sync(first)
    item = stepper.plex.state.items[key]
    item.tags = stepper.plex.state.taggings({"genre": ["Mine", "Dragons", "Snow"]})
    stepper.sync(first)
    assert look(stepper, key)[2] == {"Mine", "Dragons", "Snow"}


def test_poster_is_the_new_owners_when_the_other_scenes_was_uploaded_and_edits_are_kept(stepper):
    stepper.configure(preserve_plex_edits=True)
    key = stepper.item("part 1.mkv", "part 2.mkv")
    first, second = (stepper.scene(f"part {n}.mkv", title=f"Film {n}", cover=PNG + bytes([n])) for n in (1, 2))
    stepper.sync(second)
    others = stepper.shown(key).poster_sha1
    stepper.sync(first)
    assert stepper.shown(key).poster_sha1 not in ("", others)


def test_undo_gives_back_what_was_there_before_both_when_an_item_changed_hands(stepper):
    key, first, second = two(stepper)
    before = look(stepper, key)
    stepper.sync(second)
    stepper.sync(first)
    stepper.put(control_job(RESTORE, {}, now=stepper.now))
    stepper.drain()
    assert look(stepper, key) == before


def test_record_of_the_scene_before_is_empty_when_the_item_was_taken_over(stepper):
    key, first, second = two(stepper)
    stepper.sync(second)
    stepper.sync(first)
    assert stepper.records.written.get(second)[key].is_empty
    assert stepper.records.written.scene_count() == 1
    assert set(stepper.records.written.get(first)[key].values["genre"]) == {"Dragons"}


def test_item_of_before_is_no_record_any_more_when_plex_has_the_file_under_a_new_key(stepper):
    old, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    stepper.plex.state.remove_item(old)
    stepper.now += 10
    new = stepper.item("Sintel.mkv")
    stepper.sync(scene)
    assert list(stepper.records.written.get(scene)) == [new]


def test_item_of_before_stays_recorded_when_plex_denies_everything(stepper):
    old, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    stepper.plex.state.remove_item(old)
    stepper.now += 10
    stepper.sync(scene)
    assert isinstance(stepper.records.written.get(scene)[old], Written)
