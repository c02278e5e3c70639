"""A stand-in with one library of two open movies, and a plain HTTP client for it."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final
from xml.etree import ElementTree as ET

import pytest
import requests

from tests.clock import Clock
from tests.fakes.plex import FakePlex, Section

PAGE: Final[Mapping[str, str]] = MappingProxyType({"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "1000"})
"""What every list has to be asked with."""


class Http:
    """What a client without any library sees."""

    def __init__(self, plex: FakePlex) -> None:
        self._plex = plex
        self._session = requests.Session()
        self._session.trust_env = False

    def __call__(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] = MappingProxyType({}),
    ) -> requests.Response:
        """`token`: "" the right one, None no token at all."""
        sent = dict(headers)
        if token is not None:
            sent["X-Plex-Token"] = token or self._plex.token
        return self._session.request(
            method, self._plex.url + path, data=body, headers=sent, timeout=5, allow_redirects=False
        )

    def xml(self, path: str, headers: Mapping[str, str] = PAGE) -> ET.Element:
        answer = self("GET", path, headers=headers)
        assert answer.status_code == 200, answer.text
        return ET.fromstring(answer.content)

    def edit(self, section: Section, query: str) -> requests.Response:
        return self("PUT", f"/library/sections/{section.key}/all?{query}")

    def close(self) -> None:
        self._session.close()


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000.0)


@pytest.fixture
def plex(clock: Clock) -> Iterator[FakePlex]:
    with FakePlex(clock=clock) as server:
        yield server


@pytest.fixture
def movies(plex: FakePlex) -> Section:
    return plex.state.add_section("Movies", locations=["/media/movies"])


@pytest.fixture
def sintel(plex: FakePlex, movies: Section) -> int:
    tags: dict[str, Iterable[str | tuple[str, str]]] = {
        "genre": ["Animation", "Fantasy", "Short"],
        "actor": [("Ada Example", "Sintel"), ("Bob Sample", "Shaman"), ("Cy Test", ""), ("Di Probe", "")],
        "label": ["Open"],
    }
    return plex.state.add_item(
        movies.key,
        "/media/movies/Sintel.mkv",
        tags=tags,
        summary="A girl looks for a dragon.",
        year=2010,
        studio="Blender",
    )


@pytest.fixture
def bunny(plex: FakePlex, movies: Section) -> int:
    return plex.state.add_item(movies.key, ["/media/movies/Bunny.mkv", ["/media/b-1.mkv", "/media/b-2.mkv"]])


@pytest.fixture
def http(plex: FakePlex) -> Iterator[Http]:
    client = Http(plex)
    yield client
    client.close()
