"""Fields that somebody keeps as Plex has them."""

from pathlib import Path

from records import Records, Written
from tests.records.conftest import of_version


def test_keeps_are_kept_once_and_released_one_by_one(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.pins.pin(1, ["title", "summary"], at=1.0)
        records.pins.pin(1, ["title"], at=2.0)
        records.pins.pin(2, ["genre"], at=3.0)
        records.pins.release(1, ["title", "date"])
        assert records.pins.get_many([1, 2, 3]) == {1: frozenset({"summary"}), 2: frozenset({"genre"})}


def test_keeps_stay_when_their_scene_is_gone_for_it_may_come_back(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.pins.pin(1, ["title"], at=1.0)
        records.forget_scene(1, at=2.0)
        assert records.pins.get_many([1]) == {1: {"title"}}


def test_keeps_are_added_to_a_file_of_the_version_before(tmp_path: Path) -> None:

    path = tmp_path / "state.db"
    of_version(path, 1).close()
    with Records(path) as records:
        records.pins.pin(1, ["title"], at=1.0)
        assert records.pins.get_many([1]) == {1: frozenset({"title"})}


def test_pin_of_an_undo_holds_until_the_scene_changes_and_what_is_kept_by_hand_until_it_is_released(
    tmp_path: Path,
) -> None:
    with Records(tmp_path / "state.db") as records:
        records.pins.pin(1, ["title"], at=1.0)
        records.pins.pin(1, ["title", "summary"], at=2.0, scene_updated_at=50.0)
        assert records.pins.of_undo(1) == {"summary"}
        assert records.pins.of_scenes({1: 50.0, 2: 50.0}) == {1: frozenset({"title", "summary"})}
        assert records.pins.of_scenes({1: 51.0}) == {1: frozenset({"title"})}
        records.pins.pin(1, ["summary"], at=3.0, scene_updated_at=51.0)
        assert records.pins.of_scenes({1: 51.0}) == {1: frozenset({"title", "summary"})}
        records.pins.pin(1, ["summary"], at=4.0)
        assert records.pins.of_scenes({1: 52.0}) == {1: frozenset({"title", "summary"})}


def test_pin_that_has_ended_is_dropped_once_the_scene_was_synced_since(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        for scene_id in (1, 2):
            records.pins.pin(scene_id, ["title"], at=2.0, scene_updated_at=50.0)
            records.pins.pin(scene_id, ["date"], at=2.0)
        records.written.record_many([Written(1, 7, 1, scene_updated_at=51.0), Written(2, 8, 1, scene_updated_at=50.0)])
        records.tidy(60.0)
        assert records.pins.get_many([1, 2]) == {1: frozenset({"date"}), 2: frozenset({"title", "date"})}
