"""The stand-in in a process of its own: its JSON line, its control port, its end."""

import os
from urllib.parse import urlsplit

import pytest
import requests

from tests.fakes.plex import FakePlex, PlexProcess
from tests.fakes.plex.conftest import PAGE


def test_process_is_set_up_and_watched_from_outside() -> None:
    with PlexProcess("--items", "12") as plex:
        headers = {"X-Plex-Token": plex.token, **PAGE}
        path = f"{plex.url}/library/sections/{plex.section_key}/all"
        assert requests.get(path, headers=headers, timeout=5).content.count(b"<Video") == 12
        assert len(plex.rating_keys) == 12
        key = plex.call("add_item", section_key=plex.section_key, files="/media/Sintel.mkv", tags={"genre": ["Short"]})
        assert plex.call("item", rating_key=key)["tags"] == {"genre": ["Short"]}
        plex.fault("status", status=503, times=1)
        assert [requests.get(path, headers=headers, timeout=5).status_code for _ in range(2)] == [503, 200]
        assert [record["status"] for record in plex.log()] == [200, 503, 200]
        assert [record["status"] for record in plex.log(after=2)] == [200]
        plex.options(machine_identifier="another")
        assert "another" in requests.get(f"{plex.url}/identity", timeout=5).text
        assert plex.counters()["kinds"] == {"listing": 3, "identity": 1}
        plex.call("clear_log")
        assert plex.counters()["requests"] == 0


def test_process_refuses_and_accepts_again_when_told_over_the_control_port() -> None:
    with PlexProcess() as plex:
        plex.call("refuse")
        with pytest.raises(requests.ConnectionError):
            requests.get(f"{plex.url}/identity", timeout=5)
        plex.call("accept")
        assert requests.get(f"{plex.url}/identity", timeout=5).status_code == 200


def test_process_ends_with_the_one_that_started_it() -> None:
    with PlexProcess() as plex:
        pid = plex.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_control_says_what_is_wrong_when_a_call_cannot_be_done(plex: FakePlex) -> None:
    for what, body in (
        ("call", b'{"name": "shutdown"}'),
        ("call", b'{"name": "item", "arguments": {"rating_key": 999}}'),
        ("options", b'{"colour": "blue"}'),
        ("faults", b'{"kind": "explode"}'),
        ("faults", b"no json"),
    ):
        answer = requests.post(f"{plex.control_url}/__standin/{what}", body, timeout=5)
        assert (answer.status_code, "error" in answer.json()) == (400, True)
    assert requests.get(f"{plex.control_url}/library", timeout=5).status_code == 404
    assert requests.get(f"{plex.url}/__standin/log", headers={"X-Plex-Token": plex.token}, timeout=5).status_code == 404


def test_port_can_be_chosen_when_the_server_starts() -> None:
    with FakePlex() as first:
        port = urlsplit(first.url).port
    assert port is not None
    with FakePlex(port=port) as second:
        assert second.url == first.url
        assert requests.get(f"{second.url}/identity", timeout=5).status_code == 200
    second.stop()
