"""What goes wrong on request, and what the log says of it."""

import json
from collections.abc import Callable
from contextlib import closing
from http.client import BadStatusLine, HTTPConnection, IncompleteRead
from threading import Thread
from time import perf_counter

import pytest

from tests.fakes.stash import FakeStash

QUERY = '{"query":"{findScene(id:1){id title}}"}'


def post(stash: FakeStash, timeout_s: float = 10) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", stash.port, timeout=timeout_s)
    try:
        connection.request("POST", "/graphql", QUERY)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def read_status(connection: HTTPConnection) -> int:
    connection.request("POST", "/graphql", QUERY)
    return connection.getresponse().status


@pytest.mark.parametrize(
    ("kind", "status", "start"),
    [("500", 500, b"Internal"), ("502", 502, b"<html"), ("html", 200, b"<!DOCTYPE"), ("401", 401, b"")],
)
def test_fault_answers_in_place_of_stash(stash: FakeStash, kind: str, status: int, start: bytes) -> None:
    stash.fault(kind, times=1)
    got_status, body = post(stash)
    assert (got_status, body[: len(start)]) == (status, start)
    assert post(stash)[0] == 200


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", (ConnectionResetError, BadStatusLine)),
        ("truncated", IncompleteRead),
        ("refuse", ConnectionRefusedError),
        ("hang", TimeoutError),
    ],
)
def test_fault_breaks_the_connection(stash: FakeStash, kind: str, error: type[Exception]) -> None:
    stash.fault(kind)
    with pytest.raises(error):
        post(stash, timeout_s=0.2)
    stash.clear_faults()
    assert post(stash)[0] == 200


def test_locked_database_is_an_error_beside_null_data_with_status_200(stash: FakeStash) -> None:
    stash.fault("locked", times=1)
    status, body = post(stash)
    assert status == 200
    assert json.loads(body) == {
        "errors": [{"message": "database is locked", "path": ["findScene"]}],
        "data": {"findScene": None},
    }


def test_refused_query_is_422_with_a_validation_error(stash: FakeStash) -> None:
    stash.fault("422", times=1)
    status, body = post(stash)
    assert (status, json.loads(body)["data"]) == (422, None)


def test_drip_sends_the_whole_answer_slowly(stash: FakeStash) -> None:
    scene_id = stash.add_scene("Sintel")
    stash.fault("drip", times=1, pause_s=0.0005)
    started = perf_counter()
    assert json.loads(post(stash)[1]) == {"data": {"findScene": {"id": str(scene_id), "title": "Sintel"}}}
    assert perf_counter() - started > 0.05


def test_fault_hits_only_pictures_when_told_so(stash: FakeStash) -> None:
    stash.fault("500", where="picture")
    assert post(stash)[0] == 200


def test_unknown_fault_is_an_error(stash: FakeStash) -> None:
    with pytest.raises(ValueError, match="no fault 'nonsense'"):
        stash.fault("nonsense")


def test_latency_delays_every_answer(stash: FakeStash) -> None:
    stash.set_latency(30)
    started = perf_counter()
    post(stash)
    assert perf_counter() - started >= 0.03


@pytest.mark.parametrize("away", [lambda stash: stash.stop_listening(), lambda stash: stash.fault("refuse")])
def test_restart_brings_the_same_port_back(stash: FakeStash, away: Callable[[FakeStash], None]) -> None:
    port = stash.port
    away(stash)
    with pytest.raises(ConnectionRefusedError):
        post(stash)
    stash.restart()
    assert (stash.port, post(stash)[0]) == (port, 200)


def test_open_connection_is_cut_when_stash_restarts(stash: FakeStash) -> None:
    with closing(HTTPConnection("127.0.0.1", stash.port, timeout=10)) as connection:
        connection.connect()
        stash.restart()
        with pytest.raises((ConnectionResetError, BadStatusLine, BrokenPipeError)):
            read_status(connection)


def test_log_counts_root_fields_and_statuses_and_holds_no_query_string(stash: FakeStash) -> None:
    post(stash)
    assert stash.log.counts == {"graphql": 1, "graphql 200": 1, "findScene": 1}
    assert [entry.path for entry in stash.log.entries] == ["/graphql"]


def test_log_can_be_waited_for(stash: FakeStash) -> None:
    asking = Thread(target=post, args=(stash,))
    asking.start()
    assert stash.log.wait_until(lambda counts: counts["findScene"] == 1, timeout_s=5)
    asking.join()
    assert not stash.log.wait_until(lambda counts: counts["findScene"] == 2, timeout_s=0.01)
