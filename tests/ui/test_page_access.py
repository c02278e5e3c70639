"""Usable by keyboard, screen reader and phone: axe over every tab, and the keys themselves."""

import json

import pytest
from playwright.sync_api import expect

from records import FieldChange
from tests.ui import seed
from tests.ui.conftest import PAGE
from tests.ui.site import HARNESS

AXE = HARNESS / "node_modules" / "axe-core" / "axe.min.js"


def violations(page):
    """What axe finds within our own parts of the page that is serious or critical."""
    page.add_script_tag(path=AXE)
    found = page.evaluate(
        "axe.run({include: ['.s2p-page, .s2p-scene-tab, .s2p-bar']}, {resultTypes: ['violations']}).then((result) => result.violations)"
    )
    return [
        json.dumps([each["id"], [node["target"] for node in each["nodes"]], each["nodes"][0]["failureSummary"]])
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


@pytest.fixture
def busy(world):
    """A page with something in every list, and a React that warns."""
    world.site.has_warnings = True
    world.fill()
    world.configure()
    world.site.errors["ui_wake"] = "not now"
    first, second, third, fourth = world.scenes.values()
    seed.fail(world.data_dir, [first], "NotInPlexError", "Plex has no item with the file")
    seed.give_up(world.data_dir, [second, third], "AmbiguousMatchError", "could be item 1 or item 2")
    changes = (
        FieldChange("title", "sintel", "Sintel"),
        FieldChange("genre", ("Old",), ("Animation", "Short")),
        FieldChange("rating", None, 8.0),
        FieldChange("poster", "", ""),
    )
    seed.synced(world.data_dir, [fourth], changes)
    return world


@pytest.mark.parametrize("width", [1200, 375])
def test_page_has_no_serious_violation_and_fits(busy, open_page, shot, width):
    page = open_page(width=width, height=800)
    for tab, picture, *ready in (
        ("Overview", "overview-phone", "Last 24 hours"),
        ("Jobs", "jobs-phone", "Failed", "Sintel"),
        ("History", "history-phone", "Sintel"),
        ("Preview", "preview-phone", "Search in Stash"),
        ("Set-up", "set-up-phone", "Connected to", "scenes found in Plex"),
    ):
        page.get_by_role("tab", name=tab).click()
        for text in ready:
            expect(page.get_by_role("tabpanel").get_by_text(text).first).to_be_visible()
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 375:
            shot(page, picture)
        elif tab == "Jobs":
            shot(page, "jobs-wide")
    page.get_by_role("tab", name="Jobs").click()
    page.get_by_role("button", name="Failed").click()
    page.get_by_role("button", name="Discard", exact=True).first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert violations(page) == []


def test_page_is_usable_by_keyboard_alone(busy, open_page):
    page = open_page(f"{PAGE}?tab=jobs")
    page.get_by_role("tab", name="Jobs").focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    expect(page).to_have_url(f"{busy.site.url}{PAGE}?tab=history")
    page.keyboard.press("ArrowLeft")
    page.get_by_role("button", name="Failed").focus()
    page.keyboard.press("Enter")
    discard = page.get_by_role("button", name="Discard: Sintel")
    discard.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog").get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(discard).to_be_focused()


def test_scene_tab_has_no_serious_violation(busy, open_page):
    page = open_page(f"/scenes/{busy.scenes['Cosmos Laundromat']}")
    page.get_by_role("tab", name="Plex").click()
    expect(page.locator(".s2p-item, .s2p-note").first).to_be_visible()
    assert violations(page) == []
