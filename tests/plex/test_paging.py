"""Lists are asked for in pages, as large as the server gives them, and read to their end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plex.client import PlexClient
from plex.errors import PlexProtocolError, PlexQuestionRefused, PlexRejected
from plex.listing import PAGE_SIZE, PageSize
from tests.fakes.plex import FakePlex, Fault
from tests.fakes.plex.message import Request
from tests.plex.conftest import Connect

SIZE = "x-plex-container-size"


def sizes(plex: FakePlex) -> list[int]:
    """Of the pages that came, without those that brought only a total."""
    records = [record for record in plex.journal.records() if record.status == 200 and SIZE in record.headers]
    return [int(record.headers[SIZE]) for record in records if record.headers[SIZE] != "0"]


def refused(plex: FakePlex) -> int:
    return sum(record.status == 400 for record in plex.journal.records())


def with_posters(plex: FakePlex, count: int) -> int:
    """An item with `count` posters, of which the last one is chosen."""
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", poster=b"\xff\xd8\xff the agent's")
    shelf = plex.state.items[key].pictures["posters"]
    shelf.pictures |= {f"upload://posters/{number:040x}": f"{number:040x}" for number in range(count - 1)}
    shelf.selected = next(reversed(shelf.pictures))
    return key


def listed(client: PlexClient) -> list[int]:
    """A section, page by page as an index reads it."""
    section, found = client.sections()[0], list[int]()
    while keys := client.page(section, len(found)).rating_keys:
        found += keys
    return found


@given(limit=st.integers(1, PAGE_SIZE), lines=st.integers(0, 3000))
def test_pages_become_as_large_as_the_server_gives_them(limit: int, lines: int) -> None:
    size = PageSize()
    start = refusals = pages = 0
    while start < lines:
        asked, last = size.at_most(PAGE_SIZE), 0
        while asked > limit:
            asked, last, refusals = asked // 2, asked, refusals + 1
        size.took(asked, last)
        start, pages = start + asked, pages + 1
    assert pages <= 2 * lines // limit + 1, "never smaller than half of what it gives"
    assert refusals <= 10 + 2 * pages.bit_length()


def test_pages_become_smaller_when_the_server_gives_less_than_before() -> None:
    size = PageSize()
    size.took(PAGE_SIZE)
    refusals = 0
    for _ in range(200):
        asked, last = size.at_most(PAGE_SIZE), 0
        while asked > 100:
            asked, last, refusals = asked // 2, asked, refusals + 1
        size.took(asked, last)
    assert refusals <= 12


@given(place=st.integers(0, PAGE_SIZE - 1))
def test_one_line_that_is_refused_makes_pages_small_for_a_short_while_only(place: int) -> None:
    size = PageSize()
    start = pages = 0
    while start < 20_000:
        asked, last = size.at_most(PAGE_SIZE), 0
        while start <= place < start + asked and asked > 1:
            asked, last = asked // 2, asked
        is_refused = start == place
        if not is_refused:
            size.took(asked, last)
        start, pages = start + (1 if is_refused else asked), pages + 1
    assert size.at_most(PAGE_SIZE) == PAGE_SIZE
    assert pages <= 20_000 // PAGE_SIZE + 20


@pytest.mark.parametrize("limit", [1000, 499, 100, 7])
def test_everything_is_read_from_a_server_of_small_pages(plex: FakePlex, client: PlexClient, limit: int) -> None:
    keys = list(plex.state.populate(730, 1))
    plex.options.most_per_page = limit
    assert listed(client) == keys
    assert list(client.items(keys[:250])) == keys[:250]
    assert max(sizes(plex)) <= min(limit, PAGE_SIZE)
    assert refused(plex) <= 20


def test_size_that_came_is_kept_for_the_connection(plex: FakePlex, client: PlexClient) -> None:
    plex.state.populate(600, 1)
    plex.options.most_per_page = 100
    section = client.sections()[0]
    client.page(section)
    plex.journal.clear_log()
    for _ in range(40):
        client.page(section)
    assert refused(plex) <= 6
    assert set(sizes(plex)) <= {62, 1}


def test_items_are_asked_for_together_and_those_that_are_gone_are_absent(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(100, 1))
    for key in keys[10:40]:
        plex.state.remove_item(key)
    assert list(client.items(keys)) == keys[:10] + keys[40:]
    assert plex.journal.count() == 1


@pytest.mark.parametrize("count", [1, 500, 501, 1200])
def test_list_of_posters_is_read_to_its_end(plex: FakePlex, client: PlexClient, count: int) -> None:
    key = with_posters(plex, count)
    posters = client.artwork.listed("poster", key)
    assert (len(posters), [poster.is_selected for poster in posters].index(True)) == (count, count - 1)
    assert plex.journal.count("picture_list") == -(-count // PAGE_SIZE)


def test_list_is_whole_where_the_server_heeds_no_page(plex: FakePlex, client: PlexClient) -> None:
    """It says no total then, and answers everything each time."""
    keys = list(plex.state.populate(3, 1))
    plex.options.heeds_pages = False
    assert len(client.artwork.listed("poster", with_posters(plex, 500))) == 500
    assert plex.journal.count("picture_list") == 2, "500 might have been a page"
    assert len(client.artwork.listed("poster", with_posters(plex, 2000))) == 2000
    assert list(client.items(keys)) == keys
    assert plex.journal.count("metadata") == 1


def test_items_do_not_pass_for_gone_when_the_same_page_comes_again(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(80, 1))
    plex.options.most_per_page = 50
    plex.faults.add(Fault("beginning", request_kind="metadata"))
    assert list(client.items(keys)) == keys


def test_posters_are_no_list_when_the_same_page_comes_again(plex: FakePlex, client: PlexClient) -> None:
    key = with_posters(plex, 1200)
    plex.faults.add(Fault("beginning", request_kind="picture_list"))
    with pytest.raises(PlexRejected, match="comes to no end"):
        client.artwork.listed("poster", key)
    assert plex.journal.count("picture_list") == 2


def test_refusal_that_is_no_matter_of_size_is_met_by_two_questions(plex: FakePlex, client: PlexClient) -> None:
    section = client.sections()[0]
    plex.journal.clear_log()
    plex.faults.add(Fault("status", status=400, request_kind="listing"))
    with pytest.raises(PlexQuestionRefused):
        client.page(section)
    assert plex.journal.count("listing") == 2
    assert issubclass(PlexQuestionRefused, PlexProtocolError)


def test_one_item_that_is_refused_costs_the_others_nothing(plex: FakePlex, connect: Connect) -> None:
    keys = list(plex.state.populate(100, 1))
    client = connect()

    def is_about_it(request: Request) -> bool:
        return str(keys[42]) in request.path.rpartition("/")[2].split(",")

    plex.faults.add(Fault("status", status=400, request_kind="metadata", when=is_about_it))
    unread: dict[int, Exception] = {}
    assert sorted(client.items(keys, unread)) == keys[:42] + keys[43:]  # type: ignore[arg-type] # errors of Plex
    assert list(unread) == [keys[42]]
