"""From a job to what Plex shows, without processes: matching, merging, who owns an item, and what never happens."""

import pytest

from records import RecordsUnavailable
from sync_queue.models import create_sync_job
from tests.fakes.plex import Fault
from tests.sync_queue.jobs import entity
from worker.backoff import LOOK_AGAIN_S, NOT_IN_PLEX_S
from worker.sync import MOST_INTERRUPTIONS


def test_scene_reaches_its_item_with_one_edit(bench):
    key = bench.item("Sintel.mkv", title="sintel")
    scene = bench.scene("Sintel.mkv", title="Sintel", details="A girl.", date="2010-09-27", rating100=85, director="Dana Director", performers=["Ada Example"], tags=["Dragons"], studio="Blender")  # fmt: skip
    bench.sync(scene)
    shown = bench.shown(key)
    assert (shown.title, shown.summary, shown.date, shown.user_rating, shown.studio) == ("Sintel", "A girl.", "2010-09-27", 8.5, "Blender")  # fmt: skip
    assert shown.tags == {"actor": ("Ada Example",), "director": ("Dana Director",), "genre": ("Dragons",)}
    assert bench.writes() == 1


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


def test_nothing_is_written_when_plex_shows_it_already(bench):
    scene = bench.scene("Sintel.mkv", title="Sintel", tags=["Dragons"])
    bench.item("Sintel.mkv")
    bench.sync(scene)
    writes = bench.writes()
    bench.sync(scene)
    assert bench.writes() == writes
    assert bench.stats()["completed"] == 2


def test_batch_costs_one_query_and_one_read_when_it_has_many_scenes(bench):
    scenes = [bench.scene(f"{number}.mkv", title=f"Film {number}") for number in range(40)]
    for number in range(40):
        bench.item(f"{number}.mkv")
    bench.sync(bench.scene("warm.mkv"))
    bench.stash.log.reset()
    bench.plex.journal.clear_log()
    bench.sync(*scenes)
    assert bench.stash.log.counts["findScenes"] == 1
    assert bench.plex.journal.count("metadata") == 1
    assert bench.writes() == 40


def test_every_item_with_a_file_of_the_scene_is_written_when_there_are_several(bench):
    other = bench.plex.state.add_section("More movies", locations=["/media"]).key
    keys = [bench.item("Sintel.mkv"), bench.item("Sintel.4k.mkv"), bench.item("Sintel.mkv", section=other)]
    bystander = bench.item("Sintel 2.mkv", title="not ours")
    bench.sync(bench.scene("Sintel.mkv", "Sintel.4k.mkv", title="Sintel!"))
    assert [bench.shown(key).title for key in keys] == ["Sintel!"] * 3
    assert bench.shown(bystander).title == "not ours"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_item_of_two_scenes_shows_the_one_whose_file_stands_first(bench, order, together):
    key = bench.item("trailer.mkv", "part 1.mkv", "part 2.mkv")
    scenes = [bench.scene("part 1.mkv", title="First"), bench.scene("part 2.mkv", title="Second")]
    for _ in range(2):  # and it stays so
        bench.sync(*(scenes[place] for place in order)) if together else [bench.sync(scenes[place]) for place in order]
    bench.sync(scenes[1])
    assert bench.shown(key).title == "First"
    assert bench.letters() == []
    assert bench.records.skips.get_many([scenes[1]])[scenes[1]].reason == "other_scene"


def test_heir_gets_its_say_when_the_owner_of_an_item_is_deleted_in_stash(bench):
    key = bench.item("part 1.mkv", "part 2.mkv")
    first, second = bench.scene("part 1.mkv", title="First"), bench.scene("part 2.mkv", title="Second")
    bench.sync(second)
    bench.sync(first)
    assert bench.shown(key).title == "First"
    bench.stash.destroy_scene(first)
    bench.put(create_sync_job(first, "destroyed", {}, now=bench.now))
    bench.drain()
    assert bench.shown(key).title == "Second"


@pytest.mark.parametrize("is_told", [True, False])
def test_what_a_merged_away_scene_wrote_goes_when_its_file_belongs_to_another(bench, is_told):
    keys = [bench.item("Sintel.mkv"), bench.item("Sintel.4k.mkv", tags={"genre": ["Mine"]})]
    first = bench.scene("Sintel.mkv", title="Sintel", tags=["Dragons"])
    second = bench.scene("Sintel.4k.mkv", title="Sintel 4K", details="Ours", tags=["Snow"])
    bench.sync(first, second)
    bench.now += 1
    bench.stash.merge_scenes([second], first)
    bench.sync(*([second] if is_told else []), first)
    shown = [bench.shown(key) for key in keys]
    assert [(item.title, item.summary) for item in shown] == [("Sintel", "")] * 2
    assert set(shown[1].tags["genre"]) == {"Mine", "Dragons"}
    bench.now += 1
    writes = bench.writes()
    bench.sync(first)
    assert bench.writes() == writes


