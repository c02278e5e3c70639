from xml.etree import ElementTree as ET

import pytest

from plex import answers
from plex.errors import PlexProtocolError
from plex.model import Entry, Item, Section

MOVIES = Section(1, "Movies", "movie", ("/media/movies", "/media/more"))
SHOWS = Section(2, "TV", "show")

SECTIONS = """<MediaContainer size="2" title1="Plex Library">
<Directory key="1" type="movie" title="Movies" agent="tv.plex.agents.none" scanner="Plex Video Files Scanner" updatedAt="1700000000">
<Location id="1" path="/media/movies"/><Location id="7" path="/media/more"/></Directory>
<Directory key="3" type="artist" title="Music &amp; more"/>
</MediaContainer>"""

WHOLE = """<MediaContainer size="1" librarySectionID="1">
<Video ratingKey="7" type="movie" title="Sintel" titleSort="Film 03" contentRating="PG" summary="A girl &amp; a dragon" studio="Blender" userRating="8.0" rating="9.1"
  originallyAvailableAt="2010-09-27" thumb="/library/metadata/7/thumb/1700000000" addedAt="1600000000" updatedAt="1700000000">
<Media id="1"><Part id="1" file="/media/movies/Sintel-1.mkv" size="355856562"><Stream id="1"/></Part><Part id="2" file="/media/movies/Sintel-2.mkv" size=""/></Media>
<Media id="2"><Part id="3" file="/media/movies/Sintel 4k.mkv"/><Part id="4"/></Media>
<Genre tag="Animation"/><Genre tag="Short"/><Genre tag="Fantasy"/>
<Director tag="Bob Sample"/><Writer tag="Nobody"/>
<Role tag="Zoe Last" role="Dragon"/><Role tag="Ada Example"/>
<Collection tag="Open Movies"/><Label tag="checked"/>
<Field name="title" locked="1"/><Field name="titleSort" locked="1"/><Field name="thumb" locked="1"/><Field name="art" locked="1"/><Field name="originallyAvailableAt" locked="1"/>
<Field name="summary" locked="0"/><Field name="tagline" locked="1"/>
</Video></MediaContainer>"""


def test_sections_are_read_with_all_their_folders() -> None:
    assert answers.sections_of(ET.fromstring(SECTIONS)) == [MOVIES, Section(3, "Music & more", "artist")]


def test_whole_item_is_read_with_every_field_and_lock() -> None:
    assert answers.items_of(ET.fromstring(WHOLE)) == {
        7: Item(
            rating_key=7,
            section_key=1,
            item_type="movie",
            title="Sintel",
            files={
                "/media/movies/Sintel-1.mkv": 355856562,
                "/media/movies/Sintel-2.mkv": 0,
                "/media/movies/Sintel 4k.mkv": 0,
            },
            values={
                "title": "Sintel",
                "sort_title": "Film 03",
                "tagline": "",
                "summary": "A girl & a dragon",
                "studio": "Blender",
                "date": "2010-09-27",
                "added_at": "2020-09-13 12:26:40 UTC",
                "rating": 8.0,
                "content_rating": "PG",
                "director": ("Bob Sample",),
                "genre": ("Animation", "Short", "Fantasy"),
                "actor": ("Zoe Last", "Ada Example"),
                "collection": ("Open Movies",),
                "label": ("checked",),
            },
            locked=frozenset({"title", "sort_title", "tagline", "date", "poster", "background"}),
            poster_key="/library/metadata/7/thumb/1700000000",
            updated_at=1700000000,
            added_at=1600000000,
            roles={"Zoe Last": "Dragon"},
        )
    }


