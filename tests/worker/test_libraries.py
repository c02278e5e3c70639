"""What is set otherwise for single libraries: each item goes by the settings of its own."""

import json
from dataclasses import replace
from typing import Any

import pytest

from tests.stepper import Stepper
from worker.control.jobs import control_job
from worker.control.kinds import RECONCILE
from worker.facts import CONTENT

TAGGED: dict[str, Any] = {"tags": ["Short"], "studio": "Open"}


class Shelves:
    """A film in two libraries, "Movies" and "Clips"."""

    def __init__(self, stepper: Stepper) -> None:
        self.stepper = stepper
        self.clips = stepper.plex.state.add_section("Clips", locations=["/media/clips"]).key
        self.in_movies = stepper.item("Sintel.mkv")
        self.in_clips = stepper.item("clips/Sintel.mkv", section=self.clips)
        self.scene = stepper.scene("Sintel.mkv", "clips/Sintel.mkv", title="Sintel!", **TAGGED)

    def choose(self, libraries: dict[str, dict[str, Any]], **settings: Any) -> None:
        """Settings as the page keeps them, and a worker that has done what follows from them."""
        self.stepper.configure(libraries=json.dumps(libraries), **settings)
        for _ in range(3):
            self.stepper.drain()

    def shown(self, kind: str) -> list[set[str]]:
        """The tags of both items: in Movies, in Clips."""
        return [set(self.stepper.shown(key).tags.get(kind, ())) for key in (self.in_movies, self.in_clips)]


@pytest.fixture(params=["add", "replace"])
def shelves(stepper: Stepper, request: pytest.FixtureRequest) -> Shelves:
    """In both readings of a list of tags."""
    stepper.plex.options.tag_lists = request.param
    return Shelves(stepper)


def lose_second_file(stepper: Stepper, scene_id: int) -> None:
    scene = stepper.stash.library.scene(scene_id)
    scene.files = scene.files[:1]


def rename(stepper: Stepper, key: int, title: str) -> None:
    sections = stepper.plex.state.sections
    sections[key] = replace(sections[key], title=title)
    stepper.restart()


# -- what is written --------------------------------------------------------------------------------------------------


def test_each_item_goes_by_the_settings_of_its_library(shelves: Shelves) -> None:
    shelves.choose({"Clips": {"tags_to": "labels", "collections_from": "studio"}})
    shelves.stepper.sync(shelves.scene)
    assert shelves.shown("genre") == [{"Short"}, set()]
    assert shelves.shown("label") == [set(), {"Short"}]
    assert shelves.shown("collection") == [set(), {"Open"}]
    before = shelves.stepper.writes()
    shelves.stepper.sync(shelves.scene)
    assert shelves.stepper.writes() == before


def test_library_is_meant_by_its_id_as_well(shelves: Shelves) -> None:
    shelves.stepper.fine_tune(libraries=f'{{"{shelves.clips}": {{tags_to: labels}}}}')
    shelves.stepper.sync(shelves.scene)
    assert shelves.shown("label") == [set(), {"Short"}]


def test_library_may_have_nothing_of_what_holds_for_all(shelves: Shelves) -> None:
    shelves.choose({"Clips": {"labels": ""}}, labels="Stash")
    shelves.stepper.sync(shelves.scene)
    assert shelves.shown("label") == [{"Stash"}, set()]


def test_fields_are_left_alone_and_lists_mirrored_in_one_library_only(shelves: Shelves) -> None:
    stepper = shelves.stepper
    for key in (shelves.in_movies, shelves.in_clips):
        item = stepper.plex.state.items[key]
        item.tags = {**item.tags, "genre": stepper.plex.state.tags.taggings("genre", ["added in Plex"])}
    shelves.choose({"Clips": {"mirror_lists": "genre", "skip_fields": "title"}})
    stepper.sync(shelves.scene)
    assert shelves.shown("genre") == [{"added in Plex", "Short"}, {"Short"}]
    assert stepper.shown(shelves.in_movies).title == "Sintel!"
    assert stepper.shown(shelves.in_clips).title != "Sintel!"


