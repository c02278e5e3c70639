"""The tab Overview: from an untouched library to where what Plex lacks is, and what can be started."""

import time

from playwright.sync_api import expect

from records import Records, Written
from tests.ui import seed
from tests.ui.conftest import PAGE


def overview(page):
    return page.get_by_role("tabpanel", name="Overview")


def test_whole_library_is_in_parts_that_lead_to_their_lists(world, open_page, shot):
    world.fill()
    world.fill("Elephants Dream", "Spring", in_plex=False)
    world.configure()
    page = open_page()
    shown = overview(page)
    expect(shown.get_by_role("heading", name="0 of 6 scenes in Plex")).to_be_visible()
    expect(shown.get_by_role("link", name="Never compared 6")).to_be_visible()
    page.get_by_role("button", name="Sync all").click()
    expect(shown.get_by_role("heading", name="4 of 6 scenes in Plex, 2 not in Plex")).to_be_visible()
    missing = shown.get_by_role("region", name="Not in Plex")
    expect(missing.get_by_text("/data/movies/Spring")).to_be_visible()
    missing.get_by_role("button", name="See the scenes").click()
    expect(missing.get_by_role("link", name="Spring")).to_have_attribute("href", f"/scenes/{world.scenes['Spring']}")
    expect(shown.get_by_role("region", name="Last 24 hours")).to_contain_text("4 scenes synced, 2 failed tries")
    expect(shown.get_by_role("listitem").filter(has_text="4 synced, 2 failed")).to_have_count(1)
    expect(shown.get_by_role("region", name="Servers")).to_contain_text("Answered in")
    expect(shown.get_by_role("region", name="Actions")).to_contain_text("Sync all: Ended.")
    shot(page, "overview")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    shot(page, "overview-phone")
    shown.get_by_role("link", name="Not in Plex 2").click()
    expect(missing).to_be_focused()
    missing.get_by_role("link", name="See their jobs").click()
    expect(page.get_by_role("tab", name="Jobs")).to_have_attribute("aria-selected", "true")
    expect(page.get_by_role("tabpanel", name="Jobs")).to_contain_text("Plex does not have")
    page.go_back()
    expect(overview(page).get_by_role("link", name="In Plex, and equal 4")).to_be_visible()


def test_scenes_that_plex_lacks_are_listed_where_a_setting_leaves_them_out_and_none_of_them_has_a_job(world, open_page):
    world.fill("Sintel")
    for number in range(1, 28):
        world.stash.add_scene(title=f"Trailer {number}", path=f"/data/movies/trailers/{number}.mkv")
    world.configure(skip_not_in_plex=True)
    page = open_page()
    page.get_by_role("button", name="Sync all").click()
    expect(overview(page).get_by_role("heading", name="1 of 28 scenes in Plex, 27 not in Plex")).to_be_visible()
    missing = overview(page).get_by_role("region", name="Not in Plex")
    expect(missing.get_by_role("link", name="See their jobs")).to_have_count(0)
    missing.get_by_role("button", name="See the scenes").click()
    scenes = missing.get_by_role("list", name="Not in Plex").get_by_role("listitem")
    expect(scenes).to_have_count(25)
    expect(scenes.first.get_by_role("link")).to_have_text("Trailer 1")
    missing.get_by_role("button", name="Next").click()
    expect(scenes).to_have_count(2)
    expect(scenes.last.get_by_role("link")).to_have_text("Trailer 27")


def test_what_given_up_jobs_lack_in_plex_leads_to_what_failed(world, open_page):
    world.fill("Sintel")
    world.configure()
    sintel = world.scenes["Sintel"]
    seed.give_up(world.data_dir, [sintel], "NotInPlexError", "Plex has no item with the file /data/1.mkv")
    seed.skip(world.data_dir, sintel, "NotInPlexError")
    page = open_page()
    overview(page).get_by_role("link", name="See their jobs").click()
    expect(page.get_by_role("tabpanel", name="Jobs").get_by_role("listitem")).to_contain_text("Sintel")


def test_what_one_library_alone_leaves_out_is_no_count_of_scenes_that_are_left_out(world, open_page):
    world.configure()
    with Records(world.data_dir / "state.db") as records:
        records.written.record_many([Written(1, 11, 1, {"title": "Sintel"}, synced_at=time.time())])
        records.written.note_left_out({(1, 12, 2): "not_organized"}, [1])
    page = open_page()
    part = overview(page).locator("details").filter(has_text="in one of its libraries: 1")
    expect(part.locator("summary")).to_have_text("Left out of single libraries")


def test_actions_say_how_they_ended(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.sync()
    page = open_page(f"{PAGE}?tab=overview")
    actions = overview(page).get_by_role("region", name="Actions")
    actions.get_by_role("button", name="Test connection").click()
    expect(actions.get_by_text("Stand-in Plex answered in")).to_be_visible()
    actions.get_by_role("button", name="Undo …").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert world.item("Sintel").title == "Sintel"
    actions.get_by_role("button", name="Undo …").click()
    page.get_by_role("dialog").get_by_role("button", name="Put back in Plex").click()
    expect(actions.get_by_role("status")).to_contain_text(["Undo: Ended.", "Stand-in Plex answered in"])
    assert world.item("Sintel").title == "sintel"


def test_nothing_is_said_of_a_number_that_stash_does_not_tell(world, open_page):
    world.fill("Sintel")
    world.configure()
    seed.skip(world.data_dir, world.scenes["Sintel"], "no_file")
    world.site.refused = "Stash2PlexCount"
    world.expected_errors.append("500")
    page = open_page()
    expect(overview(page).get_by_text("How many scenes Stash has is not known right now.")).to_be_visible()
    expect(overview(page).get_by_role("link", name="Left out 1")).to_be_visible()
