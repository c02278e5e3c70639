"""A library or an item that Plex cannot list is left out and named.

Everything else goes on, in few requests and little memory.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from matching.paths import name_key
from plex.client import PlexClient
from plex.errors import PlexBusy, PlexError, PlexProtocolError, PlexTooLarge, PlexUnauthorized, PlexUnreachable
from plex.failures import MAX_ATTRIBUTES, MAX_TAGS
from plex.index import PathIndex
from plex.model import Section
from plex.session import MAX_BODY_BYTES
from tests.clock import Clock
from tests.fakes.plex import FakePlex, Fault
from tests.fakes.plex.message import Request
from tests.growth import peak_mb
from tests.plex.conftest import Connect

HUGE = b'summary="' + b"x" * MAX_BODY_BYTES + b'"'


@pytest.fixture
def clock() -> Clock:
    return Clock(1_700_000_000.0)


@pytest.fixture
def index(tmp_path: Path, clock: Clock) -> Iterator[PathIndex]:
    opened = PathIndex(tmp_path / "index.db", clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def client(plex: FakePlex, connect: Connect) -> PlexClient:
    """A client of a server with two libraries of twenty films; the test makes the one named "Sick" fail."""
    plex.state.add_section("Sick", locations=["/media/sick"])
    plex.state.populate(20, 1)
    plex.state.populate(20, 2, "/media/sick/{n}.mkv")
    made = connect()
    plex.journal.clear_log()
    return made


def _sections(client: PlexClient, plex: FakePlex) -> list[Section]:
    sections = client.sections()
    plex.journal.clear_log()
    return sections


def _covers(request: Request, place: int) -> bool:
    """Whether a request for a listing's page means the item at `place`."""
    start = int(request.headers.get("x-plex-container-start", 0))
    return start <= place < start + int(request.headers.get("x-plex-container-size", 0))


LISTING = "/library/sections/2/all"
SICK: dict[str, Callable[[], Fault]] = {
    "no XML": lambda: Fault("garbage", path=LISTING),
    "a web page": lambda: Fault("html", path=LISTING),
    "cut off": lambda: Fault("truncated", path=LISTING),
    "500": lambda: Fault("status", status=500, path=LISTING),
    "400": lambda: Fault("status", status=400, path=LISTING),
    "reset": lambda: Fault("reset", path=LISTING),
    "silence": lambda: Fault("hang", path=LISTING),
    "16 MB": lambda: Fault("padded", filler=HUGE, path=LISTING),
    "the beginning again and again": lambda: Fault("beginning", totals=(10**15,), path=LISTING),
    "a total that goes up and down": lambda: Fault("total", totals=(1000, 500), path=LISTING),
}


@pytest.mark.parametrize("sickness", SICK)
def test_sick_library_is_left_out_and_named_and_the_others_are_read(
    plex: FakePlex, client: PlexClient, connect: Connect, index: PathIndex, clock: Clock, sickness: str
) -> None:
    client = connect(timeout_s=0.5) if sickness == "silence" else client
    sections = _sections(client, plex)
    fault = plex.faults.add(SICK[sickness]())
    index.build(client, sections, page_size=5)
    assert index.facts.complete
    assert index.facts.covers([1, 2])
    assert len(index.lookup_name(name_key("Movie 000001.mkv"))) == 1
    (left_out,) = index.facts.left_out
    assert (left_out.section_key, left_out.items) == (2, 0)
    assert str(left_out).startswith('the library "Sick" ')
    assert plex.journal.count() < 60
    hits = fault.hits
    for _ in range(20):
        clock.now += 1
        index.refresh(client, sections, page_size=5)
    assert fault.hits == hits, "it is asked for again in a minute at the earliest"
    plex.faults.clear_faults()
    clock.now += 60
    index.refresh(client, sections, page_size=5)
    assert index.facts.left_out == ()
    assert len(index.lookup_name("3.mkv")) == 1


