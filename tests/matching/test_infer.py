import pytest

from matching.infer import MAX_FILES, Evidence, Inferrer, Roots, infer, similar_folders
from matching.paths import PathRule
from plex.model import Entry
from tests.fakes.sizes import size_of
from tests.matching.entries import Entries, sized

ROOTS = Roots(("/data",), ("/media",))


def rules(stash_paths: list[str], plex_paths: list[str], roots: Roots = ROOTS) -> tuple[PathRule, ...]:
    return infer(sized(*stash_paths), Entries.of(*plex_paths).lookup_name, roots).rules


def below(folder: str, *tails: str) -> list[str]:
    return [f"{folder}/{tail}" for tail in tails]


TAILS = ("A/a.mp4", "B/b.mp4", "C/c.mp4")


def test_infer_maps_library_folders_when_a_few_files_agree() -> None:
    assert rules(below("/data", *TAILS), below("/media", *TAILS)) == (PathRule("/data", "/media"),)


def test_infer_maps_from_one_file_when_its_name_is_unique_and_its_folder_equal() -> None:
    assert rules(["/data/A/a.mp4"], ["/media/A/a.mp4", "/media/A/b.mp4"]) == (PathRule("/data", "/media"),)


@pytest.mark.parametrize(
    ("stash_path", "plex_paths"),
    [
        ("/data/a.mp4", ["/media/a.mp4"]),
        ("/data/A/a.mp4", ["/media/A/a.mp4", "/media/B/a.mp4", "/media/a.mp4"]),
        ("/data/more/A/a.mp4", ["/media/A/a.mp4"]),
    ],
)
def test_infer_waits_for_more_files_when_one_is_no_proof(stash_path: str, plex_paths: list[str]) -> None:
    assert rules([stash_path], plex_paths) == ()


def test_infer_waits_for_more_files_when_the_library_folders_are_unknown() -> None:
    assert rules(["/data/A/a.mp4"], ["/media/A/a.mp4"], Roots()) == ()
    assert rules(below("/data", *TAILS), below("/media", *TAILS), Roots()) == (PathRule("/data", "/media"),)


def test_infer_refuses_a_folder_of_other_files_when_only_their_names_are_equal() -> None:
    episodes = [f"Season 1/ep{number}.mp4" for number in range(10)]
    assert rules(below("/data/Show A", *episodes), below("/media/Show B", *episodes)) == ()


def test_infer_maps_nothing_when_two_mounts_hold_identical_trees() -> None:
    assert (
        rules(
            below("/data", *TAILS),
            [*below("/media", *TAILS), *below("/backup", *TAILS)],
            Roots(("/data",), ("/media", "/backup")),
        )
        == ()
    )


def test_infer_maps_nothing_when_two_folders_of_stash_could_be_the_one_in_plex() -> None:
    found = infer(
        sized(*below("/data", *TAILS), *below("/copy", *TAILS)),
        Entries.of(*below("/media", *TAILS)).lookup_name,
        Roots(("/data", "/copy"), ("/media",)),
    )
    assert found.rules == found.evidence == ()


def test_infer_maps_nothing_when_one_folder_of_stash_is_two_folders_in_plex() -> None:
    plex_paths = [*below("/disk1", "A/a.mp4", "B/b.mp4"), *below("/disk2", "C/c.mp4", "D/d.mp4")]
    found = infer(
        sized(*below("/data", "A/a.mp4", "B/b.mp4", "C/c.mp4", "D/d.mp4")),
        Entries.of(*plex_paths).lookup_name,
        Roots(("/data",), ("/disk1", "/disk2")),
    )
    assert found.rules == ()
    assert found.conflicts == (Evidence(PathRule("/data", "/disk1"), 2), Evidence(PathRule("/data", "/disk2"), 2))


