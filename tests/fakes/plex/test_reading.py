"""What a GET brings: who needs a token, pages, filters, cut listings, whole items, JSON."""

import json

import pytest

from tests.fakes.plex import FakePlex, Section
from tests.fakes.plex.conftest import PAGE, Clock, Http


def test_identity_names_the_server_when_no_token_is_sent(plex: FakePlex, http: Http) -> None:
    answer = http("GET", "/identity", token=None)
    assert answer.status_code == 200
    assert plex.options.machine_identifier in answer.text


@pytest.mark.parametrize(
    "path", ["/", "/library", "/library/sections", "/library/sections/1/all", "/library/metadata/1"]
)
@pytest.mark.parametrize("token", [None, "wrong"])
def test_everything_else_answers_401_when_the_token_is_missing_or_wrong(
    http: Http, sintel: int, path: str, token: str | None
) -> None:
    assert http("GET", path, token=token).status_code == 401


def test_journal_notes_the_token_when_it_is_in_a_url(plex: FakePlex, http: Http) -> None:
    assert http("GET", f"/library?X-Plex-Token={plex.token}", token=None).status_code == 401
    assert plex.journal.tokens_in_urls == 1
    assert plex.journal.records()[0].token_in_url


def test_sections_list_their_folders_when_there_are_several(plex: FakePlex, http: Http) -> None:
    plex.state.add_section("Films, old & new ", locations=["/a", "/b"], key=7)
    plex.state.add_section("Shows", "show", ["D:\\Shows"])
    first, second = http.xml("/library/sections")
    assert (first.get("key"), first.get("title"), first.get("type")) == ("7", "Films, old & new ", "movie")
    assert [place.get("path") for place in first.findall("Location")] == ["/a", "/b"]
    assert (second.get("key"), second.get("type"), second[0].get("path")) == ("8", "show", "D:\\Shows")


def test_listing_gives_one_page_when_asked_in_headers_or_query(plex: FakePlex, http: Http, movies: Section) -> None:
    plex.state.populate(25, movies.key)
    path = f"/library/sections/{movies.key}/all"
    by_header = http.xml(path, {"X-Plex-Container-Start": "20", "X-Plex-Container-Size": "10"})
    by_query = http.xml(f"{path}?X-Plex-Container-Start=20&X-Plex-Container-Size=10")
    for page in (by_header, by_query):
        assert {name: page.get(name) for name in ("size", "totalSize", "offset")} == {
            "size": "5",
            "totalSize": "25",
            "offset": "20",
        }
        assert [video.get("title") for video in page] == [f"Movie {n:06d}" for n in range(21, 26)]


def test_listing_gives_everything_without_total_when_no_page_is_asked_for(
    plex: FakePlex, http: Http, movies: Section
) -> None:
    plex.options.lists_need_pages = False
    plex.state.populate(3, movies.key)
    container = http.xml(f"/library/sections/{movies.key}/all", {})
    assert (container.get("size"), container.get("totalSize")) == ("3", None)


def test_listing_gives_only_the_total_when_the_size_is_zero(plex: FakePlex, http: Http, movies: Section) -> None:
    plex.state.populate(3, movies.key)
    container = http.xml(f"/library/sections/{movies.key}/all?X-Plex-Container-Start=0&X-Plex-Container-Size=0")
    assert (container.get("totalSize"), len(container)) == ("3", 0)


def test_listing_is_cut_when_an_item_has_many_tags(http: Http, movies: Section, sintel: int) -> None:
    (video,) = http.xml(f"/library/sections/{movies.key}/all")
    assert [tag.get("tag") for tag in video.findall("Genre")] == ["Animation", "Fantasy"]
    assert len(video.findall("Role")) == 3
    assert video.find("Label") is None
    assert http.edit(movies, f"type=1&id={sintel}&title.locked=1").status_code == 200
    assert http.xml(f"/library/sections/{movies.key}/all").find(".//Field") is None