def test_sick_library_is_asked_for_less_and_less_often(
    plex: FakePlex, client: PlexClient, index: PathIndex, clock: Clock
) -> None:
    sections = _sections(client, plex)
    fault = plex.faults.add(Fault("status", status=500, path=LISTING))
    index.build(client, sections)
    for _ in range(24 * 3):
        clock.now += 20 * 60
        index.refresh(client, sections)
    assert fault.hits < 24 * 11 + 60


def test_entries_of_a_library_stay_when_it_falls_sick(
    plex: FakePlex, client: PlexClient, index: PathIndex, clock: Clock
) -> None:
    sections = _sections(client, plex)
    index.build(client, sections)
    plex.faults.add(Fault("garbage", path="/all"))
    clock.now += 60
    index.refresh(client, sections)
    assert [each.section_key for each in index.facts.left_out] == [1, 2]
    assert len(index.lookup_name("3.mkv")) == 1


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault("garbage"), PlexProtocolError),
        (Fault("status", status=500), PlexBusy),
        (Fault("status", status=503, path=LISTING), PlexBusy),
        (Fault("status", status=500, retry_after_s=7, path=LISTING), PlexBusy),
        (Fault("status", status=401, path=LISTING), PlexUnauthorized),
        (Fault("reset"), PlexUnreachable),
    ],
    ids=lambda value: f"{value.kind} {value.status}" if isinstance(value, Fault) else value.__name__,
)
def test_everything_stops_when_the_server_itself_is_not_well(
    plex: FakePlex, client: PlexClient, index: PathIndex, fault: Fault, expected: type[PlexError]
) -> None:
    sections = _sections(client, plex)
    fault.skip = 1
    plex.faults.add(fault)
    with pytest.raises(expected):
        index.build(client, sections, page_size=5)
    assert not index.facts.complete
    assert plex.journal.count() < 20


def test_error_is_that_of_the_library_when_there_is_no_other(
    plex: FakePlex, client: PlexClient, index: PathIndex
) -> None:
    plex.faults.add(Fault("total", totals=(1000, 500), path=LISTING))
    with pytest.raises(PlexProtocolError, match='the library "Sick" comes to no end'):
        index.build(client, _sections(client, plex)[1:], page_size=5)


@pytest.mark.parametrize("bad", [(), (7,), (0,), (19,), (3, 4, 11)], ids=str)
@pytest.mark.parametrize(
    "fault", [Fault("padded", filler=HUGE), Fault("status", status=500), Fault("garbage")], ids=lambda fault: fault.kind
)
def test_item_that_cannot_be_listed_is_left_out_and_all_others_are_read(
    plex: FakePlex, client: PlexClient, index: PathIndex, fault: Fault, bad: tuple[int, ...]
) -> None:
    sections = _sections(client, plex)
    plex.faults.add(
        Fault(
            fault.kind,
            status=500,
            filler=fault.filler,
            path=LISTING,
            when=lambda request: any(_covers(request, place) for place in bad),
        )
    )
    index.build(client, sections, page_size=10)
    found = [bool(index.lookup_name(f"{n}.mkv")) for n in range(1, 21)]
    assert found == [place not in bad for place in range(20)]
    assert [each.items for each in index.facts.left_out] == ([len(bad)] if bad else [])
    assert plex.journal.count() < 60


def test_left_out_item_keeps_the_entry_that_it_had(plex: FakePlex, client: PlexClient, index: PathIndex) -> None:
    sections = _sections(client, plex)
    index.build(client, sections, page_size=10)
    plex.faults.add(Fault("garbage", path=LISTING, when=lambda request: _covers(request, 7)))
    index.build(client, sections, page_size=10)
    assert all(index.lookup_name(f"{n}.mkv") for n in range(1, 21))
    assert str(index.facts.left_out[0]).startswith('1 item of the library "Sick" cannot be read: ')


def test_listing_that_says_too_much_ends_where_it_ends(plex: FakePlex, client: PlexClient, index: PathIndex) -> None:
    plex.faults.add(Fault("total", totals=(10**15,), path=LISTING))
    sections = _sections(client, plex)
    index.build(client, sections, page_size=5)
    assert index.facts.left_out == ()
    assert plex.journal.count() == 4 + 5


# -- whole items ------------------------------------------------------------------------------------------------------


