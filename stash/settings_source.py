"""Stash's configuration: the plugin's settings, the folders, the version. Parses none; raises as StashClient.query."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from stash import PLUGIN_ID
from stash.client import StashClient
from stash.model import dict_of

_CONFIGURATION: Final = (
    "query ($plugins: [ID!]) { configuration { plugins(include: $plugins) general { stashes { path } pluginsPath } } "
    "version { version } systemStatus { status ffmpegPath } }"
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
        status: of its system, e.g. "OK"; "" where it does not say.
        plugins_path: the folder in which Stash looks for plugins; "" where it does not say.
        ffmpeg_path: the program that Stash itself uses, on its own machine; "" where it has none.
    """

    plugin_settings: Mapping[str, Any] = field(repr=False)
    library_folders: tuple[str, ...]
    version: str
    status: str = ""
    plugins_path: str = ""
    ffmpeg_path: str = ""


def configuration(client: StashClient) -> Configuration:
    """Ask Stash, in one query, for all of `Configuration`."""
    answer = client.query(_CONFIGURATION, {"plugins": [PLUGIN_ID]})
    stored = dict_of(answer.get("configuration"))
    general = dict_of(stored.get("general"))
    folders, plugins_path = general.get("stashes"), general.get("pluginsPath")
    system = dict_of(answer.get("systemStatus"))
    ffmpeg_path = system.get("ffmpegPath")
    paths = [dict_of(folder).get("path") for folder in folders] if isinstance(folders, list) else []
    return Configuration(
        plugin_settings=dict_of(dict_of(stored.get("plugins")).get(PLUGIN_ID)),
        library_folders=tuple(path for path in paths if isinstance(path, str) and path),
        version=str(dict_of(answer.get("version")).get("version") or "")[:_LONGEST_VERSION],
        status=str(system.get("status") or "")[:_LONGEST_VERSION],
        plugins_path=plugins_path if isinstance(plugins_path, str) else "",
        ffmpeg_path=ffmpeg_path if isinstance(ffmpeg_path, str) else "",
    )


def database_path(client: StashClient) -> str:
    """Return where Stash's database is, as it sees it: a hint for people, no proof. "" if it does not say."""
    path = dict_of(client.query(_DATABASE, {}).get("systemStatus")).get("databasePath")
    return path[:_LONGEST_PATH] if isinstance(path, str) else ""


def store(client: StashClient, values: Mapping[str, Any]) -> None:
    """Have Stash keep `values` as all of the plugin's settings: it replaces the map. Source: measured on v0.30.1."""
    client.query(_CONFIGURE, {"id": PLUGIN_ID, "input": dict(values)})
