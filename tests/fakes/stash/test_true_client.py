"""The true stashapi against the stand-in."""

from typing import Any

import pytest
from stashapi.stashapp import StashInterface

from tests.fakes.stash import FakeStash


def connect(stash: FakeStash, **more: Any) -> StashInterface:
    client = StashInterface({**stash.server_connection(), **more})
    client.RAISE_GQL_ERRORS = True
    return client


@pytest.fixture
def client(captured_stash: FakeStash) -> Any:
    connected = connect(captured_stash)
    yield connected
    connected.s.close()


def test_stashapi_reads_every_field_of_a_scene_through_introspection(client: StashInterface) -> None:
    scene = client.find_scene(1)
    assert scene["title"] == "A"
    assert scene["studio"] == {"id": "1"}
    assert scene["paths"]["screenshot"].endswith("/scene/1/screenshot?t=1795393517")


def test_stashapi_finds_scenes_by_filter_and_fragment(client: StashInterface) -> None:
    found = client.find_scenes(
        f={"tags": {"value": [1], "modifier": "INCLUDES"}},
        filter={"per_page": 2, "sort": "id", "direction": "DESC"},
        fragment="id title",
    )
    assert found == [{"id": "3", "title": "Tears of Steel"}, {"id": "2", "title": "Sintel"}]


def test_stashapi_finds_performers_studios_tags_and_groups(client: StashInterface, captured_stash: FakeStash) -> None:
    captured_stash.library.add_group("Shorts")
    assert [performer["name"] for performer in client.find_performers()] == ["Ada Renamed", "Bob Sample"]
    assert client.find_performer(2)["name"] == "Bob Sample"
    assert [studio["name"] for studio in client.find_studios(q="blender")] == ["Blender Studio"]
    assert client.find_tag("Cartoon")["id"] == "1"
    assert [group["name"] for group in client.find_groups()] == ["Shorts"]


def test_stashapi_reads_and_replaces_plugin_settings(client: StashInterface, captured_stash: FakeStash) -> None:
    assert client.find_plugin_config("Stash2Plex")["plex_library"] == "Movies"
    client.configure_plugin("Stash2Plex", {"dry_run": True})
    assert captured_stash.library.settings.plugins["Stash2Plex"]["dry_run"] is True
    captured_stash.configure_plugin({"debug": True})
    assert client.find_plugin_config("Stash2Plex") == {"debug": True}


def test_stashapi_changes_scenes_as_the_interface_does(client: StashInterface, captured_stash: FakeStash) -> None:
    client.update_scene({"id": 2, "title": "Sintel, restored"})
    client.update_scenes({"ids": [2, 3], "tag_ids": {"ids": [], "mode": "SET"}})
    client.destroy_scene(4)
    client.merge_scenes([3], 2, values={})
    scenes = captured_stash.library.scenes
    assert sorted(scenes) == [1, 2]
    assert (scenes[2].title, scenes[2].tag_ids) == ("Sintel, restored", ())
    assert [video.basename for video in scenes[2].files] == ["Movie 2.mp4", "Movie 3.mp4"]


def test_stashapi_connects_with_cookie_or_key_when_a_login_is_configured(stash: FakeStash) -> None:
    before = stash.server_connection()
    stash.configure_login(api_key="the-api-key")
    connect(stash).s.close()
    connect(stash, SessionCookie=None, ApiKey="the-api-key").s.close()
    with pytest.raises(Exception, match="Authentication error"):
        StashInterface(before)
