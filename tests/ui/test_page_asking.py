"""How the page asks: one call at a time, no answer thrown away, nothing done twice."""

import threading

from playwright.sync_api import expect

from tests.ui import seed
from tests.ui.asking import mark, wind
from tests.ui.conftest import PAGE


def test_an_answer_slower_than_the_interval_is_waited_for_and_shown(world, open_page):
    world.configure()
    world.expected_errors.append("404 (Not Found)")  # the cover of a scene that there is not
    seed.give_up(world.data_dir, [1], "PlexRejected", "A story")
    hold = world.site.held["ui_jobs"] = threading.Event()
    page = open_page(f"{PAGE}?tab=jobs", has_clock=True)
    world.until(lambda: "ui_jobs" in world.site.modes(), "the list is asked for")
    for _ in range(5):
        page.clock.fast_forward(5_000)
    mark(world, page)
    assert world.site.modes().count("ui_jobs") == 1
    hold.set()
    expect(page.get_by_text("A story")).to_be_visible()
    wind(world, page, 5_000, lambda: world.site.modes().count("ui_jobs") >= 2, "it goes on asking")


def test_an_action_runs_once_however_often_it_is_pressed(world, open_page):
    world.configure()
    seed.give_up(
        world.data_dir, [world.stash.add_scene(title="Sintel", path="/data/movies/x.mkv")], "PlexRejected", "no"
    )
    hold = world.site.held["ui_retry"] = threading.Event()
    page = open_page(f"{PAGE}?tab=jobs")
    page.get_by_role("button", name="Try now: Sintel").evaluate("button => { button.click(); button.click(); }")
    world.until(lambda: "ui_retry" in world.site.modes(), "the job is tried again")
    mark(world, page)
    assert world.site.modes().count("ui_retry") == 1
    hold.set()
    expect(page.get_by_text("1 job will be tried again now.")).to_be_visible()
