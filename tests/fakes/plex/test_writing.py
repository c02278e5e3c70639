"""What an edit, a rating and a refresh do, in both readings of what nobody is sure of."""

from urllib.parse import quote

import pytest

from tests.fakes.plex import FakePlex, Section
from tests.fakes.plex.conftest import Clock, Http


def test_edit_changes_fields_and_locks_when_it_names_one_item(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int, clock: Clock
) -> None:
    clock.now += 60
    query = f"type=1&id={sintel}&title.value=A%20%26%20B&title.locked=1&originallyAvailableAt.value=2011-09-27"
    assert http.edit(movies, query).status_code == 200
    item = plex.state.item(sintel)
    assert (item.title, item.date, item.year, item.locked) == ("A & B", "2011-09-27", 2011, frozenset({"title"}))
    assert item.updated_at == int(clock.now)
    assert plex.state.item(bunny).title == "Bunny"
    http.edit(movies, f"type=1&id={sintel}&title.locked=0&summary.value=")
    assert (plex.state.item(sintel).locked, plex.state.item(sintel).summary) == (frozenset(), "")


@pytest.mark.parametrize("query", ["type=1", "type=1&id="])
def test_edit_hits_the_whole_section_when_it_names_no_item(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int, query: str
) -> None:
    elsewhere = plex.state.add_item(plex.state.add_section("Other").key, "/media/Other.mkv")
    assert http.edit(movies, f"{query}&studio.value=Oops").status_code == 200
    assert [plex.state.item(key).studio for key in (sintel, bunny, elsewhere)] == ["Oops", "Oops", ""]


def test_edit_changes_several_items_when_it_names_them(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int
) -> None:
    http.edit(movies, f"type=1&id={sintel},{bunny}&collection%5B0%5D.tag.tag=Open%20movies")
    assert [plex.state.item(key).tags["collection"] for key in (sintel, bunny)] == [("Open movies",)] * 2


