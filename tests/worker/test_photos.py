"""Performers' photos: their addresses go to Plex when they are others than were sent last, whatever else changes."""

import pytest

from plex.capabilities import Capabilities, TagReading
from records import FieldChange

JPEG = "data:image/jpeg;base64,/9j/4AAQ"
ADDRESS = "http://192.168.1.20:9999"


@pytest.fixture(params=["replace", "add"])
def film(bench, request):
    """A film that shows its two performers already; photos are wanted from here on, and it is known what the server does with lists."""
    bench.plex.options.tag_lists = request.param
    key = bench.item("Sintel.mkv", title="Sintel!")
    for name in ("Ada Example", "Bob Sample"):
        bench.stash.create_performer(name, image=JPEG)
    scene = bench.scene("Sintel.mkv", title="Sintel!", performers=["Ada Example", "Bob Sample"])
    bench.sync(scene)
    assert bench.shown(key).photos == {}
    reading = TagReading.ADDS if request.param == "add" else TagReading.REPLACES
    bench.parts.plex.client()._writer.capabilities = Capabilities(tag_reading=reading)
    (bench.data_dir / "config.yaml").write_text(f"stash_public_url: {ADDRESS}\n", encoding="utf-8")
    bench.configure(performer_photos=True)
    return scene, key


def test_photos_are_sent_for_scenes_that_are_synced_already_and_never_twice(bench, film):
    scene, key = film
    before = bench.writes()
    bench.sync(scene)
    assert set(bench.shown(key).photos) == {"Ada Example", "Bob Sample"}
    assert all(url.startswith(f"{ADDRESS}/performer/") for url in bench.shown(key).photos.values())
    assert list(bench.shown(key).tags["actor"]) == ["Ada Example", "Bob Sample"]
    assert bench.writes() == before + 1
    bench.sync(scene)
    assert bench.writes() == before + 1
    assert bench.records.history.last()[0].changes == (FieldChange("actor_photos", "", ""),)


def test_new_photo_reaches_plex_although_no_name_has_changed(bench, film):
    scene, key = film
    bench.sync(scene)
    old = bench.shown(key).photos
    bench.now += 60
    bench.stash.change_photo(1, JPEG)
    before = bench.writes()
    bench.sync(scene)
    new = bench.shown(key).photos
    assert new["Ada Example"] != old["Ada Example"]
    assert new["Bob Sample"] == old["Bob Sample"]
    assert bench.writes() == before + 1


def test_photos_ride_along_when_the_names_change_too(bench, film):
    scene, key = film
    bench.stash.create_performer("Cy Test", image=JPEG)
    bench.stash.save_scene(scene, performers=["Ada Example", "Cy Test"])
    before = bench.writes()
    bench.sync(scene)
    assert set(bench.shown(key).photos) == {"Ada Example", "Cy Test"}
    assert list(bench.shown(key).tags["actor"]) == ["Ada Example", "Cy Test"]
    assert bench.writes() == before + 1


def test_photos_are_not_sent_when_actors_are_left_alone(bench, film):
    scene, key = film
    bench.configure(performer_photos=True, skip_fields="poster, actor")
    before = bench.writes()
    bench.sync(scene)
    assert (bench.shown(key).photos, bench.writes()) == ({}, before)


def test_photo_is_not_sent_for_an_episode(bench):
    """Actors belong to the show."""
    (bench.data_dir / "config.yaml").write_text(f"stash_public_url: {ADDRESS}\n", encoding="utf-8")
    bench.configure(performer_photos=True)
    bench.stash.create_performer("Ada Example", image=JPEG)
    shows = bench.plex.state.add_section("Shows", "show", locations=["/media"]).key
    key = bench.item("Show/S01E01.mkv", section=shows, title="Pilot")
    bench.sync(bench.scene("Show/S01E01.mkv", title="Pilot", performers=["Ada Example"]))
    assert bench.shown(key).photos == {}
    assert bench.stats()["completed"] == 1