def test_infer_keeps_the_mapping_when_a_stray_file_in_a_hundred_says_otherwise() -> None:
    tails = [f"{number}/{number}.mp4" for number in range(99)]
    found = infer(
        sized(*below("/data", *tails), "/data/x/x.mp4"),
        Entries.of(*below("/media", *tails), "/old/x/x.mp4").lookup_name,
        Roots(("/data",), ("/media", "/old")),
    )
    assert found.rules == (PathRule("/data", "/media"),)
    assert found.evidence == (Evidence(PathRule("/data", "/media"), 99), Evidence(PathRule("/data", "/old"), 1))


def test_infer_keeps_tv_apart_from_tv_4k() -> None:
    stash_paths = [*below("/data/tv", *TAILS), *below("/data/tv-4k", "D/d.mp4", "E/e.mp4", "F/f.mp4")]
    plex_paths = [*below("/shows", *TAILS), *below("/uhd", "D/d.mp4", "E/e.mp4", "F/f.mp4")]
    found = rules(stash_paths, plex_paths, Roots(("/data",), ("/shows", "/uhd")))
    assert found == (PathRule("/data/tv", "/shows"), PathRule("/data/tv-4k", "/uhd"))


def test_infer_stays_within_a_library_folder_when_the_folders_above_are_equal_too() -> None:
    found = rules(
        below("/data/films", *TAILS), below("/media/films", *TAILS), Roots(("/data",), ("/media/films", "/media/tv"))
    )
    assert found == (PathRule("/data/films", "/media/films"),)


def test_infer_keeps_case_pairs_apart() -> None:
    assert (
        rules(below("/data", "A/X.mp4", "A/Y.mp4", "A/Z.mp4"), below("/media", "A/x.mp4", "A/y.mp4", "A/z.mp4")) == ()
    )


def test_infer_maps_between_windows_and_linux() -> None:
    plex_paths = ["D:\\Media\\a\\A.MP4", "D:\\Media\\B\\b.mp4", "D:\\Media\\C\\c.mp4"]
    assert rules(below("/data", *TAILS), plex_paths, Roots(("/data",), ("D:\\Media",))) == (
        PathRule("/data", "D:\\Media"),
    )


def test_infer_finds_the_same_folders_when_both_servers_see_them_alike() -> None:
    assert rules(below("/data", *TAILS), below("/data", *TAILS), Roots(("/data",), ("/data",))) == (
        PathRule("/data", "/data"),
    )


def test_infer_passes_over_a_name_when_it_lost_bytes() -> None:
    assert rules(["/data/A/\ufffd.mp4"], ["/media/A/\ufffd.mp4"]) == ()


@pytest.mark.parametrize(("stash_size", "plex_size"), [(7, 8), (7, 0), (0, 8), (0, 0)])
def test_infer_hears_no_witness_when_the_sizes_differ_or_are_unknown(stash_size: int, plex_size: int) -> None:
    found = infer(
        dict.fromkeys(below("/data", *TAILS), stash_size),
        Entries.of_sizes(dict.fromkeys(below("/media", *TAILS), plex_size)).lookup_name,
        ROOTS,
    )
    assert found.rules == found.evidence == ()


def test_infer_maps_nothing_when_three_of_4003_clips_share_their_names_with_strangers() -> None:
    clips = {f"/data/clips/{number}.mov": 1000 + number for number in range(4000)}
    names = [f"IMG_{number:04d}.MOV" for number in range(3)]
    found = infer(
        {**clips, **{f"/data/clips/{name}": 50 + len(name) for name in names}},
        Entries.of_sizes(
            {f"/plex/homevideos/{name}": 900 + place for place, name in enumerate([*names, "other.mov"])}
        ).lookup_name,
        Roots(("/data/clips",), ("/plex/homevideos",)),
    )
    assert found.rules == found.evidence == ()


