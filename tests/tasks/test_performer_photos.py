"""Performers' photos that the worker serves, as tasks and the page tell of them: they look, and change nothing."""

import base64
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from records import Records
from tasks.context import TaskContext
from tasks.registry import run
from tests.house import House
from tests.photo_visits import JPEG, PNG, fetched, free_port
from worker.facts import PHOTOS_CLOSED

MakeContext = Callable[[House], TaskContext]


def data_url(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


@pytest.fixture
def port(house: House) -> int:
    """The house has a film with a performer, and serves photos at this port."""
    found = free_port()
    house.configure(performer_photos=True, skip_fields="poster")
    house.fine_tune(photo_port=found, photo_address=f"http://127.0.0.1:{found}")
    return found


def kept(house: House) -> list[str]:
    folder = house.data_dir / "photos"
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def photo_changes(house: House, context: TaskContext, scene_id: int) -> list[dict[str, Any]]:
    answer = run({"mode": "ui_preview", "scene_ids": [scene_id]}, context)
    (scene,) = answer["scenes"]
    return [each for item in scene["items"] for each in item["changes"] if each["field"] == "actor_photos"]


def test_preview_says_that_a_photo_would_be_sent_once_and_keeps_none(
    house: House, port: int, context: MakeContext
) -> None:
    house.stash.create_performer("Ada Example", image=data_url(JPEG))
    (sintel,) = house.add("Sintel", title="Sintel!", performers=["Ada Example"])
    assert run({"mode": "preview"}, context(house))["fields"]["actor_photos"] == 1
    assert kept(house) == []
    house.save(sintel, title="Sintel!")
    house.wait(lambda: house.shown(sintel).photos, "Plex is told of the photo")
    house.wait(house.is_drained)
    before = kept(house)
    assert photo_changes(house, context(house), sintel.scene_id) == []
    house.stash.change_photo(1, data_url(JPEG))  # the same one again, saved later
    assert photo_changes(house, context(house), sintel.scene_id) == []
    assert [name.rpartition("-")[2] for name in kept(house)] == [name.rpartition("-")[2] for name in before]
    assert fetched(house.shown(sintel).photos["Ada Example"]).body == JPEG


def test_photo_is_sent_only_for_the_library_that_wants_it(house: House, port: int) -> None:
    other = house.plex.state.add_section("Home", locations=["/media/home"]).key
    key = house.plex.state.add_item(other, "/media/home/Spring.mkv")
    house.stash.create_performer("Ada Example", image=data_url(PNG))
    house.configure(
        plex_library="",
        skip_fields="poster",
        path_rules="/data/home => /media/home; /data/movies => /media/movies",
        libraries=json.dumps({"Home": {"performer_photos": True}}),
    )
    (sintel,) = house.add("Sintel", performers=["Ada Example"])
    spring = house.stash.add_scene(path="/data/home/Spring.mkv", performers=["Ada Example"])
    house.save(sintel, title="Sintel!")
    house.stash.save_scene(spring, title="Spring!")
    house.wait(lambda: house.has_title(sintel)() and house.shown(key).photos, "both are synced")
    assert house.shown(key).photos["Ada Example"].startswith(f"http://127.0.0.1:{port}/")
    assert fetched(house.shown(key).photos["Ada Example"]).body == PNG


def told_everywhere(house: House, context: TaskContext) -> dict[str, bool]:
    """Whether Test Connection, View Queue Status and the tab Set-up say that the port cannot be opened."""
    steps = {step["step"]: step for step in run({"mode": "test_connection"}, context)["steps"]}
    return {
        "test": steps["Performer photos"]["ok"] is False and "cannot be opened" in steps["Performer photos"]["text"],
        "status": "cannot be opened" in run({"mode": "queue_status"}, context)["photos_closed"],
        "page": any("cannot be opened" in note for note in run({"mode": "ui_settings"}, context)["notes"]),
    }


def test_port_that_is_taken_is_said_by_test_connection_status_and_page(
    house: House, port: int, context: MakeContext
) -> None:
    house.stash.create_performer("Ada Example", image=data_url(JPEG))
    (sintel,) = house.add("Sintel", performers=["Ada Example"])
    with socket.create_server(("127.0.0.1", port)):
        house.save(sintel, title="Sintel!")
        house.wait(house.has_title(sintel))
        house.wait(house.is_drained)
        assert set(told_everywhere(house, context(house)).values()) == {True}
    house.wait(lambda: house.shown(sintel).photos, "the port is free, and the photo is sent after all")
    with Records(house.data_dir / "state.db", reading=True) as records:
        assert records.facts.get(PHOTOS_CLOSED) == ""
    assert set(told_everywhere(house, context(house)).values()) == {False}


def test_missing_address_is_said_by_test_connection_and_the_page(house: House, context: MakeContext) -> None:
    house.configure(performer_photos=True)
    house.fine_tune(photo_port=9998)
    sentence = "photo_port is set, but photo_address is not: no photo is sent"
    assert any(sentence in step["text"] for step in run({"mode": "test_connection"}, context(house))["steps"])
    assert sentence in run({"mode": "ui_settings"}, context(house))["notes"]
