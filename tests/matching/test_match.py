import unicodedata

import pytest

from matching.infer import Inference, Roots
from matching.mapper import Mapper
from matching.match import Ambiguous, Match, Matched, NoMatch, find
from matching.paths import PathRule
from plex.model import Entry
from tests.fakes.sizes import size_of
from tests.matching.entries import Entries, sized

RULES = (PathRule("/data", "/media"),)


def found(entries: Entries, *stash_paths: str, mapper: Mapper | None = None) -> Match[Entry]:
    return find(sized(*stash_paths), mapper or Mapper(RULES), entries.lookup, entries.lookup_key, entries.lookup_name)


def keys(match: Match[Entry]) -> list[int]:
    assert isinstance(match, Matched), match
    return [entry.rating_key for entry in match.entries]


def inferred(
    *rules: tuple[str, str], stash: tuple[str, ...] = ("/data",), plex: tuple[str, ...] = ("/media",)
) -> Mapper:
    return Mapper(inference=Inference(rules=tuple(PathRule(*rule) for rule in rules), roots=Roots(stash, plex)))


def test_find_names_the_item_when_its_file_is_the_mapped_one() -> None:
    match = found(Entries.of("/media/Sintel.mp4", "/media/tv/Sintel.mp4"), "/data/tv/Sintel.mp4")
    assert match == Matched((Entry("/media/tv/Sintel.mp4", 1, 2, "movie", size_of("Sintel.mp4")),))


def test_find_never_takes_the_namesake_when_the_file_itself_is_missing() -> None:
    match = found(Entries.of("/media/tv-4k/Sintel.mp4", "/data/tv/Sintel.mp4"), "/data/tv/Sintel.mp4")
    assert match == NoMatch(("/data/tv/Sintel.mp4",), ("/media/tv/Sintel.mp4",))
    assert "/media/tv/Sintel.mp4" in str(match)


def test_find_names_every_item_when_the_scene_has_several_files_and_one_of_them_lies_in_two_sections() -> None:
    entries = Entries(
        [
            Entry("/media/a.mp4", 1, 11, "movie"),
            Entry("/media/a.mp4", 2, 22, "movie"),
            Entry("/media/b.mp4", 1, 33, "movie"),
            Entry("/media/b2.mp4", 1, 11, "movie"),
        ]
    )
    match = found(entries, "/data/a.mp4", "/data/b.mp4", "/data/b2.mp4", "/data/gone.mp4")
    assert keys(match) == [11, 22, 33]
    assert isinstance(match, Matched)
    assert match.missing == ("/data/gone.mp4",)


def test_find_takes_the_other_unicode_form_when_plex_has_no_exact_one() -> None:
    nfd = unicodedata.normalize("NFD", "/media/Café.mp4")
    assert keys(found(Entries.of(nfd), "/data/Café.mp4")) == [1]
    assert keys(found(Entries.of(nfd, "/media/Café.mp4"), "/data/Café.mp4")) == [2]


def test_find_is_ambiguous_when_two_files_differ_in_unicode_form_and_none_is_exact() -> None:
    decomposed, composed = "/media/e\u0323\u0302.mp4", "/media/\u1eb9\u0302.mp4"
    match = found(Entries.of(decomposed, composed), "/data/\u1ec7.mp4")
    assert isinstance(match, Ambiguous)
    assert {claim.plex_path for claim in match.claims} == {decomposed, composed}


def test_find_leaves_a_file_alone_when_it_differs_in_case_on_a_system_where_that_is_another_file() -> None:
    match = found(Entries.of("/media/clip.mp4"), "/data/Clip.mp4")
    assert isinstance(match, NoMatch)
    assert [entry.plex_path for entry in match.near] == ["/media/clip.mp4"]
    assert "ignore_path_case" in str(match)


def test_find_ignores_case_when_it_was_set_and_one_file_claims_it() -> None:
    mapper = Mapper(RULES, ignore_case=True)
    assert keys(found(Entries.of("/media/clip.mp4"), "/data/Clip.mp4", mapper=mapper)) == [1]
    assert keys(found(Entries.of("/media/clip.mp4", "/media/Clip.mp4"), "/data/Clip.mp4", mapper=mapper)) == [2]


def test_find_is_ambiguous_when_case_is_ignored_and_two_files_claim_it() -> None:
    match = found(
        Entries.of("/media/clip.mp4", "/media/CLIP.mp4"), "/data/Clip.mp4", mapper=Mapper(RULES, ignore_case=True)
    )
    assert isinstance(match, Ambiguous)
    assert "item 1 (/media/clip.mp4), item 2 (/media/CLIP.mp4)" in str(match)


def test_find_ignores_case_and_separators_when_plex_runs_on_windows() -> None:
    mapper = Mapper([PathRule("/data", "D:\\Media")])
    assert keys(found(Entries.of("D:/media/Films/CLIP.mp4"), "/data/films/Clip.mp4", mapper=mapper)) == [1]


@pytest.mark.parametrize(
    ("stash_path", "plex_path"), [("/data/a\\b.mp4", "/media/a/b.mp4"), ("/data/a/b.mp4", "/media/a\\b.mp4")]
)
def test_find_keeps_a_backslash_in_a_name_apart_from_a_folder_when_the_path_is_not_a_windows_one(
    stash_path: str, plex_path: str
) -> None:
    assert isinstance(found(Entries.of(plex_path), stash_path), NoMatch)


