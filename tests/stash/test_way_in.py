"""Cookie and API key: which one is sent, how a fresh one comes in, and that none of them leaks."""

import logging
import traceback
from http.server import BaseHTTPRequestHandler

import pytest

from stash.client import StashClient
from stash.errors import StashError, StashUnauthorized, StashUnreachable
from tests.stash.answering import KEY_ANSWER, QUERY, VERSION, Answer, AnsweringServer, data, errors, hang_up


def test_api_key_is_used_from_then_on_when_stash_has_one() -> None:
    with AnsweringServer(data(KEY_ANSWER), data(VERSION)) as server, StashClient.connect(server.connection) as client:
        assert client.persist() is True
        client.query(QUERY)
        assert server.asked[1].headers["ApiKey"] == "MARKED-KEY-1"
        assert "Cookie" not in server.asked[1].headers
        assert client.secrets == {"MARKED-COOKIE-1", "MARKED-KEY-1"}


@pytest.mark.parametrize("key", ["", None, 7, "a\nb"])
def test_cookie_stays_when_stash_has_no_key(key: object) -> None:
    answer = {"configuration": {"general": {"apiKey": key}}}
    with AnsweringServer(data(answer), data(VERSION)) as server, StashClient.connect(server.connection) as client:
        assert client.persist() is False
        client.query(QUERY)
        assert server.asked[1].headers["Cookie"] == "session=MARKED-COOKIE-1"


def test_cookie_is_tried_when_the_key_is_no_longer_taken() -> None:
    with (
        AnsweringServer(data(KEY_ANSWER), Answer(b"", 401), data(VERSION)) as server,
        StashClient.connect(server.connection) as client,
    ):
        client.persist()
        assert client.query(QUERY) == VERSION
        assert [("ApiKey" in asked.headers, "Cookie" in asked.headers) for asked in server.asked] == [
            (False, True),
            (True, False),
            (False, True),
        ]


def test_fresh_cookie_is_used_when_a_hook_brought_one() -> None:
    with AnsweringServer(Answer(b"", 401), data(VERSION)) as server, StashClient.connect(server.connection) as client:
        with pytest.raises(StashUnauthorized):
            client.query(QUERY)
        client.replace_connection(
            server.connection | {"SessionCookie": {"Name": "session", "Value": "MARKED-COOKIE-2"}}
        )
        assert client.query(QUERY) == VERSION
        assert server.asked[1].headers["Cookie"] == "session=MARKED-COOKIE-2"
        assert client.secrets == {"MARKED-COOKIE-2"}


def test_key_stays_in_use_when_a_hook_brings_a_cookie_of_the_same_stash() -> None:
    with AnsweringServer(data(KEY_ANSWER), data(VERSION)) as server, StashClient.connect(server.connection) as client:
        client.persist()
        client.replace_connection(server.connection)
        client.query(QUERY)
        assert server.asked[1].headers["ApiKey"] == "MARKED-KEY-1"


def test_key_stays_at_home_when_the_address_changes() -> None:
    with AnsweringServer(data(KEY_ANSWER)) as server, AnsweringServer(data(VERSION)) as other:
        with StashClient.connect(server.connection) as client:
            client.persist()
            client.replace_connection(other.connection)
            client.query(QUERY)
        assert "ApiKey" not in other.asked[0].headers


def test_old_way_stays_when_a_hook_brings_nonsense() -> None:
    with AnsweringServer(data(VERSION)) as server, StashClient.connect(server.connection) as client:
        with pytest.raises(StashUnreachable):
            client.replace_connection({"Port": "x"})
        assert client.query(QUERY) == VERSION


def test_renewed_cookie_is_used_when_stash_sends_one() -> None:
    renewed = {"Set-Cookie": "session=MARKED-COOKIE-9; Path=/; Max-Age=3600; SameSite=Lax"}
    with (
        AnsweringServer(data(VERSION, **renewed), data(VERSION)) as server,
        StashClient.connect(server.connection) as client,
    ):
        client.query(QUERY)
        client.query(QUERY)
        assert server.asked[1].headers["Cookie"] == "session=MARKED-COOKIE-9"
        assert client.secrets == {"MARKED-COOKIE-9"}


def test_fresh_cookie_stays_when_the_older_one_is_renewed_late() -> None:
    with AnsweringServer(Answer(), data(VERSION)) as server, StashClient.connect(server.connection) as client:

        def renew_late(handler: BaseHTTPRequestHandler) -> None:
            fresh = {"SessionCookie": {"Name": "session", "Value": "MARKED-COOKIE-2"}}
            client.replace_connection(server.connection | fresh)
            body = data(VERSION).body
            handler.send_response(200)
            handler.send_header("Set-Cookie", "session=MARKED-COOKIE-1-RENEWED; Path=/")
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body)

        server.answers[0] = Answer(write=renew_late)
        assert client.query(QUERY) == VERSION
        client.query(QUERY)
        assert server.asked[1].headers["Cookie"] == "session=MARKED-COOKIE-2"


def test_foreign_cookies_are_not_sent_back_when_a_proxy_sets_them() -> None:
    with AnsweringServer(data(VERSION, **{"Set-Cookie": "proxy=1; Path=/"}), data(VERSION)) as server:
        with StashClient.connect(server.connection) as client:
            client.query(QUERY)
            client.query(QUERY)
        assert server.asked[1].headers["Cookie"] == "session=MARKED-COOKIE-1"


@pytest.mark.parametrize(
    "answer", [Answer(b"", 401), Answer(b"x", 500), Answer(write=hang_up), errors("no"), Answer(b"<html>")]
)
def test_secrets_are_in_no_traceback_and_nothing_is_printed_when_stash_fails(
    answer: Answer, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with AnsweringServer(data(KEY_ANSWER), answer) as server, StashClient.connect(server.connection) as client:
        client.persist()
        with pytest.raises(StashError) as caught:
            client.query(QUERY)
    written = "".join(traceback.format_exception(caught.value)) + caplog.text + repr(client)
    assert "MARKED" not in written
    assert capfd.readouterr() == ("", "")
