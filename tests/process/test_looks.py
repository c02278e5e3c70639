"""How old the look at an item is when something is written to it, as the stand-in's journal shows it.

Whole batches through true processes.
"""

from collections.abc import Callable

import pytest

from tests.house import House
from tests.worker.meanwhile import ages, at, type_in

PICTURE = b"\x89PNG\r\n\x1a\n"
MOST_S = 2.0


@pytest.mark.parametrize("reading", ["replace", "add"])
def test_no_look_is_older_than_two_seconds_when_a_batch_with_covers_is_written(
    build: Callable[..., House], reading: str
) -> None:
    """Before, the last edits rested on what was read before the first cover was fetched."""
    house = build(settings={"paused": True, "preserve_plex_edits": True})
    house.plex.options.tag_lists = reading
    house.plex.options.write_latency_ms = 120
    house.stash.set_latency(30)
    movies = house.add(*(f"Spring {n:02d}" for n in range(24)), title="{name}!", tags=["Snow"], cover=PICTURE + b"one")
    last = movies[-1]
    at(house.plex, "edit", 2, lambda: type_in(house.plex, last.rating_key, "My own"))
    house.record(*movies)
    house.configure(paused=False, preserve_plex_edits=True)
    house.offer()
    house.wait(lambda: all("thumb" in house.shown(movie).locked for movie in movies) and house.is_drained())
    written = ages(house.plex.journal.records())
    assert {kind for kind, _ in written} == {"edit", "picture_upload"}
    assert max(age for _, age in written) <= MOST_S
    assert house.shown(last).title == "My own"
    assert house.has_title(*movies[:-1])()
    assert all(house.shown(movie).tags["genre"] == ("Snow",) for movie in movies)


def test_no_look_is_older_than_two_seconds_when_a_library_is_given_back(build: Callable[..., House]) -> None:
    house = build()
    movies = house.add(*(f"Spring {n:02d}" for n in range(24)), title="{name}!", cover=PICTURE + b"one")
    house.record(*movies)
    house.offer()
    house.wait(lambda: all("thumb" in house.shown(movie).locked for movie in movies) and house.is_drained())
    house.plex.options.write_latency_ms = 120
    house.plex.journal.clear_log()
    last = movies[-1]
    at(house.plex, "edit", 2, lambda: type_in(house.plex, last.rating_key, "My own"))
    house.stash.wait_for_task(house.stash.run_task("Restore Plex Values", {}), timeout_s=60)
    house.wait(house.has_title(*movies[:-1], title="{name}"))
    assert house.shown(last).title == "My own"
    assert max(age for _, age in ages(house.plex.journal.records())) <= MOST_S