def test_film_is_found_when_it_was_added_after_the_index_was_made(bench):
    bench.item("Sintel.mkv")
    bench.sync(bench.scene("Sintel.mkv"))
    scene, key = bench.scene("Spring.mkv", title="Spring!"), bench.item("Spring.mkv")
    bench.later(60)
    bench.sync(scene)
    assert bench.shown(key).title == "Spring!"


def test_film_is_looked_for_again_a_second_later_when_plex_was_asked_just_now(bench):
    bench.sync(bench.scene("missing.mkv"))
    scene, key = bench.scene("Spring.mkv", title="Spring!"), bench.item("Spring.mkv")
    bench.now += LOOK_AGAIN_S / 2
    bench.sync(scene)
    assert bench.shown(key).title == "Spring"
    bench.later(LOOK_AGAIN_S)
    assert bench.shown(key).title == "Spring!"
    assert bench.letters() == []


def test_job_waits_for_plexs_scanner_when_plex_lacks_the_file(bench):
    scene = bench.scene("Spring.mkv", title="Spring!")
    bench.item("Sintel.mkv")
    bench.sync(scene)
    assert bench.stats()["pending"] == 1
    key = bench.item("Spring.mkv")
    bench.later(NOT_IN_PLEX_S[0] * 1.2)
    assert bench.shown(key).title == "Spring!"


def test_job_becomes_a_dead_letter_after_days_when_plex_never_gets_the_file(bench):
    scene = bench.scene("Spring.mkv", title="Spring!")
    bench.sync(scene)
    for wait_s in NOT_IN_PLEX_S:
        assert bench.letters() == []
        bench.later(wait_s * 1.2)
    (letter,) = bench.letters()
    assert letter["error_type"] == "NotInPlexError"
    assert "/media/Spring.mkv" in letter["error_message"]


@pytest.mark.parametrize("scan", [True, False])
def test_plex_is_asked_for_a_scan_only_where_the_setting_is_on(bench, scan):
    bench.configure(trigger_plex_scan=scan)
    bench.plex.state.put_on_disk(bench.section, "/media/new/Spring.mkv")
    bench.sync(bench.scene("new/Spring.mkv", title="Spring!"))
    assert [scan.folder for scan in bench.plex.state.scans] == (["/media/new"] if scan else [])
    bench.later(NOT_IN_PLEX_S[0] * 1.2)
    found = [item for item in bench.plex.state.items.values() if item.values.get("title") == "Spring!"]
    assert len(found) == int(scan)


@pytest.mark.parametrize("batch", [1, 3])
def test_item_is_found_under_its_new_key_when_plex_has_it_anew(bench, batch):
    scenes = [bench.scene(f"{number}.mkv", title=f"Film {number}") for number in range(batch)]
    keys = [bench.item(f"{number}.mkv") for number in range(batch)]
    bench.sync(*scenes)
    bench.plex.state.remove_item(keys[0])
    bench.now += 3
    fresh = bench.item("0.mkv")
    bench.stash.save_scene(scenes[0], title="Again")
    bench.sync(*scenes)
    assert bench.shown(fresh).title == "Again"


def test_scene_follows_its_file_when_it_was_moved(bench):
    scene, key = bench.scene("old/Sintel.mkv", title="Sintel!"), bench.item("old/Sintel.mkv")
    bench.sync(scene)
    bench.now += 3
    fresh = bench.plex.state.move_file("/media/old/Sintel.mkv", "/media/new/Sintel.mkv")
    bench.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    bench.sync(scene)
    assert fresh != key
    assert bench.shown(fresh).title == "Sintel!"


def test_wrong_item_is_never_written_when_the_index_lies(bench):
    """Another film took the rating key that the index remembers."""
    scene, key = bench.scene("Sintel.mkv", title="Sintel!"), bench.item("Sintel.mkv")
    bench.sync(scene)
    bench.plex.state.remove_item(key)
    bench.plex.state.add_item(bench.section, "/media/other.mkv", rating_key=key, title="Other film")
    bench.stash.save_scene(scene, title="Changed")
    bench.sync(scene)
    assert bench.shown(key).title == "Other film"
    assert bench.stats()["pending"] == 1


