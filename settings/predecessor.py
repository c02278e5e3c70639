"""The other Stash2Plex (trek-e), which has our plugin id: what shows that it was here, and what its settings mean.

Its settings stay in Stash under that id, its files in the data folder. They are read, never changed, and believed on
evidence only: whoever never had it must not notice. Until a person has chosen (`CHOICE`) what is stored under its names
counts where nothing of ours is set. Its defaults do not: what was never stored says nothing.

Source of all its names, meanings and defaults: trek-e/Stash2Plex 1.6.14, Stash2Plex.yml and validation/config.py.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeAlias

from settings.readers import read
from settings.settings import BadValueError, TakenOver
from settings.spec import SPECS, Kind

_FILES: Final = (
    "device_id.json",
    "sync_timestamps.json",
    "circuit_breaker.json",
    "outage_history.json",
    "recovery_state.json",
    "reconciliation_state.json",
)
"""What it alone puts into the data folder. Source: its plex/device_identity.py (made at each start), sync_queue/,
worker/ and reconciliation/. Its queue and dead letters lie where ours do."""

OPEN_QUESTION: Final = "moving-in.open"
"""Our file in the data folder while a choice is due. Without its own files, which somebody may clear away, and without
keys of it, nothing else would tell, and the next save would overwrite what is filled."""

CHOICE: Final = "of_predecessor"
"""Our key in Stash's map that tells what a person has chosen; absent: nothing yet."""


class Chosen(StrEnum):
    """What was chosen: its settings were saved as ours, or are left alone. It is not asked again."""

    TAKEN_OVER = "taken over"
    LEFT = "left"


Part: TypeAlias = str | bool | float
"""What one of its settings says for one of ours: a word of a list, a switch, a number, rules."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """One setting of the predecessor.

    Attributes:
        key: its name.
        becomes: our key; "" where we have none.
        how: which value becomes what; or why we have none.
        part: from its value to what it says for ours, None for nothing; raises BadValueError.
    """

    key: str
    becomes: str
    how: str
    part: Callable[[object], Part | None] = lambda _raw: None


@dataclass(frozen=True, slots=True)
class Predecessor:
    """What stands in Stash under its names.

    Attributes:
        taken_over: what it says for settings of ours.
        without: its keys that have no counterpart here.
        unread: its keys whose values could not be understood, so that they count for nothing.
    """

    taken_over: tuple[TakenOver, ...] = ()
    without: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()


def files_of_predecessor(data_dir: str) -> tuple[str, ...]:
    """Return the names of the other Stash2Plex's files in the data folder; () where it was never here."""
    return tuple(name for name in _FILES if Path(data_dir, name).exists())


def was_here(data_dir: str) -> bool:
    """Return whether the data folder shows that the other Stash2Plex was here, or the question about it is open."""
    return bool(files_of_predecessor(data_dir)) or Path(data_dir, OPEN_QUESTION).exists()


def keep_question(data_dir: str, *, is_open: bool) -> None:
    """Have the question stay open until it is answered, whatever becomes of what it came from.

    Where the folder takes no file it is open for as long as that is there.
    """
    file = Path(data_dir, OPEN_QUESTION)
    with suppress(OSError):
        if is_open:
            file.touch(0o600)
        else:
            file.unlink(missing_ok=True)


def look(stored: Mapping[str, Any], *, was_here: bool) -> Predecessor | None:
    """Return what its settings say, or None: it was never here (no file, no key that only it has), or was chosen about.

    Args:
        stored: what Stash holds for the plugin.
        was_here: what the function of that name says of the data folder.
    """
    held = [row for row in FOREIGN if stored.get(row.key) is not None]
    if stored.get(CHOICE) or not (held or was_here):
        return None
    parts: dict[str, dict[str, Part]] = {}
    unread = []
    for row in held:
        try:
            part = None if _is_blank(stored[row.key]) else row.part(stored[row.key])
            if part is not None:
                parts.setdefault(row.becomes, {})[row.key] = part
        except BadValueError:
            unread.append(row.key)
    found = {key: TakenOver(key, tuple(by_key), _together(key, list(by_key.values()))) for key, by_key in parts.items()}
    refused = [each for each in found.values() if not _is_accepted(each)]
    return Predecessor(
        taken_over=tuple(each for each in found.values() if each not in refused),
        without=tuple(row.key for row in held if not row.becomes),
        unread=(*unread, *(origin for each in refused for origin in each.origins)),
    )


def _is_blank(raw: object) -> bool:
    return isinstance(raw, str) and not raw.strip()


def _together(key: str, parts: list[Part]) -> Part:
    """Return the value of our setting from all that is said for it: every word, the largest number."""
    if SPECS[key].kind is not Kind.CHOICES:
        return max(parts, key=lambda part: part if isinstance(part, float) else 0.0)
    words = {*map(str, parts)}
    if key == _LEFT_ALONE:
        words |= _NEVER_WRITTEN
    return ", ".join(word for word in SPECS[key].choices if word in words)


