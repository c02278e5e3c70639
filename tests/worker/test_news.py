"""What Stash does without telling anybody, found by one small question every 20 seconds."""

from dataclasses import replace

import pytest

from sync_queue.models import task_job
from sync_queue.pending import enqueue_many
from tests.demo.films import png, sha1
from tests.stepper import Stepper
from worker.control.news import FEW, NEWS_S, OVERLAP_S
from worker.facts import LAST_RECONCILE_AT, NEWS_UNTIL, RECONCILE_FROM

RED, BLUE = png(4, 4, (200, 0, 0)), png(4, 4, (0, 0, 200))


@pytest.fixture
def film(stepper: Stepper) -> tuple[int, int]:
    """Key and scene of a film that was synced a minute ago, by a worker that has rested since."""
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!", cover=RED)
    stepper.sync(scene)
    for _ in range(3):
        stepper.later(NEWS_S)
    return key, scene


def questions(stepper: Stepper) -> dict[str, int]:
    counts = stepper.stash.log.counts
    return {
        "scenes": counts["findScenes"] + counts["findScene"],
        "covers": counts["picture"],
        "plex": stepper.plex.journal.count(),
    }


def asked_since(stepper: Stepper, before: dict[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in questions(stepper).items()}


def test_cover_that_stash_makes_is_in_plex_within_a_minute_although_nobody_saves(stepper, film):
    key, scene = film
    stepper.stash.generate_cover(scene, BLUE)
    stepper.later(NEWS_S)
    assert stepper.shown(key).poster_sha1 == sha1(BLUE)


@pytest.mark.parametrize("later_s", [0, 1, 5, 19])
def test_cover_of_a_scan_arrives_whenever_it_is_made_behind_the_hook(stepper, later_s):
    """The scene is read before its cover is there; where both come within one second, no time shows it."""
    key = stepper.item("Sintel.mkv", title="Sintel!")
    scene = stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    stepper.now += later_s
    stepper.stash.generate_cover(scene, RED)
    for _ in range(2):
        stepper.later(NEWS_S)
    assert stepper.shown(key).poster_sha1 == sha1(RED)


@pytest.mark.parametrize("later_s", [0, 1, 5])
def test_tags_of_an_auto_tag_arrive_also_where_they_came_in_the_second_of_a_save(stepper, later_s):
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.sync(scene)
    stepper.now += later_s
    stepper.stash.auto_tag(scene, tags=["Short"])
    for _ in range(2):
        stepper.later(NEWS_S)
    assert stepper.shown(key).tags["genre"] == ("Short",)


def test_stash_at_rest_is_asked_one_question_a_time_and_plex_none(stepper, film):
    before = questions(stepper)
    for _ in range(10):
        stepper.later(NEWS_S)
    assert asked_since(stepper, before) == {"scenes": 10, "covers": 0, "plex": 0}


def test_save_is_looked_at_once_more_without_plex_and_then_never_again(stepper, film):
    _, scene = film
    stepper.stash.save_scene(scene, title="Saved")
    stepper.sync(scene)
    before = questions(stepper)
    for _ in range(5):
        stepper.later(NEWS_S)
    assert asked_since(stepper, before) == {"scenes": 5 + 1, "covers": 1, "plex": 0}


def test_what_somebody_edits_in_plex_behind_a_save_stays(stepper, film):
    key, scene = film
    stepper.stash.save_scene(scene, title="Saved")
    stepper.sync(scene)
    stepper.plex.state.items[key].values["title"] = "Edited in Plex"
    for _ in range(5):
        stepper.later(NEWS_S)
    assert stepper.shown(key).title == "Edited in Plex"


@pytest.mark.parametrize("settings", [{}, {"skip_not_in_plex": True}, {"only_tags": "Never"}])
def test_scene_that_cannot_be_sent_is_no_news_every_time(stepper, film, settings):
    stepper.configure(**settings)
    stepper.scene("Not in Plex.mkv")  # a scan whose hook got lost
    stepper.later(NEWS_S)
    stepper.later(NEWS_S)
    waiting, before = stepper.stats()["pending"], questions(stepper)
    for _ in range(10):
        stepper.later(1)
        stepper.now += NEWS_S
        stepper.worker.synchronizer.rest()
    assert stepper.stats()["pending"] == waiting
    assert asked_since(stepper, before)["scenes"] <= 10 + 3, "the looks, and tries when their time has come"


def test_what_was_there_before_the_plugin_is_left_to_sync_all(stepper):
    key = stepper.item("Sintel.mkv", title="Sintel")
    stepper.scene("Sintel.mkv", title="Sintel!")
    stepper.now += 60
    for _ in range(5):
        stepper.later(NEWS_S)
    assert stepper.shown(key).title == "Sintel"


def test_next_worker_goes_on_where_the_last_one_stopped(stepper, film):
    key, scene = film
    stepper.now += 3600
    stepper.stash.auto_tag(scene, tags=["Short"])
    stepper.now += 30 * 86_400
    stepper.restart()
    stepper.drain()
    stepper.drain()
    assert stepper.shown(key).tags["genre"] == ("Short",)


@pytest.mark.parametrize("back_s", [OVERLAP_S / 2, 3600.0])
def test_news_arrives_after_stashs_clock_was_set_back(stepper, film, back_s):
    key, scene = film
    stepper.stash.library.ahead_s = -back_s
    stepper.stash.library.scene(scene).updated_at -= 86_400  # so that the tags move its time forward
    stepper.records.written.record_many(
        [_older(record) for record in stepper.records.written.get(scene).values()],
    )
    stepper.stash.auto_tag(scene, tags=["Short"])
    stepper.later(NEWS_S)
    assert stepper.shown(key).tags["genre"] == ("Short",)


@pytest.mark.parametrize("back_s", [11.0, 3600.0])
def test_clock_that_was_set_back_does_not_have_synced_what_was_there_before(stepper, back_s):
    key = stepper.item("Old.mkv", title="Old")
    stepper.scene("Old.mkv", title="Old!")
    stepper.now += 2 * 86_400
    stepper.records.facts.put_many({LAST_RECONCILE_AT: stepper.now, RECONCILE_FROM: stepper.now})
    stepper.now += 86_400
    stepper.later(NEWS_S)
    stepper.stash.library.ahead_s = -back_s - NEWS_S
    new = stepper.item("New.mkv", title="New")
    stepper.scene("New.mkv", title="New!")
    for _ in range(2):
        stepper.later(NEWS_S)
    assert [stepper.shown(rating_key).title for rating_key in (key, new)] == ["Old", "New!"]


def test_scene_that_was_left_alone_is_looked_at_again_when_it_changed_while_it_was(stepper, film):
    """The reason holds for the scene as it was read, however long it takes until it is recorded."""
    stepper.configure(only_tags="Short")
    stepper.stash.library.ahead_s = -60
    key, scene = stepper.item("Spring.mkv"), stepper.scene("Spring.mkv", title="Spring!")
    stepper.sync(scene)
    assert stepper.records.skips.counts() == {"no_chosen_tag": 1}
    stepper.now += 10
    stepper.stash.auto_tag(scene, tags=["Short"])
    for _ in range(2):
        stepper.later(NEWS_S)
    assert (stepper.shown(key).title, stepper.records.skips.counts()) == ("Spring!", {})


def test_time_ahead_of_stashs_own_clock_is_no_news_every_time(stepper, film):
    stepper.stash.library.ahead_s = 86_400
    stepper.scene("Not in Plex.mkv")
    stepper.stash.library.ahead_s = 0
    stepper.later(NEWS_S)
    before = questions(stepper)
    for _ in range(5):
        stepper.later(NEWS_S)
    assert asked_since(stepper, before)["scenes"] <= 5 + 1


def test_stash_that_does_not_tell_its_time_is_asked_for_nothing_but_the_newest(stepper):
    stepper.stash.library.tells_time = False
    key, scene = stepper.item("Sintel.mkv"), stepper.scene("Sintel.mkv", title="Sintel!", cover=RED)
    stepper.sync(scene)
    stepper.later(NEWS_S)
    assert stepper.shown(key).poster_sha1 == sha1(RED)
    assert stepper.records.facts.get(NEWS_UNTIL) is None
    assert stepper.stats()["pending"] == 0


def test_much_news_arrives_whole_behind_what_is_saved_meanwhile(stepper, film):
    count = FEW + 30
    keys = [stepper.item(f"Film {number}.mkv") for number in range(count)]
    scenes = [stepper.scene(f"Film {number}.mkv", title=f"Film {number}!") for number in range(count)]
    stepper.now += NEWS_S
    stepper.worker.synchronizer.rest()
    assert stepper.stats()["pending"] == count
    assert stepper.records.facts.get(NEWS_UNTIL) > stepper.now - OVERLAP_S
    stepper.drain()
    assert [stepper.shown(key).title for key in keys] == [f"Film {number}!" for number in range(count)]
    assert len(scenes) == count


def test_a_little_news_does_not_wait_behind_a_task(stepper, film):
    key, scene = film
    stepper.fine_tune(batch_size=1)
    others = [stepper.scene(f"Film {number}.mkv") for number in range(20)]
    stepper.later(0)
    enqueue_many(
        stepper.data_dir / "queue",
        (task_job(scene_id, "all 1", now=stepper.now) for scene_id in others),
        now=stepper.now,
    )
    stepper.stash.generate_cover(scene, BLUE)
    stepper.now += NEWS_S
    for _ in range(6):
        stepper.worker.step(stepper.now)
    assert stepper.shown(key).poster_sha1 == sha1(BLUE)


def test_nobody_asks_while_everything_is_paused(stepper, film):
    stepper.configure(paused=True)
    stepper.queue(film[1])
    stepper.drain()
    before = questions(stepper)
    for _ in range(3):
        stepper.later(NEWS_S)
    assert asked_since(stepper, before)["scenes"] == 0


def _older(record):
    return replace(record, scene_updated_at=record.scene_updated_at - 86_400)


def test_picture_that_stash_cannot_give_keeps_no_news_back(stepper, film):
    _, scene = film
    stepper.stash.save_scene(scene, title="Saved")
    stepper.sync(scene)
    stepper.stash.fault("500", where="picture")
    other = stepper.item("Spring.mkv", title="Spring")
    stepper.scene("Spring.mkv", title="Spring!")
    stepper.configure(skip_fields="poster")
    stepper.later(NEWS_S)
    assert stepper.shown(other).title == "Spring!"
