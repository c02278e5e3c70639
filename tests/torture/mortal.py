"""`python -m tests.torture.mortal FOLDER SEED LIVES`.

One short life after another over the same data folder, each ended by SIGKILL at a drawn point.

A life is the plugin's own code on its own files: hooks append, a task queues many, the worker steps. Only the servers
are files here: Stash is a number a scene, Plex a line a write, so that a thousand lives take seconds. Prints the kills
by point as JSON.
"""

import json
import os
import random
import signal
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from records import Intent, Original, Records, Written
from sync_queue import DeadLetterQueue, QueueManager, create_sync_job
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.models import METADATA
from sync_queue.pending import enqueue_many
from sync_queue.settling import Batch, ClaimedJob
from worker.activity_log import ActivityLog
from worker.errors import PermanentError, TransientError
from worker.processor import SyncWorker
from worker.protocols import Result

SCENES: Final = 60
MOST_DEEDS: Final = 40
"""What a life does at the most, if nothing kills it."""

REFUSED: Final = frozenset({7, 14})
"""Scenes that Plex never takes."""

POINTS: Final = (
    "sync_queue.append:_insert:before",
    "sync_queue.append:_insert:after",
    "sync_queue.pending:_document:after",
    "sync_queue.pending:_add:after",
    "tests.torture.mortal:enqueue_many:after",
    "sync_queue.claims:put_back:after",
    "sync_queue.claims:_claim:after",
    "sync_queue.claims:ClaimStore.claim_due:after",
    "records.records:Records.before_edits:before",
    "records.records:intend:before",  # originals are in, intents are not: within the transaction
    "records.records:Records.before_edits:after",
    "tests.torture.mortal:write:after",
    "records.written:WrittenStore.record_many:before",
    "worker.activity_log:ActivityLog.settled:before",
    "sync_queue.dlq:put_letter:after",
    "sync_queue.dlq:DeadLetterQueue.add:after",
    "sync_queue.dlq:DeadLetterQueue.resolve:before",
    "sync_queue.claims:_settle:after",
    "sync_queue.claims:ClaimStore.settle:before",
    "sync_queue.claims:ClaimStore.settle:after",
    "sync_queue.upkeep:prune:after",
    "sync_queue.upkeep:shrink:before",
)


