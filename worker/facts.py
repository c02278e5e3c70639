"""What the worker tells other processes: keys of `records.facts`, and its files. Imports nothing heavy."""

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from records import Records

RECORDS_NAME: Final = "state.db"
INDEX_NAME: Final = "index.db"
"""The records and the path index, in the data folder."""

LOG_NAME: Final = os.path.join("logs", "worker.log")
"""The worker's log, below the data folder."""

HEARTBEAT: Final = "worker"
"""`{"pid": 4711, "started_at": 1795393093.0, "version": "1.0.0"}` of the last worker that began."""

LAST_SYNC_AT: Final = "last_sync_at"
"""When (epoch seconds) a scene was synced last."""

HOURS: Final = "hours"
"""What was done in each of the last hours, as rows of worker.last_day."""

SERVER: Final = "machine_identifier"
"""`{"id": "…", "name": "Home", "version": "1.41.0"}` of the server that is synced."""

ANSWERS: Final = "answers"
"""`{"plex": [at, s], "stash": [at, s], "stash_version": "v0.30.1"}`: the last answers and how long they took."""

LAST_RECONCILE_AT: Final = "last_reconcile_at"
"""Up to when (epoch seconds) scenes that were saved have been compared with what was synced."""

RECONCILE_FROM: Final = "reconcile_from"
"""From when on (epoch seconds) hooks told of saves: what is older and was never synced is left to Sync All."""

RECONCILE_ASKED_AT: Final = "reconcile_asked_at"
"""When (epoch seconds) a comparison was queued last."""

NEXT_RECONCILE_AT: Final = "next_reconcile_at"
"""When (epoch seconds) the next comparison is due, as the worker saw it last; None: never."""

UNSYNCED: Final = "unsynced"
"""`{"count": 900, "known": 12}`: scenes of Plex that were never synced, and how many others were known then."""

NEWS_UNTIL: Final = "news_until"
"""Up to when, by Stash's clock, the worker has asked for what was saved; see worker.control.news."""

LAST_UNDO: Final = "last_undo"
"""The job_key of the undo of last changes that was begun last; how far it is stands under its progress_fact."""

CAPABILITIES: Final = "plex_habits"
"""What was learned about the server (plex.capabilities.Capabilities.as_dict), with `server`, which it holds for."""

UPDATES_MOVE: Final = "plex_updates_move"
"""Whether an edit moves an item's `updatedAt` on this server: true, false, or not seen yet."""

COLLECTIONS_SOUGHT: Final = "collections_sought"
"""The sections in which collections were looked for that edits of before had made."""

COLLECTION_NAMES_STAY: Final = "plex_collection_names_stay"
"""The server, as PlexClient.known_as, whose items keep the name of a collection that is renamed."""

LEFT_OUT: Final = "left_out"
"""Sentences that say which libraries and items Plex does not list, though it answers everything else."""

GATES: Final = "gates"
"""The settings that leave scenes out, by the code of the skip, as the worker saw them last."""

CONTENT: Final = "content"
"""`{"now": {…}, "before": [{…}]}`: the settings of the content as the worker saw them last, and those before it.

Before it are those under which something may have been synced that was not looked at since.
"""

LIBRARIES: Final = "libraries"
"""`{"Films": 3}`: which library each name in the setting `libraries` was found to mean last, by its section key."""

LIBRARY_NOTES: Final = "library_notes"
"""Sentences on names in the setting `libraries` that are not simply those of a library that is synced."""

TAG_REACH: Final = "tag_reach"
"""`{"Animals/*": [4, 9]}`: the words of the settings that name tags, with the ids of those, as the worker saw last."""

MATCHING: Final = "matching"
"""The settings that say where a scene's files are looked for, as the worker saw them last."""

PHOTOS_CLOSED: Final = "photos_closed"
"""Why the worker cannot serve performers' photos, as a sentence; "" or absent: it can, or is not asked to."""

PHOTOS_MISSED: Final = "photos_missed"
"""Whether scenes were synced without their performers' photos because the worker could not serve them."""

MOVING_IN: Final = "moving_in"
"""A sentence on what counts of the predecessor's settings, as the worker saw them last; "" or absent: nothing."""


def progress_fact(job_key: str) -> str:
    """Return the fact that tells how far the control job is; see worker.control.jobs.Progress."""
    return f"errand:{job_key}"


def known_scenes(records: "Records") -> int:
    """Return how many scenes are synced or left alone for a reason, nearly: one that is both counts twice."""
    return records.written.scene_count() + sum(records.skips.counts().values())


def unsynced(records: "Records") -> int | None:
    """Return how many scenes Plex has that were never synced, nearly; None before the first comparison.

    It is what was counted last, less those that became known since.
    """
    counted = records.facts.get(UNSYNCED)
    return None if counted is None else max(0, counted["count"] - max(0, known_scenes(records) - counted["known"]))


def is_comparison_due(records: "Records", now: float) -> bool:
    """Return whether it is time for a comparison, also where a version before this one has compared last."""
    next_at = records.facts.get(NEXT_RECONCILE_AT, records.facts.get(LAST_RECONCILE_AT))
    return next_at is not None and bool(now >= next_at)
