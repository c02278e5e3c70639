"""Performers' photos: their addresses go to Plex when they are others than were sent last, whatever else changes."""

import pytest

from plex.capabilities import Capabilities, TagReading
from records import FieldChange
from worker.facts import CAPABILITIES

JPEG = "data:image/jpeg;base64,/9j/4AAQ"
ADDRESS = "http://192.168.1.20:9999"


@pytest.fixture(params=["replace", "add"])
def film(stepper, request):
    """A film that shows its two performers already; photos are wanted, and what the server does with lists is known."""
    stepper.plex.options.tag_lists = request.param
    key = stepper.item("Sintel.mkv", title="Sintel!")
    for name in ("Ada Example", "Bob Sample"):
        stepper.stash.create_performer(name, image=JPEG)
    scene = stepper.scene("Sintel.mkv", title="Sintel!", performers=["Ada Example", "Bob Sample"])
    stepper.sync(scene)
    assert stepper.shown(key).photos == {}
    reading = TagReading.ADDS if request.param == "add" else TagReading.REPLACES
    learned = {"server": stepper.parts.plex.client().known_as, **Capabilities(tag_reading=reading).as_dict()}
    stepper.records.facts.put(CAPABILITIES, learned)
    stepper.parts.plex.forget()
    (stepper.data_dir / "config.yaml").write_text(f"stash_public_url: {ADDRESS}\n", encoding="utf-8")
    stepper.configure(performer_photos=True)
    return scene, key


def test_photos_are_sent_for_scenes_that_are_synced_already_and_never_twice(stepper, film):
    scene, key = film
    before = stepper.writes()
    stepper.sync(scene)
    assert set(stepper.shown(key).photos) == {"Ada Example", "Bob Sample"}
    assert all(url.startswith(f"{ADDRESS}/performer/") for url in stepper.shown(key).photos.values())
    assert list(stepper.shown(key).tags["actor"]) == ["Ada Example", "Bob Sample"]
    assert stepper.writes() == before + 1
    stepper.sync(scene)
    assert stepper.writes() == before + 1
    assert stepper.records.history.last()[0].changes == (FieldChange("actor_photos", "", ""),)


def test_new_photo_reaches_plex_although_no_name_has_changed(stepper, film):
    scene, key = film
    stepper.sync(scene)
    old = stepper.shown(key).photos
    stepper.now += 60
    stepper.stash.change_photo(1, JPEG)
    before = stepper.writes()
    stepper.sync(scene)
    new = stepper.shown(key).photos
    assert new["Ada Example"] != old["Ada Example"]
    assert new["Bob Sample"] == old["Bob Sample"]
    assert stepper.writes() == before + 1


def test_photos_ride_along_when_the_names_change_too(stepper, film):
    scene, key = film
    stepper.stash.create_performer("Cy Test", image=JPEG)
    stepper.stash.save_scene(scene, performers=["Ada Example", "Cy Test"])
    before = stepper.writes()
    stepper.sync(scene)
    assert set(stepper.shown(key).photos) == {"Ada Example", "Cy Test"}
    assert list(stepper.shown(key).tags["actor"]) == ["Ada Example", "Cy Test"]
    assert stepper.writes() == before + 1


def test_photos_are_not_sent_when_actors_are_left_alone(stepper, film):
    scene, key = film
    stepper.configure(performer_photos=True, skip_fields="poster, actor")
    before = stepper.writes()
    stepper.sync(scene)
    assert (stepper.shown(key).photos, stepper.writes()) == ({}, before)


def test_photo_is_not_sent_for_an_episode(stepper):
    """Actors belong to the show."""
    (stepper.data_dir / "config.yaml").write_text(f"stash_public_url: {ADDRESS}\n", encoding="utf-8")
    stepper.configure(performer_photos=True)
    stepper.stash.create_performer("Ada Example", image=JPEG)
    shows = stepper.plex.state.add_section("Shows", "show", locations=["/media"]).key
    key = stepper.item("Show/S01E01.mkv", section=shows, title="Pilot")
    stepper.sync(stepper.scene("Show/S01E01.mkv", title="Pilot", performers=["Ada Example"]))
    assert stepper.shown(key).photos == {}
    assert stepper.stats()["completed"] == 1
