"""The whole step of the worker against a model.

Saves come in, servers fail and go away, jobs are poison, and the worker is killed at every place where it can be.

A kill is an exception that nothing catches, after which the worker is dropped with everything that it had not
committed, and another one takes the files over.
"""

import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from plex.errors import PlexBusy, PlexRejected, PlexUnauthorized, PlexUnreachable
from stash.errors import StashUnauthorized, StashUnreachable
from sync_queue import DeadLetterQueue, QueueManager, create_sync_job, get_stats
from sync_queue.append import AppendOnlyQueue
from sync_queue.models import METADATA
from sync_queue.settling import ClaimedJob
from worker.errors import NotInPlexError, PermanentError, TransientError
from worker.outcome import Outcome, Pause, Retry
from worker.processor import SyncWorker
from worker.protocols import Report, Result
from worker.sync.synchronizer import MOST_INTERRUPTIONS

NOW = 1_795_000_000.0
SCENES = st.integers(1, 4)
PLACES = ["claimed", "sync", "result", "letter", "settled", "flushed", "resolve"]
"""Where a kill hits.

After the claim, before the first result, between results, behind the dead letter, behind each settlement, before the
commit, behind the commit.
"""

OWN_ERRORS: list[Callable[[], Exception]] = [
    lambda: TransientError("later"),
    lambda: PermanentError("never"),
    lambda: PlexRejected("400"),
    lambda: NotInPlexError("no such file"),
    lambda: ValueError("nobody foresaw it"),
]
AWAY: list[Callable[[], Exception]] = [
    lambda: PlexUnreachable("refused"),
    lambda: PlexBusy("503", retry_after_s=7.0),
    lambda: PlexUnauthorized("401"),
    lambda: StashUnreachable("refused"),
    lambda: StashUnauthorized("401"),
]


class Killed(BaseException):
    """Stands for SIGKILL: nothing catches it."""


class Fate:
    """When the worker dies: at the `left`-th time that it comes by `place`."""

    def __init__(self) -> None:
        self.place, self.left = "", 0

    def pass_by(self, place: str) -> None:
        if place == self.place:
            self.left -= 1
            if self.left <= 0:
                self.place = ""
                raise Killed


class Sides:
    """What Stash has and what Plex shows, as numbers that grow with each save; and the synchronizer between the two."""

    def __init__(self, fate: Fate) -> None:
        self.fate = fate
        self.stash: Counter[int] = Counter()
        self.plex: Counter[int] = Counter()
        self.fails: dict[int, Exception] = {}
        self.away: Exception | None = None
        self.breaks_batches = False
        self.check: Callable[[Sequence[ClaimedJob]], None] = lambda _jobs: None

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        self.check(jobs)
        self.fate.pass_by("sync")
        if self.breaks_batches and len(jobs) > 1:
            raise RuntimeError("something breaks the batch")
        for job in jobs:
            self.probe()
            yield self._one(job)
            self.fate.pass_by("result")

    def _one(self, job: ClaimedJob) -> Result:
        scene_id = job.job["scene_id"]
        if job.interrupted >= MOST_INTERRUPTIONS:
            return Result(job, PermanentError("the worker died of it"))
        if scene_id in self.fails:
            return Result(job, self.fails[scene_id])
        self.plex[scene_id] = self.stash[scene_id]
        return Result(job)

    def probe(self) -> None:
        if self.away is not None:
            raise self.away

    def rest(self) -> None:
        pass


