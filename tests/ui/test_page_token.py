"""The token in Set-up: asked for again where the address is another one, and moved out of Stash's settings."""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from settings.sources import read_token_file
from tests.fakes.plex import FakePlex, Options
from tests.plex.test_token_end import DAY_S, token_until
from tests.ui.conftest import PAGE
from tests.ui.page_house import PageHouse
from tests.ui.steps import open_step, says

SETUP = f"{PAGE}?tab=setup"


@pytest.fixture
def moved() -> Iterator[FakePlex]:
    """The same server at another address."""
    with FakePlex() as plex:
        plex.state.add_section("Movies", locations=["/media/movies"])
        yield plex


def token(page):
    return page.get_by_label("Token", exact=True)


def check(page, name="Check and save"):
    page.get_by_role("button", name=name).click()


def test_person_whose_server_moved_is_asked_for_the_token_beside_the_address(world, open_page, moved, shot):
    world.operation("ui_save", values={"plex_url": world.plex.url, "plex_token": world.plex.token})
    page = open_page(SETUP)
    says(page, "Plex server", f"Stand-in Plex · {world.plex.url}")
    open_step(page, "Plex server")
    address = page.get_by_label("Server address")
    address.fill(moved.url)
    check(page)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(f"The token was given for {world.plex.url}")
    expect(alert).to_contain_text("Has your Plex server moved?")
    expect(token(page)).to_have_attribute("aria-invalid", "true")
    expect(address).to_have_attribute("aria-invalid", "false")
    shot(page, "token-asked-again")
    expect(page.get_by_role("button", name="Save anyway")).to_have_count(0)
    assert world.settings()["plex_url"] == world.plex.url
    assert moved.journal.count() == 0
    token(page).fill(moved.token)
    check(page)
    says(page, "Plex server", f"Stand-in Plex · {moved.url}")
    expect(token(page)).to_have_value("")
    assert world.settings() == {"plex_url": moved.url}
    assert moved.token not in page.content()


def test_set_up_says_so_when_the_address_was_changed_in_stashs_own_settings(world, open_page, moved):
    world.operation("ui_save", values={"plex_url": world.plex.url, "plex_token": world.plex.token})
    world.stash.configure_plugin({"plex_url": moved.url})
    page = open_page(SETUP)
    expect(page.locator("#s2p-server-plex_token-help")).to_contain_text("type the token once more")
    expect(page.get_by_role("alert").first).to_contain_text("was not sent to")
    assert moved.journal.count() == 0
    token(page).fill(moved.token)
    check(page)
    says(page, "Plex server", f"Stand-in Plex · {moved.url}")
    expect(token(page)).to_have_attribute("aria-invalid", "false")


def test_token_is_moved_out_of_stashs_settings_with_one_button(world, open_page, shot):
    world.configure(debug=True)
    page = open_page(SETUP)
    expect(page.get_by_text("Connected to")).to_be_visible()
    shot(page, "token-in-stash")
    check(page, "Move the token out of Stash's settings")
    expect(page.get_by_text("The token is in the plugin's own file now.")).to_be_visible()
    expect(page.get_by_text("A token stands in Stash's own settings")).to_have_count(0)
    assert world.settings() == {"plex_url": world.plex.url, "debug": True}
    assert read_token_file(str(world.data_dir)).token == world.plex.token
    open_step(page, "Plex server")
    check(page, "Check again")
    expect(page.get_by_text("Connected to")).to_be_visible()


@pytest.mark.parametrize("world", ["with PLEX_TOKEN"], indirect=True)
def test_token_of_the_environment_is_typed_only_when_it_is_asked_for(world, open_page, moved):
    world.operation("ui_save", values={"plex_url": world.plex.url})
    assert world.operation("ui_check")["ok"]
    page = open_page(SETUP)
    open_step(page, "Plex server")
    expect(token(page)).to_be_disabled()
    page.get_by_label("Server address").fill(moved.url)
    check(page)
    expect(page.get_by_role("alert")).to_contain_text("Or set PLEX_URL beside PLEX_TOKEN")
    token(page).fill(moved.token)
    check(page)
    expect(page.get_by_text("Saved.", exact=True)).to_be_visible()
    expect(token(page)).to_be_disabled()
    assert world.settings() == {"plex_url": moved.url}


@pytest.fixture
def world(tmp_path, plugin_dir, prepared, request) -> Iterator[PageHouse]:
    environ = {"PLEX_TOKEN": Options().token} if hasattr(request, "param") else {}
    with PageHouse(tmp_path, plugin_dir, environ=environ, prepared=prepared) as made:
        yield made


def test_page_says_on_which_day_a_token_expires_that_still_works(world, open_page):
    world.plex.options.token = token_until(time.time() + 3.5 * DAY_S)
    world.configure(plex_token=world.plex.options.token)
    page = open_page(SETUP)
    expect(page.get_by_role("status").filter(has_text="Connected to")).to_contain_text(", in 3 days. Nothing is synced")
