"""Set-up as steps: what is done folds, what comes next stands open, what broke opens itself."""

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import PAGE
from tests.ui.page_house import STASH_FOLDER
from tests.ui.steps import open_step, says, step

SETUP = f"{PAGE}?tab=setup"
STEPS = ("Plex server", "Libraries", "Folders", "What is written", "First preview", "First sync")


@pytest.fixture
def settled(world):
    """A house that is set up as the page does it: the token stands in the plugin's own file."""
    world.fill()
    world.operation("ui_save", values={"plex_url": world.plex.url, "plex_token": world.plex.token})
    return world


def toggle(page, name):
    return step(page, name).locator(".s2p-step-head button")


def is_open(page, name):
    expect(toggle(page, name)).to_have_attribute("aria-expanded", "true")


def is_folded(page, name):
    expect(toggle(page, name)).to_have_attribute("aria-expanded", "false")


@pytest.mark.parametrize("width", [1280, 390])
def test_newcomer_reaches_the_end_by_keyboard_and_finds_what_plex_lacks(world, open_page, shot, width):
    world.fill()
    world.fill("Glass Half", in_plex=False)
    world.plex.state.add_section("Home", locations=["/media/home"])
    page = open_page(width=width)
    for name in STEPS[1:]:
        expect(toggle(page, name)).to_have_count(0)  # nothing can be looked at before the server is known
    page.get_by_label("Server address").fill(world.plex.url)
    page.get_by_label("Token", exact=True).fill(world.plex.token)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="2. Libraries")).to_be_focused()
    says(page, "Plex server", f"Stand-in Plex · {world.plex.url}")
    page.keyboard.press("Tab")  # past its own button
    page.keyboard.press("Tab")
    expect(page.get_by_label("Movies /media/movies")).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="4. What is written")).to_be_focused()
    says(page, "Libraries", "Movies")
    says(page, "Folders", "4 of 5 scenes found in Plex.")
    example = page.get_by_role("region", name="For example")
    expect(example.get_by_role("article")).to_contain_text("Open Films")
    shot(page, f"step-written{'' if width > 390 else '-phone'}", of=step(page, "What is written"))
    step(page, "What is written").get_by_role("button", name="Next step").press("Enter")
    preview = step(page, "First preview")
    preview.get_by_role("button", name="Show what would change").press("Enter")
    expect(preview.get_by_role("status")).to_have_text("4 of 5 scenes would change.")
    shot(page, f"step-preview{'' if width > 390 else '-phone'}", of=preview)
    assert all(record.method == "GET" for record in world.plex.journal.records())
    preview.get_by_role("button", name="Next step").press("Enter")
    says(page, "First preview", "4 of 5 scenes would change.")
    sync = step(page, "First sync")
    sync.get_by_role("button", name="Sync all").press("Enter")
    expect(sync).to_contain_text("Done: 4 of 5 scenes in Plex, 1 not in Plex.")
    expect(sync).to_contain_text(f"In this folder:{STASH_FOLDER}/Glass Half")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    shot(page, f"steps-done{'' if width > 390 else '-phone'}")
    page.reload()
    for name in STEPS:
        is_folded(page, name)
    says(page, "First sync", "4 of 5 scenes in Plex, 1 not in Plex")
    written = open_step(page, "What is written")
    expect(written.get_by_text("Plex shows this scene as it would be written.")).to_be_visible()
    expect(written.get_by_role("button", name="Save", exact=True)).to_be_disabled()


def test_server_that_went_away_opens_its_step_and_the_others_stay_as_they_are(settled, open_page, shot):
    settled.sync()
    settled.plex.refuse()
    page = open_page(SETUP)
    is_open(page, "Plex server")
    expect(step(page, "Plex server")).to_contain_text("Needs you.")
    expect(step(page, "Plex server").get_by_role("alert")).to_be_visible()
    for name in STEPS[1:]:
        is_folded(page, name)
    expect(step(page, "Folders").locator(".spinner-border")).to_have_count(0)  # nobody is looking
    expect(page.locator(".s2p-status.s2p-bad")).to_contain_text("How things are is not known. Nothing listens at")
    shot(page, "step-broken")
    settled.plex.accept()
    step(page, "Plex server").get_by_role("button", name="Check again").click()
    says(page, "Plex server", "Stand-in Plex")
    is_folded(page, "Plex server")
    expect(page.locator(".s2p-status.s2p-good")).to_be_visible()


