"""A save reaches Plex without any further save, whatever was away or wrong when it was made."""

import pytest

from tests.fakes.plex import Fault


def test_saves_arrive_when_plex_comes_back(build):
    house = build()
    movies = house.add("Big Buck Bunny", "Sintel", "Tears of Steel")
    house.save(movies[0], title="warm")
    house.wait(house.has_title(movies[0], title="warm"))
    house.plex.refuse()
    for movie in movies:
        house.save(movie, title=f"{movie.name}!")
    house.wait(lambda: "Paused, nothing is lost" in house.log())
    assert house.stats()["pending"] == len(movies)
    house.plex.accept()
    house.wait(house.has_title(*movies))
    house.wait(house.is_drained)
    assert "Going on after a pause" in house.log()
    assert house.dead_letters() == []


def test_save_arrives_when_the_first_hook_found_plex_away(build):
    house = build()
    (bunny,) = house.add("Big Buck Bunny")
    house.plex.refuse()
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: "Paused, nothing is lost" in house.log())
    house.plex.accept()
    house.wait(house.has_title(bunny))


def test_save_arrives_when_stash_was_restarted(build):
    house = build()
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    house.stash.stop_listening()
    house.record(sintel)  # saved just before Stash went down
    house.wait(lambda: "Paused, nothing is lost" in house.log())
    house.stash.restart()
    house.wait(house.has_title(sintel, title="Sintel"))
    house.save(bunny, title="Again")
    house.wait(house.has_title(bunny, title="Again"))


@pytest.mark.parametrize("happening", ["login", "expiry"])
def test_save_arrives_by_its_own_hook_when_the_workers_cookie_is_no_longer_accepted(build, happening):
    house = build()
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    if happening == "expiry":
        house.stash.configure_login()
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    worker = house.worker()
    house.stash.expire_cookies() if happening == "expiry" else house.stash.configure_login()
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    assert house.worker() == worker


def test_waiting_jobs_arrive_by_the_next_hook_when_the_cookie_was_refused_in_between(build):
    house = build()
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    house.stash.configure_login()
    house.record(sintel)  # its hook died before it could hand its cookie over
    house.wait(lambda: "Paused, nothing is lost" in house.log())
    house.save(bunny, title="Again")
    house.wait(house.has_title(bunny, title="Again"))
    house.wait(house.has_title(sintel, title="Sintel"))
    assert house.stats()["failed"] == 0


def test_worker_stays_let_in_when_it_lives_longer_than_its_first_cookie(build):
    """Stash renews the cookie with every answer.

    Here the first one is void before the worker asks for the second time.
    """
    house = build()
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.stash.configure_login()
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    first = house.stash.hook_runs[-1].document["server_connection"]["SessionCookie"]["Value"]
    house.stash.sessions.revoke(first)
    house.record(sintel)
    house.wait(house.has_title(sintel, title="Sintel"))
    assert house.stash.log.counts["graphql 401"] == 0


def test_save_arrives_when_the_settings_are_filled_in_afterwards(build):
    house = build(settings=None)
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: "Paused, nothing is lost" in house.log())
    assert all(f"({name}) " in house.log() for name in ("plex_url", "plex_token"))
    assert "in the tab Set-up" in house.log()
    house.wait(lambda: house.stats()["pending"] == 1, "the job is put back")
    house.configure()
    house.wait(house.has_title(bunny))


def test_save_arrives_with_its_first_attempt_when_a_wrong_token_is_corrected(build):
    house = build(settings={"plex_token": "wrong-token"})
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: "Paused, nothing is lost" in house.log())
    assert "plex_token" in house.log()
    assert "wrong-token" not in house.log()
    house.configure()
    house.wait(house.has_title(bunny))
    assert "attempt" not in house.log()


def test_save_arrives_when_plex_was_busy_for_a_while(build):
    house = build()
    (bunny,) = house.add("Big Buck Bunny")
    fault = house.plex.faults.add(Fault("status", status=503, request_kind="edit", times=2))
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert fault.hits == 2
    assert house.dead_letters() == []
