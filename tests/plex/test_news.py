"""What is new in a section is learned in the way that the server answers.

By date, from the newest on, or by reading the section whole.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plex.client import PlexClient
from plex.errors import PlexQuestionRefused
from plex.index import PathIndex
from plex.index_walk import WHOLE_AGAIN_S
from plex.listing import Since
from plex.listing_walk import NewsRefused
from plex.model import Section
from tests.clock import Clock
from tests.fakes.plex import FakePlex, Fault
from tests.fakes.plex.message import Request
from tests.plex.conftest import Connect

BEGAN_AT = 1_700_000_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock(BEGAN_AT)


@pytest.fixture
def plex(clock: Clock) -> Iterator[FakePlex]:
    with FakePlex(clock=clock) as server:
        server.state.add_section("Movies", locations=["/media/movies"])
        yield server


@pytest.fixture
def index(tmp_path: Path, clock: Clock) -> Iterator[PathIndex]:
    opened = PathIndex(tmp_path / "index.db", clock=clock)
    yield opened
    opened.close()


def section_of(client: PlexClient, plex: FakePlex) -> Section:
    section = client.sections()[0]
    plex.journal.clear_log()
    return section


def populate(plex: FakePlex, count: int) -> None:
    """Old items, added one a second."""
    plex.state.populate(count, 1)
    for n, item in enumerate(plex.state.items.values()):
        item.added_at = item.updated_at = 1_600_000_000 + n


def asks_for_order(request: Request) -> bool:
    return request.first("sort").endswith(":desc")


def without_dates(plex: FakePlex) -> None:
    plex.options.date_filters = "none"


def without_order(plex: FakePlex) -> None:
    """Dates are refused, and a sort is passed over."""
    plex.options.date_filters = "none"

    def forget(request: Request) -> bool:
        request.query = [(name, text) for name, text in request.query if name != "sort"]
        return False

    plex.faults.add(Fault("status", when=forget))


def without_sort(plex: FakePlex) -> None:
    """Dates are refused, and so is a sort from the newest on."""
    plex.options.date_filters = "none"
    plex.faults.add(Fault("status", status=400, request_kind="listing", when=asks_for_order))


WAYS = {"by date": lambda _plex: None, "from the newest on": without_dates}
NO_WAYS = {"not sorted": without_order, "no sort": without_sort}


@pytest.mark.parametrize("way", WAYS)
def test_items_of_the_very_second_are_news(plex: FakePlex, client: PlexClient, way: str) -> None:
    """`>>=` is "later than", and times are whole seconds."""
    WAYS[way](plex)
    for at in (999, 1000, 1000, 1001):
        plex.state.add_item(1, f"/media/movies/{at}.mkv", added_at=at, updated_at=at)
    section = section_of(client, plex)
    for since in (Since("addedAt", 1000), Since("updatedAt", 1000)):
        assert sorted(client.page(section, since=since).rating_keys) == [2, 3, 4]


@pytest.mark.parametrize("way", WAYS)
def test_index_hears_of_everything_that_came_changed_or_moved(
    plex: FakePlex, client: PlexClient, index: PathIndex, clock: Clock, way: str
) -> None:
    WAYS[way](plex)
    populate(plex, 2600)
    section = section_of(client, plex)
    index.build(client, [section])
    clock.now += 86_400
    keys = {f"/media/movies/new/{n}.mkv": plex.state.add_item(1, f"/media/movies/new/{n}.mkv") for n in range(700)}
    item = plex.state.items[5]
    item.media = ((*item.media[0],), ("/media/movies/second.mkv",))
    plex.state.touch(item)
    plex.journal.clear_log()
    index.refresh(client, [section])
    assert all(index.lookup(path)[0].rating_key == key for path, key in keys.items())
    assert index.lookup("/media/movies/second.mkv")[0].rating_key == 5
    assert plex.journal.count("listing") <= {"by date": 5, "from the newest on": 21}[way]


def test_dates_that_are_refused_are_not_tried_again_with_each_refresh(
    plex: FakePlex, client: PlexClient, index: PathIndex, clock: Clock
) -> None:
    populate(plex, 2600)
    section = section_of(client, plex)
    index.build(client, [section])
    clock.now += 86_400
    without_dates(plex)
    index.refresh(client, [section])
    plex.journal.clear_log()
    for n in range(10):
        clock.now += 120
        plex.state.add_item(1, f"/media/movies/new/{n}.mkv")
        index.refresh(client, [section])
        assert index.lookup(f"/media/movies/new/{n}.mkv")
    assert {record.status for record in plex.journal.records()} == {200}
    assert plex.journal.count() == 10 * 3, "as by date: what was added, what was changed, and the total"
    assert sum(record.sent_bytes for record in plex.journal.records()) < 10 * 2 * 100_000


@pytest.mark.parametrize("way", NO_WAYS)
def test_small_section_is_read_whole_where_plex_tells_no_news(
    plex: FakePlex, client: PlexClient, index: PathIndex, clock: Clock, way: str
) -> None:
    NO_WAYS[way](plex)
    populate(plex, 1200)
    section = section_of(client, plex)
    index.build(client, [section])
    clock.now += 1
    gone, moved = 7, plex.state.move_file("/media/movies/000009/Movie 000009.mkv", "/media/movies/moved.mkv")
    plex.state.remove_item(gone)
    index.refresh(client, [section])
    assert index.lookup("/media/movies/moved.mkv")[0].rating_key == moved
    assert index.entries_of(gone) == []
    plex.journal.clear_log()
    index.refresh(client, [section])
    assert plex.journal.count() == 4


@pytest.mark.parametrize("way", NO_WAYS)
def test_large_section_is_not_read_whole_for_each_save(
    plex: FakePlex, client: PlexClient, index: PathIndex, clock: Clock, way: str
) -> None:
    NO_WAYS[way](plex)
    populate(plex, 2600)
    section = section_of(client, plex)
    index.build(client, [section])
    index.refresh(client, [section])
    plex.journal.clear_log()
    for _ in range(50):
        clock.now += 1
        index.refresh(client, [section])
    assert plex.journal.count() == 50, "the total, which says that nothing came"
    plex.state.add_item(1, "/media/movies/new.mkv")
    index.refresh(client, [section])
    assert index.lookup("/media/movies/new.mkv") == []
    clock.now += 60
    index.refresh(client, [section])
    assert index.lookup("/media/movies/new.mkv"), "the total moved, a minute ago"
    moved = plex.state.move_file("/media/movies/000009/Movie 000009.mkv", "/media/movies/moved.mkv")
    clock.now += WHOLE_AGAIN_S
    index.refresh(client, [section])
    assert index.lookup("/media/movies/moved.mkv")[0].rating_key == moved


@pytest.mark.parametrize("way", NO_WAYS)
def test_news_are_refused_in_one_word_where_there_is_no_way(plex: FakePlex, client: PlexClient, way: str) -> None:
    NO_WAYS[way](plex)
    for n in range(3):
        plex.state.add_item(1, f"/media/movies/{n}.mkv", added_at=1000 + n)
    section = section_of(client, plex)
    for _ in range(2):
        with pytest.raises(NewsRefused):
            client.page(section, since=Since("addedAt", 1001))
    assert plex.journal.count("listing") <= 8, "what was refused is not asked again"


def test_dates_are_still_asked_for_when_only_one_library_refuses_everything(plex: FakePlex, client: PlexClient) -> None:
    plex.state.add_section("Sick", locations=["/media/sick"])
    plex.state.add_item(1, "/media/movies/a.mkv", added_at=1000)
    movies, sick = client.sections()
    plex.faults.add(Fault("status", status=400, path="/library/sections/2/all"))
    with pytest.raises(PlexQuestionRefused):
        client.page(sick, since=Since("addedAt", 1000))
    plex.journal.clear_log()
    assert client.page(movies, since=Since("addedAt", 1000)).rating_keys == (1,)
    assert [record.first("addedAt>>") for record in plex.journal.records("listing")] == ["999"]


def test_dates_are_still_asked_for_when_one_item_among_the_news_is_refused(
    plex: FakePlex, connect: Connect, index: PathIndex, clock: Clock
) -> None:
    client = connect()
    section = section_of(client, plex)
    index.build(client, [section])
    clock.now += 60
    for n in range(9):
        plex.state.add_item(1, f"/media/movies/{n}.mkv", added_at=clock.now + n)

    def holds_it(request: Request) -> bool:
        start, size = (int(request.headers[f"x-plex-container-{name}"]) for name in ("start", "size"))
        return request.first("addedAt>>") != "" and start <= 0 < start + size

    plex.faults.add(Fault("status", status=400, request_kind="listing", when=holds_it))
    index.refresh(client, [section])
    assert all(index.lookup(f"/media/movies/{n}.mkv") for n in range(1, 9))
    assert not [record for record in plex.journal.records() if record.first("sort").endswith(":desc")]
    assert index.facts.left_out[0].items == 1
