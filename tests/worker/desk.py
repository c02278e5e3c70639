"""A worker at its desk: a real queue, real dead letters, a script in place of the servers, and time that a test moves."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from threading import Event

from sync_queue import DeadLetterQueue, QueueManager, create_sync_job, get_stats
from sync_queue.append import AppendOnlyQueue
from sync_queue.models import METADATA
from sync_queue.settling import ClaimedJob
from worker.outcome import Outcome, Pause
from worker.processor import SyncWorker
from worker.protocols import Report, Result

NOW = 1_795_000_000.0


class Script:
    """A synchronizer that a test scripts: `fails` by job_key, `breaks` whole batches, `away` for the probe."""

    def __init__(self) -> None:
        self.batches: list[tuple[str, ...]] = []
        self.fails: dict[str, Exception] = {}
        self.breaks: dict[str, Exception] = {}
        self.away: Exception | None = None
        self.probes = 0

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        self.batches.append(tuple(job.key for job in jobs))
        for job in jobs:
            if job.key in self.breaks:
                raise self.breaks[job.key]
        for job in jobs:
            yield Result(job, self.fails.get(job.key))

    def probe(self) -> None:
        self.probes += 1
        if self.away is not None:
            raise self.away

    def rest(self) -> None:
        pass


class Diary(Report):
    """Writes down what is reported."""

    def __init__(self) -> None:
        self.pages: list[tuple[str, ...]] = []

    def settled(self, result: Result, outcome: Outcome, reason: str, now: float) -> None:
        self.pages.append((type(outcome).__name__, result.claimed.key, reason))

    def paused(self, pause: Pause, reason: str, now: float, *, is_new: bool) -> None:
        self.pages.append(("paused", pause.kind, "new" if is_new else "still"))

    def resumed(self, now: float) -> None:
        self.pages.append(("resumed",))


class Desk:
    """A worker, its queue, and its time."""

    def __init__(self, data_dir: Path) -> None:
        self.now = NOW
        self.data_dir = data_dir
        self.manager = QueueManager(data_dir)
        self.dlq = DeadLetterQueue(data_dir)
        self.script = Script()
        self.diary = Diary()
        self.staff: list[SyncWorker] = []
        self.worker = self.hire()

    def hire(self, dlq: DeadLetterQueue | None = None, **options: object) -> SyncWorker:
        """A worker over the same files, as after a restart."""
        worker = SyncWorker(
            self.manager.get_queue(),
            dlq or self.dlq,
            **{
                "synchronizer": self.script,
                "report": self.diary,
                "clock": lambda: self.now,
                "jitter": lambda: 0.0,
                **options,
            },
        )
        self.staff.append(worker)
        return worker

    def put(self, *scene_ids: int) -> None:
        queue = AppendOnlyQueue(str(self.data_dir / "queue"))
        for scene_id in scene_ids:
            queue.put(create_sync_job(scene_id, METADATA, {"fields": ["title"]}, now=self.now))
        queue.close()

    def put_raw(self, data: bytes) -> None:
        with closing(sqlite3.connect(self.data_dir / "queue" / "data.db", isolation_level=None)) as connection:
            sql = "INSERT INTO ack_queue_default (data, timestamp, status) VALUES (?, ?, 0)"
            connection.execute(sql, (data, self.now))

    def step(self) -> float:
        return self.worker.step(self.now)

    def drain(self, most_steps: int = 200) -> float:
        """Step at this moment until nothing is due; how long the worker would wait then."""
        return next(delay_s for delay_s in (self.step() for _ in range(most_steps)) if delay_s > 0)

    def stats(self) -> dict[str, int]:
        return {state: count for state, count in get_stats(self.data_dir / "queue").items() if count}

    def letters(self) -> list[tuple[str, str, int]]:
        return [(letter["job_key"], letter["error_type"], letter["retry_count"]) for letter in self.dlq.get_recent(100)]

    def close(self) -> None:
        for worker in self.staff:
            worker.stop()
        self.dlq.close()
        self.manager.shutdown()


class Stuck(Script):
    """A synchronizer that stays within a request until it is freed."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.freed = Event(), Event()

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        self.batches.append(tuple(job.key for job in jobs))
        self.reached.set()
        self.freed.wait(60)
        yield from map(Result, jobs)
