"""When a batch fails, the job that makes it fail is found, and no other job uses up an attempt."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress

import pytest

from plex.errors import PlexBusy, PlexMisconfigured, PlexProtocolError, PlexUnauthorized, PlexUnreachable
from stash.errors import StashRejected, StashUnauthorized
from sync_queue.settling import ClaimedJob
from tests.worker.desk import Script, Stuck
from worker.errors import PermanentError
from worker.protocols import Result
from worker.sync.synchronizer import MOST_INTERRUPTIONS


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
            desk.drain()
    assert all(len(batch) == 1 for batch in desk.script.batches[1:])
    assert desk.stats() == {"completed": 3, "failed": 1}
    assert desk.letters() == [("scene_2", "PermanentError", 1)]


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


def test_jobs_are_put_back_and_nobody_is_blamed_when_a_request_outlasts_the_end(desk):
    desk.put(1, 2)
    desk.script = Stuck()
    desk.worker = desk.hire()
    desk.worker.start()
    assert desk.script.reached.wait(60)
    assert desk.worker.stop(timeout_s=0.0) is False
    desk.worker.let_go()
    assert desk.stats() == {"pending": 2}
    next_one = desk.hire()
    next_one.take_back()
    jobs = next_one.claims.claim_due(desk.now, 10).jobs
    assert [job.interrupted for job in jobs] == [0, 0]
    desk.script.freed.set()
    assert desk.worker.stop() is True
