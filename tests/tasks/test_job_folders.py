"""Which folder a job is about, as its sentence says, and folders as a few groups."""

import pytest

from matching.match import Ambiguous, NoMatch, OtherFile
from plex.model import Entry
from tasks.page.job_folders import folder_in, groups, is_inside

WINDOWS = r"D:\Films, 2 of them\Sintel.mkv"


@pytest.mark.parametrize(
    ("why", "folder"),
    [
        (NoMatch(("/data/a/x.mkv",), ("/media/a b/x.mkv", "/media/c/x.mkv")), "/media/a b"),
        (NoMatch((WINDOWS,)), r"D:\Films, 2 of them"),
        (OtherFile("/data/x.mkv", 5, "/media/of 5/x.mkv", 1_234), "/media/of 5"),
        (Ambiguous("/data/a/x.mkv", (Entry("/media/x.mkv", 1, 1, 5), Entry("/media/y.mkv", 2, 1, 5))), "/data/a"),
        (NoMatch(()), ""),
        ("Plex answered 400", ""),
    ],
)
def test_folder_is_that_of_the_first_file_that_the_sentence_names(why, folder):
    assert folder_in(str(why)) == folder


def as_counts(folders):
    return {each["folder"]: each["count"] for each in groups(folders)}


def test_folders_are_grouped_as_deep_down_as_leaves_few_groups():
    films = [f"/data/{'shorts' if number % 3 else 'movies'}/Film {number // 2}" for number in range(90)]
    assert as_counts(films) == {"/data/shorts": 60, "/data/movies": 30}
    assert as_counts([*films, "/data"]) == {"/data": 91}, "no group is within another"
    assert as_counts([r"D:\Films\a", r"D:\Films\b", ""]) == {r"D:\Films": 2}
    assert as_counts([""]) == {}
    apart = ["/data/clips", "/data/clips", "/media/films/cuts", "/media/films/cuts", "/media/films/cuts"]
    assert as_counts(apart) == {"/data/clips": 2, "/media/films/cuts": 3}, "two groups are no fewer by shorter names"
    for group in as_counts(films):
        assert sum(is_inside(film, group) for film in films) == as_counts(films)[group]
