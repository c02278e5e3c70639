"""Set-up beyond the first time: every setting with its control, what overrules it, and what is wrong."""

import re

from playwright.sync_api import expect

from settings.spec import SPECS
from tasks.page.settings import help_of
from tests.ui.conftest import PAGE
from tests.ui.page_house import PLEX_FOLDER, STASH_FOLDER
from tests.ui.steps import open_step, says, step

SETUP = f"{PAGE}?tab=setup"
STEPS = ("Your Plex server", "Libraries", "Folders", "What is written", "Preview", "First sync")
TOLD_ELSEWHERE = {"plex_url", "plex_token", "plex_library", "path_rules", "skip_tls_verify"}


def group(page, name):
    return page.get_by_role("form", name=f"Settings: {name}")


def test_every_setting_has_a_control_with_its_help_and_default(world, open_page):
    world.configure()
    page = open_page(SETUP)
    expect(group(page, "Running")).to_be_visible()
    helps = page.evaluate(
        "Object.fromEntries([...document.querySelectorAll('[id^=s2p-set-][id$=-help]')].map((help) => [help.id, help.textContent]))"
    )
    controls = page.evaluate(
        "[...document.querySelectorAll('[aria-describedby]')].map((control) => control.getAttribute('aria-describedby'))"
    )
    for key, spec in SPECS.items():
        if key not in TOLD_ELSEWHERE:
            help_id = f"s2p-set-{key}-help"
            shown = help_of(spec).replace("`", "")  # which says what is code, and is drawn so
            assert re.split("[a-z]+_[a-z_]+", shown)[0] in helps[help_id]  # then other settings, by their names
            assert "Default: " in helps[help_id]
            assert help_id in controls


def test_settings_are_saved_through_stash_with_all_keys(world, open_page):
    world.configure(of_another_page="kept", debug=True)
    page = open_page(SETUP)
    content = group(page, "Content")
    content.get_by_label("Tags become").select_option("labels")
    content.get_by_label("Tags left out").fill("Needs work, 12")
    content.get_by_role("group", name="Collections from").get_by_label("groups").check()
    content.get_by_label("Rating", exact=True).check()
    content.get_by_text("Keep my Plex edits", exact=True).click()
    content.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content: saved.")).to_be_visible()
    running = group(page, "Running")
    running.get_by_label("Attempts").fill("8")
    running.get_by_text("Debug log", exact=True).click()
    expect(running.get_by_text("Saved", exact=True)).to_have_count(2)  # a box by being left, a switch at once
    assert world.settings() == {
        "plex_url": world.plex.url,
        "plex_token": world.plex.token,
        "of_another_page": "kept",
        "tags_to": "labels",
        "exclude_tags": "Needs work, 12",
        "collections_from": "groups",
        "skip_fields": "rating",
        "preserve_plex_edits": True,
        "max_retries": 8,
    }


def test_what_cannot_be_used_is_said_at_its_field_and_nothing_is_saved(world, open_page, shot):
    world.configure()
    before = world.settings()
    page = open_page(SETUP)
    running = group(page, "Running")
    running.get_by_label("Attempts").fill("1000")
    running.get_by_label("Attempts").press("Enter")
    expect(page.locator("#s2p-set-max_retries-help")).to_contain_text("must be a whole number from 1 to 100")
    assert world.settings() == before


def test_choices_are_ticked_however_they_are_written_and_none_is_lost_when_one_is_added(world, open_page):
    world.configure(skip_fields="Rating, poster", collections_from='["studio"]', tags_to="Labels")
    page = open_page(SETUP)
    content = group(page, "Content")
    for label in ("Rating", "Poster", "Studio"):
        expect(content.get_by_label(label, exact=True).first).to_be_checked()
    expect(content.get_by_label("Tags become")).to_have_value("labels")
    content.get_by_role("group", name="Collections from").get_by_label("groups").check()
    content.get_by_role("group", name="Fields left alone").get_by_label("Title", exact=True).check()
    content.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Content: saved.")).to_be_visible()
    saved = world.settings()
    assert set(saved["skip_fields"].split(", ")) == {"title", "rating", "poster"}
    assert set(saved["collections_from"].split(", ")) == {"studio", "groups"}
    assert saved["tags_to"] == "Labels"


def test_drafts_outlive_other_tabs_and_a_stash_that_was_away(world, open_page):
    world.fill("Sintel")
    world.configure()
    page = open_page(SETUP)
    rules = page.get_by_role("textbox", name="Path rules")
    rules.fill("/data => /elsewhere")
    group(page, "Content").get_by_label("Tags left out").fill("Needs work")
    page.get_by_role("tab", name="Jobs").click()
    world.site.errors["ui_settings"] = "Stash is busy"
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("tab", name="Set-up").click()
    expect(page.get_by_role("alert").filter(has_text="Stash is busy").first).to_be_visible()
    expect(rules).to_have_value("/data => /elsewhere")
    expect(group(page, "Content").get_by_label("Tags left out")).to_have_value("Needs work")


