"""ffmpeg makes posters of 2:3, and nothing that it or a picture does wrong does any harm."""

import contextlib
import shutil
import struct
import time

import pytest

from plex.artwork import MAX_PICTURE_BYTES
from tests.demo.films import png
from tests.ffmpeg import StandInFfmpeg
from tests.processes import processes
from tests.waiting import wait_until
from worker.sync.picture_size import is_about_2_3, size_of
from worker.sync.rendering import MOST_PIXELS, NoRendererError, Renderer, RenderError

WIDE = png(64, 36, (200, 0, 0))
UPRIGHT = png(40, 60, (0, 0, 200))

pytestmark = pytest.mark.needs("shell")


@pytest.fixture
def ffmpeg(tmp_path):
    return StandInFfmpeg(tmp_path / "bin")


def renderer(tmp_path, ffmpeg, **more):
    return Renderer(str(tmp_path), lambda: str(ffmpeg.path), ffmpeg.environ, **more)


def failure(tmp_path, ffmpeg, mode, picture=WIDE, **more):
    """The text of the error, and whether it would be the same another time."""
    ffmpeg.behave(mode)
    with pytest.raises(RenderError) as caught:
        renderer(tmp_path, ffmpeg, **more).poster("canvas-1", picture)
    return str(caught.value), caught.value.is_final


@pytest.mark.parametrize("recipe", ["canvas-1", "crop-1"])
def test_poster_is_made_of_a_wide_picture(tmp_path, ffmpeg, recipe):
    made = renderer(tmp_path, ffmpeg).poster(recipe, WIDE)
    assert size_of(made) == (1000, 1500)
    (call,) = ffmpeg.calls
    assert call["bytes"] == len(WIDE)
    assert call["nice"] > 0 or shutil.which("nice") is None


def test_upright_picture_goes_as_it_is_and_needs_no_ffmpeg(tmp_path, ffmpeg):
    assert renderer(tmp_path, ffmpeg).poster("canvas-1", UPRIGHT) == UPRIGHT
    assert ffmpeg.calls == []


def test_nothing_secret_and_nothing_of_a_stranger_is_among_what_ffmpeg_gets(tmp_path, ffmpeg):
    renderer(tmp_path, ffmpeg).poster("canvas-1", WIDE)
    (call,) = ffmpeg.calls
    assert "PLEX_TOKEN" not in call["environ"]
    assert not any("MARKED" in word or str(tmp_path) in word for word in call["argv"])
    assert call["argv"][call["argv"].index("-protocol_whitelist") + 1] == "pipe"


@pytest.mark.parametrize(
    ("mode", "why", "is_final"),
    [
        ("refuses", "ffmpeg could not read it (overread 8)", True),
        ("crashes", "ffmpeg could not read it (status -6)", True),
        ("is killed", "ffmpeg could not read it (status -9)", False),
        ("is told to end", "ffmpeg could not read it (status 255)", False),
        ("writes text", "ffmpeg could not read it (status 0)", True),
        ("writes too much", "ffmpeg wrote too much", False),
    ],
)
def test_failure_is_a_sentence(tmp_path, ffmpeg, mode, why, is_final):
    assert failure(tmp_path, ffmpeg, mode) == (why, is_final)


def test_ffmpeg_that_hangs_is_killed_at_its_deadline(tmp_path, ffmpeg):
    began_s = time.monotonic()
    assert failure(tmp_path, ffmpeg, "hangs", most_s=0.5) == ("ffmpeg took too long", False)
    assert time.monotonic() - began_s < 10


def test_ffmpeg_that_hangs_again_and_again_is_not_waited_for_any_more(tmp_path, ffmpeg):
    """Each costs half a minute: ten thousand scenes would take days."""
    maker = renderer(tmp_path, ffmpeg, most_s=0.2)
    for mode in ("hangs", "hangs", "works", "hangs", "hangs", "hangs"):
        ffmpeg.behave(mode)
        with contextlib.suppress(RenderError):
            maker.poster("canvas-1", WIDE)
    called = len(ffmpeg.calls)
    ffmpeg.behave("works")
    with pytest.raises(NoRendererError, match="took too long 3 times in a row"):
        maker.poster("canvas-1", WIDE)
    assert len(ffmpeg.calls) == called
    assert size_of(renderer(tmp_path, ffmpeg).poster("canvas-1", WIDE)) == (1000, 1500)


def test_ffmpeg_is_killed_when_the_worker_ends(tmp_path, ffmpeg):
    assert failure(tmp_path, ffmpeg, "hangs", is_stopping=lambda: bool(ffmpeg.calls)) == ("the worker ends", False)


def test_ffmpeg_that_is_broken_is_not_the_fault_of_the_picture(tmp_path, ffmpeg):
    ffmpeg.behave("is broken")
    with pytest.raises(
        NoRendererError, match=r"not even with a good picture: .*libx264\.so\.164: cannot open"
    ) as caught:
        renderer(tmp_path, ffmpeg).poster("canvas-1", WIDE)
    assert not caught.value.is_final


def test_what_a_script_in_place_of_ffmpeg_has_started_is_killed_with_it(tmp_path, ffmpeg):
    def children():
        return processes(["import time; time.sleep(600)", str(ffmpeg.path.parent)])

    why = failure(tmp_path, ffmpeg, "starts another", is_stopping=lambda: bool(children()))
    assert why == ("the worker ends", False)
    wait_until(lambda: not children(), "it was killed")