def test_whole_item_has_all_tags_and_locks_when_asked_by_key(http: Http, movies: Section, sintel: int) -> None:
    http.edit(movies, f"type=1&id={sintel}&title.locked=1&genre.locked=1")
    (video,) = http.xml(f"/library/metadata/{sintel}")
    assert [tag.get("tag") for tag in video.findall("Genre")] == ["Animation", "Fantasy", "Short"]
    assert [(tag.get("tag"), tag.get("role")) for tag in video.findall("Role")][:2] == [
        ("Ada Example", "Sintel"),
        ("Bob Sample", "Shaman"),
    ]
    assert [tag.get("tag") for tag in video.findall("Label")] == ["Open"]
    assert {(lock.get("name"), lock.get("locked")) for lock in video.findall("Field")} == {
        ("title", "1"),
        ("genre", "1"),
    }


def test_whole_items_come_in_one_request_when_some_are_unknown(http: Http, sintel: int, bunny: int) -> None:
    videos = http.xml(f"/library/metadata/{sintel},999,{bunny}")
    assert [video.get("ratingKey") for video in videos] == [str(sintel), str(bunny)]
    assert http("GET", "/library/metadata/998,999").status_code == 404


def test_item_has_a_media_per_version_and_a_part_per_file(http: Http, bunny: int) -> None:
    (video,) = http.xml(f"/library/metadata/{bunny}")
    files = [[part.get("file") for part in media.findall("Part")] for media in video.findall("Media")]
    assert files == [["/media/movies/Bunny.mkv"], ["/media/b-1.mkv", "/media/b-2.mkv"]]


def test_text_comes_back_as_it_was_when_it_holds_everything_that_xml_escapes(
    plex: FakePlex, http: Http, movies: Section
) -> None:
    title = "A <b> & \"c\" 'd'\r\nnext\tline ☃ \U0001f43f"
    key = plex.state.add_item(movies.key, "/media/a & b/<c>.mkv", title=title)
    (video,) = http.xml(f"/library/metadata/{key}")
    assert video.get("title") == title
    assert video.find("Media/Part").get("file") == "/media/a & b/<c>.mkv"  # type: ignore[union-attr] # it is there


def test_listing_leaves_out_elements_and_fields_when_they_are_excluded(
    http: Http, movies: Section, sintel: int
) -> None:
    query = "excludeElements=Genre,Role&excludeFields=summary,studio"
    (video,) = http.xml(f"/library/sections/{movies.key}/all?{query}")
    assert (video.find("Genre"), video.find("Role"), video.get("summary"), video.get("studio")) == (None,) * 4
    assert video.find("Media/Part") is not None


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("addedAt>>=200", ["C"]),
        ("addedAt%3E%3E=199", ["B", "C"]),
        ("updatedAt>>=349", ["C"]),
        ("addedAt<<=200", ["A"]),
        ("addedAt=200", ["B"]),
        ("addedAt!=200", ["A", "C"]),
        ("year>=2002", ["B", "C"]),
        ("year<=2002", ["A", "B"]),
        ("sort=addedAt:desc", ["C", "B", "A"]),
        ("addedAt>>=199&sort=addedAt:desc", ["C", "B"]),
        ("limit=2", ["A", "B"]),
    ],
)
def test_listing_filters_and_sorts_when_asked(
    plex: FakePlex, http: Http, movies: Section, query: str, titles: list[str]
) -> None:
    for n, title in enumerate("ABC", 1):
        plex.state.add_item(movies.key, f"/media/{title}.mkv", added_at=n * 100, updated_at=n * 100 + 50, year=2000 + n)
    videos = http.xml(f"/library/sections/{movies.key}/all?type=1&{query}")
    assert [video.get("title") for video in videos] == titles


@pytest.mark.parametrize(
    "query", ["type=film", "addedAt>>=yesterday", "X-Plex-Container-Size=-5", "colour=blue", "title.value=X"]
)
def test_listing_answers_400_when_a_parameter_makes_no_sense(http: Http, movies: Section, query: str) -> None:
    assert http("GET", f"/library/sections/{movies.key}/all?{query}", headers=PAGE).status_code == 400