def test_find_writes_nothing_when_the_name_lost_bytes() -> None:
    match = found(Entries.of("/media/\ufffd.mp4"), "/data/\ufffd.mp4")
    assert isinstance(match, NoMatch)
    assert "not UTF-8" in str(match)


def test_find_matches_bytes_that_are_not_utf8_when_none_were_lost() -> None:
    tail = b"\xff.mp4".decode("utf-8", "surrogateescape")
    assert keys(found(Entries.of(f"/media/{tail}"), f"/data/{tail}")) == [1]


def test_find_matches_a_path_of_4000_bytes() -> None:
    tail = "/".join(["abcdefghi"] * 400) + "/é.mp4"
    assert keys(found(Entries.of(f"/media/{tail}"), f"/data/{tail}")) == [1]


def test_find_says_so_when_the_scene_has_no_file() -> None:
    assert str(found(Entries.of("/media/a.mp4"))) == "the scene has no file"


def test_find_takes_the_inferred_file_when_no_other_could_be_meant() -> None:
    entries = Entries.of("/media/A/movie.mp4", "/media/B/movie.mp4")
    assert keys(found(entries, "/data/A/movie.mp4", mapper=inferred(("/data", "/media")))) == [1]


def test_find_takes_both_items_when_the_inferred_file_lies_in_two_sections() -> None:
    entries = Entries([Entry("/media/a.mp4", 1, 1, "movie"), Entry("/media/a.mp4", 2, 2, "movie")])
    assert keys(found(entries, "/data/a.mp4", mapper=inferred(("/data", "/media")))) == [1, 2]


@pytest.mark.parametrize("rival", ["/backup/A/movie.mp4", "/backup/data/A/movie.mp4", "/data/A/movie.mp4"])
def test_find_is_ambiguous_when_another_file_could_be_the_inferred_one_as_well(rival: str) -> None:
    mapper = inferred(("/data", "/media"), plex=("/media", "/backup", "/data"))
    match = found(Entries.of("/media/A/movie.mp4", rival), "/data/A/movie.mp4", mapper=mapper)
    assert isinstance(match, Ambiguous)
    assert {claim.plex_path for claim in match.claims} == {"/media/A/movie.mp4", rival}


def test_find_takes_the_inferred_file_when_its_namesake_is_known_as_another_file() -> None:
    mapper = inferred(("/data/one", "/media/1"), ("/data/two", "/media/2"), plex=("/media/1", "/media/2"))
    entries = Entries.of("/media/1/A/movie.mp4", "/media/2/A/movie.mp4")
    assert keys(found(entries, "/data/two/A/movie.mp4", mapper=mapper)) == [2]


def test_find_leaves_the_equal_path_alone_when_another_folder_was_inferred() -> None:
    mapper = inferred(("/data", "/media"), plex=("/media", "/data"))
    assert isinstance(found(Entries.of("/data/A/movie.mp4"), "/data/A/movie.mp4", mapper=mapper), NoMatch)


def test_find_is_ambiguous_for_any_namesake_elsewhere_when_the_library_folders_are_unknown() -> None:
    mapper = inferred(("/data", "/media"), stash=(), plex=())
    entries = Entries.of("/media/A/movie.mp4", "/other/B/movie.mp4")
    assert isinstance(found(entries, "/data/A/movie.mp4", mapper=mapper), Ambiguous)


def test_find_asks_the_rules_only_when_they_fit_whatever_was_inferred() -> None:
    mapper = Mapper(RULES, inference=Inference(rules=(PathRule("/data", "/films"),)))
    assert keys(found(Entries.of("/films/a.mp4", "/media/a.mp4", "/data/a.mp4"), "/data/a.mp4", mapper=mapper)) == [2]


def test_find_is_not_ambiguous_when_the_namesake_has_another_size() -> None:
    files = {"/media/A/movie.mp4": 7, "/backup/A/movie.mp4": 8}
    mapper = inferred(("/data", "/media"), plex=("/media", "/backup"))
    entries = Entries.of_sizes(files)
    match = find({"/data/A/movie.mp4": 7}, mapper, entries.lookup, entries.lookup_key, entries.lookup_name)
    assert keys(match) == [1]
    entries = Entries.of_sizes({**files, "/backup/A/movie.mp4": 0})
    match = find({"/data/A/movie.mp4": 7}, mapper, entries.lookup, entries.lookup_key, entries.lookup_name)
    assert isinstance(match, Ambiguous)


def test_find_is_ambiguous_when_an_equal_namesake_lies_in_a_nested_library_folder_of_which_nothing_is_known() -> None:
    """The two folders may have changed places.

    That files beside them are where they should be does not say which is which.
    """
    mapper = inferred(("/data", "/media"), plex=("/media", "/media/tv", "/media/tv-4k"))
    entries = Entries.of("/media/tv/1.mp4", "/media/tv-4k/1.mp4")
    assert isinstance(found(entries, "/data/tv/1.mp4", mapper=mapper), Ambiguous)
    known = inferred(("/data", "/media"), ("/data/tv", "/media/tv"), ("/data/tv-4k", "/media/tv-4k"))
    assert keys(found(entries, "/data/tv/1.mp4", mapper=known)) == [1]
