"""The lists of jobs: reasons, filter, search, pages, and what can be done about them."""

import threading

import pytest
from playwright.sync_api import expect

from records import FieldChange
from tests.ui import seed
from tests.ui.conftest import PAGE

HOSTILE = '<img src=x onerror="document.title=1">&amp;</script>'


@pytest.fixture
def page(world, open_page):
    """The page over a Stash with four movies, set up, whose Plex nobody asks."""
    world.fill()
    world.configure()
    world.expected_errors.append("404 (Not Found)")  # covers of scenes that are only in the lists
    return lambda path=f"{PAGE}?tab=jobs", **named: open_page(path, **named)


def rows(page, name):
    return page.get_by_role("list", name=name).get_by_role("listitem")


def card(page, reason):
    return page.get_by_role("region", name=reason)


def test_a_reason_is_told_once_with_its_buttons_above_dense_rows(world, page, shot):
    for name in ("Sintel", "Big Buck Bunny"):
        reason = f"Plex has no item with the file /media/movies/{name}/{name}.mkv"
        seed.fail(world.data_dir, [world.scenes[name]], "NotInPlexError", reason)
    seed.fail(world.data_dir, [world.scenes["Tears of Steel"]], "PlexBusy", "Plex answered 503")
    shown = page()
    expect(shown.locator(".s2p-headline")).to_contain_text("3 scenes will be retried in 10 min.")
    missing = card(shown, "Plex does not have the file yet")
    expect(missing).to_contain_text("Have Plex scan its library.")
    expect(missing).to_contain_text("/media/movies")
    for button in ("Have Plex scan", "Leave them out", "Try now", "Discard"):
        expect(missing.get_by_role("button", name=button, exact=True)).to_have_count(1)
    assert shown.locator(".s2p-reason h2").all_inner_texts() == [
        "Plex does not have the file yet\n2",
        "Plex was busy\n1",
    ]
    expect(rows(shown, "Retrying")).to_have_count(2)
    job = rows(shown, "Retrying").filter(has_text="Sintel").first
    expect(job.get_by_role("link")).to_have_text("Sintel")
    expect(job.get_by_role("link")).to_have_attribute("href", f"/scenes/{world.scenes['Sintel']}")
    expect(job).to_contain_text("1 attempt")
    expect(job).to_contain_text("next try in 10 min")
    shot(shown, "jobs-tried-again")
    shown.get_by_role("button", name="Plex was busy").click()
    expect(rows(shown, "Retrying")).to_contain_text("Tears of Steel")
    missing.get_by_role("link", name="Look at the folders").click()
    expect(shown.get_by_role("region", name="Folders")).to_be_in_viewport()


def test_files_that_plex_lacks_are_grouped_by_folder_selected_scanned_and_left_out(world, page, shot):
    for folder, scenes in (("movies", range(1, 31)), ("shorts", range(31, 35))):
        for scene in scenes:
            reason = f"Plex has no item with the file /media/{folder}/Film {scene}/film.mkv"
            seed.give_up(world.data_dir, [scene], "NotInPlexError", reason)
    shown = page()
    listed = rows(shown, "Failed")
    expect(listed).to_have_count(25)
    folders = shown.get_by_label("Folders")
    expect(folders.get_by_role("button", name="/media/movies 30")).to_be_visible()
    shown.get_by_label("Select Scene 34").click()
    shown.get_by_label("Select Scene 31").click(modifiers=["Shift"])
    selected = shown.get_by_role("group", name="Selected jobs")
    expect(selected).to_contain_text("4 selected")
    shot(shown, "jobs-selected")
    selected.get_by_role("button", name="Clear the selection").click()
    shown.get_by_label("Select all on this page").click()
    selected.get_by_role("button", name="Select all 34").click()
    expect(selected).to_contain_text("34 selected")
    folders.get_by_role("button", name="/media/shorts 4").click()
    expect(listed).to_have_count(4)
    shown.get_by_label("Select Scene 32").click()
    selected.get_by_role("button", name="Discard").click()
    shown.get_by_role("dialog").get_by_role("button", name="Discard 1 job").click()
    expect(listed).to_have_count(3)
    world.site.errors["ui_wake"] = "not now"
    shown.get_by_role("button", name="Have Plex scan: /media/shorts").click()
    expect(shown.get_by_role("button", name="Failed 30")).to_be_visible()
    assert world.plex.state.scans
    shown.get_by_role("button", name="Leave them out").click()
    shown.get_by_role("dialog").get_by_role("button", name="Leave them out").click()
    expect(shown.get_by_role("button", name="Failed 0")).to_be_visible()
    assert world.settings()["skip_not_in_plex"] is True


