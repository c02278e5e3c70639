"""The top of the page, the icon in the bar, and how often anything is asked."""

import re
import threading

from playwright.sync_api import expect

from records import Records
from sync_queue.lock import WorkerLock
from tests.ui import seed
from tests.ui.asking import mark, wind
from tests.ui.conftest import PAGE
from worker.facts import LEFT_OUT

TOKEN = "Plex refused the token (HTTP 401)"


def headline(page):
    return page.locator(".s2p-headline")


def know(page):
    """Wait until the page has an answer to its look."""
    page.wait_for_function("window.Stash2Plex.stores.overview.get().data")


def test_status_names_what_a_person_must_mend_since_when_and_how_many_wait(world, open_page, shot):
    world.fill()
    world.configure()
    seed.wait(world.data_dir, world.scenes.values())
    seed.pause(world.data_dir, "plex_token", TOKEN)
    world.site.errors["ui_wake"] = "not now"
    page = open_page()
    expect(headline(page)).to_contain_text("Plex has refused the token since")
    expect(headline(page)).to_contain_text("4 saves wait.")
    expect(page.get_by_label("How things are")).to_contain_text("Enter a new token under Set-up.")
    badge = page.get_by_role("link", name="Stash2Plex: Plex has refused the token").first
    expect(badge).to_contain_text("1")
    shot(page, "token-refused")


def test_library_that_plex_does_not_list_is_named_at_the_top(world, open_page):
    world.fill()
    world.configure()
    sick = 'the library "Sick" does not list its items: Plex answered 500'
    with Records(world.data_dir / "state.db") as records:
        records.facts.put(LEFT_OUT, [sick])
    page = open_page()
    details = page.locator("details", has_text="Plex does not show all that it has; the rest goes on")
    details.locator("summary").click()
    expect(details.get_by_text(sick)).to_be_visible()
    assert page.get_by_text("Some fields are not taken by Plex").count() == 0


def test_pause_and_resume_keep_every_other_setting(world, open_page, shot):
    world.fill()
    world.configure(exclude_tags="Needs work", of_another_page="kept")
    page = open_page()
    page.get_by_role("button", name="Pause").click()
    expect(headline(page)).to_contain_text("Paused by you")
    assert world.settings() == {
        "plex_url": world.plex.url,
        "plex_token": world.plex.token,
        "exclude_tags": "Needs work",
        "of_another_page": "kept",
        "paused": True,
    }
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel!")
    expect(headline(page)).to_contain_text("1 save waits.")
    shot(page, "paused")
    page.get_by_role("button", name="Resume").click()
    expect(headline(page)).to_contain_text("1 scene is in Plex")
    assert world.item("Sintel").title == "Sintel!"
    assert "paused" not in world.settings()


def test_progress_has_speed_and_time_left_while_draining(world, open_page, shot):
    world.fill()
    world.configure()
    world.expected_errors.append("404 (Not Found)")  # covers of scenes that there are not
    lock = WorkerLock(str(world.data_dir))
    seed.wait(world.data_dir, range(1, 1001))
    assert lock.acquire()  # as far as others can see, a worker lives
    page = open_page()
    progress = page.get_by_role("progressbar", name="Progress of the sync")
    expect(progress).to_have_attribute("aria-valuenow", "0")
    expect(page.locator(".s2p-progress")).to_contain_text("measuring the speed")
    seed.settle(world.data_dir, 400)
    expect(progress).to_have_attribute("aria-valuenow", "400")
    expect(page.locator(".s2p-progress")).to_contain_text(re.compile(r"400 of 1,000 · \d+ a second · \d+\ss left"))
    shot(page, "draining")
    seed.run(world.data_dir, total=2000, done=500, since_s=10)
    expect(page.locator(".s2p-progress")).to_contain_text(re.compile(r"500 of 1,100 · \d+ a second · \d+\ss left"))
    lock.release()