def _is_accepted(value: TakenOver) -> bool:
    try:
        read(value.raw, SPECS[value.key])
    except BadValueError:
        return False
    return True


def _is_on(raw: object) -> bool:
    return read(raw, SPECS["paused"]) is True


def _off_is(part: Part) -> Callable[[object], Part | None]:
    return lambda raw: None if _is_on(raw) else part


def _on_is(part: Part) -> Callable[[object], Part | None]:
    return lambda raw: part if _is_on(raw) else None


def _number(raw: object) -> float | None:
    """Return None for 0: Stash's page shows it for a number that nobody touched."""
    try:
        number = float(str(raw))
    except ValueError:
        raise BadValueError("must be a number") from None
    return number or None


def _longer(raw: object) -> Part | None:
    number = _number(raw)
    return number if number and number > _ITS_TIMEOUT_S else None


def _seconds(raw: object) -> Part | None:
    try:
        return _INTERVALS[str(raw).strip().lower()]
    except KeyError:
        raise BadValueError(f"must be one of {', '.join(_INTERVALS)}") from None


def _turned_round(raw: object) -> Part | None:
    """Return its "plex => stash" as our "stash => plex", the nearer folder of two first, as ours want it."""
    pairs = [part.partition("=>") for part in str(raw).split(";") if part.strip()]
    if not all(arrow for _, arrow, _ in pairs):
        raise BadValueError("must be lines of the form /plex => /stash")
    turned = [(stash.strip(), plex.strip()) for plex, _, stash in pairs]
    return "; ".join(f"{stash} => {plex}" for stash, plex in sorted(turned, key=lambda pair: -len(pair[0])))


_ITS_TIMEOUT_S: Final = 30.0
_INTERVALS: Final[Mapping[str, float]] = {"never": 0.0, "hourly": 3600.0, "daily": 86_400.0, "weekly": 604_800.0}
_LEFT_ALONE: Final = "skip_fields"
_NEVER_WRITTEN: Final = frozenset({"rating", "director"})
"""What it never writes and we do. Who left fields out there chose among the others, so these are left out, too."""

FOREIGN: Final = (
    Foreign("enabled", "paused", "off: paused", _off_is(True)),
    Foreign("sync_master", "paused", "off: paused", _off_is(True)),
    Foreign("sync_studio", _LEFT_ALONE, "off: studio", _off_is("studio")),
    Foreign("sync_summary", _LEFT_ALONE, "off: summary", _off_is("summary")),
    Foreign("sync_date", _LEFT_ALONE, "off: date", _off_is("date")),
    Foreign("sync_performers", _LEFT_ALONE, "off: actor", _off_is("actor")),
    Foreign("sync_tags", _LEFT_ALONE, "off: genre", _off_is("genre")),
    Foreign("sync_poster", _LEFT_ALONE, "off: poster", _off_is("poster")),
    Foreign(
        "sync_background", "background_image", "on: on; there it was the preview, here it is the cover", _on_is(True)
    ),
    Foreign("sync_collection", "collections_from", "on: studio", _on_is("studio")),
    Foreign("skip_not_found", "skip_not_in_plex", "on: on", _on_is(True)),
    Foreign("read_timeout", "plex_timeout_s", "the same number", _number),
    Foreign("connect_timeout", "plex_timeout_s", "the same number, where it is more than 30", _longer),
    Foreign("plex_read_timeout", "plex_timeout_s", "the same number", _number),
    Foreign("plex_connect_timeout", "plex_timeout_s", "the same number, where it is more than 30", _longer),
    Foreign("debug_logging", "debug", "on: on", _on_is(True)),
    Foreign("dlq_retention_days", "dead_letter_days", "the same number", _number),
    Foreign(
        "reconcile_interval", "reconcile_every_s", "never, hourly, daily, weekly: 0, 3600, 86400, 604800", _seconds
    ),
    Foreign("plex_unmatched_path_map", "path_rules", "each pair the other way round", _turned_round),
    Foreign("sync_tagline", "", "it never sent one"),
    Foreign("strict_matching", "", "what is ambiguous is never written"),
    Foreign("strict_mode", "", "what Plex cannot take is never sent"),
    Foreign("max_tags", "", "lists are never cut"),
    Foreign("poll_interval", "", "a save reaches the worker at once"),
    Foreign("obfuscate_paths", "", "the Support Report masks paths"),
    Foreign("reconcile_scope", "", "everything is compared"),
    Foreign("reconcile_missing", "", "everything is compared"),
    Foreign("reconcile_batch_size", "", "comparing goes on for a second at a time"),
)
"""All of its settings that we do not have under the same name. docs/settings.md is this table for people."""
