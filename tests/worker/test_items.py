"""Which items a scene finds, loses and finds again: one by one through a true queue, index and stand-ins."""

import pytest

from sync_queue.models import create_sync_job
from tests.fakes.plex import Fault
from worker.outcome import LOOK_AGAIN_S, NOT_IN_PLEX_S


def test_every_item_with_a_file_of_the_scene_is_written_when_there_are_several(stepper):
    other = stepper.plex.state.add_section("More movies", locations=["/media"]).key
    keys = [stepper.item("Sintel.mkv"), stepper.item("Sintel.4k.mkv"), stepper.item("Sintel.mkv", section=other)]
    bystander = stepper.item("Sintel 2.mkv", title="not ours")
    stepper.sync(stepper.scene("Sintel.mkv", "Sintel.4k.mkv", title="Sintel!"))
    assert [stepper.shown(key).title for key in keys] == ["Sintel!"] * 3
    assert stepper.shown(bystander).title == "not ours"


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize("together", [True, False])
def test_item_of_two_scenes_shows_the_one_whose_file_stands_first(stepper, order, together):
    key = stepper.item("trailer.mkv", "part 1.mkv", "part 2.mkv")
    scenes = [stepper.scene("part 1.mkv", title="First"), stepper.scene("part 2.mkv", title="Second")]
    for _ in range(2):  # and it stays so
        stepper.sync(*(scenes[place] for place in order)) if together else [
            stepper.sync(scenes[place]) for place in order
        ]
    stepper.sync(scenes[1])
    assert stepper.shown(key).title == "First"
    assert stepper.dead_letters() == []
    assert stepper.records.skips.get_many([scenes[1]])[scenes[1]].reason == "other_scene"


def test_heir_gets_its_say_when_the_owner_of_an_item_is_deleted_in_stash(stepper):
    key = stepper.item("part 1.mkv", "part 2.mkv")
    first, second = stepper.scene("part 1.mkv", title="First"), stepper.scene("part 2.mkv", title="Second")
    stepper.sync(second)
    stepper.sync(first)
    assert stepper.shown(key).title == "First"
    stepper.stash.destroy_scene(first)
    stepper.put(create_sync_job(first, "destroyed", {}, now=stepper.now))
    stepper.drain()
    assert stepper.shown(key).title == "Second"


@pytest.mark.parametrize("is_told", [True, False])
def test_what_a_merged_away_scene_wrote_goes_when_its_file_belongs_to_another(stepper, is_told):
    keys = [stepper.item("Sintel.mkv"), stepper.item("Sintel.4k.mkv", tags={"genre": ["Mine"]})]
    first = stepper.scene("Sintel.mkv", title="Sintel", tags=["Dragons"])
    second = stepper.scene("Sintel.4k.mkv", title="Sintel 4K", details="Ours", tags=["Snow"])
    stepper.sync(first, second)
    stepper.now += 1
    stepper.stash.merge_scenes([second], first)
    stepper.sync(*([second] if is_told else []), first)
    shown = [stepper.shown(key) for key in keys]
    assert [(item.title, item.summary) for item in shown] == [("Sintel", "")] * 2
    assert set(shown[1].tags["genre"]) == {"Mine", "Dragons"}
    stepper.now += 1
    writes = stepper.writes()
    stepper.sync(first)
    assert stepper.writes() == writes


def test_film_is_found_when_it_was_added_after_the_index_was_made(stepper):
    stepper.item("Sintel.mkv")
    stepper.sync(stepper.scene("Sintel.mkv"))
    scene, key = stepper.scene("Spring.mkv", title="Spring!"), stepper.item("Spring.mkv")
    stepper.later(60)
    stepper.sync(scene)
    assert stepper.shown(key).title == "Spring!"


def test_film_is_looked_for_again_a_second_later_when_plex_was_asked_just_now(stepper):
    stepper.sync(stepper.scene("missing.mkv"))
    scene, key = stepper.scene("Spring.mkv", title="Spring!"), stepper.item("Spring.mkv")
    stepper.now += LOOK_AGAIN_S / 2
    stepper.sync(scene)
    assert stepper.shown(key).title == "Spring"
    stepper.later(LOOK_AGAIN_S)
    assert stepper.shown(key).title == "Spring!"
    assert stepper.dead_letters() == []


def test_job_waits_for_plexs_scanner_when_plex_lacks_the_file(stepper):
    scene = stepper.scene("Spring.mkv", title="Spring!")
    stepper.item("Sintel.mkv")
    stepper.sync(scene)
    assert stepper.stats()["pending"] == 1
    key = stepper.item("Spring.mkv")
    stepper.later(NOT_IN_PLEX_S[0] * 1.2)
    assert stepper.shown(key).title == "Spring!"


def test_job_becomes_a_dead_letter_after_days_when_plex_never_gets_the_file(stepper):
    scene = stepper.scene("Spring.mkv", title="Spring!")
    stepper.sync(scene)
    for wait_s in NOT_IN_PLEX_S:
        assert stepper.dead_letters() == []
        stepper.later(wait_s * 1.2)
    (letter,) = stepper.dead_letters()
    assert letter["error_type"] == "NotInPlexError"
    assert "/media/Spring.mkv" in letter["error_message"]


