"""Names under which the worker tells other processes about itself: keys of `records.facts`, and its log. Standard library only, imports nothing heavy."""

import os
from typing import Final

HEARTBEAT: Final = "worker"
"""`{"pid": 4711, "started_at": 1795393093.0, "version": "1.0.0"}` of the last worker that began."""

LAST_RECONCILE_AT: Final = "last_reconcile_at"
"""Up to when (epoch seconds) scenes that were saved have been compared with what was synced."""

NEWS_UNTIL: Final = "news_until"
"""Up to when, by Stash's clock, the worker has asked for what was saved; see worker.news."""

LAST_UNDO: Final = "last_undo"
"""The job_key of the undo of last changes that was begun last; how far it is stands under its errand_fact."""

GATES: Final = "gates"
"""The settings that leave scenes out, by the code of the skip, as the worker saw them last."""

LOG_NAME: Final = os.path.join("logs", "worker.log")
"""The worker's log, below the data folder."""


def errand_fact(job_key: str) -> str:
    """The fact that tells how far the errand of this job is; see worker.errands.Progress."""
    return f"errand:{job_key}"


LEFT_OUT: Final = "left_out"
"""The fact that says which libraries and items Plex does not list, though it answers everything else: sentences for people."""
