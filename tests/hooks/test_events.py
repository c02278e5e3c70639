"""Which captured hook documents become which jobs."""

import json
from pathlib import Path

import pytest

from hooks.handlers import BadHookContext, jobs_of

CAPTURED = Path(__file__).parent.parent / "fixtures" / "stash"

EXPECTED = {
    "scene_update_post_single": [
        ("metadata", 1, {"fields": ["date", "details", "performer_ids", "rating100", "studio_id", "tag_ids", "title"]})
    ],
    "scene_update_post_form": [
        (
            "metadata",
            1,
            {
                "fields": [
                    *("code", "date", "details", "director", "groups", "performer_ids", "studio_id", "tag_ids", "title")
                ]
            },
        )
    ],  # of the form's other fields nothing reaches Plex
    "scene_update_post_cover": [("metadata", 1, {"fields": ["cover_image"]})],
    "scene_update_post_bulk": [("metadata", 2, {"fields": ["tag_ids"], "many": True})],
    "scene_update_post_scenes_update_list": [("metadata", 2, {"fields": ["title"], "many": True})],
    "scene_create_post_from_scan": [("metadata", 1, {"fields": []})],
    "scene_update_post_moved_file": [("metadata", 17, {"fields": []})],
    "scene_create_post_from_split": [("metadata", 5, {"fields": []})],
    "scene_destroy_post_single": [("destroyed", 4, {})],
    "scene_destroy_post_clean": [("destroyed", 4, {})],
    "performer_create_post": [],
    "performer_update_post": [("performer", 1, {"event": "update", "ids": [1]})],
    "performer_update_post_bulk": [],  # only the country was changed
    "performer_destroy_post": [("performer", 7, {"event": "destroy", "ids": [7]})],
    "studio_update_post": [("studio", 1, {"event": "update", "ids": [1]})],
    "studio_destroy_post": [("studio", 2, {"event": "destroy", "ids": [2]})],
    "tag_update_post": [("tag", 1, {"event": "update", "ids": [1]})],
    "tag_destroy_post": [("tag", 3, {"event": "destroy", "ids": [3]})],
    "tag_merge_post": [("tag", 1, {"event": "merge", "ids": [1, 2]})],
    "group_update_post": [("group", 1, {"event": "update", "ids": [1]})],
    "scenemarker_create_post": [],
}


def context_of(name):
    return json.loads((CAPTURED / f"{name}.json").read_text())["args"].get("hookContext")


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_jobs_of_reads_what_stash_sends_when_captured(name):
    assert jobs_of(context_of(name)) == EXPECTED[name]


def test_every_captured_hook_has_its_expectation():
    hooks = {path.stem for path in CAPTURED.glob("*.json") if context_of(path.stem)}
    assert hooks == set(EXPECTED)


def test_jobs_of_takes_the_short_form_when_only_input_has_the_id():
    context = {"type": "Scene.Update.Post", "input": {"id": 123, "title": "Test Scene"}}
    assert jobs_of(context) == [("metadata", 123, {"fields": ["title"]})]


@pytest.mark.parametrize("given", [{"ids": ["7"], "title": "x"}, [{"id": "7", "title": "x"}]])
def test_jobs_of_takes_an_edit_of_many_for_a_save_when_there_is_one_scene_only(given):
    context = {"id": 7, "type": "Scene.Update.Post", "input": given, "inputFields": ["title"]}
    assert jobs_of(context) == [("metadata", 7, {"fields": ["title"]})]


def test_jobs_of_is_empty_when_nothing_sent_reaches_plex():
    context = {
        "id": 5,
        "type": "Scene.Update.Post",
        "input": {"id": "5", "o_counter": 1},
        "inputFields": ["id", "o_counter"],
    }
    assert jobs_of(context) == []


@pytest.mark.parametrize(
    ("sent", "event"),
    [(["details"], "describe"), (["image", "url"], "describe"), (["details", "name"], "update"), (None, "update")],
)
def test_jobs_of_tells_a_description_that_no_scene_shows_from_the_rest(sent, event):
    context = {"id": 4, "type": "Studio.Update.Post", "input": None, "inputFields": sent}
    assert jobs_of(context) == [("studio", 4, {"event": event, "ids": [4]})]


def test_jobs_of_names_a_studio_when_it_was_put_below_another():
    context = {
        "id": 4,
        "type": "Studio.Update.Post",
        "input": {"id": "4", "parent_id": "1"},
        "inputFields": ["id", "parent_id"],
    }
    assert jobs_of(context) == [("studio", 4, {"event": "update", "ids": [4]})]


@pytest.mark.parametrize(
    ("kind", "sent", "only"),
    [
        ("tag", ["parent_ids", "aliases"], ["aliases", "parent_ids"]),
        ("tag", ["child_ids", "description"], ["child_ids"]),
        ("tag", ["name", "parent_ids"], None),
        ("performer", ["tag_ids", "country"], ["tag_ids"]),
        ("performer", ["tag_ids", "image"], None),
    ],
)
def test_jobs_of_says_when_only_that_was_changed_which_matters_by_the_settings(kind, sent, only):
    given = {"id": 4, "type": f"{kind.title()}.Update.Post", "input": {"id": "4"}, "inputFields": ["id", *sent]}
    ((_, _, data),) = jobs_of(given)
    assert data.get("only") == only


@pytest.mark.parametrize(
    ("context", "named"),
    [
        ([], "not an object"),
        ({}, "type"),
        ({"type": 7}, "type"),
        ({"type": "Scene.Update.Post"}, "id"),
        ({"type": "Scene.Update.Post", "id": True}, "id"),
        ({"type": "Scene.Update.Post", "id": -1}, "id"),
        ({"type": "Scene.Update.Post", "id": 10**20}, "id"),
        ({"type": "Scene.Update.Post", "id": str(10**20)}, "id"),
        ({"type": "Tag.Merge.Post", "id": "1; DROP TABLE"}, "id"),
    ],
)
def test_jobs_of_names_what_is_wrong_when_the_context_is_malformed(context, named):
    with pytest.raises(BadHookContext, match=named):
        jobs_of(context)
