from collections.abc import Callable
from pathlib import Path

import pytest

from plex.client import PlexClient
from plex.edit import Edit
from plex.errors import (
    PlexItemGone,
    PlexMisconfigured,
    PlexOtherServer,
    PlexProtocolError,
    PlexReconnected,
    PlexUnreachable,
)
from plex.listing import Since
from plex.sections import select_sections
from tests.fakes.plex import FakePlex, Fault
from tests.plex.conftest import Connect
from tests.torture.spoiled import SpoiledPlex


def test_client_learns_who_the_server_is_before_the_token_goes_there(plex: FakePlex, connect: Connect) -> None:
    client = connect()
    assert client.machine_identifier == plex.options.machine_identifier
    assert client.version == plex.options.version
    assert client.friendly_name == plex.options.friendly_name
    first, second = plex.journal.records()
    assert (first.path, first.headers.get("x-plex-token")) == ("/identity", None)
    assert (second.path, second.headers["x-plex-token"]) == ("/", plex.token)


def test_token_is_not_sent_when_the_caller_finds_the_wrong_server(plex: FakePlex, connect: Connect) -> None:
    met: list[str] = []

    def refuse(found: str) -> None:
        met.append(found)
        raise PlexOtherServer("not this one")

    with pytest.raises(PlexOtherServer, match="not this one"):
        connect(is_right=refuse)
    assert met == [plex.options.machine_identifier]
    assert [record.path for record in plex.journal.records()] == ["/identity"]
    assert "x-plex-token" not in plex.journal.records()[0].headers


def test_client_says_who_it_is_and_provides_nothing(plex: FakePlex, client: PlexClient) -> None:
    client.sections()
    headers = plex.journal.records()[-1].headers
    assert headers["x-plex-client-identifier"] == "stash2plex-test"
    assert headers["x-plex-product"] == "Stash2Plex"
    assert headers["x-plex-version"] == "1.2.3"
    assert headers["x-plex-token"] == plex.token
    assert "x-plex-provides" not in headers