def test_infer_maps_nothing_when_a_single_trailer_shares_its_folders_name_with_a_stranger() -> None:
    in_plex = {f"/movies/{number}/{number}.mkv": 9 for number in range(3000)}
    found = infer(
        {"/data/Extras/trailer.mp4": 70},
        Entries.of_sizes({**in_plex, "/movies/Extras/trailer.mp4": 80}).lookup_name,
        Roots(("/data",), ("/movies",)),
    )
    assert found.rules == ()


def test_infer_tells_namesakes_apart_by_their_sizes() -> None:
    tails = {"A/clip.mp4": 1, "B/clip.mp4": 2, "C/clip.mp4": 3}
    in_plex = {f"/media/{tail}": size for tail, size in tails.items()}
    copies = {f"/old/{tail}": 10 + size for tail, size in tails.items()}
    found = infer(
        {f"/data/{tail}": size for tail, size in tails.items()},
        Entries.of_sizes({**in_plex, **copies}).lookup_name,
        Roots(("/data",), ("/media", "/old")),
    )
    assert found.rules == (PathRule("/data", "/media"),)


def test_infer_is_silent_when_a_namesake_of_unknown_size_could_be_it_as_well() -> None:
    in_plex = {"/media/A/a.mp4": 7, "/old/A/a.mp4": 0}
    roots = Roots(("/data",), ("/media", "/old"))
    assert infer({"/data/A/a.mp4": 7}, Entries.of_sizes(in_plex).lookup_name, roots).rules == ()
    assert infer({"/data/A/a.mp4": 7}, Entries.of_sizes({**in_plex, "/old/A/a.mp4": 8}).lookup_name, roots).rules == (
        PathRule("/data", "/media"),
    )


def test_inferrer_says_the_same_when_a_path_is_fed_again() -> None:
    inferrer = Inferrer(Entries.of("/media/a.mp4").lookup_name, ROOTS)
    for _ in range(5):
        inferrer.feed(sized("/data/a.mp4"))
    assert inferrer.result().rules == ()
    assert inferrer.result().evidence == (Evidence(PathRule("/data", "/media"), 1),)


def test_inferrer_learns_when_plex_gets_the_file_later() -> None:
    entries = Entries.of()
    inferrer = Inferrer(entries.lookup_name, ROOTS)
    inferrer.feed(sized("/data/A/a.mp4"))
    assert inferrer.result().rules == ()
    entries.add(Entry("/media/A/a.mp4", 1, 1, "movie", size_of("a.mp4")))
    inferrer.feed(sized("/data/A/a.mp4"))
    assert inferrer.result().rules == (PathRule("/data", "/media"),)


def test_inferrer_forgets_the_oldest_files_when_it_was_fed_very_many() -> None:
    inferrer = Inferrer(lambda name: [Entry(f"/media/{name}", 1, 1, "movie", 7)], ROOTS)
    inferrer.feed({f"/data/{number}.mp4": 7 for number in range(MAX_FILES + 10)})
    assert inferrer.result().evidence == (Evidence(PathRule("/data", "/media"), MAX_FILES),)


def test_similar_folders_pairs_folders_when_one_location_ends_alike() -> None:
    roots = Roots(("/data/films", "/data/tv", "/data/other"), ("/media/films", "/media/tv", "/backup/tv"))
    assert similar_folders(roots) == (PathRule("/data/films", "/media/films"),)


def test_file_that_a_rule_gives_to_another_one_is_no_evidence():
    in_plex = {f"/media/films/{each}/{each}.mp4": each for each in range(1, 5)}
    copies = {f"/data/copies/{each}/{each}.mp4": each for each in range(1, 5)}
    ruled = {f"/data/own/{each} (cut).mp4": each for each in range(1, 5)}
    lookup, roots = Entries.of_sizes(in_plex).lookup_name, Roots(("/data/copies", "/data/own"), ("/media/films",))
    assert infer(copies, lookup, roots).rules
    given = {path: (f"/media/films/{each}/{each}.mp4",) for path, each in ruled.items()}
    assert infer(copies | ruled, lookup, roots, given.get).rules == ()
