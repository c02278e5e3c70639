"""Plain HTTP to one Plex, and the gate before everything that writes.

A write without an id, or with one of another library, would hurt somebody who only wanted to help us. So there is no
way here to send any request that writes: each kind of write is a method, takes rating keys, and refuses those that are
not owned.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree import ElementTree as ET

import requests

Pairs = Sequence[tuple[str, str]]

PAGE: Final = {"X-Plex-Container-Start": "0", "X-Plex-Container-Size": "500"}
BARE: Final[dict[str, str]] = {}
_TIMEOUT_S: Final = 60
_SHOWN_BY: Final = {"posters": "thumb", "arts": "art"}
_CHOSEN_BY: Final = {"posters": "poster", "arts": "art"}


class NotOurs(Exception):
    """A write that would leave the scratch library; nothing was sent."""


class Wire:
    """One connection. `written` holds the keys of all items that a write may have changed since it was emptied."""

    def __init__(self, url: str, token: str) -> None:
        self.written: set[int] = set()
        self._url = url.rstrip("/")
        self._token = token
        self._session = requests.Session()
        self._session.trust_env = False
        self._ours: frozenset[int] = frozenset()

    def own(self, keys: Iterable[int]) -> None:
        """Allow writes to these items too: those of the scratch library, and keys that no item has."""
        self._ours |= frozenset(keys)

    def get(
        self, path: str, params: Pairs = (), headers: dict[str, str] = PAGE, token: str | None = ""
    ) -> requests.Response:
        """Ask; `token`: "" the right one, None no token at all."""
        return self._send("GET", path, params, headers=headers, token=token)

    def xml(self, path: str, params: Pairs = (), headers: dict[str, str] = PAGE) -> ET.Element:
        """Ask for what must be there."""
        answer = self.get(path, params, headers)
        answer.raise_for_status()
        return ET.fromstring(answer.content)

    def edit(self, section: int, keys: Iterable[int], fields: Pairs, *, kind: str = "1", as_form: bool = False) -> int:
        """Change fields of items by the address of their library; gives the status. `kind` 18 is collections."""
        target = [("type", kind), ("id", self._demand(keys))]
        path = f"/library/sections/{section}/all"
        if as_form:
            return self._send("PUT", path, target, data=list(fields)).status_code
        return self._send("PUT", path, [*target, *fields]).status_code

    def edit_item(self, key: int, fields: Pairs) -> int:
        """Change fields of one item by its own address."""
        return self._send("PUT", f"/library/metadata/{self._demand([key])}", fields).status_code

    def rate(self, key: int, rating: str) -> int:
        """Set the user's rating; "-1" clears it."""
        params = [("key", self._demand([key])), ("identifier", "com.plexapp.plugins.library"), ("rating", rating)]
        return self._send("PUT", "/:/rate", params).status_code

    def upload(self, key: int, shelf: str, data: bytes) -> int:
        """Add a picture; `shelf` is "posters" or "arts". **It stays in the list of the item for good.**"""
        return self._send("POST", f"/library/metadata/{self._demand([key])}/{shelf}", data=data).status_code

    def choose(self, key: int, shelf: str, url: str) -> requests.Response:
        """Show a picture of the list."""
        return self._send("PUT", f"/library/metadata/{self._demand([key])}/{_CHOSEN_BY[shelf]}", [("url", url)])

    def clear_choice(self, key: int, shelf: str) -> int:
        """Take the choice of a picture back."""
        return self._send("DELETE", f"/library/metadata/{self._demand([key])}/{_SHOWN_BY[shelf]}").status_code

    def scan(self, section: int, folder: str) -> int:
        """Have one folder read."""
        if not folder:
            raise NotOurs("a scan without a folder reads the whole library")
        return self._send("GET", f"/library/sections/{section}/refresh", [("path", folder)]).status_code

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()

    def _demand(self, keys: Iterable[int]) -> str:
        wanted = list(keys)
        if not wanted or not self._ours.issuperset(wanted):
            raise NotOurs(f"a write to {wanted or 'no item at all'}; nothing was sent")
        self.written.update(wanted)
        return ",".join(map(str, wanted))

    def _send(
        self,
        method: str,
        path: str,
        params: Pairs = (),
        *,
        data: bytes | Pairs | None = None,
        headers: dict[str, str] = BARE,
        token: str | None = "",
    ) -> requests.Response:
        sent = {
            "X-Plex-Client-Identifier": "stash2plex-contract",
            "X-Plex-Product": "Stash2Plex contract tests",
            **headers,
        }
        if token is not None and (token or self._token):
            sent["X-Plex-Token"] = token or self._token
        return self._session.request(
            method,
            self._url + path,
            params=list(params),
            data=data,
            headers=sent,
            timeout=_TIMEOUT_S,
            allow_redirects=False,
        )
