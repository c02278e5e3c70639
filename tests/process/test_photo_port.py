"""The port of performers' photos in a worker's life: how long it is open, and who opens it next."""

import base64
import signal

from tests.house import House, Movie, kill
from tests.photo_visits import JPEG, fetched, free_port, is_open

PHOTO = f"data:image/jpeg;base64,{base64.b64encode(JPEG).decode()}"


def with_photo(house: House, port: int, **finer: object) -> tuple[Movie, str]:
    """A film whose performer's photo Plex was told of, and where it is."""
    house.configure(performer_photos=True, skip_fields="poster")
    house.fine_tune(photo_port=port, photo_address=f"http://127.0.0.1:{port}", **finer)
    house.stash.create_performer("Ada Example", image=PHOTO)
    (sintel,) = house.add("Sintel")
    house.save(sintel, title="Sintel!", performers=["Ada Example"])
    house.wait(lambda: house.shown(sintel).photos, "Plex is told of the photo")
    return sintel, house.shown(sintel).photos["Ada Example"]


def test_worker_waits_for_plex_to_fetch_the_photo_then_leaves_and_closes_the_port(build):
    house = build()
    port = free_port()
    sintel, address = with_photo(house, port, worker_idle_s=0.3)
    house.wait(house.is_drained)
    (other,) = house.add("Big Buck Bunny")
    house.save(other, title="Big Buck Bunny!")
    house.wait(house.has_title(other))
    house.wait(house.is_drained)
    assert fetched(address).body == JPEG
    house.wait(lambda: not house.workers(), "the worker has left")
    assert not is_open(port)
    assert "nothing to do" in house.log()
    assert house.log().count("the worker has started") == 1
    house.save(sintel, title="Sintel!!")
    house.wait(house.has_title(sintel, title="Sintel!!"))
    house.wait(lambda: not house.workers(), "nothing new is waited for")


def test_next_worker_serves_what_plex_was_told_by_one_that_was_killed(build):
    house = build()
    port = free_port()
    _, address = with_photo(house, port)
    kill(house.worker())
    assert not is_open(port)
    house.offer()
    house.wait(lambda: is_open(port), "the next worker has opened the port")
    assert fetched(address).body == JPEG


def test_worker_that_is_told_to_leave_closes_the_port(build):
    house = build()
    port = free_port()
    _, address = with_photo(house, port)
    assert fetched(address).body == JPEG
    kill(house.worker(), signal.SIGTERM)
    assert not is_open(port)
