"""A small house: a Plex and a Stash with open movies, the plugin between them, and the site that a browser opens."""

import json
import os
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.fakes.plex import FakePlex
from tests.fakes.stash import FakeStash
from tests.ui.site import REPOSITORY, Site
from worker.control import stop_worker

MOVIES = ("Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat")
STORIES = {
    "Big Buck Bunny": "A giant rabbit takes his mild revenge on three rodents.",
    "Sintel": "A lonely young woman searches for a dragon that she has raised.",
    "Tears of Steel": "A group of warriors and scientists stages a crucial event from the past.",
    "Cosmos Laundromat": "On a desolate island a sheep meets its fate in a salesman.",
}
DATES = {
    "Big Buck Bunny": "2008-04-10",
    "Sintel": "2010-09-27",
    "Tears of Steel": "2012-09-26",
    "Cosmos Laundromat": "2015-08-10",
}
PATIENCE_S = 15.0


class World:
    """Built from `data_dir`, which is empty at first; nothing is configured until `configure`."""

    def __init__(self, data_dir: Path, *, prepare: str = "") -> None:
        self.data_dir = data_dir
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.plex = FakePlex()
        self.stash = FakeStash(
            plugin_command=[sys.executable, "-S", str(REPOSITORY / "Stash2Plex.py")],
            plugin_dir=REPOSITORY,
            plugin_env={"STASH_PLUGIN_DATA": str(data_dir), "PLEX_TOKEN": "", "PLEX_URL": ""},
        )
        self.expected_errors: list[str] = []
        self._prepare = prepare
        self.keys: dict[str, int] = {}
        self.scenes: dict[str, int] = {}

    def __enter__(self) -> Self:
        self.plex.__enter__()
        self.stash.__enter__()
        self.site = Site(self.stash.url, self._prepare)
        self.site.__enter__()
        self.section = self.plex.state.add_section("Movies", locations=["/media/movies"]).key
        self.stash.library.settings.stash_paths[:] = ["/data/movies"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.site.__exit__(kind, error, trace)
        stopped = stop_worker(str(self.data_dir))
        self.stash.__exit__(kind, error, trace)
        self.plex.__exit__(kind, error, trace)
        assert stopped, "a worker outlived its test"

    def fill(self, *names: str, in_plex: bool = True) -> None:
        """Put these movies (all four without names) on both sides; in Stash with all they have, in Plex with the file alone."""
        for name in names or MOVIES:
            if in_plex:
                self.keys[name] = self.plex.state.add_item(self.section, f"/media/movies/{name}/{name}.mkv")
            self.scenes[name] = self.stash.add_scene(
                title=name,
                path=f"/data/movies/{name}/{name}.mkv",
                details=STORIES.get(name, ""),
                date=DATES.get(name, ""),
                tags=["Animation", "Short"],
                performers=["Ada Example"],
                studio="Open Films",
                cover=cover(name),
            )

    def configure(self, **more: Any) -> None:
        """Save settings as Stash's own page would."""
        values = {"plex_url": self.plex.url, "plex_token": self.plex.token, **more}
        self.stash.configure_plugin({key: value for key, value in values.items() if value is not None})

    def settings(self) -> dict[str, Any]:
        """What Stash holds for the plugin."""
        return dict(self.stash.library.settings.plugins.get("Stash2Plex", {}))

    def operation(self, mode: str, **args: Any) -> Any:
        """Call an operation as the page does."""
        query = "mutation ($id: ID!, $args: Map!) { runPluginOperation(plugin_id: $id, args: $args) }"
        body = {"query": query, "variables": {"id": "Stash2Plex", "args": {**args, "mode": mode}}}
        request = urllib.request.Request(
            f"{self.stash.url}/graphql", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            told = json.load(answer)
        if told.get("errors"):
            raise AssertionError(told["errors"][0]["message"])
        return told["data"]["runPluginOperation"]

    def item(self, name: str) -> Any:
        """The item of a movie as Plex has it now."""
        return self.plex.state.item(self.keys[name])

    def until(self, condition: Callable[[], Any], what: str) -> Any:
        """Wait until `condition` gives something true; fail with `what` after PATIENCE_S."""
        deadline = time.monotonic() + PATIENCE_S
        pause = threading.Event()
        while time.monotonic() < deadline:
            found = condition()
            if found:
                return found
            pause.wait(0.03)
        raise AssertionError(f"not within {PATIENCE_S:g} s: {what}{self.log()}")

    def log(self) -> str:
        """The worker's log, for the message of a test that failed."""
        path = os.path.join(self.data_dir, "logs", "worker.log")
        return "\n" + Path(path).read_text(encoding="utf-8")[-2000:] if os.path.exists(path) else ""


def cover(name: str) -> bytes:
    """A picture of plain colour for a movie: a valid PNG, another one for each name."""
    import struct
    import zlib
    from hashlib import sha1

    red, green, blue = sha1(name.encode(), usedforsecurity=False).digest()[:3]
    row = b"\0" + bytes((red // 2 + 40, green // 2 + 40, blue // 2 + 60)) * 32

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 32, 18, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(row * 18)) + chunk(b"IEND", b"")
    )