def test_ambiguous_match_is_a_dead_letter_that_names_both_and_writes_nothing(bench):
    (bench.data_dir / "config.yaml").write_text("ignore_path_case: true\n", encoding="utf-8")
    keys = [bench.item(name) for name in ("Film.mkv", "film.mkv")]
    bench.sync(bench.scene("FILM.mkv", title="Which?"))
    (letter,) = bench.letters()
    assert letter["error_type"] == "AmbiguousMatchError"
    assert all(f"item {key} " in letter["error_message"] for key in keys)
    assert bench.writes() == 0


def test_dry_run_writes_nothing_and_says_what_it_would(bench, caplog):
    bench.configure(dry_run=True)
    bench.item("Sintel.mkv", title="sintel")
    with caplog.at_level("INFO", "stash2plex.worker"):
        bench.sync(bench.scene("Sintel.mkv", title="Sintel!"))
    assert bench.writes() == 0
    assert 'title: "sintel" -> "Sintel!"' in caplog.text
    assert bench.stats()["completed"] == 1


def test_nothing_is_sent_while_the_user_has_paused(bench):
    bench.configure(paused=True)
    key, scene = bench.item("Sintel.mkv", title="sintel"), bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    assert bench.worker.pause.kind == "user"
    bench.configure(paused=False)
    bench.later(60)
    assert bench.shown(key).title == "Sintel!"


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


def test_scene_that_is_gone_from_stash_leaves_its_item_as_it_is_and_what_an_undo_needs(bench):
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    bench.stash.destroy_scene(scene)
    bench.sync(scene)
    assert bench.shown(key).title == "Sintel!"
    assert bench.records.written.scene_ids() == []
    assert bench.records.written.get(scene)[key].gone_at == bench.now


def test_deleted_performer_leaves_all_its_scenes_although_stash_no_longer_knows_them(bench):
    keys = [bench.item(f"{name}.mkv") for name in "ab"]
    scenes = [bench.scene(f"{name}.mkv", performers=["Ada Example", "Bob Sample"]) for name in "ab"]
    bench.sync(*scenes)
    ada = next(one.id for one in bench.stash.library.performers.values() if one.name == "Ada Example")
    bench.stash.destroy_performer(ada)
    bench.put(entity("performer", "destroy", ada, at=bench.now))
    bench.drain()
    assert [bench.shown(key).tags["actor"] for key in keys] == [("Bob Sample",)] * 2


def test_merged_tag_reaches_the_scenes_of_both(bench):
    keys = [bench.item(f"{name}.mkv") for name in "ab"]
    scenes = [bench.scene("a.mkv", tags=["Kept"]), bench.scene("b.mkv", tags=["Gone"])]
    bench.sync(*scenes)
    kept, gone = (
        next(tag.id for tag in bench.stash.library.tags.values() if tag.name == name) for name in ("Kept", "Gone")
    )
    bench.stash.merge_tags([gone], kept)
    bench.put(entity("tag", "merge", kept, gone, at=bench.now))
    bench.drain()
    assert [bench.shown(key).tags["genre"] for key in keys] == [("Kept",)] * 2


def test_kill_between_edit_and_record_loses_no_removal(bench):
    """The edit arrived and nobody wrote it down; the tag is removed from the scene before the next try."""
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", tags=["Ours"])
    bench.plex.faults.add(Fault("reset", request_kind="edit", applied=True, times=1))
    bench.sync(scene)
    assert bench.shown(key).tags["genre"] == ("Ours",)
    bench.stash.save_scene(scene, tags=[])
    bench.later(60)
    bench.later(60)
    assert bench.shown(key).tags.get("genre", ()) == ()


def test_refused_edit_is_a_dead_letter_of_its_scene_alone(bench):
    keys = [bench.item(f"{name}.mkv") for name in "abc"]
    scenes = [bench.scene(f"{name}.mkv", title=f"{name}!") for name in "abc"]
    refused = bench.plex.faults.add(
        Fault("status", status=400, request_kind="edit", when=lambda request: f"id={keys[1]}" in request.target)
    )
    bench.sync(*scenes)
    assert refused.hits
    assert [letter["scene_id"] for letter in bench.letters()] == [scenes[1]]
    assert [bench.shown(key).title for key in (keys[0], keys[2])] == ["a!", "c!"]


