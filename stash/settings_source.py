"""Stash's configuration: the plugin's settings, the library folders, the version. Parses no setting.

What asks raises what StashClient.query raises.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stash.client import StashClient
from stash.errors import StashRejected

PLUGIN_ID: Final = "Stash2Plex"
OLDEST_VERSION: Final = (0, 27, 0)
"""The first Stash that has groups; older ones refuse the query for scenes."""

_CONFIGURATION: Final = (
    "query ($plugins: [ID!]) { configuration { plugins(include: $plugins) general { stashes { path } } } "
    "version { version } }"
)
_DATABASE: Final = "query { systemStatus { databasePath } }"
_CONFIGURE: Final = "mutation ($id: ID!, $input: Map!) { configurePlugin(plugin_id: $id, input: $input) }"
_LONGEST_VERSION: Final = 100
_LONGEST_PATH: Final = 300


@dataclass(frozen=True, slots=True)
class Configuration:
    """One answer of Stash about itself.

    Attributes:
        plugin_settings: as stored, e.g. `{"plex_url": "http://…"}`; untouched switches and numbers are absent. May hold
            the token.
        library_folders: as Stash sees them, e.g. `("/data",)`.
        version: e.g. "v0.30.1"; "" in a build of one's own.
    """

    plugin_settings: Mapping[str, Any] = field(repr=False)
    library_folders: tuple[str, ...]
    version: str


def configuration(client: StashClient) -> Configuration:
    """Ask Stash, in one query, for all of `Configuration`."""
    answer = client.query(_CONFIGURATION, {"plugins": [PLUGIN_ID]})
    stored = _dict(answer.get("configuration"))
    folders = _dict(stored.get("general")).get("stashes")
    paths = [_dict(folder).get("path") for folder in folders] if isinstance(folders, list) else []
    return Configuration(
        plugin_settings=_dict(_dict(stored.get("plugins")).get(PLUGIN_ID)),
        library_folders=tuple(path for path in paths if isinstance(path, str) and path),
        version=str(_dict(answer.get("version")).get("version") or "")[:_LONGEST_VERSION],
    )


def database_path(client: StashClient) -> str:
    """Return where Stash's database is, as it sees it: a hint for people, no proof. "" if it does not say."""
    path = _dict(client.query(_DATABASE, {}).get("systemStatus")).get("databasePath")
    return path[:_LONGEST_PATH] if isinstance(path, str) else ""


def store(client: StashClient, values: Mapping[str, Any]) -> None:
    """Have Stash keep `values` as the plugin's settings: all of them, for Stash replaces the whole map.

    Source: configurePlugin, measured on v0.30.1.
    """
    client.query(_CONFIGURE, {"id": PLUGIN_ID, "input": dict(values)})


def require_supported(version: str) -> None:
    """Raise StashRejected, with a sentence for the user, for a Stash that is too old.

    A version that can't be read is a build of one's own, and mostly newer.
    """
    found = re.match(r"v?(\d{1,6})\.(\d{1,6})\.(\d{1,6})", version)
    if found and tuple(map(int, found.groups())) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        raise StashRejected(
            f"Stash {version} is too old for Stash2Plex, which needs v{oldest} or newer. Update Stash; saves are kept "
            "until then."
        )


def _dict(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}
