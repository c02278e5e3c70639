"""The notice about the other Stash2Plex, and its two answers."""

import pytest
from playwright.sync_api import expect

from settings.predecessor import CHOICE
from tests.ui.conftest import PAGE

NOTICE = "The other Stash2Plex"


@pytest.fixture
def moved(world):
    """Four movies that an agent has described, and settings of the other plugin."""
    world.fill()
    for key in world.keys.values():
        world.plex.state.items[key].values["summary"] = "Of an agent"
    world.configure(sync_tags=False, skip_not_found=True, max_tags=50, preserve_plex_edits=True)
    return world


def save(world, name):
    world.stash.save_scene(world.scenes[name], details="Of Stash")
    world.wait(lambda: world.item(name).studio == "Open Films" and world.is_drained(), "what was empty is filled")


def test_notice_says_what_was_taken_over_and_saves_it(moved, open_page):
    save(moved, "Sintel")
    assert moved.item("Sintel").summary == "Of an agent"
    page = open_page(f"{PAGE}?tab=jobs")
    notice = page.get_by_label(NOTICE, exact=True)
    expect(notice).to_contain_text("nothing is emptied in Plex and no field that is filled there is overwritten")
    expect(notice.get_by_role("listitem")).to_have_text(
        [
            "Content · Fields left alone: director, genre, rating from sync_tags",
            "Scenes · Skip what Plex lacks: on from skip_not_found",
        ]
    )
    expect(notice).to_contain_text("These have no counterpart here: max_tags.")
    expect(page.get_by_role("link", name="settings of the other Stash2Plex: please choose").first).to_be_visible()
    expect(notice).to_contain_text("There it meant that a filled field is never touched")
    notice.get_by_role("button", name="Save as mine").click()
    expect(notice).to_have_count(0)
    assert moved.settings()["skip_fields"] == "rating, director, genre"
    assert moved.settings()["skip_not_in_plex"] is True
    moved.wait(lambda: moved.item("Sintel").summary == "Of Stash", "what was filled follows")
    assert "genre" not in moved.item("Sintel").tags


def test_notice_asks_once_more_before_the_settings_are_left_alone(moved, open_page):
    page = open_page(f"{PAGE}?tab=setup")
    notice = page.get_by_label(NOTICE, exact=True)
    notice.get_by_role("button", name="Start with the defaults").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Content · Fields left alone, Scenes · Skip what Plex lacks")
    dialog.get_by_role("button", name="Cancel").click()
    expect(notice).to_be_visible()
    assert CHOICE not in moved.settings()
    notice.get_by_role("button", name="Start with the defaults").click()
    dialog.get_by_role("button", name="Start with the defaults").click()
    expect(notice).to_have_count(0)
    assert moved.settings()[CHOICE] == "left"
    assert "skip_fields" not in moved.settings()


def test_one_button_goes_on_when_no_setting_says_anything_else(world, open_page):
    world.configure(sync_tags=True)
    page = open_page()
    notice = page.get_by_label(NOTICE, exact=True)
    expect(notice).to_contain_text("None of its settings says anything else than the defaults here.")
    expect(notice.get_by_role("button")).to_have_text(["Go on"])
    notice.get_by_role("button", name="Go on").click()
    expect(notice).to_have_count(0)
    assert world.settings()[CHOICE] == "taken over"


def test_no_notice_when_the_other_plugin_was_never_here(world, open_page):
    world.configure(preserve_plex_edits=True)
    page = open_page(f"{PAGE}?tab=setup")
    expect(page.get_by_role("form", name="Settings: Running")).to_be_visible()
    expect(page.get_by_label(NOTICE, exact=True)).to_have_count(0)
