"""Which function answers which mode of a task or operation. A module is imported when it is asked for."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from plex.errors import PlexError
from stash.errors import StashError
from storage.errors import StorageError
from tasks.context import TaskContext, TaskError
from worker.errors import NotConfiguredError

TASKS: Final[Mapping[str, str]] = {
    "all": "tasks.sync:sync_all",
    "recent": "tasks.sync:sync_recent",
    "process_queue": "tasks.sync:process_queue",
    "queue_status": "tasks.status:queue_status",
    "clear_queue": "tasks.queue:clear_queue",
    "clear_dlq": "tasks.queue:clear_dlq",
    "purge_dlq": "tasks.queue:purge_dlq",
    "retry_dlq": "tasks.queue:retry_dlq",
    "preview": "tasks.preview:preview",
    "reconcile": "tasks.sync:reconcile",
    "test_connection": "tasks.diagnosis:try_connection",
    "rebuild_index": "tasks.control_jobs:rebuild_index",
    "restore": "tasks.control_jobs:restore",
    "undo": "tasks.control_jobs:undo",
    "begin_afresh": "tasks.control_jobs:begin_afresh",
    "empty_held": "tasks.control_jobs:empty_held",
    "keep_held": "tasks.control_jobs:keep_held",
    "support_report": "tasks.support:support_report",
}
"""Modes of the manifest's tasks, as module and function: of arguments and context, to what JSON can hold."""

OPERATIONS: Final[Mapping[str, str]] = {
    "ui_together": "tasks.page.together:ui_together",
    "ui_overview": "tasks.page.overview:ui_overview",
    "ui_missing": "tasks.page.library:ui_missing",
    "ui_jobs": "tasks.page.job_lists:ui_jobs",
    "ui_history": "tasks.page.last_syncs:ui_history",
    "ui_runs": "tasks.page.last_syncs:ui_runs",
    "ui_retry": "tasks.page.job_actions:ui_retry",
    "ui_discard": "tasks.page.job_actions:ui_discard",
    "ui_scan": "tasks.page.job_actions:ui_scan",
    "ui_sync": "tasks.page.job_actions:ui_sync",
    "ui_wake": "tasks.page.overview:ui_wake",
    "ui_settings": "tasks.page.settings:ui_settings",
    "ui_save": "tasks.page.saving:ui_save",
    "ui_move_token": "tasks.page.saving:ui_move_token",
    "ui_sign_in_begin": "tasks.page.sign_in:ui_sign_in_begin",
    "ui_sign_in_look": "tasks.page.sign_in:ui_sign_in_look",
    "ui_sign_in_choose": "tasks.page.sign_in:ui_sign_in_choose",
    "ui_predecessor": "tasks.page.saving:ui_predecessor",
    "ui_sample": "tasks.page.tried_settings:ui_sample",
    "ui_example": "tasks.page.example:ui_example",
    "ui_pause": "tasks.page.saving:ui_pause",
    "ui_resume": "tasks.page.saving:ui_resume",
    "ui_check": "tasks.diagnosis:ui_check",
    "ui_mapping": "tasks.mapping:ui_mapping",
    "ui_preview": "tasks.preview:ui_preview",
    "ui_pictures": "tasks.page.pictures:ui_pictures",
    "ui_find": "tasks.page.scene_titles:ui_find",
    "ui_scene": "tasks.page.scene:ui_scene",
    "ui_scene_news": "tasks.page.last_syncs:ui_scene_news",
    "ui_card_marks": "tasks.page.card_marks:ui_card_marks",
    "ui_keep": "tasks.control_jobs:ui_keep",
    "ui_undo": "tasks.control_jobs:ui_undo",
    "ui_emptying": "tasks.control_jobs:ui_emptying",
}
"""Modes of the operations that the page calls (docs/page.md); functions as those of TASKS."""

ON_DISK: Final = frozenset(
    {
        "ui_overview",
        "ui_missing",
        "ui_jobs",
        "ui_history",
        "ui_runs",
        "ui_scene_news",
        "ui_card_marks",
        "ui_retry",
        "ui_discard",
        "ui_sync",
        "ui_wake",
    }
)
"""Operations that reach no network; they answer before the libraries for that could even be imported."""

WITHOUT_LIBRARIES: Final = ON_DISK | {
    "ui_together",
    "queue_status",
    "clear_queue",
    "clear_dlq",
    "purge_dlq",
    "retry_dlq",
}
"""Modes that run with the standard library alone, so that a person can tidy up a broken installation."""


_EXPLAINED: Final = (PlexError, StashError, StorageError, NotConfiguredError)
"""What can keep a task from its end, and says so for people."""


def run(args: Mapping[str, Any], context: TaskContext) -> Any:
    """Return the answer of the mode `args["mode"]`. Raise TaskError where there is none, or it could not be done."""
    mode = args.get("mode")
    target = {**TASKS, **OPERATIONS}.get(mode) if isinstance(mode, str) else None
    if target is None:
        raise TaskError(f"there is no task {mode!r}; mode is one of: {', '.join(sorted(TASKS))}, or one of the page's")
    if mode not in WITHOUT_LIBRARIES:
        _activate(context.plugin_dir)
    module, _, function = target.partition(":")
    try:
        return getattr(import_module(module), function)(args, context)
    except _EXPLAINED as error:
        raise TaskError(str(error) or type(error).__name__) from error


def _activate(plugin_dir: str) -> None:
    from worker.installation import MissingDependencyError, activate

    try:
        activate(plugin_dir)
    except MissingDependencyError as error:
        raise TaskError(str(error)) from error