def test_edits_in_plex_are_kept_in_one_library_only(shelves: Shelves) -> None:
    stepper = shelves.stepper
    shelves.choose({"Clips": {"preserve_plex_edits": True}})
    stepper.sync(shelves.scene)
    for key in (shelves.in_movies, shelves.in_clips):
        stepper.plex.state.items[key].values["title"] = "Mine"
    stepper.sync(shelves.scene, fields=("title",))
    assert [stepper.shown(key).title for key in (shelves.in_movies, shelves.in_clips)] == ["Sintel!", "Mine"]


# -- which scenes -----------------------------------------------------------------------------------------------------


def test_scene_is_left_out_of_one_library_and_synced_in_the_other(shelves: Shelves) -> None:
    stepper = shelves.stepper
    shelves.choose({"Clips": {"only_organized": True}})
    stepper.sync(shelves.scene)
    assert stepper.shown(shelves.in_movies).title == "Sintel!"
    assert stepper.shown(shelves.in_clips).title != "Sintel!"
    assert (stepper.records.written.left_out(), stepper.records.skips.counts()) == ({"not_organized": 1}, {})
    shelves.choose({"Clips": {}})
    assert stepper.shown(shelves.in_clips).title == "Sintel!", "the gate is gone"
    assert stepper.records.written.left_out() == {}
    shelves.choose({"Clips": {"only_with": "url"}})
    stepper.sync(shelves.scene)
    assert stepper.records.written.left_out() == {"no_url": 1}
    shelves.choose({"Clips": {"only_with": "url"}, "Movies": {"only_with": "url"}})
    stepper.sync(shelves.scene)
    assert (stepper.records.written.left_out(), stepper.records.skips.counts()) == ({}, {"no_url": 1})


@pytest.mark.parametrize("ends", ["not chosen", "file gone", "item gone", "another scene's"])
def test_scene_is_not_counted_as_left_out_any_more_when_it_has_no_such_item(stepper: Stepper, ends: str) -> None:
    shelves = Shelves(stepper)
    gate = {"Clips": {"only_organized": True}}
    shelves.choose(gate)
    stepper.sync(shelves.scene)
    assert stepper.records.written.left_out() == {"not_organized": 1}
    if ends == "not chosen":
        shelves.choose(gate, plex_library="Movies")
    elif ends == "file gone":
        lose_second_file(stepper, shelves.scene)
    elif ends == "item gone":
        del stepper.plex.state.items[shelves.in_clips]
    else:
        other = stepper.scene("clips/Sintel.mkv", title="Other!", organized=True)
        lose_second_file(stepper, shelves.scene)
        stepper.sync(other)
    stepper.now += 60
    stepper.restart()
    stepper.sync(shelves.scene)
    assert stepper.records.written.left_out() == {}


def test_item_that_is_left_out_is_no_news_to_a_comparison(shelves: Shelves) -> None:
    stepper = shelves.stepper
    shelves.choose({"Clips": {"only_organized": True}})
    stepper.sync(shelves.scene)
    stepper.now += 3600
    stepper.put(control_job(RECONCILE, {}, now=stepper.now))
    before = stepper.stats()["completed"]
    stepper.drain()
    assert stepper.stats()["completed"] - before == 1, "the comparison"


def test_scene_that_is_left_out_does_not_keep_an_item_from_another_one(shelves: Shelves) -> None:
    stepper = shelves.stepper
    both = stepper.item("clips/first.mkv", "clips/second.mkv", section=shelves.clips)
    stepper.item("first.mkv")
    left_out = stepper.scene("first.mkv", "clips/first.mkv", tags=["Long"])
    other = stepper.scene("clips/second.mkv", title="Other!")
    shelves.choose({"Clips": {"except_tags": "Long"}})
    stepper.sync(left_out)
    stepper.sync(other)
    assert stepper.shown(both).title == "Other!"


def test_scene_is_taken_in_where_only_its_library_takes_it(shelves: Shelves) -> None:
    stepper = shelves.stepper
    shelves.choose({"Clips": {"only_organized": False}}, only_organized=True)
    stepper.sync(shelves.scene)
    assert stepper.shown(shelves.in_movies).title != "Sintel!"
    assert stepper.shown(shelves.in_clips).title == "Sintel!"


