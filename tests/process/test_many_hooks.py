"""Many saves at once, a worker that is killed among them, and a login that ends: every save arrives, by one worker at a time."""

from concurrent.futures import ThreadPoolExecutor

from tests.house import House, Movie, kill


def save_all(house: House, movies: list[Movie], title: str) -> None:
    """Save them at once, each by a hook of its own."""
    with ThreadPoolExecutor(6) as people:
        list(people.map(lambda movie: house.save(movie, title=title.format(name=movie.name)), movies))


def test_saves_arrive_when_many_come_at_once_and_the_worker_is_killed_among_them(house):
    movies = house.add(*(f"Movie {number:02d}" for number in range(12)))
    save_all(house, movies, "{name}?")
    house.wait(house.has_title(*movies, title="{name}?"))
    first = house.worker()
    assert house.log().count("the worker has started") == 1, "no save started another one"
    house.plex.options.write_latency_ms = 50
    before = house.plex.journal.count("edit")
    house.record(*movies)
    save_all(house, movies[:6], "{name}!")
    house.wait(lambda: house.plex.journal.count("edit") > before)
    kill(first)
    save_all(house, movies[6:], "{name}!")
    house.wait(house.has_title(*movies))
    house.wait(house.is_drained)
    assert house.worker() != first
    assert house.log().count("the worker has started") == 2
    assert house.dead_letters() == []
    assert house.stderr() == ""


def test_saves_arrive_when_the_login_of_the_living_worker_has_ended(house):
    movies = house.add("Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat")
    save_all(house, movies[:1], "{name}!")
    house.wait(house.has_title(movies[0]))
    worker = house.worker()
    house.stash.configure_login()
    save_all(house, movies[1:], "{name}!")
    house.wait(house.has_title(*movies))
    assert house.workers() == [worker]
    assert house.log().count("the worker has started") == 1