def test_server_that_goes_away_while_somebody_looks_opens_its_step_until_it_is_back(settled, open_page):
    settled.sync()
    page = open_page(SETUP)
    says(page, "Plex server", "Stand-in Plex")
    settled.plex.refuse()
    settled.stash.save_scene(settled.scenes["Sintel"], title="Sintel!")
    expect(step(page, "Plex server")).to_contain_text("Needs you.")
    is_open(page, "Plex server")
    settled.plex.accept()
    says(page, "Plex server", "Stand-in Plex")


def test_folders_of_which_nothing_is_found_open_their_step(settled, open_page):
    settled.operation("ui_save", values={"path_rules": f"{STASH_FOLDER} => /nowhere"})
    page = open_page(SETUP)
    expect(step(page, "Folders")).to_contain_text("Needs you.")
    is_open(page, "Folders")
    rules = page.get_by_role("textbox", name="Path rules")
    rules.fill("")
    expect(page.get_by_text("4 match, 0 would be ambiguous")).to_be_visible()
    is_open(page, "Folders")  # it is not saved yet
    page.get_by_role("button", name="Save rules").click()
    says(page, "Folders", "4 of 4 scenes found in Plex.")
    is_folded(page, "Folders")


def test_one_folder_that_plex_lacks_is_looked_at_once_and_named_in_the_line(settled, open_page):
    settled.stash.library.settings.stash_paths.append("/data/clips")
    settled.stash.add_scene(title="Glass Half", path="/data/clips/Glass Half.mkv")
    page = open_page(SETUP)
    is_open(page, "Folders")
    expect(step(page, "Folders")).to_contain_text("Plex has nothing of /data/clips. If it should, add the folder")
    step(page, "Folders").get_by_role("button", name="Next step").click()
    says(page, "Folders", "4 of 5 scenes found in Plex. Nothing of /data/clips.")
    page.reload()
    says(page, "Folders", "4 of 5 scenes found in Plex. Nothing of /data/clips.")
    is_folded(page, "Folders")


def test_library_of_which_plex_has_nothing_ends_in_no_tick(world, open_page):
    world.fill("Sintel", "Glass Half", in_plex=False)
    world.put_in_plex("Cosmos Laundromat")
    world.operation("ui_save", values={"plex_url": world.plex.url, "plex_token": world.plex.token})
    page = open_page(SETUP)
    expect(step(page, "Folders")).to_contain_text("Needs you.")
    page.get_by_label("How things are").get_by_role("button", name="Sync all").click()
    sync = step(page, "First sync")
    expect(sync).to_contain_text("0 of 2 scenes in Plex, 2 not in Plex.")
    expect(sync).to_contain_text("Have a look.")
    expect(sync).not_to_contain_text("Done")


def test_library_that_plex_has_no_longer_is_said_in_its_step_alone(settled, open_page):
    settled.sync()
    home = settled.plex.state.add_section("Home", locations=["/media/home"])
    settled.operation("ui_save", values={"plex_library": "Home"})
    del settled.plex.state.sections[home.key]
    page = open_page(SETUP)
    expect(step(page, "Libraries")).to_contain_text("Needs you.")
    is_open(page, "Libraries")
    expect(step(page, "Folders")).to_contain_text("To do.")
    is_folded(page, "Folders")


def test_look_at_the_server_that_fails_is_said_in_its_step(settled, open_page):
    page = open_page(SETUP)
    says(page, "Plex server", "Stand-in Plex")
    _fail(page, "ui_check")
    page.reload()
    expect(step(page, "Plex server")).to_contain_text("Needs you.")
    is_open(page, "Plex server")
    expect(step(page, "Plex server").get_by_role("alert")).to_contain_text("The records are busy")
    for name in ("Libraries", "Folders"):
        expect(step(page, name)).to_contain_text("To do.")
    page.unroute("**/graphql")
    step(page, "Plex server").get_by_role("button", name="Check", exact=True).click()
    says(page, "Plex server", "Stand-in Plex")


def test_look_at_the_folders_that_fails_is_said_in_its_step(settled, open_page):
    page = open_page(SETUP)
    says(page, "Plex server", "Stand-in Plex")
    _fail(page, "ui_mapping")
    page.reload()
    expect(step(page, "Folders")).to_contain_text("Needs you.")
    is_open(page, "Folders")
    expect(step(page, "Folders").get_by_role("alert")).to_contain_text("The records are busy")


