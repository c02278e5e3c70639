import pytest

from matching.gate import SkipCode, in_globs, kept_tags, names_tag, why_skip
from settings.model import Settings
from stash.model import Named, Scene

ANIMATION, SHORT = Named(4, "Animation"), Named(12, "Short")
SCENE = Scene(7, organized=False, tags=(ANIMATION,), files=("/data/films/Sintel.mp4", "/data/new/Sintel.mkv"))


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (Settings(), None),
        (Settings(only_organized=True), SkipCode.NOT_ORGANIZED),
        (Settings(only_tags=("animation",)), None),
        (Settings(only_tags=("4", "Music")), None),
        (Settings(only_tags=("Short",)), SkipCode.NO_CHOSEN_TAG),
        (Settings(only_paths=("/data/new",)), None),
        (Settings(only_paths=("/data/old", "/dat")), SkipCode.PATH_NOT_CHOSEN),
    ],
)
def test_why_skip_names_the_condition_when_a_scene_does_not_meet_it(settings: Settings, code: SkipCode | None) -> None:
    reason = why_skip(SCENE, settings)
    assert (reason and reason.code) == code
    assert reason is None or reason.text


def test_why_skip_says_no_file_when_the_scene_has_none() -> None:
    reason = why_skip(Scene(7), Settings(only_organized=True))
    assert reason is not None
    assert reason.code is SkipCode.NO_FILE


def test_kept_tags_keeps_order_when_some_are_left_out() -> None:
    tags = (SHORT, ANIMATION, Named(5, "Needs work"))
    assert kept_tags(tags, exclude=("NEEDS WORK",)) == ("Short", "Animation")
    assert kept_tags(tags, include=("4", "short"), exclude=("12",)) == ("Animation",)
    assert kept_tags(tags) == ("Short", "Animation", "Needs work")


def test_names_tag_knows_a_tag_by_id_or_by_name_in_any_case_and_unicode_form() -> None:
    assert names_tag(["CAFE\u0301 "], Named(1, "Caf\u00e9"))
    assert names_tag(["1"], Named(1, "x"))
    assert not names_tag(["11"], Named(1, "x"))
    assert not names_tag([], Named(1, "x"))


@pytest.mark.parametrize(
    ("glob", "path", "fits"),
    [
        ("/data/films", "/data/films/a/b.mp4", True),
        ("/data/films/", "/data/films/a.mp4", True),
        ("/data/films", "/data/films-4k/a.mp4", False),
        ("/data/*/new", "/data/films/new/a.mp4", True),
        ("/data/*/new", "/data/films/x/new/a.mp4", False),
        ("/data/**/new", "/data/films/x/new/a.mp4", True),
        ("/data/**/new", "/data/new/a.mp4", True),
        ("/data/**", "/data/a.mp4", True),
        ("**/*.mkv", "/data/films/a.mkv", True),
        ("**/*.mkv", "/data/films/a.mp4", False),
        ("/data/film?", "/data/films/a.mp4", True),
        ("/data/film?", "/data/film/a.mp4", False),
        ("/data/[new]", "/data/[new]/a.mp4", True),
        ("/data/[new]", "/data/n/a.mp4", False),
        ("/Data", "/data/a.mp4", False),
        ("d:/Films/*", "D:\\films\\new\\a.mp4", True),
        ("/data/a.b", "/data/a-b/x.mp4", False),
    ],
)
def test_in_globs_compares_whole_components(glob: str, path: str, fits: bool) -> None:
    assert in_globs(path, [glob]) is fits


def test_in_globs_answers_at_once_when_path_and_glob_are_long() -> None:
    assert not in_globs("/a" * 2000, ["/**/*a*a*a*b"])