def test_token_stays_out_of_urls_when_the_user_configured_plexapi_to_show_it(
    plex: FakePlex, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEXAPI_LOG_SHOW_SECRETS", "true")
    monkeypatch.setenv("PLEXAPI_HEADER_IDENTIFIER", "someone-else")
    connect().sections()
    assert plex.journal.tokens_in_urls == 0
    assert plex.journal.records()[-1].headers["x-plex-client-identifier"] == "stash2plex-test"


def test_foreign_token_is_not_used_when_ours_is_missing(
    plex: FakePlex, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLEXAPI_AUTH_SERVER_TOKEN", plex.token)
    with pytest.raises(PlexMisconfigured, match="plex_token"):
        connect(token="")
    assert plex.journal.count() == 0


def test_answer_is_refused_as_unreadable_when_the_server_says_a_truth_that_is_none(
    plex: FakePlex, connect: Connect
) -> None:
    spoiled = SpoiledPlex(plex)
    spoiled.spoil = lambda body: body.replace(b'allowSharing="1"', b'allowSharing="9"')
    with pytest.raises(PlexProtocolError, match="what a Plex server says of itself") as caught:
        connect()
    assert caught.value.__context__ is None, "it would hold what the server sent"


@pytest.mark.parametrize("url", ["http://plex..home:32400", f"http://{'a' * 70}.home:32400"])
def test_address_that_cannot_be_one_names_the_setting(connect: Connect, url: str) -> None:
    with pytest.raises(PlexMisconfigured, match="plex_url"):
        connect(url=url)


def test_sections_are_listed_and_chosen(plex: FakePlex, client: PlexClient) -> None:
    plex.state.add_section("Shows, all of them", "show", ["/media/tv"])
    plex.state.add_section("Music", "artist", ["/media/music"])
    assert [section.title for section in client.sections()] == ["Movies", "Shows, all of them", "Music"]
    assert [section.key for section in select_sections(client.sections(), ["Shows, all of them"])] == [2]


def test_page_brings_files_and_little_else(plex: FakePlex, client: PlexClient) -> None:
    plex.state.add_item(
        1,
        ["/media/movies/Sintel.mkv", ["/media/movies/a.mkv", "/media/movies/b.mkv"]],
        summary="long",
        tags={"genre": ["Short"]},
    )
    plex.state.populate(9, 1)
    page = client.page(client.sections()[0], 0, 4)
    assert (len(page.rating_keys), len(page.entries), page.total) == (4, 6, 10)
    asked = plex.journal.records("listing")[0]
    assert asked.first("type") == "1"
    assert asked.headers["x-plex-container-size"] == "4"
    assert "Genre" in asked.first("excludeElements")
    assert "summary" in asked.first("excludeFields")


def test_pages_make_the_whole_when_they_are_read_in_turn(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(25, 1))
    section = client.sections()[0]
    assert [key for start in (0, 10, 20) for key in client.page(section, start, 10).rating_keys] == keys
    assert client.page(section, 0, 0).total == 25


def test_page_lists_episodes_when_the_section_has_shows(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_section("TV", "show", ["/media/tv"]).key
    episode = plex.state.add_item(key, "/media/tv/One.mkv", show="Open Shorts", episode=1)
    page = client.page(client.sections()[1])
    assert [(entry.rating_key, entry.item_type) for entry in page.entries] == [(episode, "episode")]


def test_page_is_limited_to_news_when_a_time_is_given(plex: FakePlex, client: PlexClient) -> None:
    plex.state.add_item(1, "/media/movies/old.mkv", added_at=1000, updated_at=1000)
    touched = plex.state.add_item(1, "/media/movies/touched.mkv", added_at=1000, updated_at=5000)
    fresh = plex.state.add_item(1, "/media/movies/fresh.mkv", added_at=5000, updated_at=1000)
    section = client.sections()[0]
    assert client.page(section, since=Since("addedAt", 5000)).rating_keys == (fresh,)
    assert client.page(section, since=Since("updatedAt", 5000)).rating_keys == (touched,)
    assert client.page(section, since=Since("updatedAt", 5000)).newest_updated_at == 5000


def test_items_come_whole_in_batches_of_a_hundred(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(250, 1, tags={"genre": ["A {n}", "B", "C", "D"]}))
    items = client.items([*keys, *keys])
    assert list(items) == keys
    assert all(len(items[key].values["genre"] or ()) == 4 for key in keys)  # type: ignore[arg-type] # a tuple
    assert plex.journal.count() == 3


def test_items_are_missing_when_they_are_gone(plex: FakePlex, client: PlexClient) -> None:
    keys = list(plex.state.populate(3, 1))
    plex.state.remove_item(keys[1])
    assert list(client.items([*keys, 999_999])) == [keys[0], keys[2]]
    assert plex.journal.count() == 1


def test_items_are_none_when_none_is_left(plex: FakePlex, client: PlexClient) -> None:
    assert client.items([901, 902, 903]) == {}
    assert client.items([]) == {}


def test_ninety_nine_are_not_given_up_when_one_missing_id_makes_plex_answer_404(
    plex: FakePlex, client: PlexClient
) -> None:
    keys = list(plex.state.populate(99, 1))
    gone = 999_999
    plex.faults.add(Fault("status", status=404, when=lambda request: str(gone) in request.path))
    assert sorted(client.items([*keys[:50], gone, *keys[50:]])) == keys
    assert plex.journal.count() < 20


def test_scan_asks_for_one_folder_of_the_section(plex: FakePlex, client: PlexClient) -> None:
    plex.state.put_on_disk(1, "/media/movies/New & old/Sintel.mkv")
    section = client.sections()[0]
    client.scan(section, "/media/movies/New & old")
    assert plex.state.scans[-1].folder == "/media/movies/New & old"
    assert client.page(section).total == 1


@pytest.mark.parametrize("folder", ["/media", "/media/movies-4k", "", "/media/movies/../.."])
def test_scan_is_refused_when_the_folder_is_outside(plex: FakePlex, client: PlexClient, folder: str) -> None:
    with pytest.raises(ValueError, match="not within"):
        client.scan(client.sections()[0], folder)
    assert plex.state.scans == []


def again_if_broken(call: Callable[[], object]) -> None:
    """A connection that the server has just cut may or may not be noticed before it is used again."""
    try:
        call()
    except PlexUnreachable:
        call()


def test_nothing_is_written_when_another_server_came_back_at_the_address(plex: FakePlex, client: PlexClient) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv", title="Theirs")
    edit = Edit(1, "movie", (key,), values={"title": "Ours"})
    plex.faults.add(Fault("reset", times=1))
    with pytest.raises(PlexUnreachable):
        client.sections()
    plex.restart_as("0000000000000000000000000000000000000000")
    with pytest.raises(PlexMisconfigured, match="another Plex server"):
        again_if_broken(lambda: client.apply(edit))
    assert plex.state.item(key).values["title"] == "Theirs"
    plex.restart_as(client.machine_identifier)
    with pytest.raises(PlexReconnected):  # it is itself again, and its library another time's perhaps
        again_if_broken(lambda: client.apply(edit))
    client.apply(edit)
    assert plex.state.item(key).values["title"] == "Ours"
    plex.journal.clear_log()
    client.apply(edit)
    assert plex.journal.count() == plex.journal.count("edit") == 1


def test_writes_wait_when_an_answer_was_slow_and_only_then(plex: FakePlex, connect: Connect) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    now, slept = [0.0], []

    def take_three_seconds(_request: object) -> bool:
        now[0] += 3.0
        return True

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    client = connect(monotonic=lambda: now[0], sleep=sleep)
    edit = Edit(1, "movie", (key,), values={"title": "Sintel"})
    client.apply(edit)
    client.apply(edit)
    assert slept == []
    plex.faults.add(Fault("latency", times=1, when=take_three_seconds))
    client.apply(edit)
    assert client.answer_time_s == 3.0
    client.apply(edit)
    assert slept == [3.0]
    now[0] += 60.0
    client.apply(edit)
    assert slept == [3.0]


def test_pause_follows_when_plex_said_it_is_busy(plex: FakePlex, connect: Connect) -> None:
    key = plex.state.add_item(1, "/media/movies/Sintel.mkv")
    slept: list[float] = []
    client = connect(sleep=slept.append)
    edit = Edit(1, "movie", (key,), values={"title": "Sintel"})
    plex.faults.add(Fault("status", status=503, times=1, method="PUT"))
    with pytest.raises(Exception, match="503"):
        client.apply(edit)
    client.apply(edit)
    assert len(slept) == 1
    assert 1.0 < slept[0] <= 30.0


def test_edit_of_an_item_that_is_gone_says_so_when_the_server_does(plex: FakePlex, client: PlexClient) -> None:
    plex.options.unknown_id_in_edit = "404"
    with pytest.raises(PlexItemGone):
        client.apply(Edit(1, "movie", (4711,), values={"title": "x"}))


def test_parts_of_plexapi_stay_in_this_room() -> None:
    root = Path(__file__).parents[2]
    users = [
        path
        for path in root.glob("*/*.py")
        if "import plexapi" in path.read_text() or "from plexapi" in path.read_text()
    ]
    assert {path.parent.name for path in users} <= {"plex"}