def test_address_and_libraries_that_others_set_are_shown(world, open_page):
    world.plex.state.add_section("Home", locations=["/media/home"])
    world.configure(plex_url=None)
    world.fine_tune(plex_url=world.plex.url, plex_library="Movies")
    page = open_page(SETUP)
    address = page.get_by_label("Server address")
    expect(address).to_be_disabled()
    expect(address).to_have_value(world.plex.url)
    expect(page.get_by_label("Movies /media/movies")).to_be_checked()
    expect(page.get_by_label("Home /media/home")).not_to_be_checked()


def test_a_cleared_address_is_refused_with_a_sentence(world, open_page):
    world.configure()
    page = open_page(SETUP)
    address = page.get_by_label("Server address")
    expect(address).to_have_attribute("aria-invalid", "false")
    address.fill("")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("alert")).to_contain_text("Server address is empty.")
    expect(address).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Server address is empty.")).to_have_count(1)
    expect(page.get_by_role("button", name="Save anyway")).to_have_count(0)
    assert world.settings()["plex_url"] == world.plex.url


def test_an_address_where_nobody_answers_is_told_once_and_can_be_saved_all_the_same(world, open_page):
    world.configure()
    page = open_page(SETUP)
    expect(page.get_by_text("Connected to")).to_be_visible()
    page.get_by_label("Server address").fill("http://127.0.0.1:9")
    page.get_by_label("Token", exact=True).fill("another-token")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing listens at http://127.0.0.1:9")
    expect(page.get_by_text("Nothing listens at http://127.0.0.1:9")).to_have_count(1)
    page.get_by_role("button", name="Save anyway").click()
    world.until(lambda: world.settings()["plex_url"] == "http://127.0.0.1:9", "the address is saved")


def test_steps_keep_their_numbers_while_plex_is_away(world, open_page):
    world.configure(plex_library="Movies")
    world.plex.refuse()
    page = open_page(SETUP)
    for place, name in enumerate(STEPS):
        expect(page.get_by_role("heading", name=f"{place + 1}. {name}")).to_be_visible()
    says(page, "Libraries", "Movies")
    expect(step(page, "Plex server")).to_contain_text("Needs you.")
    expect(step(page, "Plex server").get_by_role("alert")).to_be_visible()


def test_settings_of_config_yaml_say_where_and_what_to_write(world, open_page):
    world.configure()
    page = open_page(SETUP)
    running = group(page, "Running")
    running.get_by_text("Only in config.yaml (").click()
    expect(running).to_contain_text(f"Write them into {world.data_dir / 'config.yaml'}")
    expect(page.locator("#s2p-set-batch_size-help")).to_contain_text("In config.yaml: batch_size: 50")


def test_posters_are_chosen_on_the_page_and_an_old_switch_counts_as_cover(world, open_page, shot):
    world.configure(background_image=True)
    page = open_page(SETUP)
    pictures = group(page, "Pictures")
    expect(pictures.get_by_label("Background")).to_have_value("cover")
    expect(pictures.get_by_label("Poster from")).to_have_value("cover")
    options = pictures.get_by_label("Poster from").get_by_role("option")
    expect(options.nth(1)).to_have_text("canvas: the whole cover over its own blurred enlargement")
    pictures.get_by_label("Poster from").select_option("group, canvas")
    pictures.get_by_label("Background").select_option("screenshot")
    shot(page, "settings-pictures", of=pictures)
    chosen = {"poster_from": "group, canvas", "background_image": "screenshot"}
    world.until(lambda: chosen.items() <= world.settings().items(), "both choices are saved")


def test_what_config_yaml_and_the_environment_overrule_is_shown_and_locked(world, open_page, shot):
    world.configure(tags_to="labels", max_retries=7)
    world.fine_tune(tags_to="nowhere", plex_timeout_s=60)
    page = open_page(SETUP)
    tags = group(page, "Content").get_by_label("Tags become")
    expect(tags).to_be_disabled()
    expect(tags).to_have_value("nowhere")
    expect(page.locator("#s2p-set-tags_to-help")).to_contain_text("Set by config.yaml, line 1: nowhere.")
    expect(page.get_by_label("Attempts")).to_have_value("7")
    shot(page, "settings", of=group(page, "Content"))


