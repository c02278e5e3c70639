"""The worker process up to its lock and pipe, and what it owes to hooks when it ends. Imports nothing heavy."""

import contextlib
import io
import os
import sys
from typing import TYPE_CHECKING, Final

from sync_queue.lock import WorkerLock
from worker import notices
from worker.installation import QUIET_S, STILL_S, MissingDependencyError, UpdateWatch, activate, import_all
from worker.launch import STDERR_NAME, ensure_worker, is_stop, parse_message, start_worker
from worker.process.handover import is_requested, take_over
from worker.process.pipe import pipe_of

if TYPE_CHECKING:
    from worker.process.hosting import Ending
    from worker.process.pipe import Pipe

_STDERR_BYTES: Final = 64 * 1024
_MIXED: Final = (ImportError, SyntaxError, AttributeError, LookupError, NameError, TypeError, ValueError)
"""What importing ends in where half of the files are of another version."""


def main(data_dir: str, script: str, began_at: float) -> int:
    """Be the worker of `data_dir`, unless there is one; return the exit status.

    `began_at` is when the process began to import anything of ours, in epoch seconds.

    What is imported before an update of the plugin and what is imported behind it do not fit. So a process that finds
    itself on both sides waits for the end of the update, and has another one begin.
    """
    _write_utf_8()
    line = _first_line()
    updates = UpdateWatch(os.path.dirname(os.path.abspath(script)), began_at)
    lock = WorkerLock(data_dir)

    def begin_anew(quiet_s: float = QUIET_S) -> int:
        updates.wait_for_stillness(quiet_s)
        lock.release()
        if os.path.exists(script):
            start_worker(data_dir, script, line)
        return 0

    try:
        if not take_over(data_dir, lock, line, begin_anew):
            return 0
        return begin_anew() if updates.is_under_way() else _begin(data_dir, script, lock, line, updates)
    except (*_MIXED, MissingDependencyError) as error:
        return begin_anew(STILL_S) if updates.may_lack_files() else _cannot_work(data_dir, error)
    except OSError as error:
        return begin_anew(STILL_S) if updates.has_changed() else _cannot_work(data_dir, error)


def _first_line() -> bytes:
    """Return the line on stdin, and let go of the pipe that it came by."""
    line = sys.stdin.buffer.readline()
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return line


def _begin(data_dir: str, script: str, lock: WorkerLock, line: bytes, updates: UpdateWatch) -> int:
    os.umask(0o077)
    pipe = pipe_of(data_dir)
    pipe.open()
    _keep_stderr_small(data_dir)
    plugin_dir = os.path.dirname(os.path.abspath(script))
    activate(plugin_dir)
    import_all()
    if updates.has_changed():
        raise ImportError("the plugin's files have changed while they were imported")
    return _work(data_dir, script, lock, pipe, line, updates)


def _work(data_dir: str, script: str, lock: WorkerLock, pipe: "Pipe", line: bytes, updates: UpdateWatch) -> int:
    from worker.process.hosting import CannotWorkError, host

    try:
        ending = host(data_dir, script, pipe, lock, line, updates)
    except CannotWorkError as error:
        return _cannot_work(data_dir, error)
    unread = pipe.take_unread()
    pipe.close()
    if ending.is_whole:
        lock.release()
    if _is_worker_needed(data_dir, ending, unread) and os.path.exists(script):
        newest = next((each + b"\n" for each in reversed(unread) if parse_message(each)), ending.line)
        ensure_worker(data_dir, script, newest)
    return 0


def _is_worker_needed(data_dir: str, ending: "Ending", unread: list[bytes]) -> bool:
    """Return whether a successor has to be started: a hook that wrote behind the last look counts on one."""
    from worker.process.lifetime import ExitReason

    if ending.reason.wants_successor or ending.is_awaited or not all(map(is_stop, unread)):
        return True
    if ending.reason is ExitReason.HANDOVER:
        return not is_requested(data_dir)  # it was there a moment ago
    return ending.reason is ExitReason.IDLE and _is_anything_pending(data_dir)


def _is_anything_pending(data_dir: str) -> bool:
    import sqlite3

    from sync_queue import get_stats, schema

    try:
        return get_stats(os.path.join(data_dir, schema.FOLDER))["pending"] > 0
    except sqlite3.Error:  # those of the queue are among them
        return False


def _cannot_work(data_dir: str, error: Exception) -> int:
    from storage.disk import why_no_sqlite
    from sync_queue.owner import why_not_ours

    why = why_not_ours(data_dir) or why_no_sqlite(data_dir)
    reason = ". ".join(filter(None, (str(error).rstrip("."), why)))
    sys.stderr.write(f"The worker cannot work: {reason}\n")
    notices.leave(data_dir, notices.PROBLEM, reason)
    return 1


def _write_utf_8() -> None:
    """Have what goes to stderr be read everywhere: Windows would write it in the signs of its country."""
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")


def _keep_stderr_small(data_dir: str) -> None:
    with contextlib.suppress(OSError):
        if os.path.getsize(os.path.join(data_dir, STDERR_NAME)) > _STDERR_BYTES:
            os.truncate(os.path.join(data_dir, STDERR_NAME), 0)
