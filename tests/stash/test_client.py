import contextlib
import logging
import socket
import subprocess
import sys
import traceback
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from stash.client import StashClient
from stash.errors import StashError, StashRejected, StashUnauthorized, StashUnreachable
from tests.stash.answering import Answer, AnsweringServer, captured, data, errors

ROOT = Path(__file__).parents[2]
QUERY = "{version{version}}"
VERSION = {"version": {"version": "v0.30.1"}}
KEY_ANSWER = {"configuration": {"general": {"apiKey": "MARKED-KEY-1"}}}


def _ask(server: AnsweringServer, query: str = QUERY, **options: Any) -> dict[str, Any]:
    with StashClient.connect(server.connection, **options) as client:
        return client.query(query)


def test_client_sends_nothing_when_it_connects() -> None:
    with AnsweringServer(data(VERSION)) as server, StashClient.connect(server.connection):
        assert server.asked == []


def test_query_returns_data_and_carries_the_cookie_when_stash_answers() -> None:
    exchange = captured("version")
    with AnsweringServer(data(exchange["answer"]["data"])) as server:
        assert _ask(server, exchange["query"]) == exchange["answer"]["data"]
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
        assert _ask(server) == VERSION


def test_certificate_is_not_checked_when_stash_is_on_this_machine() -> None:
    with AnsweringServer(data(VERSION), tls=True) as server:
        assert _ask(server) == VERSION


def test_certificate_is_checked_when_stash_is_named() -> None:
    with AnsweringServer(data(VERSION), tls=True) as server, StashClient.connect(server.connection) as client:
        client.s.trust_this_machine(is_on_this_machine=False)
        with pytest.raises(StashUnreachable, match="certificate"):
            client.query(QUERY)


def test_tls_is_named_when_stash_speaks_plain_http() -> None:
    with AnsweringServer(data(VERSION)) as server:
        connection = server.connection | {"Scheme": "https"}
        with StashClient.connect(connection) as client, pytest.raises(StashUnreachable):
            client.query(QUERY)


# --- failures -----------------------------------------------------------------------------------------------------


def _cut(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"data": {')
    handler.close_connection = True


def _cut_chunk(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    handler.wfile.write(b'40\r\n{"data": {')
    handler.close_connection = True


def _garbage(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff not http at all\r\n\r\n")
    handler.close_connection = True


def _hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.shutdown(socket.SHUT_RDWR)
    handler.close_connection = True


@pytest.mark.parametrize(
    "answer",
    [
        Answer(b"<html>Bad Gateway</html>", 502),
        Answer(b"busy", 503),
        Answer(b"slow down", 429),
        Answer(b"<html>It works!</html>", headers={"Content-Type": "text/html"}),
        Answer(b""),
        Answer(b'{"data": {"version": '),
        Answer(b"[]"),
        Answer(b'"text"'),
        Answer(b'{"data": null}'),
        Answer(b'{"data": []}'),
        Answer(b"[" * 100_000),
        Answer(b"\xff\xfe\x00"),
        Answer(b"not found", 404),
        Answer(b"\x1f\x8bnot gzip", headers={"Content-Encoding": "gzip"}),
        Answer(b"", 302, {"Location": "https://elsewhere.example/graphql"}),
        Answer(write=_cut),
        Answer(write=_cut_chunk),
        Answer(write=_garbage),
        Answer(write=_hang_up),
        errors("database is locked"),
        errors("error executing `SELECT " + "x" * 5000 + "` []: database is locked (5) (SQLITE_BUSY)"),
        errors("database not initialized"),
    ],
)
def test_stash_counts_as_unreachable_when_its_answer_is(answer: Answer) -> None:
    with AnsweringServer(answer) as server, pytest.raises(StashUnreachable):
        _ask(server, timeout_s=5)


def test_stash_counts_as_unreachable_when_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        StashClient.connect({"Host": "127.0.0.1", "Port": port}) as client,
        pytest.raises(StashUnreachable, match="refused"),
    ):
        client.query(QUERY)


def test_stash_counts_as_unreachable_when_it_never_answers() -> None:
    with AnsweringServer(Answer()) as server:
        server.answers = [Answer(write=lambda _handler: server.released.wait(10))]
        with pytest.raises(StashUnreachable, match=r"did not answer.* within 0\.2 s"):
            _ask(server, timeout_s=0.2)
        server.released.set()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_stash_counts_as_unreachable_when_its_answer_drips(head: bytes) -> None:
    with AnsweringServer(Answer()) as server:

        def drip(handler: BaseHTTPRequestHandler) -> None:
            handler.wfile.write(head)
            with contextlib.suppress(OSError):
                while not server.released.wait(0.02):
                    handler.wfile.write(b" ")
            handler.close_connection = True

        server.answers = [Answer(write=drip)]
        with pytest.raises(StashUnreachable, match=r"had not finished its answer, within 0\.2 s"):
            _ask(server, timeout_s=0.2)


def test_cookie_stays_when_stash_redirects_elsewhere() -> None:
    with AnsweringServer(data(VERSION)) as elsewhere:
        redirect = Answer(b"", 307, {"Location": f"http://127.0.0.1:{elsewhere.port}/graphql"})
        with AnsweringServer(redirect) as server, pytest.raises(StashUnreachable, match="redirect"):
            _ask(server)
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "answer", [Answer(b"", 401), Answer(b"denied", 403), Answer(b"", 302, {"Location": "/login?returnURL=%2Fgraphql"})]
)
def test_stash_wants_a_login_when_its_answer_is(answer: Answer) -> None:
    with AnsweringServer(answer) as server, pytest.raises(StashUnauthorized):
        _ask(server)


def test_query_is_rejected_with_stashs_words_when_a_field_is_unknown() -> None:
    answer = captured("unknown_field_error")["answer"]
    refusal = errors(answer["errors"][0]["message"], status=answer["http_status"])
    with AnsweringServer(refusal) as server, pytest.raises(StashRejected, match="too old or too new") as caught:
        _ask(server)
    assert 'Cannot query field "nope"' in str(caught.value)


def test_query_is_rejected_when_a_part_of_it_came_with_an_error() -> None:
    with (
        AnsweringServer(errors("studio: disk I/O error", also=VERSION)) as server,
        pytest.raises(StashRejected, match="disk I/O error"),
    ):
        _ask(server)


def test_message_is_cut_when_stash_says_too_much() -> None:
    with AnsweringServer(errors("x" * 100_000)) as server, pytest.raises(StashRejected) as caught:
        _ask(server)
    assert len(str(caught.value)) < 500


# --- the way in ---------------------------------------------------------------------------------------------------


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


# --- nothing leaks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer", [Answer(b"", 401), Answer(b"x", 500), Answer(write=_hang_up), errors("no"), Answer(b"<html>")]
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
