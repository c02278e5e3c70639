"""The whole library at a glance: each scene in one part, folders few enough to read, and the last day."""

from typing import Any

import pytest

from tasks.page.library import coverage, in_few_folders
from tasks.page.shapes import Counts
from worker.last_day import HOUR_S, last_day, with_counts

NOW = 1_795_000_000.0


def counts(**named: int) -> Counts:
    none: dict[str, Any] = dict.fromkeys(Counts.__annotations__, 0)
    return Counts(**(none | named))  # type: ignore[typeddict-item]  # every key is there


def parts_of(**kwargs: Any) -> dict[str, Any]:
    return {name: count for name, count in coverage(**kwargs).items() if count}


def test_every_scene_is_in_one_part():
    skips = {"NotInPlexError": 2, "not_in_plex": 1, "no_file": 3, "PlexRejected": 4, "HeldError": 5}
    found = parts_of(counts=counts(in_plex=60), skips=skips, skipped_only=10, scenes=100)
    # Of the 15 that are skipped 5 were synced before.
    assert found == {"in_plex": 55, "missing": 3, "left_out": 3, "failed": 4, "held": 5, "unseen": 30}
    assert sum(found.values()) == 100


@pytest.mark.parametrize(
    ("scenes", "parts"),
    [
        (90, {"in_plex": 60, "waiting": 20, "unseen": 10}),
        (70, {"in_plex": 50, "waiting": 20}),
        (None, {"in_plex": 40, "waiting": 20}),
    ],
)
def test_untried_jobs_count_for_scenes_that_were_never_compared_first(scenes, parts):
    found = parts_of(counts=counts(in_plex=60, waiting=15, in_progress=5), skips={}, skipped_only=0, scenes=scenes)
    assert found == parts


def test_folders_are_those_above_when_there_are_too_many():
    few = [f"/data/movies/{name}/film.mkv" for name in ("Sintel", "Spring", "Spring")]
    assert in_few_folders(few) == [
        {"folder": "/data/movies/Spring", "count": 2},
        {"folder": "/data/movies/Sintel", "count": 1},
    ]
    many = [f"D:\\Films\\{number}\\film.mkv" for number in range(20)]
    assert in_few_folders([*many, "/other/film.mkv"]) == [
        {"folder": "D:\\Films", "count": 20},
        {"folder": "/other", "count": 1},
    ]
    assert in_few_folders([f"{number}/film.mkv" for number in range(9)])[0]["count"] == 1, "nothing stands above them"


def test_hours_are_those_of_the_last_day_when_the_clock_jumps():
    rows = with_counts([], NOW, 3, 0)
    rows = with_counts(rows, NOW + 20, 1, 2)
    assert last_day(rows, NOW)[-1] == (NOW // HOUR_S, 4, 2)
    rows = with_counts(rows, NOW - 2 * HOUR_S, 5, 0)
    assert [row[1] for row in last_day(rows, NOW)[-3:]] == [5, 0, 4], "what a clock told that was ahead stays"
    ahead = with_counts(rows, NOW + 1000 * HOUR_S, 9, 0)
    assert len(ahead) == 1
    assert sum(row[1] for row in last_day(with_counts(ahead, NOW, 1, 0), NOW)) == 1
    for hour in range(1000):
        rows = with_counts(rows, NOW + hour * HOUR_S, 1, 1)
    assert len(rows) == len(last_day(rows, NOW)) == 24
