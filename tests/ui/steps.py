"""The steps of Set-up: what each says while it is folded, and opening one."""

from typing import Any

from playwright.sync_api import expect


def step(page: Any, name: str) -> Any:
    """Return the step with this name, such as "Plex server"."""
    return page.locator(".s2p-step").and_(page.get_by_role("region", name=name, exact=True))


def says(page: Any, name: str, words: str) -> None:
    """Expect that the step is done, and says this in its line."""
    expect(step(page, name).locator(".s2p-step-summary")).to_contain_text(f"Done. {words}")


def open_step(page: Any, name: str) -> Any:
    """Open the step that is done and folded, once it is; return it."""
    step(page, name).get_by_role("button", name=f"Change: {name}").click()
    expect(step(page, name).get_by_role("button", name=f"Fold: {name}")).to_have_attribute("aria-expanded", "true")
    return step(page, name)


def pass_by(page: Any, *names: str) -> None:
    """Go past these steps, one after the other."""
    for name in names:
        step(page, name).get_by_role("button", name="Next step").click()
