"""The flows, each from an empty data folder to a right Plex, in the browser."""

import threading

import pytest
from playwright.sync_api import expect

from settings.sources import read_token_file
from tests.fakes.plex import Fault
from tests.ui.offers import OFFERS
from tests.ui.page_house import DATES, PLEX_FOLDER, STASH_FOLDER, STORIES
from tests.ui.scene_sides import side
from tests.ui.steps import open_step, pass_by, says, step

OLDEST_AND_NEWEST = (next(iter(OFFERS)), list(OFFERS)[-1])
WITH_SCENE_TAB = [version for version in OLDEST_AND_NEWEST if "ScenePage.Tabs" in OFFERS[version]["patches"]]


@pytest.fixture(params=OLDEST_AND_NEWEST, autouse=True)
def version(request, world):
    """Each flow is gone through in the oldest and the newest Stash, but for one where a scene's page has no tab of ours.

    Of those between test_page_versions opens icon, page and tab.
    """
    world.site.version = request.param


def headline(page):
    return page.locator(".s2p-headline")


def confirm(page, name):
    page.get_by_role("dialog").get_by_role("button", name=name).click()


def test_first_set_up_leads_to_a_right_plex(world, open_page, shot):
    world.fill()
    page = open_page()
    expect(page.get_by_role("tab", name="Set-up")).to_have_attribute("aria-selected", "true")
    expect(headline(page)).to_contain_text("not set up yet")
    expect(page.get_by_role("button", name="Check")).to_be_visible()
    shot(page, "set-up-empty")

    page.get_by_label("Server address").fill("http://127.0.0.1:1")
    page.get_by_label("Token", exact=True).fill("wrong")
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("alert")).to_contain_text("Is Plex running")
    shot(page, "set-up-wrong-address")
    assert world.settings() == {}

    page.get_by_label("Server address").fill(world.plex.url)
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_role("alert")).to_contain_text("Copy the token again")
    page.get_by_label("Token", exact=True).fill(world.plex.token)
    page.get_by_role("button", name="Check and save").click()
    says(page, "Plex server", f"Stand-in Plex · {world.plex.url}")
    assert world.settings() == {"plex_url": world.plex.url}
    assert read_token_file(str(world.data_dir)).token == world.plex.token

    expect(open_step(page, "Plex server")).to_contain_text("A token is saved.")
    expect(page.get_by_label("Token", exact=True)).to_have_value("")
    assert world.plex.token not in page.content()
    open_step(page, "Libraries").get_by_label("Movies").check()
    page.get_by_role("button", name="Save libraries").click()
    says(page, "Folders", "4 of 4 scenes found in Plex.")
    expect(open_step(page, "Folders")).to_contain_text("4 match, 0 would be ambiguous, 0 are not found")
    expect(page.get_by_role("row", name=f"{STASH_FOLDER} {PLEX_FOLDER} worked out from the files")).to_be_visible()
    shot(page, "set-up-done")
    assert world.settings()["plex_library"] == "Movies"

    page.get_by_role("tab", name="Preview").click()
    page.get_by_label("All scenes").check()
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_text("4 of 4 scenes would change.")).to_be_visible()
    shot(page, "preview")
    assert all(record.method == "GET" for record in world.plex.journal.records())
    page.get_by_role("button", name="Sync exactly these 4").click()
    expect(headline(page)).to_contain_text("4 scenes are in Plex")
    for name in world.scenes:
        item = world.item(name)
        assert (item.title, item.summary, item.date) == (name, STORIES[name], DATES[name])
    page.get_by_role("tab", name="History").click()
    expect(page.get_by_role("listitem").filter(has_text="Sintel").first).to_contain_text("lonely young woman")
    expect(page.get_by_role("link", name="Sintel")).to_be_visible()
    expect(page.get_by_role("button", name="Put back: Sync now on the page")).to_be_visible()
    shot(page, "last-syncs")
    page.get_by_role("tab", name="Jobs").click()
    expect(page.get_by_text("Nothing waits", exact=True)).to_be_visible()
    shot(page, "all-is-well")


def test_first_sync_sends_everything_that_stash_holds(world, open_page, shot):
    world.fill()
    there = list(world.scenes)
    world.fill("Glass Half", in_plex=False)
    world.configure(path_rules=f"{STASH_FOLDER} => {PLEX_FOLDER}")
    page = open_page("/plugins/stash2plex?tab=setup")
    pass_by(page, "What is written", "First preview")
    sync = step(page, "First sync")
    expect(sync.get_by_role("heading")).to_be_focused()
    shot(page, "first-sync", of=sync)
    sync.get_by_role("button", name="Sync all").click()
    expect(sync).to_contain_text("Done: 4 of 5 scenes in Plex, 1 not in Plex.")
    expect(sync).to_contain_text(f"{STASH_FOLDER}/Glass Half")
    assert all(world.item(name).title == name for name in there)
    shot(page, "first-sync-done", of=sync)


def test_a_comparison_of_all_ends_when_other_scenes_are_chosen(world, open_page):
    world.fill()
    world.configure(path_rules=f"{STASH_FOLDER} => {PLEX_FOLDER}")
    world.operation("ui_mapping", rules="")
    world.until(lambda: world.operation("ui_mapping")["state"] == "ready", "the worker has read Plex's paths")
    page = open_page("/plugins/stash2plex?tab=preview")
    page.get_by_label("All scenes").check()
    hold = world.site.held["ui_preview"] = threading.Event()
    page.get_by_role("button", name="Show what would change").click()
    world.until(lambda: "ui_preview" in world.site.modes(), "all are compared")
    page.get_by_label("Scenes I choose").check()
    hold.set()
    expect(page.get_by_role("button", name="Show what would change")).to_be_visible()
    expect(page.get_by_text("would change.")).to_have_count(0)