def test_listing_passes_over_what_it_does_not_know_when_the_option_says_so(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    plex.options.unknown_filters = "ignore"
    assert len(http.xml(f"/library/sections/{movies.key}/all?colour=blue")) == 1


@pytest.mark.parametrize(
    ("reading", "refused"),
    [("strict", [">=", "<="]), ("any", []), ("none", ["=", "!=", ">=", "<=", ">>=", "<<="])],
)
def test_dates_know_what_the_reading_says(
    plex: FakePlex, http: Http, movies: Section, reading: str, refused: list[str]
) -> None:
    plex.options.date_filters = reading
    for name in ("addedAt", "updatedAt"):
        statuses = {
            operator: http("GET", f"/library/sections/{movies.key}/all?{name}{operator}200", headers=PAGE).status_code
            for operator in ("=", "!=", ">=", "<=", ">>=", "<<=")
        }
        assert [operator for operator, status in statuses.items() if status == 400] == refused


LISTS = ["/library/sections/1/all", "/library/metadata/1,2", "/library/metadata/1/posters", "/library/metadata/1/arts"]


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("given", [[], ["Start"], ["Size"]])
def test_list_answers_400_when_a_half_of_the_page_is_missing(
    plex: FakePlex, http: Http, sintel: int, bunny: int, path: str, given: list[str]
) -> None:
    headers = {f"X-Plex-Container-{name}": "0" for name in given}
    assert http("GET", path, headers=headers).status_code == 400
    plex.options.lists_need_pages = False
    assert http("GET", path, headers=headers).status_code == 200


@pytest.mark.parametrize("path", LISTS)
def test_list_answers_400_when_the_page_is_larger_than_the_server_gives(
    plex: FakePlex, http: Http, sintel: int, bunny: int, path: str
) -> None:
    size = "X-Plex-Container-Size"
    assert [http("GET", path, headers={**PAGE, size: most}).status_code for most in ("1000", "1001")] == [200, 400]
    plex.options.most_per_page = 100
    assert [http("GET", path, headers={**PAGE, size: most}).status_code for most in ("100", "101")] == [200, 400]


@pytest.mark.parametrize("path", ["/", "/identity", "/library", "/library/sections", "/library/metadata/1"])
def test_what_is_no_list_needs_no_page(http: Http, sintel: int, path: str) -> None:
    assert http("GET", path).status_code == 200


def test_items_and_pictures_come_in_pages(http: Http, sintel: int, bunny: int) -> None:
    second = {"X-Plex-Container-Start": "1", "X-Plex-Container-Size": "1"}
    for body in (b"one", b"two", b"three"):
        http("POST", f"/library/metadata/{sintel}/posters", body)
    items = http.xml(f"/library/metadata/{sintel},{bunny}", second)
    photos = http.xml(f"/library/metadata/{sintel}/posters", second)
    assert [video.get("ratingKey") for video in items] == [str(bunny)]
    assert [photo.get("selected") for photo in photos] == ["0"]
    extents = [tuple(each.get(name) for name in ("size", "totalSize", "offset")) for each in (items, photos)]
    assert extents == [("1", "2", "1"), ("1", "3", "1")]


def test_section_of_shows_lists_shows_or_episodes_by_type(plex: FakePlex, http: Http) -> None:
    shows = plex.state.add_section("Shows", "show", ["/media/shows"])
    key = plex.state.add_item(shows.key, "/media/shows/Pilot.mkv", show="Caminandes", season=2, episode=3)
    (show,) = http.xml(f"/library/sections/{shows.key}/all")
    assert (show.tag, show.get("type"), show.get("title")) == ("Directory", "show", "Caminandes")
    (episode,) = http.xml(f"/library/sections/{shows.key}/all?type=4")
    names = ("ratingKey", "type", "title", "grandparentTitle", "parentTitle", "parentIndex", "index")
    assert [episode.get(name) for name in names] == [str(key), "episode", "Pilot", "Caminandes", "Season 2", "2", "3"]
    assert plex.state.add_item(shows.key, "/media/shows/Next.mkv", show="Caminandes", season=2, episode=4) == key + 1


def test_one_file_has_two_items_when_it_is_in_two_sections(plex: FakePlex, http: Http, movies: Section) -> None:
    other = plex.state.add_section("Shorts", locations=["/media/movies"])
    keys = [plex.state.add_item(section.key, "/media/movies/Sintel.mkv") for section in (movies, other)]
    for section, key in zip((movies, other), keys, strict=True):
        (video,) = http.xml(f"/library/sections/{section.key}/all")
        assert video.get("ratingKey") == str(key)


def test_answers_are_json_when_the_client_accepts_it(http: Http, movies: Section, sintel: int) -> None:
    answer = http("GET", f"/library/metadata/{sintel}", headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"] == "application/json"
    (item,) = json.loads(answer.content)["MediaContainer"]["Metadata"]
    assert (item["ratingKey"], item["year"]) == (str(sintel), 2010)
    assert item["Media"][0]["Part"][0]["file"] == "/media/movies/Sintel.mkv"
    sections = http("GET", "/library/sections", headers={"Accept": "application/json"}).json()["MediaContainer"][
        "Directory"
    ]
    assert (sections[0]["key"], sections[0]["Location"]) == (str(movies.key), [{"id": 101, "path": "/media/movies"}])


def test_item_has_a_new_rating_key_when_its_file_is_moved(
    plex: FakePlex, http: Http, movies: Section, sintel: int
) -> None:
    http.edit(movies, f"type=1&id={sintel}&title.value=Mine&title.locked=1")
    moved = plex.state.move_file("/media/movies/Sintel.mkv", "/media/movies/new/Sintel.mkv")
    assert moved != sintel
    assert http("GET", f"/library/metadata/{sintel}").status_code == 404
    item = plex.state.item(moved)
    assert (item.title, item.files, item.locked) == ("Sintel", ("/media/movies/new/Sintel.mkv",), frozenset())


def test_scan_brings_in_the_files_of_its_folder_when_they_are_on_disk(
    plex: FakePlex, http: Http, movies: Section, clock: Clock
) -> None:
    plex.options.scan_ms = 5_000
    plex.state.put_on_disk(movies.key, "/media/movies/new/Tears of Steel.mkv", year=2012)
    plex.state.put_on_disk(movies.key, "/media/movies/newer/Other.mkv")
    assert http("GET", f"/library/sections/{movies.key}/refresh?path=%2Fmedia%2Fmovies%2Fnew").status_code == 200
    assert len(http.xml(f"/library/sections/{movies.key}/all")) == 0
    clock.now += 5
    (video,) = http.xml(f"/library/sections/{movies.key}/all")
    assert (video.get("title"), video.get("year")) == ("Tears of Steel", "2012")
    assert [(scan.section_key, scan.folder) for scan in plex.state.scans] == [(movies.key, "/media/movies/new")]


@pytest.mark.parametrize(
    "path", ["/library/sections/99/all", "/library/sections/99/refresh", "/library/nothing", "/photo"]
)
def test_unknown_address_answers_404(http: Http, path: str) -> None:
    assert http("GET", path).status_code == 404


def test_state_refuses_what_no_item_has(plex: FakePlex, movies: Section) -> None:
    with pytest.raises(TypeError, match="genres"):
        plex.state.add_item(movies.key, "/media/a.mkv", genres=["Short"])
    with pytest.raises(ValueError, match="section of movies"):
        plex.state.populate(2, plex.state.add_section("Shows", "show").key)


def test_populate_fills_in_the_number_everywhere(plex: FakePlex, movies: Section) -> None:
    keys = plex.state.populate(
        12, movies.key, "/media/{n}.mkv", title="Film {n}", tags={"genre": ["Short", "Genre {d}"]}
    )
    item = plex.state.item(keys[11])
    assert (item.title, item.files, item.tags) == ("Film 12", ("/media/12.mkv",), {"genre": ("Short", "Genre 2")})


def test_page_of_a_thousand_is_the_same_walk_when_there_are_many_items(
    plex: FakePlex, http: Http, movies: Section
) -> None:
    keys = plex.state.populate(2_500, movies.key, title="{n}")
    seen: list[str | None] = []
    for start in range(0, 2_500, 1_000):
        query = f"X-Plex-Container-Start={start}&X-Plex-Container-Size=1000"
        seen.extend(video.get("ratingKey") for video in http.xml(f"/library/sections/{movies.key}/all?{query}"))
    assert sorted(map(int, filter(None, seen))) == list(keys)
    assert plex.journal.count("listing") == 3
