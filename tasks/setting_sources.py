"""Where settings come from when a task asks: Stash, config.yaml, the environment and the plugin's own file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from plex.address import completed_url
from settings.by_library import KEY, why_for_all
from settings.predecessor import was_here
from settings.resolve import Resolved, resolve
from settings.settings import Problem, Settings, SettingsError
from settings.sources import FILE_NAME, Config, read_config, read_token_file
from settings.spec import SPECS, Spec
from stash.client import StashClient
from stash.fitness import require_fit
from stash.model import dict_of
from stash.settings_source import Configuration, configuration
from tasks.context import TaskContext, TaskError

NEEDED: Final = ("plex_url", "plex_token")
"""What Plex cannot be reached without."""


@dataclass(frozen=True, slots=True)
class SettingSources:
    """What settings come from, and `resolved` or the `problems` in its way. `own_token` is the plugin file's."""

    configuration: Configuration
    config: Config
    environ: Mapping[str, str]
    resolved: Resolved | None
    problems: tuple[Problem, ...] = ()
    own_token: str = field(default="", repr=False)

    @property
    def values(self) -> Settings:
        """The settings; the defaults where they cannot be used."""
        return self.resolved.settings if self.resolved else Settings()


def read(context: TaskContext, client: StashClient, overrides: Mapping[str, Any] | None = None) -> SettingSources:
    """Return the settings of now, with `overrides` in place of what Stash holds, to be tried. Raise StashError."""
    found = configuration(client)
    require_fit(found.version, found.status)
    return sources_of(context, found, overrides or {})


def sources_of(context: TaskContext, found: Configuration, overrides: Mapping[str, Any]) -> SettingSources:
    """Return what `read` does, of what Stash has said about itself."""
    stored = merged(found.plugin_settings, overrides)
    config, own_token = Config(), ""
    try:
        config = read_config(os.path.join(context.data_dir, FILE_NAME))
        own_token = read_token_file(context.data_dir).token
        was_there = was_here(context.data_dir)
        resolved = resolve(stored, context.environ, config, own_token, has_predecessor=was_there)
    except SettingsError as error:
        return SettingSources(found, config, context.environ, None, error.problems, own_token)
    return SettingSources(found, config, context.environ, resolved, own_token=own_token)


def way_to_plex(sources: SettingSources, changes: Mapping[str, Any]) -> Settings:
    """Return address and token alone, with `changes` to what Stash holds; "" for one that cannot be read."""
    stored, config = merged(sources.configuration.plugin_settings, changes), sources.config
    environ = {SPECS[key].env_name: sources.environ.get(SPECS[key].env_name, "") for key in NEEDED}
    needed = Config({key: config.values[key] for key in NEEDED if key in config.values}, config.lines)
    own_token = "" if changes.get("plex_token", "") is None else sources.own_token
    try:
        return resolve({key: stored.get(key) for key in NEEDED}, environ, needed, own_token).settings
    except SettingsError:
        return Settings()


def typed_values(args: Mapping[str, Any]) -> dict[str, Any]:
    """Return `args["values"]`: key to text, number, true or false, or None; {} where it is absent.

    With a `library` they are its own. Raise TaskError for anything else, and for keys that the page cannot change.
    """
    given = args.get("values") or {}
    if not isinstance(given, dict):
        raise TaskError("values must be settings by their keys; nothing was saved")
    is_of_library = bool(args.get("library"))
    for key, value in given.items():
        spec = SPECS.get(key)
        if spec is None or not (not why_for_all(spec) if is_of_library else spec.is_kept_in_stash):
            raise TaskError(f"{key!r} is no setting that the page can change; nothing was saved")
        if value is not None and not isinstance(value, str | int | float | bool):
            raise TaskError(f"{key} must be a text, a number, true or false; nothing was saved")
    address = given.get("plex_url")
    return {**given, "plex_url": completed_url(address)} if isinstance(address, str) else given


def merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return `stored` with `changes`; None takes a key out."""
    together = {**stored, **changes}
    return {key: value for key, value in together.items() if value is not None}


def overruled_by(spec: Spec, sources: SettingSources) -> str:
    """Return who sets this key over Stash's page, or ""."""
    source = str(sources.resolved.sources[spec.key]) if sources.resolved else ""
    if sources.environ.get(spec.env_name, "").strip() and (source == "environment" or not spec.shares_env_name):
        return f"the environment variable {spec.env_name}"
    if sources.config.values.get(spec.key) is not None:
        return f"{FILE_NAME}, line {sources.config.lines.get(spec.key, 0)}"
    return ""


def overruled_for(library: str, key: str, sources: SettingSources) -> str:
    """As `overruled_by`, of what a library has of its own."""
    if dict_of(dict_of(sources.config.values.get(KEY)).get(library)).get(key) is None:
        return ""
    return f"{FILE_NAME}, line {sources.config.deeper.get((KEY, library, key), 0)}"
