"""Collections over real sockets: listed, looked at, edited at either address."""

import pytest

from plex.client import PlexClient
from plex.collections import Collection
from plex.errors import PlexItemGone
from tests.fakes.plex import FakePlex

NAME = "Open Movies"
SECTION = 1


def made(plex: FakePlex, count: int = 1, name: str = NAME) -> int:
    """A collection of so many films; its key."""
    for number in range(count):
        plex.state.add_item(SECTION, f"/media/movies/{name} {number}.mkv", tags={"collection": [name]})
    return plex.state.collection(name).rating_key


def test_collections_are_listed_with_key_date_and_number_of_items(plex: FakePlex, client: PlexClient) -> None:
    key = made(plex, 2)
    smart = plex.state.add_collection(SECTION, "Newest").rating_key
    found = {each.title: each for each in client.collections.listed(SECTION)}
    assert (found[NAME].rating_key, found[NAME].section_key, found[NAME].size) == (key, SECTION, 2)
    assert found[NAME].added_at == plex.state.collection(NAME).added_at
    assert (found["Newest"].rating_key, found["Newest"].is_smart, found[NAME].is_smart) == (smart, True, False)
    assert plex.journal.count("listing") == 1


def test_list_of_collections_comes_in_pages(plex: FakePlex, client: PlexClient) -> None:
    for number in range(501):
        plex.state.add_collection(SECTION, f"Collection {number}")
    assert len(client.collections.listed(SECTION)) == 501
    assert plex.journal.count("listing") == 2


def test_look_shows_texts_and_locks(plex: FakePlex, client: PlexClient) -> None:
    shown = client.collections.look(made(plex))
    assert isinstance(shown, Collection)
    client.collections.edit(shown, {"summary": "Free & “good”", "sort_title": "movies"}, ["poster"])
    again = client.collections.look(shown.rating_key)
    assert again is not None
    assert again.values == {"title": NAME, "sort_title": "movies", "summary": "Free & “good”"}
    assert again.locked == {"summary", "sort_title", "poster"}
    assert plex.journal.count("edit") == 1


def test_nothing_is_seen_where_there_is_no_collection_under_a_key(plex: FakePlex, client: PlexClient) -> None:
    film = plex.state.add_item(SECTION, "/media/movies/Sintel.mkv")
    assert client.collections.look(film) is None
    assert client.collections.look(12345) is None


def test_edit_goes_to_the_collections_own_address_where_that_of_the_library_does_not_know_it(
    plex: FakePlex, client: PlexClient
) -> None:
    plex.options.collection_edits = "own"
    shown = client.collections.look(made(plex))
    assert shown is not None
    client.collections.edit(shown, {"summary": "Free"})
    assert plex.state.collection(NAME).summary == "Free"


def test_edit_of_a_collection_that_is_gone_is_told(plex: FakePlex, client: PlexClient) -> None:
    shown = client.collections.look(made(plex))
    assert shown is not None
    plex.state.remove_item(shown.rating_key)
    plex.options.unknown_id_in_edit = "404"
    with pytest.raises(PlexItemGone):
        client.collections.edit(shown, {"summary": "Free"})
