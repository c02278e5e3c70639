"""The SyncWorker one step at a time, with a clock of its own, over a real queue and real dead letters."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from sqlite3 import OperationalError, connect
from threading import Event, Timer
from time import monotonic
from typing import Any

import pytest

from plex.errors import PlexBusy, PlexMisconfigured, PlexProtocolError, PlexUnauthorized, PlexUnreachable
from records import RecordsCorrupt, RecordsUnavailable
from stash.errors import StashRejected, StashUnauthorized
from sync_queue import (
    AppendOnlyQueue,
    ClaimedJob,
    DeadLetterQueue,
    QueueCorrupt,
    QueueManager,
    QueueUnavailable,
    create_sync_job,
    enqueue_many,
    get_stats,
    make_due,
    spare,
)
from sync_queue.append import encode
from sync_queue.listing import heads, tried
from sync_queue.models import METADATA
from worker.backoff import LONGEST_WAITS, NOT_IN_PLEX_S, PAUSE_MOST_S, RETRY_BASE_S, RETRY_MOST_S
from worker.errors import NotConfiguredError, NotInPlexError, PermanentError, TransientError
from worker.outcome import Outcome, Pause
from worker.processor import Limits, SyncWorker
from worker.report import Report, Result
from worker.sync import MOST_INTERRUPTIONS
from worker.synchronizer import NoSynchronizer, each

NOW = 1_795_000_000.0


class Script:
    """A synchronizer that does what it is told: `fails` by job_key, `breaks` whole batches, `away` for the probe."""

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
        self.worker = self.hire()

    def hire(self, **options: object) -> SyncWorker:
        """A worker over the same files, as after a restart."""
        return SyncWorker(
            self.manager.get_queue(),
            self.dlq,
            **{
                "synchronizer": self.script,
                "report": self.diary,
                "clock": lambda: self.now,
                "jitter": lambda: 0.0,
                **options,
            },
        )

    def put(self, *scene_ids: int) -> None:
        queue = AppendOnlyQueue(str(self.data_dir / "queue"))
        for scene_id in scene_ids:
            queue.put(create_sync_job(scene_id, METADATA, {"fields": ["title"]}, now=self.now))
        queue.close()

    def put_raw(self, data: bytes) -> None:
        queue = self.manager.get_queue()
        queue._putter.execute(
            "INSERT INTO ack_queue_default (data, timestamp, status) VALUES (?, ?, 0)", (data, self.now)
        )
        queue._putter.commit()

    def step(self) -> float:
        return self.worker.step(self.now)

    def stats(self) -> dict[str, int]:
        return {state: count for state, count in get_stats(self.data_dir / "queue").items() if count}

    def letters(self) -> list[tuple[str, str, int]]:
        return [(letter["job_key"], letter["error_type"], letter["retry_count"]) for letter in self.dlq.get_recent(100)]

    def close(self) -> None:
        self.worker.stop()
        self.dlq.close()
        self.manager.shutdown()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_step_acks_a_whole_batch_when_all_went_well(desk):
    desk.put(1, 2, 3)
    assert desk.step() == 0.0
    assert desk.script.batches == [("scene_1", "scene_2", "scene_3")]
    assert desk.stats() == {"completed": 3}


def test_step_merges_the_jobs_of_one_scene_when_it_was_saved_twice(desk):
    desk.put(1, 1, 2, 1)
    desk.step()
    assert desk.script.batches == [("scene_1", "scene_2")]
    assert desk.stats() == {"completed": 4}


def test_step_waits_for_the_next_due_job_when_nothing_is_due(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = TransientError("later")
    desk.step()
    assert desk.step() == RETRY_BASE_S
    desk.put(2)
    desk.step()
    assert desk.stats() == {"pending": 1, "completed": 1}, "a waiting job never blocks a due one"


def test_job_becomes_a_dead_letter_when_its_attempts_are_used_up(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = TransientError("no luck")
    waits = []
    for _ in range(5):
        desk.step()
        waits.append(desk.step())
        desk.now += waits[-1]
    assert waits[:4] == [5.0, 10.0, 20.0, 40.0]
    assert desk.letters() == [("scene_1", "TransientError", 5)]
    assert desk.stats() == {"failed": 1}


@pytest.mark.parametrize("ask", ["save", "tag", "person"])
def test_missing_file_is_looked_for_as_long_as_ever_when_something_asks_for_it_all_the_time(desk, ask):
    """Each kind of look before its time costs nothing, and hides none that is due: eight count, over four days."""
    began = desk.now
    desk.script.fails["scene_1"] = NotInPlexError("Plex has no item with its file")
    desk.put(1)
    queue_dir = desk.data_dir / "queue"
    desk.step()
    while due_at := heads(queue_dir, desk.now).next_due_at:
        for _ in range(3):
            desk.now += (due_at - desk.now) / 4
            if ask == "save":
                desk.put(1)
            elif ask == "tag":
                enqueue_many(queue_dir, [create_sync_job(1, METADATA, {"fields": []})], now=desk.now)
            else:
                make_due(queue_dir, desk.now)
            desk.step()
            assert heads(queue_dir, desk.now).next_due_at == due_at
        desk.now = due_at
        desk.step()
    assert len(desk.script.batches) > 1 + len(NOT_IN_PLEX_S)
    assert desk.letters() == [("scene_1", "NotInPlexError", len(NOT_IN_PLEX_S) + 1)]
    assert desk.now - began == sum(NOT_IN_PLEX_S)


def test_eight_saves_use_as_many_attempts_as_no_save_when_plex_lacks_the_file(desk):
    desk.script.fails["scene_1"] = NotInPlexError("Plex has no item with its file")
    for _ in range(8):
        desk.put(1)
        desk.step()
        desk.now += 20
    assert desk.letters() == []
    assert {job.attempts for job in tried(desk.data_dir / "queue")} == {2}, "at once, and after 30 s"


def test_attempts_survive_when_the_worker_is_another_one(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = TransientError("no luck")
    for _ in range(5):
        desk.worker = desk.hire(max_retries=5)
        desk.step()
        desk.now += 3600
    assert desk.letters() == [("scene_1", "TransientError", 5)]


def test_job_becomes_a_dead_letter_at_once_when_trying_again_is_no_use(desk):
    desk.put(1, 2)
    desk.script.fails["scene_1"] = PermanentError("never")
    desk.step()
    assert desk.letters() == [("scene_1", "PermanentError", 1)]
    assert desk.stats() == {"completed": 1, "failed": 1}


def test_dead_letter_stands_once_when_the_worker_dies_before_the_row_is_failed(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = PermanentError("never")

    class Killed(BaseException):
        """Stands for SIGKILL: nothing catches it."""

    class DiesBeforeTheRow(Report):
        def settled(self, result: Result, outcome: Outcome, reason: str, now: float) -> None:
            raise Killed

    desk.worker = desk.hire(report=DiesBeforeTheRow())
    with pytest.raises(Killed):
        desk.step()
    assert desk.stats() == {"in_progress": 1}
    assert len(desk.letters()) == 1
    desk.worker = desk.hire()
    desk.worker.take_back()
    desk.step()
    assert desk.stats() == {"failed": 1}
    assert len(desk.letters()) == 1


def test_dead_letter_goes_when_the_scene_is_synced_later(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = PermanentError("never")
    desk.step()
    desk.script.fails.clear()
    desk.put(1)
    desk.step()
    assert desk.letters() == []


def test_rows_that_are_no_jobs_become_dead_letters_and_hold_up_nobody(desk):
    desk.put_raw(b"\xff\x00 nothing")
    desk.put_raw(b'{"scene_id": "x"}')
    desk.put(7)
    desk.step()
    assert desk.stats() == {"completed": 1, "failed": 2}
    assert len(desk.letters()) == 2


def test_everything_waits_without_an_attempt_when_a_server_is_away(desk):
    desk.put(1, 2)
    desk.script.breaks["scene_1"] = desk.script.away = PlexUnreachable("refused")
    waits = [desk.step()]
    for _ in range(6):
        desk.now += waits[-1]
        waits.append(desk.step())
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, PAUSE_MOST_S]
    assert len(desk.script.batches) == 1, "while the probe fails no job is claimed"
    assert desk.stats() == {"pending": 2}
    desk.script.breaks.clear()
    desk.script.away = None
    desk.now += 30
    desk.step()
    assert desk.stats() == {"completed": 2}
    assert [page for page in desk.diary.pages if page[0] in ("paused", "resumed")] == [
        ("paused", "plex", "new"),
        *[("paused", "plex", "still")] * 6,
        ("resumed",),
    ]
    assert desk.letters() == []


def test_pause_is_left_early_when_a_fresh_connection_comes_in(desk):
    desk.put(1)
    desk.script.breaks["scene_1"] = StashUnauthorized("401")
    assert desk.step() == 1.0
    desk.script.breaks.clear()
    desk.worker.wake(retry_now=True)
    assert desk.step() == 0.0
    assert desk.stats() == {"completed": 1}


def test_refused_cookie_is_tried_again_at_once_when_a_fresh_one_came_in_meanwhile(desk):
    """The hook that brings the fresh cookie may come while the older one is being refused."""

    class ComesTooLate(Script):
        def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
            if not self.batches:
                desk.worker.wake(retry_now=True)
                self.batches.append(())
                raise StashUnauthorized("401")
            return super().sync(jobs)

    desk.script = ComesTooLate()
    desk.worker = desk.hire()
    desk.put(1)
    assert desk.step() == 0.0
    desk.step()
    assert desk.stats() == {"completed": 1}


@pytest.mark.parametrize("error", [PlexUnauthorized("401"), NotConfiguredError(["plex_url"])])
def test_settings_are_looked_at_again_soon_when_they_are_what_everything_waits_for(desk, error):
    desk.put(1)
    desk.script.breaks["scene_1"] = desk.script.away = error
    waits = [desk.step()]
    for _ in range(3):
        desk.now += waits[-1]
        waits.append(desk.step())
    assert waits == [1.0, 2.0, 4.0, 8.0]
    assert desk.stats() == {"pending": 1}


def test_job_that_breaks_its_batch_is_found_when_each_is_taken_alone(desk):
    desk.put(1, 2, 3, 4)
    desk.script.breaks["scene_3"] = KeyError("surprise")
    for _ in range(6):
        desk.step()
    assert desk.script.batches[0] == ("scene_1", "scene_2", "scene_3", "scene_4")
    assert all(len(batch) == 1 for batch in desk.script.batches[1:])
    assert desk.stats() == {"completed": 3, "pending": 1}
    assert ("Retry", "scene_3", "'surprise'") in desk.diary.pages


def test_busy_plex_costs_no_job_an_attempt_when_it_is_busy_for_all(desk):
    """Plex answers 503 to everything for an hour, although it still says who it is."""
    desk.put(1, 2, 3)
    for key in ("scene_1", "scene_2", "scene_3"):
        desk.script.breaks[key] = PlexBusy("503")
    end = desk.now + 3600
    steps = 0
    while desk.now < end:
        desk.now += max(desk.step(), 0.001)
        steps += 1
    assert desk.letters() == []
    assert desk.stats() == {"pending": 3}
    assert not [page for page in desk.diary.pages if page[0] == "Retry"]
    assert steps < 200, "the busier Plex is, the less often it is asked"
    desk.script.breaks.clear()
    for _ in range(4):
        desk.now += max(desk.step(), 0.001)
    assert desk.stats() == {"completed": 3}


def test_job_that_plex_always_chokes_on_holds_up_no_other(desk):
    desk.put(1, 2, 3, 4, 5)
    desk.script.breaks["scene_1"] = PlexBusy("500")
    for _ in range(200):
        desk.now += max(desk.step(), 0.001)
        if len(desk.script.batches) % 5 == 0:
            desk.put(100 + len(desk.script.batches))
    assert Counter(desk.letters())[("scene_1", "FailsAloneError", 5)] == 1
    assert desk.stats()["failed"] == 1
    assert "pending" not in desk.stats()


def test_retry_after_is_obeyed_when_plex_names_a_time(desk):
    desk.put(1)
    desk.script.breaks["scene_1"] = PlexBusy("429", retry_after_s=12.0)
    assert desk.step() == 12.0


def test_job_that_kills_the_worker_takes_no_others_with_it(desk):
    class Killed(BaseException):
        """Stands for SIGKILL."""

    class KilledByTheSecond(Script):
        def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
            self.batches.append(tuple(job.key for job in jobs))
            for job in jobs:
                if job.interrupted >= MOST_INTERRUPTIONS:
                    yield Result(job, PermanentError("kills its worker"))
                elif job.key == "scene_2":
                    raise Killed
                else:
                    yield Result(job)

    desk.put(1, 2, 3, 4)
    desk.script = KilledByTheSecond()
    for _ in range(1 + MOST_INTERRUPTIONS):
        desk.now += 1
        desk.worker = desk.hire()
        desk.worker.take_back()
        with suppress(Killed):
            while desk.step() == 0.0:
                pass
    assert all(len(batch) == 1 for batch in desk.script.batches[1:])
    assert desk.stats() == {"completed": 3, "failed": 1}
    assert desk.letters() == [("scene_2", "PermanentError", 1)]


def test_rest_of_the_batch_is_given_back_when_the_worker_is_stopped_in_the_middle(desk):
    desk.put(*range(1, 21))
    reached = Event()

    class Slow(Script):
        def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
            for count, job in enumerate(jobs, start=1):
                if count == 3:
                    reached.set()
                    desk.worker._wake.wait(10)
                yield Result(job)

    desk.script = Slow()
    desk.worker = desk.hire()
    desk.worker.start()
    assert reached.wait(10)
    desk.worker.stop()
    assert not desk.worker.thread.is_alive()
    assert desk.stats() == {"completed": 3, "pending": 17}


@pytest.mark.parametrize(
    "error", [RecordsUnavailable("disk full"), QueueUnavailable("locked"), OperationalError("disk I/O error")]
)
def test_full_disk_costs_no_attempt_and_leaves_no_job_in_progress(desk, error):
    class FillsUp(Script):
        def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
            self.batches.append(tuple(job.key for job in jobs))
            yield Result(jobs[0])
            if len(self.batches) == 1:
                raise error
            yield from map(Result, jobs[1:])

    desk.put(1, 2, 3)
    desk.script = FillsUp()
    desk.worker = desk.hire()
    with pytest.raises(type(error)):
        desk.step()
    desk.step()
    assert desk.script.batches == [("scene_1", "scene_2", "scene_3"), ("scene_2", "scene_3")]
    assert desk.stats() == {"completed": 3}
    assert desk.letters() == []


def test_what_could_not_be_reported_is_settled_as_soon_as_it_can(desk):
    class FullOnce(Report):
        flushes = 0

        def flushed(self, now: float) -> None:
            self.flushes += 1
            if self.flushes == 1:
                raise RecordsUnavailable("disk full")

    desk.put(1, 2)
    desk.worker = desk.hire(report=FullOnce())
    with pytest.raises(RecordsUnavailable):
        desk.step()
    desk.step()
    assert desk.stats() == {"completed": 2}


def test_thread_takes_rows_of_other_processes_without_being_woken(desk):
    done = Event()

    class Bell(Diary):
        def flushed(self, now: float) -> None:
            done.set()

    desk.worker = desk.hire(report=Bell())
    desk.worker.start()
    desk.put(1)
    assert done.wait(10)
    desk.worker.stop()
    assert desk.stats() == {"completed": 1}


def test_thread_is_a_daemon_and_running_says_so(desk):
    desk.worker.start()
    assert (desk.worker.running, desk.worker.thread.daemon) == (True, True)
    desk.worker.stop()
    assert (desk.worker.running, desk.worker.thread.is_alive()) == (False, False)


def test_worker_without_a_way_to_plex_keeps_its_jobs(desk):
    desk.put(1)
    desk.worker = desk.hire(synchronizer=NoSynchronizer())
    desk.step()
    assert desk.worker.pause.kind == "settings"
    assert desk.stats() == {"pending": 1}


def test_each_gives_every_job_its_own_result(desk):
    def process(job: ClaimedJob) -> None:
        if job.key == "scene_2":
            raise PermanentError("never")

    desk.put(1, 2, 3)
    desk.worker = desk.hire(synchronizer=each(process))
    desk.step()
    assert desk.stats() == {"completed": 2, "failed": 1}


def test_reasons_are_kept_without_secrets(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = PermanentError("the token is hush-hush")
    desk.worker = desk.hire(redact=lambda text: text.replace("hush-hush", "[hidden]"))
    desk.step()
    assert "hush-hush" not in desk.dlq.get_recent(1)[0]["error_message"]
    assert ("Dead", "scene_1", "the token is [hidden]") in desk.diary.pages


CHOKES = [PlexBusy("500"), PlexProtocolError("no XML"), PlexUnreachable("no answer"), StashRejected("422")]


@pytest.mark.parametrize("error", CHOKES, ids=lambda error: type(error).__name__)
def test_two_jobs_that_a_server_always_chokes_on_hold_up_no_other(desk, error):
    desk.put(1, 2, 3, 4, 5)
    desk.script.breaks["scene_1"] = desk.script.breaks["scene_4"] = error
    for _ in range(400):
        desk.now += max(desk.step(), 0.001)
        if len(desk.script.batches) % 5 == 0:
            desk.put(100 + len(desk.script.batches))
    assert sorted(desk.letters()) == [("scene_1", "FailsAloneError", 5), ("scene_4", "FailsAloneError", 5)]
    assert desk.stats()["failed"] == 2
    assert "pending" not in desk.stats()


def test_job_whose_edit_fails_is_not_blamed_when_others_had_nothing_to_write(desk):
    """A server that answers every question and takes no write: scenes that are equal already prove nothing."""

    class ReadOnly(Script):
        def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
            for job in jobs:
                if job.key == "scene_1":
                    error = PlexBusy("500")
                    error.is_of_write = True
                    raise error
                yield Result(job, kind="unchanged")

    desk.script = ReadOnly()
    desk.worker = desk.hire()
    desk.put(1)
    for scene_id in range(2, 80):
        desk.put(scene_id)
        desk.now += max(desk.step(), 0.001)
    assert desk.letters() == []
    assert not [page for page in desk.diary.pages if page[0] == "Retry"]


@pytest.mark.parametrize("error", [PlexUnauthorized("401"), PlexMisconfigured("no library"), StashUnauthorized("401")])
def test_nobody_is_blamed_when_a_person_has_to_mend_something(desk, error):
    """A token that may read and not write lets equal scenes pass, and edits fail for ever."""
    desk.put(1, 2, 3)
    desk.script.breaks["scene_1"] = error
    for number in range(100):
        desk.put(10 + number)
        desk.now += max(desk.step(), 0.001)
    assert desk.letters() == []
    assert not [page for page in desk.diary.pages if page[0] == "Retry"]


def test_batch_goes_on_whole_when_plex_was_away_once(desk):
    desk.put(1, 2, 3)
    desk.script.breaks["scene_1"] = PlexUnreachable("refused")
    desk.now += desk.step()
    desk.script.breaks.clear()
    desk.step()
    assert desk.script.batches == [("scene_1", "scene_2", "scene_3")] * 2


def test_rest_of_a_batch_starts_again_when_its_bad_rows_could_not_be_buried(desk):
    """No dead letter can be written while the disk is full; nothing may stay in progress for that."""
    desk.put_raw(b"\xff\x00 nothing")
    desk.put(1, 2)

    class Full(DeadLetterQueue):
        left = 2

        def add_unreadable(self, *args: Any, **kwargs: Any) -> int:
            self.left -= 1
            if self.left >= 0:
                raise QueueUnavailable("disk full")
            return super().add_unreadable(*args, **kwargs)

    full = Full(desk.data_dir)
    desk.worker = SyncWorker(desk.manager.get_queue(), full, synchronizer=desk.script, clock=lambda: desk.now)
    for _ in range(2):
        with pytest.raises(QueueUnavailable):
            desk.step()
        desk.now += 1
    desk.step()
    assert desk.stats() == {"completed": 2, "failed": 1}
    assert len(desk.letters()) == 1
    full.close()


def test_thread_ends_and_says_why_when_a_file_is_damaged(desk):
    desk.put(1)
    desk.script.breaks["scene_1"] = error = RecordsCorrupt(Path("state.db"), "malformed")
    desk.worker.start()
    desk.worker.thread.join(10)
    assert not desk.worker.thread.is_alive()
    assert desk.worker.damage is error


def test_damage_is_found_by_the_saves_that_hooks_put_beside_when_memory_hides_it(desk):
    desk.put(1)
    desk.step()
    file = desk.data_dir / "queue" / "data.db"
    with closing(connect(file)) as other:
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.step()  # has the first page in memory now, and nobody else makes it look again
    with file.open("r+b") as opened:
        opened.write(b"\xa5" * 4096)
    job = create_sync_job(2, METADATA, {"fields": ["title"]}, now=desk.now)
    spare.note(str(desk.data_dir / "queue"), encode(job).encode())
    with pytest.raises(QueueCorrupt):
        desk.step()


def test_saves_beside_the_queue_are_taken_in_by_the_next_step(desk):
    spare.note(str(desk.data_dir / "queue"), encode(create_sync_job(5, METADATA, {"fields": []}, now=NOW)).encode())
    desk.step()
    assert desk.script.batches == [("scene_5",)]
    assert desk.stats() == {"completed": 1}


def test_pause_is_tried_at_once_when_the_clock_was_set_back(desk):
    desk.put(1)
    desk.script.breaks["scene_1"] = PlexUnreachable("refused")
    assert desk.step() == 1.0
    desk.now -= 7200
    desk.script.breaks.clear()
    assert desk.step() <= PAUSE_MOST_S
    assert desk.script.probes == 1
    desk.now += PAUSE_MOST_S
    desk.step()
    assert desk.stats() == {"completed": 1}


@pytest.mark.parametrize("jump_s", [-7200.0, 7200.0])
def test_pause_never_lasts_longer_than_it_was_meant_to_when_the_clock_jumps(desk, jump_s):
    """A machine whose clock is set, and one that slept with its worker in it."""
    desk.put(1)
    desk.script.breaks["scene_1"] = desk.script.away = PlexUnreachable("refused")
    for _ in range(8):
        desk.now += desk.step() + jump_s
        assert desk.step() <= PAUSE_MOST_S


def test_bulk_work_goes_on_within_minutes_when_the_clock_was_set_back(desk):
    """Sync All has queued thousands when a machine without a battery learns what time it is."""
    jobs = [create_sync_job(scene_id, METADATA, {"fields": []}, now=desk.now) for scene_id in range(1, 31)]
    enqueue_many(desk.data_dir / "queue", jobs, now=desk.now)
    desk.worker = desk.hire(batch_size=10)
    desk.step()
    desk.now -= 10 * 365 * 86_400
    waited_s = 0.0
    while desk.stats() != {"completed": 30}:
        waited_s += (delay_s := max(desk.step(), 0.001))
        desk.now += delay_s
        assert waited_s < 2 * PAUSE_MOST_S


def test_no_job_waits_longer_than_its_backoff_when_the_clock_was_wrong_before_the_start(desk):
    desk.now += 10 * 365 * 86_400
    desk.put(1, 2)
    desk.script.fails = {"scene_1": TransientError("no luck"), "scene_2": NotInPlexError("no such file")}
    desk.step()
    desk.worker.close()
    desk.now = NOW
    desk.script.fails.clear()
    desk.worker = desk.hire()
    desk.step()
    desk.now += RETRY_MOST_S
    desk.step()
    assert desk.script.batches[-1] == ("scene_1",)
    desk.now += NOT_IN_PLEX_S[-1] * 1.1
    desk.step()
    assert desk.stats() == {"completed": 2}


def test_job_uses_up_its_attempts_when_it_was_to_be_tried_in_a_year_that_was_wrong(desk):
    """It was saved again before its time, and has kept that time beside its due one."""
    desk.script.fails["scene_1"] = TransientError("no luck")
    desk.now += 10 * 365 * 86_400
    for _ in range(2):
        desk.put(1)
        desk.step()
    desk.now = NOW
    for _ in range(24):
        desk.step()
        desk.now += 3600
    assert desk.letters() == [("scene_1", "TransientError", 5)]


def test_due_times_stay_as_they_are_when_the_clock_is_right(desk):
    desk.put(1, 2)
    desk.script.fails = {"scene_1": TransientError("no luck"), "scene_2": NotInPlexError("no such file")}
    for _ in range(6):
        desk.step()
        desk.now += 3601
    assert desk.worker._claims.limit_waits(desk.now, LONGEST_WAITS) == 0


def test_pause_begins_with_short_waits_again_when_all_was_well_for_long(desk):
    desk.put(1)
    desk.script.fails["scene_1"] = TransientError("so that nothing is ever done")
    for _ in range(2):
        desk.script.breaks["scene_1"] = desk.script.away = PlexUnreachable("refused")
        waits = [desk.step()]
        for _ in range(3):
            desk.now += waits[-1]
            waits.append(desk.step())
        assert waits == [1.0, 2.0, 4.0, 8.0]
        desk.script.breaks.clear()
        desk.script.away = None
        desk.now += 8
        desk.step()
        desk.now += 3600
        desk.put(1)


def test_limits_are_those_of_the_moment_when_they_change(desk):
    limits = Limits(max_retries=5, batch_size=1)
    desk.worker = desk.hire(limits=lambda: limits)
    desk.put(1, 2, 3)
    desk.script.fails["scene_1"] = TransientError("no luck")
    desk.step()
    assert desk.script.batches == [("scene_1",)]
    limits = Limits(max_retries=8, batch_size=10)
    for _ in range(7):
        assert desk.letters() == []
        desk.now += 3600
        desk.step()
    assert sorted(desk.script.batches[1]) == ["scene_1", "scene_2", "scene_3"]
    assert desk.letters() == [("scene_1", "TransientError", 8)]


class Stuck(Script):
    """Is within a request until it is freed."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.freed = Event(), Event()

    def sync(self, jobs: Sequence[ClaimedJob]) -> Iterator[Result]:
        self.batches.append(tuple(job.key for job in jobs))
        self.reached.set()
        self.freed.wait(20)
        yield from map(Result, jobs)


