"""The queue against a model: several producers, a consumer that may be killed, a bare persist-queue, passing time.

A longer run: `run_state_machine_as_test(QueueMachine, settings=settings(SHORT, max_examples=5000))`.
"""

import shutil
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from persistqueue import SQLiteAckQueue
from persistqueue.serializers import json as json_serializer

from sync_queue import SyncJob, clear_pending_items, get_stats
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.merging import covers, merge
from sync_queue.pending import Selection, drop, enqueue_many, make_due
from sync_queue.questions import overview
from sync_queue.settling import ClaimedJob, Settlement
from tests.sync_queue.jobs import NOW, pending_scenes, scene

SHORT = settings(max_examples=25, stateful_step_count=40, deadline=None)

SCENES = st.integers(1, 4)
FIELDS = st.lists(st.sampled_from(["title", "date", "details"]), max_size=2, unique=True)
KINDS = st.sampled_from(["metadata", "metadata", "metadata", "destroyed"])
PENDING = (0, 1)


class Row:
    """What the model knows of one row. `due_at` is None as long as the row never waited."""

    def __init__(self, job: SyncJob, status: int, due_at: float | None = None) -> None:
        self.job = job
        self.status = status
        self.due_at = due_at
        self.planned_at: float | None = None
        self.attempts = 0
        self.interrupted = 0

    def put_off(self, due_at: float) -> None:
        """Back it goes, and not before its own time."""
        self.due_at = max(self.due_at or 0.0, due_at)

    def is_due(self, now: float) -> bool:
        return self.status == 0 or (self.status == 1 and self.due_at is not None and self.due_at <= now)


