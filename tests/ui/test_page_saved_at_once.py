"""Settings that save themselves: two edits beside each other, a refusal, another tab, another library meanwhile."""

import json
import threading

from playwright.sync_api import expect

from tests.ui.conftest import PAGE

SETUP = f"{PAGE}?tab=setup"


def group(page, name):
    return page.get_by_role("form", name=f"Settings: {name}")


def test_what_was_refused_is_saved_once_its_box_is_left_again(world, open_page):
    world.configure()
    page = open_page(SETUP)
    tags = group(page, "Scenes").get_by_label("Only with tags")
    world.site.errors["ui_save"] = "Stash is busy"
    tags.fill("Animation")
    tags.blur()
    expect(group(page, "Scenes").get_by_text("Stash is busy")).to_be_visible()
    world.site.errors.clear()
    tags.press("Enter")
    expect(group(page, "Scenes").get_by_text("Saved", exact=True)).to_be_visible()
    assert world.settings()["only_tags"] == "Animation"
    expect(group(page, "Scenes").get_by_text("Stash is busy")).to_have_count(0)


def test_half_a_word_is_not_saved_while_what_stood_before_is(world, open_page):
    world.configure()
    page = open_page(SETUP)
    tags = group(page, "Scenes").get_by_label("Only with tags")
    saving = world.site.late["ui_save"] = threading.Event()
    tags.fill("Animation")
    tags.press("Enter")
    world.until(lambda: world.settings().get("only_tags") == "Animation", "it is saved")
    tags.fill("Animation, Sh")
    saving.set()
    expect(group(page, "Scenes").get_by_text("Saving")).to_have_count(0)
    assert world.settings()["only_tags"] == "Animation"
    tags.fill("Animation, Short")
    tags.press("Enter")
    expect(group(page, "Scenes").get_by_text("Saved", exact=True)).to_be_visible()
    assert world.settings()["only_tags"] == "Animation, Short"


def test_two_switches_are_shown_as_both_were_saved_whichever_answer_comes_first(world, open_page):
    world.configure()
    page = open_page(SETUP)
    running = group(page, "Running")
    first = world.site.late["ui_save"] = threading.Event()
    running.get_by_text("Debug log", exact=True).click()
    world.until(lambda: world.settings().get("debug") is True, "the first one is saved")
    running.get_by_text("Dry run", exact=True).click()
    page.wait_for_load_state("networkidle")
    first.set()
    expect(running.get_by_text("Saved", exact=True)).to_have_count(2)
    expect(running.get_by_label("Debug log")).to_be_checked()
    expect(running.get_by_label("Dry run")).to_be_checked()
    assert world.settings()["dry_run"] is True


def test_answer_that_was_asked_for_before_a_save_does_not_take_it_back_on_the_page(world, open_page):
    world.configure()
    page = open_page(SETUP)
    running = group(page, "Running")
    expect(running).to_be_visible()
    old = world.site.late["ui_settings"] = threading.Event()
    looks = world.site.modes().count("ui_settings")
    page.evaluate("void Stash2Plex.stores.loadSettings()")
    world.until(lambda: world.site.modes().count("ui_settings") > looks, "it is asked")
    running.get_by_text("Dry run", exact=True).click()
    expect(running.get_by_text("Saved", exact=True)).to_be_visible()
    with page.expect_response("**/graphql"):
        old.set()
    expect(running.get_by_label("Dry run")).to_be_checked()
    page.wait_for_load_state("networkidle")
    expect(running.get_by_label("Dry run")).to_be_checked()


def test_what_another_tab_saves_is_seen_also_where_the_overview_is_asked_first(world, open_page):
    world.configure()
    page = open_page(SETUP)
    tags = group(page, "Content").get_by_label("Tags become")
    expect(tags).to_have_value("genres")
    world.stash.configure_plugin({**world.settings(), "tags_to": "labels"})
    page.evaluate("Stash2Plex.stores.refreshOverview()")
    expect(tags).to_have_value("labels")


