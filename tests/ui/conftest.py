"""A browser, a world of stand-ins behind it, and pages that fail a test when they log an error."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ui import browser
from tests.ui.world import World

WHY_NOT = browser.why_not()
if WHY_NOT:
    if os.environ.get(browser.NEEDED):
        raise RuntimeError(f"the tests of the page must run here, and cannot: {WHY_NOT}")
    collect_ignore_glob = ["test_page_*.py"]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=browser.executable(), args=["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]
        )
        yield started
        started.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with World(tmp_path / "data") as made:
        yield made


@pytest.fixture
def open_page(chromium: Any, world: World) -> Iterator[Callable[..., Any]]:
    """Opens an address of the site in a fresh session; at the end no page may have logged an error."""
    contexts: list[Any] = []
    errors: list[str] = []

    def opened(path: str = "/plugins/stash2plex", *, width: int = 1200, height: int = 900) -> Any:
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB", timezone_id="UTC")
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(world.site.url + path)
        return page

    yield opened
    for context in contexts:
        context.close()
    unexpected = [text for text in errors if not any(part in text for part in world.expected_errors)]
    assert not unexpected, unexpected
