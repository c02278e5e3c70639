"""`ui_settings`: the settings as Stash's own page keeps them, with what config.yaml and the environment overrule. The token never comes out."""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final

from matching.paths import PathRule
from plex.errors import PlexTokenElsewhere
from settings.readers import read as read_value
from settings.resolve import Resolved, resolve
from settings.settings import BadValueError, Problem, SettingsError, default_text
from settings.settings import Settings as Values
from settings.sources import FILE_NAME, Config, read_config, read_token_file
from settings.spec import SPECS, Kind, Spec
from stash.client import StashClient
from stash.settings_source import Configuration, configuration, require_supported
from tasks.context import TaskContext
from tasks.page.set_up_shapes import Setting, Settings, SettingsGroup
from worker.sync.token_bounds import TokenBounds

_CONTROLS: Final[Mapping[Kind, str]] = {
    Kind.TEXT: "text",
    Kind.ADDRESS: "address",
    Kind.HIDDEN: "secret",
    Kind.SWITCH: "switch",
    Kind.NUMBER: "number",
    Kind.WHOLE: "number",
    Kind.LIST: "list",
    Kind.CHOICE: "choice",
    Kind.CHOICES: "choices",
    Kind.LISTS: "choices",
    Kind.RULES: "rules",
}
_LIBRARIES: Final = "plex_library"
NEEDED: Final = ("plex_url", "plex_token")
"""What Plex cannot be reached without."""


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that settings come from, and what came of it: `resolved`, or the `problems` that stand in its way. `own_token` is that of the plugin's file."""

    configuration: Configuration
    config: Config
    environ: Mapping[str, str]
    resolved: Resolved | None
    problems: tuple[Problem, ...] = ()
    own_token: str = field(default="", repr=False)

    @property
    def values(self) -> Values:
        """The settings; the defaults where they cannot be used."""
        return self.resolved.settings if self.resolved else Values()


def read(context: TaskContext, client: StashClient, overrides: Mapping[str, Any] | None = None) -> Held:
    """The settings of now, with `overrides` in place of what Stash holds, so that something can be tried before it is saved.

    Raises:
        StashError: Stash could not be read, or is too old.
    """
    found = configuration(client)
    require_supported(found.version)
    stored = merged(found.plugin_settings, overrides or {})
    config, own_token, problems = Config(), "", tuple[Problem, ...]()
    try:
        config = read_config(os.path.join(context.data_dir, FILE_NAME))
        own_token = read_token_file(context.data_dir).token
        resolved = resolve(stored, context.environ, config, own_token)
        return Held(found, config, context.environ, resolved, own_token=own_token)
    except SettingsError as error:
        problems = error.problems
    return Held(found, config, context.environ, None, problems, own_token)


def way_to_plex(held: Held, changes: Mapping[str, Any]) -> Values:
    """Address and token alone, with `changes` in place of what Stash holds; "" for one that cannot be read. What is wrong with other settings does not hide them."""
    stored = merged(held.configuration.plugin_settings, changes)
    names = [SPECS[key].env_name for key in NEEDED]
    own_token = "" if changes.get("plex_token", "") is None else held.own_token
    try:
        return resolve(
            {key: stored.get(key) for key in NEEDED},
            {name: held.environ.get(name, "") for name in names},
            Config({key: held.config.values[key] for key in NEEDED if key in held.config.values}, held.config.lines),
            own_token,
        ).settings
    except SettingsError:
        return Values()


def merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`stored` with `changes`; None takes a key out."""
    together = {**stored, **changes}
    return {key: value for key, value in together.items() if value is not None}


def ui_settings(_args: Mapping[str, Any], context: TaskContext) -> Settings:
    """Every setting in its group: what Stash holds, what counts, and who overrules. Asks Stash."""
    with context.stash() as client:
        return shown(context, read(context, client))


def shown(context: TaskContext, held: Held) -> Settings:
    """The settings as the page receives them."""
    groups: dict[str, list[Setting]] = {}
    problems = _asked_again(context, held) | {each.setting: each.message for each in held.problems}
    for spec in SPECS.values():
        groups.setdefault(spec.group, []).append(_setting(spec, held, problems.get(spec.key, "")))
    ordered: list[SettingsGroup] = [{"name": name, "settings": settings} for name, settings in groups.items()]
    return {
        "groups": ordered,
        "configured": held.resolved is not None and held.values.is_configured,
        "paused": held.values.paused,
        "dry_run": held.values.dry_run,
        "problems": [str(each) for each in held.problems],
        "notes": list(held.values.notes()) if held.resolved else [],
        "config_file": os.path.join(context.data_dir, FILE_NAME),
        "token_in_stash": bool(held.configuration.plugin_settings.get("plex_token")),
    }


def _asked_again(context: TaskContext, held: Held) -> dict[str, str]:
    """`{"plex_token": why}` where the token was given for another address than the one in force."""
    way = way_to_plex(held, {})
    objection = TokenBounds(context.data_dir).objection(way) if way.is_configured else None
    return {"plex_token": said_on_the_page(objection)} if objection else {}


def said_on_the_page(objection: PlexTokenElsewhere, then: str = "") -> str:
    """The same in whole sentences, with `then` between what is wrong and what to do."""
    return f"{objection.what[0].upper()}{objection.what[1:]}. {then}{objection.to_do}."


def _setting(spec: Spec, held: Held, problem: str) -> Setting:
    stored = held.configuration.plugin_settings.get(spec.key) if spec.in_manifest else None
    overruled = overruled_by(spec, held)
    is_secret = spec.kind is Kind.HIDDEN
    return {
        "key": spec.key,
        "name": spec.name,
        "help": spec.description,
        "control": "libraries" if spec.key == _LIBRARIES else _CONTROLS[spec.kind],
        "default": default_text(spec),
        "example": spec.example,
        "choices": list(spec.choices),
        "least": spec.least,
        "most": spec.most,
        "stored": None if is_secret else _plain(spec, stored),
        "value": "" if is_secret else _value(spec, held),
        "is_set": bool(stored) or bool(overruled) or (is_secret and bool(held.own_token)),
        "overridden_by": overruled,
        "line": "" if spec.in_manifest else _line(spec),
        "problem": problem,
    }


def _value(spec: Spec, held: Held) -> str:
    """What counts, in the one form that controls understand; as it was typed where that cannot be read.

    Where another setting is wrong nothing counts, but this one must not look empty: it would be saved so.
    """
    if held.resolved:
        return _text(getattr(held.resolved.settings, spec.key))
    typed = held.environ.get(spec.env_name, "").strip() or held.config.values.get(spec.key)
    if typed is None and spec.in_manifest:
        stored = _plain(spec, held.configuration.plugin_settings.get(spec.key))
        typed = None if stored is None else str(stored)
    try:
        return _text(getattr(resolve({}, {}, Config({spec.key: typed})).settings, spec.key))
    except SettingsError:
        return str(typed)


def _line(spec: Spec) -> str:
    """A line of config.yaml that sets it."""
    return f"{spec.key}: {'true' if spec.kind is Kind.SWITCH else spec.example or default_text(spec)}"


def overruled_by(spec: Spec, held: Held) -> str:
    """Who sets this key over Stash's page, or ""."""
    source = str(held.resolved.sources[spec.key]) if held.resolved else ""
    if held.environ.get(spec.env_name, "").strip() and (source == "environment" or not spec.shares_env_name):
        return f"the environment variable {spec.env_name}"
    if held.config.values.get(spec.key) is not None:
        return f"{FILE_NAME}, line {held.config.lines.get(spec.key, 0)}"
    return ""


def _plain(spec: Spec, stored: object) -> str | float | bool | None:
    if spec.kind is Kind.LISTS and stored is not None:
        with suppress(BadValueError):
            return _text(read_value(stored, spec))  # "on" as the names that it stands for
    return stored if isinstance(stored, str | int | float | bool) else None


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        separator = "; " if value and isinstance(value[0], PathRule) else ", "
        return separator.join(map(str, value))
    return f"{value:g}" if isinstance(value, int | float) else str(value)
