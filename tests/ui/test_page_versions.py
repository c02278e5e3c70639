"""The page in every Stash that people run: what its browser side offers differs, and what it lacks must not take Stash's own pages down."""

import pytest
from playwright.sync_api import Page, expect

from tests.ui.conftest import PAGE
from tests.ui.offers import OFFERS
from tests.ui.page_house import PageHouse

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


MISSING = [
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
]


def test_part_that_is_missing_is_told_and_leaves_stash_alone(world, open_page):
    world.fill("Sintel")
    page = open_page("/harness/stash.css")
    for part in MISSING:
        place, _, name = part.rpartition(".")
        _visit_with(page, world, f"const place = {{ ...api.{place} }}; delete place.{name}; {_put(place)};")
        expect(page.get_by_role("heading", name="Sintel"), part).to_be_visible()
        expect(page.get_by_role("alert"), part).to_contain_text(UNFIT)
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("alert"), part).to_have_count(0)


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


def test_part_that_is_another_one_leaves_stashs_own_pages_alone(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.expected_errors += ["not as it was", "Minified React error #130"]
    page = open_page("/harness/stash.css")
    for part in CHANGED:
        place, _, name = part.rpartition(".")
        _visit_with(
            page,
            world,
            f"const place = {{ ...api.{place} }}; "
            f"place.{name} = () => {{ throw new Error('not as it was'); }}; {_put(place)};",
        )
        expect(page.get_by_role("heading", name="Sintel"), part).to_be_visible()
        ours = page.get_by_role("tab", name="Plex")
        if part != "libraries.Bootstrap.Nav":
            ours.click()
        page.get_by_role("tab", name="Details").click()
        expect(page.get_by_text("A lonely young woman"), part).to_be_visible()
        expect(page.get_by_role("link", name="Settings").first, part).to_be_visible()


def test_place_to_put_something_that_is_another_one_is_told(world, open_page):
    world.fill("Sintel")
    page = open_page("/harness/stash.css")
    for place in ("patch.before", "register.route"):
        _visit_with(page, world, f"api.{place} = () => {{ throw new Error('not as it was'); }};")
        expect(page.get_by_role("heading", name="Sintel"), place).to_be_visible()
        expect(page.get_by_role("alert"), place).to_contain_text(UNFIT)


def test_page_says_once_that_stash_is_too_old(world, open_page):
    world.fill("Sintel")
    world.configure()
    world.stash.library.settings.version = "v0.26.2"
    page = open_page("/harness/stash.css")
    for tab in ("", "?tab=preview", "?tab=setup"):
        page.goto(f"{world.site.url}{PAGE}{tab}")
        too_old = page.get_by_text("Stash v0.26.2 is too old for Stash2Plex, which needs v0.27.0 or newer.")
        expect(too_old, tab).to_have_count(1)
        expect(page.get_by_text("by itself"), tab).to_have_count(0)


def _visit_with(page: Page, world: PageHouse, change: str) -> None:
    """Open the scene's page as in a new session, with another PluginApi."""
    page.evaluate("sessionStorage.clear()")
    world.site.prepare = f"window.HARNESS_PREPARE = (api) => {{ {change} }};"
    page.goto(f"{world.site.url}/scenes/{world.scenes['Sintel']}")


def _put(place: str) -> str:
    """A copy in its place: what was there belongs to the modules of the libraries, and cannot be changed."""
    outer, _, name = place.rpartition(".")
    if not outer:
        return f"Object.assign(api, {{ {name}: place }})"
    return f"api.{outer} = {{ ...api.{outer}, {name}: place }}"


def test_stashs_own_settings_of_the_plugin_lead_to_the_page_and_those_of_others_do_not(world, open_page):
    world.configure()
    page = open_page("/settings")
    expect(page.get_by_text("The settings of Another")).to_be_visible()
    expect(page.get_by_role("link", name="Open Stash2Plex")).to_have_count(1)
    page.get_by_role("region", name="Stash2Plex").get_by_role("link", name="Open Stash2Plex").click()
    expect(page.get_by_role("tab", name="Set-up")).to_have_attribute("aria-selected", "true")
