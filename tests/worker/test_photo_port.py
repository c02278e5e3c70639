"""The port of performers' photos, with an attacker before it: nothing else can be had through it."""

import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from settings.settings import Settings
from tests.photo_visits import JPEG, PATIENCE_S, PNG, Answer, free_port, got, is_open, read, sent
from tests.waiting import wait_until
from worker.process.photo_port import MOST_OF_A_HOST, PhotoPort, place_of
from worker.sync.photo_shelf import PhotoShelf

NOW = 1_795_393_093.0
EVERY = "0.0.0.0"  # noqa: S104 - only compared
NOT_FOUND = Answer("HTTP/1.1 404 Not Found", ("Content-Length: 0", "Connection: close"), b"")


class Site:
    """A port, and the name of a photo of which Plex was told, and of one of which it was not."""

    def __init__(self, data_dir: Path, *, request_s: float = 5.0, answer_s: float = 60.0, photo: bytes = JPEG) -> None:
        self.notes: list[str] = []
        self.shelf = PhotoShelf(str(data_dir))
        self.number = free_port()
        self.port = PhotoPort(self.shelf, lambda: NOW, self.notes.append, request_s=request_s, answer_s=answer_s)
        self.settings = Settings(photo_port=self.number, photo_address=f"http://127.0.0.1:{self.number}")
        self.named = self.shelf.keep(4, 1, photo, NOW)
        self.unnamed = self.shelf.keep(5, 1, PNG, NOW)
        self.shelf.tell({4: self.named}, NOW)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    assert made.port.follow(made.settings) == ""
    yield made
    made.port.close()


def test_photo_is_answered_whole_with_its_type(site: Site) -> None:
    answer = got(site.number, f"/{site.named}")
    assert (answer.status, answer.body) == ("HTTP/1.1 200 OK", JPEG)
    assert set(answer.head) == {
        "Content-Type: image/jpeg",
        f"Content-Length: {len(JPEG)}",
        "Cache-Control: max-age=31536000, immutable",
        "X-Content-Type-Options: nosniff",
        "Connection: close",
    }


def test_head_is_answered_without_the_photo_and_does_not_count_as_fetched(site: Site) -> None:
    answer = got(site.number, f"/{site.named}", "HEAD")
    assert (answer.status, answer.body) == ("HTTP/1.1 200 OK", b"")
    assert f"Content-Length: {len(JPEG)}" in answer.head
    assert site.port.is_awaited


def test_photo_that_was_read_to_its_end_is_not_waited_for(site: Site) -> None:
    assert site.port.is_awaited
    got(site.number, f"/{site.named}")
    wait_until(lambda: not site.port.is_awaited, "the photo counts as fetched")


def attacks(site: Site) -> list[bytes]:
    """Requests that must all get the one short answer."""
    named, other = site.named, site.named[:-1] + ("0" if site.named[-1] != "0" else "1")
    folder = "4-1-" + named + ".new"
    paths = [
        *(
            "/",
            "/key",
            "/photos",
            "/photos/key",
            f"/{folder}",
            "/../key",
            "/..%2fkey",
            "/%2e%2e/state.db",
            "//etc/passwd",
        ),
        *("/../../../../etc/passwd", "/..\\..\\plex-token.json", "/plex-token.json", "/config.yaml", "/favicon.ico"),
        *("http://127.0.0.1:9999/performer/4/image", "http://plex.tv/", "*", "/performer/4/image", "/graphql"),
        *(
            f"/{named}/",
            f"/{named}.jpg",
            f"/{named}?x=1",
            f"/{named}#x",
            f"/{named.upper()}",
            f"/{named}%00",
            f"//{named}",
        ),
        *(f"/{other}", f"/{named[:39]}", f"/{named}0", f"/{site.unnamed}", "/" + "0" * 40, f"/./{named}", f"{named}"),
    ]
    methods = ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "PROPFIND", "get", "GETX", ""]
    rest = " HTTP/1.1\r\nHost: photos.example\r\nX-Echo: attacker\r\n\r\n"
    lines = [*(f"GET {path}{rest}" for path in paths), *(f"{method} /{named}{rest}" for method in methods)]
    odd = [
        f"GET /{named}\r\n\r\n",
        f"GET /{named} HTTP/0.9\r\n\r\n",
        f"GET /{named} HTTP/2.0\r\n\r\n",
        f"GET  /{named} HTTP/1.1\r\n\r\n",
        f"GET /{named} HTTP/1.1 \r\n\r\n",
        f"\r\nGET /{named} HTTP/1.1\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "\r\n\r\n",
    ]
    return [*(each.encode("latin-1") for each in (*lines, *odd)), bytes(range(256)) + b"\r\n\r\n"]


def test_nothing_else_can_be_had_and_every_answer_is_the_same(site: Site) -> None:
    answers = {request: sent(site.number, request) for request in attacks(site)}
    assert len(answers) > 50
    assert {request: answer for request, answer in answers.items() if answer != NOT_FOUND} == {}
    assert got(site.number, f"/{site.named}").body == JPEG


def test_rest_of_a_request_changes_nothing_and_is_not_sent_back(site: Site) -> None:
    lines = ("Range: bytes=0-3", "X-Echo: attacker", "Cookie: session=1", "Content-Length: 5", "Expect: 100-continue")
    answer = sent(site.number, f"GET /{site.named} HTTP/1.1\r\n".encode() + "\r\n".join((*lines, "", "")).encode())
    assert (answer.status, answer.body) == ("HTTP/1.1 200 OK", JPEG)
    assert not [line for line in answer.head if "attacker" in line or "Server" in line]