def test_jobs_are_searched_paged_and_discarded_by_reason_only_after_a_confirmation(world, page, shot):
    seed.give_up(world.data_dir, range(1, 31), "PlexRejected", "Plex answered 400 to the edit")
    seed.give_up(world.data_dir, range(31, 34), "AmbiguousMatchError", "/data/a.mkv could be item 1 or item 2")
    shown = page()
    listed = rows(shown, "Failed")
    expect(listed).to_have_count(25)
    pages = shown.get_by_role("navigation", name="Pages of the list")
    expect(pages).to_contain_text("25 of 30")
    pages.get_by_role("button", name="Next").click()
    expect(listed).to_have_count(5)
    shown.get_by_label("Search").fill("17")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Scene 17")
    expect(listed).to_contain_text("Plex refused the change")
    shown.get_by_label("Search").fill("bunny")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("Big Buck Bunny")
    shown.get_by_label("Search").fill("nowhere to be found")
    expect(shown.get_by_text("Nothing found")).to_be_visible()
    shown.get_by_label("Search").fill("")
    several = card(shown, "More than one file in Plex could be meant")
    several.get_by_role("button", name="More than one file").click()
    expect(listed).to_have_count(3)
    shot(shown, "jobs-by-reason")
    several.get_by_role("button", name="Discard", exact=True).click()
    dialog = shown.get_by_role("dialog", name="Discard 3 jobs?")
    shown.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert len(world.dead_letters()) == 33
    several.get_by_role("button", name="Discard", exact=True).click()
    dialog.get_by_role("button", name="Discard 3 jobs").click()
    expect(several).to_have_count(0)
    expect(listed).to_have_count(25)
    assert {letter["error_type"] for letter in world.dead_letters()} == {"PlexRejected"}


def test_only_what_was_shown_is_discarded(world, page):
    seed.fail(world.data_dir, [21, 22], "PlexRejected", "Plex answered 400 to the edit")
    seed.wait(world.data_dir, [23, 24])
    shown = page(f"{PAGE}?tab=jobs&list=retrying")
    listed = rows(shown, "Retrying")
    expect(listed).to_have_count(2)
    looks = world.site.held["ui_jobs"] = threading.Event()  # no other look comes back meanwhile
    seed.fail(world.data_dir, [25, 26], "PlexRejected", "Plex answered 400 to the edit")  # 23 and 24: they were first
    card(shown, "Plex refused the change").get_by_role("button", name="Discard", exact=True).click()
    shown.get_by_role("dialog").get_by_role("button", name="Discard 2 jobs").click()
    world.until(lambda: "ui_discard" in world.site.modes(), "it is discarded")
    world.until(lambda: world.stats()["pending"] == 4, "two are gone")
    left = world.operation("ui_jobs", list="retrying")["jobs"]
    looks.set()
    assert sorted(job["scene_id"] for job in left) == [23, 24]


def test_what_one_search_found_and_was_selected_is_not_discarded_with_what_another_finds(world, page):
    seed.give_up(world.data_dir, range(31, 34), "PlexRejected", "Plex answered 400 to the edit")
    shown = page()
    shown.get_by_label("Search").fill("31")
    expect(rows(shown, "Failed")).to_have_count(1)
    shown.get_by_label("Select Scene 31").check()
    expect(shown.get_by_text("1 selected")).to_be_visible()
    shown.get_by_label("Search").fill("32")
    expect(shown.get_by_label("Select Scene 32")).to_be_visible()
    expect(shown.get_by_text("1 selected")).to_have_count(0)


def test_hostile_titles_and_errors_are_shown_as_text(world, page, shot):
    scene_id = world.stash.add_scene(title=HOSTILE, path="/data/movies/x.mkv")
    seed.give_up(world.data_dir, [scene_id], "PlexRejected", f"Plex answered: {HOSTILE}")
    seed.synced(
        world.data_dir, [scene_id], (FieldChange("title", "x", HOSTILE), FieldChange("genre", (), (HOSTILE, "Short")))
    )
    shown = page()
    expect(rows(shown, "Failed").get_by_role("link")).to_have_text(HOSTILE)
    expect(rows(shown, "Failed")).to_contain_text(f"Plex answered: {HOSTILE}")
    shown.get_by_role("tab", name="History").click()
    expect(shown.get_by_role("row", name="Title").get_by_role("cell").nth(1)).to_have_text(HOSTILE)
    shot(shown, "hostile-title")
    assert shown.locator("img[src='x']").count() == 0
    assert shown.title() == "Stash2Plex | Stash"


def test_what_is_in_progress_stands_in_a_list_of_its_own(world, page):
    seed.claim(world.data_dir, [1, 2])
    seed.wait(world.data_dir, [3])
    world.site.errors["ui_wake"] = "not now"  # a worker would take them back
    shown = page()
    shown.get_by_role("button", name="In progress 2").click()
    expect(rows(shown, "In progress")).to_have_count(2)
    expect(rows(shown, "In progress").first).to_contain_text("in progress now")
    shown.get_by_role("button", name="Waiting 1").click()
    expect(rows(shown, "Waiting")).to_have_count(1)


def test_list_is_chosen_once_and_what_was_given_up_comes_first(world, page):
    seed.give_up(world.data_dir, [1], "PlexRejected", "no")
    world.site.errors["ui_wake"] = "not now"
    shown = page()
    search = shown.get_by_label("Search")
    search.fill("refused")
    seed.wait(world.data_dir, [2])
    expect(shown.get_by_role("button", name="Waiting 1")).to_be_visible()
    expect(shown.get_by_role("button", name="Failed 1")).to_have_attribute("aria-pressed", "true")
    expect(search).to_have_value("refused")


