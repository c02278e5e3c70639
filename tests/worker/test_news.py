"""What Stash does without telling anybody, found by one small question every 20 seconds."""

from dataclasses import replace

import pytest

from sync_queue.models import task_job
from sync_queue.pending import enqueue_many
from tests.demo.films import png, sha1
from tests.worker.conftest import Bench
from worker.control.news import FEW, NEWS_S, OVERLAP_S
from worker.facts import LAST_RECONCILE_AT, NEWS_UNTIL, RECONCILE_FROM

RED, BLUE = png(4, 4, (200, 0, 0)), png(4, 4, (0, 0, 200))


@pytest.fixture
def film(bench: Bench) -> tuple[int, int]:
    """Key and scene of a film that was synced a minute ago, by a worker that has rested since."""
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!", cover=RED)
    bench.sync(scene)
    for _ in range(3):
        bench.later(NEWS_S)
    return key, scene


def questions(bench: Bench) -> dict[str, int]:
    counts = bench.stash.log.counts
    return {"scenes": counts["findScenes"], "covers": counts["picture"], "plex": bench.plex.journal.count()}


def asked_since(bench: Bench, before: dict[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in questions(bench).items()}


def test_cover_that_stash_makes_is_in_plex_within_a_minute_although_nobody_saves(bench, film):
    key, scene = film
    bench.stash.generate_cover(scene, BLUE)
    bench.later(NEWS_S)
    assert bench.shown(key).poster_sha1 == sha1(BLUE)


@pytest.mark.parametrize("later_s", [0, 1, 5, 19])
def test_cover_of_a_scan_arrives_whenever_it_is_made_behind_the_hook(bench, later_s):
    """The scene is read before its cover is there; where both come within one second, no time tells of it."""
    key = bench.item("Sintel.mkv", title="Sintel!")
    scene = bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    bench.now += later_s
    bench.stash.generate_cover(scene, RED)
    for _ in range(2):
        bench.later(NEWS_S)
    assert bench.shown(key).poster_sha1 == sha1(RED)


@pytest.mark.parametrize("later_s", [0, 1, 5])
def test_tags_of_an_auto_tag_arrive_also_where_they_came_in_the_second_of_a_save(bench, later_s):
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!")
    bench.sync(scene)
    bench.now += later_s
    bench.stash.auto_tag(scene, tags=["Short"])
    for _ in range(2):
        bench.later(NEWS_S)
    assert bench.shown(key).tags["genre"] == ("Short",)


def test_stash_at_rest_is_asked_one_question_a_time_and_plex_none(bench, film):
    before = questions(bench)
    for _ in range(10):
        bench.later(NEWS_S)
    assert asked_since(bench, before) == {"scenes": 10, "covers": 0, "plex": 0}


def test_save_is_looked_at_once_more_without_plex_and_then_never_again(bench, film):
    _, scene = film
    bench.stash.save_scene(scene, title="Saved")
    bench.sync(scene)
    before = questions(bench)
    for _ in range(5):
        bench.later(NEWS_S)
    assert asked_since(bench, before) == {"scenes": 5 + 1, "covers": 1, "plex": 0}


def test_what_somebody_edits_in_plex_behind_a_save_stays(bench, film):
    key, scene = film
    bench.stash.save_scene(scene, title="Saved")
    bench.sync(scene)
    bench.plex.state.items[key].values["title"] = "Edited in Plex"
    for _ in range(5):
        bench.later(NEWS_S)
    assert bench.shown(key).title == "Edited in Plex"


@pytest.mark.parametrize("settings", [{}, {"skip_not_in_plex": True}, {"only_tags": "Never"}])
def test_scene_that_cannot_be_sent_is_no_news_every_time(bench, film, settings):
    bench.configure(**settings)
    bench.scene("Not in Plex.mkv")  # a scan whose hook got lost
    bench.later(NEWS_S)
    bench.later(NEWS_S)
    waiting, before = bench.stats()["pending"], questions(bench)
    for _ in range(10):
        bench.later(1)
        bench.now += NEWS_S
        bench.worker.synchronizer.rest()
    assert bench.stats()["pending"] == waiting
    assert asked_since(bench, before)["scenes"] <= 10 + 3, "the looks, and tries when their time has come"


def test_what_was_there_before_the_plugin_is_left_to_sync_all(bench):
    key = bench.item("Sintel.mkv", title="Sintel")
    bench.scene("Sintel.mkv", title="Sintel!")
    bench.now += 60
    for _ in range(5):
        bench.later(NEWS_S)
    assert bench.shown(key).title == "Sintel"


def test_next_worker_goes_on_where_the_last_one_stopped(bench, film):
    key, scene = film
    bench.now += 3600
    bench.stash.auto_tag(scene, tags=["Short"])
    bench.now += 30 * 86_400
    bench.restart()
    bench.drain()
    bench.drain()
    assert bench.shown(key).tags["genre"] == ("Short",)


@pytest.mark.parametrize("back_s", [OVERLAP_S / 2, 3600.0])
def test_news_arrives_after_stashs_clock_was_set_back(bench, film, back_s):
    key, scene = film
    bench.stash.library.ahead_s = -back_s
    bench.stash.library.scene(scene).updated_at -= 86_400  # so that the tags move its time forward
    bench.records.written.record_many(
        [_older(record) for record in bench.records.written.get(scene).values()],
    )
    bench.stash.auto_tag(scene, tags=["Short"])
    bench.later(NEWS_S)
    assert bench.shown(key).tags["genre"] == ("Short",)


@pytest.mark.parametrize("back_s", [11.0, 3600.0])
def test_clock_that_was_set_back_does_not_have_synced_what_was_there_before(bench, back_s):
    key = bench.item("Old.mkv", title="Old")
    bench.scene("Old.mkv", title="Old!")
    bench.now += 2 * 86_400
    bench.records.facts.put_many({LAST_RECONCILE_AT: bench.now, RECONCILE_FROM: bench.now})
    bench.now += 86_400
    bench.later(NEWS_S)
    bench.stash.library.ahead_s = -back_s - NEWS_S
    new = bench.item("New.mkv", title="New")
    bench.scene("New.mkv", title="New!")
    for _ in range(2):
        bench.later(NEWS_S)
    assert [bench.shown(one).title for one in (key, new)] == ["Old", "New!"]


def test_scene_that_was_left_alone_is_looked_at_again_when_it_changed_while_it_was(bench, film):
    """The reason is of the state that was read, however long it takes until it is put down."""
    bench.configure(only_tags="Short")
    bench.stash.library.ahead_s = -60
    key, scene = bench.item("Spring.mkv"), bench.scene("Spring.mkv", title="Spring!")
    bench.sync(scene)
    assert bench.records.skips.counts() == {"no_chosen_tag": 1}
    bench.now += 10
    bench.stash.auto_tag(scene, tags=["Short"])
    for _ in range(2):
        bench.later(NEWS_S)
    assert (bench.shown(key).title, bench.records.skips.counts()) == ("Spring!", {})


def test_time_ahead_of_stashs_own_clock_is_no_news_every_time(bench, film):
    bench.stash.library.ahead_s = 86_400
    bench.scene("Not in Plex.mkv")
    bench.stash.library.ahead_s = 0
    bench.later(NEWS_S)
    before = questions(bench)
    for _ in range(5):
        bench.later(NEWS_S)
    assert asked_since(bench, before)["scenes"] <= 5 + 1


def test_stash_that_does_not_tell_its_time_is_asked_for_nothing_but_the_newest(bench):
    bench.stash.library.tells_time = False
    key, scene = bench.item("Sintel.mkv"), bench.scene("Sintel.mkv", title="Sintel!", cover=RED)
    bench.sync(scene)
    bench.later(NEWS_S)
    assert bench.shown(key).poster_sha1 == sha1(RED)
    assert bench.records.facts.get(NEWS_UNTIL) is None
    assert bench.stats()["pending"] == 0


def test_much_news_arrives_whole_behind_what_is_saved_meanwhile(bench, film):
    count = FEW + 30
    keys = [bench.item(f"Film {number}.mkv") for number in range(count)]
    scenes = [bench.scene(f"Film {number}.mkv", title=f"Film {number}!") for number in range(count)]
    bench.now += NEWS_S
    bench.worker.synchronizer.rest()
    assert bench.stats()["pending"] == count
    assert bench.records.facts.get(NEWS_UNTIL) > bench.now - OVERLAP_S
    bench.drain()
    assert [bench.shown(key).title for key in keys] == [f"Film {number}!" for number in range(count)]
    assert len(scenes) == count


def test_a_little_news_does_not_wait_behind_a_task(bench, film):
    key, scene = film
    bench.fine_tune(batch_size=1)
    others = [bench.scene(f"Film {number}.mkv") for number in range(20)]
    bench.later(0)
    enqueue_many(bench.data_dir / "queue", (task_job(one, "all 1", now=bench.now) for one in others), now=bench.now)
    bench.stash.generate_cover(scene, BLUE)
    bench.now += NEWS_S
    for _ in range(6):
        bench.worker.step(bench.now)
    assert bench.shown(key).poster_sha1 == sha1(BLUE)


def test_nobody_asks_while_everything_is_paused(bench, film):
    bench.configure(paused=True)
    bench.queue(film[1])
    bench.drain()
    before = questions(bench)
    for _ in range(3):
        bench.later(NEWS_S)
    assert asked_since(bench, before)["scenes"] == 0


def _older(record):
    return replace(record, scene_updated_at=record.scene_updated_at - 86_400)


def test_picture_that_stash_cannot_give_keeps_no_news_back(bench, film):
    _, scene = film
    bench.stash.save_scene(scene, title="Saved")
    bench.sync(scene)
    bench.stash.fault("500", where="picture")
    other = bench.item("Spring.mkv", title="Spring")
    bench.scene("Spring.mkv", title="Spring!")
    bench.configure(skip_fields="poster")
    bench.later(NEWS_S)
    assert bench.shown(other).title == "Spring!"
