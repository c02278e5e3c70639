"""The true python-plexapi talks to the stand-in, as a client that was written for the real server."""

import io
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from plexapi.exceptions import BadRequest, NotFound, Unauthorized
from plexapi.server import PlexServer

from tests.fakes.plex import FakePlex, Fault, Section


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session


@pytest.fixture
def server(plex: FakePlex, session: requests.Session) -> Any:
    return PlexServer(plex.url, plex.token, session=session, timeout=5)


def test_plexapi_connects_and_reads_the_server(plex: FakePlex, server: Any) -> None:
    assert (server.machineIdentifier, server.version) == (plex.options.machine_identifier, plex.options.version)
    assert server.identity().machineIdentifier == plex.options.machine_identifier


def test_plexapi_is_unauthorized_when_the_token_is_wrong(plex: FakePlex, session: requests.Session) -> None:
    with pytest.raises(Unauthorized):
        PlexServer(plex.url, "wrong", session=session)


def test_plexapi_lists_sections(server: Any, movies: Section) -> None:
    (section,) = server.library.sections()
    assert (section.key, section.title, section.type) == (movies.key, "Movies", "movie")
    assert (section.locations, section.totalSize) == (["/media/movies"], 0)


def test_plexapi_pages_through_a_section(plex: FakePlex, server: Any, movies: Section) -> None:
    plex.state.populate(250, movies.key)
    found = server.library.sectionByID(movies.key).fetchItems(f"/library/sections/{movies.key}/all")
    assert len(found) == 250
    assert found[0].media[0].parts[0].file == "/media/movies/000001/Movie 000001.mkv"
    assert plex.journal.count("listing") == 3


def test_plexapi_fetches_many_items_whole(server: Any, sintel: int, bunny: int) -> None:
    first, second = server.fetchItems([sintel, bunny])
    assert [genre.tag for genre in first.genres] == ["Animation", "Fantasy", "Short"]
    assert [role.tag for role in first.roles][:2] == ["Ada Example", "Bob Sample"]
    assert [part.file for part in second.media[1].parts] == ["/media/b-1.mkv", "/media/b-2.mkv"]
    with pytest.raises(NotFound):
        server.fetchItem(999)


def test_plexapi_edits_many_fields_in_one_request(plex: FakePlex, server: Any, sintel: int) -> None:
    movie = server.fetchItem(sintel)
    movie.batchEdits()
    movie.editTitle("Sintel & Scales").editSummary("Line one\nline two").addGenre(["Rock, Pop & Soul", "Drama"])
    movie.editOriginallyAvailable("2010-09-30").editUserRating(8.5).addCollection("Open movies")
    before = plex.journal.count("edit")
    movie.saveEdits()
    assert plex.journal.count("edit") == before + 1
    movie.reload()
    assert (movie.title, movie.summary, movie.userRating) == ("Sintel & Scales", "Line one\nline two", 8.5)
    genres = ["Animation", "Fantasy", "Short", "Rock, Pop & Soul", "Drama"]
    assert [genre.tag for genre in movie.genres] == genres
    assert [collection.tag for collection in movie.collections] == ["Open movies"]
    locks = {"title", "summary", "genre", "originallyAvailableAt", "userRating", "collection"}
    assert {field.name for field in movie.fields if field.locked} == locks


def test_plexapi_removes_a_tag_that_holds_comma_and_ampersand(plex: FakePlex, server: Any, movies: Section) -> None:
    tags = {"genre": ["Rock, Pop & Soul", "Rock", "Drama"]}
    key = plex.state.add_item(movies.key, "/media/a.mkv", tags=tags)
    server.fetchItem(key).batchEdits().removeGenre(["Rock, Pop & Soul", "Drama"]).saveEdits()
    assert plex.state.item(key).tags["genre"] == ("Rock",)


def test_plexapi_edits_many_items_in_one_request(
    plex: FakePlex, server: Any, movies: Section, sintel: int, bunny: int
) -> None:
    items = server.fetchItems([sintel, bunny])
    section = server.library.sectionByID(movies.key)
    section.batchMultiEdits(items).editStudio("Blender").saveMultiEdits()
    assert [plex.state.item(key).studio for key in (sintel, bunny)] == ["Blender", "Blender"]


