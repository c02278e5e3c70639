"""Putting back on the page: a scene's last change, a run, everything since a moment; and what was left as it is."""

from playwright.sync_api import expect

from tests.house import PATIENCE_S
from tests.ui.conftest import PAGE
from tests.ui.scene_sides import block, side


def of_scene(world, open_page, **how):
    page = open_page(f"/scenes/{world.scenes['Sintel']}", **how)
    page.get_by_role("tab", name="Plex").click()
    expect(page.get_by_text("Last sync")).to_be_visible()
    return page


def confirm(page, label):
    page.get_by_role("dialog").get_by_role("button", name=label).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def save(world, title, **fields):
    world.stash.save_scene(world.scenes["Sintel"], title=title, **fields)
    world.until(lambda: world.item("Sintel").title == title, "the save is in Plex")
    world.until(world.is_drained, "the queue is drained")


def test_last_change_of_a_scene_is_put_back_pinned_and_let_go(world, open_page, shot):
    world.fill("Sintel")
    world.configure()
    world.sync()
    save(world, "A mistake", details="Another one")
    page = of_scene(world, open_page)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("The last change")).to_be_checked()
    shot(page, "undo-asks-first")
    confirm(page, "Undo in Plex")
    expect(page.get_by_text("1 of 1 items show again what they showed before")).to_be_visible()
    title = block(page, "Title")
    expect(side(page, "Title", "Plex")).to_have_text("Sintel")
    expect(title).to_contain_text("put back; stays until the scene is saved")
    assert world.item("Sintel").summary.startswith("A lonely young woman")
    page.get_by_role("button", name="Sync now").click()
    world.until(world.is_drained, "the queue is drained")
    assert world.item("Sintel").title == "Sintel"
    title.get_by_role("button", name="Follow Stash: Title").click()
    world.until(lambda: world.item("Sintel").title == "A mistake", "Stash has its say again")
    assert world.item("Sintel").summary.startswith("A lonely young woman")


def test_undo_stands_in_the_history_with_what_it_did_and_the_tab_says_undone(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.sync()
    world.operation("ui_undo", scene_id=world.scenes["Sintel"], which="all")
    world.until(lambda: world.item("Sintel").title == "sintel", "it shows again what it showed")
    world.until(world.is_drained, "the queue is drained")
    page = open_page(f"{PAGE}?tab=history")
    put_back = page.locator(".s2p-sync").first
    expect(put_back).to_contain_text("Put back")
    title = put_back.get_by_role("row", name="Title").get_by_role("cell")
    expect(title).to_have_text(["Sintel", "sintel"])
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    page.get_by_role("tab", name="Plex").click()
    expect(page.locator(".s2p-scene-tab")).to_contain_text("Undone ")
    expect(page.get_by_text("Never synced")).to_have_count(0)


def test_run_is_put_back_and_what_was_changed_since_is_listed(world, open_page, shot):
    world.fill("Sintel", "Big Buck Bunny")
    world.configure()
    before = {name: world.item(name) for name in world.scenes}
    world.operation("ui_sync", scene_ids=list(world.scenes.values()))
    world.until(lambda: all(world.item(name).title == name for name in world.scenes), "both are in Plex")
    world.until(world.is_drained, "the queue is drained")
    world.plex.state.items[world.keys["Sintel"]].values["title"] = "My own title"
    page = open_page(f"{PAGE}?tab=history")
    runs = page.get_by_role("region", name="Runs that can be put back")
    expect(runs).to_contain_text("Sync now on the page")
    expect(runs).to_contain_text("2 items")
    runs.get_by_role("button", name="Put back: Sync now on the page").click()
    confirm(page, "Put back in Plex")
    expect(runs).to_contain_text("2 of 2 items show again what they showed before")
    expect(runs).to_contain_text("2 items, 1 put back in full")
    expect(runs.get_by_text("title stays: changed in Plex since the last sync")).to_be_visible()
    shot(page, "runs")
    bunny, sintel = world.item("Big Buck Bunny"), world.item("Sintel")
    known = before["Big Buck Bunny"]
    assert (bunny.title, bunny.summary, bunny.tags, bunny.locked) == (
        known.title,
        known.summary,
        known.tags,
        known.locked,
    )
    assert (sintel.title, sintel.summary) == ("My own title", before["Sintel"].summary)


def test_everything_since_an_older_run_is_put_back(world, open_page):
    world.fill("Sintel")
    world.configure()
    before = world.item("Sintel")
    world.operation("ui_sync", scene_ids=list(world.scenes.values()))
    world.until(lambda: world.item("Sintel").title == "Sintel", "it is in Plex")
    world.until(world.is_drained, "the queue is drained")
    save(world, "Saved since")
    page = open_page(f"{PAGE}?tab=history", width=375, height=800)
    page.get_by_role("button", name="Put back this and all later: Sync now on the page").click()
    confirm(page, "Put back in Plex")
    expect(page.get_by_text("1 of 1 items show again what they showed before")).to_be_visible()
    after = world.item("Sintel")
    assert (after.title, after.summary, after.tags, after.locked) == (
        before.title,
        before.summary,
        before.tags,
        before.locked,
    )


def test_last_syncs_of_scenes_that_are_lost_are_shown_and_stash_is_not_asked_for_them(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.sync()
    world.stash.wait_for_task(world.stash.run_task("Begin Afresh"), PATIENCE_S)
    page = open_page(f"{PAGE}?tab=history")
    expect(page.get_by_role("listitem").filter(has_text="A scene that is lost").first).to_be_visible()
    asked = [scene_id for call in world.site.operations for scene_id in call.get("scene_ids", [])]
    assert [scene_id for scene_id in asked if scene_id < 0] == []
