from pathlib import Path

from records import Intent, Original, Records, Skip, Written


def test_records_of_items_hold_every_scene_that_wrote_or_was_about_to(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.written.record_many([Written(1, 7, 1, {"title": "One"}), Written(2, 7, 1), Written(2, 8, 1)])
        records.before_edits([], [Intent(3, 8, 1, {"title": "Three"}), Intent(1, 7, 1, {"title": "New"})])
        found = records.written.of_items([7, 8, 9])
        assert {key: [record.scene_id for record in entries] for key, entries in found.items()} == {
            7: [1, 2],
            8: [2, 3],
        }
        assert found[7][0].intended == {"title": "New"}
        assert found[8][1].values == {}


def test_items_of_another_server_are_forgotten_and_the_rest_stays(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.before_edits([Original(7, 1, "movie")], [Intent(1, 7, 1, {})])
        records.written.record_many([Written(1, 7, 1)])
        records.facts.put("kept", 1)
        records.forget_items()
        assert (records.written.count(), records.originals.count(), records.written.get(1)) == (0, 0, {})
        assert records.facts.get("kept") == 1


def test_reason_goes_when_the_scene_was_synced_since_and_stays_when_it_is_newer(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.skips.record_many([Skip(1, "restored", "…", 10.0), Skip(2, "restored", "…", 10.0)])
        records.skips.outdate({1: 9.0, 2: 11.0, 3: 12.0})
        assert list(records.skips.get_many([1, 2, 3])) == [1]
