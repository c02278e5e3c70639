"""Two Stashes on one data folder, as where a volume is shared by accident.

The one that matches the records goes on, the other's saves wait and its hooks say so.
"""

from collections.abc import Iterator

import pytest

from tests.fakes.stash import FakeStash
from tests.house import House, Movie, kill

COUNT = 24


@pytest.fixture
def movies(house: House) -> list[Movie]:
    """Films of the first Stash, synced, and known."""
    movies = house.add(*(f"Film {number:02}" for number in range(COUNT)), details="Ours")
    for movie in movies:
        house.save(movie, title=f"{movie.name}!")
    house.wait(house.has_title(*movies))
    house.wait(house.is_drained)
    return movies


@pytest.fixture
def second(house: House, movies: list[Movie]) -> Iterator[FakeStash]:
    """Another Stash with the same plugin folder and settings.

    Its scenes have the same ids, and are other films, which Plex has as well.
    """
    with house.stash.another() as stash:
        for number in range(COUNT):
            house.plex.state.add_item(house.section, f"/media/movies/Other {number}/Other {number}.mkv")
            stash.add_scene(path=f"/data/movies/Other {number}/Other {number}.mkv", title=f"Other {number}")
        yield stash


def titles(house: House) -> set[str]:
    return {item.values["title"] for item in house.plex.state.items.values()}


def errors_of(stash: FakeStash) -> str:
    run = stash.hook_runs[-1].run
    return " ".join(text for level, text in run.log if level == "error") if run else ""


def test_the_stash_that_matches_goes_on_and_the_others_saves_wait(house, movies, second):
    second.save_scene(3, title="Other, saved")
    house.wait((house.data_dir / f"other-stash-{second.port}").exists, "the other one is told apart")
    second.save_scene(5, title="Other, saved again")
    assert "this is another Stash, or its database was made anew" in errors_of(second)
    assert "is recorded and waits" in errors_of(second)
    house.save(movies[9], title="Film 09, saved")
    house.wait(lambda: house.shown(movies[9]).title == "Film 09, saved")
    house.wait(lambda: house.stats()["pending"] == 2 and not house.stats()["in_progress"])
    assert not any(title.startswith("Other,") for title in titles(house))
    assert house.dead_letters() == []
    assert "Traceback" not in house.log() + house.stderr()


@pytest.mark.parametrize("first_back", [True, False])
def test_worker_that_the_other_stash_has_started_waits_for_the_right_one_or_the_users_word(
    house, movies, second, first_back
):
    kill(house.worker())
    second.save_scene(3, title="Other, saved")
    house.wait(lambda: "Paused, nothing is lost: this is another Stash" in house.log())
    if first_back:
        house.save(movies[3], title="Film 03, saved")
        house.wait(lambda: house.shown(movies[3]).title == "Film 03, saved")
        assert not any(title.startswith("Other,") for title in titles(house))
    else:
        assert second.wait_for_task(second.run_task("Begin Afresh"), timeout_s=60).output
        house.wait(lambda: "Other, saved" in titles(house))
        second.save_scene(5, title="Other, and on")
        house.wait(lambda: "Other, and on" in titles(house))
        assert errors_of(second) == ""
        assert {house.shown(movie).summary for movie in movies} == {"Ours"}
