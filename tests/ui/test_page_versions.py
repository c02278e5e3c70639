"""The page in every Stash that people run: what its browser side offers differs, and what it lacks must not take Stash's own pages down."""

import pytest
from playwright.sync_api import expect

from tests.ui.conftest import PAGE
from tests.ui.offers import OFFERS

NO_TAB = "This Stash has no place for the Plex tab on a scene's page."
UNFIT = "This Stash is too old or too new for Stash2Plex's page."


@pytest.mark.parametrize("version", OFFERS)
def test_icon_page_and_tab_are_there_in_each_version(world, open_page, version):
    world.fill("Sintel")
    world.configure()
    world.site.version = version
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    icon = page.locator(".s2p-bar:visible")
    expect(icon.locator("svg")).to_be_visible()
    has_tab = "ScenePage.Tabs" in OFFERS[version]["patches"]
    tab = page.get_by_role("tab", name="Plex")
    expect(tab).to_have_count(int(has_tab))
    if has_tab:
        tab.click()
        expect(page.get_by_text("Never synced")).to_be_visible()
    icon.click()
    expect(page).to_have_url(f"{world.site.url}{PAGE}")
    expect(page.locator(".s2p-status-icon")).to_be_visible()
    expect(page.get_by_text(NO_TAB)).to_have_count(int(not has_tab))


def test_page_opens_by_its_address_where_stash_draws_itself_before_plugins_come(world, open_page):
    world.configure()
    world.site.version = "0.27.0"
    page = open_page()
    expect(page.get_by_role("tab", name="Set-up")).to_be_visible()


@pytest.mark.parametrize(
    "part",
    [
        "React.Component",
        "libraries.Apollo",
        "libraries.Bootstrap.Tab",
        "libraries.Bootstrap.Nav",
        "libraries.Bootstrap.Button",
        "libraries.ReactRouterDOM.useHistory",
        "libraries.ReactRouterDOM.useLocation",
        "libraries.ReactRouterDOM.Link",
        "libraries.ReactRouterDOM.NavLink",
        "utils.StashService.getClient",
        "register.route",
    ],
)
def test_part_that_is_missing_is_told_and_leaves_stash_alone(world, open_page, part):
    world.fill("Sintel")
    place, _, name = part.rpartition(".")
    world.site.prepare = (
        f"window.HARNESS_PREPARE = (api) => {{ const place = {{ ...api.{place} }}; delete place.{name}; "
        f"{_put(place)}; }};"
    )
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    expect(page.get_by_role("heading", name="Sintel")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(UNFIT)
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_icon_is_a_word_where_nothing_draws_icons(world, open_page):
    world.configure()
    world.site.prepare = "window.HARNESS_PREPARE = (api) => { delete api.components.Icon; };"
    page = open_page("/")
    expect(page.locator(".s2p-bar:visible")).to_have_text("Plex")


def test_what_fails_while_it_is_drawn_is_left_out_alone(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.expected_errors += ["not as it was", "The above error occurred"]
    world.site.prepare = (
        "window.HARNESS_PREPARE = (api) => { api.components.Icon = () => { throw new Error('not as it was'); }; };"
    )
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    expect(page.get_by_role("heading", name="Sintel")).to_be_visible()
    expect(page.locator(".s2p-bar")).to_have_count(0)
    page = open_page()
    expect(page.get_by_text(UNFIT)).to_be_visible()


CHANGED = [
    "libraries.Apollo.gql",
    "libraries.Bootstrap.Badge",
    "libraries.Bootstrap.Button",
    "libraries.Bootstrap.Nav",
    "libraries.Bootstrap.Tab",
    "libraries.ReactRouterDOM.useHistory",
    "libraries.ReactRouterDOM.useLocation",
    "libraries.ReactRouterDOM.Link",
    "libraries.ReactRouterDOM.NavLink",
    "utils.StashService.getClient",
    "hooks.useToast",
    "components.Icon",
]


@pytest.mark.parametrize("part", CHANGED)
def test_part_that_is_another_one_leaves_stashs_own_pages_alone(world, open_page, part):
    world.fill("Sintel")
    world.configure()
    world.expected_errors += ["not as it was", "The above error occurred", "type is invalid"]
    place, _, name = part.rpartition(".")
    world.site.prepare = (
        f"window.HARNESS_PREPARE = (api) => {{ const place = {{ ...api.{place} }}; "
        f"place.{name} = () => {{ throw new Error('not as it was'); }}; {_put(place)}; }};"
    )
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    expect(page.get_by_role("heading", name="Sintel")).to_be_visible()
    ours = page.get_by_role("tab", name="Plex")
    if part != "libraries.Bootstrap.Nav":
        ours.click()
    page.get_by_role("tab", name="Details").click()
    expect(page.get_by_text("A lonely young woman")).to_be_visible()
    expect(page.get_by_role("link", name="Settings").first).to_be_visible()


@pytest.mark.parametrize("place", ["patch.before", "register.route"])
def test_place_to_put_something_that_is_another_one_is_told(world, open_page, place):
    world.fill("Sintel")
    world.site.prepare = (
        f"window.HARNESS_PREPARE = (api) => {{ api.{place} = () => {{ throw new Error('not as it was'); }}; }};"
    )
    page = open_page(f"/scenes/{world.scenes['Sintel']}")
    expect(page.get_by_role("heading", name="Sintel")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text(UNFIT)


@pytest.mark.parametrize("tab", ["", "?tab=preview", "?tab=setup"])
def test_page_says_once_that_stash_is_too_old(world, open_page, tab):
    world.fill("Sintel")
    world.configure()
    world.stash.library.settings.version = "v0.26.2"
    page = open_page(f"{PAGE}{tab}")
    expect(page.get_by_text("Stash v0.26.2 is too old for Stash2Plex, which needs v0.27.0 or newer.")).to_have_count(1)
    expect(page.get_by_text("by itself")).to_have_count(0)


def _put(place: str) -> str:
    """A copy in its place: what was there belongs to the modules of the libraries, and cannot be changed."""
    outer, _, name = place.rpartition(".")
    if not outer:
        return f"Object.assign(api, {{ {name}: place }})"
    return f"api.{outer} = {{ ...api.{outer}, {name}: place }}"