def test_item_shows_empty_fields_when_plex_has_none() -> None:
    answer = ET.fromstring(
        '<MediaContainer><Video ratingKey="9" librarySectionID="2" type="episode" title="One"/></MediaContainer>'
    )
    item = answers.items_of(answer)[9]
    assert item.section_key == 2
    assert item.values == {
        "title": "One",
        "sort_title": "",
        "summary": "",
        "date": "",
        "added_at": "",
        "rating": None,
        "content_rating": "",
        "director": (),
        "collection": (),
        "label": (),
    }
    assert item.files == {}


def test_other_types_are_left_out_when_several_are_listed() -> None:
    answer = ET.fromstring(
        '<MediaContainer librarySectionID="2"><Directory ratingKey="3" type="season"/><Video ratingKey="4" type="clip"/></MediaContainer>'
    )
    assert answers.items_of(answer) == {}


@pytest.mark.parametrize("attributes", ['ratingKey="7"', 'ratingKey="x" librarySectionID="1"', 'librarySectionID="1"'])
def test_item_is_refused_when_its_place_is_unknown(attributes: str) -> None:
    with pytest.raises(PlexProtocolError):
        answers.items_of(ET.fromstring(f'<MediaContainer><Video type="movie" {attributes}/></MediaContainer>'))


def test_page_has_an_entry_per_file_and_the_newest_times() -> None:
    page = answers.page_of(
        ET.fromstring(
            '<MediaContainer size="2" totalSize="5" offset="0">'
            '<Video ratingKey="7" type="movie" addedAt="30" updatedAt="40"><Media><Part file="/a" size="246033"/><Part file="/b"/></Media></Video>'
            '<Video ratingKey="8" addedAt="50"/></MediaContainer>'
        ),
        MOVIES,
    )
    assert page.entries == (Entry("/a", 1, 7, "movie", 246033), Entry("/b", 1, 7, "movie"))
    assert (page.rating_keys, page.total, page.newest_added_at, page.newest_updated_at) == ((7, 8), 5, 50, 40)


def test_page_counts_itself_when_the_server_does_not_page() -> None:
    answer = ET.fromstring(
        '<MediaContainer size="1"><Video ratingKey="7"><Media><Part file="/a"/></Media></Video></MediaContainer>'
    )
    page = answers.page_of(answer, SHOWS)
    assert page.total == 1
    assert page.entries == (Entry("/a", 2, 7, "episode"),)


@pytest.mark.parametrize("attribute", ["ratingKey", "updatedAt", "userRating", "librarySectionID"])
@pytest.mark.parametrize("odd", ["1\ufffd795", "x", "9" * 5000, "nan", "--1", "1e999"])
def test_item_is_refused_when_a_number_is_none(attribute: str, odd: str) -> None:
    video = {"type": "movie", "ratingKey": "7", "librarySectionID": "1", "updatedAt": "5", "userRating": "8.0"}
    answer = ET.Element("MediaContainer")
    ET.SubElement(answer, "Video", {**video, attribute: odd})
    with pytest.raises(PlexProtocolError):
        answers.items_of(answer)


@pytest.mark.parametrize("odd", ["1\ufffd795", "1.5", "many"])
def test_answer_is_refused_when_a_files_size_is_none(odd: str) -> None:
    answer = ET.fromstring(
        '<MediaContainer librarySectionID="1"><Video type="movie" ratingKey="7"><Part/></Video></MediaContainer>'
    )
    next(answer.iter("Part")).attrib.update(file="/a", size=odd)
    with pytest.raises(PlexProtocolError, match="size"):
        answers.items_of(answer)
    with pytest.raises(PlexProtocolError, match="size"):
        answers.page_of(answer, MOVIES)


@pytest.mark.parametrize("attribute", ["addedAt", "updatedAt", "ratingKey"])
def test_page_is_refused_when_a_number_is_none(attribute: str) -> None:
    answer = ET.Element("MediaContainer", {"totalSize": "1"})
    ET.SubElement(answer, "Video", {"ratingKey": "7", attribute: "1\ufffd795"})
    with pytest.raises(PlexProtocolError, match="no number"):
        answers.page_of(answer, MOVIES)
