"""What a scene's tab shows of one field."""

from typing import Any


def block(page: Any, field: str) -> Any:
    """Return the field's own block, which is there where it differs or stays for a reason."""
    return page.get_by_role("group", name=field, exact=True)


def side(page: Any, field: str, name: str) -> Any:
    """Return what stands beside `name` ("Stash", "Plex", "Last written") in the field's block."""
    return block(page, field).locator(f"dt:text-is('{name}') + dd")
