"""A write goes only to the server that was asked who it is, whatever happened to the connection meanwhile."""

import socket
import threading
import time
from contextlib import suppress

import pytest

from plex.client import PlexClient
from plex.edit import Edit
from plex.errors import PlexOtherServer, PlexUnreachable
from tests.fakes.plex import FakePlex


def _edit(plex: FakePlex, title: str) -> Edit:
    key = next(iter(plex.state.sections))
    item = next(iter(plex.state.items), 0) or plex.state.add_item(key, "/media/movies/Sintel.mkv")
    return Edit(section_key=key, item_type="movie", rating_keys=(item,), values={"title": title})


def _cut(plex: FakePlex, client: PlexClient) -> None:
    """Cut the idle connection, and wait until that is known on our side."""
    plex.cut()
    deadline, pause = time.monotonic() + 10, threading.Event()
    while not client._connection.session.wire.is_broken():
        assert time.monotonic() < deadline
        pause.wait(0.001)


def _asked(plex: FakePlex) -> list[str]:
    return [record.kind for record in plex.journal.records()]


def test_write_asks_for_nothing_else_when_the_connection_was_kept(plex: FakePlex, client: PlexClient) -> None:
    client.apply(_edit(plex, "One"))
    client.apply(_edit(plex, "Two"))
    assert _asked(plex) == ["edit", "edit"]


def test_write_asks_who_is_there_when_the_idle_connection_was_cut(plex: FakePlex, client: PlexClient) -> None:
    edit = _edit(plex, "One")
    _cut(plex, client)
    client.apply(edit)
    client.apply(_edit(plex, "Two"))
    assert _asked(plex) == ["identity", "edit", "edit"]


def test_first_request_over_a_new_connection_asks_who_is_there_without_the_token(
    plex: FakePlex, client: PlexClient
) -> None:
    edit = _edit(plex, "One")
    _cut(plex, client)
    client.items(edit.rating_keys)
    client.apply(edit)
    assert _asked(plex) == ["identity", "metadata", "edit"]
    assert ["x-plex-token" in record.headers for record in plex.journal.records()] == [False, True, True]


@pytest.mark.parametrize("reads_first", [False, True])
def test_nothing_is_asked_or_written_with_the_token_when_another_server_stands_behind_the_new_connection(
    plex: FakePlex, client: PlexClient, *, reads_first: bool
) -> None:
    edit = _edit(plex, "One")
    plex.restart_as("another-machine")
    _cut(plex, client)
    for ask in (lambda: client.items(edit.rating_keys), lambda: client.apply(edit))[0 if reads_first else 1 :]:
        with pytest.raises(PlexOtherServer, match="another Plex server answers"):
            ask()
    assert set(_asked(plex)) == {"identity"}
    assert not any("x-plex-token" in record.headers for record in plex.journal.records())


@pytest.mark.parametrize("drip", [b"x", b"X-More: and more\r\n"], ids=["in one line", "line by line"])
def test_answer_is_given_up_when_its_head_never_ends(drip: bytes) -> None:
    """A socket's own timeout counts anew with every byte."""
    ended = threading.Event()

    def serve() -> None:
        connection, _ = door.accept()
        with connection, suppress(OSError):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            while not ended.wait(0.05):
                connection.sendall(drip)

    with socket.create_server(("127.0.0.1", 0)) as door:
        server = threading.Thread(target=serve)
        server.start()
        began = time.monotonic()
        with pytest.raises(PlexUnreachable, match=r"gave no answer within 0\.3 s"):
            PlexClient.connect(
                f"http://127.0.0.1:{door.getsockname()[1]}", "abc", client_identifier="x", version="1", timeout_s=0.3
            )
        ended.set()
        server.join()
    assert time.monotonic() - began < 5.0