def test_plex_was_away_and_everything_arrives_once_it_is_back(world, open_page, shot):
    world.fill()
    world.configure()
    world.plex.refuse()
    page = open_page("/plugins/stash2plex?tab=jobs")
    for name, scene_id in world.scenes.items():
        world.stash.save_scene(scene_id, title=f"{name}!")
    expect(headline(page)).to_contain_text("Plex has not answered since")
    expect(headline(page)).to_contain_text("4 saves wait.")
    expect(page.get_by_role("list", name="Waiting").get_by_role("listitem")).to_have_count(4)
    expect(page.get_by_role("link", name="Sintel")).to_have_attribute("href", f"/scenes/{world.scenes['Sintel']}")
    shot(page, "plex-away")

    world.plex.accept()
    expect(headline(page)).to_contain_text("4 scenes are in Plex")
    assert {world.item(name).title for name in world.scenes} == {f"{name}!" for name in world.scenes}


def test_a_wrong_path_is_mended_with_a_rule(world, open_page, shot):
    """Every file stands twice in Plex, so nothing can be told from the names alone: a person has to say which is meant."""
    world.fill()
    copies = {
        name: world.plex.state.add_item(world.section, f"{PLEX_FOLDER}/copy/{name}/{name}.mkv") for name in world.scenes
    }
    world.configure()
    for name, scene_id in world.scenes.items():
        world.stash.save_scene(scene_id, title=f"{name}!")
    page = open_page()
    world.until(lambda: len(world.dead_letters()) == 4 or world.stats()["pending"] == 4, "no scene has found its item")
    page.get_by_role("tab", name="Set-up").click()
    rules = page.get_by_role("textbox", name="Path rules")
    expect(page.get_by_text("0 match")).to_be_visible()
    shot(page, "wrong-path", of=page.get_by_role("region", name="Folders"))

    page.get_by_role("button", name="Start with these folders").click()
    expect(rules).to_have_value(f"{STASH_FOLDER} => {PLEX_FOLDER}")
    rules.fill("data => /media")
    expect(page.locator("#s2p-rules-help")).to_contain_text("not a full path")
    rules.fill(f"{STASH_FOLDER} => /nowhere")
    expect(page.get_by_text("4 are not found")).to_be_visible()
    rules.fill(f"{STASH_FOLDER} => {PLEX_FOLDER}")
    expect(page.get_by_text("With these rules, not saved yet, of 4 scenes: 4 match")).to_be_visible()
    shot(page, "rule-editor", of=page.get_by_role("region", name="Folders"))
    page.get_by_role("button", name="Save rules").click()
    says(page, "Folders", "4 of 4 scenes found in Plex.")
    assert world.settings()["path_rules"] == f"{STASH_FOLDER} => {PLEX_FOLDER}"

    if world.dead_letters():  # else they waited for their files, and are due at once by the new rule
        page.get_by_role("tab", name="Jobs").click()
        page.get_by_role("button", name="Failed").click()
        page.get_by_role("button", name="Try now", exact=True).first.click()
    expect(headline(page)).to_contain_text("4 scenes are in Plex")
    assert all(world.item(name).title == f"{name}!" for name in world.scenes)
    assert all(not world.plex.state.item(key).title.endswith("!") for key in copies.values())


def test_a_dead_letter_is_mended(world, open_page, shot):
    world.fill()
    world.configure()
    world.plex.faults.add(Fault("status", status=400, method="PUT"))
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel!")
    page = open_page("/plugins/stash2plex?tab=jobs")
    expect(headline(page)).to_contain_text("1 scene could not be synced and needs you.")
    page.get_by_role("button", name="Failed 1").click()
    letter = page.get_by_role("list", name="Failed").get_by_role("listitem")
    expect(page.get_by_role("region", name="Plex refused the change")).to_be_visible()
    expect(letter).to_contain_text("Sintel")
    expect(page.get_by_role("link", name="Stash2Plex: 1 could not be synced").first).to_be_visible()
    shot(page, "dead-letter")

    letter.get_by_role("button", name="Discard: Sintel!").click()
    shot(page, "discard-asks-first")
    confirm(page, "Cancel")
    expect(letter).to_be_visible()
    world.plex.faults.clear_faults()
    letter.get_by_role("button", name="Try now: Sintel!").click()
    expect(headline(page)).to_contain_text("1 scene is in Plex")
    assert world.item("Sintel").title == "Sintel!"
    assert world.dead_letters() == []


@pytest.mark.parametrize("version", WITH_SCENE_TAB, indirect=True)
def test_undo_gives_plex_back_what_it_showed(world, open_page, shot):
    world.fill("Sintel")
    world.configure()
    before = world.item("Sintel")
    world.sync()
    assert world.item("Sintel").title == "Sintel"
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    page.get_by_role("tab", name="Plex").click()
    expect(page.get_by_text("Last sync")).to_be_visible()
    shot(page, "scene-tab")
    page.get_by_role("button", name="Undo").click()
    page.get_by_label("Everything, back to before the first sync").check()
    confirm(page, "Undo in Plex")
    expect(side(page, "Title", "Plex")).to_have_text("sintel")
    after = world.item("Sintel")
    assert (after.title, after.summary, after.tags, after.locked) == (
        before.title,
        before.summary,
        before.tags,
        before.locked,
    )
    expect(page.get_by_text("it is synced again when it is saved")).to_be_visible()
