"""A browser, a world of stand-ins behind it, and pages that fail a test when they log an error."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.house import ROOT
from tests.ui import browser
from tests.ui.page_house import PageHouse

WHY_NOT = browser.why_not()
if WHY_NOT:
    if os.environ.get(browser.NEEDED):
        raise RuntimeError(f"the tests of the page must run here, and cannot: {WHY_NOT}")
    collect_ignore_glob = ["test_page_*.py"]

PAGE = "/plugins/stash2plex"
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
            executable_path=browser.executable(), args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]
        )
        yield started
        started.close()


@pytest.fixture
def world(tmp_path: Path, plugin_dir: Path) -> Iterator[PageHouse]:
    with PageHouse(tmp_path, plugin_dir) as made:
        yield made


@pytest.fixture
def open_page(chromium: Any, world: PageHouse) -> Iterator[Callable[..., Any]]:
    """Opens an address of the site in a fresh session, with a clock to be wound on if wished.

    At the end no page may have logged an error.
    """
    contexts: list[Any] = []
    errors: list[str] = []

    def opened(path: str = PAGE, *, width: int = 1200, height: int = 900, has_clock: bool = False) -> Any:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", timezone_id="UTC", reduced_motion="reduce"
        )
        context.set_default_timeout(45_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        if has_clock:
            page.clock.install()
        page.goto(world.site.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    unexpected = [text for text in errors if not any(part in text for part in world.expected_errors)]
    assert not unexpected, unexpected


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
        if of is None:
            page.evaluate("window.scrollTo(0, 0)")  # the bar is fixed, and would stand in the middle of a long page
            page.screenshot(path=path, full_page=True, clip=_top(page), animations="disabled")
        else:
            of.screenshot(path=path, animations="disabled")

    return take


def _top(page: Any) -> dict[str, float]:
    """A page without its lower end, where that is very long."""
    size = page.viewport_size
    height = page.evaluate("document.documentElement.scrollHeight")
    return {"x": 0, "y": 0, "width": size["width"], "height": min(height, MOST_HEIGHT)}


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Silence would look like success."""
    if WHY_NOT:
        terminalreporter.write_line(f"The tests of the page in a browser did not run: {WHY_NOT}.", yellow=True)
