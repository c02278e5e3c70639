"""One scene as a sync would write it, by settings that are typed and not saved. Each call is the process that Stash would start."""

import pytest

from tests.ui.page_house import OperationError


@pytest.fixture
def read(world):
    """A house of which the worker has read Plex's paths."""
    world.fill()
    world.stash.add_scene(title="Glass Half", path="/data/movies/Glass Half.mkv", tags=list("abcdefgh"))
    world.configure(tags_to="genres")
    world.operation("ui_mapping", rules="")
    world.until(lambda: world.operation("ui_mapping")["state"] == "ready", "the worker has read Plex's paths")
    return world


def after(answer):
    """What would be written to the first item, by field."""
    return {change["field"]: change["after"] for change in answer["scene"]["items"][0]["changes"]}


def test_example_is_a_scene_in_plex_and_shows_what_typed_settings_would_write(read):
    before = read.settings()
    answer = read.operation("ui_example")
    assert answer["others"] == 4
    assert answer["scene"]["title"] in read.scenes  # Glass Half has more tags, and is not in Plex
    assert after(answer)["genre"] == ["Animation", "Short"]
    tried = after(read.operation("ui_example", values={"tags_to": "labels", "collections_from": "studio"}))
    assert (tried.get("genre"), tried["label"], tried["collection"]) == (None, ["Animation", "Short"], ["Open Films"])
    assert read.settings() == before
    assert {record.method for record in read.plex.journal.records()} == {"GET"}


def test_example_of_another_place_is_another_scene_and_the_last_is_the_one_that_plex_lacks(read):
    titles = [read.operation("ui_example", place=place)["scene"]["title"] for place in range(5)]
    assert sorted(titles[:4]) == sorted(read.scenes)
    assert titles[4] == "Glass Half"
    assert read.operation("ui_example", place=5)["scene"]["title"] == titles[0]


def test_example_says_what_stays_once_it_is_synced(read):
    read.sync()
    answer = read.operation("ui_example")
    assert after(answer) == {}
    assert {"genre": ["Animation", "Short"]}.items() <= {
        each["field"]: each["value"] for each in answer["equal"]
    }.items()


def test_example_tries_no_address_with_the_token_that_is_saved(read):
    with pytest.raises(OperationError, match="plex_url cannot be tried"):
        read.operation("ui_example", values={"plex_url": "http://127.0.0.1:9"})


def test_example_of_an_empty_stash_is_none(world):
    world.configure()
    world.operation("ui_mapping", rules="")
    world.until(lambda: world.operation("ui_mapping")["state"] == "ready", "the worker has read Plex's paths")
    assert world.operation("ui_example") == {"scene": None, "equal": [], "others": 0}
