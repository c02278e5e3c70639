"""A stand-in for ffmpeg that is a real process: it makes small JPEGs, or behaves as badly as it is told to.

What it makes depends on its version, as that of true ones does.
"""

import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from plex.artwork import sha1_of
from worker.sync.rendering import SAMPLE

_SCRIPT: Final = """#!{python}
import hashlib, json, os, struct, sys, time
folder = os.path.dirname(os.path.abspath(__file__))
mode = open(os.path.join(folder, "mode")).read()
picture = sys.stdin.buffer.read()
is_sample = hashlib.sha1(picture).hexdigest() == "{sample}"
with open(os.path.join(folder, "calls"), "a") as calls:
    call = {{"is_sample": is_sample, "argv": sys.argv[1:], "environ": sorted(os.environ), "bytes": len(picture), "nice": os.nice(0)}}
    calls.write(json.dumps(call) + "\\n")
if mode == "hangs":
    time.sleep(600)
if mode == "starts another":
    import subprocess
    subprocess.call([sys.executable, "-c", "import time; time.sleep(600)", folder])
if mode == "is broken":
    sys.exit("ffmpeg: error while loading shared libraries: libx264.so.164: cannot open")
if mode == "is told to end":
    sys.exit(255)
if is_sample:
    mode = "works"
if mode == "crashes":
    os.abort()
if mode == "is killed":
    os.kill(os.getpid(), 9)
if mode == "refuses":
    sys.exit("[mjpeg @ 0x55d3] [dec:mjpeg @ 0x55d4] overread 8\\nand more")
if mode == "writes text":
    print("no picture")
    sys.exit(0)
version = open(os.path.join(folder, "version")).read()
mark = hashlib.sha1(picture + repr((version, sys.argv)).encode()).digest()
size = struct.pack(">BHH", 8, 1500, 1000) + b"\\x03" + b"\\x01\\x11\\x00\\x02\\x11\\x01\\x03\\x11\\x01"
sys.stdout.buffer.write(b"\\xff\\xd8\\xff\\xfe\\x00\\x16" + mark + b"\\xff\\xc0\\x00\\x11" + size + b"\\xff\\xd9")
if mode == "writes too much":
    for _ in range(20):
        sys.stdout.buffer.write(b"x" * 1024 * 1024)
    sys.stdout.flush()
    time.sleep(600)
"""


class StandInFfmpeg:
    """An executable named "ffmpeg" in `folder`.

    Attributes:
        path: where it is.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "ffmpeg"
        self.path.write_text(_SCRIPT.format(python=sys.executable, sample=sha1_of(SAMPLE)), encoding="utf-8")
        self.path.chmod(0o755)
        self._tools = folder / "tools"
        self._tools.mkdir(exist_ok=True)
        nice = shutil.which("nice")
        if nice and not (self._tools / "nice").exists():
            (self._tools / "nice").symlink_to(nice)
        self.behave("works")
        self.update("5.1")

    def behave(self, mode: str) -> None:
        """From now on it does so: "works", "hangs", "starts another" that hangs, "is broken", "is told to end".

        Or it "crashes", "is killed", "refuses", "writes text", "writes too much", but works with a good picture.
        """
        (self._folder / "mode").write_text(mode, encoding="utf-8")

    def update(self, version: str) -> None:
        """Another version makes other bytes of the same picture."""
        (self._folder / "version").write_text(version, encoding="utf-8")

    def remove(self) -> None:
        """It is there no more."""
        self.path.unlink()

    @property
    def calls(self) -> list[dict[str, Any]]:
        """What it was called with, each time: `argv`, names of the `environ`, `bytes` of the picture, `nice`.

        Without the looks whether it works at all.
        """
        log = self._folder / "calls"
        calls = [json.loads(line) for line in log.read_text("utf-8").splitlines()] if log.exists() else []
        return [call for call in calls if not call["is_sample"]]

    @property
    def environ(self) -> dict[str, str]:
        """An environment in which no other ffmpeg is found."""
        return {"PATH": str(self._tools), "PLEX_TOKEN": "MARKED-TOKEN"}
