"""Performers' photos that the worker serves itself, from Stash with a login to the bytes that Plex fetches."""

import base64
import socket
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from records import FieldChange
from tests.photo_visits import JPEG, PNG, fetched, free_port, got, is_open
from tests.stepper import Stepper
from tests.waiting import wait_until
from worker.sync.photo_shelf import WEEK_S

KEY = "an-api-key-of-stash"


class Film(NamedTuple):
    scene: int
    key: int
    port: int


def data_url(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def serve(stepper: Stepper, port: int, **settings: Any) -> None:
    """Have photos served at a port of this machine, where the stand-in of Plex is too."""
    stepper.fine_tune(photo_port=port, photo_address=f"http://127.0.0.1:{port}/")
    stepper.configure(skip_fields="poster", **{"performer_photos": True, **settings})


@pytest.fixture
def film(stepper: Stepper) -> Film:
    """A film that was synced without photos, by a Stash with a login; Ada and Cy have photos, Bob has none."""
    stepper.stash.configure_login(KEY)
    stepper.offer()
    people = {"Ada Example": data_url(JPEG), "Bob Sample": None, "Cy Test": data_url(PNG)}
    for name, image in people.items():
        stepper.stash.create_performer(name, **({"image": image} if image else {}))
    key = stepper.item("Sintel.mkv", title="Sintel!")
    scene = stepper.scene("Sintel.mkv", title="Sintel!", performers=["Ada Example", "Bob Sample"])
    stepper.sync(scene)
    port = free_port()
    serve(stepper, port)
    return Film(scene, key, port)


def test_plex_fetches_the_photo_from_the_worker_though_stash_has_a_login(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    photos = stepper.shown(film.key).photos
    assert set(photos) == {"Ada Example"}
    address = photos["Ada Example"]
    assert address.startswith(f"http://127.0.0.1:{film.port}/")
    assert KEY not in address
    assert fetched(address).body == JPEG
    assert stepper.records.history.last()[0].changes == (FieldChange("actor_photos", "", ""),)
    assert KEY not in stepper.log()


def test_plex_that_fetches_with_the_edit_finds_the_photo(stepper: Stepper, film: Film) -> None:
    stepper.plex.options.copies_photos = True
    stepper.sync(film.scene)
    address = stepper.shown(film.key).photos["Ada Example"]
    assert stepper.plex.state.photo_copies == {address: JPEG}
    wait_until(lambda: not stepper.parts.photo_port.is_awaited, "the photo counts as fetched")


def test_second_sync_writes_nothing_and_asks_stash_for_no_photo(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    writes, asked = stepper.writes(), photos_asked(stepper)
    stepper.sync(film.scene)
    stepper.restart()
    stepper.sync(film.scene)
    assert (stepper.writes(), photos_asked(stepper)) == (writes, asked)
    assert asked == 1


def photos_asked(stepper: Stepper) -> int:
    return sum(entry.path.startswith("/performer/") for entry in stepper.stash.log.entries)


def test_performer_saved_with_the_same_photo_keeps_the_address(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    writes = stepper.writes()
    stepper.now += 60
    stepper.stash.change_photo(1, data_url(JPEG))
    stepper.sync(film.scene)
    assert stepper.writes() == writes
    assert photos_asked(stepper) == 2


def test_new_photo_has_a_new_address_and_the_old_one_still_works(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    old = stepper.shown(film.key).photos["Ada Example"]
    stepper.now += 60
    stepper.stash.change_photo(1, data_url(PNG))
    stepper.sync(film.scene)
    new = stepper.shown(film.key).photos["Ada Example"]
    assert new != old
    assert (fetched(new).body, fetched(old).body) == (PNG, JPEG)


def test_photo_of_a_performer_of_no_synced_scene_is_not_served(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    name = stepper.parts.shelf.name_of(PNG)
    assert got(film.port, f"/{name}").status == "HTTP/1.1 404 Not Found"
    stepper.stash.save_scene(film.scene, performers=["Ada Example", "Cy Test"])
    stepper.sync(film.scene)
    assert stepper.shown(film.key).photos["Cy Test"].endswith(name)
    assert got(film.port, f"/{name}").body == PNG


def test_dry_run_serves_nothing_new(stepper: Stepper, film: Film) -> None:
    serve(stepper, film.port, dry_run=True)
    stepper.sync(film.scene)
    assert stepper.shown(film.key).photos == {}
    assert got(film.port, f"/{stepper.parts.shelf.name_of(JPEG)}").status == "HTTP/1.1 404 Not Found"


def test_photos_are_served_while_stash_is_away(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    stepper.stash.fault("refuse")
    assert fetched(stepper.shown(film.key).photos["Ada Example"]).body == JPEG


def test_stash_that_gives_no_photo_pauses_and_nothing_is_lost(stepper: Stepper, film: Film) -> None:
    stepper.stash.fault("500", where="picture")
    stepper.sync(film.scene)
    assert (stepper.pause_kind(), stepper.shown(film.key).photos) == ("stash", {})
    stepper.stash.clear_faults()
    stepper.finish()
    assert fetched(stepper.shown(film.key).photos["Ada Example"]).body == JPEG


@pytest.mark.parametrize("picture", [b"GIF89a of Ada", b"<svg/>", JPEG + bytes(11 * 1024 * 1024)])
def test_photo_that_cannot_be_sent_is_left_out_and_said_once(stepper: Stepper, film: Film, picture: bytes) -> None:
    stepper.open_log()
    stepper.now += 60
    stepper.stash.change_photo(1, data_url(picture))
    stepper.sync(film.scene)
    stepper.sync(film.scene)
    assert stepper.shown(film.key).photos == {}
    assert stepper.log().count("The photo of performer 1 is not sent") == 1
    assert (stepper.stats()["failed"], stepper.dead_letters()) == (0, [])


def test_taken_port_leaves_photos_alone_and_brings_them_once_it_is_free(stepper: Stepper, film: Film) -> None:
    taken = socket.create_server(("127.0.0.1", film.port))
    stepper.stash.save_scene(film.scene, title="Sintel, again")
    stepper.sync(film.scene)
    assert (stepper.shown(film.key).title, stepper.shown(film.key).photos) == ("Sintel, again", {})
    problem = stepper.records.facts.get("photos_closed")
    assert problem.startswith(f"photo_port {film.port} cannot be opened")
    taken.close()
    stepper.parts.photo_port.follow(stepper.parts.settings.last)
    stepper.drain()
    assert fetched(stepper.shown(film.key).photos["Ada Example"]).body == JPEG
    assert stepper.records.facts.get("photos_closed") == ""


def test_missing_address_leaves_photos_alone(stepper: Stepper, film: Film) -> None:
    stepper.fine_tune(photo_port=film.port, stash_public_url="http://192.168.1.20:9999")
    stepper.sync(film.scene)
    assert stepper.shown(film.key).photos == {}
    assert not is_open(film.port)
    notes = stepper.parts.settings.last.notes()
    assert notes == ("photo_port is set, but photo_address is not: no photo is sent",)


def test_another_address_reaches_what_was_synced_before(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    stepper.fine_tune(photo_port=film.port, photo_address=f"http://localhost:{film.port}")
    stepper.drain()
    stepper.drain()
    address = stepper.shown(film.key).photos["Ada Example"]
    assert address.startswith(f"http://localhost:{film.port}/")
    assert fetched(address).body == JPEG


def test_lost_records_lead_to_the_same_addresses(stepper: Stepper, film: Film, tmp_path: Path) -> None:
    stepper.sync(film.scene)
    address = stepper.shown(film.key).photos["Ada Example"]
    stepper.close_worker()
    for path in (tmp_path / "state.db", *(tmp_path / "photos").glob("*.new")):
        path.unlink()
    stepper.open()
    stepper.sync(film.scene)
    assert stepper.shown(film.key).photos == {"Ada Example": address}
    assert fetched(address).body == JPEG


def test_lost_photo_is_fetched_again_and_served_although_nothing_is_written(
    stepper: Stepper, film: Film, tmp_path: Path
) -> None:
    stepper.sync(film.scene)
    address, writes = stepper.shown(film.key).photos["Ada Example"], stepper.writes()
    stepper.close_worker()
    next((tmp_path / "photos").glob("*.new")).unlink()
    stepper.open()
    stepper.sync(film.scene)
    assert fetched(address).body == JPEG
    assert stepper.writes() == writes


def test_file_in_place_of_the_folder_of_photos_keeps_nothing_else_from_plex(
    stepper: Stepper, film: Film, tmp_path: Path
) -> None:
    (tmp_path / "photos").write_text("no folder")
    stepper.stash.save_scene(film.scene, title="Sintel, again")
    stepper.sync(film.scene)
    assert (stepper.shown(film.key).title, stepper.shown(film.key).photos) == ("Sintel, again", {})


def test_new_photo_is_served_on_where_another_performer_keeps_the_picture_of_before(
    stepper: Stepper, film: Film
) -> None:
    stepper.stash.change_photo(2, data_url(JPEG))
    stepper.sync(film.scene)
    stepper.now += 60
    stepper.stash.change_photo(2, data_url(PNG))
    stepper.sync(film.scene)
    of_bob = stepper.shown(film.key).photos["Bob Sample"]
    key, scene = stepper.item("Spring.mkv"), stepper.scene("Spring.mkv", title="Spring!", performers=["Ada Example"])
    stepper.restart()
    stepper.sync(scene)
    stepper.parts.shelf.tidy(stepper.now + WEEK_S + 60)
    assert fetched(stepper.shown(key).photos["Ada Example"]).body == JPEG
    assert fetched(of_bob).body == PNG


def test_worker_that_is_closed_serves_no_more_and_the_next_one_does(stepper: Stepper, film: Film) -> None:
    stepper.sync(film.scene)
    address = stepper.shown(film.key).photos["Ada Example"]
    stepper.restart()
    assert not is_open(film.port)
    stepper.sync(film.scene)
    assert fetched(address).body == JPEG
