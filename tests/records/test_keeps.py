"""Fields that somebody keeps as Plex has them."""

from pathlib import Path

from records import Records


def test_keeps_are_kept_once_and_released_one_by_one(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.keeps.keep(1, ["title", "summary"], at=1.0)
        records.keeps.keep(1, ["title"], at=2.0)
        records.keeps.keep(2, ["genre"], at=3.0)
        records.keeps.release(1, ["title", "date"])
        assert records.keeps.get_many([1, 2, 3]) == {1: frozenset({"summary"}), 2: frozenset({"genre"})}


def test_keeps_stay_when_their_scene_is_gone_for_it_may_come_back(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.keeps.keep(1, ["title"], at=1.0)
        records.forget_scene(1, at=2.0)
        assert records.keeps.get_many([1]) == {1: {"title"}}


def test_keeps_are_added_to_a_file_of_the_version_before(tmp_path: Path) -> None:
    from records.database import Database
    from records.schema import MIGRATIONS

    path = tmp_path / "state.db"
    Database(path, MIGRATIONS[:1]).close()
    with Records(path) as records:
        records.keeps.keep(1, ["title"], at=1.0)
        assert records.keeps.get_many([1]) == {1: frozenset({"title"})}
