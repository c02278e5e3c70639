"""A browser, a world of stand-ins behind it, and pages that fail a test when they log an error."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tasks.registry import OPERATIONS
from tests.fakes.stash.prepared import WORKS, Prepared
from tests.house import ROOT
from tests.ui import browser
from tests.ui.page_house import PageHouse

WHY_NOT = browser.why_not()
if WHY_NOT:
    if os.environ.get(browser.NEEDED):
        raise RuntimeError(f"the tests of the page must run here, and cannot: {WHY_NOT}")
    collect_ignore_glob = ["test_page_*.py"]

PAGE = "/plugins/stash2plex"
_LIKE = {"locale": "en-GB", "timezone_id": "UTC", "reduced_motion": "reduce"}
LEAST_HEIGHT = 320
NO_BAR = " .top-nav { display: none }"  # that is fixed stands in the middle of a tall part
NO_TOASTS = (
    ".toast-container { display: none }"  # in a screenshot: what they say of the step before covers what is shown
)
MOST_HEIGHT = 1500


@pytest.fixture(scope="session")
def plugin_dir(installed: Path) -> Path:
    """The plugin's folder, as Stash has it after an installation; nobody writes to it."""
    return installed


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=45_000)  # far more than it ever takes, because other programs may have the processors
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=browser.executable(),
            args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none", "--renderer-process-limit=1"],
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def prepared(plugin_dir: Path) -> Iterator[Prepared | None]:
    """Each look of a page is a process; what such a start costs a person is measured in bench."""
    if not WORKS:
        yield None
        return
    modules = {place.partition(":")[0] for place in OPERATIONS.values()} | {"stash.client", "plexapi.server", "yaml"}
    made = Prepared(str(plugin_dir / "Stash2Plex.py"), modules)
    yield made
    made.close()


@pytest.fixture
def world(tmp_path: Path, plugin_dir: Path, prepared: Prepared | None) -> Iterator[PageHouse]:
    with PageHouse(tmp_path, plugin_dir, prepared=prepared) as made:
        yield made


@pytest.fixture(scope="session")
def usual(chromium: Any) -> Iterator[Any]:
    """A session of the browser that goes on from test to test: a fresh one costs as much as the page in it."""
    context = chromium.new_context(**_LIKE)
    yield context
    context.close()


@pytest.fixture
def open_page(chromium: Any, usual: Any, world: PageHouse) -> Iterator[Callable[..., Any]]:
    """Opens an address of the site as somebody who has never been there, with a clock to be wound on if wished.

    At the end no page may have logged an error.
    """
    opened: list[Any] = []
    errors: list[str] = []

    def open_it(path: str = PAGE, *, width: int = 1200, height: int = 900, has_clock: bool = False) -> Any:
        context = chromium.new_context(**_LIKE) if opened or has_clock else usual
        context.set_default_timeout(45_000)
        page = context.new_page()
        opened.append(page)
        page.set_viewport_size({"width": width, "height": height})
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        if has_clock:
            page.clock.install()
        page.goto(world.site.url + path)
        return page

    yield open_it
    for page in opened:
        _leave(page, world.site.url, usual)
    unexpected = [text for text in errors if not any(part in text for part in world.expected_errors)]
    assert not unexpected, unexpected


def _leave(page: Any, address: str, usual: Any) -> None:
    """Forget what the site has stored: the next one may be at the same port."""
    if page.context is not usual:
        page.context.close()
        return
    usual.new_cdp_session(page).send("Storage.clearDataForOrigin", {"origin": address, "storageTypes": "all"})
    page.close()


@pytest.fixture
def shot() -> Callable[..., None]:
    """Take a screenshot of a page, or of the part `of` it, into the folder that SCREENSHOTS names (`make screenshots`)."""
    named = os.environ.get("SCREENSHOTS")
    if not named:
        return lambda *_args, **_named: None
    folder = ROOT / named
    folder.mkdir(parents=True, exist_ok=True)

    def take(page: Any, name: str, *, of: Any = None) -> None:
        page.mouse.move(0, 0)
        page.wait_for_function(
            "[...document.images].every((image) => image.complete || image.getBoundingClientRect().top > innerHeight)"
        )
        path = folder / f"{name}.png"
        if of is not None:
            of.screenshot(path=path, animations="disabled", style=NO_TOASTS + NO_BAR)
            return
        size = page.viewport_size
        page.set_viewport_size({"width": size["width"], "height": _height(page)})
        page.evaluate("window.scrollTo(0, 0)")
        page.screenshot(path=path, animations="disabled", style=NO_TOASTS)
        page.set_viewport_size(size)

    return take


def _height(page: Any) -> int:
    """That of what a page holds: without what is empty below it, nor its lower end where that is very long."""
    size = page.viewport_size
    page.set_viewport_size({"width": size["width"], "height": LEAST_HEIGHT})
    content = page.evaluate(
        """Math.max(...[...document.querySelectorAll("*")].filter((node) => node === document.documentElement
            || /auto|scroll/.test(getComputedStyle(node).overflowY)).map((node) => node.offsetTop + node.scrollHeight))"""
    )
    return min(max(content, LEAST_HEIGHT), MOST_HEIGHT)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Silence would look like success."""
    if WHY_NOT:
        terminalreporter.write_line(f"The tests of the page in a browser did not run: {WHY_NOT}.", yellow=True)
