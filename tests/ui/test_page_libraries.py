"""Set-up: a library is chosen above the settings, and each setting is as for all or its own."""

import json

from playwright.sync_api import expect

from tests.ui.conftest import PAGE

SETUP = f"{PAGE}?tab=setup"


def group(page, name):
    return page.get_by_role("form", name=f"Settings: {name}")


def test_library_gets_settings_of_its_own_and_gives_them_back(world, open_page, shot):
    world.plex.state.add_section("Clips", locations=["/media/clips"])
    world.configure(exclude_tags="Needs work", only_organized=True)
    page = open_page(SETUP)
    page.get_by_label("Settings for").select_option("Clips")
    content = group(page, "Content")
    expect(page.get_by_role("heading", name="Content in Clips")).to_be_visible()
    expect(group(page, "Running")).to_have_count(0)
    expect(content.get_by_label("Tags left out", exact=True)).to_be_disabled()
    expect(content.get_by_label("Tags left out", exact=True)).to_have_value("Needs work")
    content.get_by_label("Tags left out: its own").check()
    content.get_by_label("Tags left out", exact=True).fill("")
    content.get_by_label("Tags become: its own").check()
    content.get_by_label("Tags become", exact=True).select_option("labels")
    content.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content in Clips: saved.")).to_be_visible()
    scenes = group(page, "Scenes")
    scenes.get_by_label("Only organized: its own").check()
    scenes.get_by_text("Only organized", exact=True).click()
    shot(page, "library-settings", of=scenes)
    world.until(lambda: '"only_organized": false' in world.settings()["libraries"], "it is saved")
    own = {"exclude_tags": "", "tags_to": "labels", "only_organized": False}
    assert json.loads(world.settings()["libraries"]) == {"Clips": own}
    assert world.settings()["exclude_tags"] == "Needs work"
    expect(page.get_by_label("Settings for").locator("option", has_text="Clips: 3 of its own")).to_have_count(1)
    for name in ("Tags left out: its own", "Tags become: its own"):
        content.get_by_label(name).uncheck()
    content.get_by_role("button", name="Save").click()
    world.until(lambda: json.loads(world.settings()["libraries"]) == {"Clips": {"only_organized": False}}, "saved")


def test_library_that_plex_lacks_is_shown_as_such(world, open_page):
    world.configure(libraries=json.dumps({"Clisp": {"tags_to": "labels"}}))
    page = open_page(SETUP)
    choice = page.get_by_label("Settings for")
    expect(choice.locator("option", has_text="Clisp (not in Plex): 1 of its own")).to_have_count(1)
    choice.select_option("Clisp")
    content = group(page, "Content")
    content.get_by_label("Tags become: its own").uncheck()
    content.get_by_role("button", name="Save").click()
    world.until(lambda: "libraries" not in world.settings(), "it is gone")


def test_there_is_nothing_to_choose_with_one_library(world, open_page):
    world.configure()
    page = open_page(SETUP)
    expect(page.get_by_text("Connected to")).to_be_visible()
    expect(page.get_by_label("Settings for")).to_have_count(0)


def test_page_is_no_wider_than_a_phone_when_a_library_has_a_name_of_one_long_word(world, open_page):
    name = "Clips" * 40
    world.plex.state.add_section(name, locations=["/media/clips"])
    world.configure()
    page = open_page(SETUP, width=390, height=844)
    expect(page.get_by_label(name)).to_be_visible()
    page.get_by_label("Settings for").select_option(name)
    expect(page.get_by_role("heading", name=f"Content in {name}")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_what_is_typed_stays_when_one_looks_at_another_library(world, open_page):
    world.plex.state.add_section("Clips", locations=["/media/clips"])
    world.configure()
    page = open_page(SETUP)
    choice = page.get_by_label("Settings for")
    expect(choice).to_be_visible()
    group(page, "Content").get_by_label("Tags left out", exact=True).fill("Needs work")
    choice.select_option("Clips")
    expect(group(page, "Content").get_by_label("Tags left out", exact=True)).to_be_disabled()
    choice.select_option("all libraries")
    expect(group(page, "Content").get_by_label("Tags left out", exact=True)).to_have_value("Needs work")