def test_own_setting_of_a_library_that_is_given_back_and_taken_again_at_once_stays(world, open_page):
    world.plex.state.add_section("Clips", locations=["/media/clips"])
    world.configure(libraries=json.dumps({"Clips": {"only_tags": "Animation"}}))
    page = open_page(SETUP)
    page.get_by_label("Settings for").select_option("Clips")
    scenes = group(page, "Scenes")
    own = scenes.get_by_label("Only with tags: its own")
    saving = world.site.late["ui_save"] = threading.Event()
    own.uncheck()
    world.until(lambda: "libraries" not in world.settings(), "it is given back")
    own.check()
    saving.set()
    expect(scenes.get_by_text("Saved", exact=True)).to_be_visible()
    expect(own).to_be_checked()
    expect(scenes.get_by_label("Only with tags", exact=True)).to_have_value("Animation")
    assert json.loads(world.settings()["libraries"]) == {"Clips": {"only_tags": "Animation"}}


def test_own_content_of_a_library_that_is_taken_again_while_it_is_given_back_waits_for_the_next_save(world, open_page):
    world.plex.state.add_section("Clips", locations=["/media/clips"])
    world.configure(libraries=json.dumps({"Clips": {"exclude_tags": "Needs work"}}))
    page = open_page(SETUP)
    page.get_by_label("Settings for").select_option("Clips")
    content = group(page, "Content")
    own = content.get_by_label("Tags left out: its own")
    saving = world.site.late["ui_save"] = threading.Event()
    own.uncheck()
    content.get_by_role("button", name="Save").click()
    world.until(lambda: "libraries" not in world.settings(), "it is given back")
    own.check()
    saving.set()
    expect(page.get_by_text("Content in Clips: saved.")).to_be_visible()
    expect(own).to_be_checked()
    content.get_by_role("button", name="Save").click()
    world.until(lambda: "libraries" in world.settings(), "it is saved again")
    assert json.loads(world.settings()["libraries"]) == {"Clips": {"exclude_tags": "Needs work"}}


def test_what_was_saved_while_another_library_was_looked_at_is_no_draft_any_more(world, open_page):
    world.plex.state.add_section("Clips", locations=["/media/clips"])
    world.configure()
    page = open_page(SETUP)
    choice = page.get_by_label("Settings for")
    saving = world.site.late["ui_save"] = threading.Event()
    tags = group(page, "Scenes").get_by_label("Only with tags", exact=True)
    tags.fill("Animation")
    tags.blur()
    choice.select_option("Clips")
    world.until(lambda: world.settings().get("only_tags") == "Animation", "it is saved")
    expect(tags).to_be_disabled()
    with page.expect_response("**/graphql"):
        saving.set()
    expect(tags).to_have_value("Animation")
    world.stash.configure_plugin({**world.settings(), "only_tags": "Short"})
    expect(tags).to_have_value("Short")
    choice.select_option("all libraries")
    expect(tags).to_have_value("Short")


def test_what_config_yaml_has_overruled_meanwhile_is_refused_with_its_line(world, open_page):
    world.configure()
    page = open_page(SETUP)
    running = group(page, "Running")
    expect(running).to_be_visible()
    before = world.settings()
    (world.data_dir / "config.yaml").write_text("dry_run: false\n", encoding="utf-8")
    running.get_by_text("Dry run", exact=True).click()
    expect(page.locator("#s2p-set-dry_run-help")).to_contain_text("config.yaml, line 1")
    assert world.settings() == before


def test_what_others_save_while_the_answer_of_a_save_is_under_way_is_seen(world, open_page):
    world.configure()
    page = open_page(SETUP)
    running, tags = group(page, "Running"), group(page, "Content").get_by_label("Tags become")
    expect(tags).to_have_value("genres")
    saving = world.site.late["ui_save"] = threading.Event()
    running.get_by_text("Dry run", exact=True).click()
    world.until(lambda: world.settings().get("dry_run"), "it is saved")
    world.stash.configure_plugin({**world.settings(), "tags_to": "labels"})
    page.get_by_role("button", name="Pause").click()
    world.until(lambda: world.settings().get("paused"), "it is paused")
    saving.set()
    expect(tags).to_have_value("labels")
    expect(running.get_by_label("Paused", exact=True)).to_be_checked()
    expect(running.get_by_label("Dry run")).to_be_checked()
