"""A whole worker that is stepped by hand, at a time of the test's own.

True servers, true files, no process and no thread.

Faults that take minutes for a user take milliseconds here, and what a job has been through can be looked at between two
steps.
"""

import logging
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from hooks.handlers import record
from sync_queue import SyncJob
from sync_queue.append import AppendOnlyQueue
from sync_queue.models import METADATA, create_sync_job
from sync_queue.pending import enqueue_many
from tests.clock import Clock
from tests.fakes.plex import FakePlex
from tests.fakes.stash import FakeStash
from tests.scenery import Movie, Scenery
from worker.process.assembly import Assembled, assemble, open_log

MOST_STEPS: Final = 200
_SHORTEST_S: Final = 0.01
"""How far time moves at least from one step of the worker to the next."""
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


class Stepper(Scenery):
    """A worker over both servers; scene files lie in /data, items' files in /media.

    Args:
        data_dir: made where it is missing.
        environ: of the worker.
        timeout_s: how long either server may take to answer; None: as the settings' defaults say.
        settings: always filled in, until `configure` says otherwise.

    Attributes:
        clock: epoch seconds for the worker and both servers; only the test moves it.
        parts: the worker of now; `restart` makes another one on the same files.
    """

    parts: Assembled

    def __init__(
        self,
        data_dir: Path,
        *,
        environ: Mapping[str, str] = _NONE,
        timeout_s: float | None = None,
        **settings: Any,
    ) -> None:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.clock = Clock()
        self._environ = dict(environ)
        super().__init__(
            data_dir,
            FakePlex(clock=self.clock),
            FakeStash(clock=self.clock),
            stash_folder="/data",
            plex_folder="/media",
        )
        self.needed |= settings
        if timeout_s is not None:
            self.fine_tune(plex_timeout_s=timeout_s, stash_timeout_s=timeout_s)
        self._hook = AppendOnlyQueue(str(data_dir / "queue"))
        self._handler: logging.Handler | None = None
        self.open()
        self.configure()

    def close(self) -> None:
        """Close the worker's files, and end both servers."""
        self._hook.close()
        self.close_worker()
        super().close()

    @property
    def now(self) -> float:
        """Epoch seconds."""
        return self.clock.now

    @now.setter
    def now(self, moment: float) -> None:
        self.clock.now = moment

    # -- the worker ---------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Build a worker on the data folder, as its process would, with the way into Stash that a hook brings."""
        self.parts = assemble(str(self.data_dir), self._environ, clock=self.clock, monotonic=self.clock)
        self.worker, self.records = self.parts.worker, self.parts.records
        self.offer()

    def close_worker(self) -> None:
        """Close the worker's files."""
        if self._handler is not None:
            logger = logging.getLogger("stash2plex")
            logger.removeHandler(self._handler)
            logger.propagate = True  # as before, for the tests of other files
            self._handler.close()
            self._handler = None
        self.parts.close()

    def restart(self) -> None:
        """Another worker takes over, as after the death of the first."""
        has_log = self._handler is not None
        self.close_worker()
        self.open()
        if has_log:
            self.open_log()

    def open_log(self) -> None:
        """Have the worker write its log, as its process does."""
        self._handler = open_log(str(self.data_dir), self.parts.redactor)

    def offer(self, connection: Mapping[str, Any] | None = None) -> None:
        """Offer the way into Stash with a fresh cookie, or the given one, and say that settings have changed."""
        self.parts.stash.offer({**(connection or self.stash.server_connection()), "settings_changed": True})

    def connect(self, connection: Mapping[str, Any] | None = None) -> None:
        """A hook brings a fresh cookie, or the given way into Stash, and wakes the worker out of its pause."""
        self.offer(connection)
        self.worker.wake(retry_now=True)

    def step(self) -> float:
        """One step at `now`."""
        return self.worker.step(self.now)

    def drain(self, most_steps: int = MOST_STEPS) -> float:
        """Step at this moment until nothing is due; how long the worker would wait then."""
        for _ in range(most_steps):
            if (delay_s := self.step()) > 0:
                return delay_s
        raise AssertionError(f"still busy after {most_steps} steps: {self.stats()}\n{self.log()}")

    def later(self, seconds: float) -> None:
        """Let time pass, then let the worker do what is due."""
        self.now += seconds
        self.drain()

    def until(self, condition: Callable[[], object], most_steps: int = MOST_STEPS) -> list[float]:
        """Step until `condition` holds, letting time pass where the worker waits; how long each step let it wait."""
        delays: list[float] = []
        while not condition():
            assert len(delays) < most_steps, f"not within {most_steps} steps: {self.stats()}\n{self.log()}"
            delays.append(self.step())
            self.now += max(_SHORTEST_S, delays[-1])
        return delays

    def finish(self) -> None:
        """Step until no job is left, however long they have to wait."""
        self.until(self.is_drained)

    # -- what a user does ---------------------------------------------------------------------------------------------

    def configure(self, **settings: Any) -> None:
        """Save the plugin's settings: those that are needed, and over them `settings`.

        The worker reads them before its next batch.
        """
        super().configure(**settings)
        self.offer()

    def fine_tune(self, **values: object) -> None:
        """Write the data folder's config.yaml. The worker reads it before its next batch."""
        super().fine_tune(**values)
        if hasattr(self, "parts"):
            self.offer()

    def item(self, *files: str, **values: Any) -> int:
        """An item of the library with these files below /media; its rating key."""
        paths = [f"/media/{file}" for file in files]
        section = values.pop("section", self.section)
        return self.plex.state.add_item(section, [paths] if len(paths) > 1 else paths[0], **values)

    def scene(self, *files: str, **fields: Any) -> int:
        """A scene with these files below /data; its id."""
        return self.stash.add_scene(files=[f"/data/{file}" for file in files], **fields)

    def save(self, movie: Movie, **fields: Any) -> None:
        """Save one scene; its hook appends a row, as the hook's process would."""
        self.stash.save_scene(movie.scene_id, **fields)
        self.append(self.stash.hook_runs[-1].document["args"]["hookContext"])

    def append(self, hook_context: Any) -> None:
        """What the hook's process does with a hook context."""
        record(hook_context, self._hook)

    def put(self, *jobs: SyncJob) -> None:
        """Queue any jobs."""
        enqueue_many(self.data_dir / "queue", jobs, coalesce=False, now=self.now)

    def queue(self, *scene_ids: int, fields: tuple[str, ...] = ()) -> None:
        """Queue one job a scene; `fields` are what was sent, none: unknown."""
        self.put(
            *(create_sync_job(scene_id, METADATA, {"fields": list(fields)}, now=self.now) for scene_id in scene_ids)
        )

    def sync(self, *scene_ids: int, fields: tuple[str, ...] = ()) -> None:
        """Queue the scenes, and let the worker do what is due."""
        self.queue(*scene_ids, fields=fields)
        self.drain()

    # -- what can be seen -----------------------------------------------------------------------------------------

    def attempts(self) -> list[int]:
        """The attempts used up by the jobs that wait."""
        with closing(sqlite3.connect(self.data_dir / "queue" / "data.db")) as connection:
            return [row[0] for row in connection.execute("SELECT attempts FROM job_schedule ORDER BY pqid")]

    def pause_kind(self) -> str:
        """The kind of the pause that other processes see; "" for none."""
        current = self.records.pauses.current()
        return current.kind if current else ""
