"""Posters and stills by ffmpeg: one process at a time, of low priority, with a deadline and caps on sizes.

Nothing secret goes along: the picture comes over a file that has no name, the environment is cut down, and of an
argument nothing is ours but numbers. What is no plain JPEG, PNG or WebP does not reach ffmpeg at all; which of its
readers is used says our own look at the first bytes, so that a list of addresses cannot pass for a picture.
"""

import base64
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import IO, Final

from plex.artwork import MAX_PICTURE_BYTES, picture_type
from worker.sync.picture_size import is_about_2_3, size_of

MOST_S: Final = 30.0
"""How long ffmpeg may take: for a picture it takes a half second, for the middle of a video on a slow disk some."""

MOST_IN_VAIN: Final = 3
"""After so many deadlines in a row nothing is made any more until another worker begins: each costs half a minute."""

MOST_PIXELS: Final = 40_000_000
MOST_RATIO: Final = 100
"""Of the longer side to the shorter: enlarged until it covers a canvas, a line of a few pixels takes gigabytes."""

SAMPLE: Final = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAJCAIAAAC0SDtlAAAAPUlEQVR4nGOoWHCCJMSQ1beRJMQQWzObJMQQkNVKEmJwisgn"
    "CTGYukeQhBg0TJ1IQgxSyjokIQZeQTGSEADlO5VRzgtYjQAAAABJRU5ErkJggg=="
)
"""A PNG of 16 x 9 pixels, of which every ffmpeg that works makes something."""

_FLAGS: Final = getattr(subprocess, "CREATE_NO_WINDOW", 0) | getattr(subprocess, "BELOW_NORMAL_PRIORITY_CLASS", 0)
"""On Windows: without a window, and of low priority."""

_LOOK_S: Final = 0.1
_ENDED: Final = frozenset({-9, -15, 255})
"""Killed for want of memory, say, or told to end together with the worker, which it answers with 255: another time it
may succeed. Seen with ffmpeg 5.1.
"""

_LONGEST_REASON: Final = 200

_CANVAS: Final = (
    "[0:v]split=2[under][over];"
    "[under]scale=100:150:force_original_aspect_ratio=increase,crop=100:150,gblur=sigma=5,lutyuv=y=val*0.6,"
    "scale=1000:1500:flags=bicubic,setsar=1[blurred];"
    "[over]scale=1000:1500:force_original_aspect_ratio=decrease:flags=lanczos,setsar=1[whole];"
    "[blurred][whole]overlay=(W-w)/2:(H-h)/2"
)
_CROP: Final = (
    "[0:v]crop=w='min(iw,ih*2/3)':h='min(ih,iw*3/2)',"
    "scale=w='min(1000,iw)':h='min(1500,ih)':flags=lanczos,setsar=1"
)  # fmt: skip
_STILL: Final = "[0:v:0]scale=w='min(1920,iw)':h=-2,setsar=1"
_GRAPHS: Final[Mapping[str, str]] = {"canvas": _CANVAS, "crop": _CROP}
"""What ffmpeg makes of a picture, by the first word of its recipe. All builds have these filters: none is of the GPL.

Whoever changes one raises settings.settings.PICTURE_RECIPE.
"""

