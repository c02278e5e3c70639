"""A write goes only to the server that was asked who it is, whatever happened to the connection meanwhile."""

import time

import pytest

from plex.client import PlexClient
from plex.edit import Edit
from plex.errors import PlexOtherServer, PlexReconnected, PlexUnreachable
from tests.fakes.answering import AnsweringServer, dripping
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import cut


def _edit(plex: FakePlex, title: str) -> Edit:
    key = next(iter(plex.state.sections))
    item = next(iter(plex.state.items), 0) or plex.state.add_item(key, "/media/movies/Sintel.mkv")
    return Edit(section_key=key, item_type="movie", rating_keys=(item,), values={"title": title})


def _asked(plex: FakePlex) -> list[str]:
    return [record.kind for record in plex.journal.records()]


def test_write_asks_for_nothing_else_when_the_connection_was_kept(plex: FakePlex, client: PlexClient) -> None:
    client.apply(_edit(plex, "One"))
    client.apply(_edit(plex, "Two"))
    assert _asked(plex) == ["edit", "edit"]


@pytest.mark.parametrize("reads_first", [False, True])
def test_write_is_not_sent_when_the_connection_is_another_than_that_of_the_look(
    plex: FakePlex, client: PlexClient, *, reads_first: bool
) -> None:
    edit = _edit(plex, "One")
    client.look(edit.rating_keys)
    cut(plex, client)
    if reads_first:
        client.items(edit.rating_keys)  # makes the new connection, and is no look
    with pytest.raises(PlexReconnected):
        client.apply(edit)
    assert plex.journal.count("edit") == 0
    assert plex.journal.count("identity") == 1
    client.look(edit.rating_keys)
    client.apply(edit)
    client.apply(_edit(plex, "Two"))
    assert _asked(plex)[-3:] == ["metadata", "edit", "edit"]


def test_look_asks_who_is_there_first_when_the_connection_was_cut(plex: FakePlex, client: PlexClient) -> None:
    edit = _edit(plex, "One")
    cut(plex, client)
    (item,) = client.look(edit.rating_keys).values()
    client.apply(edit)
    assert _asked(plex) == ["identity", "metadata", "edit"]
    assert ["x-plex-token" in record.headers for record in plex.journal.records()] == [False, True, True]
    assert item.looked_s > client.connection.renewed_s


def test_look_is_made_again_when_the_connection_ended_within_it(plex: FakePlex, client: PlexClient) -> None:
    """What was read over a connection that is gone may be of a library that is gone, too."""
    keys = [plex.state.add_item(1, f"/media/movies/{number}.mkv") for number in range(101)]
    plex.faults.add(Fault("last", request_kind="metadata", times=1))
    assert set(client.look(keys)) == set(keys)
    assert _asked(plex) == ["metadata", "identity", "metadata", "metadata", "metadata"]


def test_writes_go_out_when_the_server_ends_every_connection_behind_its_answer(
    plex: FakePlex, client: PlexClient
) -> None:
    edit = _edit(plex, "One")
    plex.faults.add(Fault("last"))
    client.look(edit.rating_keys)
    client.apply(edit)
    client.apply(_edit(plex, "Two"))
    assert _asked(plex) == ["metadata", "identity", "edit", "identity", "edit"]


@pytest.mark.parametrize("reads_first", [False, True])
def test_nothing_is_asked_or_written_with_the_token_when_another_server_stands_behind_the_new_connection(
    plex: FakePlex, client: PlexClient, *, reads_first: bool
) -> None:
    edit = _edit(plex, "One")
    plex.restart_as("another-machine")
    cut(plex, client)
    for ask in (lambda: client.items(edit.rating_keys), lambda: client.apply(edit))[0 if reads_first else 1 :]:
        with pytest.raises(PlexOtherServer, match="another Plex server answers"):
            ask()
    assert set(_asked(plex)) == {"identity"}
    assert not any("x-plex-token" in record.headers for record in plex.journal.records())


@pytest.mark.parametrize("drip", [b"x", b"X-More: and more\r\n"], ids=["in one line", "line by line"])
def test_answer_is_given_up_when_its_head_never_ends(drip: bytes) -> None:
    """A socket's own timeout counts anew with every byte."""
    began = time.monotonic()
    with AnsweringServer() as server:
        server.answers = [dripping(server, drip, head=b"HTTP/1.1 200 OK\r\n")]
        with pytest.raises(PlexUnreachable, match=r"gave no answer within 0\.3 s"):
            PlexClient.connect(server.url, "abc", client_identifier="x", version="1", timeout_s=0.3)
    assert time.monotonic() - began < 5.0
