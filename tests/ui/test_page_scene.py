"""The tab on a scene's page."""

import pytest
from playwright.sync_api import expect

from tests.fakes.plex import Fault
from tests.ui.asking import mark


@pytest.fixture
def scene(world, open_page):
    """The tab of Sintel, once that was synced."""
    world.fill("Sintel")
    world.configure()

    def opened(**how):
        page = open_page(f"/scenes/{world.scenes['Sintel']}", **how)
        page.get_by_role("tab", name="Plex").click()
        return page

    return opened


def row(page, field):
    return page.locator(".s2p-sides").get_by_role("row", name=field)


def test_a_field_changed_in_plex_is_kept_or_follows_stash_again(world, scene, shot):
    world.sync()
    world.plex.state.set_agent(world.keys["Sintel"])
    world.operation("ui_overview")
    edit(world, summary="Plex's own words")
    page = scene()
    summary = row(page, "Summary")
    expect(summary).to_contain_text("differs")
    expect(summary.get_by_role("cell").nth(1)).to_have_text("Plex's own words")
    expect(row(page, "Title")).to_contain_text("locked in Plex")
    shot(page, "scene-differs")
    summary.get_by_role("button", name="Keep Plex's: Summary").click()
    expect(summary).to_contain_text("kept as Plex has it")
    world.sync()
    assert world.item("Sintel").summary == "Plex's own words"
    summary.get_by_role("button", name="Follow Stash: Summary").click()
    world.until(lambda: world.item("Sintel").summary.startswith("A lonely young woman"), "Stash has its say again")
    expect(row(page, "Summary")).not_to_contain_text("differs")


def test_a_scene_that_plex_lacks_says_why_and_is_synced_once_plex_has_it(world, scene, shot):
    world.plex.state.remove_item(world.keys["Sintel"])
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel!")
    world.until(lambda: world.operation("ui_jobs", list="retrying")["total"] == 1, "the scene waits")
    page = scene()
    expect(page.get_by_text("Why it is not synced:")).to_be_visible()
    expect(page.get_by_text("Plex does not have the file yet")).to_be_visible()
    expect(row(page, "Summary").get_by_role("cell").first).to_contain_text("A lonely young woman")
    shot(page, "scene-not-in-plex")
    world.put_in_plex("Sintel")
    page.get_by_role("button", name="Sync now").click()
    world.until(lambda: world.item("Sintel").title == "Sintel!", "the scene is in Plex")
    expect(row(page, "Title").get_by_role("cell").nth(1)).to_have_text("Sintel!")
    expect(page.get_by_text("Why it is not synced:")).to_have_count(0)


def test_what_is_on_disk_is_shown_while_plex_is_away(world, scene, shot):
    world.sync()
    world.plex.faults.add(Fault("status", status=503))
    page = scene(width=375, height=800)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(row(page, "Title").get_by_role("cell").nth(1)).to_have_text("not known now")
    expect(row(page, "Title").get_by_role("cell").nth(2)).to_have_text("Sintel")
    shot(page, "scene-plex-away")


def test_plex_is_asked_when_the_tab_opens_and_when_the_disk_has_news_not_every_few_seconds(world, scene):
    world.sync()
    page = scene(has_clock=True)
    expect(page.get_by_text("Last sync")).to_be_visible()
    for looks in range(2, 5):
        page.clock.fast_forward(6_000)
        world.until(lambda looks=looks: world.site.modes().count("ui_scene_news") >= looks, "the disk is looked at")
        page.get_by_text("Last sync").wait_for()
        mark(world, page)
    assert world.site.modes().count("ui_scene") == 1
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel!")
    world.wait(lambda: world.item("Sintel").title == "Sintel!", "the save arrives")
    world.wait(world.is_drained, "the queue is drained")
    page.clock.fast_forward(6_000)
    expect(row(page, "Title").get_by_role("cell").nth(1)).to_have_text("Sintel!")


def test_a_scene_whose_plex_cannot_be_asked_is_not_said_to_be_missing(world, scene):
    world.plex.refuse()
    page = scene()
    expect(page.get_by_role("table", name="Plex could not be asked")).to_be_visible()
    expect(page.get_by_text("Not found in Plex")).to_have_count(0)


def test_tab_fits_the_450_px_that_it_has_beside_the_player(world, scene):
    world.sync()
    page = scene(width=1280)
    tab = page.locator(".s2p-scene-tab")
    expect(row(page, "Summary")).to_be_visible()
    assert tab.bounding_box()["width"] <= 450
    assert tab.evaluate(
        "tab => [tab, ...tab.querySelectorAll('*')].every((part) => part.scrollWidth <= tab.clientWidth)"
    )
    cells = [cell.bounding_box() for cell in row(page, "Summary").get_by_role("cell").all()]
    assert cells[0]["y"] < cells[1]["y"] < cells[2]["y"]


def test_a_long_text_can_be_seen_whole(world, scene):
    world.stash.library.scenes[world.scenes["Sintel"]].details = "\n".join(f"Line {number}" for number in range(40))
    world.plex.refuse()
    page = scene()
    cell = row(page, "Summary").get_by_role("cell").first
    height = cell.bounding_box()["height"]
    cell.get_by_role("button", name="Show all").click()
    expect(cell.get_by_role("button", name="Show less")).to_be_visible()
    assert cell.bounding_box()["height"] > 3 * height


def edit(world, **values):
    """Change fields in Plex as its own page does."""
    import urllib.request
    from urllib.parse import urlencode

    changes = {f"{name}.value": value for name, value in values.items()}
    query = urlencode({"type": 1, "id": world.keys["Sintel"], **changes})
    request = urllib.request.Request(
        f"{world.plex.url}/library/sections/{world.section}/all?{query}",
        method="PUT",
        headers={"X-Plex-Token": world.plex.token},
    )
    urllib.request.urlopen(request, timeout=10).close()
