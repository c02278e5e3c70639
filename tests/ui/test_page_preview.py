"""Preview: nothing that was found is lost, nothing is passed over in silence, and covers count."""

import base64
import json
import re

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import PAGE
from tests.ui.stills import still

PREVIEW = f"{PAGE}?tab=preview"


@pytest.fixture
def mixed(world):
    """One scene of each kind: that would change, is equal, is not in Plex, is left out."""
    world.fill("Sintel", "Big Buck Bunny")
    world.configure(except_tags="Private")
    world.sync()
    world.stash.library.scenes[world.scenes["Sintel"]].details = "Another story."
    world.fill("Tears of Steel", in_plex=False)
    world.stash.add_scene(title="Cosmos Laundromat", path="/data/movies/c.mkv", tags=["Private"])
    return world


def look_at_all(page):
    page.get_by_label("All scenes").check()
    page.get_by_role("button", name="Show what would change").click()


def kinds(page):
    return page.get_by_label("What came of it").get_by_role("button")


def test_every_scene_is_counted_and_can_be_listed(mixed, open_page):
    page = open_page(PREVIEW)
    look_at_all(page)
    expect(page.get_by_text("1 of 4 scenes would change.")).to_be_visible()
    expect(kinds(page)).to_have_text(["Would change 1", "Not in Plex 1", "Unclear 0", "Left out 1", "Equal 1"])
    expect(page.get_by_role("article")).to_have_attribute("aria-label", "Sintel")
    kinds(page).filter(has_text="Not in Plex").click()
    expect(page.get_by_role("article", name="Tears of Steel")).to_contain_text("Plex has no item with the file")
    kinds(page).filter(has_text="Left out").click()
    expect(page.get_by_role("article", name="Cosmos Laundromat")).to_contain_text("Private")
    kinds(page).filter(has_text="Equal").click()
    expect(page.get_by_role("article", name="Big Buck Bunny")).to_contain_text("No change")
    page.get_by_role("tab", name="Jobs").click()
    page.get_by_role("tab", name="Preview").click()
    expect(page.get_by_role("article", name="Big Buck Bunny")).to_be_visible()
    assert mixed.site.modes().count("ui_preview") == 1


def test_cover_that_would_be_sent_stands_beside_the_poster_that_plex_shows(world, open_page):
    for name in ("Sintel", "Big Buck Bunny"):
        world.put_in_plex(name, poster=still("Agent"))
    world.fill("Sintel", in_plex=False)
    world.configure()
    world.sync()
    world.configure(paused=True)
    world.fill("Big Buck Bunny", in_plex=False)
    page = open_page(PREVIEW)
    look_at_all(page)
    bunny = page.get_by_role("article", name="Big Buck Bunny")
    expect(bunny.get_by_role("row", name="Poster")).to_contain_text("Stash's cover will be sent.")
    now, then = bunny.get_by_role("figure").all()
    expect(now).to_contain_text("In Plex now")
    expect(now.get_by_role("img", name="Poster of Big Buck Bunny in Plex")).to_have_attribute(
        "src", f"data:image/png;base64,{base64.b64encode(still('Agent')).decode()}"
    )
    sent = then.get_by_role("img", name="Cover of Big Buck Bunny in Stash")
    expect(sent).to_have_attribute("src", re.compile(rf"^/scene/{world.scenes['Big Buck Bunny']}/screenshot\?t="))
    assert sent.evaluate("image => image.decode().then(() => image.naturalWidth)") == 320
    kinds(page).filter(has_text="Equal").click()
    expect(page.get_by_role("article", name="Sintel")).to_be_visible()
    expect(page.get_by_role("figure")).to_have_count(0)
    page.get_by_role("tab", name=re.compile("History|Last syncs")).click()
    expect(page.get_by_role("listitem").locator("img[src^='data:image/png']")).to_have_count(1)
    assert world.site.modes().count("ui_pictures") == 2


def test_posters_that_do_not_fit_in_one_answer_come_with_the_next(world, open_page):
    names = [f"Trailer {number}" for number in range(9)]
    for name in names:
        world.put_in_plex(name, poster=still("Agent") + name.encode() + b"\0" * 400_000)
    world.fill("Sintel")
    world.configure()
    world.sync()
    world.configure(paused=True)
    world.fill(*names, in_plex=False)
    page = open_page(PREVIEW, height=9000)
    look_at_all(page)
    expect(page.get_by_role("figure").locator("img[src^='data:image/png']")).to_have_count(9)
    assert world.site.modes().count("ui_pictures") == 2


def test_background_that_would_be_sent_stands_beside_the_one_that_plex_shows(world, open_page):
    world.put_in_plex("Sintel", poster=still("Agent"), background=still("Hero"))
    world.put_in_plex("Big Buck Bunny")
    world.fill("Cosmos Laundromat")
    world.configure()
    world.sync()
    world.configure(background_image="cover", paused=True)
    world.fill("Sintel", "Big Buck Bunny", in_plex=False)
    page = open_page(PREVIEW)
    look_at_all(page)
    sintel = page.get_by_role("article", name="Sintel")
    now, then = (
        sintel.get_by_role("figure", name=each) for each in ("Background in Plex now", "Background afterwards")
    )
    expect(now.get_by_role("img", name="Background of Sintel in Plex")).to_have_attribute(
        "src", f"data:image/png;base64,{base64.b64encode(still('Hero')).decode()}"
    )
    sent = then.get_by_role("img", name="Cover of Sintel in Stash")
    expect(sent).to_have_attribute("src", re.compile(rf"^/scene/{world.scenes['Sintel']}/screenshot\?t="))
    expect(sintel.get_by_role("figure", name="In Plex now", exact=True)).to_have_count(1)
    bunny = page.get_by_role("article", name="Big Buck Bunny")
    bunny.scroll_into_view_if_needed()
    expect(bunny.get_by_role("figure", name="Background in Plex now")).to_contain_text("No background to show")
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    page.get_by_role("tab", name="Plex").click()
    both = page.get_by_role("figure", name=re.compile("^Background"))
    expect(both).to_have_count(2)
    expect(both.first.get_by_role("img", name="Background of Sintel in Plex")).to_be_visible()
    expect(both.last).to_contain_text("Background from Stash")


def test_error_keeps_what_was_found_and_it_is_gone_on_with_from_there(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.sync()
    for number in range(60):
        world.stash.add_scene(title=f"Trailer {number}", path=f"/data/movies/trailer {number}.mkv")
    world.expected_errors.append("500 (Internal Server Error)")
    page = open_page(PREVIEW)
    expect(page.get_by_label("All scenes")).to_be_visible()

    def fail_at_the_second_page(route):
        args = (json.loads(route.request.post_data or "{}").get("variables") or {}).get("args") or {}
        if args.get("mode") == "ui_preview" and args.get("after"):
            route.fulfill(status=500, body="")
        else:
            route.fallback()

    page.route("**/graphql", fail_at_the_second_page)
    look_at_all(page)
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_text("0 of 50 scenes would change. Of 61; the rest was not looked at.")).to_be_visible()
    page.unroute("**/graphql")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("0 of 61 scenes would change.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(kinds(page).filter(has_text="Not in Plex")).to_have_text("Not in Plex 60")