def test_nothing_is_lost_when_the_disk_of_the_records_is_full_for_a_while(bench):
    """SQLite's own limit on the pages of a file fails a write as a full disk does."""
    keys = [bench.item(f"{number}.mkv") for number in range(30)]
    scenes = [bench.scene(f"{number}.mkv", title=f"Film {number}", details="x" * 2000) for number in range(30)]
    connection = bench.records._database._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 1}")
    bench.queue(*scenes)
    with pytest.raises(RecordsUnavailable):
        bench.drain()
    assert bench.writes() == 0, "what an undo needs could not be kept, so nothing was written to Plex"
    connection.execute("PRAGMA max_page_count = 1000000")
    bench.later(60)
    assert [bench.shown(key).title for key in keys] == [f"Film {number}" for number in range(30)]
    assert bench.letters() == []


def test_index_is_read_anew_when_its_file_was_damaged(bench):
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel")
    bench.sync(scene)
    (bench.data_dir / "index.db-wal").unlink(missing_ok=True)
    (bench.data_dir / "index.db").write_bytes(b"damaged" * 1000)
    bench.now += 3
    bench.stash.save_scene(scene, title="Sintel!")
    bench.sync(scene)
    bench.later(60)
    assert bench.shown(key).title == "Sintel!"
    assert bench.letters() == []


@pytest.mark.parametrize("request_kind", ["metadata", ""])
def test_items_are_found_again_when_plex_denied_everything_for_a_while(bench, request_kind):
    """A Plex that starts, or a proxy before it, answers 404: the index must not forget items that are never news again."""
    keys = [bench.item(f"{number}.mkv") for number in range(3)]
    scenes = [bench.scene(f"{number}.mkv", title=f"Film {number}") for number in range(3)]
    bench.sync(*scenes)
    bench.plex.faults.add(Fault("status", status=404, request_kind=request_kind))
    for scene in scenes:
        bench.stash.save_scene(scene, title=f"Film {scene}!")
    bench.sync(*scenes)
    bench.plex.faults.clear_faults()
    bench.later(60)
    assert [bench.shown(key).title for key in keys] == [f"Film {scene}!" for scene in scenes]


def test_dead_item_is_forgotten_when_another_one_has_its_file(bench):
    old, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel")
    bench.item("other.mkv")
    bench.sync(scene)
    bench.plex.state.remove_item(old)
    new = bench.item("Sintel.mkv")
    bench.now += 10
    bench.sync(scene)
    assert bench.shown(new).title == "Sintel"
    assert bench.parts.session.index().entries_of(old) == []


def test_job_costs_an_attempt_and_is_not_given_up_when_workers_died_with_it(bench):
    """A container that is killed again and again must not turn what its workers had in hand into dead letters."""
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel")
    bench.queue(scene)
    for _ in range(MOST_INTERRUPTIONS):
        bench.worker._claims.claim_due(bench.now, 1)
        bench.worker._claims.resume(bench.now)
    bench.drain()
    assert bench.writes() == 0
    assert bench.letters() == []
    bench.later(10)
    assert bench.shown(key).title == "Sintel"


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
def test_list_that_plex_takes_in_no_way_begins_as_in_stash_and_comes_to_rest(bench, caplog, preserve):
    caplog.set_level("INFO", "stash2plex.worker")
    bench.configure(preserve_plex_edits=preserve)
    key = bench.item("Crowd.mkv", title="Crowd", tags={"actor": ["Zoe Last"]})
    cast = [f"Performer {number:04d}" for number in range(1000)]
    scene = bench.scene("Crowd.mkv", title="Crowd", performers=cast)
    bench.sync(scene)
    there = bench.shown(key).tags["actor"]
    assert list(there) == [*cast[: len(there) - 1], "Zoe Last"]
    assert f"of 1,001 names Plex shows the first {len(there):,}" in caplog.text
    assert bench.letters() == []
    assert len(bench.records.history.last()) == 1
    before = bench.writes()
    bench.sync(scene)
    assert (bench.writes(), len(bench.records.history.last())) == (before, 1)
    assert set(bench.records.written.get(scene)[key].values["actor"]) == set(there) - {"Zoe Last"}
    bench.stash.save_scene(scene, performers=cast[5:])
    bench.sync(scene)
    assert list(bench.shown(key).tags["actor"]) == [*cast[5 : len(there) + 4], "Zoe Last"]