_READERS: Final[Mapping[str, str]] = {"image/jpeg": "jpeg_pipe", "image/png": "png_pipe", "image/webp": "webp_pipe"}
_NAME: Final = re.compile(r"ffmpeg[\w.-]{0,40}", re.ASCII | re.IGNORECASE)
_PLACE: Final = re.compile(r"^(\[[^\]]{0,80}\] ?){1,4}")
_PASSED_ON: Final = frozenset(
    {"PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
)
"""What of the environment ffmpeg gets: the worker's may hold Plex's token."""


class RenderError(Exception):
    """Nothing was made; the message says why. `is_final`: it would be the same another time."""

    def __init__(self, why: str, *, is_final: bool) -> None:
        super().__init__(why)
        self.is_final = is_final


class NoRendererError(RenderError):
    """There is no ffmpeg, or none that works, or none that comes to an end."""


class Renderer:
    """Runs ffmpeg for one worker. Used by one thread."""

    def __init__(
        self,
        folder: str,
        named_path: Callable[[], str],
        environ: Mapping[str, str],
        is_stopping: Callable[[], bool] = lambda: False,
        *,
        most_s: float = MOST_S,
    ) -> None:
        """`folder` holds what is under way; `named_path` returns the ffmpeg that Stash names, or ""."""
        self._folder = folder
        self._named_path = named_path
        self._environ = {name: value for name, value in environ.items() if name.upper() in _PASSED_ON}
        self._is_stopping = is_stopping
        self._most_s = most_s
        self._in_vain = 0

    def program(self) -> str:
        """Return the ffmpeg that Stash uses, if it is on this machine, else the one on the path, else ""."""
        named = self._named_path()
        is_one = _NAME.fullmatch(os.path.basename(named)) and os.path.isabs(named) and os.path.isfile(named)
        if is_one and os.access(named, os.X_OK):
            return named
        return shutil.which("ffmpeg", path=self._environ.get("PATH", "")) or ""

    def poster(self, recipe: str, picture: bytes) -> bytes:
        """Return a JPEG of 2:3 of `picture`, or itself where it is about that already; raise RenderError."""
        size, reader = size_of(picture), _READERS.get(picture_type(picture), "")
        if size is None or not reader:
            raise RenderError("it is no whole JPEG, PNG or WebP picture", is_final=True)
        if is_about_2_3(size):
            return picture
        if size[0] * size[1] > MOST_PIXELS or max(size) > MOST_RATIO * min(size):
            raise RenderError(f"it is {size[0]} x {size[1]} pixels large", is_final=True)
        return self._run(_reading(reader), _GRAPHS[recipe.partition("-")[0]], picture)

    def still(self, path: str, at_s: float) -> bytes:
        """Return a JPEG of the moment `at_s` of the video at `path`, as Stash sees it; raise RenderError."""
        if not os.path.isfile(path):
            raise RenderError("the video is not where Stash says, as seen from here", is_final=False)
        reading = ["-protocol_whitelist", "file", "-threads", "1", "-ss", f"{at_s:.3f}", "-i", f"file:{path}"]
        return self._run(reading, _STILL, b"")

    def _run(self, reading: Sequence[str], graph: str, picture: bytes) -> bytes:
        """Run it; where it fails for good, see whether that is the picture's fault: a broken ffmpeg always fails."""
        try:
            return self._run_once(reading, graph, picture)
        except RenderError as error:
            if error.is_final:
                self._require_sound(graph)
            raise

    def _require_sound(self, graph: str) -> None:
        try:
            self._run_once(_reading("png_pipe"), graph, SAMPLE)
        except RenderError as error:
            raise NoRendererError(
                f"ffmpeg does not work, not even with a good picture: {error}", is_final=False
            ) from error

    def _run_once(self, reading: Sequence[str], graph: str, picture: bytes) -> bytes:
        argv = [*self._beginning(), *reading, *_ending(graph)]
        try:
            with ExitStack() as opened:
                files = [opened.enter_context(tempfile.TemporaryFile(dir=self._folder)) for _ in range(3)]
                status = self._status_of(argv, picture, files)
                made, words = (_start_of(file, MAX_PICTURE_BYTES + 1) for file in files[1:])
        except OSError as error:
            raise RenderError(f"ffmpeg cannot be run ({error.strerror or error})", is_final=False) from error
        if status or len(made) > MAX_PICTURE_BYTES or picture_type(made) != "image/jpeg" or size_of(made) is None:
            raise RenderError(f"ffmpeg could not read it ({_reason(words, status)})", is_final=status not in _ENDED)
        self._in_vain = 0
        return made

    def _beginning(self) -> list[str]:
        program = self.program()
        if self._in_vain >= MOST_IN_VAIN:
            raise NoRendererError(f"ffmpeg took too long {MOST_IN_VAIN} times in a row", is_final=False)
        if not program:
            raise NoRendererError("there is no ffmpeg on this machine", is_final=False)
        is_windows = os.name == "nt"
        nice = "" if is_windows else shutil.which("nice", path=self._environ.get("PATH", ""))
        first = [nice, "-n", "10"] if nice else []
        limit = [] if is_windows else ["-timelimit", f"{MOST_S:.0f}"]  # its end where the worker is killed meanwhile
        return [*first, program, "-nostdin", "-hide_banner", "-loglevel", "error", "-xerror", *limit]

    def _status_of(self, argv: Sequence[str], picture: bytes, files: Sequence[IO[bytes]]) -> int:
        """Run `argv` to its end, and return its status; kill it at the deadline, for its size, or with the worker."""
        source, target, errors = files
        source.write(picture)
        source.seek(0)
        ends_s = time.monotonic() + self._most_s
        with subprocess.Popen(  # noqa: S603 - a list, of which no word comes from a stranger but a path
            argv,
            stdin=source,
            stdout=target,
            stderr=errors,
            env=self._environ,
            creationflags=_FLAGS,
            start_new_session=True,
        ) as process:
            while True:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(_LOOK_S)
                why = self._why_end((target, errors), ends_s)
                if why:
                    _kill(process)
                    raise RenderError(why, is_final=False)

    def _why_end(self, files: Sequence[IO[bytes]], ends_s: float) -> str:
        if max(os.fstat(file.fileno()).st_size for file in files) > MAX_PICTURE_BYTES:
            return "ffmpeg wrote too much"
        if self._is_stopping():
            return "the worker ends"
        if time.monotonic() <= ends_s:
            return ""
        self._in_vain += 1
        return "ffmpeg took too long"


def _reading(reader: str) -> list[str]:
    """Return the arguments before the output for a picture that comes over the standard input."""
    before = ["-protocol_whitelist", "pipe", "-err_detect", "explode", "-max_pixels", str(MOST_PIXELS)]
    return [*before, "-threads", "1", "-f", reader, "-i", "pipe:0"]


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill it, and what it has started: what Stash names may be a script around the true one."""
    if os.name == "nt":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def _ending(graph: str) -> list[str]:
    """Return the arguments behind the input. The same build makes the same bytes of the same picture."""
    return [
        *("-filter_threads", "1", "-filter_complex_threads", "1", "-filter_complex", graph, "-frames:v", "1"),
        *("-map_metadata", "-1", "-threads", "1", "-c:v", "mjpeg", "-q:v", "3"),
        *("-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "image2pipe", "pipe:1"),
    ]


def _start_of(file: IO[bytes], most: int) -> bytes:
    file.seek(0)
    return file.read(most)


def _reason(words: bytes, status: int) -> str:
    """Return the first line that ffmpeg wrote, without the place in its memory; its status where it wrote none."""
    lines = words.decode("utf-8", "replace").strip().splitlines()
    return _PLACE.sub("", lines[0]) if lines else f"status {status}"