def test_first_line_of_ffmpeg_is_the_reason_without_places_in_its_memory(tmp_path, ffmpeg):
    assert "[" not in failure(tmp_path, ffmpeg, "refuses")[0]


HUGE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 12_000, 12_000) + WIDE[24:]


@pytest.mark.parametrize(
    ("picture", "why"),
    [
        (HUGE, "it is 12000 x 12000 pixels large"),
        (png(10_001, 100, (0, 0, 0)), "it is 10001 x 100 pixels large"),
        (png(1, 200, (0, 0, 0)), "it is 1 x 200 pixels large"),
        (b"", "it is no whole JPEG, PNG or WebP picture"),
        (WIDE[:20], "it is no whole JPEG, PNG or WebP picture"),
        (b"GIF89a" + bytes(20), "it is no whole JPEG, PNG or WebP picture"),
        (b"#EXTM3U\nhttp://192.168.1.1/", "it is no whole JPEG, PNG or WebP picture"),
        (b"\xff\xd8\xff\xd8\xff\xd8" + b"\xff" * 1000, "it is no whole JPEG, PNG or WebP picture"),
    ],
)
def test_what_is_no_picture_or_a_giant_one_never_reaches_ffmpeg(tmp_path, ffmpeg, picture, why):
    assert failure(tmp_path, ffmpeg, "works", picture) == (why, True)
    assert ffmpeg.calls == []


def test_ffmpeg_of_stash_comes_before_that_of_the_path_and_only_where_it_is_one(tmp_path, ffmpeg):
    other = StandInFfmpeg(tmp_path / "other")
    environ = {"PATH": str(other.path.parent)}
    folder = tmp_path / "opt" / "ffmpeg"
    folder.mkdir(parents=True)
    named = {
        str(ffmpeg.path): str(ffmpeg.path),
        "": str(other.path),
        "ffmpeg": str(other.path),
        str(tmp_path / "gone" / "ffmpeg"): str(other.path),
        shutil.which("sh"): str(other.path),
        str(folder): str(other.path),
    }
    found = {path: Renderer(str(tmp_path), lambda path=path: path, environ).program() for path in named}
    assert found == named


def test_no_ffmpeg_is_an_error_of_its_own(tmp_path, ffmpeg):
    ffmpeg.remove()
    with pytest.raises(NoRendererError) as caught:
        renderer(tmp_path, ffmpeg).poster("canvas-1", WIDE)
    assert not caught.value.is_final


def test_folder_that_cannot_be_written_to_is_no_end(tmp_path, ffmpeg):
    with pytest.raises(RenderError) as caught:
        Renderer(str(tmp_path / "gone"), lambda: str(ffmpeg.path), ffmpeg.environ).poster("crop-1", WIDE)
    assert not caught.value.is_final


def test_nothing_is_left_behind_in_the_folder(tmp_path, ffmpeg):
    folder = tmp_path / "data"
    folder.mkdir()
    Renderer(str(folder), lambda: str(ffmpeg.path), ffmpeg.environ).poster("crop-1", WIDE)
    assert list(folder.iterdir()) == []


def test_still_is_taken_at_the_moment_that_is_asked_for(tmp_path, ffmpeg):
    film = tmp_path / "-y concat:film.mp4"
    film.write_bytes(b"a film")
    assert size_of(renderer(tmp_path, ffmpeg).still(str(film), 61.5)) == (1000, 1500)
    argv = ffmpeg.calls[0]["argv"]
    assert argv[argv.index("-ss") + 1] == "61.500"
    assert argv[argv.index("-i") + 1] == f"file:{film}"


def test_still_of_a_video_that_is_elsewhere_waits_for_it(tmp_path, ffmpeg):
    with pytest.raises(RenderError) as caught:
        renderer(tmp_path, ffmpeg).still("/data/films/Sintel.mkv", 1)
    assert not caught.value.is_final


@pytest.mark.parametrize(
    ("picture", "size"),
    [
        (WIDE, (64, 36)),
        (b"\xff\xd8\xff\xe0\x00\x04\0\0\xff\xff\xc2\x00\x11\x08\x05\xdc\x03\xe8", (1000, 1500)),
        (b"\xff\xd8\xff\x01\xff\xd0\xff\xc0\x00\x11\x08\x00\x02\x00\x03", (3, 2)),
        (b"RIFF\0\0\0\0WEBPVP8X\0\0\0\0\0\0\0\0\xe7\x03\x00\xdb\x05\x00", (1000, 1500)),
        (b"RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9d\x01\x2a\xe8\x43\xdc\x05", (1000, 1500)),
        (b"RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2f" + struct.pack("<I", 999 | 1499 << 14), (1000, 1500)),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(8), None),
        (b"\xff\xd8\xff\xe0\xff", None),
        (b"\xff\xd8 nothing of a picture", None),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
    ],
)
def test_size_stands_in_the_first_bytes(picture, size):
    assert size_of(picture) == size


def test_posters_of_discs_are_about_2_3_and_stills_are_not():
    assert is_about_2_3((1000, 1500))
    assert is_about_2_3((500, 740))
    assert not is_about_2_3((1080, 1920))
    assert not is_about_2_3((1920, 1080))
    assert MOST_PIXELS < 12_000 * 12_000
    assert MAX_PICTURE_BYTES < 20 * 1024 * 1024
