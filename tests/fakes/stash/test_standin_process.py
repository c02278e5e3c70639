"""The stand-in as a process of its own, and its control endpoint."""

import base64
import json
from collections.abc import Iterator
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest

from tests.fakes.stash import RemoteStash


@pytest.fixture(scope="module")
def remote() -> Iterator[RemoteStash]:
    with RemoteStash("--scenes", "20") as running:
        yield running


def test_command_prints_where_it_is_and_a_cookie(remote: RemoteStash) -> None:
    assert remote.at_start["url"] == f"http://127.0.0.1:{remote.port}"
    assert remote.at_start["scenes"] == 20
    assert remote.at_start["cookie"]


def test_control_endpoint_does_what_the_class_does(remote: RemoteStash) -> None:
    cover = base64.b64encode(b"\x89PNG cover").decode()
    scene_id = remote.call("add_scene", title="Sintel", path="/data/movies/Sintel.mp4", cover=cover)
    remote.call("save_scene", scene_id=scene_id, tags=["Animation"])
    assert remote.call("hooks", last=1)[0]["document"]["args"]["hookContext"]["id"] == scene_id
    with urlopen(f"{remote.at_start['url']}/scene/{scene_id}/screenshot", timeout=10) as answer:
        assert answer.read() == b"\x89PNG cover"


def test_populate_fills_in_the_number_everywhere_when_there_is_a_path(remote: RemoteStash) -> None:
    before = remote.call("state")["scenes"]
    remote.call("populate", count=2, path="/data/{n}.mkv", title="Film {n}", rating100=80, tags=["Short", "Part {d}"])
    last = before + 2
    body = json.dumps({"query": f'{{findScene(id: "{last}") {{ title rating100 files {{ path }} tags {{ name }} }}}}'})
    with urlopen(Request(f"{remote.at_start['url']}/graphql", body.encode()), timeout=10) as answer:
        scene = json.load(answer)["data"]["findScene"]
    assert (scene["title"], scene["rating100"]) == (f"Film {last}", 80)
    assert scene["files"] == [{"path": f"/data/{last}.mkv"}]
    assert [tag["name"] for tag in scene["tags"]] == [f"Part {last % 10}", "Short"]


def test_control_endpoint_is_outside_of_the_log(remote: RemoteStash) -> None:
    remote.call("reset_log")
    body = json.dumps({"query": "{version{version}}"}).encode()
    with urlopen(Request(f"{remote.at_start['url']}/graphql", body), timeout=10) as answer:
        answer.read()
    with urlopen(f"{remote.at_start['url']}/__standin/log", timeout=10) as answer:
        assert json.load(answer)["result"]["counts"] == {"graphql": 1, "graphql 200": 1, "version": 1}


def test_control_endpoint_answers_on_its_own_port_when_the_first_one_refuses(remote: RemoteStash) -> None:
    remote.call("fault", kind="refuse")
    with pytest.raises(URLError, match="refused"):
        urlopen(f"{remote.at_start['url']}/healthz", timeout=10)
    remote.call("clear_faults")
    with urlopen(f"{remote.at_start['url']}/healthz", timeout=10) as answer:
        assert answer.read() == b"."


@pytest.mark.parametrize(
    ("method", "message"),
    [("no_such_thing", "no such method"), ("destroy_scene", "missing 1 required"), ("fault", "no fault")],
)
def test_control_endpoint_tells_what_is_wrong(remote: RemoteStash, method: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        remote.call(method, **({"kind": "nonsense"} if method == "fault" else {}))
