"""What a look costs: processes of the plugin a visit and in an idle minute, and how soon news are seen all the same."""

import pytest
from playwright.sync_api import expect

from tests.ui import seed
from tests.ui.asking import mark
from tests.ui.conftest import PAGE

A_FEW = 5
HEADLINE = ".s2p-headline"


@pytest.fixture
def quiet(world):
    """A library that is in Plex, and a worker that has nothing to do."""
    world.fill()
    world.configure()
    world.sync()
    return world


@pytest.mark.parametrize(
    ("address", "shown"),
    [(PAGE, "Last 24 hours"), (f"{PAGE}?tab=history", "Changes in Plex"), (f"{PAGE}?tab=preview", "What would change")],
)
def test_visit_costs_one_process(quiet, open_page, address, shown):
    page = open_page(address, has_clock=True)
    expect(page.locator(HEADLINE)).to_contain_text("4 scenes are in Plex")
    expect(page.get_by_text(shown).first).to_be_visible()
    page.wait_for_load_state("networkidle")
    asked_of_others = [mode for mode in quiet.site.modes() if mode in {"ui_find", "ui_pictures"}]
    assert quiet.site.processes - len(asked_of_others) == 1
    assert len(asked_of_others) <= 1


def test_idle_page_backs_off_to_a_few_processes_a_minute_and_is_woken_by_what_somebody_does(quiet, open_page):
    page = open_page(has_clock=True)
    expect(page.locator(HEADLINE)).to_contain_text("4 scenes are in Plex")
    looks = quiet.site.modes().count("ui_overview")
    for _ in range(15):
        page.clock.fast_forward(4_000)
        mark(quiet, page)
    assert 0 < quiet.site.modes().count("ui_overview") - looks <= A_FEW
    looks = quiet.site.modes().count("ui_overview")
    while quiet.site.modes().count("ui_overview") == looks:  # the next one is far from here then
        page.clock.fast_forward(4_000)
        mark(quiet, page)
    looks = quiet.site.modes().count("ui_overview")
    page.clock.fast_forward(4_000)
    mark(quiet, page)
    assert quiet.site.modes().count("ui_overview") == looks
    page.locator("h1").click()
    quiet.until(lambda: quiet.site.modes().count("ui_overview") > looks, "it looks at once")


def test_lists_and_banner_are_asked_for_in_one_moment(quiet, open_page):
    page = open_page(f"{PAGE}?tab=jobs", has_clock=True)
    expect(page.locator(HEADLINE)).to_contain_text("4 scenes are in Plex")
    mark(quiet, page)
    asked, processes = len(quiet.site.operations), quiet.site.processes
    page.clock.fast_forward(5_000)
    quiet.until(lambda: len(quiet.site.operations) >= asked + 2, "both are asked")
    assert set(quiet.site.modes()[asked:]) == {"ui_overview", "ui_jobs"}
    assert quiet.site.processes == processes + 1


def test_pause_that_is_switched_elsewhere_is_seen_within_seconds_and_so_is_its_end(quiet, open_page):
    page = open_page()
    expect(page.locator(HEADLINE)).to_contain_text("4 scenes are in Plex")
    before = quiet.settings()
    quiet.stash.configure_plugin({**before, "paused": True})
    expect(page.locator(HEADLINE)).to_contain_text("Paused by you")
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    quiet.stash.configure_plugin(before)
    expect(page.locator(HEADLINE)).to_contain_text("4 scenes are in Plex")
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_setting_that_is_changed_elsewhere_is_seen_in_set_up(quiet, open_page):
    page = open_page(f"{PAGE}?tab=setup")
    tags = page.get_by_label("Tags become")
    expect(tags).to_have_value("genres")
    quiet.stash.configure_plugin({**quiet.settings(), "tags_to": "labels"})
    expect(tags).to_have_value("labels")


def test_token_is_not_handed_to_the_operation(quiet, open_page):
    page = open_page()
    expect(page.locator(HEADLINE)).to_contain_text("4 scenes are in Plex")
    stored = [each["stored"] for each in quiet.site.operations if "stored" in each]
    assert stored
    assert all(each["plex_token"] != quiet.plex.token for each in stored)


def test_error_of_one_operation_keeps_no_other_back(quiet, open_page):
    quiet.site.errors["ui_jobs"] = "the list cannot be read"
    page = open_page(f"{PAGE}?tab=jobs")
    expect(page.locator(HEADLINE)).to_contain_text("4 scenes are in Plex")
    expect(page.get_by_text("The list cannot be read.")).to_be_visible()


def test_history_stands_still_until_it_is_asked_for_what_came_since(quiet, open_page):
    page = open_page(f"{PAGE}?tab=history")
    listed = page.locator(".s2p-sync")
    expect(listed).to_have_count(4)
    quiet.stash.save_scene(quiet.scenes["Sintel"], title="Sintel again")
    expect(page.get_by_role("button", name="Show what came since")).to_be_visible()
    expect(listed).to_have_count(4)
    page.get_by_role("button", name="Show what came since").click()
    expect(listed).to_have_count(5)
    expect(listed.first).to_contain_text("Sintel again")


def test_numbers_of_a_drain_are_those_of_its_sentence(world, open_page):
    world.configure()
    seed.wait(world.data_dir, range(1, 101))
    seed.run(world.data_dir, total=45, done=20, since_s=10)
    overview = world.operation("ui_overview", stored={"plex_url": world.plex.url, "plex_token": "kept", "paused": True})
    assert (overview["to_go"], overview["progress"]) == (0, None)
