"""Line 6: the queue at scale: filling it from a task, draining it, asking it, and how large its file stays."""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from bench.figures import Figure, of_samples
from bench.hook import fill
from bench.size import Size
from bench.timing import Command, timed
from sync_queue import QueueManager, create_sync_job, get_stats
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.models import SyncJob
from sync_queue.pending import enqueue_many
from sync_queue.settling import Settlement
from tests.house import install

TITLE: Final = "Queue"
LIMIT: Final = (
    "Filling: a job is looked for by its key and written into two tables with four indexes. Draining: a SELECT and three UPDATEs a job."
    " Counting a million rows by status is one walk through an index."
)

_BATCH: Final = 100


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Jobs a second, milliseconds, rows and bytes."""
    with tempfile.TemporaryDirectory() as folder:
        return [*_rounds(folder, size.of(100_000, 50_000, 300)), *_at_size(folder, size)]


def _rounds(folder: str, count: int) -> list[Figure]:
    """Fill and drain twice: the second time the file must not grow."""
    queue_dir = os.path.join(folder, "rounds")
    sizes = []
    with ClaimStore(queue_dir) as claims:
        for _ in range(2):
            enqueue_s = timed(lambda: enqueue_many(queue_dir, _jobs(count)))
            highest = _bytes(queue_dir)
            drain_s = timed(lambda: _drain(claims))
            sizes.append(highest)
        _prune(claims)
        rows = sum(get_stats(queue_dir).values())
    one_by_one_s = _by_persist_queue(os.path.join(folder, "theirs"), min(count, 200))
    return [
        Figure(f"enqueue {count:,} jobs from a task", count / enqueue_s, "jobs a second"),
        Figure("claim and ack", count / drain_s, "jobs a second"),
        Figure(
            "the same by persist-queue's put, get and ack / ours, a job",
            one_by_one_s / ((enqueue_s + drain_s) / count),
            "times",
        ),
        Figure("rows kept after a drain", rows, "", 2000),
        Figure("file at its largest, second time / first time", sizes[1] / sizes[0], "times", 1.2),
    ]


def _at_size(folder: str, size: Size) -> list[Figure]:
    """What a claim and the status cost with many rows, against few."""
    few, many = 1_000, size.of(1_000_000, 100_000, 2_000)
    for rows in (few, many):
        _make(os.path.join(folder, str(rows), "queue"), rows)
    data_dir = os.path.join(folder, str(many))
    with (
        ClaimStore(os.path.join(folder, str(few), "queue")) as small,
        ClaimStore(os.path.join(data_dir, "queue")) as large,
    ):
        ratios = [timed(lambda: _claim(large)) / timed(lambda: _claim(small)) for _ in range(10)][1:]
    stats_ms = [1000 * timed(lambda: get_stats(os.path.join(data_dir, "queue"))) for _ in range(5)]
    return [
        of_samples(f"claim of {_BATCH} with {many:,} rows / with {few:,}", ratios, "times", 1.3),
        of_samples(f"get_stats at {many:,} rows", stats_ms, "ms", 200),
        of_samples(f"View Queue Status at {many:,} rows, whole process", _status_ms(folder, data_dir), "ms", 200),
        Figure(f"file at {many:,} rows", _bytes(os.path.join(data_dir, "queue")) / 1e6, "MB"),
    ]


def _make(queue_dir: str, rows: int) -> None:
    queue = AppendOnlyQueue(queue_dir)
    queue.put(create_sync_job(1, "metadata", {"fields": []}))
    queue.close()
    fill(queue_dir, rows)


def _status_ms(folder: str, data_dir: str) -> list[float]:
    plugin = install(Path(folder, "Stash2Plex"))
    command = Command(
        [sys.executable, "-S", str(plugin / "Stash2Plex.py")],
        json.dumps({"args": {"mode": "queue_status"}}).encode(),
        {**os.environ, "STASH_PLUGIN_DATA": data_dir},
    )
    return [command.run() for _ in range(6)][1:]


def _jobs(count: int) -> Iterator[SyncJob]:
    return (create_sync_job(scene_id, "metadata", {"fields": []}) for scene_id in range(1, count + 1))


def _drain(claims: ClaimStore) -> None:
    while _claim(claims):
        pass
    _prune(claims)


def _claim(claims: ClaimStore) -> int:
    batch = claims.claim_due(time.time(), _BATCH)
    claims.settle([Settlement.ack(job.pqids) for job in batch.jobs], time.time())
    return len(batch.jobs)


def _prune(claims: ClaimStore) -> None:
    while claims.prune():
        pass


def _by_persist_queue(data_dir: str, count: int) -> float:
    """Seconds a job to put, get and ack one after the other through persist-queue itself on the same file."""
    manager = QueueManager(data_dir)
    queue = manager.get_queue()
    jobs = list(_jobs(count))

    def work() -> None:
        for job in jobs:
            queue.put(job)
        for _ in jobs:
            queue.ack(queue.get())

    took_s = timed(work)
    manager.shutdown()
    return took_s / count


def _bytes(queue_dir: str) -> int:
    return sum(os.path.getsize(os.path.join(queue_dir, name)) for name in os.listdir(queue_dir))
