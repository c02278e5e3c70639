"""The same results where no named pipe can be made: Windows and some network shares.

A folder stands where the pipe would be.
"""

import pytest

from tests.house import House
from worker.launch import FIFO_NAME
from worker.process.handover import stop_worker


@pytest.fixture
def house(build) -> House:
    built = build()
    (built.data_dir / FIFO_NAME).mkdir(parents=True)
    return built


def test_saves_arrive_when_there_is_no_pipe(house):
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    worker = house.worker()
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    assert house.log().count("the worker has started") == 1
    assert worker in house.workers()
    assert house.stderr() == ""
    assert (house.data_dir / "worker.stderr").stat().st_mode & 0o777 == 0o600, "traces are for its owner"


def test_fresh_cookie_takes_over_when_there_is_no_pipe_and_the_old_one_is_refused(house):
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    first = house.worker()
    house.stash.configure_login()
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    house.wait(lambda: first not in house.workers())
    assert "The worker ends: a successor with a fresh connection waits" in house.log()
    assert house.worker()


def test_worker_ends_when_it_is_asked_to_and_there_is_no_pipe(house):
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert stop_worker(str(house.data_dir))
    house.wait(lambda: not house.workers())
    assert "The worker ends: it was told to stop" in house.log()
