"""A whole worker that is stepped by hand, at a time of the test's own: true servers, true files, no process and no thread.

Faults that take minutes for a user take milliseconds here, and what a job has been through can be looked at between two steps.
"""

import logging
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Final, Self

from hooks.handlers import record
from sync_queue import AppendOnlyQueue, get_stats
from tests.fakes.plex import FakePlex, ItemSnapshot
from tests.fakes.stash import FakeStash
from worker.process.assembly import LOG_NAME, Assembled, assemble, open_log

START: Final = 1_795_393_093.0
TIMEOUT_S: Final = 0.3
"""How long either server may take to answer where faults keep it from that: short enough to wait for it many times."""
PATIENT_S: Final = 20.0
"""And where nothing keeps it: a busy machine is no fault."""
_NONE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Film:
    """One film on both sides."""

    name: str
    scene_id: int
    rating_key: int


class Stepper:
    """Both stand-ins, a data folder and a worker on it; a context manager.

    Attributes:
        now: epoch seconds of the worker's clocks; only the test moves it.
        parts: the worker of now; `restart` makes another one on the same files.
    """

    def __init__(
        self, folder: Path, *, environ: Mapping[str, str] = _NONE, timeout_s: float = PATIENT_S, **settings: Any
    ) -> None:
        self.data_dir = folder / "data"
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.now = START
        self.lost: Any = None  # what a fault has taken away, until it ends
        self.plex = FakePlex()
        self.stash = FakeStash()
        self.section = self.plex.state.add_section("Movies", locations=["/media/movies"]).key
        self._environ = dict(environ)
        self._settings = settings
        (self.data_dir / "config.yaml").write_text(f"plex_timeout_s: {timeout_s}\nstash_timeout_s: {timeout_s}\n")
        self._hook = AppendOnlyQueue(str(self.data_dir / "queue"))

    def __enter__(self) -> Self:
        self.plex.start()
        self.stash.__enter__()
        self.configure(**self._settings)
        self.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._hook.close()
        self.close_worker()
        self.stash.__exit__(None, None, None)
        self.plex.stop()

    # -- the worker ---------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """Build a worker on the data folder, as its process would."""
        self.parts: Assembled = assemble(
            str(self.data_dir), self._environ, clock=lambda: self.now, monotonic=lambda: self.now
        )
        self._handler: logging.Handler = open_log(str(self.data_dir), self.parts.redactor)
        self.connect()

    def close_worker(self) -> None:
        """Close the worker's files."""
        logger = logging.getLogger("stash2plex")
        logger.removeHandler(self._handler)
        logger.propagate = True  # as before, for the tests of other files
        self._handler.close()
        self.parts.close()

    def restart(self) -> None:
        """Another worker takes over, as after the death of the first."""
        self.close_worker()
        self.open()

    def connect(self) -> None:
        """A hook brings a fresh cookie."""
        self.parts.session.offer(self.stash.server_connection())
        self.parts.worker.wake(retry_now=True)

    def step(self) -> float:
        """One step at `now`."""
        return self.parts.worker.step(self.now)

    def drain(self, *, most_steps: int = 200) -> int:
        """Step until nothing is pending, letting time pass where the worker waits; the number of steps."""
        for number in range(most_steps):
            if self.is_drained():
                return number
            self.now += max(0.01, self.step())
        raise AssertionError(f"not drained after {most_steps} steps: {self.stats()}\n{self.log()}")

    def drain_due(self) -> None:
        """Step until there is nothing to do for a while, and let that while pass."""
        while (delay_s := self.step()) == 0.0:
            self.now += 0.01
        self.now += delay_s

    # -- what a user does -----------------------------------------------------------------------------------------

    def configure(self, **settings: Any) -> None:
        """Save the plugin's settings: those that are needed, and over them `settings`."""
        self.stash.configure_plugin(
            {
                "plex_url": self.plex.url,
                "plex_token": self.plex.token,
                "plex_library": "Movies",
                "path_rules": "/data/movies => /media/movies",
                **settings,
            }
        )

    def add(self, *names: str) -> list[Film]:
        """Films that both sides have had for long."""
        return [self._add(name) for name in names]

    def _add(self, name: str) -> Film:
        rating_key = self.plex.state.add_item(self.section, f"/media/movies/{name}/{name}.mkv")
        return Film(name, self.stash.add_scene(path=f"/data/movies/{name}/{name}.mkv"), rating_key)

    def save(self, film: Film, **fields: Any) -> None:
        """Save one scene; its hook appends a row, as the hook's process would."""
        self.stash.save_scene(film.scene_id, **fields)
        self.append(self.stash.hook_runs[-1].document["args"]["hookContext"])

    def append(self, hook_context: Any) -> None:
        """What the hook's process does with a hook context."""
        record(hook_context, self._hook)

    # -- what can be seen -----------------------------------------------------------------------------------------

    def shown(self, film: Film) -> ItemSnapshot:
        """What Plex shows now."""
        return self.plex.state.item(film.rating_key)

    def stats(self) -> dict[str, int]:
        """The queue's rows by state."""
        return get_stats(self.data_dir / "queue")

    def is_drained(self) -> bool:
        """Whether no job is pending or in progress."""
        stats = self.stats()
        return stats["pending"] == stats["in_progress"] == 0

    def attempts(self) -> list[int]:
        """The attempts used up by the jobs that wait."""
        with closing(sqlite3.connect(self.data_dir / "queue" / "data.db")) as connection:
            return [row[0] for row in connection.execute("SELECT attempts FROM job_schedule ORDER BY pqid")]

    def pause_kind(self) -> str:
        """Whom everything waits for, as other processes see it; "" for nobody."""
        current = self.parts.records.pauses.current()
        return current.kind if current else ""

    def letters(self) -> list[dict[str, Any]]:
        """The newest dead letters."""
        return self.parts.dlq.get_recent(1000)

    def log(self) -> str:
        """The worker's log."""
        path = self.data_dir / LOG_NAME
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def writes(self) -> int:
        """How many requests have tried to change Plex."""
        return sum(self.plex.journal.kinds[kind] for kind in ("edit", "rate", "picture_upload", "picture_select"))

    def until(self, condition: Callable[[], object], *, most_steps: int = 50) -> Iterator[float]:
        """Step until `condition` holds; yields how long each step lets the worker wait."""
        for _ in range(most_steps):
            if condition():
                return
            delay_s = self.step()
            yield delay_s
            self.now += max(0.01, delay_s)
        raise AssertionError(f"not within {most_steps} steps; {self.stats()}\n{self.log()}")
