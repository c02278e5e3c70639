"""Collections of the stand-in: made and gone with their items, listed, edited and renamed, in both readings."""

import pytest

from tests.fakes.plex import FakePlex, Section
from tests.fakes.plex.conftest import Clock, Http

NAME = "Open Movies"


def put_in(http: Http, section: Section, *keys: int, name: str = NAME) -> None:
    """Edit these items so that they are in a collection."""
    wanted = name.replace(" ", "%20")
    http.edit(section, f"type=1&id={','.join(map(str, keys))}&collection%5B0%5D.tag.tag={wanted}&collection.locked=1")


def take_out(http: Http, section: Section, *keys: int) -> None:
    http.edit(section, f"type=1&id={','.join(map(str, keys))}&collection%5B%5D.tag.tag-=Open%2520Movies")


def test_collection_is_made_by_the_first_item_and_counts_them(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int, clock: Clock
) -> None:
    clock.now += 60
    put_in(http, movies, sintel)
    put_in(http, movies, bunny)
    (line,) = http.xml(f"/library/sections/{movies.key}/all?type=18")
    shown = {name: line.get(name) for name in ("type", "title", "childCount", "addedAt", "smart")}
    added_at = str(int(clock.now))
    assert shown == {"type": "collection", "title": NAME, "childCount": "2", "addedAt": added_at, "smart": "0"}
    assert len(http.xml(f"/library/sections/{movies.key}/all?type=1")) == 2
    assert plex.state.collection_titles() == [NAME]


@pytest.mark.parametrize(("reading", "left"), [("go", []), ("stay", [NAME])])
def test_collection_goes_with_its_last_item_by_option(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int, reading: str, left: list[str]
) -> None:
    plex.options.empty_collections = reading
    put_in(http, movies, sintel, bunny)
    take_out(http, movies, sintel)
    assert plex.state.collection_titles() == [NAME]
    take_out(http, movies, bunny)
    assert plex.state.collection_titles() == left


@pytest.mark.parametrize(("reading", "shown"), [("follow", "Free Movies"), ("stay", NAME)])
def test_items_show_the_new_title_of_a_collection_by_option(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int, reading: str, shown: str
) -> None:
    plex.options.collection_names = reading
    put_in(http, movies, sintel, bunny)
    key = plex.state.collection(NAME).rating_key
    http.edit(movies, f"type=18&id={key}&title.value=Free%20Movies&title.locked=1")
    assert plex.state.collection("Free Movies").rating_key == key
    assert [plex.state.item(item).tags["collection"] for item in (sintel, bunny)] == [(shown,)] * 2
    take_out(http, movies, sintel, bunny)
    assert plex.state.collection_titles() == (["Free Movies"] if shown != NAME else [])


@pytest.mark.parametrize(("reading", "status"), [("both", 200), ("own", 404)])
def test_summary_of_a_collection_is_taken_at_the_librarys_address_by_option(
    plex: FakePlex, http: Http, movies: Section, sintel: int, reading: str, status: int
) -> None:
    plex.options.collection_edits = reading
    put_in(http, movies, sintel)
    key = plex.state.collection(NAME).rating_key
    assert http.edit(movies, f"type=18&id={key}&summary.value=x").status_code == status
    assert http("PUT", f"/library/metadata/{key}?type=18&summary.value=y&summary.locked=1").status_code == 200
    assert plex.state.collection(NAME).summary == "y"


def test_backup_that_comes_back_brings_its_collections(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int
) -> None:
    put_in(http, movies, sintel)
    backup = plex.state.backup()
    take_out(http, movies, sintel)
    plex.state.restore(backup)
    assert plex.state.collection_titles() == [NAME]
    put_in(http, movies, bunny)
    take_out(http, movies, sintel)
    assert plex.state.collection_titles() == [NAME]