class Servers:
    """The two servers as files of `folder`, and what was answered to the users."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data_dir = folder / "data"
        for name in ("stash", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)

    def version(self, scene_id: int) -> int:
        """What Stash says."""
        path = self.folder / "stash" / str(scene_id)
        return int(path.read_text(encoding="ascii")) if path.exists() else 0

    def save(self, scene_id: int) -> int:
        """Stash saves; the new version."""
        version = self.version(scene_id) + 1
        path = self.folder / "stash" / str(scene_id)
        path.with_suffix(".new").write_text(str(version), encoding="ascii")
        path.with_suffix(".new").replace(path)
        return version

    def note(self, name: str, *numbers: int) -> None:
        """Append a line."""
        with (self.folder / name).open("ab", buffering=0) as file:
            file.write(" ".join(map(str, numbers)).encode() + b"\n")

    def lines(self, name: str) -> Iterator[list[int]]:
        """The lines of `note`."""
        path = self.folder / name
        for line in path.read_text(encoding="ascii").splitlines() if path.exists() else []:
            yield [int(number) for number in line.split()]

    def last(self, name: str) -> dict[int, int]:
        """The newest second number of each first one."""
        return {line[0]: line[1] for line in self.lines(name)}


def write(servers: Servers, scene_id: int, version: int) -> bool:
    """Plex takes an edit."""
    servers.note("plex", scene_id, version)
    return True


class Courier:
    """A synchronizer that brings versions from one file to the other, by the order of the true one.

    Originals and intents, the write, the record.
    """

    def __init__(self, servers: Servers, records: Records, chance: random.Random) -> None:
        self._servers, self._records, self._chance = servers, records, chance

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        versions = {job.key: self._servers.version(job.job["scene_id"] or 0) for job in jobs}
        good = [job for job in jobs if job.job["scene_id"] not in REFUSED]
        self._records.before_edits(
            [Original(_id(job), 1, "movie", {}, frozenset(), "", 1.0) for job in good],
            [Intent(_id(job), _id(job), 1, {"title": str(versions[job.key])}) for job in good],
        )
        for job in jobs:
            if job not in good:
                yield Result(job, PermanentError("Plex never takes it"))
            elif self._chance.random() < 0.1:
                yield Result(job, TransientError("not now"))
            else:
                write(self._servers, _id(job), versions[job.key])
                values = {"title": str(versions[job.key])}
                self._records.written.record_many([Written(_id(job), _id(job), 1, values, synced_at=1.0)])
                yield Result(job)

    def probe(self) -> None:
        pass

    def rest(self) -> None:
        pass


def _id(job: ClaimedJob) -> int:
    return job.job["scene_id"] or 0


class Life:
    """Everything of the plugin that touches the files, opened as its processes open it."""

    def __init__(self, servers: Servers, chance: random.Random, now: float) -> None:
        self._servers, self._chance, self.now = servers, chance, now
        self.records = Records(servers.data_dir / "state.db")
        self.manager = QueueManager(servers.data_dir)
        self.dlq = DeadLetterQueue(servers.data_dir)
        self.claims = ClaimStore(servers.data_dir / "queue")
        self.worker = SyncWorker(
            self.manager.get_queue(),
            self.dlq,
            synchronizer=Courier(servers, self.records, chance),
            report=ActivityLog(self.records),
            clock=lambda: self.now,
            jitter=lambda: 0.0,
            batch_size=chance.choice([1, 5, 20]),
        )
        self.hook = AppendOnlyQueue(str(servers.data_dir / "queue"))
        self.worker.take_back()

    def go_on(self) -> None:
        """One thing that happens."""
        drawn = self._chance.random()
        if drawn < 0.4:
            self.save(self._chance.randrange(1, SCENES))
        elif drawn < 0.45:
            self.bulk()
        elif drawn < 0.5:
            self.claims.prune(keep=5)
        else:
            self.now += max(0.001, min(60.0, self.worker.step(self.now)))

    def save(self, scene_id: int) -> None:
        """A save, its hook, and the answer that the user gets."""
        version = self._servers.save(scene_id)
        self.hook.put(create_sync_job(scene_id, METADATA, {"fields": ["title"]}, now=self.now))
        self._servers.note("confirmed", scene_id, version)

    def bulk(self) -> None:
        """A task that queues many."""
        jobs = [create_sync_job(scene_id, METADATA, {"fields": []}, now=self.now) for scene_id in range(1, SCENES)]
        enqueue_many(self._servers.data_dir / "queue", jobs, now=self.now)

    def drain(self) -> None:
        """Until nothing is left."""
        while not self.worker.is_idle:
            self.now += max(0.001, self.worker.step(self.now))

    def close(self) -> None:
        """Close every file."""
        self.hook.close()
        self.worker.stop()
        self.claims.close()
        self.dlq.close()
        self.manager.shutdown()
        self.records.close()


def main(folder: str, seed: str, lives: str) -> None:
    """Live and die, then live once to the end."""
    servers, chance = Servers(Path(folder)), random.Random(seed)
    kills: Counter[str] = Counter()
    for number in range(int(lives)):
        order = f"{chance.choice(POINTS)}:{chance.randint(1, 8)}"
        child = os.fork()
        if child == 0:
            _live(servers, order, random.Random(f"{seed}:{number}"), float(1000 * number))
        status = os.waitpid(child, 0)[1]
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            kills[order.rpartition(":")[0]] += 1
        elif status:
            sys.exit(f"life {number} ({order}) ended with status {status}")
    life = Life(servers, chance, 1000.0 * int(lives))
    life.drain()
    life.close()
    print(json.dumps(kills))


def _live(servers: Servers, order: str, chance: random.Random, now: float) -> None:
    _arm(order)
    life = Life(servers, chance, now)
    for _ in range(MOST_DEEDS):
        life.go_on()
    os._exit(0)


def _arm(order: str) -> None:
    """Have this process die at one pass of a function, counted from 1: "module:name:moment:pass"."""
    module, path, moment, passes = order.split(":")
    *owners, name = path.split(".")
    owner: Any = sys.modules[module]
    for each in owners:
        owner = getattr(owner, each)
    true, left = getattr(owner, name), iter(range(1, int(passes)))

    def deadly(*args: Any, **named: Any) -> Any:
        result = true(*args, **named) if moment == "after" else None
        found_nothing = isinstance(result, Batch) and not result
        if not found_nothing and next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)
        return result if moment == "after" else true(*args, **named)

    setattr(owner, name, deadly)


if __name__ == "__main__":
    sys.modules["tests.torture.mortal"] = sys.modules["__main__"]
    main(*sys.argv[1:])
