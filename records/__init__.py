"""What we wrote, what was there before, what happened (`data/state.db`). Knows neither Stash nor Plex nor jobs; never holds a secret."""

from records.changes import ChangedRun, Choice, Overwritten
from records.emptyings import Counted, Emptying, Held, State
from records.history import FieldChange, Sync
from records.identity import FileMark, Identity
from records.originals import Original
from records.pauses import Pause
from records.records import Records
from records.refused import RefusedByItem, RefusedField
from records.relations import Relations
from records.runs import Run
from records.scenes import KnownScene
from records.skips import Skip
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
    "Original",
    "Overwritten",
    "Pause",
    "Records",
    "RefusedByItem",
    "RefusedField",
    "Relations",
    "Run",
    "Skip",
    "State",
    "Sync",
    "Written",
    "taken_over",
    "united",
    "without_pictures",
]
