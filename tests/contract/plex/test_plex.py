"""What we believe of Plex, asked of the stand-in in both readings and of a real server where one is named."""

from collections.abc import Iterator

import pytest

from tests.clock import Clock
from tests.contract.beliefs import LENIENT, REAL, STRICT, Belief
from tests.contract.conftest import Tell
from tests.contract.plex import (
    collections,
    edits,
    files,
    filters,
    gone,
    pages,
    photos,
    pictures,
    reads,
    real,
    tags,
    titles,
)
from tests.contract.plex.scratch import Scratch, target
from tests.contract.plex.stand_in import LIBRARY, StandInDisk, stand_in
from tests.contract.plex.wire import Wire
from tests.contract.stopping import told_once

TOPICS = (
    reads.READS,
    pages.PAGES,
    filters.FILTERS,
    edits.EDITS,
    tags.LISTS,
    collections.COLLECTIONS,
    titles.TITLES,
    titles.RATINGS,
    titles.DATES,
    pictures.PICTURES,
    photos.PHOTOS,
    gone.GONE,
    files.FILES,
)
BELIEFS = [belief for topic in TOPICS for belief in topic]
SERVERS = [STRICT, LENIENT, *([REAL] if real.is_named() else [])]


@pytest.fixture(scope="module", params=SERVERS)
def plex(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scratch]:
    if request.param == REAL:
        with told_once(), real.real_library() as library:
            yield library
        return
    clock = Clock()
    with stand_in(request.param, clock) as server:
        wire = Wire(server.url, server.token)
        library = Scratch(target(wire, LIBRARY), request.param, lambda: _pass_second(clock), StandInDisk(server))
        with library.opened(tmp_path_factory.mktemp("contract") / "kept.json"):
            yield library
        wire.close()


def _pass_second(clock: Clock) -> None:
    clock.now += 1


@pytest.mark.parametrize("belief", BELIEFS, ids=lambda belief: belief.name.replace(" ", "-"))
def test_plex_does_as_believed(plex: Scratch, belief: Belief, tell: Tell) -> None:
    server = f"seen (Plex {plex.version})" if plex.reading == REAL else f"{plex.reading} stand-in"
    tell(belief, plex.reading, server, plex.asked)