def test_library_that_settings_leave_out_as_a_whole_was_looked_at_all_the_same(settled, open_page):
    settled.operation("ui_save", values={"only_organized": True})
    settled.operation("ui_sync", scene_ids=list(settled.scenes.values()))
    settled.until(lambda: settled.operation("ui_overview")["library"]["coverage"]["left_out"] == 4, "all is left out")
    page = open_page(SETUP)
    sync = step(page, "First sync")
    expect(sync).to_contain_text("Have a look.")
    is_open(page, "First sync")
    expect(sync).to_contain_text("0 of 4 scenes in Plex. 4 scenes left out.")
    expect(sync.get_by_role("link", name="See the whole library")).to_be_visible()


def test_last_step_is_opened_while_nobody_knows_yet_what_is_in_plex(settled, open_page):
    page = open_page(SETUP)
    says(page, "Plex server", "Stand-in Plex")
    _fail(page, "ui_overview")
    page.reload()
    page.get_by_role("button", name="Open: First sync").click()
    is_open(page, "First sync")
    expect(step(page, "First sync")).to_contain_text("One moment.")
    page.unroute("**/graphql")
    expect(step(page, "First sync").get_by_role("button", name="Sync all")).to_be_visible()


def _fail(page, mode):
    """Have one operation fail, alone and together with others, which are answered."""

    def answer(route):
        asked = (route.request.post_data_json or {}).get("variables", {}).get("args", {})
        places = [place for place, call in enumerate(asked.get("calls", ())) if call["mode"] == mode]
        if asked.get("mode") == mode:
            route.fulfill(json={"data": None, "errors": [{"message": "The records are busy"}]})
        elif places:
            reply = route.fetch()
            body = reply.json()
            for place in places:
                failed = {"output": None, "error": "The records are busy"}
                body["data"]["runPluginOperation"]["answers"][place] = failed
            route.fulfill(response=reply, json=body)
        else:
            route.continue_()

    page.route("**/graphql", answer)


def test_example_follows_the_settings_beside_it_before_they_are_saved(settled, open_page):
    page = open_page(SETUP)
    written = step(page, "What is written")
    article = written.get_by_role("article")
    genres = article.get_by_role("row", name="Genres")
    expect(genres).to_contain_text("+ Animation")
    first = article.get_attribute("aria-label")
    written.get_by_role("button", name="Another scene").click()
    expect(article).not_to_have_attribute("aria-label", first)
    written.get_by_label("Tags become").select_option("labels")
    written.get_by_label("Studio").check()
    expect(article.get_by_role("row", name="Labels")).to_contain_text("+ Animation")
    expect(article.get_by_role("row", name="Collections")).to_contain_text("+ Open Films")
    expect(genres).to_have_count(0)
    assert "tags_to" not in settled.settings()
    written.get_by_role("button", name="Save, and next step").click()
    says(page, "What is written", "Tags become: Labels · Collections from: Studio · Poster from: cover")
    is_open(page, "First preview")
    assert {"tags_to": "labels", "collections_from": "studio"}.items() <= settled.settings().items()


def test_settings_of_the_content_are_reached_from_the_example(settled, open_page):
    page = open_page(SETUP)
    step(page, "What is written").get_by_role("link", name="Content").click()
    group = page.get_by_role("form", name="Settings: Content")
    expect(group).to_be_focused()
    expect(group).to_be_in_viewport()


def test_step_is_opened_for_a_change_and_folds_when_it_is_saved(settled, open_page):
    settled.plex.state.add_section("Home", locations=["/media/home"])
    settled.sync()
    page = open_page(SETUP)
    says(page, "Libraries", "All: Movies, Home")
    libraries = open_step(page, "Libraries")
    libraries.get_by_label("Movies /media/movies").check()
    libraries.get_by_role("button", name="Save libraries").click()
    says(page, "Libraries", "Movies")
    is_folded(page, "Libraries")


def test_who_comes_to_look_at_the_folders_finds_them_open(settled, open_page):
    settled.fill("Glass Half", in_plex=False)
    settled.operation("ui_sync", scene_ids=list(settled.scenes.values()))
    settled.until(lambda: settled.operation("ui_overview")["library"]["coverage"]["missing"], "one is missing")
    page = open_page()
    page.get_by_role("link", name="Look at the folders").click()
    is_open(page, "Folders")
    expect(page.get_by_role("heading", name="3. Folders")).to_be_in_viewport()


def test_token_that_will_not_last_is_said_in_an_open_step_although_it_works(settled, open_page):
    settled.configure()
    page = open_page(SETUP)
    expect(step(page, "Plex server")).to_contain_text("Have a look.")
    is_open(page, "Plex server")
    page.get_by_role("button", name="Move the token out of Stash's settings").click()
    says(page, "Plex server", "Stand-in Plex")
    is_folded(page, "Plex server")
