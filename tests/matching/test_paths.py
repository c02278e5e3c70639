import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.paths import (
    common_tail,
    folder_of,
    head,
    is_lossy,
    is_windows,
    join,
    name_key,
    path_key,
    split,
    tail_below,
)

NAMES = st.text(alphabet=st.characters(blacklist_characters="/\\\0"), min_size=1, max_size=8).filter(
    lambda name: name not in {".", ".."}
)
TAILS = st.lists(NAMES, min_size=1, max_size=5).map(tuple)
FOLDERS = st.sampled_from(["/", "/data", "/data/tv-4k", "C:\\", "d:/Films", "\\\\nas\\films", "//nas/films"])


@pytest.mark.parametrize(
    ("path", "key"),
    [
        ("/data//films///Sintel.mp4", "/data/films/Sintel.mp4"),
        ("/data/films/", "/data/films"),
        ("/data/./films", "/data/films"),
        ("/", "/"),
        ("///data", "/data"),
        ("C:\\Films\\Sintel.mp4", "c:/Films/Sintel.mp4"),
        ("c:/Films/Sintel.mp4", "c:/Films/Sintel.mp4"),
        ("C:\\", "c:/"),
        ("C:", "c:/"),
        ("\\\\nas\\films\\a.mp4", "//nas/films/a.mp4"),
        ("//nas/films/a.mp4", "//nas/films/a.mp4"),
        ("\\\\?\\C:\\Films\\a.mp4", "c:/Films/a.mp4"),
        ("\\\\?\\UNC\\nas\\films\\a.mp4", "//nas/films/a.mp4"),
        ("/data/a\\b.mp4", "/data/a\\b.mp4"),
        ("/data/Cafe\u0301.mp4", "/data/Caf\u00e9.mp4"),
        ("films/a.mp4", "films/a.mp4"),
        ("", ""),
    ],
)
def test_path_key_meets_equal_paths_when_they_are_written_differently(path: str, key: str) -> None:
    assert path_key(path) == key


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("/media//movies/a.mkv", "/media//movies"),
        (r"/media/AC\DC live.mkv", "/media"),
        (r"D:\Movies\a.mkv", r"D:\Movies"),
        (r"D:\Movies/a.mkv", r"D:\Movies"),
        ("/a.mkv", ""),
        ("a.mkv", ""),
    ],
)
def test_folder_of_is_the_path_without_its_last_component(path: str, folder: str) -> None:
    assert folder_of(path) == folder


def test_path_key_keeps_case_apart_when_it_is_not_told_to_fold() -> None:
    assert path_key("/TV/A.mp4") != path_key("/tv/a.mp4")
    assert path_key("/TV/A.mp4", fold=True) == path_key("/tv/a.mp4", fold=True)


def test_path_key_keeps_letters_apart_when_no_file_system_takes_them_for_one() -> None:
    assert path_key("/stra\u00dfe.mp4", fold=True) != path_key("/strasse.mp4", fold=True)
    assert path_key("/\u0130.mp4", fold=True) != path_key("/i.mp4", fold=True)


def test_path_key_reads_bytes_that_are_not_utf8_when_they_came_by_surrogateescape() -> None:
    path = b"/data/\xff\xfe.mp4".decode("utf-8", "surrogateescape")
    assert path_key(path, fold=True) == path
    assert not is_lossy(path)
    assert is_lossy(b"/data/\xff.mp4".decode("utf-8", "replace"))


def test_path_key_takes_a_path_when_it_is_4000_bytes_long() -> None:
    path = "/data" + "/ab\u00e9" * 800
    assert path_key(path) == path
    assert len(split(path).parts) == 801


def test_name_key_is_the_name_without_case_when_there_is_one() -> None:
    assert name_key("C:\\Films\\SINTEL.MP4") == name_key("/other/sintel.mp4") == "sintel.mp4"
    assert name_key("/") == ""


@pytest.mark.parametrize(
    ("path", "folder", "tail"),
    [
        ("/tv/a.mp4", "/tv", ("a.mp4",)),
        ("/tv/a.mp4", "/tv/", ("a.mp4",)),
        ("/tv-4k/a.mp4", "/tv", None),
        ("/tv", "/tv", ()),
        ("/tv/a.mp4", "/", ("tv", "a.mp4")),
        ("C:\\TV\\a.mp4", "c:/TV", ("a.mp4",)),
        ("C:\\TV\\a.mp4", "D:\\TV", None),
        ("\\\\nas\\tv\\a.mp4", "//nas/tv", ("a.mp4",)),
        ("/nas/tv/a.mp4", "//nas/tv", None),
        ("/TV/a.mp4", "/tv", None),
    ],
)
def test_tail_below_compares_whole_components_when_asked_for_a_folder(
    path: str, folder: str, tail: tuple[str, ...] | None
) -> None:
    assert tail_below(path, folder) == tail


def test_tail_below_ignores_case_when_told_to_fold() -> None:
    assert tail_below("/TV/A.mp4", "/tv", fold=True) == ("A.mp4",)


@pytest.mark.parametrize(
    ("folder", "joined"),
    [
        ("/media", "/media/a/b"),
        ("/media/", "/media/a/b"),
        ("/", "/a/b"),
        ("D:\\", "D:\\a\\b"),
        ("D:/TV", "D:/TV/a/b"),
        ("\\\\nas\\tv", "\\\\nas\\tv\\a\\b"),
        ("C:", "C:\\a\\b"),
    ],
)
def test_join_uses_the_separator_of_the_folder(folder: str, joined: str) -> None:
    assert join(folder, ("a", "b")) == joined


def test_head_keeps_the_separators_of_the_path() -> None:
    assert head("/data/films/a.mp4", 1) == "/data"
    assert head("/data/films/a.mp4", 0) == "/"
    assert head("D:\\TV\\a.mp4", 1) == "D:\\TV"
    assert head("\\\\nas\\tv\\a.mp4", 2) == "\\\\nas\\tv"


def test_common_tail_counts_components_from_the_end() -> None:
    assert common_tail("/data/films/a.mp4", "/media/films/a.mp4") == 2
    assert common_tail("/data/a.mp4", "/data/b.mp4") == 0
    assert common_tail("/a.mp4", "/a.mp4") == 1


@given(FOLDERS, TAILS)
def test_tail_below_gives_back_what_join_put_there(folder: str, tail: tuple[str, ...] | None) -> None:
    assert tail_below(join(folder, tail), folder) == tail


@given(st.text(max_size=40))
def test_path_key_is_the_same_when_taken_of_its_own_result_or_of_the_other_unicode_form(path: str) -> None:
    for fold in (False, True):
        key = path_key(path, fold=fold)
        assert path_key(key, fold=fold) == key
        assert path_key(unicodedata.normalize("NFD", path), fold=fold) == key


@given(st.text(alphabet="aA/\\.:\u00e9", max_size=20))
def test_split_never_fails_and_never_leaves_a_separator_in_a_component(path: str) -> None:
    parts = split(path).parts
    assert all(part and "/" not in part for part in parts)
    assert not is_windows(path) or all("\\" not in part for part in parts)
