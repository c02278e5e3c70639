"""The true ffmpeg, on every system that has one."""

import os
import shutil
from pathlib import Path

import pytest

from tests.demo.films import png
from tests.house import ROOT
from worker.sync.picture_size import size_of
from worker.sync.rendering import Renderer, RenderError

WIDE = png(64, 36, (200, 0, 0))

pytestmark = pytest.mark.needs("ffmpeg")


@pytest.fixture
def true(tmp_path: Path) -> Renderer:
    return Renderer(str(tmp_path), lambda: "", dict(os.environ))


@pytest.mark.parametrize(("recipe", "size"), [("canvas-1", (1000, 1500)), ("crop-1", (24, 36))])
def test_true_ffmpeg_makes_the_same_poster_each_time(true, recipe, size):
    first, second = (true.poster(recipe, WIDE) for _ in range(2))
    assert size_of(first) == size
    assert first == second


@pytest.mark.parametrize("cut", [40, 100])
def test_true_ffmpeg_refuses_a_picture_that_is_cut_off(true, cut):
    with pytest.raises(RenderError) as caught:
        true.poster("canvas-1", WIDE[:cut])
    assert caught.value.is_final


def test_true_ffmpeg_takes_a_still_whatever_signs_the_name_of_the_film_has(true, tmp_path):
    film = tmp_path / "Fílm «ö» 100% [x] & y.mp4"
    shutil.copyfile(ROOT / "tests/contract/film.mp4", film)
    assert size_of(true.still(str(film), 1.0)) == (64, 36)
