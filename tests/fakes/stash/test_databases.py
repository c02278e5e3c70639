"""Databases that are lost, restored, imported, or another Stash's: held against what a real Stash did."""

from typing import Any

import pytest

from tests.clock import Clock
from tests.fakes.stash import FakeStash

FILES = "files{path size basename created_at fingerprints{type value}}"


@pytest.fixture
def library_stash(stash: FakeStash, clock: Clock) -> FakeStash:
    """Three scenes, a minute apart, whose order by name is the reverse of their ids."""
    stash.library.add_tag("Film")
    for name in ("Tears of Steel", "Sintel", "Big Buck Bunny"):
        clock.now += 60
        stash.add_scene(
            name,
            path=f"/data/{name}.mp4",
            tags=["Short", "Film"],
            performers=["Bob Sample", "Ada Example"],
            studio=f"{name} Films",
            groups=["Open Movies"],
        )
    return stash


def answered(stash: FakeStash) -> dict[str, Any]:
    """What is answered of every scene, without any id."""
    query = (
        "{findScenes(filter:{per_page:-1,sort:"
        f'"id"}}){{scenes{{title created_at updated_at {FILES} tags{{name}} performers{{name}} studio{{name}} groups{{group{{name}}}}}}}}}}'
    )
    scenes = stash.engine.execute(query).body["data"]["findScenes"]["scenes"]
    for scene in scenes:
        scene["performers"].sort(key=lambda performer: performer["name"])
    return {scene["title"]: scene for scene in scenes}


def ids(stash: FakeStash) -> dict[str, int]:
    return {scene.title: scene.id for scene in stash.library.scenes.values()}


def test_import_gives_new_ids_in_the_order_of_titles_and_keeps_all_else(library_stash: FakeStash, clock: Clock) -> None:
    before = answered(library_stash)
    clock.now += 60
    library_stash.full_import()
    assert answered(library_stash) == before
    assert ids(library_stash) == {"Big Buck Bunny": 1, "Sintel": 2, "Tears of Steel": 3}
    assert [tag.id for tag in library_stash.library.tags.values() if tag.name == "Film"] == [1]
    assert library_stash.hook_runs == []


def test_next_scene_follows_the_imported_ones(library_stash: FakeStash) -> None:
    library_stash.destroy_scene(3)
    library_stash.full_import()
    assert library_stash.scan_new_file("/data/Spring.mp4") == 3


def test_parents_are_found_again_after_an_import(library_stash: FakeStash) -> None:
    library = library_stash.library
    library.add_tag("Animation", parent_ids=(1,))
    library.add_studio("A part", parent_id=1)
    library_stash.full_import()
    tag = next(tag for tag in library.tags.values() if tag.name == "Animation")
    studio = next(studio for studio in library.studios.values() if studio.name == "A part")
    assert [library.tags[parent_id].name for parent_id in tag.parent_ids] == ["Film"]
    assert studio.parent_id is not None
    assert library.studios[studio.parent_id].name == "Tears of Steel Films"


def test_moment_stays_and_its_text_changes_when_the_import_runs_in_another_time_zone(library_stash: FakeStash) -> None:
    before = answered(library_stash)["Sintel"]["created_at"]
    library_stash.library.settings.utc_offset_s = -5 * 3600
    library_stash.full_import()
    after = answered(library_stash)["Sintel"]["created_at"]
    assert (before, after) == ("2026-11-23T00:20:13Z", "2026-11-22T19:20:13-05:00")


def test_older_database_gives_the_same_ids_again(library_stash: FakeStash, clock: Clock) -> None:
    kept, before = library_stash.backup_database(), answered(library_stash)
    clock.now += 60
    library_stash.save_scene(1, title="After the backup")
    lost = library_stash.scan_new_file("/data/Spring.mp4")
    runs = len(library_stash.hook_runs)
    library_stash.restore_database(kept)
    assert (answered(library_stash), len(library_stash.hook_runs)) == (before, runs)
    assert library_stash.scan_new_file("/data/Elephants Dream.mp4") == lost


def test_backup_is_not_touched_by_what_comes_after_it_came_back(library_stash: FakeStash) -> None:
    kept, before = library_stash.backup_database(), answered(library_stash)
    for _ in range(2):
        library_stash.restore_database(kept)
        assert answered(library_stash) == before
        library_stash.save_scene(1, title="Changed")


def test_scan_makes_everything_anew_when_the_database_is_lost(library_stash: FakeStash) -> None:
    library_stash.configure_plugin({"plex_url": "http://127.0.0.1:32400"})
    hashes = sorted(scene.files[0].oshash for scene in library_stash.library.scenes.values())
    library_stash.new_database()
    library_stash.scan()
    scenes = library_stash.library.scenes.values()
    assert [(run.event, run.entry_id) for run in library_stash.hook_runs] == [
        ("Scene.Create.Post", scene_id) for scene_id in (1, 2, 3)
    ]
    assert {(scene.title, scene.tag_ids) for scene in scenes} == {("", ())}
    assert sorted(scene.files[0].oshash for scene in scenes) == hashes
    assert library_stash.library.settings.plugins["Stash2Plex"]


def test_second_stash_has_a_library_of_its_own_and_the_same_plugin(library_stash: FakeStash) -> None:
    library_stash.configure_plugin({"plex_library": "Movies"})
    with library_stash.another() as second:
        scene_id = second.add_scene("Elsewhere", path="/data/Elsewhere.mp4")
        assert (scene_id, ids(second), len(ids(library_stash))) == (1, {"Elsewhere": 1}, 3)
        assert second.host.plugin.directory == library_stash.host.plugin.directory
        assert second.library.settings.plugins == library_stash.library.settings.plugins
        query = "{systemStatus{databasePath appSchema}}"
        places = [server.engine.execute(query).body["data"]["systemStatus"] for server in (library_stash, second)]
        assert [place["databasePath"] for place in places] == [
            "/root/.stash/stash-go.sqlite",
            "/root/.stash-2/stash-go.sqlite",
        ]
        assert second.server_connection()["Dir"] == "/root/.stash-2"
        assert second.port != library_stash.port


def test_database_of_one_stash_can_be_put_into_another(library_stash: FakeStash) -> None:
    with library_stash.another() as second:
        second.restore_database(library_stash.backup_database())
        assert answered(second) == answered(library_stash)


@pytest.mark.parametrize("ids_asked", [[3, 1, 2], [2, 3]])
def test_scenes_come_in_the_order_asked_for(library_stash: FakeStash, ids_asked: list[int]) -> None:
    query = "query($ids:[ID!]){findScenes(ids:$ids){scenes{id}}}"
    answer = library_stash.engine.execute(query, {"ids": ids_asked}).body["data"]["findScenes"]["scenes"]
    assert [int(scene["id"]) for scene in answer] == ids_asked


def test_question_fails_when_an_id_is_asked_for_twice(library_stash: FakeStash) -> None:
    answer = library_stash.engine.execute("{findScenes(ids:[1,1]){count}}").body
    assert answer["errors"][0]["message"] == "validating ids: duplicate id found: 1"


def test_absent_scene_is_null_when_each_is_asked_for_by_a_name_of_its_own(library_stash: FakeStash) -> None:
    answer = library_stash.engine.execute("{s1:findScene(id:1){id} s99:findScene(id:99){id}}").body
    assert answer == {"data": {"s1": {"id": "1"}, "s99": None}}
