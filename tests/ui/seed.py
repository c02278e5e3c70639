"""Put jobs, dead letters and records into a data folder, as worker and hooks leave them, for tests of the page alone."""

import time
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path

from records import Emptying, FieldChange, Overwritten, Records, Skip, State, Sync, Written
from sync_queue import DeadLetterQueue, create_sync_job
from sync_queue.append import AppendOnlyQueue
from sync_queue.claims import ClaimStore
from sync_queue.models import METADATA
from sync_queue.pending import enqueue_many
from sync_queue.settling import Settlement
from worker.control.kinds import undo_key
from worker.facts import LAST_UNDO, progress_fact


def give_up(data_dir: Path, scene_ids: Iterable[int], error_type: str, message: str, attempts: int = 5) -> None:
    """Dead letters of these scenes."""
    with closing(DeadLetterQueue(data_dir)) as letters:
        for scene_id in scene_ids:
            job = create_sync_job(scene_id, METADATA, {"fields": []})
            letters.add({**job, "pqid": 10_000 + scene_id}, (error_type, message), attempts)


def wait(data_dir: Path, scene_ids: Iterable[int]) -> None:
    """Jobs that nobody has tried yet."""
    enqueue_many(data_dir / "queue", [create_sync_job(scene_id, METADATA, {"fields": []}) for scene_id in scene_ids])


def save(data_dir: Path, scene_ids: Iterable[int]) -> None:
    """Rows as hooks append them: whatever else waits for the same scenes."""
    with closing(AppendOnlyQueue(str(data_dir / "queue"))) as queue:
        for scene_id in scene_ids:
            queue.put(create_sync_job(scene_id, METADATA, {"fields": []}))


def fail(data_dir: Path, scene_ids: list[int], error_type: str, reason: str, *, due_in_s: float = 600.0) -> None:
    """Jobs that failed once and wait for their next try."""
    wait(data_dir, scene_ids)
    now = time.time()
    with closing(ClaimStore(data_dir / "queue")) as claims:
        claimed = claims.claim_due(now + 1, len(scene_ids)).jobs
        claims.settle([Settlement.retry(job.pqids, now + due_in_s, 1, error_type, reason) for job in claimed], now)


def claim(data_dir: Path, scene_ids: list[int]) -> None:
    """Jobs that a worker has right now."""
    wait(data_dir, scene_ids)
    with closing(ClaimStore(data_dir / "queue")) as claims:
        claims.claim_due(time.time() + 1, len(scene_ids))


def synced(data_dir: Path, scene_ids: Iterable[int], changes: tuple[FieldChange, ...]) -> None:
    """Scenes that are in Plex, each with these changes as its last sync."""
    now = time.time()
    with Records(data_dir / "state.db") as records:
        for scene_id in scene_ids:
            values = {change.field: change.after for change in changes}
            records.written.record_many([Written(scene_id, scene_id, 1, values, synced_at=now)])
            records.history.record_many([Sync(scene_id, scene_id, now, changes)])
            records.before_edits([], [], changes=[_overwritten(scene_id, now, changes)])
        records.facts.put("last_sync_at", now)


def pause(data_dir: Path, kind: str, reason: str, *, since_s: float = 60.0) -> None:
    """An open pause."""
    with Records(data_dir / "state.db") as records:
        records.pauses.open_pause(kind=kind, reason=reason, at=time.time() - since_s)


def settle(data_dir: Path, count: int) -> None:
    """Have `count` waiting jobs done, as by a worker."""
    now = time.time()
    with closing(ClaimStore(data_dir / "queue")) as claims:
        claims.settle([Settlement.ack(job.pqids) for job in claims.claim_due(now + 1, count).jobs], now)
    with Records(data_dir / "state.db") as records:
        records.runs.add({"synced": count})


def keep(data_dir: Path, scene_id: int, field: str) -> None:
    """This field of the scene stays as Plex has it."""
    with Records(data_dir / "state.db") as records:
        records.pins.pin(scene_id, [field], at=time.time())


def skip(data_dir: Path, scene_id: int, reason: str, text: str = "") -> None:
    """This scene was left out."""
    with Records(data_dir / "state.db") as records:
        records.skips.record_many([Skip(scene_id, reason, text, time.time())])


def hold(data_dir: Path, titles: Mapping[int, str], field: str = "summary") -> None:
    """The items of these scenes, by their ids, would lose this field: their jobs wait for an answer."""
    fail(data_dir, list(titles), "HeldError", "its item in Plex would lose something", due_in_s=86_400.0)
    now = time.time()
    with Records(data_dir / "state.db") as records:
        records.emptyings.note(
            [Emptying(scene_id, scene_id, field, State.HELD, now, title=title) for scene_id, title in titles.items()],
            now=now,
            window_s=3600.0,
        )


def run(data_dir: Path, *, total: int, done: int, since_s: float) -> None:
    """A drain that is under way."""
    with Records(data_dir / "state.db") as records:
        records.runs.start("run", kind="drain", total=total, at=time.time() - since_s)
        records.runs.add({"synced": done}, run="run")


def undone(data_dir: Path, scene_id: int) -> None:
    """The last change of this scene was undone, but for one field."""
    with Records(data_dir / "state.db") as records:
        key = undo_key(scene_id)
        note = f'item {scene_id} "Mine": title stays: changed in Plex since the last sync'
        progress = {"asked_at": time.time(), "state": "done", "text": "1 of 1 items", "notes": [note]}
        records.facts.put_many({LAST_UNDO: key, progress_fact(key): progress})


def _overwritten(scene_id: int, now: float, changes: tuple[FieldChange, ...]) -> Overwritten:
    before = {change.field: change.before for change in changes}
    after = {change.field: change.after for change in changes}
    return Overwritten(scene_id, scene_id, 1, "movie", now, f"all {now:.0f}", before, after, {}, frozenset(), ())
