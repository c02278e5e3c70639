"""Which items a scene finds, loses and finds again: one by one through a true queue, index and stand-ins."""

import pytest

from sync_queue.models import create_sync_job
from tests.fakes.plex import Fault
from worker.outcome import LOOK_AGAIN_S, NOT_IN_PLEX_S


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
    assert bench.parts.plex.index().entries_of(old) == []


def test_second_file_is_found_in_plex_when_its_scene_was_saved_for_it(bench):
    first, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    bench.now += 60
    second = bench.item("Sintel 4k.mkv")
    bench.stash.scan_second_file(scene, "/data/Sintel 4k.mkv")
    bench.sync(scene)
    assert [bench.shown(key).title for key in (first, second)] == ["Sintel!", "Sintel!"]
    bench.plex.state.remove_item(second)
    bench.now += 60
    asked = bench.plex.journal.count("listing")
    bench.sync(scene)  # learns that it is gone
    bench.now += 60
    bench.sync(scene)
    assert bench.plex.journal.count("listing") - asked <= 3, "a file that stays away is not asked for each time"
