"""Everything that can go wrong on the way, as a client sees it."""

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import pytest
import requests

from tests.fakes.plex import FakePlex, Fault, Faults, Journal, Options, Section, State
from tests.fakes.plex.conftest import PAGE, Http
from tests.fakes.plex.message import Request
from tests.fakes.plex.service import Service


def test_port_refuses_and_accepts_again_when_plex_goes_and_comes_back(plex: FakePlex, http: Http, sintel: int) -> None:
    url = plex.url
    assert http("GET", "/library").status_code == 200
    plex.refuse()
    plex.refuse()
    for _attempt in range(3):
        with pytest.raises(requests.ConnectionError):
            http("GET", "/library")
    plex.accept()
    plex.accept()
    assert plex.url == url
    assert http("GET", f"/library/metadata/{sintel}").status_code == 200


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 502, 503])
def test_status_is_answered_as_often_as_told(plex: FakePlex, http: Http, status: int) -> None:
    fault = plex.faults.add(Fault("status", status=status, retry_after_s=7, times=2))
    answers = [http("GET", "/library") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert [answer.headers.get("Retry-After") for answer in answers] == ["7", "7", None]
    assert (fault.hits, plex.journal.statuses[status]) == (2, 2)


def test_fault_hits_only_the_requests_it_means(plex: FakePlex, http: Http, movies: Section, sintel: int) -> None:
    plex.faults.add(Fault("status", request_kind="edit", skip=1, times=1))
    plex.faults.add(Fault("status", status=500, when=lambda request: request.first("X-Test") == "1"))
    edits = [http.edit(movies, f"type=1&id={sintel}&title.value={n}").status_code for n in range(3)]
    assert edits == [200, 503, 200]
    assert [http("GET", path).status_code for path in ("/library", "/library?X-Test=1")] == [200, 500]
    plex.faults.clear_faults()
    assert http("GET", "/library?X-Test=1").status_code == 200


def test_listing_lies_when_it_is_told_to(plex: FakePlex, http: Http, movies: Section) -> None:
    plex.state.populate(3, movies.key)
    listing = f"/library/sections/{movies.key}/all?X-Plex-Container-Size=1&X-Plex-Container-Start="
    plex.faults.add(Fault("total", totals=(7, 0), times=3))
    assert ['totalSize="7"' in http("GET", f"{listing}1").text for _ in range(3)] == [True, False, True]
    assert 'title="Movie 000001"' not in http("GET", f"{listing}1").text
    plex.faults.add(Fault("beginning", times=1))
    assert 'title="Movie 000001"' in http("GET", f"{listing}1").text
    plex.faults.add(Fault("padded", filler=b'filler="xyz"', times=1))
    assert 'filler="xyz"' in http("GET", f"{listing}0").text


def test_connection_breaks_when_it_is_reset(plex: FakePlex, http: Http) -> None:
    plex.faults.add(Fault("reset", times=1))
    with pytest.raises(requests.ConnectionError, match="reset"):
        http("GET", "/library")
    assert http("GET", "/library").status_code == 200
    assert [record.status for record in plex.journal.records()] == [0, 200]


@pytest.mark.parametrize("applied", [False, True])
def test_lost_answer_hides_whether_the_edit_was_done(
    plex: FakePlex, http: Http, movies: Section, sintel: int, *, applied: bool
) -> None:
    plex.faults.add(Fault("reset", request_kind="edit", times=1, applied=applied))
    with pytest.raises(requests.ConnectionError):
        http.edit(movies, f"type=1&id={sintel}&title.value=Lost")
    assert plex.state.item(sintel).title == ("Lost" if applied else "Sintel")


def test_client_times_out_when_plex_hangs(plex: FakePlex) -> None:
    plex.faults.add(Fault("hang", times=1))
    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{plex.url}/identity", timeout=0.1)
    assert requests.get(f"{plex.url}/identity", timeout=5).status_code == 200


def test_answer_arrives_in_drops_when_it_drips(plex: FakePlex, http: Http, movies: Section) -> None:
    plex.state.populate(3, movies.key)
    whole = http("GET", f"/library/sections/{movies.key}/all").content
    plex.faults.add(Fault("drip", delay_ms=0.1, times=1))
    assert http("GET", f"/library/sections/{movies.key}/all").content == whole


def test_body_is_cut_when_it_is_truncated(plex: FakePlex, http: Http) -> None:
    plex.faults.add(Fault("truncated", times=1))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        http("GET", "/library")


@pytest.mark.parametrize(
    ("kind", "content_type", "start"),
    [("garbage", "text/xml", b"\x00\x01"), ("html", "text/html", b"<!DOCTYPE html>"), ("bomb", "text/xml", b"<?xml")],
)
def test_body_is_no_plex_document_when_it_is_replaced(
    plex: FakePlex, http: Http, kind: str, content_type: str, start: bytes
) -> None:
    plex.faults.add(Fault(kind))
    answer = http("GET", "/library")
    assert (answer.status_code, answer.content[: len(start)]) == (200, start)
    assert answer.headers["Content-Type"].startswith(content_type)
    assert kind != "bomb" or b"<!ENTITY" in answer.content


def test_redirect_points_to_another_host(plex: FakePlex, http: Http) -> None:
    plex.faults.add(Fault("redirect", location="http://elsewhere.invalid/library"))
    answer = http("GET", "/library")
    assert (answer.status_code, answer.headers["Location"]) == (302, "http://elsewhere.invalid/library")


def test_fault_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault"):
        Fault("explode")


def _edit(plex: FakePlex, section: Section, key: int, title: str = "New") -> int:
    path = f"/library/sections/{section.key}/all?type=1&id={key}&title.value={title}"
    return requests.put(plex.url + path, headers={"X-Plex-Token": plex.token}, timeout=10).status_code


@contextmanager
def _hanging_edits(plex: FakePlex, section: Section, key: int, count: int) -> Iterator[None]:
    plex.faults.add(Fault("hang", request_kind="edit", times=count))
    path = f"/library/sections/{section.key}/all?type=1&id={key}&title.value=Never"
    with ExitStack() as stack:
        for _ in range(count):
            client = stack.enter_context(closing(socket.create_connection(_address(plex), timeout=5)))
            client.sendall(f"PUT {path} HTTP/1.1\r\nX-Plex-Token: {plex.token}\r\n\r\n".encode())
        assert plex.journal.wait_for("edit", count)
        yield


def _address(plex: FakePlex) -> tuple[str, int]:
    parts = urlsplit(plex.url)
    assert parts.port is not None
    return "127.0.0.1", parts.port


def test_journal_counts_writes_in_flight_when_they_come_at_once(
    plex: FakePlex, movies: Section, sintel: int, bunny: int
) -> None:
    assert _edit(plex, movies, sintel) == 200
    assert plex.journal.max_writes_in_flight == 1
    with _hanging_edits(plex, movies, bunny, 2):
        assert _edit(plex, movies, sintel) == 200
    assert plex.journal.max_writes_in_flight == 3


def test_database_is_busy_when_more_writes_are_in_flight_than_allowed(
    plex: FakePlex, movies: Section, sintel: int, bunny: int
) -> None:
    plex.options.busy_above = 1
    with _hanging_edits(plex, movies, bunny, 1):
        assert _edit(plex, movies, sintel, "Busy") == 503
    assert plex.state.item(sintel).title == "Sintel"


def test_edits_are_all_done_when_several_clients_send_them(plex: FakePlex, movies: Section) -> None:
    keys = list(plex.state.populate(8, movies.key))
    plex.options.latency_ms = 5
    with ThreadPoolExecutor(len(keys)) as pool:
        statuses = list(pool.map(partial(_edit, plex, movies), keys))
    assert statuses == [200] * 8
    assert {plex.state.item(key).title for key in keys} == {"New"}


def test_writes_take_turns_when_they_are_serial() -> None:
    options = Options(write_latency_ms=30, latency_ms=1, serial_writes=True)
    service = Service(State(), options, Faults(), Journal(), monotonic=lambda: 100.0)
    edit = Request("PUT", "/library/sections/1/all", "/library/sections/1/all", "", {}, b"", 0.0)
    read = Request("GET", "/library", "/library", "", {}, b"", 0.0)
    delays = [service.begin(request).delay_s for request in (edit, edit, read, edit)]
    assert delays == pytest.approx([0.03, 0.06, 0.001, 0.09])


def test_many_clients_are_served_at_once(plex: FakePlex, movies: Section) -> None:
    plex.state.populate(50, movies.key)
    failures: list[str] = []

    def walk() -> None:
        with requests.Session() as session:
            for _ in range(25):
                answer = session.get(
                    f"{plex.url}/library/sections/{movies.key}/all",
                    headers={"X-Plex-Token": plex.token, **PAGE},
                    timeout=10,
                )
                if answer.content.count(b"<Video") != 50:
                    failures.append(answer.text)

    threads = [threading.Thread(target=walk) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (plex.journal.count("listing"), plex.journal.connections) == (200, 8)


def test_pipelined_requests_are_answered_in_order(plex: FakePlex) -> None:
    plex.faults.add(Fault("latency", delay_ms=30, times=1))
    with socket.create_connection(_address(plex), timeout=5) as client:
        client.sendall(b"GET /identity HTTP/1.1\r\n\r\nGET /library HTTP/1.1\r\nConnection: close\r\n\r\n")
        received = b""
        while chunk := client.recv(65_536):
            received += chunk
    assert received.index(b"HTTP/1.1 200") < received.index(b"HTTP/1.1 401")


def test_journal_waits_for_a_request(plex: FakePlex) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(plex.journal.wait_for, "identity", 1, 5.0)
        requests.get(f"{plex.url}/identity", timeout=5)
        assert waiting.result()
    assert not plex.journal.wait_for("identity", 2, 0.01)


def test_another_server_answers_when_it_is_restarted_as_one(plex: FakePlex, http: Http) -> None:
    http("GET", "/identity")
    plex.restart_as("another", "1.43.0")
    with suppress(requests.ConnectionError):
        http("GET", "/identity", token=None)  # may still go out over the connection that breaks
    answer = http("GET", "/identity", token=None)
    assert 'machineIdentifier="another"' in answer.text
    assert 'version="1.43.0"' in answer.text
