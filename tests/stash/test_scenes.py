import pytest

from stash.client import StashClient
from stash.errors import StashRejected
from stash.model import Named
from stash.scenes import RefPage, SceneRef, scene_ids_page, scene_pages, scenes, scenes_of
from tests.stash.answering import Answer, AnsweringServer, captured, data, errors


def _refs(*ids: int, count: int = 0, at: str = "2026-11-23T00:18:13Z") -> Answer:
    return data(
        {
            "findScenes": {
                "count": count or len(ids),
                "scenes": [{"id": str(scene_id), "updated_at": at} for scene_id in ids],
            }
        }
    )


def test_scenes_are_read_in_one_request_when_they_are_all_there() -> None:
    first, second = captured("find_scenes_by_ids")["answer"]["data"]["findScenes"]["scenes"]
    with (
        AnsweringServer(data({"i0": first, "i1": second})) as server,
        StashClient.connect(server.connection) as client,
    ):
        found = scenes(client, [1, 2, 1])
        assert [asked.document["variables"] for asked in server.asked] == [{"i0": "1", "i1": "2"}]
    assert sorted(found) == [1, 2]
    assert found[1].performers == (Named(1, "Ada Renamed"), Named(2, "Bob Sample"))
    assert found[2].title == "Sintel"
    assert found[2].rating100 is None


def test_nothing_is_asked_when_there_are_no_ids() -> None:
    with AnsweringServer(data({})) as server, StashClient.connect(server.connection) as client:
        assert scenes(client, []) == scenes(client, [0, -4, 2**63]) == {}
        assert server.asked == []


def test_scene_that_is_gone_is_absent_when_others_are_there() -> None:
    answer = data({"i0": {"id": "1", "title": "Sintel"}, "i1": None})
    with AnsweringServer(answer) as server:
        with StashClient.connect(server.connection) as client:
            found = scenes(client, [1, 7])
        assert len(server.asked) == 1
    assert {scene_id: scene.title for scene_id, scene in found.items()} == {1: "Sintel"}


def test_scenes_are_not_asked_for_again_when_the_query_is_refused() -> None:
    with AnsweringServer(errors('Cannot query field "groups"', status=422)) as server:
        with StashClient.connect(server.connection) as client, pytest.raises(StashRejected, match="groups"):
            scenes(client, [1])
        assert sum(b"findScene" in asked.body for asked in server.asked) == 1


@pytest.mark.parametrize("answer", [{}, {"i0": {"id": "1"}}, {"s1": None, "s2": None}])
def test_scene_does_not_count_as_gone_when_stash_does_not_say_so(answer: object) -> None:
    with (
        AnsweringServer(data(answer)) as server,
        StashClient.connect(server.connection) as client,
        pytest.raises(StashRejected, match="without all scenes"),
    ):
        scenes(client, [1, 2])


@pytest.mark.parametrize("answer", [{}, {"findScenes": None}, {"findScenes": {"scenes": None}}, {"findScenes": []}])
def test_answer_is_rejected_when_it_has_no_list(answer: object) -> None:
    with (
        AnsweringServer(data(answer)) as server,
        StashClient.connect(server.connection) as client,
        pytest.raises(StashRejected, match="without a list"),
    ):
        scene_ids_page(client, 0, 10)


def test_page_is_cut_by_id_when_it_is_asked_for() -> None:
    with AnsweringServer(_refs(4, 9, count=5)) as server, StashClient.connect(server.connection) as client:
        page = scene_ids_page(client, 3, 2)
        asked = server.asked[0].document["variables"]
    assert page == RefPage((SceneRef(4, 1795393093.0), SceneRef(9, 1795393093.0)), remaining=5, next_after=9)
    assert asked["f"] == {"page": 1, "per_page": 2, "sort": "id", "direction": "ASC"}
    assert asked["s"] == {"id": {"value": 3, "modifier": "GREATER_THAN"}}


def test_pages_end_when_one_is_not_full() -> None:
    with AnsweringServer(_refs(1, 2), _refs(5)) as server, StashClient.connect(server.connection) as client:
        assert [[ref.id for ref in page.refs] for page in scene_pages(client, 2)] == [[1, 2], [5]]
        assert [asked.document["variables"]["s"]["id"]["value"] for asked in server.asked] == [0, 2]


def test_pages_end_when_stash_does_not_heed_the_bound() -> None:
    with AnsweringServer(_refs(1, 2)) as server, StashClient.connect(server.connection) as client:
        assert len(list(scene_pages(client, 2))) == 2


def test_recent_scenes_are_bounded_for_every_time_zone_when_asked_since() -> None:
    since = 1795393093.7  # 2026-11-23T00:18:13.7Z
    page = data(
        {
            "findScenes": {
                "count": 3,
                "scenes": [
                    {"id": "1", "updated_at": "2026-11-22T12:18:13-12:00"},
                    {"id": "2", "updated_at": "2026-11-23T11:18:12+11:00"},
                    {"id": "3", "updated_at": "2026-11-23T11:18:14+11:00"},
                ],
            }
        }
    )
    with AnsweringServer(page) as server, StashClient.connect(server.connection) as client:
        found = scene_ids_page(client, 0, 10, updated_since=since, organized=True)
        asked = server.asked[0].document["variables"]["s"]
    assert [ref.id for ref in found.refs] == [1, 3]
    assert asked["updated_at"] == {"value": "2026-11-22T12:18:12Z", "modifier": "GREATER_THAN"}
    assert asked["organized"] is True


@pytest.mark.parametrize("kind", ["performer", "studio", "tag"])
def test_scenes_of_are_asked_as_captured_when_the_kind_is(kind: str) -> None:
    exchange = captured(f"find_scenes_of_{kind}")
    with AnsweringServer(data(exchange["answer"]["data"])) as server, StashClient.connect(server.connection) as client:
        pages = list(scenes_of(client, kind, [1]))  # type: ignore[arg-type]  # parametrized
        asked = server.asked[0].document["variables"]["s"]
    assert pages == [[int(scene["id"]) for scene in exchange["answer"]["data"]["findScenes"]["scenes"]]]
    # Captured with all that is below it; of studios those right below are of use, of tags none.
    depth = {"depth": int(kind == "studio")}
    form = {name: value | (depth if "depth" in value else {}) for name, value in exchange["variables"]["s"].items()}
    assert {name: asked[name] for name in form} == form


def test_nothing_is_asked_when_scenes_of_nobody_are_wanted() -> None:
    with AnsweringServer(data({})) as server, StashClient.connect(server.connection) as client:
        assert list(scenes_of(client, "tag", [])) == []
        assert server.asked == []
