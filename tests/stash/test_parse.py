from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stash.errors import StashRejected
from stash.model import Named, Scene, epoch_of, scene_of
from tests.stash.answering import captured

ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "name", "path", "size", "group", "screenshot", "image_path"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
KEYS = [
    "title", "details", "director", "date", "rating100", "organized", "updated_at", "created_at",
    "studio", "performers", "tags", "groups", "files", "paths",
]  # fmt: skip


def test_scene_is_read_whole_when_the_answer_is_captured() -> None:
    assert scene_of(captured("find_scene")["answer"]["data"]["findScene"]) == Scene(
        id=1,
        title="A",
        details="A giant rabbit…",
        date="2008-04-10",
        rating100=80,
        studio=Named(1, "Blender Studio"),
        performers=(Named(1, "Ada Renamed"), Named(2, "Bob Sample")),
        tags=(Named(1, "Animated"),),
        files=("/data/movies/Movie 1.mp4",),
        sizes={"/data/movies/Movie 1.mp4": 246033},
        screenshot_path="/scene/1/screenshot?t=1795393517",
        updated_at=1795393517.0,
        created_at=1795393093.0,
        prints={"/data/movies/Movie 1.mp4": frozenset({"oshash:9f6dd8ef7cd3381e"})},
        duration_s=3.0,
    )


def test_scene_is_empty_when_everything_is_null() -> None:
    assert scene_of({"id": "2"} | dict.fromkeys(KEYS)) == scene_of({"id": "2"}) == Scene(2)


def test_names_bring_what_belongs_to_them_when_stash_has_it() -> None:
    scene = scene_of(
        {
            "id": 3,
            "studio": {"id": "4", "name": "Short Films"},
            "performers": [
                {
                    "id": "1",
                    "name": "Ada Example",
                    "image_path": "http://h/performer/1/image?t=7",
                }
            ],
            "groups": [
                {"group": {"id": "9", "name": "Open Movies"}},
                {"group": {"id": "8", "name": "All"}},
            ],
        }
    )
    assert scene.studio == Named(4, "Short Films")
    assert scene.performers == (Named(1, "Ada Example", image_path="/performer/1/image?t=7"),)
    assert scene.groups == (Named(9, "Open Movies"), Named(8, "All"))


@pytest.mark.parametrize("scene_id", [None, "", "x", "-1", 1.5, True, "²", "9" * 30])
def test_scene_is_refused_when_its_id_is(scene_id: object) -> None:
    with pytest.raises(StashRejected, match="whose id is"):
        scene_of({"id": scene_id})


@given(st.dictionaries(st.sampled_from(KEYS), ODD))
def test_scene_can_be_stored_and_sent_when_the_answer_is_anything(raw: Any) -> None:
    scene = scene_of({"id": "1"} | raw)
    repr(scene).encode()
    for text in (
        scene.title,
        scene.details,
        scene.director,
        *scene.files,
        *(named.name for named in (*scene.performers, *scene.tags, *scene.groups)),
    ):
        text.encode()
    assert scene.rating100 is None or 0 < scene.rating100 <= 100
    assert tuple(scene.sized_files) == tuple(dict.fromkeys(scene.files))
    assert all(type(size) is int and size >= 0 for size in scene.sized_files.values())


@pytest.mark.parametrize(
    ("raw", "size"),
    [(246033, 246033), (2**62, 2**62), (0, 0), (-1, 0), ("246033", 0), (True, 0), (1.5, 0), (None, 0)],
)
def test_size_of_a_file_is_kept_when_it_is_a_number_of_bytes(raw: Any, size: int) -> None:
    scene = scene_of({"id": "1", "files": [{"path": "/data/a.mp4", "size": raw}, {"path": "/data/b.mp4"}]})
    assert scene.sized_files == {"/data/a.mp4": size, "/data/b.mp4": 0}


@pytest.mark.parametrize(
    ("raw", "date"),
    [
        ("2010-09-27", "2010-09-27"),
        ("2010-09", "2010-09"),
        ("2010", "2010"),
        ("27.9.2010", ""),
        ("2010-09-27T00:00:00Z", ""),
        (2010, ""),
    ],
)
def test_date_is_kept_when_it_is_one(raw: Any, date: str) -> None:
    assert scene_of({"id": 1, "date": raw}).date == date


@pytest.mark.parametrize(
    ("raw", "rating"), [(1, 1), (100, 100), (0, None), (101, None), (True, None), ("80", None), (80.0, None)]
)
def test_rating_is_kept_when_it_is_in_range(raw: Any, rating: int | None) -> None:
    assert scene_of({"id": 1, "rating100": raw}).rating100 == rating


@pytest.mark.parametrize(
    ("raw", "epoch"),
    [
        ("2026-11-23T00:25:17Z", 1795393517.0),
        ("2026-11-23T11:25:17+11:00", 1795393517.0),
        ("2026-11-22T12:25:17-12:00", 1795393517.0),
        ("2026-11-23T00:25:17.250000000Z", 1795393517.25),
        ("2026-11-23T00:25:17", 0.0),
        ("0001-01-01T00:00:00Z", -62135596800.0),
        ("soon", 0.0),
        (None, 0.0),
    ],
)
def test_time_becomes_epoch_seconds_when_it_is(raw: Any, epoch: float) -> None:
    assert epoch_of(raw) == epoch


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("http://localhost:9999/scene/1/screenshot?t=5", "/scene/1/screenshot?t=5"),
        ("https://stash.example/behind/a/prefix/scene/1/screenshot?t=5", "/scene/1/screenshot?t=5"),
        ("http://h/scene/1/screenshot?t=5&apikey=MARKED", "/scene/1/screenshot?t=5"),
        ("http://h/scene/1/screenshot", "/scene/1/screenshot"),
        ("http://h/scene/1/screenshot?t=x%0d%0aY", "/scene/1/screenshot"),
        ("http://[h/scene", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_cover_is_a_path_on_stash_itself_when_its_url_is(url: str | None, path: str) -> None:
    assert scene_of({"id": 1, "paths": {"screenshot": url}}).screenshot_path == path


def test_photo_is_absent_when_stash_would_draw_a_silhouette() -> None:
    performer = {"id": 1, "name": "Ada Example", "image_path": "http://h/performer/1/image?t=5&default=true"}
    assert scene_of({"id": 1, "performers": [performer]}).performers[0].image_path == ""
