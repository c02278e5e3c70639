"""`ui_settings`, `ui_save`, `ui_pause`, `ui_resume`: the settings as Stash's own page keeps them, with what config.yaml and the environment overrule.

The token goes in and never comes out. Stash replaces a plugin's whole map, so what is saved is merged here with what it holds.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from matching.model import PathRule
from settings.config_file import FILE_NAME, Config, read_config
from settings.model import Settings as Values
from settings.model import default_text
from settings.parse import Resolved, SettingsError, resolve
from settings.problems import Problem, UnreadableError
from settings.readers import read as read_value
from settings.spec import SPECS, Kind, Spec
from stash.client import StashClient
from stash.settings_source import Configuration, configuration, require_supported, store
from sync_queue.listing import heads
from tasks.context import TaskContext, TaskError
from tasks.page.set_up_shapes import Saved, Setting, Settings, SettingsGroup
from tasks.page.shapes import Done
from tasks.page.wake import wake
from worker.connection import message_of
from worker.launch import FIFO_NAME
from worker.launch import wake as knock

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
_NEEDED: Final = ("plex_url", "plex_token")
_EMPTY: Final = "must not be empty; nothing was saved"


@dataclass(frozen=True, slots=True)
class Held:
    """Everything that settings come from, and what came of it: `resolved`, or the `problems` that stand in its way."""

    configuration: Configuration
    config: Config
    environ: Mapping[str, str]
    resolved: Resolved | None
    problems: tuple[Problem, ...] = ()

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
    config, problems = Config(), tuple[Problem, ...]()
    try:
        config = read_config(os.path.join(context.data_dir, FILE_NAME))
        return Held(found, config, context.environ, resolve(stored, context.environ, config))
    except SettingsError as error:
        problems = error.problems
    return Held(found, config, context.environ, None, problems)


def merged(stored: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`stored` with `changes`; None takes a key out."""
    together = {**stored, **changes}
    return {key: value for key, value in together.items() if value is not None}


def emptied(changes: Mapping[str, Any]) -> list[str]:
    """The keys of what Plex cannot be reached without, and whose text was cleared."""
    return [key for key in _NEEDED if isinstance(value := changes.get(key), str) and not value.strip()]


def ui_settings(_args: Mapping[str, Any], context: TaskContext) -> Settings:
    """Every setting in its group: what Stash holds, what counts, and who overrules. Asks Stash."""
    with context.stash() as client:
        return shown(context, read(context, client))


def ui_save(args: Mapping[str, Any], context: TaskContext) -> Saved:
    """Save `values` (key to text, number, true or false; null takes a key out, so that its default counts). All of them or none.

    Raises:
        TaskError: `values` names what Stash's page does not hold.
    """
    changes = _changes(args)
    with context.stash() as client:
        held = read(context, client, changes)
        problems = {each.setting: each.message for each in held.problems if each.setting in changes}
        problems |= dict.fromkeys(emptied(changes), _EMPTY)
        if problems:
            return {"saved": False, "problems": problems, "settings": None}
        store(client, merged(held.configuration.plugin_settings, changes))
        answer = shown(context, read(context, client))
    tell_worker(context)
    return {"saved": True, "problems": {}, "settings": answer}


def ui_pause(_args: Mapping[str, Any], context: TaskContext) -> Done:
    """Switch the setting `paused` on: saves are recorded, nothing is sent once the batch at hand is done."""
    _set_paused(context, value=True)
    return {"count": 1, "text": "Paused. Saves are recorded and sent once you resume."}


def ui_resume(_args: Mapping[str, Any], context: TaskContext) -> Done:
    """Switch the setting `paused` off again, and see that what waits is sent."""
    _set_paused(context, value=False)
    return {"count": 1, "text": "Resumed."}


def tell_worker(context: TaskContext) -> None:
    """Have the worker look at the settings now; one is started only where something waits."""
    queue = heads(context.queue_dir, context.clock())
    if queue.pending + queue.in_progress:
        wake(context)
    else:
        message = message_of({"server_connection": context.connection}, context.environ, settings_changed=True)
        knock(os.path.join(context.data_dir, FIFO_NAME), message)


def shown(context: TaskContext, held: Held) -> Settings:
    """The settings as the page receives them."""
    groups: dict[str, list[Setting]] = {}
    problems = {each.setting: each.message for each in held.problems}
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
    }


def _setting(spec: Spec, held: Held, problem: str) -> Setting:
    stored = held.configuration.plugin_settings.get(spec.key) if spec.in_manifest else None
    overruled = _overruled_by(spec, held)
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
        "is_set": bool(stored) or bool(overruled),
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


def _overruled_by(spec: Spec, held: Held) -> str:
    """Who sets this key over Stash's page, or ""."""
    source = str(held.resolved.sources[spec.key]) if held.resolved else ""
    if held.environ.get(spec.env_name, "").strip() and (source == "environment" or not spec.shares_env_name):
        return f"the environment variable {spec.env_name}"
    if held.config.values.get(spec.key) is not None:
        return f"{FILE_NAME}, line {held.config.lines.get(spec.key, 0)}"
    return ""


def _plain(spec: Spec, stored: object) -> str | float | bool | None:
    if spec.kind is Kind.LISTS and stored is not None:
        with suppress(UnreadableError):
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


def _changes(args: Mapping[str, Any]) -> dict[str, Any]:
    given = args.get("values")
    if not isinstance(given, dict) or not given:
        raise TaskError("values must hold at least one setting; nothing was saved")
    for key, value in given.items():
        if key not in SPECS or not SPECS[key].in_manifest:
            raise TaskError(f"{key!r} is no setting of Stash's page; nothing was saved")
        if value is not None and not isinstance(value, str | int | float | bool):
            raise TaskError(f"{key} must be a text, a number, true or false; nothing was saved")
    return given


def _set_paused(context: TaskContext, *, value: bool) -> None:
    with context.stash() as client:
        held = read(context, client)
        overruled = _overruled_by(SPECS["paused"], held)
        if overruled:
            raise TaskError(f"paused is set by {overruled}; change it there")
        store(client, merged(held.configuration.plugin_settings, {"paused": value or None}))
    tell_worker(context)