def test_edit_of_an_unknown_item_is_ignored_or_refused(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    query = f"type=1&id=999,{sintel}&title.value=X"
    plex.options.unknown_id_in_edit = "404"
    assert http.edit(movies, query).status_code == 404
    assert plex.state.item(sintel).title == "Sintel"
    plex.options.unknown_id_in_edit = "ignore"
    assert http.edit(movies, query).status_code == 200
    assert plex.state.item(sintel).title == "X"


def test_edit_answers_404_when_the_section_is_unknown(http: Http, sintel: int) -> None:
    assert http("PUT", f"/library/sections/99/all?type=1&id={sintel}&title.value=X").status_code == 404


@pytest.mark.parametrize(
    ("reading", "expected"), [("replace", ("Short", "Drama")), ("add", ("Animation", "Fantasy", "Short", "Drama"))]
)
def test_indexed_tags_replace_or_add_by_option(
    plex: FakePlex, http: Http, movies: Section, sintel: int, reading: str, expected: tuple[str, ...]
) -> None:
    plex.options.tag_lists = reading
    http.edit(movies, f"type=1&id={sintel}&genre%5B1%5D.tag.tag=Drama&genre%5B0%5D.tag.tag=Short&genre.locked=1")
    item = plex.state.item(sintel)
    assert (item.tags["genre"], item.locked) == (expected, frozenset({"genre"}))


@pytest.mark.parametrize("reading", ["replace", "add"])
def test_wanted_list_with_removals_reaches_the_same_tags_in_both_readings(
    plex: FakePlex, http: Http, movies: Section, sintel: int, reading: str
) -> None:
    plex.options.tag_lists = reading
    removal = quote(",".join(map(quote, ("Animation", "Fantasy"))), safe="")
    query = f"genre[0].tag.tag=Short&genre[1].tag.tag=Drama&genre[].tag.tag-={removal}"
    http.edit(movies, f"type=1&id={sintel}&{query}")
    assert plex.state.item(sintel).tags["genre"] == ("Short", "Drama")


def test_removal_takes_names_encoded_once_more_when_they_hold_a_comma(
    plex: FakePlex, http: Http, movies: Section
) -> None:
    tags = {"genre": ["Rock, Pop & 100%", "Rock", "Pop"]}
    key = plex.state.add_item(movies.key, "/media/a.mkv", tags=tags)
    removal = quote(quote("Rock, Pop & 100%", safe=""), safe="")
    http.edit(movies, f"type=1&id={key}&genre[].tag.tag-={removal}")
    assert plex.state.item(key).tags["genre"] == ("Rock", "Pop")
    http.edit(movies, f"type=1&id={key}&genre[].tag.tag-={quote('rock,POP', safe='')}")
    assert plex.state.item(key).tags["genre"] == ("Rock", "Pop"), "spelled otherwise"
    plex.options.exact_removals = False
    http.edit(movies, f"type=1&id={key}&genre[].tag.tag-={quote('rock,POP', safe='')}")
    assert "genre" not in plex.state.item(key).tags


def test_new_label_gets_a_capital_first_letter(plex: FakePlex, http: Http, movies: Section, bunny: int) -> None:
    http.edit(movies, f"type=1&id={bunny}&label[0].tag.tag=sci-fi%20open&genre[0].tag.tag=short")
    assert plex.state.item(bunny).tags == {"label": ("Sci-fi open",), "genre": ("short",)}
    http.edit(movies, f"type=1&id={bunny}&label[].tag.tag-=sci-fi%2520open")
    assert plex.state.item(bunny).tags["label"] == ("Sci-fi open",)
    plex.options.capital_labels = False
    http.edit(movies, f"type=1&id={bunny}&label[0].tag.tag=night")
    assert plex.state.item(bunny).tags["label"] == ("Sci-fi open", "night")


def test_first_spelling_wins_when_tags_differ_in_case_only(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int
) -> None:
    http.edit(movies, f"type=1&id={bunny}&genre[0].tag.tag=ANIMATION&collection[0].tag.tag=ANIMATION")
    assert plex.state.item(bunny).tags == {"genre": ("Animation",), "collection": ("ANIMATION",)}


def test_actor_has_role_and_one_photo_on_the_whole_server(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int
) -> None:
    photo = "http://127.0.0.1/ada.jpg"
    query = f"actor[0].tag.tag=Ada%20Example&actor[0].tagging.text=Bunny&actor[0].tag.thumb={quote(photo, safe='')}"
    http.edit(movies, f"type=1&id={bunny}&{query}")
    assert plex.state.item(bunny).roles == {"Ada Example": "Bunny"}
    for key in (sintel, bunny):
        assert plex.state.item(key).photos["Ada Example"] == photo


def test_episode_takes_no_genre(plex: FakePlex, http: Http) -> None:
    shows = plex.state.add_section("Shows", "show")
    key = plex.state.add_item(shows.key, "/media/Pilot.mkv", show="Caminandes", episode=1)
    http.edit(shows, f"type=4&id={key}&genre[0].tag.tag=Comedy&director[0].tag.tag=Ada%20Example&title.value=One")
    item = plex.state.item(key)
    assert (item.title, item.tags) == ("One", {"director": ("Ada Example",)})


def test_rating_rides_in_an_edit_unless_the_server_is_old(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    http.edit(movies, f"type=1&id={sintel}&userRating.value=8&userRating.locked=1")
    assert (plex.state.item(sintel).user_rating, plex.state.item(sintel).locked) == (8.0, frozenset({"userRating"}))
    plex.options.rating_in_edit = False
    assert http.edit(movies, f"type=1&id={sintel}&userRating.value=2").status_code == 200
    assert plex.state.item(sintel).user_rating == 8.0


def test_rate_sets_and_clears(plex: FakePlex, http: Http, sintel: int) -> None:
    rate = f"/:/rate?key={sintel}&identifier=com.plexapp.plugins.library&rating="
    assert http("PUT", f"{rate}7.5").status_code == 200
    assert plex.state.item(sintel).user_rating == 7.5
    assert [http("PUT", rate + rating).status_code for rating in ("11", "", "good")] == [400] * 3
    assert http("PUT", f"{rate}-1").status_code == 200
    assert plex.state.item(sintel).user_rating is None
    assert http("PUT", "/:/rate?key=999&identifier=com.plexapp.plugins.library&rating=5").status_code == 404


def test_edit_answers_500_when_a_value_does_not_fit_its_field(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    plex.options.bad_values = frozenset({"\N{SNOWMAN}"})
    for query in ("userRating.value=12", "originallyAvailableAt.value=soon", "genre[0].tag.tag=%E2%98%83"):
        assert http.edit(movies, f"type=1&id={sintel}&title.value=X&{query}").status_code == 500
    assert plex.state.item(sintel).title == "Sintel"


@pytest.mark.parametrize(
    "query", ["colour.value=red", "title.loked=1", "colour[0].tag.tag=red", "colour[].tag.tag-=red"]
)
def test_edit_answers_400_when_a_field_is_unknown(
    plex: FakePlex, http: Http, movies: Section, sintel: int, query: str
) -> None:
    assert http.edit(movies, f"type=1&id={sintel}&title.value=X&{query}").status_code == 400
    assert plex.state.item(sintel).title == "Sintel"
    plex.options.passes_over_unknown = True
    assert http.edit(movies, f"type=1&id={sintel}&title.value=X&{query}").status_code == 200
    assert plex.state.item(sintel).title == "X"


@pytest.mark.parametrize("query", ["summary.value=X", "summary.locked=1"])
def test_one_refused_field_has_the_whole_edit_refused(
    plex: FakePlex, http: Http, movies: Section, sintel: int, bunny: int, query: str
) -> None:
    plex.options.refused_fields = frozenset({"summary", "genre"})
    for refused in (query, "genre[0].tag.tag=X", "genre[].tag.tag-=Short"):
        assert http.edit(movies, f"type=1&id={sintel},{bunny}&studio.value=X&{refused}").status_code == 400
    assert [plex.state.item(key).studio for key in (sintel, bunny)] == ["Blender", ""]
    assert http.edit(movies, f"type=1&id={sintel}&studio.value=X").status_code == 200


def test_edit_is_refused_when_a_text_or_a_list_is_longer_than_the_server_takes(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    plex.options.text_limit, plex.options.list_limit = 5, 1
    assert http.edit(movies, f"type=1&id={sintel}&title.value=123456").status_code == 400
    assert http.edit(movies, f"type=1&id={sintel}&genre[0].tag.tag=A&genre[1].tag.tag=B").status_code == 400
    assert http.edit(movies, f"type=1&id={sintel}&title.value=12345&genre[0].tag.tag=A").status_code == 200


def test_form_is_read_only_when_that_is_switched_on(plex: FakePlex, http: Http, movies: Section, sintel: int) -> None:
    path, form = (
        f"/library/sections/{movies.key}/all?type=1&id={sintel}",
        {"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert http("PUT", path, b"title.value=X", headers=form).status_code == 200
    assert plex.state.item(sintel).title == "Sintel"
    plex.options.reads_forms = True
    assert http("PUT", path, b"title.value=X", headers=form).status_code == 200
    assert plex.state.item(sintel).title == "X"


def test_time_of_adding_can_be_edited(plex: FakePlex, http: Http, movies: Section, sintel: int) -> None:
    assert http.edit(movies, f"type=1&id={sintel}&addedAt.value=1600000000&addedAt.locked=1").status_code == 200
    assert plex.state.item(sintel).added_at == 1_600_000_000
    assert http.edit(movies, f"type=1&id={sintel}&addedAt.value=yesterday").status_code == 500


def test_address_is_counted_as_it_comes_over_the_wire(plex: FakePlex, http: Http, movies: Section, sintel: int) -> None:
    """A client's brackets come encoded, as three bytes each."""
    http.edit(movies, f"type=1&id={sintel}&genre[0].tag.tag=A")
    (sent,) = plex.journal.records("edit")
    assert sent.target_bytes == len(f"/library/sections/{movies.key}/all?type=1&id={sintel}&genre%5B0%5D.tag.tag=A")


@pytest.mark.parametrize("status", [414, 400])
def test_edit_is_refused_when_its_url_is_longer_than_8_kb(
    plex: FakePlex, http: Http, movies: Section, sintel: int, status: int
) -> None:
    plex.options.url_limit_status = status
    assert http.edit(movies, f"type=1&id={sintel}&summary.value={'x' * 8_200}").status_code == status
    assert plex.state.item(sintel).summary == "A girl looks for a dragon."
    assert http.edit(movies, f"type=1&id={sintel}&summary.value={'x' * 8_000}").status_code == 200


def test_refresh_puts_back_what_the_agent_knows_except_where_a_lock_is(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    plex.options.tag_lists = "replace"
    query = "title.value=Mine&title.locked=1&summary.value=Mine&genre[0].tag.tag=Mine&genre.locked=1"
    tags = "actor[0].tag.tag=Mine&label[0].tag.tag=Mine&userRating.value=9&tagline.value=Mine"
    http.edit(movies, f"type=1&id={sintel}&{query}&{tags}")
    plex.state.set_agent(sintel, studio="Blender Foundation")
    assert http("PUT", f"/library/metadata/{sintel}/refresh").status_code == 200
    item = plex.state.item(sintel)
    assert (item.title, item.tags["genre"], item.tags["label"], item.user_rating) == ("Mine", ("Mine",), ("Mine",), 9.0)
    assert (item.summary, item.studio) == ("A girl looks for a dragon.", "Blender Foundation")
    assert item.tags["actor"] == ("Ada Example", "Bob Sample", "Cy Test", "Di Probe")
    assert "tagline" not in item.values


def test_edit_by_metadata_address_changes_only_those_items(plex: FakePlex, http: Http, sintel: int, bunny: int) -> None:
    assert http("PUT", f"/library/metadata/{bunny}?title.value=Big&title.locked=1").status_code == 200
    assert (plex.state.item(bunny).title, plex.state.item(sintel).title) == ("Big", "Sintel")
