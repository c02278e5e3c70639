"""Which performers, studios, tags and groups the scenes had."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from records import Records, Relations, Skip
from tests.records.conftest import rows


def test_scenes_of_each_kind_are_found_when_they_were_recorded(records: Records) -> None:
    records.relations.record_many({5: Relations((1,), (1, 2), (1, 3), (1,)), 3: Relations((1, 9), (), (1,), ())})
    found = {kind: records.relations.scenes_of(kind, 1) for kind in ("performer", "studio", "tag", "group")}
    assert found == {"performer": [3, 5], "studio": [5], "tag": [3, 5], "group": [5]}
    assert records.relations.scenes_of("studio", 2) == [5]
    assert records.relations.scenes_of("tag", 77) == []


def test_scenes_of_a_tag_lose_a_scene_when_it_was_recorded_without_it(records: Records) -> None:
    records.relations.record_many({5: Relations(tags=(1, 2)), 6: Relations(tags=(1,))})
    records.relations.record_many({5: Relations(tags=(2, 3))})
    assert {number: records.relations.scenes_of("tag", number) for number in (1, 2, 3)} == {1: [6], 2: [5], 3: [5]}


def test_scenes_of_a_tag_are_all_there_when_there_are_very_many(records: Records) -> None:
    records.relations.record_many({scene_id: Relations(tags=(1, scene_id)) for scene_id in range(2, 3002)})
    assert records.relations.scenes_of("tag", 1) == list(range(2, 3002))


def test_scenes_of_are_found_by_the_index_alone_when_asked_either_way(records: Records, path: Path) -> None:

    plans = [
        rows(path, f"EXPLAIN QUERY PLAN {select}")[0][3]
        for select in (
            "SELECT scene_id FROM relations WHERE kind = 3 AND entity_id = 1 ORDER BY scene_id",
            "SELECT scene_id, kind, entity_id FROM relations WHERE scene_id IN (1)",
        )
    ]
    assert plans[0].startswith("SEARCH relations USING PRIMARY KEY (kind=? AND entity_id=?)")
    assert plans[1].startswith("SEARCH relations USING COVERING INDEX relations_by_scene")


def test_recording_writes_nothing_when_relations_are_the_same(records: Records, path: Path) -> None:
    relations = {5: Relations((1, 1), (2,), (3,), ())}
    records.relations.record_many(relations)
    with closing(sqlite3.connect(path)) as other:
        before = other.execute("PRAGMA data_version").fetchone()
        records.relations.record_many(relations)
        assert other.execute("PRAGMA data_version").fetchone() == before


def test_scenes_of_refuse_when_the_kind_is_unknown(records: Records) -> None:
    with pytest.raises(KeyError):
        records.relations.scenes_of("gallery", 1)


def test_a_scene_is_gone_everywhere_when_it_is_forgotten(records: Records) -> None:
    records.relations.record_many({5: Relations(tags=(1,)), 6: Relations(tags=(1,))})
    records.skips.record_many([Skip(5, "no_match", "No item holds its file", 1.0)])
    records.forget_scene(5, at=1.0)
    assert records.relations.scenes_of("tag", 1) == [6]
    assert records.skips.counts() == {}
