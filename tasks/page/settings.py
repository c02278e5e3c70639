"""`ui_settings`: the settings as Stash keeps them, and what config.yaml and the environment overrule; no token."""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from plex.errors import PlexTokenElsewhere
from settings.by_library import KEY, held_in_stash, problems_of, why_for_all
from settings.predecessor import files_of_predecessor
from settings.readers import read as read_value
from settings.resolve import Resolved, resolve
from settings.settings import BadValueError, SettingsError, default_text
from settings.sources import FILE_NAME, Config
from settings.spec import SPECS, Kind, Spec
from stash.model import dict_of
from storage.errors import StorageError
from tasks.context import TaskContext
from tasks.page.shapes import (
    LibraryOwn,
    OwnSetting,
    PredecessorAnswer,
    Setting,
    SettingsAnswer,
    SettingsGroup,
    TakenOverSetting,
)
from tasks.setting_sources import SettingSources, overruled_by, overruled_for, read, way_to_plex
from worker.facts import LIBRARY_NOTES, PHOTOS_CLOSED
from worker.sync.token_bounds import TokenBounds

_CONTROLS: Final[Mapping[Kind, str]] = {
    Kind.HIDDEN: "secret",
    Kind.WHOLE: "number",
    Kind.LISTS: "choices",
    Kind.LEVELS: "choice",
    Kind.RULES: "rules",
    Kind.TITLE_FORMAT: "title_format",
    Kind.TAG_RULES: "tag_rules",
    Kind.TAG_TARGETS: "tag_rules",
    Kind.PREFIXES: "text",
}
"""Controls of the page for settings; others are called as their kind is."""

_RULES: Final = frozenset({Kind.RULES, Kind.TAG_RULES, Kind.TAG_TARGETS, Kind.PREFIXES})
_LIBRARIES: Final = "plex_library"
_KEPT: Final = "kept"
"""In the place of a token (ui/stash.js)."""

_AS_TEXT: Final = re.compile(r",? separated by (?:commas|semicolons)")


def ui_settings(_args: Mapping[str, Any], context: TaskContext) -> SettingsAnswer:
    """Return every setting in its group: what Stash holds, what counts, and who overrules. Asks Stash."""
    with context.stash() as client:
        return shown(context, read(context, client))


def shown(context: TaskContext, sources: SettingSources) -> SettingsAnswer:
    """Return the settings as the page receives them."""
    stored = sources.configuration.plugin_settings
    groups: dict[str, list[Setting]] = {}
    problems = _asked_again(context, sources) | {each.setting: each.message for each in sources.problems}
    for spec in SPECS.values():
        groups.setdefault(spec.group, []).append(_setting(spec, sources, problems.get(spec.key, "")))
    ordered: list[SettingsGroup] = [{"name": name, "settings": settings} for name, settings in groups.items()]
    return {
        "groups": ordered,
        "libraries": _own(sources),
        "configured": sources.resolved is not None and sources.values.is_configured,
        "problems": [str(each) for each in sources.problems if each.setting not in SPECS],
        "notes": _notes(context, sources),
        "config_file": os.path.join(context.data_dir, FILE_NAME),
        "token_in_stash": bool(stored.get("plex_token")),
        "predecessor": _predecessor(context, sources.resolved),
        "stored": {**stored, "plex_token": _KEPT} if stored.get("plex_token") else dict(stored),
    }


def _notes(context: TaskContext, sources: SettingSources) -> list[str]:
    """Return what makes things work otherwise than one may expect: settings, and what the worker saw of them last."""
    if sources.resolved is None:
        return []
    settings, found = sources.values, list(sources.values.notes())
    with suppress(StorageError), context.records() as records:
        found += records.facts.get(LIBRARY_NOTES, []) if settings.libraries else []
        found += filter(None, [records.facts.get(PHOTOS_CLOSED, "")]) if settings.photo_port else []
    return found


def _predecessor(context: TaskContext, resolved: Resolved | None) -> PredecessorAnswer | None:
    if resolved is None or resolved.predecessor is None:
        return None
    taken_over: list[TakenOverSetting] = [
        {
            "key": each.key,
            "name": SPECS[each.key].display_name,
            "value": _text(getattr(resolved.settings, each.key), SPECS[each.key]),
            "origins": list(each.origins),
        }
        for each in resolved.settings.taken_over
    ]
    return {
        "taken_over": taken_over,
        "files": list(files_of_predecessor(context.data_dir)),
        "without": list(resolved.predecessor.without),
        "unread": list(resolved.predecessor.unread),
        "kept_meaning": resolved.settings.preserve_plex_edits,
    }