def test_plexapi_uploads_selects_and_reads_posters(plex: FakePlex, server: Any, sintel: int) -> None:
    movie = server.fetchItem(sintel)
    for body in (b"one", b"two"):
        movie.uploadPoster(filepath=io.BytesIO(body))
    first, second = movie.posters()
    assert (first.selected, second.selected) == (False, True)
    assert first.ratingKey.startswith("upload://posters/")
    first.select()
    assert plex.state.item(sintel).poster_sha1 == first.ratingKey.rpartition("/")[2]
    movie.uploadArt(filepath=io.BytesIO(b"three"))
    assert [art.selected for art in movie.arts()] == [True]
    with pytest.raises(NotFound):
        movie.deletePoster()
    plex.options.version = plex.options.clears_choice_from
    movie.deletePoster()
    assert plex.state.item(sintel).poster_sha1 == ""


def test_plexapi_rates_and_refreshes(plex: FakePlex, server: Any, sintel: int) -> None:
    movie = server.fetchItem(sintel)
    movie.rate(7)
    assert plex.state.item(sintel).user_rating == 7.0
    movie.rate(None)
    assert plex.state.item(sintel).user_rating is None
    movie.refresh()
    assert plex.journal.count("refresh") == 1


def test_plexapi_scans_a_folder(plex: FakePlex, server: Any, movies: Section) -> None:
    plex.state.put_on_disk(movies.key, "/media/movies/A & B/Film.mkv")
    section = server.library.sectionByID(movies.key)
    section.update(path="/media/movies/A & B")
    assert [movie.title for movie in section.all()] == ["Film"]


def test_plexapi_filters_by_date(plex: FakePlex, server: Any, movies: Section) -> None:
    for n in (1, 2):
        plex.state.add_item(movies.key, f"/media/{n}.mkv", added_at=n * 100)
    found = server.fetchItems(f"/library/sections/{movies.key}/all", params={"type": 1, "addedAt>>": 150})
    assert [movie.title for movie in found] == ["2"]


@pytest.mark.parametrize("status", [400, 429, 503])
def test_plexapi_sees_a_bad_request_when_plex_is_busy(plex: FakePlex, server: Any, status: int) -> None:
    plex.faults.add(Fault("status", status=status, times=1))
    with pytest.raises(BadRequest):
        server.query("/library")
    assert server.query("/library").tag == "MediaContainer"


def test_plexapi_reads_episodes(plex: FakePlex, server: Any) -> None:
    shows = plex.state.add_section("Shows", "show", ["/media/shows"])
    key = plex.state.add_item(shows.key, "/media/shows/Pilot.mkv", show="Caminandes", season=2, episode=3)
    (episode,) = server.library.sectionByID(shows.key).all(libtype="episode")
    assert (episode.ratingKey, episode.grandparentTitle, episode.seasonEpisode) == (key, "Caminandes", "s02e03")


def test_plexapi_never_puts_the_token_into_a_url(plex: FakePlex, server: Any, sintel: int) -> None:
    server.fetchItem(sintel).editTitle("X")
    assert plex.journal.tokens_in_urls == 0
    assert all(record.headers["x-plex-token"] == plex.token for record in plex.journal.records())


def test_plexapi_dresses_a_collection(plex: FakePlex, server: Any, movies: Section, sintel: int) -> None:
    server.fetchItem(sintel).addCollection("Open movies")
    (collection,) = server.library.sectionByID(movies.key).collections()
    assert (collection.title, collection.childCount, collection.smart) == ("Open movies", 1, False)
    collection.editSummary("All of them").editSortTitle("movies, open").editTitle("Free movies")
    collection.uploadPoster(filepath=io.BytesIO(b"\xff\xd8\xffpicture"))
    shown = plex.state.collection("Free movies")
    assert (shown.summary, shown.values["titleSort"]) == ("All of them", "movies, open")
    assert {"title", "summary", "titleSort", "thumb"} <= shown.locked
    assert shown.poster_sha1 != ""
    assert plex.state.item(sintel).tags["collection"] == ("Free movies",)
