"""What we wrote, what was there before, what happened (`data/state.db`). Knows neither servers nor jobs nor secrets.

A name's module is imported when the name is first used (PEP 562): each look at the page is a process, and needs half.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from records.changes import ChangedRun, Choice, Overwritten
    from records.emptyings import Counted, Emptying, Held, State
    from records.life import FieldChange, PauseSpan, Run, Sync
    from records.made_collections import OwnCollection, Sources
    from records.members import Member, Place
    from records.originals import Original
    from records.records import Records
    from records.scene_notes import RefusedByItem, RefusedField, Relations, Skip
    from records.seen import KnownScene
    from records.sent_names import SentNames
    from records.values import FileMark, Identity
    from records.written import Intent, Written, taken_over, united, without_pictures

__all__ = [
    "ChangedRun",
    "Choice",
    "Counted",
    "Emptying",
    "FieldChange",
    "FileMark",
    "Held",
    "Identity",
    "Intent",
    "KnownScene",
    "Member",
    "Original",
    "Overwritten",
    "OwnCollection",
    "PauseSpan",
    "Place",
    "Records",
    "RefusedByItem",
    "RefusedField",
    "Relations",
    "Run",
    "SentNames",
    "Skip",
    "Sources",
    "State",
    "Sync",
    "Written",
    "taken_over",
    "united",
    "without_pictures",
]

_NAMES: Final = {
    "changes": ("ChangedRun", "Choice", "Overwritten"),
    "emptyings": ("Counted", "Emptying", "Held", "State"),
    "life": ("FieldChange", "PauseSpan", "Run", "Sync"),
    "made_collections": ("OwnCollection", "Sources"),
    "members": ("Member", "Place"),
    "originals": ("Original",),
    "records": ("Records",),
    "scene_notes": ("RefusedByItem", "RefusedField", "Relations", "Skip"),
    "seen": ("KnownScene",),
    "sent_names": ("SentNames",),
    "values": ("FileMark", "Identity"),
    "written": ("Intent", "Written", "taken_over", "united", "without_pictures"),
}
_HOMES: Final = {name: module for module, names in _NAMES.items() for name in names}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
