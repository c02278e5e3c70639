"""The tab on a scene's page."""

import pytest
from playwright.sync_api import expect

from tests.fakes.plex import Fault
from tests.ui.asking import mark, wind
from tests.ui.scene_sides import block, side


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


def test_only_what_differs_is_open_and_is_kept_or_follows_stash_or_is_taken_from_there(world, scene, shot):
    world.sync()
    world.plex.state.set_agent(world.keys["Sintel"])
    world.operation("ui_overview")
    edit(world, summary="Plex's own words")
    page = scene(width=1280)
    tab = page.locator(".s2p-scene-tab")
    expect(block(page, "Summary")).to_contain_text("changed in Plex since the last sync")
    expect(side(page, "Summary", "Stash")).to_contain_text("A lonely young woman")
    expect(side(page, "Summary", "Plex")).to_have_text("Plex's own words")
    assert side(page, "Summary", "Stash").bounding_box()["y"] < side(page, "Summary", "Plex").bounding_box()["y"]
    expect(block(page, "Title")).to_have_count(0)
    assert tab.bounding_box()["width"] <= 450
    assert tab.evaluate(
        "tab => [tab, ...tab.querySelectorAll('*')].every((part) => part.scrollWidth <= tab.clientWidth)"
    )
    equal = page.get_by_role("button", name="fields equal")
    equal.press("Enter")
    expect(equal).to_have_attribute("aria-expanded", "true")
    expect(page.locator(".s2p-opening dl").first).to_contain_text("Title")
    expect(page.get_by_text("locked in Plex").first).to_be_attached()
    shot(page, "scene-differs")
    keep = block(page, "Summary").get_by_role("button", name="Keep Plex's: Summary")
    keep.press("Enter")
    expect(block(page, "Summary")).to_contain_text("kept as Plex has it")
    world.sync()
    assert world.item("Sintel").summary == "Plex's own words"
    block(page, "Summary").get_by_role("button", name="Follow Stash: Summary").press("Enter")
    world.until(lambda: world.item("Sintel").summary.startswith("A lonely young woman"), "Stash has its say again")
    expect(block(page, "Summary")).to_have_count(0)
    expect(tab).to_be_focused()  # what had the focus is gone
    edit(world, summary="Plex's own words once more")
    page.get_by_role("button", name="Compare again").click()
    page.get_by_role("button", name="Take Stash's: Summary").click()
    world.until(lambda: world.item("Sintel").summary.startswith("A lonely young woman"), "Stash's was taken")
    expect(block(page, "Summary")).to_have_count(0)


def test_item_opens_in_plex_without_a_token_where_a_browser_reaches_it(world, scene):
    world.sync()
    page = scene()
    link = page.get_by_role("link", name="Open Sintel in Plex, in a new tab")
    place = (
        f"#!/server/{world.plex.options.machine_identifier}/details?key=%2Flibrary%2Fmetadata%2F{world.keys['Sintel']}"
    )
    expect(link).to_have_attribute("href", f"{world.plex.url}/web/index.html{place}")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    at_plex_tv = page.get_by_role("link", name="Open Sintel at app.plex.tv, in a new tab")
    expect(at_plex_tv).to_have_attribute("href", f"https://app.plex.tv/desktop/{place}")
    assert world.plex.token not in page.content()


def test_a_scene_that_plex_lacks_says_where_it_was_looked_for_and_is_synced_once_plex_has_it(world, scene, shot):
    world.plex.state.remove_item(world.keys["Sintel"])
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel!")
    world.until(lambda: world.operation("ui_jobs", list="retrying")["total"] == 1, "the scene waits")
    page = scene(width=1280)
    card = page.get_by_role("region", name="Plex does not have this scene's file")
    expect(card).to_contain_text("/data/movies/Sintel/Sintel.mkv")
    expect(card).to_contain_text("no library of Plex has this folder")
    expect(card).to_contain_text("Movies: /media/movies")
    expect(card.get_by_role("button", name="Have Plex scan")).to_be_visible()
    expect(card.get_by_role("button", name="Leave them out")).to_be_visible()
    page.get_by_role("button", name="fields to be sent").click()
    expect(page.locator(".s2p-opening dl")).to_contain_text("A lonely young woman")
    shot(page, "scene-not-in-plex")
    world.put_in_plex("Sintel")
    card.get_by_role("button", name="Look again").click()
    world.until(lambda: world.item("Sintel").title == "Sintel!", "the scene is in Plex")
    expect(page.get_by_role("link", name="Open Sintel! in Plex")).to_be_visible()
    expect(card).to_have_count(0)


def test_what_is_on_disk_is_shown_while_plex_is_away(world, scene, shot):
    world.sync()
    world.stash.library.scenes[world.scenes["Sintel"]].details = "\n".join(f"Line {number}" for number in range(40))
    world.plex.faults.add(Fault("status", status=503))
    page = scene(width=375, height=800)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(side(page, "Summary", "Plex")).to_have_text("not known now")
    expect(side(page, "Summary", "Last written")).to_contain_text("A lonely young woman")
    long = side(page, "Summary", "Stash")
    height = long.bounding_box()["height"]
    long.get_by_role("button", name="Show all").click()
    expect(long.get_by_role("button", name="Show less")).to_be_visible()
    assert long.bounding_box()["height"] > 3 * height
    expect(page.get_by_role("button", name="fields as last written")).to_be_visible()
    shot(page, "scene-plex-away")


def test_plex_is_asked_when_the_tab_opens_and_when_the_disk_has_news_not_every_few_seconds(world, scene):
    world.sync()
    page = scene(has_clock=True)
    expect(page.get_by_text("Last sync")).to_be_visible()
    for looks in range(2, 4):
        wind(
            world,
            page,
            6_000,
            lambda looks=looks: world.site.modes().count("ui_scene_news") >= looks,
            "the disk is looked at",
        )
        mark(world, page)
    assert world.site.modes().count("ui_scene") == 1
    world.stash.save_scene(world.scenes["Sintel"], title="Sintel!")
    world.wait(lambda: world.item("Sintel").title == "Sintel!", "the save arrives")
    world.wait(world.is_drained, "the queue is drained")
    wind(world, page, 6_000, lambda: world.site.modes().count("ui_scene") > 1, "Plex is asked")
    expect(page.get_by_role("region", name="Sintel!")).to_be_visible()


def test_a_scene_whose_plex_cannot_be_asked_is_not_said_to_be_missing(world, scene):
    world.plex.refuse()
    page = scene()
    expect(page.get_by_role("region", name="Plex could not be asked")).to_be_visible()
    expect(page.get_by_text("Plex does not have this scene's file")).to_have_count(0)


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
