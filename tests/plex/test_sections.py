import pytest

from plex.errors import PlexMisconfigured
from plex.model import Section
from plex.sections import section_of_folder, select_sections

MOVIES = Section(1, "Movies", "movie", locations=("/media/movies",))
SHOWS = Section(2, "TV", "show", locations=("/media/tv", "/media/tv-old"))
MUSIC = Section(3, "Music", "artist", locations=("/media/music",))
OLD = Section(4, "Movies, Old", "movie", locations=("D:\\Old",))
BLANKS = Section(5, " Kids ", "movie")
DIGITS = Section(6, "2", "movie")
ALL = [MOVIES, SHOWS, MUSIC, OLD, BLANKS, DIGITS]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ((), [MOVIES, SHOWS, OLD, BLANKS, DIGITS]),
        (("", " "), [MOVIES, SHOWS, OLD, BLANKS, DIGITS]),
        (("Movies",), [MOVIES]),
        (("1",), [MOVIES]),
        (("TV", "Movies"), [MOVIES, SHOWS]),
        (("Movies, Old",), [OLD]),
        (("Movies, Old, TV",), [SHOWS, OLD]),
        (("Movies", "Old", "TV"), [SHOWS, OLD]),
        (("Movies,TV",), [MOVIES, SHOWS]),
        (("Movies, 4",), [MOVIES, OLD]),
        ((" Kids ",), [BLANKS]),
        (("Kids",), [BLANKS]),
        (("2",), [DIGITS]),
    ],
)
def test_sections_are_chosen_when_names_or_ids_are_given(wanted: tuple[str, ...], expected: list[Section]) -> None:
    assert select_sections(ALL, wanted) == expected


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [("movies", "no library"), ("Fims", "no library"), ("99", "no library"), ("Music", "neither"), ("3", "neither")],
)
def test_valid_names_are_listed_when_a_library_is_unknown_or_of_another_kind(wanted: str, reason: str) -> None:
    with pytest.raises(PlexMisconfigured, match="plex_library") as caught:
        select_sections(ALL, (wanted,))
    assert reason in str(caught.value)
    assert '"Movies" (id 1)' in str(caught.value)
    assert '"Music"' not in str(caught.value).partition("There are")[2]


def test_id_is_asked_for_when_two_libraries_have_the_name() -> None:
    with pytest.raises(PlexMisconfigured, match="use an id"):
        select_sections([MOVIES, Section(9, "Movies", "movie")], ("Movies",))


def test_name_means_the_usable_library_when_one_of_another_kind_is_called_alike() -> None:
    assert select_sections([MOVIES, Section(9, "Movies", "photo")], ("Movies",)) == [MOVIES]


def test_selection_is_refused_when_the_server_has_no_such_library() -> None:
    with pytest.raises(PlexMisconfigured, match="no movie or TV library"):
        select_sections([MUSIC])


@pytest.mark.parametrize(
    ("folder", "expected"),
    [
        ("/media/movies", [MOVIES]),
        ("/media/movies/", [MOVIES]),
        ("/media/movies/Sintel", [MOVIES]),
        ("/media/movies-4k", []),
        ("/media", []),
        ("/media/movies/../tv", []),
        ("/media/tv-old/a", [SHOWS]),
        ("D:\\Old\\a", [OLD]),
        ("d:/old/A", [OLD]),
        ("\\\\?\\D:\\Old\\a", [OLD]),
        ("/media//movies/a", [MOVIES]),
        ("/media\\movies", []),
        ("", []),
    ],
)
def test_folder_is_found_on_whole_components(folder: str, expected: list[Section]) -> None:
    assert section_of_folder(ALL, folder) == expected
