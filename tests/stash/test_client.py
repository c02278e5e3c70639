"""Asking: what is sent, over which connection, and how long is waited."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from stash.client import StashClient
from stash.errors import StashUnreachable
from tests.fakes.answering import PLEX_DIRECT
from tests.stash.answering import QUERY, VERSION, Answer, AnsweringServer, ask, captured, data

ROOT = Path(__file__).parents[2]


def test_client_sends_nothing_when_it_connects() -> None:
    with AnsweringServer(data(VERSION)) as server, StashClient.connect(server.connection):
        assert server.asked == []


def test_query_returns_data_and_carries_the_cookie_when_stash_answers() -> None:
    exchange = captured("version")
    with AnsweringServer(data(exchange["answer"]["data"])) as server:
        assert ask(server, exchange["query"]) == exchange["answer"]["data"]
    asked = server.asked[0]
    assert (asked.method, asked.path, asked.document["query"]) == ("POST", "/graphql", exchange["query"])
    assert asked.headers["Cookie"] == "session=MARKED-COOKIE-1"
    assert "ApiKey" not in asked.headers


def test_variables_are_left_alone_when_they_are_sent() -> None:
    variables = {"ids": ["1"], "s": {"id": {"value": 1}}}
    with AnsweringServer(data({})) as server, StashClient.connect(server.connection) as client:
        client.query("query($ids:[ID!]){x}", variables)
        assert server.asked[0].document["variables"] == variables == {"ids": ["1"], "s": {"id": {"value": 1}}}


def test_connection_is_kept_when_many_questions_are_asked() -> None:
    with AnsweringServer(data(VERSION)) as server, StashClient.connect(server.connection) as client:
        for _ in range(5):
            client.query(QUERY)
        assert len({asked.connection for asked in server.asked}) == 1


def test_environment_is_ignored_when_it_names_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with AnsweringServer(data(VERSION)) as server:
        assert ask(server) == VERSION


def test_certificate_is_not_checked_when_stash_is_on_this_machine() -> None:
    with AnsweringServer(data(VERSION), certificate=PLEX_DIRECT) as server:
        assert ask(server) == VERSION


def test_certificate_is_checked_when_stash_is_named() -> None:
    with (
        AnsweringServer(data(VERSION), certificate=PLEX_DIRECT) as server,
        StashClient.connect(server.connection) as client,
    ):
        client.s.trust_this_machine(is_on_this_machine=False)
        with pytest.raises(StashUnreachable, match="certificate"):
            client.query(QUERY)


def test_tls_is_named_when_stash_speaks_plain_http() -> None:
    with AnsweringServer(data(VERSION)) as server:
        connection = server.connection | {"Scheme": "https"}
        with StashClient.connect(connection) as client, pytest.raises(StashUnreachable):
            client.query(QUERY)


def test_no_handler_is_added_when_the_client_is_imported() -> None:
    code = (
        "import logging, stash.client, sys;"
        "print(logging.getLogger('StashLogger').handlers, logging.root.handlers, 'stashapi.log' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout.strip(), done.stderr) == ("[] [] False", "")


def test_timeout_is_that_of_now_when_it_was_changed() -> None:
    def hang(handler: BaseHTTPRequestHandler) -> None:
        server.released.wait(10)

    with AnsweringServer(Answer(write=hang)) as server, StashClient.connect(server.connection, timeout_s=30) as client:
        client.wait_at_most(0.2)
        with pytest.raises(StashUnreachable, match=r"within 0\.2 s"):
            client.query("{version{version}}")
        server.released.set()
