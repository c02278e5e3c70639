"""What we wrote and what we were about to write."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import Intent, Original, Records, Written
from records.values import FieldValues, decode_values, encode
from tests.records.conftest import of_version
from tests.records.processes import finish, kill, line_of, start

SINTEL = Written(
    scene_id=3,
    rating_key=7,
    section_key=1,
    values={"title": "Sintel", "rating": 8.0, "summary": "", "genre": ("Short", "Animation"), "actor": ()},
    poster_sha1="a" * 40,
    poster_etag='"0a1b"',
    poster_source="/scene/3/screenshot",
    background_sha1="b" * 40,
    synced_at=1700000000.5,
    scene_updated_at=1699999999.0,
    read_at=1700000000.25,
)


def test_written_comes_back_as_it_was_when_it_was_recorded(records: Records) -> None:
    records.written.record_many([SINTEL, replace(SINTEL, rating_key=8), replace(SINTEL, scene_id=4)])
    assert records.written.get_many([3, 4, 5]) == {
        3: {7: SINTEL, 8: replace(SINTEL, rating_key=8)},
        4: {7: replace(SINTEL, scene_id=4)},
    }
    assert records.written.get(5) == {}


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.one_of(st.text(st.characters(), max_size=20), st.floats(0, 10), st.none(), st.lists(st.text()).map(tuple)),
    )
)
def test_values_come_back_as_they_were_when_they_were_encoded(values: FieldValues) -> None:
    assert decode_values(encode(values)) == values


def test_written_takes_halves_of_surrogate_pairs_when_a_name_is_not_utf8(records: Records) -> None:
    odd = replace(SINTEL, values={"title": b"caf\xe9".decode("utf-8", "surrogateescape")})
    records.written.record_many([odd])
    assert records.written.get(3)[7] == odd


def test_written_is_replaced_when_it_is_recorded_again(records: Records) -> None:
    records.written.record_many([SINTEL])
    records.written.record_many([replace(SINTEL, values={"title": "Sintel 4K"})])
    assert records.written.get(3)[7].values == {"title": "Sintel 4K"}
    assert records.written.count() == 1


def test_written_is_found_for_many_scenes_when_there_are_more_than_one_statement_takes(records: Records) -> None:
    records.written.record_many(replace(SINTEL, scene_id=number, rating_key=number) for number in range(1, 1201))
    assert len(records.written.get_many(list(range(1, 1301)))) == 1200


def test_written_scenes_are_found_by_item_when_an_item_holds_several(records: Records) -> None:
    records.written.record_many([replace(SINTEL, scene_id=9), SINTEL, replace(SINTEL, rating_key=8)])
    assert records.written.scenes_by_item([7, 8, 99]) == {7: (3, 9), 8: (3,)}


def test_written_scenes_are_paged_when_there_are_many(records: Records) -> None:
    records.written.record_many(
        replace(SINTEL, scene_id=number, rating_key=key) for number in range(1, 6) for key in (7, 8)
    )
    first = records.written.scene_ids(limit=3)
    assert (first, records.written.scene_ids(after=first[-1], limit=3)) == ([1, 2, 3], [4, 5])


def test_intent_is_shown_beside_what_was_written_when_nobody_saw_the_edit_arrive(records: Records) -> None:
    records.written.record_many([SINTEL])
    records.before_edits([], [Intent(3, 7, 1, {"title": "New"}), Intent(4, 9, 2, {"genre": ("Short",)})])
    assert records.written.get_many([3, 4]) == {
        3: {7: replace(SINTEL, intended={"title": "New"})},
        4: {9: Written(4, 9, 2, intended={"genre": ("Short",)})},
    }


def test_intent_ends_when_the_write_is_recorded(records: Records) -> None:
    records.before_edits([], [Intent(3, 7, 1, {"title": "New"}), Intent(3, 8, 1, {"title": "New"})])
    records.written.record_many([SINTEL])
    assert records.written.get(3)[7].intended == {}
    assert records.written.get(3)[8].intended == {"title": "New"}


def test_intent_and_original_are_there_when_the_worker_is_killed_right_after(path: Path, records: Records) -> None:
    code = (
        "r = Records(path)\n"
        "r.before_edits([Original(7, 1, 'movie', {'title': 'Guess'})], [Intent(3, 7, 1, {'title': 'Sintel'})])\n"
        "print('sent', flush=True)\n"
        "sys.stdin.readline()"
    )
    process = start(code, path)
    assert line_of(process) == "sent"
    kill(process)
    assert records.originals.page() == [Original(7, 1, "movie", {"title": "Guess"})]
    assert records.written.get(3)[7].intended == {"title": "Sintel"}


def test_readers_see_whole_batches_only_when_the_worker_writes_all_the_time(path: Path, records: Records) -> None:
    code = (
        "print('ready', flush=True)\n"
        "with Records(path, reading=True) as r:\n"
        "    seen = set()\n"
        "    while len(seen) < 5 or '50' not in seen:\n"
        "        titles = {w.values['title'] for items in r.written.get_many([1, 2, 3]).values() for w in items.values()}\n"
        "        assert len(titles) <= 1, titles\n"
        "        seen |= titles\n"
        "        print(*titles, flush=True)\n"
    )
    # Each reader prints what it sees; the writer goes on once every reader has seen its batch, so no clock decides.
    readers = [start(code, path) for _ in range(2)]
    assert {line_of(reader) for reader in readers} == {"ready"}
    for number in range(51):
        records.written.record_many(Written(scene_id, 7, 1, {"title": str(number)}) for scene_id in (1, 2, 3))
        if number % 10 == 0:
            for reader in readers:
                assert any(line_of(reader) == str(number) for _ in range(10_000))
    for reader in readers:
        finish(reader)


def test_written_and_intents_are_gone_when_the_item_is_forgotten(records: Records) -> None:
    records.written.record_many([SINTEL, replace(SINTEL, scene_id=4, rating_key=8)])
    records.before_edits([Original(7, 1, "movie")], [Intent(3, 7, 1, {}), Intent(4, 8, 1, {"title": "New"})])
    records.forget_item(7)
    assert records.written.get(3) == {}
    assert records.written.get(4)[8].intended == {"title": "New"}
    assert records.originals.count() == 0


def test_only_what_an_undo_needs_stays_of_a_scene_that_is_gone(records: Records) -> None:
    records.written.record_many([SINTEL, replace(SINTEL, rating_key=8), replace(SINTEL, scene_id=4)])
    records.before_edits(
        [Original(7, 1, "movie"), Original(9, 1, "movie")],
        [Intent(3, 7, 1, {"title": "New"}), Intent(3, 8, 1, {}), Intent(3, 9, 1, {"title": "Other"})],
    )
    records.forget_scene(3, at=50.0)
    assert records.written.get(3) == {
        7: replace(SINTEL, gone_at=50.0, intended={"title": "New"}),
        9: Written(3, 9, 1, gone_at=50.0, intended={"title": "Other"}),
    }
    assert [record.scene_id for record in records.written.of_items([7])[7]] == [3, 4]
    assert records.written.scenes_by_item([7, 8, 9]) == {7: (4,)}
    assert (records.written.scene_ids(), records.written.scene_count(), records.written.count()) == ([4], 1, 1)


def test_scenes_of_a_large_library_are_counted_although_some_have_two_items(path: Path, records: Records) -> None:
    records.written.record_many([SINTEL])
    numbers = "WITH RECURSIVE numbers (number) AS (SELECT 10 UNION ALL SELECT number + 1 FROM numbers LIMIT 100001)"
    with closing(sqlite3.connect(path)) as connection, connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(written)")]
        of_each = ", ".join({"scene_id": "number", "rating_key": "number + 1000"}.get(name, name) for name in columns)
        of_two = ", ".join({"rating_key": "-rating_key / -2"}.get(name, name) for name in columns)
        connection.execute(f"{numbers} INSERT INTO written SELECT {of_each} FROM written, numbers")
        connection.execute(f"INSERT INTO written SELECT {of_two} FROM written WHERE scene_id BETWEEN 100 AND 199")
    assert (records.written.count(), records.written.scene_count()) == (100_102, 100_002)


@pytest.mark.parametrize(
    ("later_s", "is_racy"),
    [(0.0, True), (1.9, True), (2.0, False), (3600.0, False), (-5.0, True), (-3600.0, False)],
)
def test_scene_may_have_been_saved_again_in_the_second_in_which_it_was_read(later_s: float, is_racy: bool) -> None:
    assert replace(SINTEL, read_at=SINTEL.scene_updated_at + later_s).is_racy is is_racy
    assert not replace(SINTEL, read_at=0.0).is_racy, "where nobody knows, nothing is asked again and again"


@pytest.mark.parametrize(("synced_s", "is_racy"), [(1.0, True), (59.0, True), (61.0, False), (-3.0, True)])
def test_records_of_before_are_looked_at_again_where_they_followed_a_save_at_once(
    tmp_path: Path, synced_s: float, is_racy: bool
) -> None:
    path = tmp_path / "state.db"
    before = of_version(path, 5)
    with before.transaction() as connection:
        connection.execute(
            "INSERT INTO written (scene_id, rating_key, section_key, field_values, poster_sha1, poster_etag, poster_source, background_sha1, "
            "synced_at, scene_updated_at, gone_at) VALUES (3, 7, 1, '{}', '', '', '', '', ?, 1000.0, 0)",
            (1000.0 + synced_s,),
        )
    before.close()
    with Records(path) as records:
        assert records.written.get(3)[7].is_racy is is_racy