def test_a_list_that_becomes_shorter_goes_back_to_its_last_page(world, page):
    seed.give_up(world.data_dir, range(1, 27), "PlexRejected", "no")
    shown = page()
    pages = shown.get_by_role("navigation", name="Pages of the list")
    pages.get_by_role("button", name="Next").click()
    expect(rows(shown, "Failed")).to_have_count(1)
    rows(shown, "Failed").get_by_role("button", name="Discard").click()
    shown.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(rows(shown, "Failed")).to_have_count(25)
    expect(pages).to_have_count(0)


def test_focus_stays_in_the_list_when_a_job_is_discarded(world, page):
    seed.give_up(world.data_dir, [1, 2], "PlexRejected", "no")
    shown = page()
    rows(shown, "Failed").first.get_by_role("button", name="Discard").click()
    shown.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(rows(shown, "Failed")).to_have_count(1)
    expect(shown.get_by_role("dialog")).to_have_count(0)
    expect(shown.get_by_role("group", name="Failed")).to_be_focused()


def test_search_waits_for_the_titles_of_its_own_words(world, page):
    seed.give_up(world.data_dir, world.scenes.values(), "PlexRejected", "no")
    shown = page()
    search = shown.get_by_label("Search")
    search.fill("bunny")
    expect(rows(shown, "Failed")).to_have_count(1)
    hold = world.site.held["ui_find"] = threading.Event()
    search.fill("sintel")
    world.until(lambda: world.site.operations[-1].get("words") == "sintel", "Stash is asked for the title")
    asked = len(world.site.operations)
    hold.set()
    expect(rows(shown, "Failed")).to_contain_text("Sintel")
    lists = [each for each in world.site.operations[asked - 1 :] if each["mode"] == "ui_jobs"]
    sintel = [world.scenes["Sintel"]]
    assert {each["search"]: each["scene_ids"] for each in lists if each["search"] == "sintel"} == {"sintel": sintel}
    assert all(each["scene_ids"] == sintel for each in lists if each["search"] == "sintel")


def test_search_says_so_when_more_titles_fit_than_are_searched_for(world, page):
    for number in range(101):
        world.stash.add_scene(title=f"Trailer {number}", path=f"/data/movies/trailer {number}.mkv")
    seed.give_up(world.data_dir, [1], "PlexRejected", "no")
    shown = page()
    shown.get_by_label("Search").fill("trailer")
    expect(shown.get_by_text("the first 100 are searched for; 1 more are not")).to_be_visible()


def test_titles_are_asked_for_again_after_a_failure_and_once_they_are_old(world, page):
    gone = 4000
    seed.give_up(world.data_dir, [world.scenes["Sintel"], gone], "PlexRejected", "no")
    world.site.refused = "Stash2PlexScenes"
    world.expected_errors.append("500 (Internal Server Error)")
    shown = page(has_clock=True)
    sintel = rows(shown, "Failed").filter(has_text="Sintel")
    expect(rows(shown, "Failed")).to_have_count(2)
    world.until(lambda: world.site.refusals, "the titles are asked for")
    world.site.refused = ""
    shown.clock.fast_forward(5_000)
    expect(sintel.get_by_role("link")).to_have_text("Sintel")
    expect(rows(shown, "Failed").filter(has_text=f"Scene {gone} (gone from Stash)")).to_be_visible()
    expect(shown.get_by_role("link", name=f"Scene {gone}")).to_have_count(0)
    world.stash.library.scenes[world.scenes["Sintel"]].title = "Sintel, restored"
    shown.clock.fast_forward(31_000)
    expect(sintel.get_by_role("link")).to_have_text("Sintel, restored")


def test_empty_lists_say_so(page):
    shown = page()
    expect(shown.get_by_text("Nothing waits", exact=True)).to_be_visible()
    for name, sentence in (("Retrying", "Nothing to retry"), ("Failed", "Nothing failed")):
        shown.get_by_role("button", name=name).click()
        expect(shown.get_by_text(sentence, exact=True)).to_be_visible()
    shown.get_by_role("tab", name="History").click()
    expect(shown.get_by_text("No sync yet")).to_be_visible()


def test_history_pages_back_and_forth(world, page):
    changes = (FieldChange("summary", "", "A story"), FieldChange("rating", 7.5, 8.0))
    seed.synced(world.data_dir, range(1, 16), changes)
    shown = page()
    shown.get_by_role("tab", name="History").click()
    listed = shown.locator(".s2p-sync")
    expect(listed).to_have_count(10)
    expect(listed.first).to_contain_text("3.75 of 5 stars")
    world.stash.library.settings.ui["ratingSystemOptions"] = {"type": "decimal"}
    shown.reload()
    expect(listed.first.get_by_role("row", name="Rating").get_by_role("cell").first).to_have_text("7.5")
    shown.get_by_role("button", name="Older").click()
    expect(listed).to_have_count(5)
    shown.get_by_role("button", name="Newer").click()
    expect(listed).to_have_count(10)
