"""What a scene's values do to its item, and which of them are locked."""

import pytest


def test_title_is_the_files_name_again_when_stash_has_none_any_more(stepper):
    key, scene = stepper.item("Big Buck Bunny.2008.mkv"), stepper.scene("Big Buck Bunny.2008.mkv", title="Bunny")
    stepper.sync(scene)
    assert stepper.shown(key).title == "Bunny"
    stepper.stash.save_scene(scene, title="")
    stepper.sync(scene)
    assert stepper.shown(key).title == "Big Buck Bunny.2008"


def test_title_and_day_that_somebody_gave_in_plex_stay_unlocked_when_stash_knows_less(stepper):
    key = stepper.item("bbb.2008.mkv", title="Big Buck Bunny", originallyAvailableAt="2008-04-10")
    stepper.sync(stepper.scene("bbb.2008.mkv", date="2008", details="A rabbit."))
    shown = stepper.shown(key)
    assert (shown.title, shown.date, shown.summary) == ("Big Buck Bunny", "2008-04-10", "A rabbit.")
    assert shown.locked == {"summary"}


@pytest.mark.parametrize("rating_in_edit", [True, False])
def test_rating_arrives_and_goes_whichever_route_the_server_takes(stepper, rating_in_edit):
    stepper.plex.options.rating_in_edit = rating_in_edit
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", rating100=85)
    stepper.sync(scene)
    assert stepper.shown(key).user_rating == 8.5
    stepper.stash.save_scene(scene, rating100=None)
    stepper.sync(scene)
    assert stepper.shown(key).user_rating is None


@pytest.mark.parametrize("reading", ["replace", "add"])
def test_tags_end_as_wanted_whichever_way_the_server_reads_a_list(stepper, reading):
    stepper.plex.options.tag_lists = reading
    key = stepper.item("Sintel.mkv", tags={"genre": ["Mine"]})
    scene = stepper.scene("Sintel.mkv", tags=["Dragons", "Snow"], performers=["Ada Example", "Bob Sample"])
    stepper.sync(scene)
    stepper.stash.save_scene(scene, tags=["Snow"], performers=["Bob Sample"])
    stepper.sync(scene)
    shown = stepper.shown(key)
    assert set(shown.tags["genre"]) == {"Mine", "Snow"}
    assert shown.tags["actor"] == ("Bob Sample",)


def test_field_that_stash_never_had_is_left_alone_and_one_that_it_emptied_is_emptied(stepper):
    key = stepper.item("Sintel.mkv", summary="Plex's own words", studio="Plex's own studio")
    scene = stepper.scene("Sintel.mkv", title="Sintel", details="Ours")
    stepper.sync(scene)
    assert (stepper.shown(key).summary, stepper.shown(key).studio) == ("Ours", "Plex's own studio")
    stepper.stash.save_scene(scene, details="")
    stepper.sync(scene)
    assert (stepper.shown(key).summary, stepper.shown(key).studio) == ("", "Plex's own studio")


def test_what_is_equal_is_locked_once_and_all_alike_in_one_request(stepper):
    """Another tool may have written it without locks: Plex's next refresh would bring the agent's values back."""
    keys, scenes = [], []
    for number in range(30):
        keys.append(
            stepper.item(f"Film {number}.mkv", title=f"Film {number}", summary="Told", tags={"genre": ["Short"]})
        )
        scenes.append(stepper.scene(f"Film {number}.mkv", title=f"Film {number}", details="Told", tags=["Short"]))
    stepper.sync(*scenes)
    assert {stepper.shown(key).locked for key in keys} == {frozenset({"title", "summary", "genre"})}
    assert stepper.writes() == 1
    assert [stepper.shown(key).values["title"] for key in keys] == [f"Film {number}" for number in range(30)]
    assert stepper.records.history.last() == []
    stepper.plex.state.items[keys[0]].locked = frozenset()  # somebody takes the locks off again
    stepper.sync(*scenes)
    assert stepper.writes() == 1


def test_nothing_is_locked_when_all_of_it_is_or_the_field_is_left_alone(stepper):
    stepper.configure(skip_fields="poster, summary")
    key = stepper.item("Sintel.mkv", title="Sintel!", summary="Told")
    stepper.plex.state.items[key].locked = frozenset({"title"})
    stepper.sync(stepper.scene("Sintel.mkv", title="Sintel!", details="Told"))
    assert (stepper.shown(key).locked, stepper.writes()) == ({"title"}, 0)


def test_files_name_is_not_locked_where_plex_shows_it_as_well(stepper):
    key = stepper.item("Sintel.mkv", title="Sintel", summary="Told")
    stepper.sync(stepper.scene("Sintel.mkv", title="", details="Told"))
    assert stepper.shown(key).locked == {"summary"}


@pytest.mark.parametrize("preserve", [False, True])
def test_list_that_plex_takes_in_no_way_is_named_and_not_sent_again_until_it_is_another(stepper, caplog, preserve):
    caplog.set_level("INFO", "stash2plex.worker")
    stepper.plex.options.tag_lists = "replace"
    stepper.configure(preserve_plex_edits=preserve)
    key = stepper.item("Crowd.mkv", title="Old", tags={"actor": ["Zoe Last"]})
    cast = [f"Performer {number:04d}" for number in range(1000)]
    scene = stepper.scene("Crowd.mkv", title="Crowd", performers=cast)
    stepper.sync(scene)
    assert (stepper.shown(key).title, stepper.shown(key).tags["actor"]) == ("Crowd", ("Zoe Last",))
    assert "actor was not written: it needs a request of " in caplog.text
    assert stepper.dead_letters() == []
    assert len(stepper.records.history.last()) == 1
    before = stepper.writes()
    stepper.sync(scene)
    assert (stepper.writes(), len(stepper.records.history.last())) == (before, 1)
    assert "actor" not in stepper.records.written.get(scene)[key].values
    stepper.stash.save_scene(scene, performers=cast[:5])
    stepper.sync(scene)
    assert stepper.shown(key).tags["actor"] == (*cast[:5], "Zoe Last")