def test_settings_that_stand_in_the_way_are_listed(world, open_page, shot):
    world.configure(max_retries=1000, plex_url="192.168.1.10:32400")
    page = open_page(SETUP)
    expect(page.get_by_text("These settings cannot be used:")).to_be_visible()
    expect(page.get_by_text("did you mean http://192.168.1.10:32400?").first).to_be_visible()
    shot(page, "settings-wrong")


def test_setting_that_cannot_be_used_is_explained_once_and_at_its_control(world, open_page):
    world.configure(max_retries=1000)
    page = open_page(SETUP)
    expect(page.get_by_text("These settings cannot be used:")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="Running · Attempts")).to_have_text("Running · Attempts")
    expect(page.get_by_text("must be a whole number from 1 to 100")).to_have_count(1)
    expect(page.locator("#s2p-set-max_retries-help")).to_contain_text("must be a whole number from 1 to 100")


def test_help_of_a_number_does_not_offer_what_its_control_refuses(world, open_page):
    world.configure()
    page = open_page(SETUP)
    expect(page.locator("#s2p-set-max_retries")).to_have_attribute("min", "1")
    expect(page.locator("#s2p-set-max_retries-help")).not_to_contain_text("0 means")


def test_rules_that_lose_what_is_found_are_saved_only_after_a_question(world, open_page):
    world.fill()
    world.configure()
    world.sync()
    page = open_page(SETUP)
    open_step(page, "Folders")
    expect(
        page.get_by_role("row", name=f"{STASH_FOLDER} {PLEX_FOLDER} worked out from the files 4 of 4")
    ).to_be_visible()
    page.get_by_role("textbox", name="Path rules").fill(f"{STASH_FOLDER} => /nowhere")
    expect(page.get_by_text("4 fewer than with the saved rules")).to_be_visible()
    page.get_by_role("button", name="Save rules").click()
    dialog = page.get_by_role("dialog", name="Lose 4 scenes?")
    expect(dialog.get_by_role("listitem")).to_have_text(f"{STASH_FOLDER}: 4 of 4")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_have_count(0)
    assert "path_rules" not in world.settings()
    page.get_by_role("button", name="Save rules").click()
    dialog.get_by_role("button", name="Save all the same").click()
    expect(page.get_by_text("Path rules saved.")).to_be_visible()
    assert world.settings()["path_rules"] == f"{STASH_FOLDER} => /nowhere"


def test_plex_is_read_again_with_a_button(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.sync()
    page = open_page(SETUP)
    expect(open_step(page, "Folders").get_by_text("By the files that Plex had")).to_be_visible()
    again = page.get_by_role("button", name="Read Plex again")
    asked = [each for each in world.site.operations if each.get("again")]
    again.click()
    world.until(lambda: [each for each in world.site.operations if each.get("again")] != asked, "it is asked for")
    expect(again).to_be_enabled()


def test_libraries_with_commas_in_their_names_are_saved_so_that_they_are_found(world, open_page):
    world.plex.state.add_section("Movies, Old", locations=["/media/old"])
    world.configure()
    page = open_page(SETUP)
    page.get_by_label("Movies, Old").check()
    page.get_by_role("button", name="Save libraries").click()
    expect(page.get_by_text("Libraries saved.")).to_be_visible()
    assert world.settings()["plex_library"] == '["Movies, Old"]'
    expect(page.get_by_label("Movies, Old")).to_be_checked()
    expect(page.get_by_label("Movies /media/movies")).not_to_be_checked()


def test_complaint_goes_when_what_it_was_said_of_is_typed_anew(world, open_page):
    world.configure()
    page = open_page(SETUP)
    pictures = group(page, "Pictures")
    address = pictures.get_by_label("Address for performer photos")
    address.fill("ftp://tower")
    address.blur()
    expect(pictures.get_by_text("must begin with http:// or https://")).to_be_visible()
    address.fill("http://tower:9998")
    expect(pictures.get_by_text("must begin with http:// or https://")).to_have_count(0)


def test_what_is_typed_while_a_save_is_under_way_stays(world, open_page):
    world.configure()
    page = open_page(SETUP)
    scenes = group(page, "Scenes")
    world.stash.faults.latency_ms = 500.0
    scenes.get_by_label("Only with tags").fill("Animation")
    scenes.get_by_label("Only of studios").fill("Open Movies")
    expect(scenes.get_by_text("Saved", exact=True)).to_be_visible()
    assert "only_studios" not in world.settings()
    expect(scenes.get_by_label("Only of studios")).to_have_value("Open Movies")
    expect(scenes.get_by_label("Only with tags")).to_have_value("Animation")
    scenes.get_by_label("Only of studios").press("Enter")
    expect(scenes.get_by_text("Saved", exact=True)).to_have_count(2)
    assert world.settings()["only_studios"] == "Open Movies"