def test_jobs_are_put_back_and_nobody_is_blamed_when_a_request_outlasts_the_end(desk):
    desk.put(1, 2)
    desk.script = Stuck()
    desk.worker = desk.hire()
    desk.worker.start()
    assert desk.script.reached.wait(10)
    assert desk.worker.stop(timeout_s=0.0) is False
    desk.worker.let_go()
    assert desk.stats() == {"pending": 2}
    next_one = desk.hire()
    next_one.take_back()
    jobs = next_one._claims.claim_due(desk.now, 10).jobs
    assert [job.interrupted for job in jobs] == [0, 0]
    desk.script.freed.set()
    assert desk.worker.stop() is True


def test_start_waits_for_the_thread_of_before_when_its_stop_gave_up(desk):
    desk.put(1)
    desk.script = Stuck()
    desk.worker = desk.hire()
    desk.worker.start()
    assert desk.script.reached.wait(10)
    first = desk.worker.thread
    assert desk.worker.stop(timeout_s=0.0) is False
    freeing = Timer(0.1, desk.script.freed.set)
    freeing.start()
    desk.worker.start()
    freeing.join()
    assert not first.is_alive()
    assert desk.worker.thread is not first
    assert desk.worker.stop() is True


def test_thread_waits_for_the_queue_when_its_file_is_locked_at_the_start(desk):
    desk.put(1)
    with closing(connect(desk.data_dir / "queue" / "data.db", isolation_level=None)) as other:
        desk.worker._claims.claim_due(desk.now, 1)  # what a dead worker leaves behind
        desk.worker._claims._connection.execute("PRAGMA busy_timeout = 1")
        other.execute("BEGIN IMMEDIATE")
        desk.worker.start()
        while not desk.worker._errors:
            assert desk.worker.thread.is_alive()
        other.execute("ROLLBACK")
    deadline = monotonic() + 10
    while desk.stats() != {"completed": 1}:
        assert monotonic() < deadline
    desk.worker.stop()