def _asked_again(context: TaskContext, sources: SettingSources) -> dict[str, str]:
    """Return `{"plex_token": why}` where the token was given for another address than the one in force."""
    way = way_to_plex(sources, {})
    objection = TokenBounds(context.data_dir).objection(way) if way.is_configured else None
    return {"plex_token": in_words(objection)} if objection else {}


def in_words(objection: PlexTokenElsewhere) -> str:
    """Return the objection in whole sentences."""
    return f"{objection.what[0].upper()}{objection.what[1:]}. {objection.to_do}."


def _setting(spec: Spec, sources: SettingSources, problem: str) -> Setting:
    stored = sources.configuration.plugin_settings.get(spec.key) if spec.is_kept_in_stash else None
    overruled = overruled_by(spec, sources)
    is_secret = spec.kind is Kind.HIDDEN
    return {
        "key": spec.key,
        "name": spec.name,
        "help": help_of(spec),
        "control": _control(spec),
        "default": default_text(spec),
        "example": spec.example,
        "choices": list(spec.choices),
        "choice_names": list(spec.choice_names),
        "least": spec.least,
        "most": spec.most,
        "stored": None if is_secret else _plain(spec, stored),
        "value": "" if is_secret else _value(spec, sources),
        "is_set": bool(stored) or bool(overruled) or (is_secret and bool(sources.own_token)),
        "overridden_by": overruled,
        "line": "" if spec.is_kept_in_stash else _line(spec),
        "problem": problem,
        "by_library": not why_for_all(spec),
    }


def help_of(spec: Spec) -> str:
    """Return what a setting is for, without how its text is written where its control is no text."""
    return _AS_TEXT.sub("", spec.description) if _control(spec) in {"choices", "tag_rules"} else spec.description


def _control(spec: Spec) -> str:
    return "libraries" if spec.key == _LIBRARIES else _CONTROLS.get(spec.kind, str(spec.kind))


def _own(sources: SettingSources) -> list[LibraryOwn]:
    """Return what libraries have of their own, in the order in which it counts."""
    written = sources.config.values.get(KEY)
    in_file = {name: dict_of(values) for name, values in dict_of(written).items()}
    held: Mapping[str, Any] = {}
    with suppress(ValueError):
        held = held_in_stash(sources.configuration.plugin_settings)
    found: list[LibraryOwn] = []
    for name in dict.fromkeys((*in_file, *held)):
        stored, typed = held.get(name, {}), in_file.get(name, {})
        keys = [key for key, spec in SPECS.items() if not why_for_all(spec) and key in {*stored, *typed}]
        problems = problems_of(name, sources.problems)
        own = {key: _own_setting(sources, name, key, stored.get(key), typed.get(key), problems) for key in keys}
        found.append({"name": name, "settings": own})
    return found


def _own_setting(
    sources: SettingSources, library: str, key: str, stored: object, typed: object, problems: Mapping[str, str]
) -> OwnSetting:
    value = getattr(sources.values.for_library([library]), key)
    return {
        "stored": _plain(SPECS[key], stored),
        "value": _text(value, SPECS[key]) if sources.resolved else str(stored if typed is None else typed),
        "overridden_by": overruled_for(library, key, sources),
        "problem": problems.get(key, ""),
    }


def _value(spec: Spec, sources: SettingSources) -> str:
    """Return what counts, in the one form that controls understand; as it was typed where that cannot be read.

    Where another setting is wrong nothing counts, but this one must not look empty: it would be saved so.
    """
    if sources.resolved:
        return _text(getattr(sources.resolved.settings, spec.key), spec)
    typed = sources.environ.get(spec.env_name, "").strip() or sources.config.values.get(spec.key)
    if typed is None and spec.is_kept_in_stash:
        stored = _plain(spec, sources.configuration.plugin_settings.get(spec.key))
        typed = None if stored is None else str(stored)
    try:
        return _text(getattr(resolve({}, {}, Config({spec.key: typed})).settings, spec.key), spec)
    except SettingsError:
        return str(typed)


def _line(spec: Spec) -> str:
    """Return a line of config.yaml that sets it."""
    return f"{spec.key}: {'true' if spec.kind is Kind.SWITCH else spec.example or default_text(spec)}"


def _plain(spec: Spec, stored: object) -> str | float | bool | None:
    if spec.kind is Kind.LISTS and stored is not None:
        with suppress(BadValueError):
            return _text(read_value(stored, spec), spec)  # "on" as the names that it stands for
    return stored if isinstance(stored, str | int | float | bool) else None


def _text(value: object, spec: Spec) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, frozenset):
        return ", ".join(sorted(value))
    if isinstance(value, tuple):
        return ("; " if spec.kind in _RULES else ", ").join(map(str, value))
    return f"{value:.15g}" if isinstance(value, int | float) else str(value)
