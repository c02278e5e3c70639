"""View Queue Status: what waits, who works, what went wrong, and what to do about it. Standard library only; needs no connection."""

import os
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from logs import stash as log
from logs.words import counted, span
from logs.worker_log import tail
from records import Held, Pause, Records
from settings.model import Settings
from storage.errors import StorageError
from sync_queue.dlq import DeadLetterQueue
from sync_queue.lock import is_worker_alive
from sync_queue.owner import why_not_ours
from sync_queue.stats import Overview, overview
from tasks.context import TaskContext
from tasks.words import by_kind, moment
from worker.activity_log import LAST_SYNC_AT
from worker.facts import HEARTBEAT, LEFT_OUT, LOG_NAME, unsynced
from worker.process.launch import STDERR_NAME
from worker.sync import refusing
from worker.sync.question import HOW_TO_ANSWER, example, question

_T = TypeVar("_T")
_LOG_LINES: Final = 6
_STDERR_LINES: Final = 3
_NO_LETTERS: Final[Mapping[str, Any]] = {"dead_letters": {}, "newest_letters": []}
_PAUSES: Final = 3
_LETTERS: Final = 3
WHAT_TO_DO: Final[Mapping[str, str]] = {
    "plex": "it goes on by itself as soon as Plex answers",
    "plex_token": "enter a valid token in Plex · Token (plex_token); it goes on by itself then",
    "plex_address": "type the token once more on the page of Stash2Plex in Stash, in the tab Set-up, or put the address back; it goes on by itself then",
    "plex_settings": "fix the setting that is named; the task Test Connection says more",
    "stash": "it goes on by itself as soon as Stash answers",
    "stash_login": "the next save or task in Stash brings a fresh login",
    "settings": "fix the settings that are named; it goes on by itself then",
    "other_stash": "it goes on by itself when the Stash of before is back; to go on with this one, run Begin Afresh",
    "user": "turn the setting paused off; it goes on by itself then",
}
"""Kind of a pause (worker.outcome) to what ends it."""


