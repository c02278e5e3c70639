"""What we wrote, what was there before, what happened (`data/state.db`). Knows neither servers nor jobs nor secrets."""

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
