"""What the brake counts, holds and is answered, on disk."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from records import Emptying, Held, Records, State
from tests.records.conftest import of_version

HOUR_S = 3600.0
NOW = 1_795_000_000.0


def note(records: Records, emptyings: Iterable[Emptying], over: Iterable[Emptying] = (), *, now: float = NOW) -> None:
    records.emptyings.note(emptyings, over, now=now, window_s=HOUR_S)


def emptying(scene_id: int, state: State = State.DONE, at: float = NOW, field: str = "summary") -> Emptying:
    return Emptying(scene_id, scene_id + 100, field, state, at, title=f"Film {scene_id}")


def counting(records: Records, now: float = NOW) -> set[int]:
    return {each.place[0] for each in records.emptyings.counting(now=now, window_s=HOUR_S)}


def test_done_count_for_an_hour_and_held_for_as_long_as_they_are(records: Records) -> None:
    note(records, [emptying(1), emptying(2, State.HELD), emptying(3, State.ALLOWED), emptying(4, State.KEPT)])
    assert counting(records) == {1, 2}
    assert counting(records, NOW + HOUR_S - 1) == {1, 2}
    assert counting(records, NOW + HOUR_S) == {2}


def test_done_of_a_clock_that_was_ahead_count_no_more(records: Records) -> None:
    note(records, [emptying(1, at=NOW + 100 * HOUR_S)])
    assert counting(records) == set()


def test_old_rows_leave_when_others_come(records: Records) -> None:
    note(records, [emptying(1), emptying(2, State.KEPT)])
    note(records, [emptying(3, at=NOW + 2 * HOUR_S)], now=NOW + 2 * HOUR_S)
    assert {place[0] for place in records.emptyings.of_scenes([1, 2, 3])} == {2, 3}


def test_row_of_a_place_replaces_the_one_before(records: Records) -> None:
    note(records, [emptying(1, State.HELD)])
    note(records, [emptying(1)])
    assert records.emptyings.of_scenes([1]) == {(1, 101): {"summary": emptying(1)}}


def test_what_is_over_goes(records: Records) -> None:
    note(records, [emptying(1, State.HELD), emptying(2, State.HELD)])
    note(records, [], [emptying(1)])
    assert records.emptyings.held().items == 1


def test_question_counts_items_and_fields(records: Records) -> None:
    assert records.emptyings.held() == Held()
    held = [emptying(1, State.HELD, NOW - 5), emptying(1, State.HELD, field="title"), emptying(2, State.HELD, NOW + 5)]
    note(records, [*held, emptying(3)])
    asked = records.emptyings.held()
    assert (asked.items, dict(asked.fields)) == (2, {"summary": 2, "title": 1})
    assert (asked.since_at, asked.newest_at) == (NOW - 5, NOW + 5)
    assert [example.title for example in asked.examples] == ["Film 1", "Film 1", "Film 2"]


@pytest.mark.parametrize("state", [State.ALLOWED, State.KEPT])
def test_answer_reaches_what_was_held_until_then(records: Records, state: State) -> None:
    note(records, [emptying(1, State.HELD), emptying(2, State.HELD, NOW + 10), emptying(3)])
    assert records.emptyings.held_scenes(NOW) == [1]
    assert records.emptyings.answer(state, until=NOW, at=NOW + 20) == 1
    assert records.emptyings.of_scenes([1])[1, 101]["summary"].state is state
    assert records.emptyings.held_scenes(NOW + 10) == [2]


def test_rows_go_with_their_scene_their_item_and_their_server(records: Records) -> None:
    note(records, [emptying(number, State.HELD) for number in range(1, 5)])
    records.forget_scene(1, at=NOW)
    records.forget_item(102)
    assert records.emptyings.held_scenes(NOW) == [3, 4]
    records.forget_items()
    assert records.emptyings.held_scenes(NOW) == []


def test_nothing_is_asked_about_scenes_that_are_gone(records: Records) -> None:
    note(records, [emptying(-1, State.HELD)])
    assert records.emptyings.held() == Held()
    assert records.emptyings.held_scenes(NOW) == []
    assert counting(records) == set()


def test_title_that_is_no_text_for_sqlite_is_kept_readable(records: Records) -> None:
    note(records, [Emptying(1, 101, "summary", State.HELD, NOW, title="Sintel \udc80")])
    assert records.emptyings.held().examples[0].title == "Sintel \\udc80"


def test_table_is_added_to_a_file_of_the_version_before(path: Path) -> None:
    of_version(path, 2).close()
    with Records(path) as records:
        note(records, [emptying(1, State.HELD)])
        assert records.emptyings.held().items == 1
