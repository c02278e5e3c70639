from collections.abc import Iterator

import pytest

from tests.clock import Clock
from tests.fakes.stash import FakeStash


@pytest.fixture
def clock() -> Clock:
    return Clock(1_795_393_093.75)


@pytest.fixture
def stash(clock: Clock) -> Iterator[FakeStash]:
    with FakeStash(clock=clock) as running:
        yield running


@pytest.fixture
def captured_stash(stash: FakeStash, clock: Clock) -> FakeStash:
    """The library of the captured answers, as far as they show it."""
    for name in ("Ada Renamed", "Bob Sample"):
        stash.library.add_performer(name)
    stash.library.add_tag("Animated", aliases=("Cartoon",))
    for number in range(1, 5):
        stash.add_scene(
            title=("", "A", "Sintel", "Tears of Steel", "Zoetrope")[number], path=f"/data/movies/Movie {number}.mp4"
        )
    for scene_id in (1, 2, 3):
        stash.library.scene(scene_id).tag_ids = (1,)
    clock.now += 424
    stash.save_scene(
        1,
        details="A giant rabbit…",
        date="2008-04-10",
        rating100=80,
        studio="Blender Studio",
        performers=["Ada Renamed", "Bob Sample"],
    )
    stash.library.settings.plugins["Stash2Plex"] = {
        "plex_library": "Movies",
        "plex_token": "abcdefghij0123456789",
        "plex_url": "http://127.0.0.1:32400",
    }
    return stash
