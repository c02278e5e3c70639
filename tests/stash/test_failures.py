"""Whatever goes wrong while Stash is asked is one of our errors, in words."""

import socket
from http.server import BaseHTTPRequestHandler

import pytest

from stash.client import StashClient
from stash.errors import StashRejected, StashUnauthorized, StashUnreachable
from tests.stash.answering import (
    QUERY,
    VERSION,
    Answer,
    AnsweringServer,
    ask,
    captured,
    data,
    dripping,
    errors,
    hang_up,
)


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
        Answer(write=hang_up),
        errors("database is locked"),
        errors("error executing `SELECT " + "x" * 5000 + "` []: database is locked (5) (SQLITE_BUSY)"),
        errors("database not initialized"),
    ],
)
def test_stash_counts_as_unreachable_when_its_answer_is(answer: Answer) -> None:
    with AnsweringServer(answer) as server, pytest.raises(StashUnreachable):
        ask(server, timeout_s=5)


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
            ask(server, timeout_s=0.2)
        server.released.set()


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_stash_counts_as_unreachable_when_its_answer_drips(head: bytes) -> None:
    with AnsweringServer() as server:
        server.answers = [dripping(server, b" ", head=head)]
        with pytest.raises(StashUnreachable, match=r"had not finished its answer, within 0\.2 s"):
            ask(server, timeout_s=0.2)


def test_cookie_stays_when_stash_redirects_elsewhere() -> None:
    with AnsweringServer(data(VERSION)) as elsewhere:
        redirect = Answer(b"", 307, {"Location": f"http://127.0.0.1:{elsewhere.port}/graphql"})
        with AnsweringServer(redirect) as server, pytest.raises(StashUnreachable, match="redirect"):
            ask(server)
        assert elsewhere.asked == []


@pytest.mark.parametrize(
    "answer", [Answer(b"", 401), Answer(b"denied", 403), Answer(b"", 302, {"Location": "/login?returnURL=%2Fgraphql"})]
)
def test_stash_wants_a_login_when_its_answer_is(answer: Answer) -> None:
    with AnsweringServer(answer) as server, pytest.raises(StashUnauthorized):
        ask(server)


def test_query_is_rejected_with_stashs_words_when_a_field_is_unknown() -> None:
    answer = captured("unknown_field_error")["answer"]
    refusal = errors(answer["errors"][0]["message"], status=answer["http_status"])
    with AnsweringServer(refusal) as server, pytest.raises(StashRejected, match="too old or too new") as caught:
        ask(server)
    assert 'Cannot query field "nope"' in str(caught.value)


def test_query_is_rejected_when_a_part_of_it_came_with_an_error() -> None:
    with (
        AnsweringServer(errors("studio: disk I/O error", also=VERSION)) as server,
        pytest.raises(StashRejected, match="disk I/O error"),
    ):
        ask(server)


def test_message_is_cut_when_stash_says_too_much() -> None:
    with AnsweringServer(errors("x" * 100_000)) as server, pytest.raises(StashRejected) as caught:
        ask(server)
    assert len(str(caught.value)) < 500
