"""By what the stand-in sorts, in each reading of what nobody is sure of."""

import pytest

from tests.fakes.plex import FakePlex, Section
from tests.fakes.plex.conftest import Http


def shown(http: Http, key: int) -> tuple[str | None, str | None]:
    """Title and sort title of a whole item; None where an attribute is absent."""
    video = http.xml(f"/library/metadata/{key}").find("Video")
    assert video is not None
    return video.get("title"), video.get("titleSort")


def test_new_item_is_sorted_by_its_file_until_somebody_says_otherwise(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    assert shown(http, sintel) == ("Sintel", None)
    with_article = plex.state.add_item(movies.key, "/media/movies/The Daily Dweebs.mkv")
    assert shown(http, with_article) == ("The Daily Dweebs", "Daily Dweebs")
    by_agent = plex.state.add_item(movies.key, "/media/movies/02.mkv", title="Elephants Dream", titleSort="Dream 02")
    assert shown(http, by_agent) == ("Elephants Dream", "Dream 02")


@pytest.mark.parametrize(
    ("reading", "after_title", "after_emptying"),
    [("stays", "Sintel", "Dragon"), ("follows", "Dragon", "Dragon"), ("stuck", "Sintel", "Sintel")],
)
def test_sort_title_moves_by_the_rules_of_the_reading(
    plex: FakePlex, http: Http, movies: Section, sintel: int, reading: str, after_title: str, after_emptying: str
) -> None:
    plex.options.sort_title = reading
    http.edit(movies, f"type=1&id={sintel}&title.value=The%20Dragon&title.locked=1")
    assert shown(http, sintel) == ("The Dragon", after_title)
    http.edit(movies, f"type=1&id={sintel}&titleSort.value=&titleSort.locked=0")
    assert shown(http, sintel) == ("The Dragon", after_emptying)


@pytest.mark.parametrize("reading", ["stays", "follows", "stuck"])
def test_locked_sort_title_stays_and_a_value_is_taken(
    plex: FakePlex, http: Http, movies: Section, sintel: int, reading: str
) -> None:
    plex.options.sort_title = reading
    http.edit(movies, f"type=1&id={sintel}&titleSort.value=A%20Dragon&titleSort.locked=1")
    http.edit(movies, f"type=1&id={sintel}&title.value=Durian")
    assert shown(http, sintel) == ("Durian", "A Dragon")
    http.edit(movies, f"type=1&id={sintel}&titleSort.value=Durian")
    assert shown(http, sintel) == ("Durian", None), "it is no other than the title"


def test_both_in_one_edit_build_the_sort_title_from_the_new_title(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    query = "title.value=An%20Open%20Movie&title.locked=1&titleSort.value=&titleSort.locked=0"
    http.edit(movies, f"type=1&id={sintel}&{query}")
    assert shown(http, sintel) == ("An Open Movie", "Open Movie")


def test_refresh_leaves_the_sort_title_beside_a_locked_title_unless_the_agent_has_one(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    http.edit(movies, f"type=1&id={sintel}&title.value=Durian&title.locked=1")
    http("PUT", f"/library/metadata/{sintel}/refresh")
    assert shown(http, sintel) == ("Durian", "Sintel")
    http.edit(movies, f"type=1&id={sintel}&title.locked=0")
    http("PUT", f"/library/metadata/{sintel}/refresh")
    assert shown(http, sintel) == ("Sintel", None)
    plex.state.set_agent(sintel, titleSort="Dream 01")
    http("PUT", f"/library/metadata/{sintel}/refresh")
    assert shown(http, sintel) == ("Sintel", "Dream 01")
