"""What the light comparison finds on both sides, and what it leaves alone: against both stand-ins, with a time of one's own."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from records import Relations
from settings.settings import Settings
from tests.fakes.plex import Fault
from tests.worker.conftest import Bench
from worker.control import comparing, reconciling
from worker.control.jobs import INDEX, RECONCILE, control_job
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
def _begun(bench: Bench) -> None:
    """The plugin was there before the films, and has compared before."""
    bench.records.facts.put_many({LAST_RECONCILE_AT: bench.now, UNSYNCED: {"count": 0, "known": 0}})


def films(bench: Bench, *names: str, **fields: Any) -> list[tuple[int, int]]:
    """Rating keys and scenes, synced; a minute later."""
    found = [
        (bench.item(f"{name}.mkv", title=name), bench.scene(f"{name}.mkv", title=f"{name}!", **fields))
        for name in names
    ]
    bench.sync(*(scene for _, scene in found))
    bench.now += 60
    return found


def compare(bench: Bench, *, after_s: float = DAY_S, **data: Any) -> dict[str, Any]:
    """Later, one comparison to its end, without what it has queued; what it says of itself."""
    bench.now += after_s
    bench.put(control_job(RECONCILE, data, now=bench.now))
    for _ in range(50):
        bench.worker.step(bench.now)
        told = bench.records.facts.get(progress_fact(RECONCILE)) or {}
        if told.get("state") == "done" and told["asked_at"] == bench.now:
            return told
    raise AssertionError(f"no end: {told}")


def differ_and_settle(bench: Bench) -> int:
    """How many scenes a comparison finds to differ; their jobs are done afterwards, and then it finds nothing any more."""
    found = compare(bench)["differ"]
    bench.drain()
    assert compare(bench)["differ"] == 0, "found again and again"
    return int(found)


def give(bench: Bench, scene_id: int, *names: str) -> None:
    """Files that the scene gets without a time, as `moveFiles` or a scan would."""
    library = bench.stash.library
    scene = library.scene(scene_id)
    for name in names:
        library.disk.put(f"/data/{name}")
        scene.files = (*scene.files, library.add_file(f"/data/{name}"))
    library.revision += 1


def title(bench: Bench, key: int) -> str:
    return bench.shown(key).title


def test_nothing_differs_and_nothing_is_queued_where_nothing_happened(bench: Bench) -> None:
    films(bench, "Sintel", "Spring", tags=["Short"], performers=["Ada Example"], studio="Open", groups=["Movies"])
    told = compare(bench)
    assert (told["compared"], told["differ"], told["unsynced"], told["lost"]) == (2, 0, 0, 0)
    assert bench.stats()["pending"] == 0


def test_file_that_was_moved_without_a_time_is_followed_to_its_new_item(bench: Bench) -> None:
    (_, scene), _ = films(bench, "Sintel", "Spring")
    bench.stash.library.scene(scene).files[0].path = "/data/Sintel renamed.mkv"
    new = bench.plex.state.move_file("/media/Sintel.mkv", "/media/Sintel renamed.mkv")
    assert differ_and_settle(bench) == 1
    assert title(bench, new) == "Sintel!"


def test_items_that_were_removed_and_added_again_are_written_anew(bench: Bench) -> None:
    found = films(bench, "Sintel", "Spring", "Hero")
    for key, _ in found:
        bench.plex.state.remove_item(key)
    new = [bench.item(f"{name}.mkv") for name in ("Sintel", "Spring", "Hero")]
    assert differ_and_settle(bench) == 3
    assert [title(bench, key) for key in new] == ["Sintel!", "Spring!", "Hero!"]


def test_library_made_anew_is_written_anew(bench: Bench) -> None:
    films(bench, "Sintel")
    state = bench.plex.state
    state.remove_section(bench.section)
    bench.section = state.add_section("Movies", locations=["/media"], key=bench.section + 1).key
    new = bench.item("Sintel.mkv")
    assert differ_and_settle(bench) == 1
    assert title(bench, new) == "Sintel!"


def test_item_under_the_same_key_is_another_one_when_it_was_added_at_another_time(bench: Bench) -> None:
    ((key, _),) = films(bench, "Sintel")
    item = bench.plex.state.items[key]
    item.values["title"], item.added_at = "of a database made anew", item.added_at + 30
    item.locked = frozenset()
    assert differ_and_settle(bench) == 1
    assert title(bench, key) == "Sintel!"


def test_item_that_is_older_than_our_last_write_came_back_from_a_backup(bench: Bench) -> None:
    ((key, scene),) = films(bench, "Sintel")
    before = bench.plex.state.items[key].updated_at
    bench.stash.save_scene(scene, title="Sintel again")
    bench.sync(scene)
    item = bench.plex.state.items[key]
    item.values["title"], item.updated_at = "Sintel!", before
    assert differ_and_settle(bench) == 1
    assert title(bench, key) == "Sintel again"


def test_few_scenes_are_enough_to_learn_how_the_server_is_however_many_pages_there_are(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = films(bench, *(f"Film {number}" for number in range(8)))
    for key, _ in found:  # as where an edit does not move an item's time
        bench.plex.state.items[key].updated_at -= 3600
    monkeypatch.setattr(reconciling, "PAGE", 2)
    monkeypatch.setattr(comparing, "PROBES", 1)
    assert bench.records.facts.get(UPDATES_MOVE) is None
    assert differ_and_settle(bench) == 1


def test_merged_performers_are_found_though_no_hook_fires_and_no_time_moves(bench: Bench) -> None:
    ((key, _),) = films(bench, "Sintel", performers=["Ada Example", "Ada Sample"])
    bench.stash.merge_performers([1], 2)
    assert differ_and_settle(bench) == 1
    assert list(bench.shown(key).tags["actor"]) == ["Ada Sample"]


def test_ids_are_recorded_when_nothing_has_to_be_written_for_them(bench: Bench) -> None:
    ((_, scene),) = films(bench, "Sintel", tags=["Short"])
    bench.records.relations.record_many({scene: Relations(tags=(99,))})
    writes = bench.writes()
    assert differ_and_settle(bench) == 1
    assert bench.writes() == writes


def test_second_item_is_written_though_the_scene_was_not_saved(bench: Bench) -> None:
    ((first, scene),) = films(bench, "Sintel")
    give(bench, scene, "Sintel 4k.mkv")
    second = bench.item("Sintel 4k.mkv")
    assert differ_and_settle(bench) == 1
    assert [title(bench, key) for key in (first, second)] == ["Sintel!", "Sintel!"]


def test_item_that_another_scene_holds_is_left_to_it(bench: Bench) -> None:
    key = bench.item("part 1.mkv", "part 2.mkv")
    first, second = bench.scene("part 1.mkv", title="First"), bench.scene("part 2.mkv", title="Second")
    own = bench.item("Second.mkv")
    give(bench, second, "Second.mkv")
    bench.sync(first, second)
    bench.now += 60
    assert [title(bench, one) for one in (key, own)] == ["First", "Second"]
    assert compare(bench)["differ"] == 0
    skipped = bench.scene("part 2.mkv", title="Third")
    bench.sync(skipped)
    assert bench.records.skips.counts() == {"other_scene": 1}
    assert compare(bench)["differ"] == 0


def test_file_that_was_given_to_another_scene_takes_the_item_along(bench: Bench) -> None:
    (key, giver), (_, taker) = films(bench, "Sintel", "Spring")
    scenes = bench.stash.library
    scenes.scene(taker).files += scenes.scene(giver).files
    scenes.scene(giver).files = ()
    told = compare(bench)
    bench.drain()
    assert told["differ"] >= 1
    assert title(bench, key) == "Spring!"
    assert compare(bench)["differ"] == 0


@pytest.mark.parametrize("is_skipped", [True, False])
def test_scene_whose_file_has_come_is_synced_without_waiting_for_its_turn(bench: Bench, is_skipped: bool) -> None:
    bench.configure(skip_not_in_plex=is_skipped)
    scene = bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    bench.now += 60
    bench.drain()
    assert compare(bench, after_s=1, asked=True)["differ"] == 0
    key = bench.item("Sintel.mkv")
    assert compare(bench, after_s=1, asked=True)["differ"] == 1
    bench.drain()
    assert title(bench, key) == "Sintel!"
    assert (bench.stats()["pending"], bench.records.skips.counts()) == (0, {})


def test_scene_that_was_saved_by_a_clock_that_was_ahead_is_not_looked_at_every_day(bench: Bench) -> None:
    bench.configure(skip_not_in_plex=True)
    bench.stash.library.ahead_s = 365 * DAY_S
    scene = bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    bench.stash.library.ahead_s = 0
    assert [compare(bench)["differ"] for _ in range(2)] == [0, 0]


def test_few_scenes_that_lost_their_items_are_looked_for_once(bench: Bench) -> None:
    found = films(bench, "Sintel", "Spring")
    bench.plex.state.remove_item(found[0][0])
    told = compare(bench)
    assert (told["lost"], told["differ"]) == (1, 1)
    bench.drain()
    assert bench.records.skips.counts() == {"NotInPlexError": 1}
    assert compare(bench)["differ"] == 0
    assert list(bench.records.written.get(found[0][1])) == [found[0][0]], "what an undo needs stays"


def test_index_keeps_what_plex_does_not_list_while_it_starts(bench: Bench) -> None:
    found = films(bench, *(f"Film {number}" for number in range(30)))
    with _all_hidden(bench):
        assert compare(bench)["lost"] == 0
    bench.stash.save_scene(found[0][1], title="Saved")
    bench.sync(found[0][1])
    assert title(bench, found[0][0]) == "Saved"


def test_many_scenes_that_lost_their_items_at_once_are_left_alone_until_plex_has_them(bench: Bench) -> None:
    found = films(bench, *(f"Film {number}" for number in range(30)))
    with _all_hidden(bench):
        bench.put(control_job(INDEX, {}, now=bench.now))
        bench.drain()
        told = compare(bench)
        assert (told["lost"], told["differ"], bench.stats()["pending"]) == (30, 0, 0)
    assert bench.records.written.scene_count() == 30
    assert differ_and_settle(bench) == 0
    bench.stash.save_scene(found[0][1], title="Saved")
    bench.sync(found[0][1])
    assert title(bench, found[0][0]) == "Saved", "the index has it again"


@contextmanager
def _all_hidden(bench: Bench) -> Iterator[None]:
    """Plex has none of its items, as it may while it starts."""
    state = bench.plex.state
    hidden = list(state.items.values())
    for item in hidden:
        state.remove_item(item.rating_key)
    yield
    state.put_back(*hidden)


def test_listing_that_fails_proves_nothing(bench: Bench) -> None:
    films(bench, "Sintel", "Spring")
    bench.plex.state.add_section("More", locations=["/more"])
    bench.plex.faults.add(Fault("status", status=500, path=f"/library/sections/{bench.section}/all", times=1000))
    told = compare(bench)
    assert (told["differ"], told["lost"]) == (0, 0)
    assert bench.stats()["pending"] == 0


def test_what_was_there_before_the_plugin_is_counted_and_left_to_sync_all(bench: Bench) -> None:
    old = [
        (bench.item(f"{name}.mkv", title=name), bench.scene(f"{name}.mkv", title=f"{name}!"))
        for name in ("Old", "Older")
    ]
    bench.scene("not in Plex.mkv", title="Elsewhere")
    bench.now += 2 * DAY_S
    bench.records.facts.put(LAST_RECONCILE_AT, bench.now)
    films(bench, "Sintel")
    told = compare(bench)
    assert (told["differ"], told["unsynced"]) == (0, 2)
    assert unsynced(bench.records) == 2
    bench.drain()
    assert title(bench, old[0][0]) == "Old"
    bench.sync(*(scene for _, scene in old))
    assert unsynced(bench.records) == 0
    assert compare(bench)["unsynced"] == 0


def test_person_who_asks_for_it_has_what_was_never_synced_queued_and_what_is_gone_forgotten(bench: Bench) -> None:
    ((_, gone),) = films(bench, "Sintel")
    del bench.stash.library.scenes[gone]
    bench.stash.library.revision += 1
    key = bench.item("Old.mkv")
    bench.scene("Old.mkv", title="Old!")
    bench.now += 2 * DAY_S
    bench.records.facts.put(LAST_RECONCILE_AT, bench.now)
    told = compare(bench, asked=True)
    assert (told["differ"], told["gone"]) == (1, 1)
    bench.drain()
    assert title(bench, key) == "Old!"
    assert bench.records.written.scene_ids() == [key]


def test_scene_saved_since_the_last_comparison_is_synced_though_its_row_was_lost(bench: Bench) -> None:
    bench.now += 10
    key = bench.item("Sintel.mkv")
    bench.scene("Sintel.mkv", title="Sintel!")
    assert differ_and_settle(bench) == 1
    assert title(bench, key) == "Sintel!"


def test_saves_get_their_turn_between_two_steps(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    found = films(bench, *(f"Film {number}" for number in range(6)))
    monkeypatch.setattr(reconciling, "STEP_S", -1.0)
    monkeypatch.setattr(reconciling, "PAGE", 2)
    bench.now += DAY_S
    bench.put(control_job(RECONCILE, {}, now=bench.now))
    bench.worker.step(bench.now)
    assert bench.stats()["pending"] == 1, "the next step waits in the queue"
    bench.stash.save_scene(found[0][1], title="Saved meanwhile")
    bench.queue(found[0][1])
    bench.worker.step(bench.now)
    assert title(bench, found[0][0]) == "Saved meanwhile"


def test_comparison_costs_a_request_for_a_page_on_each_side(bench: Bench) -> None:
    bench.plex.state.populate(1000, bench.section, "/media/{n}.mkv")
    for number in range(1, 1001):
        bench.scene(f"{number}.mkv")
    compare(bench)  # builds the index
    bench.drain()
    plex, stash = bench.plex.journal.count("listing"), bench.stash.log.counts["graphql"]
    compare(bench)
    assert bench.plex.journal.count("listing") - plex <= 4
    assert bench.stash.log.counts["graphql"] - stash <= 5
    assert comparing.PAGE == 1000


@pytest.mark.parametrize("ahead_s", [0.0, 10 * DAY_S])
def test_nothing_that_was_there_before_is_synced_by_itself_whatever_the_clock_says(
    bench: Bench, ahead_s: float
) -> None:
    bench.item("Old.mkv")
    bench.scene("Old.mkv", title="Old!")
    bench.now += DAY_S
    told = {LAST_RECONCILE_AT: bench.now + ahead_s, UNSYNCED: None}
    bench.records.facts.put_many(told | ({RECONCILE_FROM: bench.now + ahead_s}))
    assert (compare(bench)["differ"], unsynced(bench.records)) == (0, 1)


def test_fresh_install_counts_what_is_there_and_syncs_none_of_it(bench: Bench) -> None:
    bench.item("Old.mkv")
    bench.scene("Old.mkv", title="Old!")
    bench.now += 60
    bench.records.facts.put_many({LAST_RECONCILE_AT: None, UNSYNCED: None})
    queue_dir, settings = bench.parts.queue_dir, Settings()
    assert not ask_when_due(bench.records, queue_dir, settings, bench.now)
    bench.now += 60
    assert ask_when_due(bench.records, queue_dir, settings, bench.now)
    bench.drain()
    assert unsynced(bench.records) == 1
    assert bench.records.written.scene_count() == 0
    assert compare(bench)["differ"] == 0, "nor the next day, though it was saved within the hour before"


def test_comparison_that_another_version_began_begins_anew(bench: Bench) -> None:
    films(bench, "Sintel")
    assert compare(bench, state={"began": "otherwise"})["compared"] == 1


def test_last_sync_is_none_of_a_comparison(bench: Bench) -> None:
    films(bench, "Sintel")
    before = bench.records.facts.get(LAST_SYNC_AT)
    compare(bench)
    assert bench.records.facts.get(LAST_SYNC_AT) == before


def test_scenes_of_a_library_that_is_not_synced_any_more_are_no_lost_ones(bench: Bench) -> None:
    other = bench.plex.state.add_section("Shorts", locations=["/media/shorts"]).key
    bench.item("shorts/Sintel.mkv", section=other)
    bench.sync(bench.scene("shorts/Sintel.mkv", title="Sintel!"))
    bench.configure(plex_library="Movies")
    told = compare(bench)
    assert (told["compared"], told["lost"], told["differ"]) == (1, 0, 0)
