"""What a scene's values do to its item, and which of them are locked."""

import pytest


def test_title_is_the_files_name_again_when_stash_has_none_any_more(bench):
    key, scene = bench.item("Big Buck Bunny.2008.mkv"), bench.scene("Big Buck Bunny.2008.mkv", title="Bunny")
    bench.sync(scene)
    assert bench.shown(key).title == "Bunny"
    bench.stash.save_scene(scene, title="")
    bench.sync(scene)
    assert bench.shown(key).title == "Big Buck Bunny.2008"


def test_title_and_day_that_somebody_gave_in_plex_stay_unlocked_when_stash_knows_less(bench):
    key = bench.item("bbb.2008.mkv", title="Big Buck Bunny", originallyAvailableAt="2008-04-10")
    bench.sync(bench.scene("bbb.2008.mkv", date="2008", details="A rabbit."))
    shown = bench.shown(key)
    assert (shown.title, shown.date, shown.summary) == ("Big Buck Bunny", "2008-04-10", "A rabbit.")
    assert shown.locked == {"summary"}


@pytest.mark.parametrize("rating_in_edit", [True, False])
def test_rating_arrives_and_goes_whichever_route_the_server_takes(bench, rating_in_edit):
    bench.plex.options.rating_in_edit = rating_in_edit
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", rating100=85)
    bench.sync(scene)
    assert bench.shown(key).user_rating == 8.5
    bench.stash.save_scene(scene, rating100=None)
    bench.sync(scene)
    assert bench.shown(key).user_rating is None


@pytest.mark.parametrize("reading", ["replace", "add"])
def test_tags_end_as_wanted_whichever_way_the_server_reads_a_list(bench, reading):
    bench.plex.options.tag_lists = reading
    key = bench.item("Sintel.mkv", tags={"genre": ["Mine"]})
    scene = bench.scene("Sintel.mkv", tags=["Dragons", "Snow"], performers=["Ada Example", "Bob Sample"])
    bench.sync(scene)
    bench.stash.save_scene(scene, tags=["Snow"], performers=["Bob Sample"])
    bench.sync(scene)
    shown = bench.shown(key)
    assert set(shown.tags["genre"]) == {"Mine", "Snow"}
    assert shown.tags["actor"] == ("Bob Sample",)


def test_field_that_stash_never_had_is_left_alone_and_one_that_it_emptied_is_emptied(bench):
    key = bench.item("Sintel.mkv", summary="Plex's own words", studio="Plex's own studio")
    scene = bench.scene("Sintel.mkv", title="Sintel", details="Ours")
    bench.sync(scene)
    assert (bench.shown(key).summary, bench.shown(key).studio) == ("Ours", "Plex's own studio")
    bench.stash.save_scene(scene, details="")
    bench.sync(scene)
    assert (bench.shown(key).summary, bench.shown(key).studio) == ("", "Plex's own studio")


def test_what_is_equal_is_locked_once_and_all_alike_in_one_request(bench):
    """Another tool may have written it without locks: Plex's next refresh would bring the agent's values back."""
    keys, scenes = [], []
    for number in range(30):
        keys.append(bench.item(f"Film {number}.mkv", title=f"Film {number}", summary="Told", tags={"genre": ["Short"]}))
        scenes.append(bench.scene(f"Film {number}.mkv", title=f"Film {number}", details="Told", tags=["Short"]))
    bench.sync(*scenes)
    assert {bench.shown(key).locked for key in keys} == {frozenset({"title", "summary", "genre"})}
    assert bench.writes() == 1
    assert [bench.shown(key).values["title"] for key in keys] == [f"Film {number}" for number in range(30)]
    assert bench.records.history.last() == []
    bench.plex.state.items[keys[0]].locked = frozenset()  # somebody takes the locks off again
    bench.sync(*scenes)
    assert bench.writes() == 1


def test_nothing_is_locked_when_all_of_it_is_or_the_field_is_left_alone(bench):
    bench.configure(skip_fields="poster, summary")
    key = bench.item("Sintel.mkv", title="Sintel!", summary="Told")
    bench.plex.state.items[key].locked = frozenset({"title"})
    bench.sync(bench.scene("Sintel.mkv", title="Sintel!", details="Told"))
    assert (bench.shown(key).locked, bench.writes()) == ({"title"}, 0)


def test_files_name_is_not_locked_where_plex_shows_it_as_well(bench):
    key = bench.item("Sintel.mkv", title="Sintel", summary="Told")
    bench.sync(bench.scene("Sintel.mkv", title="", details="Told"))
    assert bench.shown(key).locked == {"summary"}


@pytest.mark.parametrize("preserve", [False, True])
def test_list_that_plex_takes_in_no_way_is_named_and_not_sent_again_until_it_is_another(bench, caplog, preserve):
    caplog.set_level("INFO", "stash2plex.worker")
    bench.plex.options.tag_lists = "replace"
    bench.configure(preserve_plex_edits=preserve)
    key = bench.item("Crowd.mkv", title="Old", tags={"actor": ["Zoe Last"]})
    cast = [f"Performer {number:04d}" for number in range(1000)]
    scene = bench.scene("Crowd.mkv", title="Crowd", performers=cast)
    bench.sync(scene)
    assert (bench.shown(key).title, bench.shown(key).tags["actor"]) == ("Crowd", ("Zoe Last",))
    assert "actor was not written: it needs a request of " in caplog.text
    assert bench.letters() == []
    assert len(bench.records.history.last()) == 1
    before = bench.writes()
    bench.sync(scene)
    assert (bench.writes(), len(bench.records.history.last())) == (before, 1)
    assert "actor" not in bench.records.written.get(scene)[key].values
    bench.stash.save_scene(scene, performers=cast[:5])
    bench.sync(scene)
    assert bench.shown(key).tags["actor"] == (*cast[:5], "Zoe Last")
