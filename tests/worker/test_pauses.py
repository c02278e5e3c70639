"""When everything waits, how long, and what a clock that was set does to it."""

from collections.abc import Iterator, Sequence

import pytest

from plex.errors import PlexBusy, PlexUnauthorized, PlexUnreachable
from stash.errors import StashUnauthorized
from sync_queue import create_sync_job
from sync_queue.models import METADATA
from sync_queue.pending import enqueue_many
from sync_queue.settling import ClaimedJob
from tests.worker.desk import NOW, Script
from worker.errors import HeldError, NotConfiguredError, NotInPlexError, OtherFileError, TransientError
from worker.outcome import LONGEST_WAITS, NOT_IN_PLEX_S, PAUSE_MOST_S, RETRY_MOST_S
from worker.protocols import Result


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


def test_retry_after_is_obeyed_when_plex_names_a_time(desk):
    desk.put(1)
    desk.script.breaks["scene_1"] = PlexBusy("429", retry_after_s=12.0)
    assert desk.step() == 12.0


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
    desk.worker.stop()
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


def test_due_times_stay_as_they_are_when_the_clock_is_right(desk):
    desk.put(1, 2, 3)
    desk.script.fails = {
        "scene_1": TransientError("no luck"),
        "scene_2": NotInPlexError("no such file"),
        "scene_3": OtherFileError("another one"),
    }
    for _ in range(6):
        desk.step()
        desk.now += 3601
    assert desk.worker.claims.limit_waits(desk.now, LONGEST_WAITS) == 0


def test_every_error_of_a_missing_file_and_a_hold_may_wait_for_days():
    patient = (NotInPlexError, *NotInPlexError.__subclasses__(), HeldError)
    assert set(LONGEST_WAITS.patient) == {kind.__name__ for kind in patient}


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
