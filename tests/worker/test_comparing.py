"""What the light comparison finds on both sides, and what it leaves alone.

Against both stand-ins, with a time of one's own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from records import Relations
from settings.settings import Settings
from tests.fakes.plex import Fault
from tests.stepper import Stepper
from worker.control import comparing, reconciling
from worker.control.jobs import control_job
from worker.control.kinds import INDEX, RECONCILE
from worker.control.reconciling import ask_when_due
from worker.facts import (
    LAST_RECONCILE_AT,
    LAST_SYNC_AT,
    RECONCILE_FROM,
    UNSYNCED,
    UPDATES_MOVE,
    progress_fact,
    unsynced,
)

DAY_S = 86_400.0


@pytest.fixture(autouse=True)
def _begun(stepper: Stepper) -> None:
    """The plugin was installed before the films were added, and has compared before."""
    stepper.records.facts.put_many({LAST_RECONCILE_AT: stepper.now, UNSYNCED: {"count": 0, "known": 0}})


def films(stepper: Stepper, *names: str, **fields: Any) -> list[tuple[int, int]]:
    """Rating keys and scenes, synced; a minute later."""
    found = [
        (stepper.item(f"{name}.mkv", title=name), stepper.scene(f"{name}.mkv", title=f"{name}!", **fields))
        for name in names
    ]
    stepper.sync(*(scene for _, scene in found))
    stepper.now += 60
    return found


def compare(stepper: Stepper, *, after_s: float = DAY_S, **data: Any) -> dict[str, Any]:
    """Run one comparison to its end, `after_s` later, without the jobs that it queues; return its progress."""
    stepper.now += after_s
    stepper.put(control_job(RECONCILE, data, now=stepper.now))
    for _ in range(50):
        stepper.worker.step(stepper.now)
        progress = stepper.records.facts.get(progress_fact(RECONCILE)) or {}
        if progress.get("state") == "done" and progress["asked_at"] == stepper.now:
            return progress
    raise AssertionError(f"no end: {progress}")


def differ_and_settle(stepper: Stepper) -> int:
    """How many scenes a comparison finds to differ; their jobs are done afterwards, and then it finds nothing any more."""
    found = compare(stepper)["differ"]
    stepper.drain()
    assert compare(stepper)["differ"] == 0, "found again and again"
    return int(found)


def give(stepper: Stepper, scene_id: int, *names: str) -> None:
    """Files that the scene gets without a time, as `moveFiles` or a scan would."""
    library = stepper.stash.library
    scene = library.scene(scene_id)
    for name in names:
        library.disk.put(f"/data/{name}")
        scene.files = (*scene.files, library.add_file(f"/data/{name}"))
    library.revision += 1


def title(stepper: Stepper, key: int) -> str:
    return stepper.shown(key).title


def test_nothing_differs_and_nothing_is_queued_where_nothing_happened(stepper: Stepper) -> None:
    films(stepper, "Sintel", "Spring", tags=["Short"], performers=["Ada Example"], studio="Open", groups=["Movies"])
    progress = compare(stepper)
    assert (progress["compared"], progress["differ"], progress["unsynced"], progress["lost"]) == (2, 0, 0, 0)
    assert stepper.stats()["pending"] == 0


def test_file_that_was_moved_without_a_time_is_followed_to_its_new_item(stepper: Stepper) -> None:
    (_, scene), _ = films(stepper, "Sintel", "Spring")
    stepper.stash.library.scene(scene).files[0].path = "/data/Sintel renamed.mkv"
    new = stepper.plex.state.move_file("/media/Sintel.mkv", "/media/Sintel renamed.mkv")
    assert differ_and_settle(stepper) == 1
    assert title(stepper, new) == "Sintel!"


def test_items_that_were_removed_and_added_again_are_written_anew(stepper: Stepper) -> None:
    found = films(stepper, "Sintel", "Spring", "Hero")
    for key, _ in found:
        stepper.plex.state.remove_item(key)
    new = [stepper.item(f"{name}.mkv") for name in ("Sintel", "Spring", "Hero")]
    assert differ_and_settle(stepper) == 3
    assert [title(stepper, key) for key in new] == ["Sintel!", "Spring!", "Hero!"]


def test_library_made_anew_is_written_anew(stepper: Stepper) -> None:
    films(stepper, "Sintel")
    state = stepper.plex.state
    state.remove_section(stepper.section)
    stepper.section = state.add_section("Movies", locations=["/media"], key=stepper.section + 1).key
    new = stepper.item("Sintel.mkv")
    assert differ_and_settle(stepper) == 1
    assert title(stepper, new) == "Sintel!"


def test_item_under_the_same_key_is_another_one_when_it_was_added_at_another_time(stepper: Stepper) -> None:
    ((key, _),) = films(stepper, "Sintel")
    item = stepper.plex.state.items[key]
    item.values["title"], item.added_at = "of a database made anew", item.added_at + 30
    item.locked = frozenset()
    assert differ_and_settle(stepper) == 1
    assert title(stepper, key) == "Sintel!"


def test_item_that_is_older_than_our_last_write_came_back_from_a_backup(stepper: Stepper) -> None:
    ((key, scene),) = films(stepper, "Sintel")
    before = stepper.plex.state.items[key].updated_at
    stepper.stash.save_scene(scene, title="Sintel again")
    stepper.sync(scene)
    item = stepper.plex.state.items[key]
    item.values["title"], item.updated_at = "Sintel!", before
    assert differ_and_settle(stepper) == 1
    assert title(stepper, key) == "Sintel again"


def test_few_scenes_are_enough_to_learn_how_the_server_is_however_many_pages_there_are(
    stepper: Stepper, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = films(stepper, *(f"Film {number}" for number in range(8)))
    for key, _ in found:  # as where an edit does not move an item's time
        stepper.plex.state.items[key].updated_at -= 3600
    monkeypatch.setattr(reconciling, "PAGE", 2)
    monkeypatch.setattr(comparing, "PROBES", 1)
    assert stepper.records.facts.get(UPDATES_MOVE) is None
    assert differ_and_settle(stepper) == 1


def test_merged_performers_are_found_though_no_hook_fires_and_no_time_moves(stepper: Stepper) -> None:
    ((key, _),) = films(stepper, "Sintel", performers=["Ada Example", "Ada Sample"])
    stepper.stash.merge_performers([1], 2)
    assert differ_and_settle(stepper) == 1
    assert list(stepper.shown(key).tags["actor"]) == ["Ada Sample"]


def test_ids_are_recorded_when_nothing_has_to_be_written_for_them(stepper: Stepper) -> None:
    ((_, scene),) = films(stepper, "Sintel", tags=["Short"])
    stepper.records.relations.record_many({scene: Relations(tags=(99,))})
    writes = stepper.writes()
    assert differ_and_settle(stepper) == 1
    assert stepper.writes() == writes


def test_second_item_is_written_though_the_scene_was_not_saved(stepper: Stepper) -> None:
    ((first, scene),) = films(stepper, "Sintel")
    give(stepper, scene, "Sintel 4k.mkv")
    second = stepper.item("Sintel 4k.mkv")
    assert differ_and_settle(stepper) == 1
    assert [title(stepper, key) for key in (first, second)] == ["Sintel!", "Sintel!"]


def test_item_that_another_scene_holds_is_left_to_it(stepper: Stepper) -> None:
    key = stepper.item("part 1.mkv", "part 2.mkv")
    first, second = stepper.scene("part 1.mkv", title="First"), stepper.scene("part 2.mkv", title="Second")
    own = stepper.item("Second.mkv")
    give(stepper, second, "Second.mkv")
    stepper.sync(first, second)
    stepper.now += 60
    assert [title(stepper, rating_key) for rating_key in (key, own)] == ["First", "Second"]
    assert compare(stepper)["differ"] == 0
    skipped = stepper.scene("part 2.mkv", title="Third")
    stepper.sync(skipped)
    assert stepper.records.skips.counts() == {"other_scene": 1}
    assert compare(stepper)["differ"] == 0


def test_file_that_was_given_to_another_scene_takes_the_item_along(stepper: Stepper) -> None:
    (key, giver), (_, taker) = films(stepper, "Sintel", "Spring")
    scenes = stepper.stash.library
    scenes.scene(taker).files += scenes.scene(giver).files
    scenes.scene(giver).files = ()
    progress = compare(stepper)
    stepper.drain()
    assert progress["differ"] >= 1
    assert title(stepper, key) == "Spring!"
    assert compare(stepper)["differ"] == 0


@pytest.mark.parametrize("is_skipped", [True, False])
def test_scene_whose_file_has_come_is_synced_without_waiting_for_its_turn(stepper: Stepper, is_skipped: bool) -> None:
    stepper.configure(skip_not_in_plex=is_skipped)
    scene = stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    stepper.now += 60
    stepper.drain()
    assert compare(stepper, after_s=1, asked=True)["differ"] == 0
    key = stepper.item("Sintel.mkv")
    assert compare(stepper, after_s=1, asked=True)["differ"] == 1
    stepper.drain()
    assert title(stepper, key) == "Sintel!"
    assert (stepper.stats()["pending"], stepper.records.skips.counts()) == (0, {})


def test_scene_that_was_saved_by_a_clock_that_was_ahead_is_not_looked_at_every_day(stepper: Stepper) -> None:
    stepper.configure(skip_not_in_plex=True)
    stepper.stash.library.ahead_s = 365 * DAY_S
    scene = stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    stepper.stash.library.ahead_s = 0
    assert [compare(stepper)["differ"] for _ in range(2)] == [0, 0]


def test_few_scenes_that_lost_their_items_are_looked_for_once(stepper: Stepper) -> None:
    found = films(stepper, "Sintel", "Spring")
    stepper.plex.state.remove_item(found[0][0])
    progress = compare(stepper)
    assert (progress["lost"], progress["differ"]) == (1, 1)
    stepper.drain()
    assert stepper.records.skips.counts() == {"NotInPlexError": 1}
    assert compare(stepper)["differ"] == 0
    assert list(stepper.records.written.get(found[0][1])) == [found[0][0]], "what an undo needs stays"


def test_index_keeps_what_plex_does_not_list_while_it_starts(stepper: Stepper) -> None:
    found = films(stepper, *(f"Film {number}" for number in range(30)))
    with _all_hidden(stepper):
        assert compare(stepper)["lost"] == 0
    stepper.stash.save_scene(found[0][1], title="Saved")
    stepper.sync(found[0][1])
    assert title(stepper, found[0][0]) == "Saved"


def test_many_scenes_that_lost_their_items_at_once_are_left_alone_until_plex_has_them(stepper: Stepper) -> None:
    found = films(stepper, *(f"Film {number}" for number in range(30)))
    with _all_hidden(stepper):
        stepper.put(control_job(INDEX, {}, now=stepper.now))
        stepper.drain()
        progress = compare(stepper)
        assert (progress["lost"], progress["differ"], stepper.stats()["pending"]) == (30, 0, 0)
    assert stepper.records.written.scene_count() == 30
    assert differ_and_settle(stepper) == 0
    stepper.stash.save_scene(found[0][1], title="Saved")
    stepper.sync(found[0][1])
    assert title(stepper, found[0][0]) == "Saved", "the index has it again"


@contextmanager
def _all_hidden(stepper: Stepper) -> Iterator[None]:
    """Plex has none of its items, as it may while it starts."""
    state = stepper.plex.state
    hidden = list(state.items.values())
    for item in hidden:
        state.remove_item(item.rating_key)
    yield
    state.put_back(*hidden)


def test_listing_that_fails_proves_nothing(stepper: Stepper) -> None:
    films(stepper, "Sintel", "Spring")
    stepper.plex.state.add_section("More", locations=["/more"])
    stepper.plex.faults.add(Fault("status", status=500, path=f"/library/sections/{stepper.section}/all", times=1000))
    progress = compare(stepper)
    assert (progress["differ"], progress["lost"]) == (0, 0)
    assert stepper.stats()["pending"] == 0


def test_what_was_there_before_the_plugin_is_counted_and_left_to_sync_all(stepper: Stepper) -> None:
    old = [
        (stepper.item(f"{name}.mkv", title=name), stepper.scene(f"{name}.mkv", title=f"{name}!"))
        for name in ("Old", "Older")
    ]
    stepper.scene("not in Plex.mkv", title="Elsewhere")
    stepper.now += 2 * DAY_S
    stepper.records.facts.put(LAST_RECONCILE_AT, stepper.now)
    films(stepper, "Sintel")
    progress = compare(stepper)
    assert (progress["differ"], progress["unsynced"]) == (0, 2)
    assert unsynced(stepper.records) == 2
    stepper.drain()
    assert title(stepper, old[0][0]) == "Old"
    stepper.sync(*(scene for _, scene in old))
    assert unsynced(stepper.records) == 0
    assert compare(stepper)["unsynced"] == 0


def test_person_who_asks_for_it_has_what_was_never_synced_queued_and_what_is_gone_forgotten(stepper: Stepper) -> None:
    ((_, gone),) = films(stepper, "Sintel")
    del stepper.stash.library.scenes[gone]
    stepper.stash.library.revision += 1
    key = stepper.item("Old.mkv")
    stepper.scene("Old.mkv", title="Old!")
    stepper.now += 2 * DAY_S
    stepper.records.facts.put(LAST_RECONCILE_AT, stepper.now)
    progress = compare(stepper, asked=True)
    assert (progress["differ"], progress["gone"]) == (1, 1)
    stepper.drain()
    assert title(stepper, key) == "Old!"
    assert stepper.records.written.scene_ids() == [key]


def test_scene_saved_since_the_last_comparison_is_synced_though_its_row_was_lost(stepper: Stepper) -> None:
    stepper.now += 10
    key = stepper.item("Sintel.mkv")
    stepper.scene("Sintel.mkv", title="Sintel!")
    assert differ_and_settle(stepper) == 1
    assert title(stepper, key) == "Sintel!"


def test_saves_get_their_turn_between_two_steps(stepper: Stepper, monkeypatch: pytest.MonkeyPatch) -> None:
    found = films(stepper, *(f"Film {number}" for number in range(6)))
    monkeypatch.setattr(reconciling, "STEP_S", -1.0)
    monkeypatch.setattr(reconciling, "PAGE", 2)
    stepper.now += DAY_S
    stepper.put(control_job(RECONCILE, {}, now=stepper.now))
    stepper.worker.step(stepper.now)
    assert stepper.stats()["pending"] == 1, "the next step waits in the queue"
    stepper.stash.save_scene(found[0][1], title="Saved meanwhile")
    stepper.queue(found[0][1])
    stepper.worker.step(stepper.now)
    assert title(stepper, found[0][0]) == "Saved meanwhile"


def test_comparison_costs_a_request_for_a_page_on_each_side(stepper: Stepper) -> None:
    stepper.plex.state.populate(1000, stepper.section, "/media/{n}.mkv")
    for number in range(1, 1001):
        stepper.scene(f"{number}.mkv")
    compare(stepper)  # builds the index
    stepper.drain()
    plex, stash = stepper.plex.journal.count("listing"), stepper.stash.log.counts["graphql"]
    compare(stepper)
    assert stepper.plex.journal.count("listing") - plex <= 4
    assert stepper.stash.log.counts["graphql"] - stash <= 5
    assert comparing.PAGE == 1000


@pytest.mark.parametrize("ahead_s", [0.0, 10 * DAY_S])
def test_nothing_that_was_there_before_is_synced_by_itself_whatever_the_clock_says(
    stepper: Stepper, ahead_s: float
) -> None:
    stepper.item("Old.mkv")
    stepper.scene("Old.mkv", title="Old!")
    stepper.now += DAY_S
    facts = {LAST_RECONCILE_AT: stepper.now + ahead_s, UNSYNCED: None}
    stepper.records.facts.put_many(facts | ({RECONCILE_FROM: stepper.now + ahead_s}))
    assert (compare(stepper)["differ"], unsynced(stepper.records)) == (0, 1)


def test_fresh_install_counts_what_is_there_and_syncs_none_of_it(stepper: Stepper) -> None:
    stepper.item("Old.mkv")
    stepper.scene("Old.mkv", title="Old!")
    stepper.now += 60
    stepper.records.facts.put_many({LAST_RECONCILE_AT: None, UNSYNCED: None})
    queue_dir, settings = stepper.parts.queue_dir, Settings()
    assert not ask_when_due(stepper.records, queue_dir, settings, stepper.now)
    stepper.now += 60
    assert ask_when_due(stepper.records, queue_dir, settings, stepper.now)
    stepper.drain()
    assert unsynced(stepper.records) == 1
    assert stepper.records.written.scene_count() == 0
    assert compare(stepper)["differ"] == 0, "nor the next day, though it was saved within the hour before"


def test_comparison_that_another_version_began_begins_anew(stepper: Stepper) -> None:
    films(stepper, "Sintel")
    assert compare(stepper, state={"began": "otherwise"})["compared"] == 1


def test_last_sync_is_none_of_a_comparison(stepper: Stepper) -> None:
    films(stepper, "Sintel")
    before = stepper.records.facts.get(LAST_SYNC_AT)
    compare(stepper)
    assert stepper.records.facts.get(LAST_SYNC_AT) == before


def test_scenes_of_a_library_that_is_not_synced_any_more_are_no_lost_ones(stepper: Stepper) -> None:
    other = stepper.plex.state.add_section("Shorts", locations=["/media/shorts"]).key
    stepper.item("shorts/Sintel.mkv", section=other)
    stepper.sync(stepper.scene("shorts/Sintel.mkv", title="Sintel!"))
    stepper.configure(plex_library="Movies")
    progress = compare(stepper)
    assert (progress["compared"], progress["lost"], progress["differ"]) == (1, 0, 0)
