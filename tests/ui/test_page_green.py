"""Green means that all of Stash's scenes were looked at; and what leads there is always at hand."""

import re

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import PAGE
from tests.ui.steps import pass_by

GREEN = re.compile(r"\bs2p-good\b")


def status(page):
    return page.get_by_label("How things are")


def test_scene_that_was_saved_before_the_first_sync_neither_ends_it_nor_makes_it_green(world, open_page):
    world.fill()
    world.configure()
    world.sync("Sintel")
    page = open_page(f"{PAGE}?tab=setup")
    expect(status(page)).to_contain_text("1 scene is in Plex. 3 scenes were never compared with Plex.")
    expect(status(page)).not_to_have_class(GREEN)
    pass_by(page, "What is written", "First preview")
    step = page.get_by_role("region", name="First sync")
    expect(step).to_contain_text("3 scenes of Stash were never compared.")
    step.get_by_role("button", name="Sync all").click()
    expect(status(page)).to_contain_text("All caught up: 4 scenes are in Plex.")
    expect(status(page)).to_have_class(GREEN)
    expect(step).to_contain_text("Done: 4 of 4 scenes in Plex.")
    expect(status(page).get_by_role("button", name="Sync all")).to_be_visible()


def test_scenes_that_a_setting_leaves_out_are_looked_at_too(world, open_page):
    world.fill("Sintel", "Big Buck Bunny")
    world.fill("Tears of Steel", in_plex=False)
    world.configure(skip_not_in_plex=True)
    page = open_page()
    status(page).get_by_role("button", name="Sync all").click()
    expect(status(page)).to_contain_text("All caught up: 2 scenes are in Plex, 1 is left out.")
    expect(status(page)).to_have_class(GREEN)


@pytest.fixture
def green(world, open_page):
    """A page that is green."""
    world.fill("Sintel")
    world.configure()
    world.sync()
    page = open_page()
    expect(status(page)).to_have_class(GREEN)
    return page


def test_page_is_not_green_while_stash_does_not_answer(world, green):
    world.expected_errors += ["503 (Service Unavailable)"]
    world.site.is_down = True
    green.locator("h1").click()
    expect(status(green)).to_contain_text("How things are is not known. Stash does not answer.")
    expect(status(green)).not_to_have_class(GREEN)
    world.site.is_down = False
    expect(status(green)).to_have_class(GREEN)


def test_page_is_not_green_while_the_plugin_is_disabled(world, green):
    world.stash.library.settings.is_plugin_enabled = False
    green.reload()
    expect(status(green)).to_contain_text("Stash2Plex is disabled in Stash. 1 scene is in Plex.")
    expect(status(green)).to_contain_text("enable it under Settings > Plugins")
    expect(status(green)).not_to_have_class(GREEN)
