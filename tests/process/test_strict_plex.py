"""Whatever a Plex refuses, all saves arrive.

Of films that it had before, of films that it has got since, and their covers.
"""

from collections.abc import Callable

import pytest

from tests.fakes.plex import Fault
from tests.fakes.plex.message import Request
from tests.house import House

COVER = b"\x89PNG\r\n\x1a\n" + b"invented picture"
OLD = ["Big Buck Bunny", "Sintel", "Tears of Steel"]
NEW = ["Cosmos Laundromat", "Spring"]
OLD_AT = 1_600_000_000


def _small_pages(house: House) -> None:
    house.plex.options.most_per_page = 100


def _tiny_pages(house: House) -> None:
    house.plex.options.most_per_page = 1


def _no_pages(house: House) -> None:
    house.plex.options.heeds_pages = False


def _no_dates(house: House) -> None:
    house.plex.options.date_filters = "none"


def _no_news(house: House) -> None:
    house.plex.options.date_filters = "none"
    is_of_order = lambda request: request.first("sort").endswith(":desc")  # noqa: E731 - shorter than its name
    house.plex.faults.add(Fault("status", status=400, request_kind="listing", when=is_of_order))


def _as_it_was(house: House) -> None:
    """A server that is not strict at all."""
    options = house.plex.options
    options.lists_need_pages, options.most_per_page, options.upload_locks = False, 100_000, False
    options.date_filters, options.unknown_filters = "any", "ignore"


def _sick(kind: str, status: int = 200) -> Callable[[House], None]:
    def make(house: House) -> None:
        key = house.plex.state.add_section("Sick", locations=["/media/sick"]).key
        house.plex.state.add_item(key, "/media/sick/x.mkv")
        house.plex.faults.add(Fault(kind, status=status, path=f"/library/sections/{key}/all"))

    return make


def _sick_item(status: int) -> Callable[[House], None]:
    def make(house: House) -> None:
        key = house.plex.state.add_item(house.section, "/media/movies/Sick/Sick.mkv", added_at=OLD_AT)
        scene = house.stash.add_scene(path="/data/movies/Sick/Sick.mkv", title="Sick!")

        def is_asked_for(request: Request) -> bool:
            return str(key) in request.path.rpartition("/")[2].split(",")

        house.plex.faults.add(Fault("status", status=status, request_kind="metadata", when=is_asked_for))
        house.stash.save_scene(scene, details="It is asked for together with the others.")

    return make


PLEXES: dict[str, Callable[[House], None]] = {
    "strict": lambda _house: None,
    "as it was": _as_it_was,
    "at most 100 lines": _small_pages,
    "one line at a time": _tiny_pages,
    "everything at once": _no_pages,
    "no dates": _no_dates,
    "no news": _no_news,
    "a library answers 500": _sick("status", 500),
    "a library answers 400": _sick("status", 400),
    "a library answers what is no XML": _sick("garbage"),
    "an item answers 500": _sick_item(500),
    "an item answers 400": _sick_item(400),
}


@pytest.mark.parametrize("plex", PLEXES)
def test_all_saves_arrive(build, plex):
    house = build()
    house.configure(plex_library="")
    PLEXES[plex](house)
    for number in range(120):
        house.plex.state.add_item(house.section, f"/media/movies/others/{number}.mkv", added_at=OLD_AT + number)
    for names in (OLD, NEW):
        movies = house.add(*names)
        for movie in movies:
            house.save(movie, title=f"{movie.name}!", cover=COVER)
        house.wait(house.has_title(*movies))
        house.wait(lambda movies=movies: all(house.shown(movie).uploads for movie in movies), "the covers")
        house.wait(lambda movies=movies: all("thumb" in house.shown(movie).locked for movie in movies), "their locks")
    assert house.dead_letters() == []
    assert house.stderr() == ""
    assert "Paused" not in house.log()
