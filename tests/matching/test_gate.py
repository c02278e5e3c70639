import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.gate import SkipCode, in_globs, names_tag, why_skip
from matching.paths import path_key
from settings.settings import Settings
from stash.model import Named, Scene
from tests.growth import assert_linear

ANIMATION, SHORT = Named(4, "Animation"), Named(12, "Short")
SCENE = Scene(
    7,
    organized=False,
    rating100=60,
    studio=Named(3, "Open Movies"),
    tags=(ANIMATION,),
    files=("/data/films/Sintel.mp4", "/data/new/Sintel.mkv"),
    has_url=True,
)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (Settings(), None),
        (Settings(only_organized=True), SkipCode.NOT_ORGANIZED),
        (Settings(only_tags=("animation",)), None),
        (Settings(only_tags=("4", "Music")), None),
        (Settings(only_tags=("Short",)), SkipCode.NO_CHOSEN_TAG),
        (Settings(except_tags=("short",)), None),
        (Settings(except_tags=("Short", "4")), SkipCode.LEFT_OUT_TAG),
        (Settings(only_studios=("open movies",)), None),
        (Settings(only_studios=("3",)), None),
        (Settings(only_studios=("Other",)), SkipCode.STUDIO_NOT_CHOSEN),
        (Settings(least_rating=60), None),
        (Settings(least_rating=61), SkipCode.RATED_LOWER),
        (Settings(only_with=frozenset({"url"})), None),
        (Settings(only_with=frozenset({"url", "stashid"})), SkipCode.NO_STASHID),
        (Settings(only_paths=("/data/new",)), None),
        (Settings(only_paths=("/data/old", "/dat")), SkipCode.PATH_NOT_CHOSEN),
    ],
)
def test_why_skip_names_the_condition_when_a_scene_does_not_meet_it(settings: Settings, code: SkipCode | None) -> None:
    reason = why_skip(SCENE, settings)
    assert (reason and reason.code) == code
    assert reason is None or reason.text


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (Settings(only_studios=("Open Movies",)), SkipCode.STUDIO_NOT_CHOSEN),
        (Settings(least_rating=1), SkipCode.RATED_LOWER),
        (Settings(only_with=frozenset({"url"})), SkipCode.NO_URL),
        (Settings(except_tags=("Short",)), None),
    ],
)
def test_why_skip_leaves_out_what_has_nothing_of_what_is_asked_for(settings: Settings, code: SkipCode | None) -> None:
    reason = why_skip(Scene(7, files=("/data/Sintel.mkv",)), settings)
    assert (reason and reason.code) == code


def test_why_skip_says_no_file_when_the_scene_has_none() -> None:
    reason = why_skip(Scene(7), Settings(only_organized=True))
    assert reason is not None
    assert reason.code is SkipCode.NO_FILE


def test_names_tag_knows_a_tag_by_id_or_by_name_in_any_case_and_unicode_form() -> None:
    assert names_tag(["CAFE\u0301 "], Named(1, "Caf\u00e9"))
    assert names_tag(["1"], Named(1, "x"))
    assert not names_tag(["11"], Named(1, "x"))
    assert names_tag(["Pets/*"], Named(1, "x", words=frozenset({"pets/*"})))
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
        ("**", "/data/a.mp4", True),
        ("**/new/**/*.mkv", "/data/new/x/y/a.mkv", True),
        ("**/new/**/*.mkv", "/data/a.mkv", False),
        ("**/new/**", "/data/x/new/a.mkv", True),
        ("/data/*a*b*/c", "/data/xaxbx/c/d.mkv", True),
        ("/data/*a*b/c", "/data/abab/c/d.mkv", True),
        ("/data/*a*b/c", "/data/aba/c/d.mkv", False),
        ("/data/?*a", "/data/a/d.mkv", False),
    ],
)
def test_in_globs_compares_whole_components(glob: str, path: str, fits: bool) -> None:
    assert in_globs(path, [glob]) is fits


@pytest.mark.parametrize("glob", ["/**/*a*a*a*b", "*a*a*a*a*a*a*b", "**/a/**/a/**/a/**/b", "**/*a?*a/**/*a*"])
@pytest.mark.parametrize("unit", ["a", "/a", "a/a"])
def test_in_globs_takes_time_in_proportion_to_the_path(glob: str, unit: str) -> None:
    assert_linear(lambda path: in_globs(path, [glob]), lambda size: unit * (size // 8) + "c")


@given(*(st.text(letters, max_size=9).map(lambda text: text.lstrip("/")) for letters in ("a/*?", "ab/")))
def test_in_globs_agrees_with_a_plain_reading_of_the_rules(glob: str, path: str) -> None:
    assert in_globs(f"/{path}", [f"/{glob}"]) is _fits(
        path_key(f"/{glob}", fold=False).split("/"), path_key(f"/{path}", fold=False).split("/")
    )


def _fits(globs: list[str], parts: list[str]) -> bool:
    """Component by component, trying everything."""
    if not globs or (globs == [""] and not parts):
        return True
    if globs[0] == "**":
        return any(_fits(globs[1:], parts[skipped:]) for skipped in range(len(parts) + 1))
    return bool(parts) and _spells(globs[0], parts[0]) and _fits(globs[1:], parts[1:])


def _spells(glob: str, name: str) -> bool:
    if not glob:
        return not name
    if glob[0] == "*":
        return any(_spells(glob[1:], name[skipped:]) for skipped in range(len(name) + 1))
    return bool(name) and glob[0] in {"?", name[0]} and _spells(glob[1:], name[1:])
