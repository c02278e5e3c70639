from collections.abc import Callable, Iterator

import pytest

from plex.client import PlexClient
from tests.fakes.plex import FakePlex
from tests.waiting import wait_until

Connect = Callable[..., PlexClient]


@pytest.fixture
def plex() -> Iterator[FakePlex]:
    with FakePlex() as server:
        server.state.add_section("Movies", locations=["/media/movies"])
        yield server


@pytest.fixture
def connect(plex: FakePlex) -> Iterator[Connect]:
    """A client of `plex`; what a test does not say is right."""
    clients: list[PlexClient] = []

    def make(**changed: object) -> PlexClient:
        how: dict[str, object] = {
            "url": plex.url,
            "token": plex.token,
            "client_identifier": "stash2plex-test",
            "version": "1.2.3",
        }
        client = PlexClient.connect(**(how | changed))  # type: ignore[arg-type] # checked by what the tests see
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(connect: Connect, plex: FakePlex) -> PlexClient:
    """A connected client; the journal of `plex` is empty."""
    made = connect()
    plex.journal.clear_log()
    return made


def cut(plex: FakePlex, client: PlexClient) -> None:
    """Cut the idle connection, and wait until that is known on our side."""
    plex.cut()
    wait_until(lambda: not client.connection.session.connections.is_open(), "our side knows", every_s=0.001)