def test_scene_that_no_library_takes_is_skipped_without_a_look_at_items(shelves: Shelves) -> None:
    stepper = shelves.stepper
    shelves.choose({"Clips": {"only_tags": "Other"}, "Movies": {"only_organized": True}})
    before = stepper.plex.journal.count("metadata")
    stepper.sync(shelves.scene)
    assert stepper.plex.journal.count("metadata") == before
    assert stepper.records.skips.counts() == {"not_organized": 1}


def test_scene_whose_only_library_leaves_it_out_is_counted_by_its_reason(stepper: Stepper) -> None:
    stepper.plex.state.add_section("Clips", locations=["/media/clips"])
    key, scene = stepper.item("Spring.mkv"), stepper.scene("Spring.mkv", title="Spring!")
    stepper.configure(libraries=json.dumps({"Movies": {"only_organized": True}}))
    stepper.sync(scene)
    (skip,) = stepper.records.skips.page()
    assert (skip.reason, skip.text.endswith('for the library "Movies"')) == ("not_organized", True)
    stepper.configure()
    stepper.drain()
    stepper.drain()
    assert stepper.shown(key).title == "Spring!", "looked at again once the setting is gone"


# -- changes ----------------------------------------------------------------------------------------------------------


def test_change_for_a_library_makes_only_its_own_scenes_due(shelves: Shelves) -> None:
    stepper = shelves.stepper
    other, scene = stepper.item("Spring.mkv"), stepper.scene("Spring.mkv", title="Spring!", **TAGGED)
    stepper.sync(shelves.scene, scene)
    before = stepper.stats()["completed"]
    shelves.choose({"Clips": {"tags_to": "labels"}})
    assert shelves.shown("genre") == [{"Short"}, set()]
    assert set(stepper.shown(other).tags["genre"]) == {"Short"}
    looks = 2  # the first one learns which library is meant
    assert stepper.stats()["completed"] - before == looks + 1, "the looks, and one scene"
    assert stepper.records.facts.get(CONTENT)["before"] == []


def test_settings_of_a_library_that_are_taken_back_are_undone(shelves: Shelves) -> None:
    shelves.choose({"Clips": {"tags_to": "labels"}})
    shelves.stepper.sync(shelves.scene)
    shelves.choose({})
    assert shelves.shown("genre") == [{"Short"}, {"Short"}]
    assert shelves.shown("label") == [set(), set()]


def test_same_settings_by_another_name_of_the_library_change_nothing(shelves: Shelves) -> None:
    shelves.choose({"Clips": {"tags_to": "labels"}})
    shelves.stepper.sync(shelves.scene)
    before = shelves.stepper.writes()
    shelves.choose({str(shelves.clips): {"tags_to": "labels"}})
    assert shelves.stepper.writes() == before


# -- libraries that are not there -------------------------------------------------------------------------------------


def test_library_that_was_renamed_keeps_its_settings_and_is_told_of(shelves: Shelves) -> None:
    stepper = shelves.stepper
    shelves.choose({"Clips": {"tags_to": "labels"}})
    stepper.sync(shelves.scene)
    rename(stepper, shelves.clips, "Shorts")
    stepper.open_log()
    before = stepper.writes()
    stepper.sync(shelves.scene)
    assert stepper.writes() == before
    assert shelves.shown("label") == [set(), {"Short"}]
    assert f"hold for the one with the id {shelves.clips}, which was called so before" in stepper.log()


def test_name_of_no_library_is_told_of_and_has_no_effect(shelves: Shelves) -> None:
    stepper = shelves.stepper
    stepper.open_log()
    shelves.choose({"Clisp": {"tags_to": "labels"}})
    stepper.sync(shelves.scene)
    assert shelves.shown("genre") == [{"Short"}, {"Short"}]
    assert 'the settings for the library "Clisp" have no effect: Plex has no such library' in stepper.log()
    rename(stepper, shelves.clips, "Clisp")
    stepper.drain()
    stepper.sync(shelves.scene)
    assert shelves.shown("label") == [set(), {"Short"}], "it is there now"


def test_settings_that_no_longer_can_be_read_write_nothing(shelves: Shelves) -> None:
    stepper = shelves.stepper
    shelves.choose({"Clips": {"tags_to": "labels"}})
    stepper.sync(shelves.scene)
    before = stepper.writes()
    stepper.configure(libraries='{"Clips": {"tags_to"')
    stepper.sync(shelves.scene)
    assert stepper.writes() == before
    assert stepper.pause_kind() == "settings"
