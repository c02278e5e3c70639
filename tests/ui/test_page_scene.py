"""The tab on a scene's page."""

import urllib.request
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from tests.fakes.plex import Fault
from tests.ui.asking import mark, wind
from tests.ui.scene_sides import block, side
from tests.ui.stills import still


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


def test_one_of_several_fields_is_taken_and_the_others_still_differ(world, scene):
    world.sync()
    edit(world, title="Plex's title", summary="Plex's own words", studio="Nobody")
    page = scene(width=1280)
    differ = page.get_by_text("3 fields differ")
    expect(differ).to_be_visible()
    expect(block(page, "Sort title")).to_have_count(0)  # it goes with its title
    expect(page.get_by_role("button", name="Take Stash's for all 3")).to_be_visible()
    block(page, "Summary").get_by_role("button", name="Take Stash's: Summary").press("Enter")
    expect(page.get_by_text("Summary: Stash's is sent to Plex now, and nothing else.")).to_be_visible()
    world.until(lambda: world.item("Sintel").summary.startswith("A lonely young woman"), "Stash's was taken")
    expect(block(page, "Summary")).to_have_count(0)
    expect(page.get_by_text("2 fields differ")).to_be_visible()
    expect(side(page, "Title", "Plex")).to_have_text("Plex's title")
    assert (world.item("Sintel").title, world.item("Sintel").studio) == ("Plex's title", "Nobody")


def test_field_that_a_setting_keeps_can_be_taken(world, scene):
    world.configure(preserve_plex_edits=True)
    world.sync()
    edit(world, title="Plex's title", summary="Plex's own words")
    page = scene()
    expect(block(page, "Title")).to_contain_text("changed in Plex since the last sync")
    expect(block(page, "Title").get_by_role("button", name="Keep Plex's: Title")).to_have_count(0)  # it is kept
    block(page, "Title").get_by_role("button", name="Take Stash's: Title").click()
    world.until(lambda: world.item("Sintel").title == "Sintel", "Stash's was taken")
    expect(block(page, "Title")).to_have_count(0)
    expect(side(page, "Summary", "Plex")).to_have_text("Plex's own words")


def test_answer_that_cannot_reach_plex_is_shown_until_it_has(world, scene):
    world.sync()
    edit(world, title="Plex's title", summary="Plex's own words")
    page = scene()
    take = block(page, "Summary").get_by_role("button", name="Take Stash's: Summary")
    expect(take).to_be_visible()
    world.plex.faults.add(Fault("status", status=400, request_kind="edit"))
    take.click()
    expect(page.get_by_role("status").filter(has_text="Summary: Plex refused the change")).to_be_visible()
    (failed,) = world.operation("ui_jobs", list="dead")["jobs"]
    assert (failed["scene_id"], failed["name"]) == (world.scenes["Sintel"], "Summary")
    world.plex.faults.clear_faults()
    take.click()
    world.until(lambda: world.item("Sintel").summary.startswith("A lonely young woman"), "Stash's was taken")
    expect(page.get_by_role("status").filter(has_text="Plex refused the change")).to_have_count(0)
    assert world.item("Sintel").title == "Plex's title"


def test_poster_of_stash_is_taken_back_from_one_that_was_chosen_in_plex(world, scene):
    world.sync()
    ours = world.item("Sintel").poster_sha1
    ask(world, "POST", f"/library/metadata/{world.keys['Sintel']}/posters", still("Hero"))
    assert world.item("Sintel").poster_sha1 != ours
    page = scene(width=1280)
    page.get_by_role("button", name="Take Stash's poster").press("Enter")
    expect(page.get_by_text("Poster: Stash's is sent to Plex now, and nothing else.")).to_be_visible()
    world.until(lambda: world.item("Sintel").poster_sha1 == ours, "Stash's was taken")


def test_tab_tells_how_one_scene_is_left_out_and_the_tag_does_it(world, scene):
    world.sync()
    page = scene(width=1280)
    how = page.get_by_role("button", name="Leave this scene out of Plex sync")
    how.press("Enter")
    expect(page.get_by_text("Name a tag in Set-up, under “Not with tags”")).to_be_visible()
    expect(page.get_by_role("link", name="Open Set-up")).to_be_visible()
    world.operation("ui_save", values={"except_tags": "Private, Seen"})
    page.get_by_role("button", name="Compare again").click()
    expect(page.get_by_text("Give it one of these tags in Stash: Private, Seen")).to_be_visible()
    world.stash.save_scene(world.scenes["Sintel"], title="Not for Plex", tags=["Private"])
    expect(page.get_by_text("The scene has the tag Private")).to_be_visible()
    expect(how).to_have_count(0)
    assert world.item("Sintel").title == "Sintel"
    world.stash.save_scene(world.scenes["Sintel"], tags=[])
    world.until(lambda: world.item("Sintel").title == "Not for Plex", "without the tag it is synced again")


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
    changes = {f"{name}.value": value for name, value in values.items()}
    query = urlencode({"type": 1, "id": world.keys["Sintel"], **changes})
    ask(world, "PUT", f"/library/sections/{world.section}/all?{query}")


def ask(world, method, target, data=None):
    """Ask Plex for something as its own page does."""
    headers = {"X-Plex-Token": world.plex.token}
    request = urllib.request.Request(f"{world.plex.url}{target}", data, headers, method=method)
    urllib.request.urlopen(request, timeout=10).close()