def test_opening_stash_wakes_the_worker_once_a_session_and_only_where_jobs_wait(world, open_page):
    world.fill()
    world.configure()
    page = open_page("/")
    expect(page.get_by_role("link", name="Stash2Plex")).to_have_count(1)
    page.wait_for_function("sessionStorage !== null")
    world.until(lambda: world.site.modes() == ["ui_overview"], "one look and nothing else")
    seed.wait(world.data_dir, [world.scenes["Sintel"]])
    page.reload()
    world.until(lambda: "ui_wake" in world.site.modes(), "the worker is woken")
    world.until(world.is_drained, "what waited is sent")
    page.reload()
    know(page)
    mark(world, page)
    assert world.site.modes().count("ui_wake") == 1


def test_one_look_is_enough_for_all_who_want_it_when_stash_is_opened(world, open_page):
    """The bar has the icon twice, for wide and for narrow screens; a second look would cost a process."""
    hold = world.site.held["ui_overview"] = threading.Event()
    page = open_page("/")
    world.until(lambda: "ui_overview" in world.site.modes(), "the first icon looks")
    hold.set()
    know(page)
    mark(world, page)
    assert world.site.modes() == ["ui_overview", "ui_mark"]


def test_page_updates_by_itself_while_visible_and_not_while_hidden(world, open_page):
    world.fill()
    world.configure()
    page = open_page(PAGE, has_clock=True)
    expect(headline(page)).to_be_visible()
    seed.give_up(world.data_dir, [world.scenes["Sintel"]], "PlexRejected", "no")
    page.clock.fast_forward(10_000)
    expect(headline(page)).to_contain_text("1 scene could not be synced")
    page.evaluate(
        "Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true}); document.dispatchEvent(new Event('visibilitychange'))"
    )
    mark(world, page)
    asked = len(world.site.operations)
    page.clock.fast_forward(60_000)
    mark(world, page)
    assert world.site.modes()[asked:] == ["ui_mark"]
    asked = len(world.site.operations)
    page.evaluate("delete document.visibilityState; document.dispatchEvent(new Event('visibilitychange'))")
    world.until(lambda: len(world.site.operations) > asked, "it looks again at once when it is seen again")


def test_what_is_read_out_changes_with_the_meaning_only(world, open_page):
    world.configure()
    world.expected_errors.append("404 (Not Found)")
    lock = WorkerLock(str(world.data_dir))
    seed.wait(world.data_dir, range(1, 4))
    assert lock.acquire()
    page = open_page()
    expect(headline(page)).to_contain_text("Sending to Plex: 3 to go.")
    page.evaluate("""() => {
        window.readOut = [];
        const region = document.querySelector('.s2p-headline [role=status]');
        new MutationObserver(() => window.readOut.push(region.textContent)).observe(region, {subtree: true, childList: true, characterData: true});
    }""")
    seed.settle(world.data_dir, 1)
    expect(headline(page)).to_contain_text("2 to go.")
    expect(headline(page).get_by_role("status")).to_have_text("Sending to Plex.")
    assert page.evaluate("window.readOut") == []
    seed.pause(world.data_dir, "plex_token", TOKEN)
    expect(headline(page).get_by_role("status")).to_have_text("Plex has refused the token")
    lock.release()


def test_what_is_left_out_is_counted_with_its_reasons(world, open_page):
    world.configure()
    for scene_id in (1, 2):
        seed.skip(world.data_dir, scene_id, "not_organized")
    seed.skip(world.data_dir, 3, "no_file")
    page = open_page()
    page.get_by_text("3 scenes left out").click()
    expect(page.get_by_role("listitem").filter(has_text="Not organized: 2")).to_contain_text("Only organized")
    expect(page.get_by_text("No file: 1")).to_be_visible()


def test_a_dry_run_stands_in_the_headline(world, open_page):
    world.configure(dry_run=True)
    page = open_page()
    expect(headline(page)).to_contain_text("Dry run: nothing is written to Plex.")


