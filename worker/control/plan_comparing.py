"""Which synced scenes something else is planned for under other settings of the content: these are queued."""

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

from logs.words import counted
from matching.gate import why_skip
from plex.fields import is_empty, same
from settings.choices import BackgroundFrom
from settings.settings import Settings
from sync_queue.models import run_name
from sync_queue.pending import Selection, make_due
from sync_queue.settling import ClaimedJob
from worker.control.jobs import put_next_step, queue_scenes
from worker.control.settings_changes import LIBRARY_NAMES, restored
from worker.errors import HeldError
from worker.facts import CONTENT, LIBRARIES
from worker.protocols import CONTROL, Result
from worker.sync.posters import background_recipes, poster_recipes
from worker.sync.tag_reader import needs_of
from worker.sync.wanted import PHOTOS, photos_of, wanted_values

if TYPE_CHECKING:
    from records import Records
    from stash.errors import StashTooLarge
    from stash.model import Scene
    from worker.sync.plex_link import PlexLink
    from worker.sync.stash_link import StashLink

log = logging.getLogger("stash2plex.worker")

PAGE: Final = 500
STEP_S: Final = 1.0
"""How long a step compares plans before saves get their turn again; a page is always finished."""


def compare_plans(
    stash: "StashLink",
    plex: "PlexLink",
    records: "Records",
    queue_dir: str,
    clock: Callable[[], float],
    claimed: ClaimedJob,
) -> Result:
    """Queue the synced scenes for which something else is planned now, for a second at a time: each step is a job.

    A kill in the middle repeats a step and doubles nothing.

    Raises:
        StashError, PlexError: what pauses everything leaves the job where it is.
    """
    data, run = claimed.job["data"], run_name("settings", claimed.job["enqueued_at"])
    now, before = restored(data["now"]), [restored(each) for each in data["before"]]
    after, found = int(data.get("after", 0)), int(data.get("found", 0))
    if LIBRARY_NAMES in data["now"] and _are_others(plex, records):
        # What is planned now is not what it was asked for: the next look asks anew.
        return Result(claimed, kind=CONTROL)
    until = time.monotonic() + STEP_S
    while scene_ids := records.written.scene_ids(after=after, limit=PAGE):
        differing = _differing(stash, records, scene_ids, now, before)
        queue_scenes(queue_dir, differing, run, clock())
        after, found = scene_ids[-1], found + len(differing)
        if time.monotonic() >= until:
            put_next_step(queue_dir, claimed.job, after=after, found=found)
            return Result(claimed, kind=CONTROL)
    # What is held may be no loss under these settings, and its jobs, due in a day, are all that its scenes get.
    make_due(queue_dir, clock(), Selection(error_type=HeldError.__name__))
    known = records.facts.get(CONTENT) or {}
    if known.get("now") == data["now"] and known.get("before") == data["before"]:
        records.facts.put(CONTENT, {**known, "before": []})
    log.info(
        "Settings of the content were changed: %s queued, for which something else is planned now",
        counted(found, "scene"),
    )
    return Result(claimed, kind=CONTROL)


def _are_others(plex: "PlexLink", records: "Records") -> bool:
    """Ask Plex which libraries are meant, and return whether that is news."""
    known = records.facts.get(LIBRARIES)
    plex.sections()
    return bool(records.facts.get(LIBRARIES) != known)


def _differing(
    stash: "StashLink", records: "Records", scene_ids: Sequence[int], now: Settings, before: Sequence[Settings]
) -> list[int]:
    unread: dict[int, StashTooLarge] = {}
    needs = reduce(or_, map(needs_of, (now, *before)))
    scenes, written = stash.scenes(scene_ids, unread, needs), records.written.get_many(scene_ids)
    found = []
    for key, scene in scenes.items():
        sections = {record.section_key for record in written.get(key, {}).values()}
        if any(_differs_somewhere(scene, sections, each, now) for each in before):
            found.append(key)
    return found


def _differs_somewhere(scene: "Scene", sections: Iterable[int], before: Settings, now: Settings) -> bool:
    """Whether something else is planned for the scene's items in these libraries, or one takes it that left it out."""
    if not (before.libraries or now.libraries):
        return differs(scene, before, now)
    named = {each.name for settings in (before, now) for each in settings.libraries}
    return any(
        differs(scene, before.for_library(names), now.for_library(names)) for names in ({str(key)} for key in sections)
    ) or any(
        why_skip(scene, before.for_library(names)) and not why_skip(scene, now.for_library(names))
        for names in (set(), *({name} for name in named))
    )


def differs(scene: "Scene", before: Settings, now: Settings) -> bool:
    """Return whether something else is planned for `scene` now.

    What is left alone now stays as it is; what was left alone before differs where there is something to write.
    """
    old, new = planned(scene, before), planned(scene, now)
    return any(not same(value, old[name]) if name in old else not is_empty(value) for name, value in new.items())


def planned(scene: "Scene", settings: Settings) -> dict[str, Any]:
    """Return all that Plex should show for `scene`: fields, pictures, and which lists are to be exactly Stash's.

    And whether also where something was filled before: what was synced while it was not is looked at again.
    """
    # A sort title that Stash has no longer is made from the title again.
    values: dict[str, Any] = {"sort_title": "", **wanted_values(scene, settings)}
    values["poster"] = _picture(scene, poster_recipes, settings)
    if settings.background_image is not BackgroundFrom.NONE:
        values["background"] = _picture(scene, background_recipes, settings)
    values = {name: value for name, value in values.items() if name not in settings.skip_fields}
    if "actor" in values:
        values[PHOTOS] = tuple(f"{name} {url}" for name, url in photos_of(scene, settings).items())
    if values.get("collection"):
        values["collection size"] = str(settings.collection_size)
    if settings.collections_follow and values.get("collection"):
        values["collections follow"] = tuple(sorted(settings.collections_follow))
    values |= {f"mirror {name}": "yes" for name in settings.mirror_lists if name in values}
    return values if settings.fills_only else {**values, "what was filled before": "yes"}


def _picture(scene: "Scene", recipes: Callable[["Scene", Settings], tuple[str, ...]], settings: Settings) -> str:
    return f"as {', '.join(recipes(scene, settings))}" if scene.screenshot_path else ""