class Diary(Report):
    """Gives the fate a chance to kill at each report, and keeps the attempts that the next commit makes durable.

    A commit follows the report of it, so it is over when anything else is reported.
    """

    def __init__(self, fate: Fate, durable: dict[int, int | None]) -> None:
        self.fate = fate
        self.durable = durable
        self.noted: dict[int, int | None] = {}
        self.in_commit: dict[int, int | None] = {}

    def commit_is_over(self) -> None:
        self.durable.update(self.in_commit)
        self.in_commit = {}

    def claimed(self, count: int, now: float) -> None:
        self.commit_is_over()
        self.fate.pass_by("claimed")

    def settled(self, result: Result, outcome: Outcome, reason: str, now: float) -> None:
        self.commit_is_over()
        attempt = outcome.attempt if isinstance(outcome, Retry) else None
        self.noted.update(dict.fromkeys(result.claimed.pqids, attempt))
        self.fate.pass_by("settled")

    def flushed(self, now: float) -> None:
        self.commit_is_over()
        self.in_commit = dict(self.noted)
        self.fate.pass_by("flushed")

    def paused(self, pause: Pause, reason: str, now: float, *, is_new: bool) -> None:
        assert pause.until > now - 1


class Letters(DeadLetterQueue):
    """Dead letters behind which the worker may die."""

    fate: Fate

    def add(self, *args: Any, **options: Any) -> int:
        number = super().add(*args, **options)
        self.fate.pass_by("letter")
        return number

    def resolve(self, *job_keys: str) -> int:
        self.fate.pass_by("resolve")
        return super().resolve(*job_keys)