def queue_status(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Everything as a dict, and line by line in the log: `{"text", "pending", "waiting", …}`; what cannot be read is named under "problems".

    The last line first: Stash's Logs page has the newest line on top and keeps 30, so it is read there from the counts downwards.
    """
    status = collect(context)
    said = [*lines(status, context.clock()), *(f"  {line}" for line in status["log"])]
    for line in reversed(said):
        log.info(line)
    for problem in status["problems"]:
        log.warning(problem)
    return {"text": _headline(status), **status}


def collect(context: TaskContext) -> dict[str, Any]:
    """The status as plain values; times are epoch seconds."""
    problems = list(filter(None, [why_not_ours(context.data_dir)]))
    queue = _try(lambda: overview(context.queue_dir, context.clock()), Overview(), problems)
    letters = _try(lambda: _letters(context.data_dir), _NO_LETTERS, problems)
    known = _try(lambda: _recorded(context), dict[str, Any](), problems)
    is_alive = is_worker_alive(context.data_dir)
    worker = {"alive": is_alive, **(known.pop("worker", None) or {})}
    status = {
        "pending": queue.pending,
        "waiting": queue.waiting,
        "next_due_at": queue.next_due_at if queue.waiting else None,
        "in_progress": queue.in_progress,
        "completed": queue.completed,
        "failed": queue.failed,
        **letters,
        "worker": worker,
        "paused": None,
        "last_sync_at": None,
        "pauses": [],
        "skips": {},
        "left_out": [],
        "unsynced": None,
        "refused": [],
        "held": None,
        **known,
        "log": tail(os.path.join(context.data_dir, LOG_NAME), _LOG_LINES),
        "stderr": [] if is_alive else tail(os.path.join(context.data_dir, STDERR_NAME), _STDERR_LINES),
        "problems": problems,
    }
    return {**status, "setup": _setup(status)}


def lines(status: Mapping[str, Any], now: float) -> list[str]:
    """The status for people, what matters most first."""
    letters = status["dead_letters"]
    return [
        *([status["setup"]] if status["setup"] else []),
        f"Queue: {counted(status['pending'], 'job')} pending, {status['in_progress']:,} in progress, {status['completed']:,} completed, {status['failed']:,} failed",
        *_waiting(status, now),
        f"Dead letters: {by_kind(letters)}" + (" (the task Retry Dead Letters tries them again)" if letters else ""),
        *(
            f"  {moment(letter['failed_at'])}, id {letter['id']}, {letter['job_key'] or 'no job'}: {letter['error_type']}: {letter['error_message']}"
            for letter in status["newest_letters"]
        ),
        *_worker(status, now),
        *([pause_text(_pause_of(status["paused"]), now)] if status["paused"] else []),
        *(f"Left out, the others go on: {each}" for each in status["left_out"]),
        *(f"Not written, everything else is: {each}" for each in status["refused"]),
        *_held(status),
        "Nothing was synced yet" if status["last_sync_at"] is None else f"Last sync: {moment(status['last_sync_at'])}",
        *([f"Scenes not synced, by reason: {by_kind(status['skips'])}"] if status["skips"] else []),
        *_unsynced(status),
        *_last_pauses(status, now),
        *([f"The last lines of the worker's log ({LOG_NAME} in the data folder):"] if status["log"] else []),
    ]


def pause_text(pause: Pause, now: float) -> str:
    """Since when everything is paused, why, and what to do."""
    advice = WHAT_TO_DO.get(pause.kind, "it goes on by itself")
    return f"Paused since {moment(pause.started_at)} ({span(pause.length_s(now))}): {pause.reason.rstrip('.')}. What to do: {advice}. Nothing is lost"


def _headline(status: Mapping[str, Any]) -> str:
    state = "worker alive" if status["worker"]["alive"] else "no worker"
    paused = f", paused: {status['paused']['reason']}" if status["paused"] else ""
    dead = sum(status["dead_letters"].values())
    held = f", held: {status['held']['text']}" if status["held"] else ""
    return f"{status['pending']:,} pending ({status['waiting']:,} waiting), {status['in_progress']:,} in progress, {dead:,} dead letters, {state}{paused}{held}"


def _recorded(context: TaskContext) -> dict[str, Any]:
    with context.records() as records:
        current = records.pauses.current()
        return {
            "worker": records.facts.get(HEARTBEAT),
            "paused": _plain(current) if current else None,
            "pauses": [_plain(pause) for pause in records.pauses.last(_PAUSES)],
            "last_sync_at": records.facts.get(LAST_SYNC_AT),
            "skips": _skips(records),
            "left_out": records.facts.get(LEFT_OUT, []),
            "unsynced": unsynced(records),
            "refused": refusing.report(records),
            "held": _asked(records.emptyings.held()),
        }


def _asked(held: Held) -> dict[str, Any] | None:
    if not held.items:
        return None
    return {
        "items": held.items,
        "fields": dict(held.fields),
        "text": question(held),
        "examples": list(map(example, held.examples)),
    }


def _skips(records: Records) -> dict[str, int]:
    return dict(sorted(records.skips.counts().items(), key=lambda each: -each[1]))


def _letters(data_dir: str) -> Mapping[str, Any]:
    if not os.path.exists(os.path.join(data_dir, "dlq.db")):
        return _NO_LETTERS  # looking makes no file
    letters = DeadLetterQueue(data_dir)
    try:
        return {"dead_letters": letters.get_error_summary(), "newest_letters": letters.get_recent(_LETTERS)}
    finally:
        letters.close()


def _try(ask: Callable[[], _T], otherwise: _T, problems: list[str]) -> _T:
    """A file that cannot be read is named, and hides nothing of the others."""
    try:
        return ask()
    except (StorageError, OSError) as error:
        problems.append(str(error))
        return otherwise


def _plain(pause: Pause) -> dict[str, Any]:
    return {"kind": pause.kind, "reason": pause.reason, "started_at": pause.started_at, "ended_at": pause.ended_at}


def _pause_of(plain: Mapping[str, Any]) -> Pause:
    return Pause(plain["kind"], plain["reason"], plain["started_at"], plain["ended_at"])


def _setup(status: Mapping[str, Any]) -> str:
    """What to fill in, as far as that is known without asking Stash: from the pause, or because nothing ever worked."""
    paused = status["paused"]
    if paused and paused["kind"] == "settings":
        return str(paused["reason"])
    has_worked = status["last_sync_at"] is not None or paused or status["completed"]
    return "" if has_worked else Settings().what_is_missing().replace("Not set up yet:", "If this is new:", 1)


def _waiting(status: Mapping[str, Any], now: float) -> list[str]:
    if not status["waiting"]:
        return []
    due_at = status["next_due_at"]
    when = f", the next in {span(due_at - now)} ({moment(due_at)})" if due_at is not None and due_at > now else ""
    return [
        f"Waiting: {counted(status['waiting'], 'job')} for a later try{when}; the task Process Queue tries them at once"
    ]


def _held(status: Mapping[str, Any]) -> list[str]:
    held = status["held"]
    if held is None:
        return []
    told = f"Held, not emptied: {held['text']}. What to do: {HOW_TO_ANSWER}"
    return [told, *(f"  {each}" for each in held["examples"])]


def _unsynced(status: Mapping[str, Any]) -> list[str]:
    count = status["unsynced"]
    if not count:
        return []
    return [
        f"Never synced, though Plex has them: {counted(count, 'scene')} (the task Sync All Scenes to Plex syncs them)"
    ]


def _worker(status: Mapping[str, Any], now: float) -> list[str]:
    worker = status["worker"]
    since = worker.get("started_at")
    if worker["alive"]:
        told = f" (process {worker['pid']}) for {span(now - since)}, since {moment(since)}" if since else ""
        return [f"Worker: alive{told}"]
    said = [
        "Worker: none; the next save or task starts one" + (f", the last one began {moment(since)}" if since else "")
    ]
    if status["stderr"]:
        said += ["The last worker that could not go on said:", *(f"  {line}" for line in status["stderr"])]
    return said


def _last_pauses(status: Mapping[str, Any], now: float) -> list[str]:
    ended = [_pause_of(plain) for plain in status["pauses"] if plain["ended_at"] is not None]
    if not ended:
        return []
    return ["The last pauses:"] + [
        f"  {moment(pause.started_at)}, {span(pause.length_s(now))}: {pause.reason}" for pause in ended
    ]
