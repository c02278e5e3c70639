"""A whole house for a test: both stand-ins, the plugin installed as Stash installs it, and its data folder.

Saves run the plugin's true process; the worker that a save starts is a true process too. `close` leaves none of them
behind.
"""

import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from scripts.shipped import shipped_files
from sync_queue import create_sync_job
from sync_queue.append import AppendOnlyQueue
from sync_queue.models import METADATA
from tests.fakes.plex import FakePlex
from tests.fakes.stash import FakeStash
from tests.processes import kill, processes
from tests.scenery import Movie, Scenery
from tests.waiting import PATIENCE_S, wait_until
from worker.launch import ensure_worker, message_of

__all__ = ["PATIENCE_S", "ROOT", "House", "Movie", "install", "kill", "processes"]

ROOT: Final = Path(__file__).parents[1]
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class House(Scenery):
    """Both servers, the installed plugin and its processes.

    Args:
        folder: for the data folder (`data`) and, unless `plugin_dir` is given, the installed plugin.
        plugin_dir: a plugin that is installed already, see `install`.
        python: how the manifest starts Python.
        environ: added to the environment of the plugin's processes.
        settings: what the user has filled in beside address and token; None: nothing at all was filled in yet.
    """

    def __init__(
        self,
        folder: Path,
        *,
        plugin_dir: Path | None = None,
        python: Sequence[str] = (sys.executable, "-S"),
        environ: Mapping[str, str] = _NONE,
        settings: Mapping[str, Any] | None = _NONE,
        plex: FakePlex | None = None,
    ) -> None:
        self.plugin_dir = plugin_dir or install(folder / "plugins" / "Stash2Plex")
        stash = FakeStash(
            plugin_command=[*python, str(self.plugin_dir / "Stash2Plex.py")],
            plugin_dir=self.plugin_dir,
            plugin_env={"STASH_PLUGIN_DATA": str(folder / "data"), **environ},
        )
        super().__init__(
            folder / "data", plex or FakePlex(), stash, stash_folder="/data/movies", plex_folder="/media/movies"
        )
        self.needed["plex_library"] = "Movies"
        if settings is not None:
            self.configure(**settings)

    def close(self) -> None:
        """End every process and server."""
        self.stash.__exit__(None, None, None)
        while pids := self.workers():
            for pid in pids:
                kill(pid)
        self.plex.stop()

    # -- what a user does -----------------------------------------------------------------------------------------

    def save(self, movie: Movie, **fields: Any) -> float:
        """Save one scene as a user would; the seconds that the user waited."""
        started = time.perf_counter()
        self.stash.save_scene(movie.scene_id, **fields)
        return time.perf_counter() - started

    def record(self, *movies: Movie) -> None:
        """What hooks of saves would leave behind, had each of them died right after its row."""
        queue = AppendOnlyQueue(str(self.data_dir / "queue"))
        for movie in movies:
            queue.put(create_sync_job(movie.scene_id, METADATA, {"fields": []}))
        queue.close()

    def offer(self, connection: Mapping[str, Any] | None = None) -> None:
        """Start or wake the worker as a hook does, with a fresh connection or the given one, without queueing anything."""
        document = {"server_connection": connection or self.stash.server_connection()}
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        ensure_worker(str(self.data_dir), str(self.plugin_dir / "Stash2Plex.py"), message_of(document, {}))

    # -- what can be seen -----------------------------------------------------------------------------------------

    def has_title(self, *movies: Movie, title: str = "{name}!") -> Callable[[], bool]:
        """A condition: Plex shows `title` (`{name}` is the film's) for all of `movies`."""
        return lambda: all(self.shown(movie).title == title.format(name=movie.name) for movie in movies)

    def wait(
        self,
        condition: Callable[[], object],
        what: str = "",
        timeout_s: float = PATIENCE_S,
        every_s: float = 0.02,
    ) -> float:
        """Wait until `condition` holds, looked at with each request that Plex answers and `every_s`.

        Returns the seconds that it took.

        Raises:
            AssertionError: it did not within `timeout_s`; with the worker's log.
        """
        started = time.perf_counter()
        wait_until(
            condition,
            lambda: f"{what or condition}\n{self.log()}{self.stderr()}",
            timeout_s,
            every_s=every_s,
            pause=self.plex.journal.wait_for_news,
        )
        return time.perf_counter() - started

    def stderr(self) -> str:
        """What the worker's process wrote past its log; empty unless something is wrong."""
        return self.text_of("worker.stderr")

    def hook_log(self) -> list[tuple[str, str]]:
        """The lines of the last hook in Stash's log: (level, text)."""
        run = self.stash.hook_runs[-1].run
        return run.log if run else []

    # -- the worker's process -------------------------------------------------------------------------------------

    def workers(self) -> list[int]:
        """The worker processes of this house."""
        return processes(["--worker", str(self.data_dir)])

    def worker(self) -> int:
        """The one worker process."""
        self.wait(lambda: len(self.workers()) == 1, "one worker lives")
        return self.workers()[0]


def install(plugin_dir: Path) -> Path:
    """Put the plugin's files where Stash would have them; returns the folder."""
    for name in shipped_files(ROOT):
        target = plugin_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, target)
        shutil.copystat(ROOT / name, target)  # its time too: what a test changes at once must look changed
    return plugin_dir
