"""What holds for both clients: deadlines, size caps, kept connections, no redirects, no cookies."""

import time
from collections.abc import Iterator

import pytest

from tests.fakes.answering import Answer, AnsweringServer, dripping
from transport.http_session import HttpSession, http_date, retry_after


class Lost(Exception):
    pass


class TooLarge(Exception):
    pass


class Session(HttpSession):
    def failure_of(self, error: Exception) -> Exception:
        return Lost(type(error).__name__)

    def too_large(self, max_bytes: int) -> Exception:
        return TooLarge(max_bytes)


@pytest.fixture
def session() -> Iterator[Session]:
    with Session(0.2, longest_connect_s=1.0, answer_timeouts=2) as made:
        yield made


def read(session: Session, server: AnsweringServer, max_bytes: int = 100) -> bytes:
    return session.read_body(session.get(f"http://127.0.0.1:{server.port}/"), max_bytes)


def test_connection_is_kept_and_counted_when_answers_are_read(session: Session) -> None:
    with AnsweringServer(Answer(b"one"), Answer(b""), Answer(b"three")) as server:
        assert not session.connections.is_open()
        assert [read(session, server) for _ in range(3)] == [b"one", b"", b"three"]
        assert (session.connections.connects, session.connections.is_open()) == (1, True)


def test_answer_is_refused_when_it_is_too_large(session: Session) -> None:
    with AnsweringServer(Answer(b"x" * 101), Answer(b"x" * 100)) as server:
        with pytest.raises(TooLarge, match="100"):
            read(session, server)
        assert read(session, server) == b"x" * 100


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_answer_is_given_up_after_its_time_when_it_drips(session: Session, head: bytes) -> None:
    """A socket's own timeout counts anew with every byte."""
    with AnsweringServer() as server:
        server.answers = [dripping(server, b"x", head=head)]
        began_s = time.monotonic()
        with pytest.raises(Lost, match="Timeout"):
            read(session, server)
        assert 0.4 <= time.monotonic() - began_s < 5.0


def test_nothing_follows_a_redirect_or_keeps_a_cookie(session: Session) -> None:
    cookie = {"Set-Cookie": "session=MARKED; Path=/"}
    with AnsweringServer(Answer(b"", 302, {"Location": "/elsewhere", **cookie}), Answer(b"")) as server:
        read(session, server)
        read(session, server)
        assert [asked.path for asked in server.asked] == ["/", "/"]
        assert "Cookie" not in server.asked[1].headers


def test_errors_of_the_libraries_hang_on_no_error_of_ours(session: Session) -> None:
    with AnsweringServer(Answer()) as server:
        port = server.port
    with pytest.raises(Lost) as caught:
        session.get(f"http://127.0.0.1:{port}/?secret=MARKED")
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("Wed, 18 Nov 2026 10:00:30 GMT", 30.0),
        ("Wed, 18 Nov 2026 09:00:00 GMT", 0.0),
        ("soon", None),
        ("-3", None),
        (None, None),
    ],
)
def test_retry_after_is_read_when_it_is_seconds_or_a_date(header: str | None, expected: float | None) -> None:
    now = http_date("Wed, 18 Nov 2026 10:00:00 GMT")
    assert now is not None
    assert retry_after(header, now) == expected


@pytest.mark.parametrize("host", ["*.b", ".", "a..b", "é" * 70, "a\0b"])
def test_failure_is_the_clients_own_when_the_address_is_none(session: Session, host: str) -> None:
    """Requests refuses some of them before anything is sent, and its text repeats the whole address."""
    with pytest.raises(Lost) as caught:
        session.get(f"http://{host}:9/")
    assert caught.value.__context__ is None
