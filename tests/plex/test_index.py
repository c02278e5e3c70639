import multiprocessing
import sqlite3
import stat
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from matching.paths import name_key, path_key
from plex.client import PlexClient
from plex.errors import PlexBusy, PlexMisconfigured
from plex.index import PathIndex
from plex.model import Entry, Section
from storage.errors import StorageUnavailable
from tests.clock import Clock
from tests.fakes.plex import FakePlex, Fault
from tests.fakes.sizes import size_of
from tests.house import ROOT
from tests.other_program import holding
from tests.processes import KILLED, end_at_once
from tests.waiting import PATIENCE_S

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


@pytest.fixture
def movies(client: PlexClient, plex: FakePlex) -> Section:
    section = client.sections()[0]
    plex.journal.clear_log()
    return section


def break_open_file(path: Path) -> None:
    """Spoil all but the first page, which says what the file is."""
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xee" * (path.stat().st_size - 4096))


def paths(index: PathIndex, plex: FakePlex) -> dict[str, bool]:
    """Every path that Plex has, and whether the index leads from it to the right item."""
    items = plex.state.items.values()
    return {
        file: item.rating_key in {entry.rating_key for entry in index.lookup(file)}
        for item in items
        for version in item.media
        for file in version
    }


def test_build_takes_as_many_requests_as_pages(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    plex.state.populate(2500, 1)
    progress: list[tuple[int, int]] = []
    index.build(client, [movies], progress=lambda read, total: progress.append((read, total)))
    assert plex.journal.count() == 5
    assert progress == [(n * 500, 2500) for n in range(1, 6)]
    assert all(paths(index, plex).values())
    facts = index.facts
    assert (facts.machine_identifier, facts.sections, facts.complete, facts.items, facts.built_at) == (
        client.machine_identifier,
        (1,),
        True,
        2500,
        BEGAN_AT,
    )


def test_lookup_finds_a_file_however_its_path_is_written(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    decomposed = unicodedata.normalize("NFD", "D:\\Filme\\Mädchen & Co.MKV")
    key = plex.state.add_item(1, decomposed)
    plex.state.add_item(1, "/media/movies/Mädchen & Co.mkv")
    index.build(client, [movies])
    entry = Entry(decomposed, 1, key, "movie", size_of(decomposed))
    assert index.lookup(decomposed) == [entry]
    assert index.lookup("D:\\Filme\\Mädchen & Co.MKV") == []
    assert index.lookup_key(path_key("d:/filme/mädchen & co.mkv", fold=True)) == [entry]
    assert len(index.lookup_name(name_key("/elsewhere/MÄDCHEN & Co.mkv"))) == 2
    assert index.lookup("") == index.lookup_name("") == index.entries_of(0) == []


@pytest.mark.parametrize(
    ("listed", "asked", "other"),
    [
        ("/media//movies/./a.mkv", "/media/movies/a.mkv", "//media/movies/a.mkv"),
        (r"\\?\D:\Movies\a.mkv", r"D:\Movies\a.mkv", r"E:\Movies\a.mkv"),
        (r"\\?\UNC\nas\movies\a.mkv", r"\\nas\movies\a.mkv", "/nas/movies/a.mkv"),
        (r"/media/movies/a\b.mkv", r"/media//movies/a\b.mkv", "/media/movies/a/b.mkv"),
    ],
)
def test_lookup_and_matching_agree_on_which_paths_are_equal(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, listed: str, asked: str, other: str
) -> None:
    plex.state.add_item(1, listed)
    index.build(client, [movies])
    assert [entry.plex_path for entry in index.lookup_key(path_key(asked, fold=True))] == [listed]
    assert [entry.plex_path for entry in index.lookup_name(name_key(asked))] == [listed]
    assert index.lookup_key(path_key(other, fold=True)) == []


def test_all_files_of_an_item_lead_to_it(plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex) -> None:
    key = plex.state.add_item(1, ["/media/movies/a.mkv", ["/media/movies/b-1.mkv", "/media/movies/b-2.mkv"]])
    index.build(client, [movies])
    assert {entry.plex_path for entry in index.entries_of(key)} == {
        "/media/movies/a.mkv",
        "/media/movies/b-1.mkv",
        "/media/movies/b-2.mkv",
    }


def test_file_in_two_sections_leads_to_both_items(plex: FakePlex, client: PlexClient, index: PathIndex) -> None:
    plex.state.add_section("TV", "show", ["/media/movies"])
    first = plex.state.add_item(1, "/media/movies/a.mkv")
    second = plex.state.add_item(2, "/media/movies/a.mkv", show="Open Shorts")
    index.build(client, client.sections())
    assert {(entry.rating_key, entry.item_type) for entry in index.lookup("/media/movies/a.mkv")} == {
        (first, "movie"),
        (second, "episode"),
    }


def test_refresh_reads_only_news(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    plex.state.populate(2000, 1)
    clock.now += 3600
    plex.state.add_item(1, "/media/movies/latest.mkv")
    index.build(client, [movies])
    plex.journal.clear_log()
    clock.now += 3600
    added = plex.state.add_item(1, "/media/movies/added.mkv")
    both_in_two_listings = 4
    assert index.refresh(client, [movies]) == both_in_two_listings
    assert plex.journal.count() == 3
    assert [entry.rating_key for entry in index.lookup("/media/movies/added.mkv")] == [added]


@pytest.mark.parametrize("dated_at", [BEGAN_AT - 10_000_000, BEGAN_AT + 10_000_000], ids=["long ago", "in the future"])
def test_refresh_finds_what_is_added_when_files_carry_odd_dates(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock, dated_at: float
) -> None:
    plex.state.add_item(1, "/media/movies/old.mkv", added_at=dated_at)
    index.build(client, [movies])
    clock.now += 3600
    plex.state.add_item(1, "/media/movies/odd.mkv", added_at=dated_at, updated_at=clock.now)
    plex.state.add_item(1, "/media/movies/new.mkv", added_at=clock.now, updated_at=dated_at)
    index.refresh(client, [movies])
    assert all(paths(index, plex).values())


def test_refresh_follows_a_file_when_it_was_moved(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    plex.state.populate(20, 1)
    plex.state.add_item(1, "/media/movies/old.mkv")
    index.build(client, [movies])
    clock.now += 3600
    key = plex.state.move_file("/media/movies/old.mkv", "/media/movies/new.mkv")
    index.refresh(client, [movies])
    assert [entry.rating_key for entry in index.lookup("/media/movies/new.mkv")] == [key]
    assert index.lookup("/media/movies/old.mkv") == []


def test_refresh_drops_a_file_when_its_item_has_others_now(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    key = plex.state.add_item(1, ["/media/movies/a.mkv", "/media/movies/b.mkv"])
    index.build(client, [movies])
    clock.now += 3600
    item = plex.state.items[key]
    item.media = (("/media/movies/b.mkv",), ("/media/movies/c.mkv",))
    plex.state.touch(item)
    index.refresh(client, [movies])
    assert {entry.plex_path for entry in index.entries_of(key)} == {"/media/movies/b.mkv", "/media/movies/c.mkv"}


def test_refresh_drops_an_item_when_it_was_removed_from_a_small_section(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    keys = plex.state.populate(20, 1)
    index.build(client, [movies])
    plex.state.remove_item(keys[5])
    index.refresh(client, [movies])
    assert index.entries_of(keys[5]) == []
    assert all(paths(index, plex).values())


def test_refresh_finds_again_what_a_small_section_did_not_show_for_a_while(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    """A disk of Plex's that was away: its items are back with the times that they had, and are news to nobody."""
    keys = plex.state.populate(15, 1)
    clock.now += 3600
    plex.state.populate(5, 1, "/media/movies/later {n}.mkv")
    index.build(client, [movies])
    state = plex.state
    items = [state.items[key] for key in keys]
    for key in keys:
        state.remove_item(key)
    index.refresh(client, [movies])
    state.put_back(*items)
    index.refresh(client, [movies])
    assert all(paths(index, plex).values())
    plex.journal.clear_log()
    index.refresh(client, [movies])
    assert plex.journal.count() == 3, "what is known is not read whole each time"


def test_refresh_leaves_the_dead_to_forget_when_the_section_is_large(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    keys = plex.state.populate(50, 1)
    index.build(client, [movies], page_size=10)
    clock.now += 3600
    plex.state.remove_item(keys[5])
    plex.journal.clear_log()
    index.refresh(client, [movies], page_size=10)
    assert plex.journal.count() <= 12
    assert index.entries_of(keys[5])
    index.forget([keys[5], 999])
    assert index.entries_of(keys[5]) == []


def test_items_are_remembered_as_they_were_read(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    """An item that holds other files than the index thought loses the wrong ones, and those alone.

    Sizes become those that were read.
    """
    key = plex.state.add_item(movies.key, ["/media/movies/a.mkv", "/media/movies/b.mkv"])
    index.build(client, [movies])
    files = {"/media/movies/a.mkv": 7, "/media/movies/c.mkv": 0}
    index.correct([replace(client.items([key])[key], files=files)])
    assert {entry.plex_path: entry.size for entry in index.entries_of(key)} == files
    assert index.lookup("/media/movies/b.mkv") == []


def test_sizes_are_read_with_the_paths_and_anew_when_a_file_was_replaced(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    clip, silent = (
        plex.state.add_item(1, "/media/movies/clip.mkv", size=246033),
        plex.state.add_item(1, "/a.mkv", size=0),
    )
    index.build(client, [movies])
    assert [entry.size for key in (clip, silent) for entry in index.entries_of(key)] == [246033, 0]
    clock.now += 3600
    plex.state.items[clip].sizes = {"/media/movies/clip.mkv": 5_000_000_000}
    plex.state.touch(plex.state.items[clip])
    index.refresh(client, [movies])
    assert [entry.size for entry in index.lookup("/media/movies/clip.mkv")] == [5_000_000_000]


def test_next_build_drops_what_is_gone(plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex) -> None:
    keys = plex.state.populate(50, 1)
    index.build(client, [movies], page_size=10)
    plex.state.remove_item(keys[5])
    index.build(client, [movies], page_size=10)
    assert index.entries_of(keys[5]) == []
    assert index.facts.items == 49


class Meddler:
    """A client behind whose back the library changes while it walks."""

    def __init__(self, client: PlexClient, before_page: Callable[[int], None]) -> None:
        self.machine_identifier = client.machine_identifier
        self.server_time_at = client.server_time_at
        self._client = client
        self._before_page = before_page
        self._pages = 0

    def check(self) -> None:
        self._client.check()

    def page(self, *args: object, **kwargs: object) -> object:
        self._pages += 1
        self._before_page(self._pages)
        return self._client.page(*args, **kwargs)  # type: ignore[arg-type] # passed on


def test_build_misses_nothing_when_items_go_and_come_during_the_walk(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    keys = list(plex.state.populate(50, 1))

    def meddle(page: int) -> None:
        clock.now += 1
        if page in {2, 4}:
            for key in keys[2 * page : 2 * page + 3]:
                plex.state.remove_item(key)
            plex.state.add_item(1, f"/media/movies/late {page}.mkv")

    index.build(Meddler(client, meddle), [movies], page_size=10)  # type: ignore[arg-type] # a client to the index
    assert all(paths(index, plex).values())


def test_change_behind_the_walk_is_news_when_later_pages_are_newer(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    keys = list(plex.state.populate(50, 1))

    def meddle(page: int) -> None:
        clock.now += 100
        if page == 3:
            item = plex.state.items[keys[0]]
            item.media = (("/media/movies/renamed.mkv",),)
            plex.state.touch(item)
        if page == 5:
            plex.state.touch(plex.state.items[keys[49]])

    index.build(Meddler(client, meddle), [movies], page_size=10)  # type: ignore[arg-type] # a client to the index
    index.refresh(client, [movies])
    assert all(paths(index, plex).values())


def test_interrupted_build_keeps_the_old_entries_and_goes_on_where_it_stopped(
    plex: FakePlex, client: PlexClient, index: PathIndex
) -> None:
    plex.state.add_section("More", "movie", ["/media/more"])
    first, second = plex.state.populate(30, 1), plex.state.populate(30, 2, "/media/more/{n}.mkv")
    sections = client.sections()
    index.build(client, sections, page_size=10)
    plex.state.remove_item(second[29])
    plex.faults.add(Fault("status", status=503, path="/library/sections/2/all", skip=1))
    with pytest.raises(PlexBusy):
        index.build(client, sections, page_size=10)
    assert not index.facts.complete
    assert index.facts.built_at == BEGAN_AT
    assert all(index.entries_of(key) for key in (*first, *second))
    plex.faults.clear_faults()
    plex.journal.clear_log()
    index.build(client, sections, page_size=10)
    assert index.facts.complete
    assert index.entries_of(second[29]) == []
    starts = [
        record.headers["x-plex-container-start"]
        for record in plex.journal.records("listing")
        if record.path.startswith("/library/sections/2/")
    ]
    assert starts == ["0", "10", "20"]


def test_nothing_is_dropped_when_a_listing_ends_before_its_total(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    keys = plex.state.populate(30, 1)
    index.build(client, [movies], page_size=10)

    class Short(Meddler):
        def page(self, section: Section, start: int = 0, size: int = 0, **kwargs: object) -> object:
            page = client.page(section, start, size if start < 10 else 0, **kwargs)  # type: ignore[arg-type] # passed on
            assert page.total == 30
            return page

    index.build(Short(client, lambda _page: None), [movies], page_size=10)  # type: ignore[arg-type] # a client to the index
    assert all(index.entries_of(key) for key in keys)


def test_index_begins_empty_when_it_is_built_for_another_server(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    plex.state.populate(5, 1)
    index.build(client, [movies])
    with FakePlex() as other:
        other.options.machine_identifier = "f" * 40
        other.state.add_section("Movies")
        other.state.add_item(1, "/elsewhere/a.mkv")
        theirs = PlexClient.connect(other.url, other.token, client_identifier="x", version="1")
        with pytest.raises(PlexMisconfigured, match="another Plex server"):
            index.refresh(theirs, [movies])
        assert all(paths(index, plex).values())
        index.build(theirs, theirs.sections())
        theirs.close()
    assert not any(paths(index, plex).values())
    assert index.lookup("/elsewhere/a.mkv")
    assert index.facts.machine_identifier == "f" * 40


def test_section_is_dropped_when_the_user_chose_others(plex: FakePlex, client: PlexClient, index: PathIndex) -> None:
    plex.state.add_section("More", "movie", ["/media/more"])
    plex.state.add_item(1, "/media/movies/a.mkv")
    plex.state.add_item(2, "/media/more/b.mkv")
    index.build(client, client.sections())
    index.build(client, client.sections()[1:])
    assert index.facts.sections == (2,)
    assert index.lookup("/media/movies/a.mkv") == []
    assert index.lookup("/media/more/b.mkv")


def test_refresh_builds_when_the_index_is_empty_and_reads_whole_what_is_new(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    plex.state.populate(5, 1)
    assert index.refresh(client, [movies]) == 5
    plex.state.add_section("More", "movie", ["/media/more"])
    plex.state.populate(3, 2, "/media/more/{n}.mkv")
    index.refresh(client, client.sections())
    assert all(paths(index, plex).values())
    assert index.facts.sections == (1, 2)


@pytest.mark.parametrize(
    "content", [b"this is no database" * 100, b"SQLite format 3\x00" + b"\xff" * 5000], ids=["text", "garbled"]
)
def test_file_is_replaced_when_it_is_broken(
    plex: FakePlex, client: PlexClient, movies: Section, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "index.db"
    path.write_bytes(content)
    plex.state.populate(5, 1)
    index = PathIndex(path)
    assert not index.facts.complete
    index.build(client, [movies])
    assert all(paths(index, plex).values())
    index.close()


def test_file_is_replaced_when_it_breaks_while_it_is_open(
    plex: FakePlex, client: PlexClient, movies: Section, tmp_path: Path
) -> None:
    path = tmp_path / "index.db"
    plex.state.populate(2000, 1)
    index = PathIndex(path)
    index.build(client, [movies])
    index.close()
    index = PathIndex(path)
    break_open_file(path)
    assert index.lookup("/media/movies/000007/Movie 000007.mkv") == []
    assert not index.facts.complete
    index.build(client, [movies])
    assert all(paths(index, plex).values())
    index.close()


def test_file_is_replaced_when_it_turns_out_to_be_broken_in_a_change(
    plex: FakePlex, client: PlexClient, movies: Section, tmp_path: Path
) -> None:
    """Whoever changes it is told that it cannot be used now, as of a full disk, and doing the same once more works."""
    path = tmp_path / "index.db"
    plex.state.populate(2000, 1)
    with PathIndex(path) as index:
        index.build(client, [movies])
    with PathIndex(path) as index:
        break_open_file(path)
        with pytest.raises(StorageUnavailable, match="damaged, and is read from Plex anew"):
            index.forget([1])
        index.forget([1])
        index.build(client, [movies])
        assert all(paths(index, plex).values())
    assert (tmp_path / "index.db.aside").exists()


def test_file_is_replaced_when_it_turns_out_to_be_broken_by_a_look_within_a_change(
    plex: FakePlex, client: PlexClient, movies: Section, tmp_path: Path
) -> None:
    path = tmp_path / "index.db"
    plex.state.populate(2000, 1)
    with PathIndex(path) as index:
        index.build(client, [movies])
    with PathIndex(path) as index:
        break_open_file(path)
        with (
            pytest.raises(StorageUnavailable, match="damaged, and is read from Plex anew"),
            index.transaction(),
            index.transaction(),
        ):
            index.lookup("/media/movies/000007/Movie 000007.mkv")
        index.build(client, [movies])
        assert all(paths(index, plex).values())


def test_file_that_is_damaged_as_soon_as_it_is_made_cannot_be_used_and_is_tried_again(tmp_path: Path) -> None:
    """A disk that fails: it is no damage that the worker repairs as it does that of its records."""
    program = (
        "import pathlib, sys\nfrom plex.index import PathIndex\nfrom storage.errors import StorageUnavailable\n"
        "fails = True\n"
        "def spoil(event, args):\n"
        "    if event == 'sqlite3.connect' and fails:\n        pathlib.Path(args[0]).write_bytes(b'damaged' * 999)\n"
        "sys.addaudithook(spoil)\n"
        "try:\n    PathIndex(pathlib.Path(sys.argv[1]))\nexcept StorageUnavailable as error:\n    print(error)\n"
        "fails = False\nprint(PathIndex(pathlib.Path(sys.argv[1])).facts.complete)\n"
    )
    path = tmp_path / "index.db"
    run = subprocess.run(
        [sys.executable, "-c", program, path], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60
    )
    message, is_complete = run.stdout.splitlines()
    assert message.startswith(f"{path} is damaged again as soon as it was made anew: the disk may be failing")
    assert is_complete == "False"


@pytest.mark.needs("Windows")
def test_broken_file_is_replaced_when_the_program_that_had_it_open_lets_go(tmp_path: Path, index: PathIndex) -> None:
    path = tmp_path / "index.db"
    index.close()
    path.write_bytes(b"no database" * 1000)
    with holding(path):
        for _ in range(2):
            with pytest.raises(StorageUnavailable, match=r"another program has index\.db open"):
                index.lookup("/a")
    assert index.lookup("/a") == []


@pytest.mark.parametrize("version", [0, 1, 99])
def test_file_is_replaced_when_another_version_wrote_it(tmp_path: Path, version: int) -> None:
    path = tmp_path / "index.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE parts (something TEXT)")
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    before = path.read_bytes()
    index = PathIndex(path)
    assert index.lookup("/a") == []
    index.close()
    aside = tmp_path / "index.db.aside"
    assert aside.exists() == (version == 99)
    assert not aside.exists() or aside.read_bytes() == before, "what a newer version wrote is left untouched"


@pytest.mark.needs("rights")
def test_files_are_private(tmp_path: Path, index: PathIndex) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes
    assert set(modes.values()) == {0o600}


def test_lookup_sees_the_last_page_when_another_connection_builds(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, tmp_path: Path
) -> None:
    keys = plex.state.populate(30, 1)
    reader = PathIndex(tmp_path / "index.db")
    seen: list[bool] = []
    index.build(
        client,
        [movies],
        page_size=10,
        progress=lambda read, _total: seen.append(bool(reader.entries_of(keys[read - 1]))),
    )
    assert seen == [True, True, True]
    reader.close()


def _build_until_killed(path: Path, url: str, token: str) -> None:
    client = PlexClient.connect(url, token, client_identifier="x", version="1")

    def die(read: int, _total: int) -> None:
        if read == 20:
            end_at_once()

    PathIndex(path).build(client, client.sections(), page_size=10, progress=die)


def test_build_can_be_killed_at_any_page(plex: FakePlex, client: PlexClient, movies: Section, tmp_path: Path) -> None:
    path = tmp_path / "index.db"
    keys = plex.state.populate(50, 1)
    process = multiprocessing.get_context("spawn").Process(
        target=_build_until_killed, args=(path, plex.url, plex.token)
    )
    process.start()
    process.join(PATIENCE_S)
    assert process.exitcode == KILLED
    index = PathIndex(path)
    assert not index.facts.complete
    assert [bool(index.entries_of(key)) for key in keys] == [True] * 20 + [False] * 30
    index.build(client, [movies], page_size=10)
    assert index.facts.complete
    assert all(paths(index, plex).values())
    index.close()


@pytest.mark.parametrize("kind", ["truncated", "html", "garbage", "bomb", "reset"])
def test_page_is_asked_for_again_when_it_was_spoiled(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, kind: str
) -> None:
    plex.state.populate(30, 1)
    index.build(client, [movies], page_size=10)
    plex.state.add_item(1, "/media/movies/latest.mkv")
    plex.faults.add(Fault(kind, skip=1, times=1))
    index.build(client, [movies], page_size=10)
    assert all(paths(index, plex).values())
    assert index.facts.left_out == ()


def test_index_knows_when_items_came_and_were_changed(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    key = plex.state.add_item(1, "/media/movies/a.mkv")
    index.build(client, [movies])
    (entry,) = index.lookup("/media/movies/a.mkv")
    assert (entry.added_at, entry.updated_at) == (BEGAN_AT, BEGAN_AT)
    clock.now += 100
    plex.state.touch(plex.state.items[key])
    index.refresh(client, [movies])
    (entry,) = index.lookup("/media/movies/a.mkv")
    assert (entry.added_at, entry.updated_at) == (BEGAN_AT, BEGAN_AT + 100)


def test_reread_leaves_the_index_complete_and_keeps_what_others_read_between_two_turns(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, clock: Clock
) -> None:
    keys = list(plex.state.populate(50, 1))
    index.build(client, [movies], page_size=10)
    plex.state.remove_item(keys[30])
    turns = index.reread(client, [movies], page_size=10)
    for number, turn in enumerate(turns):
        assert index.facts.complete
        if number == 2:
            assert turn == (30, 49)
            clock.now += 100
            new = plex.state.add_item(1, "/media/movies/late.mkv")
            plex.state.touch(plex.state.items[keys[0]])
            index.refresh(client, [movies], page_size=1)
    assert all(paths(index, plex).values())
    assert index.entries_of(keys[30]) == []
    assert len(index.entries_of(keys[0])) == len(index.entries_of(new)) == 1


def test_reread_that_is_left_off_changes_nothing_that_was_known(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex
) -> None:
    keys = plex.state.populate(50, 1)
    index.build(client, [movies], page_size=10)
    next(index.reread(client, [movies], page_size=10))
    assert index.facts.complete
    assert all(index.entries_of(key) for key in keys)
    plex.state.remove_item(keys[40])
    list(index.reread(client, [movies], page_size=10))
    assert index.entries_of(keys[40]) == []


@pytest.mark.parametrize(("gone", "is_believed"), [(26, True), (27, False)])
def test_reread_does_not_believe_that_many_items_are_gone_at_once(
    plex: FakePlex, client: PlexClient, movies: Section, index: PathIndex, gone: int, is_believed: bool
) -> None:
    keys = list(plex.state.populate(100, 1))
    index.build(client, [movies], page_size=10)
    for key in keys[:gone]:
        plex.state.remove_item(key)
    anew = plex.state.add_item(1, "/media/movies/000001/Movie 000001.mkv")
    path = index.entries_of(keys[0])[0].plex_path
    plex.state.items[anew].media = ((path,),)
    list(index.reread(client, [movies], page_size=10))
    assert bool(index.entries_of(keys[1])) is not is_believed
    assert [entry.rating_key for entry in index.lookup(path)] == [anew], "another item has its file"
    index.build(client, [movies], page_size=10)
    assert index.entries_of(keys[1]) == [], "whoever asks for all of it anew means what is there"
