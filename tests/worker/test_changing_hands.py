"""An item that goes from one scene to another: nothing of the one before is left over, and what the user added stays."""

from typing import Any

import pytest

from records import Written
from worker.control.jobs import RESTORE, control_job

PNG = b"\x89PNG\r\n\x1a\n"
EDITED = {"title": "Second", "details": "Of the second", "tags": ["Snow"], "performers": ["Bob Sample"]}


def look(bench: Any, key: int) -> tuple[Any, ...]:
    shown = bench.shown(key)
    return shown.title, shown.summary, set(shown.tags.get("genre", ())), shown.tags.get("actor", ())


def two(bench: Any) -> tuple[int, int, int]:
    """An item with the files of two scenes, and a genre of the user's: its key, and the scenes in the order of their files."""
    key = bench.item("part 1.mkv", "part 2.mkv", tags={"genre": ["Mine"]})
    first = bench.scene("part 1.mkv", title="First", tags=["Dragons"], performers=["Ada Example"])
    return key, first, bench.scene("part 2.mkv", **EDITED)


@pytest.mark.parametrize("preserve", [True, False])
def test_nothing_of_the_other_scene_stays_when_the_one_whose_file_stands_first_takes_over(bench, preserve):
    bench.configure(preserve_plex_edits=preserve)
    key, first, second = two(bench)
    bench.sync(second)
    assert look(bench, key) == ("Second", "Of the second", {"Mine", "Snow"}, ("Bob Sample",))
    bench.now += 10
    bench.sync(first)
    assert look(bench, key) == ("First", "", {"Mine", "Dragons"}, ("Ada Example",))
    writes = bench.writes()
    bench.sync(first)
    assert bench.writes() == writes


@pytest.mark.parametrize("preserve", [True, False])
def test_item_shows_its_scene_alone_when_plex_puts_its_files_in_another_order_and_back(bench, preserve):
    bench.configure(preserve_plex_edits=preserve)
    key, first, second = two(bench)
    bench.sync(first)
    item = bench.plex.state.items[key]
    for owner, shown in ((second, ("Second", "Of the second")), (first, ("First", ""))) * 2:
        bench.now += 10
        item.media = tuple(parts[::-1] for parts in item.media)
        bench.sync(second, first)
        assert look(bench, key)[:2] == shown
        assert look(bench, key)[2] == {"Mine", "Snow" if owner == second else "Dragons"}


def test_tag_that_the_user_added_stays_when_another_scene_wrote_it_once(bench):
    key, first, second = two(bench)
    bench.sync(second)
    bench.sync(first)
    item = bench.plex.state.items[key]
    item.tags = bench.plex.state.taggings({"genre": ["Mine", "Dragons", "Snow"]})
    bench.sync(first)
    assert look(bench, key)[2] == {"Mine", "Dragons", "Snow"}


def test_poster_is_the_new_owners_when_the_other_scenes_was_uploaded_and_edits_are_kept(bench):
    bench.configure(preserve_plex_edits=True)
    key = bench.item("part 1.mkv", "part 2.mkv")
    first, second = (bench.scene(f"part {n}.mkv", title=f"Film {n}", cover=PNG + bytes([n])) for n in (1, 2))
    bench.sync(second)
    others = bench.shown(key).poster_sha1
    bench.sync(first)
    assert bench.shown(key).poster_sha1 not in ("", others)


def test_undo_gives_back_what_was_there_before_both_when_an_item_changed_hands(bench):
    key, first, second = two(bench)
    before = look(bench, key)
    bench.sync(second)
    bench.sync(first)
    bench.put(control_job(RESTORE, {}, now=bench.now))
    bench.drain()
    assert look(bench, key) == before


def test_record_of_the_scene_before_is_empty_when_the_item_was_taken_over(bench):
    key, first, second = two(bench)
    bench.sync(second)
    bench.sync(first)
    assert bench.records.written.get(second)[key].is_empty
    assert bench.records.written.scene_count() == 1
    assert set(bench.records.written.get(first)[key].values["genre"]) == {"Dragons"}


def test_item_of_before_is_no_record_any_more_when_plex_has_the_file_under_a_new_key(bench):
    old, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel")
    bench.sync(scene)
    bench.plex.state.remove_item(old)
    bench.now += 10
    new = bench.item("Sintel.mkv")
    bench.sync(scene)
    assert list(bench.records.written.get(scene)) == [new]


def test_item_of_before_stays_recorded_when_plex_denies_everything(bench):
    old, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel")
    bench.sync(scene)
    bench.plex.state.remove_item(old)
    bench.now += 10
    bench.sync(scene)
    assert isinstance(bench.records.written.get(scene)[old], Written)