def test_second_request_of_a_connection_is_not_answered(site: Site) -> None:
    twice = f"GET /{site.named} HTTP/1.1\r\n\r\n".encode() * 2
    assert len(sent(site.number, twice).body) <= len(JPEG)


def test_endless_request_is_cut_off(site: Site) -> None:
    answer = sent(site.number, b"GET /" + b"0" * 20_000)
    assert answer.body == b""
    assert "200" not in answer.status


def test_slow_request_is_given_up(tmp_path: Path) -> None:
    site = Site(tmp_path, request_s=0.2)
    site.port.follow(site.settings)
    with socket.create_connection(("127.0.0.1", site.number), PATIENCE_S) as connection:
        connection.sendall(f"GET /{site.named} HTT".encode())
        assert read(connection) == Answer("", (), b"")
    site.port.close()


def test_slow_reader_is_given_up_and_has_not_fetched_the_photo(tmp_path: Path) -> None:
    site = Site(tmp_path, answer_s=0.2, photo=JPEG + bytes(9 * 1024 * 1024))
    site.port.follow(site.settings)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE_S)
        connection.connect(("127.0.0.1", site.number))
        connection.sendall(f"GET /{site.named} HTTP/1.1\r\n\r\n".encode())
        held = [_connected(site) for _ in range(MOST_OF_A_HOST - 1)]
        wait_until(lambda: got(site.number, f"/{site.unnamed}") == NOT_FOUND, "its place is free again")
        assert len(read(connection).body) < 9 * 1024 * 1024
    assert site.port.is_awaited
    site.port.close()
    for each in held:
        each.close()


def test_one_host_gets_a_few_connections_and_later_ones_their_turn(site: Site) -> None:
    with ExitStack() as held:
        waiting = [held.enter_context(_connected(site)) for _ in range(MOST_OF_A_HOST)]
        assert got(site.number, f"/{site.named}").status == ""
        waiting[0].sendall(f"{site.named} HTTP/1.1\r\n\r\n".encode())
        assert read(waiting[0]).body == JPEG
    wait_until(lambda: got(site.number, f"/{site.named}").body == JPEG, "the others have left")


def _connected(site: Site) -> socket.socket:
    """A connection on which the port waits: only then it is counted for sure."""
    connection = socket.create_connection(("127.0.0.1", site.number), PATIENCE_S)
    connection.sendall(b"GET /")
    return connection


def test_closing_the_port_hangs_up_on_those_who_wait(site: Site) -> None:
    with _connected(site) as connection:
        wait_until(lambda: site.port.is_awaited, "the port is open")
        site.port.close()
        assert read(connection).body == b""
    assert not is_open(site.number)


def test_port_is_closed_where_it_is_not_wanted_and_moves_with_the_settings(site: Site) -> None:
    other = replace(site.settings, photo_port=free_port())
    assert site.port.follow(other) == ""
    assert (is_open(site.number), is_open(other.photo_port)) == (False, True)
    site.port.follow(replace(other, photo_port=0))
    assert not is_open(other.photo_port)


def test_port_is_opened_again_at_once_by_a_successor(site: Site) -> None:
    got(site.number, f"/{site.named}")
    site.port.close()
    successor = PhotoPort(site.shelf, lambda: NOW, site.notes.append)
    assert successor.follow(site.settings) == ""
    assert got(site.number, f"/{site.named}").body == JPEG
    successor.close()


def test_taken_port_is_said_once_and_tried_again(tmp_path: Path, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """As when two data folders of one machine name the same port: neither serves the photos of the other."""
    caplog.set_level(logging.INFO, "stash2plex.worker")
    other = Site(tmp_path / "other")
    wanted = replace(other.settings, photo_port=site.number)
    problems = {other.port.follow(wanted) for _ in range(3)}
    assert len(problems) == 1
    assert f"photo_port {site.number} cannot be opened" in problems.pop()
    assert len(other.notes) == 1
    assert [record.message for record in caplog.records if "cannot be opened" in record.message] == other.notes
    assert got(site.number, f"/{other.named}") == NOT_FOUND
    site.port.close()
    assert other.port.follow(wanted) == ""
    assert other.notes[1:] == [""]
    assert got(site.number, f"/{other.named}").body == JPEG
    other.port.close()


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("http://127.0.0.1:9998", "127.0.0.1"),
        ("http://localhost:9998", "127.0.0.1"),
        ("http://[::1]:9998", "::1"),
        ("http://192.168.1.20:9998", EVERY),
        ("http://[fd00::20]:9998", "::"),
        ("http://stash.example:9998", "::" if socket.has_dualstack_ipv6() else EVERY),
    ],
)
def test_place_is_this_machine_alone_where_plex_is_on_it(address: str, host: str) -> None:
    assert place_of(Settings(photo_port=9998, photo_address=address)) == (host, 9998)


@pytest.mark.parametrize("changes", [{"photo_port": 0}, {"photo_address": ""}, {"fills_only": True}])
def test_place_is_nowhere_when_something_is_missing(changes: dict[str, bool | int | str]) -> None:
    wanted = Settings(photo_port=9998, photo_address="http://127.0.0.1:9998")
    assert place_of(replace(wanted, **changes)) is None  # type: ignore[arg-type]


def test_ipv4_comes_in_where_a_name_is_listened_for(site: Site) -> None:
    named = replace(site.settings, photo_address=f"http://stash.example:{site.number}")
    assert site.port.follow(named) == ""
    assert got(site.number, f"/{site.named}").body == JPEG
