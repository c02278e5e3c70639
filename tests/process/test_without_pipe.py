"""The same results where the data folder cannot hold the pipe, as on network shares, or hooks cannot see it.

A folder stands where the pipe, and where the signpost to it, would be.
"""

import pytest

from tests.house import House
from tests.machine import is_closed_to_others
from worker.launch import FIFO_NAME
from worker.process.handover import stop_worker
from worker.signpost import SIGNPOST_NAME, named

BLOCKED = {"elsewhere": (FIFO_NAME,), "nowhere": (FIFO_NAME, SIGNPOST_NAME)}


IN_THE_FOLDER = pytest.mark.needs("fifos")


@pytest.fixture(params=[pytest.param("elsewhere", marks=IN_THE_FOLDER), "nowhere"])
def house(build, request) -> House:
    """The pipe lies among the temporary folders, or there is none that hooks can reach."""
    return blocked(build, request.param)


def blocked(build, where: str) -> House:
    built = build()
    for name in BLOCKED[where]:
        (built.data_dir / name).mkdir(parents=True)
    return built


def test_saves_arrive_when_the_data_folder_holds_no_pipe(house):
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    assert house.log().count("the worker has started") == 1
    assert house.stderr() == ""
    assert is_closed_to_others(house.data_dir / "worker.stderr"), "traces are for its owner"


@IN_THE_FOLDER
def test_nobody_is_started_for_a_save_when_the_pipe_lies_elsewhere(build):
    house = blocked(build, "elsewhere")
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    worker, begun = house.worker(), named(str(house.data_dir))
    house.stash.configure_login()
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    assert house.workers() == [worker]
    assert begun
    assert named(str(house.data_dir)) == begun
    assert house.log().count("the worker has started") == 1
    assert stop_worker(str(house.data_dir))
    assert not named(str(house.data_dir))


def test_fresh_login_arrives_when_an_older_one_stands_in_line(build):
    """Each save behind the first starts a process that reaches nobody.

    The first of them has a login that is void by then.
    """
    house = blocked(build, "nowhere")
    bunny, sintel, steel = house.add("Big Buck Bunny", "Sintel", "Tears of Steel")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    first = house.worker()
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(sintel))
    assert first in house.workers()
    house.stash.configure_login()
    house.save(steel, title="Tears of Steel!")
    house.wait(house.has_title(steel))
    house.wait(lambda: first not in house.workers())
    assert "The worker ends: a successor with a fresh connection waits" in house.log()
    assert house.log().count("the worker has started") == 2
    house.worker()
    assert house.stderr() == ""


def test_one_process_stands_in_line_when_many_reach_nobody(build):
    house = blocked(build, "nowhere")
    movies = house.add(*(f"Movie {number}" for number in range(6)))
    for movie in movies:
        house.save(movie, title=f"{movie.name}!")
    house.wait(house.has_title(*movies))
    house.wait(lambda: len(house.workers()) == 2, "the worker, and the newest of those that wait")
    assert house.log().count("the worker has started") == 1


@IN_THE_FOLDER
def test_saves_arrive_when_the_signpost_holds_no_name_of_a_pipe(build):
    house = build()
    (house.data_dir / FIFO_NAME).mkdir(parents=True)
    (house.data_dir / SIGNPOST_NAME).write_bytes(b"/tmp/stash2plex-\0/worker.fifo\n")
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert house.stderr() == ""