@pytest.mark.parametrize("scan", [True, False])
def test_plex_is_asked_for_a_scan_only_where_the_setting_is_on(stepper, scan):
    stepper.configure(trigger_plex_scan=scan)
    stepper.plex.state.put_on_disk(stepper.section, "/media/new/Spring.mkv")
    stepper.sync(stepper.scene("new/Spring.mkv", title="Spring!"))
    assert [scan.folder for scan in stepper.plex.state.scans] == (["/media/new"] if scan else [])
    stepper.later(NOT_IN_PLEX_S[0] * 1.2)
    found = [item for item in stepper.plex.state.items.values() if item.values.get("title") == "Spring!"]
    assert len(found) == int(scan)


@pytest.mark.parametrize("batch", [1, 3])
def test_item_is_found_under_its_new_key_when_plex_has_it_anew(stepper, batch):
    scenes = [stepper.scene(f"{number}.mkv", title=f"Film {number}") for number in range(batch)]
    keys = [stepper.item(f"{number}.mkv") for number in range(batch)]
    stepper.sync(*scenes)
    stepper.plex.state.remove_item(keys[0])
    stepper.now += 3
    fresh = stepper.item("0.mkv")
    stepper.stash.save_scene(scenes[0], title="Again")
    stepper.sync(*scenes)
    assert stepper.shown(fresh).title == "Again"


def test_scene_follows_its_file_when_it_was_moved(stepper):
    scene, key = stepper.scene("old/Sintel.mkv", title="Sintel!"), stepper.item("old/Sintel.mkv")
    stepper.sync(scene)
    stepper.now += 3
    fresh = stepper.plex.state.move_file("/media/old/Sintel.mkv", "/media/new/Sintel.mkv")
    stepper.stash.scan_moved_file(scene, "/data/new/Sintel.mkv")
    stepper.sync(scene)
    assert fresh != key
    assert stepper.shown(fresh).title == "Sintel!"


def test_wrong_item_is_never_written_when_the_index_lies(stepper):
    """Another film took the rating key that the index remembers."""
    scene, key = stepper.scene("Sintel.mkv", title="Sintel!"), stepper.item("Sintel.mkv")
    stepper.sync(scene)
    stepper.plex.state.remove_item(key)
    stepper.plex.state.add_item(stepper.section, "/media/other.mkv", rating_key=key, title="Other film")
    stepper.stash.save_scene(scene, title="Changed")
    stepper.sync(scene)
    assert stepper.shown(key).title == "Other film"
    assert stepper.stats()["pending"] == 1


def test_ambiguous_match_is_a_dead_letter_that_names_both_and_writes_nothing(stepper):
    (stepper.data_dir / "config.yaml").write_text("ignore_path_case: true\n", encoding="utf-8")
    keys = [stepper.item(name) for name in ("Film.mkv", "film.mkv")]
    stepper.sync(stepper.scene("FILM.mkv", title="Which?"))
    (letter,) = stepper.dead_letters()
    assert letter["error_type"] == "AmbiguousMatchError"
    assert all(f"item {key} " in letter["error_message"] for key in keys)
    assert stepper.writes() == 0


@pytest.mark.needs("unlink")
def test_index_is_read_anew_when_its_file_was_damaged(stepper):
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel")
    stepper.sync(scene)
    (stepper.data_dir / "index.db-wal").unlink(missing_ok=True)
    (stepper.data_dir / "index.db").write_bytes(b"damaged" * 1000)
    stepper.now += 3
    stepper.stash.save_scene(scene, title="Sintel!")
    stepper.sync(scene)
    stepper.later(60)
    assert stepper.shown(key).title == "Sintel!"
    assert stepper.dead_letters() == []


@pytest.mark.parametrize("request_kind", ["metadata", ""])
def test_items_are_found_again_when_plex_denied_everything_for_a_while(stepper, request_kind):
    """A Plex that starts, or a proxy before it, answers 404: the index must not forget items that are never news again."""
    keys = [stepper.item(f"{number}.mkv") for number in range(3)]
    scenes = [stepper.scene(f"{number}.mkv", title=f"Film {number}") for number in range(3)]
    stepper.sync(*scenes)
    stepper.plex.faults.add(Fault("status", status=404, request_kind=request_kind))
    for scene in scenes:
        stepper.stash.save_scene(scene, title=f"Film {scene}!")
    stepper.sync(*scenes)
    stepper.plex.faults.clear_faults()
    stepper.later(60)
    assert [stepper.shown(key).title for key in keys] == [f"Film {scene}!" for scene in scenes]


def test_dead_item_is_forgotten_when_another_one_has_its_file(stepper):
    old, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel")
    stepper.item("other.mkv")
    stepper.sync(scene)
    stepper.plex.state.remove_item(old)
    new = stepper.item("Sintel.mkv")
    stepper.now += 10
    stepper.sync(scene)
    assert stepper.shown(new).title == "Sintel"
    assert stepper.parts.plex.index().entries_of(old) == []


def test_second_file_is_found_in_plex_when_its_scene_was_saved_for_it(stepper):
    first, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    stepper.now += 60
    second = stepper.item("Sintel 4k.mkv")
    stepper.stash.scan_second_file(scene, "/data/Sintel 4k.mkv")
    stepper.sync(scene)
    assert [stepper.shown(key).title for key in (first, second)] == ["Sintel!", "Sintel!"]
    stepper.plex.state.remove_item(second)
    stepper.now += 60
    asked = stepper.plex.journal.count("listing")
    stepper.sync(scene)  # learns that it is gone
    stepper.now += 60
    stepper.sync(scene)
    assert stepper.plex.journal.count("listing") - asked <= 3, "a file that stays away is not asked for each time"