def _asks_for(request: Request, *keys: int) -> bool:
    asked = request.path.removeprefix("/library/metadata/").split(",")
    return any(str(key) in asked for key in keys)


@pytest.mark.parametrize("bad", [(1,), (40,), (3, 4, 30)], ids=str)
@pytest.mark.parametrize("kind", ["padded", "status", "garbage"])
def test_item_that_cannot_be_read_is_named_and_the_others_are_read(
    plex: FakePlex, client: PlexClient, kind: str, bad: tuple[int, ...]
) -> None:
    plex.faults.add(Fault(kind, status=500, filler=HUGE, when=lambda request: _asks_for(request, *bad)))
    unread: dict[int, PlexError] = {}
    found = client.items(range(1, 41), unread)
    assert set(found) == set(range(1, 41)) - set(bad)
    assert set(unread) == set(bad)
    assert plex.journal.count() < 40
    with pytest.raises(PlexError):
        client.items(range(1, 41))


def test_item_alone_is_named_when_its_answer_is_too_large_and_the_server_is_well(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.faults.add(Fault("padded", filler=HUGE, path="/library/metadata/"))
    unread: dict[int, PlexError] = {}
    assert client.items([1], unread) == {}
    assert isinstance(unread[1], PlexTooLarge)
    plex.faults.add(Fault("garbage"))
    with pytest.raises(PlexProtocolError):
        client.items([1], unread)


@pytest.mark.parametrize("kind", ["status", "garbage"])
@pytest.mark.parametrize("bad", [(1,), (21,), (3, 4)], ids=str)
def test_items_that_all_fail_are_named_when_another_one_can_be_read(
    plex: FakePlex, client: PlexClient, kind: str, bad: tuple[int, ...]
) -> None:
    plex.faults.add(Fault(kind, status=500, when=lambda request: _asks_for(request, *bad)))
    unread: dict[int, PlexError] = {}
    assert client.items(bad, unread) == {}
    assert set(unread) == set(bad)
    assert plex.journal.count() < 15


def test_item_that_fails_for_a_moment_is_read(plex: FakePlex, client: PlexClient) -> None:
    plex.faults.add(Fault("status", status=500, times=1, when=lambda request: _asks_for(request, 1)))
    unread: dict[int, PlexError] = {}
    assert set(client.items([1], unread)) == {1}
    assert unread == {}


@pytest.mark.parametrize("keys", [(1,), (1, 2)], ids=str)
def test_nobody_is_named_when_no_other_item_can_be_read_either(
    plex: FakePlex, client: PlexClient, keys: tuple[int, ...]
) -> None:
    plex.faults.add(Fault("status", status=500, path="/library/metadata/"))
    unread: dict[int, PlexError] = {}
    with pytest.raises(PlexBusy):
        client.items(keys, unread)
    assert unread == {}
    assert plex.journal.count() < 12


def test_nobody_is_named_when_no_item_can_be_read(plex: FakePlex, client: PlexClient) -> None:
    plex.faults.add(Fault("status", status=500, path="/library/metadata/"))
    unread: dict[int, PlexError] = {}
    with pytest.raises(PlexBusy):
        client.items(range(1, 41), unread)
    assert unread == {}
    assert plex.journal.count() < 20


# -- memory -----------------------------------------------------------------------------------------------------------


@pytest.mark.needs("limits")
@pytest.mark.parametrize(
    "filler",
    [
        b'a="' + b"x" * (3 * MAX_BODY_BYTES) + b'"',
        b">" + b"<a/>" * (2 * MAX_TAGS) + b"<MediaContainer",
        b" ".join(b'a%d=""' % n for n in range(2 * MAX_ATTRIBUTES)),
    ],
    ids=["bytes", "tags", "attributes"],
)
def test_answer_is_refused_before_it_takes_more_memory_than_we_have(
    plex: FakePlex, client: PlexClient, filler: bytes
) -> None:
    plex.faults.add(Fault("padded", filler=filler))
    before = peak_mb()
    with pytest.raises(PlexTooLarge):
        client.sections()
    assert peak_mb() - before < 300  # the stand-in, which makes the answer, lives in this process too
