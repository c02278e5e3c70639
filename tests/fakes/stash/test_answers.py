"""The captured queries, asked of the stand-in."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.fakes.stash import FakeStash
from tests.fakes.stash.captured import FIXTURES, differences, exchange

ANSWERS = sorted(path.stem for path in (FIXTURES / "answers").glob("*.json"))


def ask(stash: FakeStash, query: str, variables: dict[str, Any] | None = None) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"query": query, "variables": variables}).encode()
    try:
        with urlopen(Request(f"{stash.url}/graphql", body), timeout=10) as answer:
            return answer.status, json.load(answer)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


@pytest.mark.parametrize("name", ANSWERS)
def test_captured_query_gets_an_answer_of_the_captured_shape(captured_stash: FakeStash, name: str) -> None:
    captured = exchange(name)
    status, answer = ask(captured_stash, captured["query"], captured["variables"])
    assert status == captured["answer"].pop("http_status", 200)
    if name == "find_scenes_by_ids":
        # The first captured scene has a studio and a date, the second has none.
        for ours, theirs in zip(
            answer["data"]["findScenes"]["scenes"], captured["answer"]["data"]["findScenes"]["scenes"], strict=True
        ):
            ours.pop("scene_markers")
            theirs.pop("scene_markers")
            assert differences(ours, theirs) == []
    else:
        assert differences(answer, captured["answer"]) == []


@pytest.mark.parametrize(
    "name", ["find_scenes_of_tag", "find_scenes_of_performer", "find_scenes_of_studio", "find_scenes_updated_since"]
)
def test_scene_searches_find_the_captured_scenes(captured_stash: FakeStash, name: str) -> None:
    captured = exchange(name)
    _status, answer = ask(captured_stash, captured["query"], captured["variables"])
    assert answer == captured["answer"]


@pytest.mark.parametrize("name", ["version", "missing_scene", "plugin_settings", "unknown_field_error"])
def test_fixed_answers_equal_the_captured_ones(captured_stash: FakeStash, name: str) -> None:
    captured = exchange(name)
    captured["answer"].pop("http_status", None)
    assert ask(captured_stash, captured["query"], captured["variables"])[1] == captured["answer"]


def test_whole_scene_equals_the_captured_one_but_for_its_address_and_hash(captured_stash: FakeStash) -> None:
    captured = exchange("find_scene")
    _status, answer = ask(captured_stash, captured["query"], captured["variables"])
    ours, theirs = answer["data"]["findScene"], captured["answer"]["data"]["findScene"]
    theirs["scene_markers"] = []
    for file in (*ours["files"], *theirs["files"]):
        for name in ("fingerprints", "size", "mod_time"):
            del file[name]
    theirs["created_at"] = "2026-11-23T00:18:13Z"
    assert ours == json.loads(json.dumps(theirs).replace("http://localhost:9999", captured_stash.url))


def test_batch_fails_as_a_whole_when_one_scene_is_gone(captured_stash: FakeStash) -> None:
    status, answer = ask(captured_stash, exchange("find_scenes_by_ids")["query"], {"ids": ["1", "77"]})
    assert (status, answer["data"]) == (200, None)
    assert answer["errors"] == [{"message": "scene with id 77 not found", "path": ["findScenes"]}]


def test_empty_list_of_ids_means_every_scene(captured_stash: FakeStash) -> None:
    _status, answer = ask(captured_stash, exchange("find_scenes_by_ids")["query"], {"ids": []})
    assert answer["data"]["findScenes"]["count"] == 4


def test_query_that_is_no_graphql_is_refused_with_422(stash: FakeStash) -> None:
    status, answer = ask(stash, "{findScene(")
    assert status == 422
    assert answer["errors"][0]["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}


def test_variable_of_a_wrong_type_is_refused_with_422(stash: FakeStash) -> None:
    status, answer = ask(stash, "query($f:FindFilterType){findScenes(filter:$f){count}}", {"f": {"page": "one"}})
    assert (status, answer["data"]) == (422, None)


def test_compiled_selection_equals_graphql_core_when_a_directive_forces_the_slow_way(captured_stash: FakeStash) -> None:
    captured = exchange("find_scenes_by_ids")
    fast = captured_stash.engine.execute(captured["query"], captured["variables"])
    slow = captured_stash.engine.execute(
        captured["query"].replace("title code", "title code @include(if: true)"), captured["variables"]
    )
    assert fast == slow


def test_nested_arguments_aliases_and_fragments_are_read(captured_stash: FakeStash) -> None:
    query = (
        '{one:findScene(id:"1"){...S __typename} findTag(id:1){count:scene_count children{id}}}'
        'fragment S on Scene{id files{hash:fingerprint(type:"oshash")} ...on Scene{files{id}}}'
    )
    scene, tag = captured_stash.engine.execute(query).body["data"].values()
    assert scene == {
        "id": "1",
        "files": [{"hash": captured_stash.library.scene(1).files[0].oshash, "id": "1"}],
        "__typename": "Scene",
    }
    assert tag == {"count": 3, "children": []}
