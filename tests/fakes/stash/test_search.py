"""findScenes: criteria, words, order and pages."""

from typing import Any

import pytest

from tests.fakes.stash import FakeStash


@pytest.fixture
def library_stash(stash: FakeStash, clock: Any) -> FakeStash:
    """Five scenes, a minute apart."""
    parent = stash.library.add_studio("Blender")
    stash.library.add_studio("Blender Studio", parent_id=parent.id)
    root = stash.library.add_tag("Film")
    stash.library.add_tag("Short", parent_ids=(root.id,))
    scenes: list[dict[str, Any]] = [
        {"title": "Movie 10", "performers": ["Ada Example"], "tags": ["Short"]},
        {"title": "movie 9", "performers": ["Ada Example", "Bob Sample"], "studio": "Blender Studio"},
        {"title": "", "tags": ["Film"], "rating100": 50},
        {"title": "Sintel", "studio": "Blender", "organized": True, "date": "2010-09-27"},
        {"title": "Sintel", "groups": ["Shorts"], "details": "A dragon"},
    ]
    for number, fields in enumerate(scenes, start=1):
        clock.now += 60
        stash.add_scene(path=f"/data/{number}.mp4", **fields)
    return stash


def found(stash: FakeStash, scene_filter: dict[str, Any] | None = None, **filter_: Any) -> list[int]:
    query = "query($f:FindFilterType,$s:SceneFilterType){findScenes(filter:$f,scene_filter:$s){count scenes{id}}}"
    answer = stash.engine.execute(query, {"f": {"per_page": -1, **filter_}, "s": scene_filter})
    assert "errors" not in answer.body, answer.body
    return [int(scene["id"]) for scene in answer.body["data"]["findScenes"]["scenes"]]


@pytest.mark.parametrize(
    ("scene_filter", "expected"),
    [
        ({"performers": {"value": [1], "modifier": "INCLUDES"}}, [1, 2]),
        ({"performers": {"value": [1, 2], "modifier": "INCLUDES_ALL"}}, [2]),
        ({"performers": {"value": [1], "modifier": "EXCLUDES"}}, [3, 4, 5]),
        ({"performers": {"value": [], "modifier": "IS_NULL"}}, [3, 4, 5]),
        ({"studios": {"value": [1], "modifier": "INCLUDES"}}, [4]),
        ({"studios": {"value": [1], "modifier": "INCLUDES", "depth": -1}}, [2, 4]),
        ({"tags": {"value": [1], "modifier": "INCLUDES", "depth": 1}}, [1, 3]),
        ({"groups": {"value": [1], "modifier": "INCLUDES"}}, [5]),
        ({"organized": True}, [4]),
        ({"path": {"value": "/data/3", "modifier": "INCLUDES"}}, [3]),
        ({"title": {"value": "^Movie", "modifier": "MATCHES_REGEX"}}, [1]),
        ({"rating100": {"value": 40, "value2": 60, "modifier": "BETWEEN"}}, [3]),
        ({"date": {"value": "2010-01-01", "modifier": "GREATER_THAN"}}, [4]),
        ({"performer_count": {"value": 1, "modifier": "GREATER_THAN"}}, [2]),
        ({"organized": True, "OR": {"rating100": {"value": 50, "modifier": "EQUALS"}}}, [3, 4]),
        ({"NOT": {"title": {"value": "sintel", "modifier": "EQUALS"}}}, [1, 2, 3]),
        ({"updated_at": {"value": "2026-11-23T00:21:13Z", "modifier": "GREATER_THAN"}}, [4, 5]),
    ],
)
def test_criterion_finds_its_scenes(
    library_stash: FakeStash, scene_filter: dict[str, Any], expected: list[int]
) -> None:
    assert found(library_stash, scene_filter) == expected


@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        ({"sort": "id", "direction": "DESC"}, [5, 4, 3, 2, 1]),
        ({"sort": "title"}, [3, 2, 1, 4, 5]),
        ({"sort": "updated_at", "direction": "DESC"}, [5, 4, 3, 2, 1]),
        ({"sort": "rating100", "direction": "DESC"}, [3, 2, 1, 4, 5]),
        ({"sort": "id", "page": 2, "per_page": 2}, [3, 4]),
        ({"q": "sintel dragon"}, [5]),
    ],
)
def test_order_pages_and_words(library_stash: FakeStash, filter_: dict[str, Any], expected: list[int]) -> None:
    assert found(library_stash, **filter_) == expected


def test_search_sees_a_change_when_the_same_search_was_made_before(library_stash: FakeStash, clock: Any) -> None:
    assert found(library_stash, sort="updated_at", direction="DESC")[0] == 5
    clock.now += 60
    library_stash.save_scene(2, title="Newest")
    assert found(library_stash, sort="updated_at", direction="DESC")[0] == 2


@pytest.mark.parametrize("filter_", [{"sort": "nonsense"}, {"sort": "id; drop table scenes"}])
def test_unknown_order_is_an_error_of_the_resolver(library_stash: FakeStash, filter_: dict[str, Any]) -> None:
    answer = library_stash.engine.execute("query($f:FindFilterType){findScenes(filter:$f){count}}", {"f": filter_})
    assert answer.status == 200
    assert answer.body["errors"][0]["message"].startswith("invalid sort")


def test_page_holds_25_when_nothing_is_said(stash: FakeStash) -> None:
    stash.populate(30)
    answer = stash.engine.execute("{findScenes{count scenes{id}}}").body["data"]["findScenes"]
    assert (answer["count"], len(answer["scenes"])) == (30, 25)
