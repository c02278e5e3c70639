"""What syncs overwrote: kept whole, within bounds, found by run, moment and scene."""

from dataclasses import replace
from pathlib import Path

from records import Choice, Overwritten, Records
from records.changes import KEPT_BYTES, KEPT_S
from tests.records.conftest import of_version

DAY_S = 24 * 3600.0
NOW = 1_795_000_000.0
LONG = "ä" * 5000


def change(
    scene_id: int = 1, rating_key: int = 7, *, at: float = NOW, run: str = "all 1", **more: object
) -> Overwritten:
    plain = Overwritten(
        scene_id,
        rating_key,
        1,
        "movie",
        at,
        run,
        {"title": "Old"},
        {"title": "New"},
        {},
        frozenset({"title"}),
        ("/a.mkv",),
    )
    return replace(plain, **more)


def put(records: Records, *changes: Overwritten) -> None:
    for each in changes:
        records.before_edits([], [], changes=[each])
        records.changes.arrived(each.scene_id, each.rating_key)


def test_values_are_kept_whole_and_come_back_as_they_were(tmp_path: Path) -> None:
    values = {"summary": LONG, "genre": tuple(f"Tag {number}" for number in range(500)), "rating": None, "title": ""}
    with Records(tmp_path / "state.db") as records:
        put(records, change(before=values, after=values, base=values))
        (found,) = records.changes.of_items([7])
        assert (found.before, found.after, found.base) == (values, values, values)
        assert (found.locked, found.files) == (frozenset({"title"}), ("/a.mkv",))


def test_first_record_of_an_item_stays_whatever_comes_later(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        for number in range(50):
            put(records, change(at=NOW + number, before={"title": f"{number}"}, after={"title": f"{number + 1}"}))
        assert [overwritten.before["title"] for overwritten in records.changes.of_items([7])] == [
            str(number) for number in range(50)
        ]


def test_change_that_never_arrived_gives_way_only_to_one_that_begins_as_it_did(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        for run in ("all 1", "all 2"):
            records.before_edits([], [], changes=[change(run=run)])
        assert [overwritten.run for overwritten in records.changes.of_items([7])] == ["all 2"]
        records.before_edits([], [], changes=[change(at=NOW + 1, before={"title": "New"}, after={"title": "Newer"})])
        assert len(records.changes.of_items([7])) == 2, "the first one may have arrived"


def test_what_is_too_old_or_too_much_goes_the_oldest_first(tmp_path: Path) -> None:
    assert (KEPT_S, KEPT_BYTES) == (90 * DAY_S, 200_000_000)
    with Records(tmp_path / "state.db") as records:
        put(records, *(change(rating_key=key, at=NOW + key * DAY_S, after={"summary": LONG}) for key in range(1, 11)))
        assert records.changes.prune(NOW + 92.5 * DAY_S) == 2
        size = len('{"summary":"' + LONG * 6 + '"}')
        assert records.changes.prune(NOW, kept_bytes=size * 3 + 1000) == 5
        assert [overwritten.rating_key for overwritten in records.changes.of_items(range(1, 11))] == [8, 9, 10]


def test_runs_count_items_and_what_of_them_was_undone(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        put(
            records,
            change(1, 7),
            change(2, 8, at=NOW + 5),
            change(2, 8, at=NOW + 9),
            change(3, 9, at=NOW + 99, run="saves 3"),
        )
        newest, older = records.changes.runs()
        assert (newest.run, newest.items, newest.undone) == ("saves 3", 1, 0)
        assert (older.run, older.items, older.undone, older.began_at, older.ended_at) == ("all 1", 2, 0, NOW, NOW + 9)
        records.changes.undone([overwritten.id for overwritten in records.changes.of_items([8])], at=NOW + 100)
        assert records.changes.runs()[1].undone == 1
        assert records.changes.items(Choice(run="all 1"), until=NOW + 100) == [7]
        assert records.changes.items(Choice(since=NOW + 1), until=NOW + 100) == [9]
        assert records.changes.items(Choice(since=NOW + 1), until=NOW + 50) == []
        assert [overwritten.rating_key for overwritten in records.changes.last_of_scene(1)] == [7]
        assert records.changes.last_of_scene(2) == []


def test_poster_joins_what_the_same_batch_did_to_the_item(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.before_edits([], [], changes=[change()])
        poster = change(before={"poster": "metadata://posters/1"}, after={"poster": "ab"}, base={"poster": ""})
        records.before_edits([], [], changes=[replace(poster, locked=frozenset())])
        records.before_edits([], [], changes=[replace(poster, at=NOW + 1)])
        joined, alone = records.changes.of_items([7])
        assert joined.before == {"title": "Old", "poster": "metadata://posters/1"}
        assert joined.locked == {"title"}
        assert alone.after == {"poster": "ab"}


def test_two_runs_of_one_moment_stay_two_and_the_later_one_is_the_newest(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        put(records, change(run="recent 1"), change(run="all 1", before={"title": "New"}, after={"title": "Newer"}))
        assert [(known.run, known.items) for known in records.changes.runs()] == [("all 1", 1), ("recent 1", 1)]
        first, second = records.changes.of_items([7])
        assert (first.before["title"], second.before["title"]) == ("Old", "New")
        assert [Choice(run="all 1").holds(each) for each in (first, second)] == [False, True]


def test_field_that_a_batch_writes_twice_begins_where_the_first_edit_found_it(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.before_edits(
            [], [], changes=[change(before={"title": "Old", "date": ""}, after={"title": "New", "date": "2008-04-10"})]
        )
        records.before_edits(
            [],
            [],
            changes=[
                change(before={"title": "New", "date": "2010-09-27"}, after={"title": "Newer", "date": "2008-04-10"})
            ],
        )
        (found,) = records.changes.of_items([7])
        assert found.before == {"title": "Old", "date": "2010-09-27"}, (
            "the date was changed by somebody before the edit went out"
        )
        assert found.after == {"title": "Newer", "date": "2008-04-10"}


def test_items_of_another_server_are_forgotten_with_what_was_overwritten(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        put(records, change())
        records.forget_items()
        assert records.changes.runs() == []


def test_file_of_the_version_before_gets_the_table_and_keeps_stay_kept_by_hand(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    before = of_version(path, 2)
    with before.transaction() as connection:
        connection.execute("INSERT INTO keeps (scene_id, field, kept_at) VALUES (1, 'title', 5.0)")
    before.close()
    with Records(path) as records:
        assert records.changes.runs() == []
        assert records.pins.of_scenes({1: 99.0}) == {1: frozenset({"title"})}
        assert records.pins.of_undo(1) == frozenset()
