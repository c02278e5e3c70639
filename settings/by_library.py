"""What is set otherwise for single libraries: `libraries` of config.yaml, and the same as JSON in Stash's map.

A library is called by its name or its section id; which one that is, only Plex knows (worker.sync.libraries). What
config.yaml says of a library overrides, key by key, what Stash holds of it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from settings.choices import did_you_mean
from settings.settings import LibrarySettings, Problem, Source
from settings.sources import FILE_NAME, Config
from settings.spec import SPECS, Spec
from settings.stated import SHOWN_CHARACTERS, Stated

KEY: Final = "libraries"

_FORM: Final = 'must hold lines of the form "Name of a library:", with settings and their values below each'


_GROUPS: Final = ("Scenes", "Content", "Pictures")
"""The groups whose settings a library may have of its own."""


def why_for_all(spec: Spec) -> str:
    """Return why no library can have a value of its own, as the end of a sentence; "" where each can."""
    if spec.for_all or spec.group in _GROUPS:
        return spec.for_all
    return f"only settings of {', '.join(_GROUPS[:-1])} and {_GROUPS[-1]} can differ"


def read_libraries(config: Config, stash_map: Mapping[str, Any]) -> tuple[tuple[LibrarySettings, ...], list[Problem]]:
    """Return what is set for each library, in the order in which it was written, and every problem."""
    problems: list[Problem] = []
    stated: dict[str, dict[str, Stated]] = {}
    for name, key, each in (*_of_file(config, problems), *_of_stash(stash_map, problems)):
        if each.raw is not None:
            stated.setdefault(name, {}).setdefault(key, each)
    read = [_library(name, by_key, problems) for name, by_key in stated.items()]
    return tuple(each for each in read if each.values), problems


def held_in_stash(stash_map: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what Stash holds, library to key to raw value; raise ValueError where it cannot be read."""
    text = stash_map.get(KEY)
    if text is None or (isinstance(text, str) and not text.strip()):
        return {}
    try:
        held = json.loads(text)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from None
    if not isinstance(held, dict) or not all(isinstance(each, dict) for each in held.values()):
        raise ValueError("no mapping of mappings")
    return held


def with_changes(stash_map: Mapping[str, Any], library: str, changes: Mapping[str, Any]) -> dict[str, str | None]:
    """Return `{KEY: what Stash would hold}` with `changes` for one library; None takes a key out, and KEY at last.

    What cannot be read is replaced.
    """
    try:
        held = held_in_stash(stash_map)
    except ValueError:
        held = {}
    own = {key: value for key, value in {**held.get(library, {}), **changes}.items() if value is not None}
    libraries = {name: values for name, values in {**held, library: own}.items() if values}
    return {KEY: json.dumps(libraries, ensure_ascii=False) if libraries else None}


def problems_of(library: str, problems: Iterable[Problem]) -> dict[str, str]:
    """Return what is wrong with the settings of one library, by their keys."""
    of = _prefix(library)
    return {each.setting.removeprefix(of): each.message for each in problems if each.setting.startswith(of)}


def _prefix(library: str) -> str:
    return f"{KEY}: {library[:SHOWN_CHARACTERS]}: "


def _of_file(config: Config, problems: list[Problem]) -> Iterator[tuple[str, str, Stated]]:
    written = config.values.get(KEY)
    if not isinstance(written, dict):
        if written:
            problems.append(Problem(KEY, "", f"{FILE_NAME}, line {config.lines.get(KEY, 0)}", "", _FORM))
        return
    for name, values in written.items():
        if isinstance(values, dict):
            yield from ((name, key, Stated(raw, Source.FILE, _line(config, name, key))) for key, raw in values.items())
        elif values:
            problems.append(Problem(f"{KEY}: {name[:SHOWN_CHARACTERS]}", "", _line(config, name), "", _FORM))


def _line(config: Config, *place: str) -> str:
    return f"{FILE_NAME}, line {config.deeper.get((KEY, *place), 0)}"


def _of_stash(stash_map: Mapping[str, Any], problems: list[Problem]) -> Iterator[tuple[str, str, Stated]]:
    place = Source.PAGE.value
    try:
        held = held_in_stash(stash_map)
    except ValueError:
        message = "cannot be read; save the settings of single libraries again on the page of Stash2Plex"
        problems.append(Problem(KEY, "", place, "", message))
        return
    for name, values in held.items():
        yield from ((name, key, Stated(raw, Source.PAGE, place)) for key, raw in values.items())


def _library(name: str, stated: Mapping[str, Stated], problems: list[Problem]) -> LibrarySettings:
    of = _prefix(name)
    values: dict[str, object] = {}
    for key, each in stated.items():
        if refusal := _refusal(key):
            problems.append(Problem(f"{of}{key[:SHOWN_CHARACTERS]}", "", each.place, "", refusal))
        elif isinstance(value := each.read(SPECS[key], of), Problem):
            problems.append(value)
        else:
            values[key] = value
    return LibrarySettings(name, tuple(values.items()))


def _refusal(key: str) -> str:
    """Return why no library can have a `key` of its own, or ""."""
    spec = SPECS.get(key)
    if spec is None:
        hint = did_you_mean(key.lower(), [each.key for each in SPECS.values() if not why_for_all(each)])
        return f"there is no such setting{hint or '; docs/settings.md lists all of them'}"
    return f"holds for all libraries: {why_for_all(spec)}" if why_for_all(spec) else ""
