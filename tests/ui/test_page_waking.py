"""An open page of Stash is enough for what Stash does by itself to reach Plex.

The page wakes the worker, and the plugin decides whether there is anything to do.
"""

import pytest

from records import Records
from tests.demo.films import png, sha1
from tests.ui.asking import mark
from worker.facts import NEWS_UNTIL
from worker.process.handover import stop_worker

COVER = png(4, 4, (0, 90, 160))
AN_HOUR_MS = 3_600_000


@pytest.fixture
def rested(world):
    """Films that are in Plex, and a worker that has asked for news and lives."""
    world.fill("Sintel")
    world.configure()
    world.sync()
    world.until(lambda: has_asked(world), "the worker has asked for news")
    return world


def has_asked(world):
    with Records(world.data_dir / "state.db", reading=True) as records:
        return records.facts.get(NEWS_UNTIL) is not None


def leave(world):
    """The worker's time is over, long after the last save."""
    assert stop_worker(str(world.data_dir))
    world.until(lambda: not world.workers(), "no worker lives")


def look_again(world, page, after_ms=61_000):
    """Let time pass, until the page has looked how things are."""
    before = world.site.modes().count("ui_overview")
    page.clock.fast_forward(after_ms)
    page.evaluate(
        "window.Stash2Plex.stores.refreshOverview()"
    )  # its own timer is not set while an answer is on its way
    world.until(lambda: world.site.modes().count("ui_overview") > before, "the page has looked")
    mark(world, page)


def watching(world):
    return world.stash.jobs.listeners


def run_job(world, description, work=lambda _job: None):
    job = world.stash.jobs.add(description, work, lambda: None)
    world.until(job.ended.is_set, f"{description} has ended")


def test_cover_that_a_job_of_stash_has_made_arrives_although_no_worker_lived(rested, open_page):
    page = open_page("/", has_clock=True)
    rested.until(lambda: watching(rested), "the page watches Stash's jobs")
    page.wait_for_function("window.Stash2Plex.stores.overview.get().data")
    leave(rested)
    made = []
    run_job(
        rested, "Generating...", lambda _job: made.append(rested.stash.generate_cover(rested.scenes["Sintel"], COVER))
    )
    page.clock.fast_forward(20_000)
    rested.until(lambda: rested.item("Sintel").poster_sha1 == sha1(COVER), "the cover is in Plex")
    assert rested.site.modes().count("ui_wake") == 1


def test_jobs_that_end_together_cost_one_call(rested, open_page):
    rested.site.errors["ui_wake"] = "not now"
    page = open_page("/", has_clock=True)
    rested.until(lambda: watching(rested), "the page watches Stash's jobs")
    for number in range(5):
        run_job(rested, f"Generating screenshot for scene id {number}")
    page.wait_for_timeout(200)
    page.clock.fast_forward(4_000)
    rested.until(lambda: "ui_wake" in rested.site.modes(), "the worker is woken")
    page.clock.fast_forward(60_000)
    mark(rested, page)
    assert rested.site.modes().count("ui_wake") == 1


def test_opening_stash_wakes_a_worker_for_what_came_while_none_lived_and_no_second_time_for_a_while(rested, open_page):
    leave(rested)
    rested.stash.generate_cover(rested.scenes["Sintel"], COVER)
    page = open_page("/", has_clock=True)
    rested.until(lambda: rested.item("Sintel").poster_sha1 == sha1(COVER), "the cover is in Plex")
    leave(rested)
    look_again(rested, page)
    assert rested.site.modes().count("ui_wake") == 1
    look_again(rested, page, AN_HOUR_MS)
    rested.until(lambda: rested.site.modes().count("ui_wake") == 2, "the worker is woken for the comparison of the day")


def test_page_of_a_stash_without_the_subscription_still_wakes_when_it_is_opened(rested, open_page):
    rested.site.jobs = None
    leave(rested)
    page = open_page("/")
    rested.until(lambda: "ui_wake" in rested.site.modes(), "the worker is woken")
    rested.until(rested.workers, "a worker lives")
    mark(rested, page)


def test_page_goes_on_where_the_browser_keeps_nothing(rested, open_page):
    rested.site.prepare = "for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { get() { throw new Error('refused'); } });"
    leave(rested)
    page = open_page("/")
    rested.until(lambda: "ui_wake" in rested.site.modes(), "the worker is woken")
    mark(rested, page)


def test_waking_costs_a_look_where_nothing_was_ever_asked(world):
    assert world.operation("ui_wake") == {"count": 0, "text": "Nothing waits."}
    assert not world.operation("ui_overview")["news_due"]
    assert not world.workers()
