"""Every action's document against the captured one."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.stash import FakeStash
from tests.fakes.stash.captured import differences, document

PNG = b"\x89PNG\r\n\x1a\n one pixel"


def lose_file(stash: FakeStash) -> None:
    stash.disk.remove("/data/movies/Movie 4.mp4")
    stash.clean()


def split(stash: FakeStash) -> None:
    stash.merge_scenes([2], 3)
    stash.split_file(2)


ACTIONS: dict[str, Callable[[FakeStash], Any]] = {
    "scene_update_post_single": lambda stash: stash.save_scene(
        1,
        title="Big Buck Bunny",
        details="A giant rabbit…",
        date="2008-04-10",
        rating100=80,
        studio_id=1,
        performer_ids=[1, 2],
        tag_ids=[1, 2],
    ),
    "scene_update_post_form": lambda stash: stash.save_form(1, title="Big Buck Bunny"),
    "scene_update_post_cover": lambda stash: stash.save_scene(1, cover=PNG),
    "scene_update_post_bulk": lambda stash: stash.edit_scenes([2, 3, 4], tag_ids=[1], mode="ADD"),
    "scene_update_post_scenes_update_list": lambda stash: stash.save_scenes(
        {2: {"title": "Sintel"}, 3: {"title": "Tears of Steel"}}
    ),
    "scene_create_post_from_scan": lambda stash: stash.scan_new_file("/data/movies/Movie 5.mp4"),
    "scene_update_post_moved_file": lambda stash: stash.scan_moved_file(3, "/data/moved/Movie 3.mp4"),
    "scene_create_post_from_split": split,
    "scene_destroy_post_single": lambda stash: stash.destroy_scene(4),
    "scene_destroy_post_clean": lose_file,
    "performer_create_post": lambda stash: stash.create_performer("Cleo Example"),
    "performer_update_post": lambda stash: stash.rename_performer(1, "Ada Renamed"),
    "performer_update_post_bulk": lambda stash: stash.edit_performers([2], country="NL"),
    "performer_destroy_post": lambda stash: stash.destroy_performer(2),
    "studio_update_post": lambda stash: stash.rename_studio(1, "Blender Studio"),
    "studio_destroy_post": lambda stash: stash.destroy_studio(1),
    "tag_update_post": lambda stash: stash.rename_tag(1, "Animated"),
    "tag_destroy_post": lambda stash: stash.destroy_tag(2),
    "tag_merge_post": lambda stash: stash.merge_tags([2], 1),
    "group_update_post": lambda stash: stash.rename_group(1, "G2"),
}


@pytest.fixture
def library_stash(captured_stash: FakeStash) -> FakeStash:
    captured_stash.library.add_tag("Short")
    captured_stash.library.add_group("G")
    captured_stash.host.forget_runs()
    return captured_stash


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_action_makes_a_document_of_the_captured_form(library_stash: FakeStash, name: str) -> None:
    ACTIONS[name](library_stash)
    captured = document(name)
    made = library_stash.hook_runs[0].document
    ours, theirs = made["args"]["hookContext"], captured["args"]["hookContext"]
    assert differences(made, captured) == []
    assert ours["type"] == theirs["type"]
    assert sorted(ours.get("inputFields", [])) == sorted(theirs.get("inputFields", []))
    assert ("inputFields" in ours) == ("inputFields" in theirs)
    if isinstance(theirs["input"], dict):
        assert list(ours["input"]) == list(theirs["input"])


@pytest.mark.parametrize(
    "name",
    [
        "scene_update_post_single",
        "scene_update_post_form",
        "scene_update_post_bulk",
        "scene_update_post_scenes_update_list",
        "tag_merge_post",
        "group_update_post",
    ],
)
def test_input_of_the_same_action_equals_the_captured_one(library_stash: FakeStash, name: str) -> None:
    ACTIONS[name](library_stash)
    assert (
        library_stash.hook_runs[0].document["args"]["hookContext"]["input"]
        == document(name)["args"]["hookContext"]["input"]
    )


def test_server_connection_equals_the_captured_one_but_for_port_and_cookie(stash: FakeStash) -> None:
    captured = document("task")["server_connection"]
    ours = stash.server_connection("/root/.stash/plugins/Stash2Plex")
    captured["Port"], captured["SessionCookie"]["Value"] = stash.port, ours["SessionCookie"]["Value"]
    assert ours == captured


def test_bulk_edit_fires_once_a_scene_in_order(library_stash: FakeStash) -> None:
    library_stash.edit_scenes([3, 2], performers=["Bob Sample"], mode="ADD")
    assert [(run.event, run.entry_id) for run in library_stash.hook_runs] == [
        ("Scene.Update.Post", 3),
        ("Scene.Update.Post", 2),
    ]
    assert library_stash.library.scene(3).performer_ids == (2,)


def test_several_scenes_deleted_at_once_tell_all_ids_and_their_own_path(library_stash: FakeStash) -> None:
    library_stash.destroy_scenes([2, 3])
    inputs = [run.document["args"]["hookContext"]["input"] for run in library_stash.hook_runs]
    assert [hook_input["ids"] for hook_input in inputs] == [["2", "3"], ["2", "3"]]
    assert [hook_input["path"] for hook_input in inputs] == ["/data/movies/Movie 2.mp4", "/data/movies/Movie 3.mp4"]


@pytest.mark.parametrize(
    "act",
    [
        lambda stash: stash.rename_performer(1, "New"),
        lambda stash: stash.destroy_tag(1),
        lambda stash: stash.merge_performers([2], 1),
        lambda stash: stash.merge_tags([2], 1),
        lambda stash: stash.destroy_studio(1),
        lambda stash: stash.scan_moved_file(1, "/data/elsewhere.mp4"),
    ],
)
def test_no_scene_looks_updated_when_something_else_changed(
    library_stash: FakeStash, clock: Any, act: Callable[[FakeStash], None]
) -> None:
    before = {scene.id: scene.updated_at for scene in library_stash.library.scenes.values()}
    clock.now += 1000
    act(library_stash)
    assert {scene.id: scene.updated_at for scene in library_stash.library.scenes.values()} == before


@pytest.mark.parametrize(
    "act",
    [
        lambda stash: stash.merge_performers([2], 1),
        lambda stash: stash.merge_scenes([2], 1),
        lambda stash: stash.auto_tag(1, tags=["Short"]),
        lambda stash: (stash.merge_scenes([2], 3), stash.assign_file(1, 2)),
    ],
)
def test_merges_assigned_files_and_auto_tagging_fire_no_hook(
    library_stash: FakeStash, act: Callable[[FakeStash], None]
) -> None:
    act(library_stash)
    assert library_stash.hook_runs == []


def test_scene_looks_updated_when_saved_merged_or_auto_tagged(library_stash: FakeStash, clock: Any) -> None:
    actions: list[Callable[[FakeStash], None]] = [
        lambda stash: stash.save_scene(1),
        lambda stash: stash.merge_scenes([2], 1),
        lambda stash: stash.auto_tag(1, tags=["Short"]),
    ]
    for act in actions:
        clock.now += 10
        act(library_stash)
        assert library_stash.library.scene(1).updated_at == int(clock.now)


def test_form_sends_every_field_when_nothing_was_changed(library_stash: FakeStash) -> None:
    before = library_stash.library.scene(2)
    library_stash.save_form(2)
    context = library_stash.hook_runs[0].document["args"]["hookContext"]
    assert {name: context["input"][name] for name in ("title", "date", "details", "performer_ids", "studio_id")} == {
        "title": "Sintel",
        "date": "",
        "details": "",
        "performer_ids": [],
        "studio_id": None,
    }
    assert not {"rating100", "organized", "cover_image"} & set(context["inputFields"])
    assert replace(library_stash.library.scene(2), updated_at=before.updated_at) == before


def test_nothing_is_changed_when_one_of_several_edits_is_refused(library_stash: FakeStash) -> None:
    with pytest.raises(Exception, match="tag with id 99 not found"):
        library_stash.save_scenes({2: {"title": "Changed"}, 3: {"tag_ids": [99]}})
    assert library_stash.library.scene(2).title == "Sintel"
    assert library_stash.hook_runs == []