def test_a_worker_that_lacks_a_session_gets_that_of_whoever_looks_once_a_pause(world, open_page):
    world.configure()
    lock = WorkerLock(str(world.data_dir))
    seed.wait(world.data_dir, [1])
    assert lock.acquire()
    world.site.errors["ui_wake"] = "not now"
    page = open_page("/", has_clock=True)
    expect(page.get_by_role("link", name="Stash2Plex")).to_have_count(1)
    know(page)  # the next look is due in a minute from here
    mark(world, page)
    assert "ui_wake" not in world.site.modes()
    seed.pause(world.data_dir, "stash_login", "Stash asks for a login")
    wind(world, page, 61_000, lambda: "ui_wake" in world.site.modes(), "the worker is handed this session")
    page.clock.fast_forward(61_000)
    mark(world, page)
    assert world.site.modes().count("ui_wake") == 1
    lock.release()


def test_title_is_the_pages_own_also_after_stash_has_written_its_own(world, open_page):
    world.configure()
    page = open_page()
    expect(page).to_have_title("Stash2Plex | Stash")
    page.evaluate("document.title = 'Stash'")
    expect(page).to_have_title("Stash2Plex | Stash")
    page.get_by_role("link", name="Stash", exact=True).click()
    expect(page.locator(".s2p-page")).to_have_count(0)
    expect(page).to_have_title("Stash")


def test_back_leads_to_the_tab_before(world, open_page):
    world.configure()
    page = open_page()
    for name in ("History", "Preview"):
        page.get_by_role("tab", name=name).click()
        expect(page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.get_by_role("tab", name="History")).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.get_by_role("tab", name="Overview")).to_have_attribute("aria-selected", "true")


def test_buttons_beside_each_other_do_not_touch(world, open_page):
    world.configure()
    page = open_page()
    first, second = (page.get_by_role("button", name=name).bounding_box() for name in ("Sync all", "Pause"))
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] < second["x"]


def test_toast_covers_no_button(world, open_page):
    world.configure()
    page = open_page()
    page.get_by_role("button", name="Pause").click()
    toast = page.locator(".toast-container").bounding_box()
    for button in page.locator(".s2p-page button:visible").all():
        place = button.bounding_box()
        assert place["y"] + place["height"] <= toast["y"] or place["x"] + place["width"] <= toast["x"]


def test_tabs_lead_below_the_path_that_stash_has(world, open_page):
    world.configure()
    world.site.prepare = "document.querySelector('base').setAttribute('href', '/stash/');"
    page = open_page()
    tab = page.get_by_role("tab", name="Preview")
    expect(tab).to_have_attribute("href", f"/stash{PAGE}?tab=preview")


def test_loading_and_errors_are_states_of_their_own(world, open_page, shot):
    world.fill()
    world.configure()
    world.expected_errors += ["503 (Service Unavailable)"]
    hold = world.site.held["ui_overview"] = threading.Event()
    page = open_page()
    expect(page.get_by_text("Looking at the queue")).to_be_visible()
    shot(page, "loading")
    hold.set()
    expect(headline(page)).to_contain_text("Nothing has been synced yet.")
    world.site.is_down = True
    expect(page.get_by_role("alert").first).to_contain_text("Stash does not answer")
    shot(page, "stash-away")
    world.site.is_down = False
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_stash_that_is_too_old_gets_a_clear_sentence(world, open_page, shot):
    world.site.errors.update(
        dict.fromkeys(
            ("ui_overview", "ui_settings", "ui_jobs"), 'Cannot query field "runPluginOperation" on type "Mutation".'
        )
    )
    page = open_page()
    sentence = "This Stash is too old for Stash2Plex. Update Stash to v0.27 or newer; saves are kept until then."
    expect(page.get_by_text(sentence).first).to_be_visible()
    expect(page.get_by_text("by itself")).to_have_count(0)
    shot(page, "stash-too-old")


def test_a_stash_without_the_plugin_interface_gets_a_clear_sentence(world, open_page):
    world.site.prepare = "window.HARNESS_PREPARE = (api) => { delete api.patch.before; };"
    page = open_page()
    expect(page.get_by_role("alert")).to_contain_text("This Stash is too old or too new")
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)