class QueueMachine(RuleBasedStateMachine):
    """Every rule does the same to the queue and to the model; the invariants compare the two."""

    def __init__(self) -> None:
        super().__init__()
        self.data_dir = Path(tempfile.mkdtemp(prefix="queue-machine-"))
        self.queue_dir = self.data_dir / "queue"
        self.now = NOW
        self.rows: dict[int, Row] = {}
        self.live: list[ClaimedJob] = []
        self.settled = {5: 0, 9: 0}  # rows that were pruned

    @initialize(persist_queue_comes_first=st.booleans())
    def open(self, persist_queue_comes_first: bool) -> None:
        if not persist_queue_comes_first:
            ClaimStore(self.queue_dir).close()
        self.theirs = SQLiteAckQueue(
            str(self.queue_dir), serializer=json_serializer, multithreading=True, auto_resume=False
        )
        self.hook = AppendOnlyQueue(str(self.queue_dir))
        self.store = ClaimStore(self.queue_dir)

    def teardown(self) -> None:
        for opened in ("theirs", "hook", "store"):
            if hasattr(self, opened):
                getattr(self, opened).close()
        shutil.rmtree(self.data_dir)

    # -- producers ----------------------------------------------------------------------------------------------------

    @rule(scene_id=SCENES, fields=FIELDS, kind=KINDS, by_hook=st.booleans())
    def save(self, scene_id: int, fields: list[str], kind: str, by_hook: bool) -> None:
        job = scene(scene_id, *fields, at=self.now, kind=kind)
        pqid = (self.hook if by_hook else self.theirs).put(job)
        assert pqid not in self.rows
        self.rows[pqid] = Row(job, 0)

    @rule(jobs=st.lists(st.tuples(SCENES, FIELDS), max_size=5))
    def enqueue_bulk(self, jobs: list[tuple[int, list[str]]]) -> None:
        wanted = [scene(scene_id, *fields, at=self.now) for scene_id, fields in jobs]
        added: list[SyncJob] = []
        for job in wanted:
            standing = [row.job for row in self.rows.values() if row.status in PENDING] + added
            if not any(covers(other, job) for other in standing if other["job_key"] == job["job_key"]):
                added.append(job)
        assert enqueue_many(self.queue_dir, iter(wanted), now=self.now) == len(added)
        first = self.theirs.put(scene(1, at=self.now)) - len(added)  # shows which ids the rows before it got
        self.rows.update({first + place: Row(job, 1, self.now) for place, job in enumerate(added)})
        self.rows[first + len(added)] = Row(scene(1, at=self.now), 0)

    # -- the consumer -------------------------------------------------------------------------------------------------

    @precondition(lambda self: not self.live)
    @rule(limit=st.integers(1, 6))
    def claim(self, limit: int) -> None:
        due = {row.job["job_key"] for row in self.rows.values() if row.is_due(self.now)}
        self.live = list(self.store.claim_due(self.now, limit).jobs)
        assert len({job.key for job in self.live}) == len(self.live), "two live claims of one job"
        assert len(self.live) <= limit
        assert {job.key for job in self.live} <= due
        assert bool(self.live) == bool(due)
        for claimed in self.live:
            self._compare(claimed)
            for pqid in claimed.pqids:
                self.rows[pqid].status = 2

    def _compare(self, claimed: ClaimedJob) -> None:
        rows = [self.rows[pqid] for pqid in claimed.pqids]
        assert all(row.status in PENDING for row in rows), "a row that was not pending was claimed"
        left = [row for row in self.rows.values() if row.job["job_key"] == claimed.key and row not in rows]
        assert not [row for row in left if row.status == 1], "a waiting row of a claimed job was left behind"
        assert claimed.attempts == max(row.attempts for row in rows)
        tried = [row.due_at if row.planned_at is None else row.planned_at for row in rows if row.attempts]
        planned_at = min((at for at in tried if at is not None), default=self.now)
        assert claimed.planned_at == (planned_at if planned_at > self.now else None), "an extra try, or one that counts"
        assert claimed.interrupted == max(row.interrupted for row in rows)
        expected = merge([{**row.job, "pqid": pqid} for pqid, row in zip(claimed.pqids, rows, strict=True)])
        assert claimed.job == expected

    @precondition(lambda self: self.live)
    @rule(data=st.data())
    def settle_batch(self, data: st.DataObject) -> None:
        settlements, lost = [], []
        for claimed in self.live:
            outcome = data.draw(st.sampled_from(["ack", "fail", "retry", "release"]))
            due_at = self.now + data.draw(st.sampled_from([0, 5, 50]))
            planned_at = data.draw(st.sampled_from([None, due_at + 20]))
            settlements.append(self._settlement(claimed, outcome, due_at, planned_at))
            for pqid in claimed.pqids:
                row = self.rows.get(pqid)
                if row is None or row.status != 2:
                    lost.append(pqid)
                    continue
                row.status = {"ack": 5, "fail": 9}.get(outcome, 1)
                row.interrupted = 0
                if outcome == "retry":
                    row.attempts, row.due_at, row.planned_at = claimed.attempts + 1, due_at, planned_at
                else:
                    row.put_off(due_at)
            if outcome == "retry":
                self._fold([pqid for pqid in claimed.pqids if pqid not in lost])
        self.live = []
        assert self.store.settle(settlements, self.now) == lost

    def _fold(self, pqids: list[int]) -> None:
        """What is tried again together is one row."""
        rows = [self.rows[pqid] for pqid in pqids]
        for row in rows[1:]:
            row.status = 5
        if rows:
            rows[0].job = merge([row.job for row in rows])

    def held(self) -> list[int]:
        """Rows of the live claims, unless somebody deleted them meanwhile."""
        return [pqid for claimed in self.live for pqid in claimed.pqids if pqid in self.rows]

    def _settlement(self, claimed: ClaimedJob, outcome: str, due_at: float, planned_at: float | None) -> Settlement:
        if outcome == "retry":
            return Settlement.retry(claimed.pqids, due_at, claimed.attempts + 1, "E", "why", planned_at=planned_at)
        if outcome == "release":
            return Settlement.release(claimed.pqids, due_at)
        return Settlement.ack(claimed.pqids) if outcome == "ack" else Settlement.fail(claimed.pqids)

    @rule()
    def kill_and_resume(self) -> None:
        self.store.close()
        self.store = ClaimStore(self.queue_dir)
        held = [row for row in self.rows.values() if row.status == 2]
        assert self.store.resume(self.now) == len(held)
        for row in held:
            row.status = 1
            row.put_off(self.now)
            row.interrupted += 1
        self.live = []

    # -- others -------------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.held())
    @rule(data=st.data(), settle=st.sampled_from(["nack", "ack", "ack_failed"]))
    def meddle(self, data: st.DataObject, settle: str) -> None:
        """Somebody settles a row that was claimed with plain persist-queue."""
        pqid = data.draw(st.sampled_from(self.held()))
        row = self.rows[pqid]
        getattr(self.theirs, settle)(id=pqid)
        was_settled = row.status >= 5
        row.status = {"nack": 1, "ack": 5, "ack_failed": 9}[settle]
        if row.status == 1 and (row.due_at is None or was_settled):
            row.due_at, row.planned_at, row.attempts, row.interrupted = 0.0, None, 0, 0

    @rule(seconds=st.sampled_from([1, 10, 100]))
    def wait(self, seconds: int) -> None:
        self.now += seconds

    @rule()
    def make_all_due(self) -> None:
        make_due(self.queue_dir, self.now)
        for row in self.rows.values():
            if row.due_at is not None and row.due_at > self.now:
                row.planned_at = row.due_at if row.planned_at is None else row.planned_at
                row.due_at = self.now

    @rule()
    def clear(self) -> None:
        pending = [pqid for pqid, row in self.rows.items() if row.status in PENDING]
        assert clear_pending_items(self.queue_dir) == len(pending)
        for pqid in pending:
            del self.rows[pqid]

    @rule(scene_id=SCENES)
    def drop(self, scene_id: int) -> None:
        gone = [pqid for pqid, row in self.rows.items() if row.status in PENDING and row.job["scene_id"] == scene_id]
        assert drop(self.queue_dir, Selection.of_scenes([scene_id])) == len(gone)
        for pqid in gone:
            del self.rows[pqid]

    @precondition(lambda self: not self.live)
    @rule(keep=st.integers(0, 3))
    def prune(self, keep: int) -> None:
        gone = [
            pqid
            for status in (5, 9)
            for pqid in sorted(pqid for pqid, row in self.rows.items() if row.status == status)[: -keep or None]
        ]
        assert self.store.prune(keep) == len(gone)
        for pqid in gone:
            del self.rows[pqid]

    # -- what is always true ------------------------------------------------------------------------------------------

    @invariant()
    def stats_agree(self) -> None:
        if not hasattr(self, "store"):
            return
        names: dict[int, Any] = {0: "pending", 1: "pending", 2: "in_progress", 5: "completed", 9: "failed"}
        expected = dict.fromkeys(names.values(), 0)
        for row in self.rows.values():
            expected[names[row.status]] += 1
        assert get_stats(self.queue_dir) == expected
        assert pending_scenes(self.queue_dir) == {
            row.job["scene_id"] for row in self.rows.values() if row.status in PENDING
        }

    @invariant()
    def times_agree(self) -> None:
        if not hasattr(self, "store"):
            return
        waiting = [row.due_at for row in self.rows.values() if row.status == 1 and row.due_at is not None]
        assert self.store.next_due_at() == min(waiting, default=None)
        if not any(row.status == 2 for row in self.rows.values()):  # else it is off by the rows in progress
            assert overview(self.queue_dir, self.now).due == sum(row.is_due(self.now) for row in self.rows.values())
        assert self.store.is_empty() == (not [row for row in self.rows.values() if row.status <= 2])


QueueMachine.TestCase.settings = SHORT
TestQueueMachine = QueueMachine.TestCase