class WorkerMachine(RuleBasedStateMachine):
    """After any run every save stands in Plex or in one dead letter, and every row is settled."""

    kills = steps = saves = 0  # of all runs

    def __init__(self) -> None:
        super().__init__()
        self.data_dir = Path(tempfile.mkdtemp(prefix="worker-machine-"))
        self.now = NOW
        self.fate = Fate()
        self.sides = Sides(self.fate)
        self.sides.check = self.check_claim
        self.saved: dict[int, tuple[int, int]] = {}  # row to the scene and what it was saved as
        self.durable: dict[int, int | None] = {}  # row to the attempts that were committed; they outlive every worker

    @initialize()
    def open(self) -> None:
        self.manager = QueueManager(self.data_dir)
        self.letters = Letters(self.data_dir, clock=lambda: self.now)
        self.letters.fate = self.fate
        self.hook = AppendOnlyQueue(str(self.data_dir / "queue"))
        self.worker = self.hire()

    def hire(self) -> SyncWorker:
        self.diary = Diary(self.fate, self.durable)
        return SyncWorker(
            self.manager.get_queue(),
            self.letters,
            synchronizer=self.sides,
            report=self.diary,
            clock=lambda: self.now,
            jitter=lambda: 0.0,
            batch_size=3,
        )

    def teardown(self) -> None:
        if not hasattr(self, "worker"):
            return
        try:
            self.mend()
            self.drain()
            self.check_nothing_lost()
        finally:
            self.worker.stop()
            for opened in (self.hook, self.letters):
                opened.close()
            self.manager.shutdown()
            shutil.rmtree(self.data_dir)

    # -- what happens -------------------------------------------------------------------------------------------------

    @rule(scene_id=SCENES)
    def save(self, scene_id: int) -> None:
        self.sides.stash[scene_id] += 1
        row = self.hook.put(create_sync_job(scene_id, METADATA, {"fields": ["title"]}, now=self.now))
        self.saved[row] = (scene_id, self.sides.stash[scene_id])
        WorkerMachine.saves += 1

    @rule(wait=st.booleans())
    def step(self, wait: bool) -> None:
        WorkerMachine.steps += 1
        try:
            delay_s = self.worker.step(self.now)
        except Killed:
            self.replace_worker()
        else:
            self.now += delay_s if wait else 0.01

    @rule(place=st.sampled_from(PLACES), passes=st.integers(1, 3), scene_id=SCENES)
    def doom(self, place: str, passes: int, scene_id: int) -> None:
        """A save, and the worker dies over it, or later, where it comes by less often."""
        self.fate.place, self.fate.left = place, passes
        self.save(scene_id)
        self.step(wait=False)

    @rule(scene_id=SCENES, error=st.sampled_from(OWN_ERRORS))
    def poison(self, scene_id: int, error: Callable[[], Exception]) -> None:
        self.sides.fails[scene_id] = error()

    @rule(error=st.sampled_from(AWAY))
    def take_away(self, error: Callable[[], Exception]) -> None:
        self.sides.away = error()

    @rule()
    def come_back(self) -> None:
        self.sides.away = None

    @rule()
    def break_batches(self) -> None:
        self.sides.breaks_batches = True

    @rule(seconds=st.sampled_from([1, 30, 4000]))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def hook_brings_a_cookie(self) -> None:
        self.worker.wake(retry_now=True)

    @rule()
    def mend(self) -> None:
        self.sides.fails.clear()
        self.sides.away, self.sides.breaks_batches, self.fate.place = None, False, ""

    def replace_worker(self) -> None:
        """The dead worker's files are closed without a commit, as the system does it."""
        WorkerMachine.kills += 1
        self.worker.stop()
        self.worker = self.hire()
        self.worker.take_back()

    # -- what is always true ------------------------------------------------------------------------------------------

    def check_claim(self, jobs: Sequence[ClaimedJob]) -> None:
        keys, rows = [job.key for job in jobs], [row for job in jobs for row in job.pqids]
        assert len(set(keys)) == len(keys), "one live claim a job"
        assert self.rows(2) == sorted(rows), "what is in progress is what the synchronizer was given"

    def rows(self, *statuses: int) -> list[int]:
        marks = ",".join("?" * len(statuses))
        sql = f"SELECT _id FROM ack_queue_default WHERE status IN ({marks}) ORDER BY _id"
        with closing(sqlite3.connect(self.data_dir / "queue" / "data.db")) as connection:
            return [row[0] for row in connection.execute(sql, statuses)]

    def attempts(self) -> dict[int, int]:
        with closing(sqlite3.connect(self.data_dir / "queue" / "data.db")) as connection:
            return dict(connection.execute("SELECT pqid, attempts FROM job_schedule"))

    @invariant()
    def attempts_are_never_lost(self) -> None:
        if hasattr(self, "worker"):
            open_still = set(self.rows(2))  # claimed, or settled and not yet committed
            self.durable.update({row: attempt for row, attempt in self.diary.noted.items() if row not in open_still})
            now, waiting = self.attempts(), set(self.rows(1))
            used = {row: attempt for row, attempt in self.durable.items() if row in waiting and attempt}
            assert {row: now[row] for row in used} == used

    @invariant()
    def plex_never_runs_ahead(self) -> None:
        assert all(self.sides.plex[scene_id] <= saved for scene_id, saved in self.sides.stash.items())

    # -- the end ------------------------------------------------------------------------------------------------------

    def drain(self) -> None:
        for _ in range(500):
            stats = get_stats(self.data_dir / "queue")
            if stats["pending"] == stats["in_progress"] == 0:
                return
            self.now += max(0.01, self.worker.step(self.now))
        raise AssertionError(f"never drained: {stats}")

    def check_nothing_lost(self) -> None:
        letters = self.letters.get_recent(1000)
        failed, done = set(self.rows(9)), set(self.rows(5))
        assert failed | done == set(self.saved), "every row is settled"
        for row in done:
            scene_id, version = self.saved[row]
            assert self.sides.plex[scene_id] >= version, "acked, and it stands in Plex"
        dead = {scene_id for scene_id, version in self.saved.values() if self.sides.plex[scene_id] < version}
        named = Counter(letter["scene_id"] for letter in letters)
        assert dead <= named.keys(), "given up, and there is a dead letter"
        rows = Counter(letter["pqid"] for letter in letters)
        assert max(rows.values(), default=1) == 1, "no dead letter is doubled"


def test_worker_loses_and_doubles_nothing_when_it_is_killed_anywhere(scale, figures):
    WorkerMachine.kills = WorkerMachine.steps = WorkerMachine.saves = 0
    runs = settings(
        max_examples=scale.pick(40, 600),
        stateful_step_count=scale.pick(30, 60),
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(scale.seed)(WorkerMachine), settings=runs)
    figures.note(saves=WorkerMachine.saves, steps=WorkerMachine.steps, kills=WorkerMachine.kills, lost=0)
    assert WorkerMachine.kills > 0
