"""Signing in with Plex on the page: a browser, the operations of the plugin, and a stand-in of plex.tv."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tasks.context import TaskContext, TaskError
from tasks.registry import run
from tests.fakes.answering import PLEX_DIRECT, Answer, AnsweringServer
from tests.fakes.plex_tv import FakePlexTv
from tests.ui.conftest import PAGE
from tests.ui.steps import open_step, says


@pytest.fixture
def plex_tv(world) -> Iterator[FakePlexTv]:
    with FakePlexTv() as fake:
        port = urlsplit(world.plex.url).port
        fake.add_server("Tower", world.plex.options.machine_identifier, world.plex.token, 9, port)
        yield fake


def lead_to(page: Any, world: Any, plex_tv: FakePlexTv) -> None:
    """Answer the operations of the sign-in here: a process of the plugin knows the true plex.tv only."""
    script = str(world.plugin_dir / "Stash2Plex.py")
    connection = world.stash.server_connection()
    context = TaskContext(str(world.data_dir), str(world.plugin_dir), script, connection, {}, plex_tv=plex_tv.url)

    def answer(route: Any) -> None:
        args = (json.loads(route.request.post_data).get("variables") or {}).get("args") or {}
        if not str(args.get("mode")).startswith("ui_sign_in"):
            route.fallback()
            return
        try:
            route.fulfill(json={"data": {"runPluginOperation": run(args, context)}})
        except TaskError as error:
            failure = {"message": str(error), "path": ["runPluginOperation"]}
            route.fulfill(json={"data": None, "errors": [failure]})

    page.route("**/graphql", answer)


def test_person_signs_in_and_takes_a_server_without_typing_anything(world, open_page, plex_tv, shot):
    page = open_page(f"{PAGE}?tab=setup", width=450, has_clock=True)
    lead_to(page, world, plex_tv)
    page.get_by_role("button", name="Sign in with Plex").click()
    link = page.get_by_role("link", name="Open Plex's page")
    expect(link).to_have_attribute("target", "_blank")
    assert link.get_attribute("href").startswith("https://app.plex.tv/auth#?clientID=")
    shot(page, "sign-in-approve")
    plex_tv.approve()
    page.clock.fast_forward(4000)
    near = page.get_by_label(f"Tower {world.plex.url} answers")
    expect(near).to_be_checked()
    expect(page.get_by_text("does not answer").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    shot(page, "sign-in-servers")
    page.get_by_label("Another address of this server").fill("127.0.0.1:9")
    page.get_by_role("button", name="Use this server").click()
    expect(page.get_by_role("alert")).to_contain_text("127.0.0.1:9")
    page.get_by_label("Another address of this server").fill("")
    page.get_by_role("button", name="Use this server").click()
    says(page, "Plex server", f"Stand-in Plex · {world.plex.url}")
    open_step(page, "Plex server")
    expect(page.get_by_label("Server address")).to_have_value(world.plex.url)
    assert world.settings() == {"plex_url": world.plex.url}
    assert world.plex.token not in page.content()


def test_first_tab_is_told_when_another_one_begins_a_sign_in(world, open_page, plex_tv):
    first, second = (open_page(f"{PAGE}?tab=setup", has_clock=True) for _ in range(2))
    world.expected_errors.append("sign-in")
    begin(first, world, plex_tv)
    begin(second, world, plex_tv)
    first.clock.fast_forward(4000)
    expect(first.get_by_role("alert")).to_contain_text("begun anew elsewhere")
    expect(first.get_by_role("link", name="Open Plex's page")).to_have_count(0)
    plex_tv.approve()
    second.clock.fast_forward(4000)
    expect(second.get_by_label(f"Tower {world.plex.url} answers")).to_be_checked()


def begin(page: Any, world: Any, plex_tv: FakePlexTv) -> None:
    lead_to(page, world, plex_tv)
    page.get_by_role("button", name="Sign in with Plex").click()
    expect(page.get_by_role("link", name="Open Plex's page")).to_be_visible()


def test_person_who_approves_during_an_outage_is_waited_for(world, open_page, plex_tv):
    page = open_page(f"{PAGE}?tab=setup", has_clock=True)
    world.expected_errors.append("502")
    begin(page, world, plex_tv)
    plex_tv.broken = (503, b"")
    page.clock.fast_forward(4000)
    expect(page.get_by_role("alert")).to_contain_text("Plex.tv answered 503")
    expect(page.get_by_role("link", name="Open Plex's page")).to_be_visible()
    plex_tv.broken = None
    away = []

    def gone(route: Any) -> None:
        if "ui_sign_in_look" not in (route.request.post_data or "") or away:
            route.fallback()
            return
        away.append(route.fulfill(status=502, body="Bad gateway"))

    page.route("**/graphql", gone)
    page.clock.fast_forward(4000)
    expect(page.get_by_role("alert")).to_contain_text("Stash does not answer")
    plex_tv.approve()
    page.clock.fast_forward(4000)
    expect(page.get_by_label(f"Tower {world.plex.url} answers")).to_be_checked()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_wait_ends_when_the_outage_does_not_and_when_the_sign_in_is_over(world, open_page, plex_tv):
    page = open_page(f"{PAGE}?tab=setup", has_clock=True)
    begin(page, world, plex_tv)
    plex_tv.broken = (503, b"")
    page.clock.fast_forward(4000)
    expect(page.get_by_role("alert")).to_contain_text("Plex.tv answered 503")
    page.clock.fast_forward(6 * 60_000)
    expect(page.get_by_role("button", name="Sign in with Plex")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("Plex.tv answered 503")
    plex_tv.broken = None
    page.get_by_role("button", name="Sign in with Plex").click()
    expect(page.get_by_role("link", name="Open Plex's page")).to_be_visible()
    plex_tv.pins.clear()
    page.clock.fast_forward(4000)
    expect(page.get_by_role("alert")).to_contain_text("has expired, was refused")
    expect(page.get_by_role("button", name="Sign in with Plex")).to_be_visible()


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_certificate_that_does_not_fit_can_be_let_pass_where_the_server_is_chosen(world, open_page, plex_tv):
    identity = f'<MediaContainer machineIdentifier="{world.plex.options.machine_identifier}"/>'.encode()
    page = open_page(f"{PAGE}?tab=setup", has_clock=True)
    begin(page, world, plex_tv)
    plex_tv.approve()
    page.clock.fast_forward(4000)
    skip = page.get_by_role("group", name="Your servers").get_by_label("Do not check the certificate")
    expect(page.get_by_role("button", name="Use this server")).to_be_visible()
    expect(skip).to_have_count(0)
    with AnsweringServer(Answer(identity), certificate=PLEX_DIRECT) as secure:
        page.get_by_label("Another address of this server").fill(secure.url)
        page.get_by_role("button", name="Use this server").click()
        expect(page.get_by_role("alert")).to_contain_text("plex.direct")
        assert world.settings() == {}
        skip.check(force=True)
        page.get_by_role("button", name="Use this server").click()
        expect(page.get_by_label("Server address")).to_have_value(secure.url)
    assert world.settings() == {"plex_url": secure.url, "skip_tls_verify": True}


def test_address_is_completed_and_what_was_said_of_it_goes_when_it_is_typed_anew(world, open_page):
    page = open_page(f"{PAGE}?tab=setup")
    bare = world.plex.url.removeprefix("http://")
    page.get_by_label("Server address").fill("127.0.0.1:9")
    page.get_by_label("Token", exact=True).fill(world.plex.token)
    page.get_by_role("button", name="Check and save").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Understood as http://127.0.0.1:9.")
    page.get_by_label("Server address").fill(bare)
    expect(alert).to_have_count(0)
    page.get_by_role("button", name="Check and save").click()
    expect(page.get_by_text("Connected to")).to_be_visible()
    world.until(lambda: world.settings() == {"plex_url": world.plex.url}, "the whole address is saved")
