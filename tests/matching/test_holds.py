import pytest

from matching.infer import Inference
from matching.mapper import Mapper
from matching.match import OtherFile, holds, other_file
from matching.paths import FileSizes, PathRule

RULE = PathRule("/data", "/media")
RULED = Mapper([RULE])
INFERRED = Mapper(inference=Inference(rules=(RULE,)))
ALIKE = Mapper()
ELSEWHERE = Mapper([PathRule("/tv", "/shows")])


@pytest.mark.parametrize(
    ("item_files", "stash_path", "ignore_case", "expected"),
    [
        (["/media/a.mp4", "/media/b.mp4"], "/data/b.mp4", False, True),
        (["/media/tv-4k/a.mp4"], "/data/tv/a.mp4", False, False),
        (["/media/A.mp4"], "/data/a.mp4", False, False),
        (["/media/A.mp4"], "/data/a.mp4", True, True),
        (["/media/Cafe\u0301.mp4"], "/data/Caf\u00e9.mp4", False, True),
        (["/media/\ufffd.mp4"], "/data/\ufffd.mp4", True, False),
        ([], "/data/a.mp4", False, False),
    ],
)
def test_holds_is_true_only_when_one_file_of_the_item_lies_where_one_of_the_scene_should(
    item_files: list[str], stash_path: str, ignore_case: bool, expected: bool
) -> None:
    mapper = Mapper([RULE], ignore_case=ignore_case)
    assert holds(dict.fromkeys(item_files, 7), {stash_path: 7}, mapper) is expected


def test_holds_passes_over_case_and_separators_when_plex_runs_on_windows() -> None:
    assert holds({"D:\\A.mp4": 7}, {"/data/a.mp4": 7}, Mapper([PathRule("/data", "d:/")]))


def test_nothing_is_held_when_the_scene_has_no_file() -> None:
    assert not holds({"/media/a.mp4": 7}, {}, RULED)


@pytest.mark.parametrize(
    ("mapper", "stash_size", "plex_size", "expected"),
    [
        (RULED, 7, 8, True),
        (INFERRED, 7, 8, False),
        (INFERRED, 7, 7, True),
        (INFERRED, 7, 0, True),
        (ALIKE, 7, 8, False),
        (ALIKE, 7, 7, True),
        (ALIKE, 0, 8, True),
        (ALIKE, 7, 0, True),
        (ELSEWHERE, 7, 8, False),
        (ELSEWHERE, 7, 7, True),
    ],
)
def test_holds_asks_for_equal_sizes_when_no_rule_of_the_user_fits(
    mapper: Mapper, stash_size: int, plex_size: int, expected: bool
) -> None:
    (plex_path,) = mapper.candidates("/data/a.mp4")
    in_plex, in_stash = {plex_path: plex_size}, {"/data/a.mp4": stash_size}
    assert holds(in_plex, in_stash, mapper) is expected
    other = None if expected else OtherFile("/data/a.mp4", stash_size, plex_path, plex_size)
    assert other_file(in_plex, in_stash, mapper) == other


@pytest.mark.parametrize(
    "in_plex", [{"/data/a.mp4": 8, "/data/b.mp4": 7}, {"/data/b.mp4": 7, "/data/a.mp4": 8}], ids=["first", "last"]
)
def test_item_is_held_when_one_of_its_files_is_another_one_and_a_second_is_the_scenes(in_plex: FileSizes) -> None:
    assert holds(in_plex, {"/data/a.mp4": 7, "/data/b.mp4": 7}, ALIKE)


def test_other_file_says_both_sizes_and_what_to_do() -> None:
    text = str(other_file({"/data/a.mp4": 1234567}, {"/data/a.mp4": 246033}, ALIKE))
    assert "/data/a.mp4 of 1,234,567 bytes" in text
    assert "246,033" in text
    assert "path_rules" in text
