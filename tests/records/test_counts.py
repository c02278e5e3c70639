"""What the page counts, after whatever may happen to scenes and items: it is what a full count of the rows says."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from records import Intent, Original, Records, Skip, Written
from records.migrations import VERSION
from tasks.page.library import coverage
from tasks.page.shapes import Counts
from tests.records.conftest import of_version, rows

Act = Callable[[Records], object]

SCENES: Final = st.integers(1, 4)
ITEMS: Final = st.integers(11, 14)
CODES: Final = st.sampled_from(["not_organized", "no_url"])
REASONS: Final = st.sampled_from(["not_organized", "NotInPlexError", "not_in_plex", "HeldError", "PlexBusy"])
PLACES: Final = st.tuples(SCENES, ITEMS)


def record(place: tuple[int, int], synced_at: float) -> Act:
    return lambda records: records.written.record_many([Written(*place, 1, {"title": "Sintel"}, synced_at=synced_at)])


def note(places: dict[tuple[int, int], str]) -> Act:
    left_out = {(*place, 1): code for place, code in places.items()}
    return lambda records: records.written.note_left_out(left_out, [scene for scene, _ in places])


def begin(place: tuple[int, int]) -> Act:
    return lambda records: records.before_edits([Original(place[1], 1, "movie")], [Intent(*place, 1, {})])


ACTS: Final = st.one_of(
    st.builds(record, PLACES, st.sampled_from([0.0, 5.0])),
    st.builds(note, st.dictionaries(PLACES, CODES, max_size=2)),
    st.builds(begin, PLACES),
    st.builds(
        lambda scene, why: lambda records: records.skips.record_many([Skip(scene, why, "", 5.0)]), SCENES, REASONS
    ),
    st.builds(lambda scene: lambda records: records.skips.clear([scene]), SCENES),
    st.builds(lambda scene: lambda records: records.forget_scene(scene, at=6.0), SCENES),
    st.builds(lambda place: lambda records: records.written.drop([place]), PLACES),
    st.builds(lambda item: lambda records: records.forget_item(item), ITEMS),
    st.builds(lambda place: lambda records: records.written.hand_over(place[1], [place[0]]), PLACES),
    st.builds(lambda scene: lambda records: records.scenes.lose(scene, 7.0), SCENES),
    st.builds(lambda scene: lambda records: records.scenes.part(scene, 7.0), SCENES),
    st.builds(lambda lost, scene: lambda records: records.scenes.find_again(lost, scene), st.integers(-3, -1), SCENES),
    st.builds(lambda item: lambda records: records.items.lose(item), ITEMS),
    st.just(lambda records: records.scenes.lose_all(8.0)),
)


def full_count(path: Path) -> dict[str, Any]:
    written = rows(path, "SELECT scene_id, rating_key, synced_at, gone_at, left_out FROM written")
    there = [row for row in written if row[0] > 0 and row[1] > 0 and not row[3]]
    skips = {scene: why for scene, why in rows(path, "SELECT scene_id, reason FROM skips") if scene > 0}
    in_plex = {row[0] for row in there if row[2] > 0}
    beside = {(row[0], row[4]) for row in there if row[4] and row[0] not in skips}
    codes = [code for _, code in beside]
    return {
        "in_plex": len(in_plex),
        "skips": {why: list(skips.values()).count(why) for why in skips.values()},
        "skipped_only": len(skips.keys() - in_plex),
        "left_out": {code: codes.count(code) for code in codes},
    }


@given(st.lists(ACTS, max_size=25), st.integers(0, 9))
@settings(max_examples=150)
def test_counts_are_those_of_a_full_count_whatever_happened(acts: list[Act], more: int) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder, "state.db")
        for act in acts:
            with Records(path) as records:  # by a process of its own each, as after a kill
                act(records)
        with Records(path) as records:
            found = {
                "in_plex": records.written.scene_count(),
                "skips": records.skips.counts(),
                "skipped_only": records.written.skipped_only(),
                "left_out": records.written.left_out(),
            }
        assert found == full_count(path)
    seen = found["in_plex"] + found["skipped_only"]
    counts: Counts = {**dict.fromkeys(Counts.__annotations__, 0), "in_plex": found["in_plex"]}  # type: ignore[typeddict-item]
    parts = coverage(counts, found["skips"], found["skipped_only"], seen + more)
    assert all(count is not None and count >= 0 for count in parts.values())
    assert sum(filter(None, parts.values())) == seen + more


@pytest.mark.parametrize("version", range(6, VERSION))
def test_counts_of_what_an_older_version_left_are_those_of_a_full_count(path: Path, version: int) -> None:
    names = "scene_id, rating_key, section_key, field_values, poster_sha1, poster_etag, poster_source, background_sha1"
    with closing(of_version(path, version)) as old:
        for scene, key, synced_at, gone_at in (
            (1, 11, 5.0, 0.0),
            (1, 12, 5.0, 0.0),
            (2, 13, 0.0, 0.0),
            (3, 14, 5.0, 6.0),
        ):
            row = (scene, key, 1, "{}", "", "", "", "", synced_at, 0.0, gone_at)
            places = ", ".join("?" * len(row))
            old.write(f"INSERT INTO written ({names}, synced_at, scene_updated_at, gone_at) VALUES ({places})", row)
        old.write("INSERT INTO skips (scene_id, reason, text, at) VALUES (4, 'no_url', '', 5.0)")
    with Records(path) as records:
        records.written.note_left_out({(1, 12, 1): "not_organized"}, [1])
        assert records.written.scene_count() == 1
        assert records.written.skipped_only() == 1
        assert (records.written.left_out(), records.skips.counts()) == ({"not_organized": 1}, {"no_url": 1})
        assert records.written.get(1).keys() == {11, 12}
