"""Preview: per scene and field what a sync would change, and why scenes are left alone. Nothing is written but our own file of lines."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from logs import stash as log
from logs.words import counted
from tasks.context import TaskContext, whole_number
from tasks.output import Output
from tasks.planning import chosen_scenes, reading
from tasks.words import by_kind
from worker.errors import AmbiguousMatchError, UnreadableError
from worker.sync.photos import PHOTOS
from worker.sync.planner import ScenePlan
from worker.sync.preview import describe

LIMIT: Final = 200
FILE: Final = "preview.txt"
_MOST_LINES: Final = 10_000


@dataclass
class Tally:
    """What was found so far: scenes by kind, changes by field, and lines for people: the first `limit` for the answer, all for `output`."""

    limit: int
    output: Output
    scenes: int = 0
    changed: int = 0
    equal: int = 0
    missing: int = 0
    unreadable: int = 0
    ambiguous: int = 0
    to_lock: int = 0
    pictures: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)
    more_lines: int = 0

    def add(self, plan: ScenePlan, *, has_new_picture: bool) -> None:
        """Count one plan; an empty one is a scene that is equal."""
        self.scenes += 1
        self._say(describe(plan))
        if plan.skip is not None:
            self.skipped[plan.skip.code] += 1
        elif plan.error is not None:
            self._count_error(plan.error)
        elif _changes(plan):
            self.changed += 1
            self.fields.update(change.field for work in plan.work for change in work.plan.named_changes)
            self.fields.update(PHOTOS for work in plan.work if work.plan.photos)
        else:
            self.equal += 1
            self.to_lock += differs(plan)
        if has_new_picture:
            self.pictures += 1
            self._say([f"scene {plan.scene.id}: its cover would be compared, and sent if it is new"])

    def answer(self) -> dict[str, Any]:
        """Counts and lines; `text` says the counts in words, in the log too."""
        counts = {
            "scenes": self.scenes,
            "changed": self.changed,
            "equal": self.equal,
            "to_lock": self.to_lock,
            "not_in_plex": self.missing,
            "unreadable": self.unreadable,
            "ambiguous": self.ambiguous,
            "covers": self.pictures,
            "skipped": dict(self.skipped),
            "fields": dict(self.fields.most_common()),
        }
        return {"text": self.output.end(self._text()), **counts, "lines": self.lines, "more_lines": self.more_lines}

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            if len(self.lines) < self.limit:
                self.lines.append(line)
            else:
                self.more_lines += 1
            self.output.say(line)

    def _count_error(self, error: Exception) -> None:
        if isinstance(error, AmbiguousMatchError):
            self.ambiguous += 1
        elif isinstance(error, UnreadableError):
            self.unreadable += 1
        else:
            self.missing += 1

    def _text(self) -> str:
        parts = [
            f"{counted(self.scenes, 'scene')} looked at, nothing was written",
            f"{self.changed:,} would change (fields: {by_kind(dict(self.fields.most_common()))})",
            f"{self.equal:,} up to date" + (f" ({self.to_lock:,} would get locks)" if self.to_lock else ""),
            f"{self.missing:,} not in Plex",
            *([f"{self.unreadable:,} not to be read in Plex"] if self.unreadable else []),
            f"{self.ambiguous:,} ambiguous",
            f"skipped: {by_kind(self.skipped)}",
            f"covers to compare: {self.pictures:,}",
        ]
        return "; ".join(parts)


def preview(args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """What a sync of `scene_ids` ("1, 2", by itself all) would change; at most `limit` lines (default 200) beside the counts in the answer."""
    limit = whole_number(args, "limit", LIMIT, most=_MOST_LINES)
    with Output(context, FILE) as output, reading(context) as reader:
        tally = Tally(limit, output)
        total, refs = chosen_scenes(args, reader.session)
        for plans in reader.plans(refs):
            for plan in plans:
                tally.add(plan, has_new_picture=reader.may_have_new_picture(plan))
            log.progress(tally.scenes / total if total else 1.0)
        return tally.answer()


def _changes(plan: ScenePlan) -> bool:
    """Whether a sync would change anything that people see."""
    return any(work.plan.changes or work.plan.photos for work in plan.work)


def differs(plan: ScenePlan) -> bool:
    """Whether a sync would edit any item of the scene, if only to lock what is equal."""
    return any(not work.plan.is_empty for work in plan.work)


def needs_sync(plan: ScenePlan) -> bool:
    """Whether a sync has anything to do but look at a cover: an edit, or the first record of an item that is equal already."""
    return differs(plan) or any(not work.written.synced_at for work in plan.work)
