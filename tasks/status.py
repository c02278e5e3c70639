"""View Queue Status: what waits, who works, what went wrong, what to do. Standard library only, no connection."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any, Final, TypeVar

from logs import stash as log
from logs.words import counted, span
from logs.worker_log import tail
from records import Held, PauseSpan
from settings.settings import Settings
from storage.errors import StorageError
from sync_queue.dlq import UNREADABLE
from sync_queue.lock import is_worker_alive
from sync_queue.owner import why_not_ours, why_saves_wait
from sync_queue.questions import QueueOverview, overview
from tasks import reasons
from tasks.context import TaskContext
from tasks.foreign import LeftBehind
from tasks.output import by_kind, moment
from tasks.page.overview import Recorded
from worker.facts import LOG_NAME
from worker.launch import STDERR_NAME
from worker.sync.unwritten import HOW_TO_ANSWER, example, question

_T = TypeVar("_T")
_LOG_LINES: Final = 6
_STDERR_LINES: Final = 3
_LETTERS: Final = 3
_NO_LETTERS: Final[dict[str, Any]] = {"dead_letters": {}, "newest_letters": []}


def queue_status(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Return the status (`{"text", "pending", "waiting", …, "problems"}`), and say it line by line in the log.

    The last line first: Stash's Logs page has the newest line on top and keeps 30, so the counts are read first.
    """
    status = collect(context)
    for line in reversed([*lines(status, context.clock()), *(f"  {line}" for line in status["log"])]):
        log.info(line)
    for problem in status["problems"]:
        log.warning(problem)
    return {"text": _headline(status), **status}


def collect(context: TaskContext) -> dict[str, Any]:
    """Return the status as plain values; times are epoch seconds."""
    problems = list(filter(None, [why_not_ours(context.data_dir) or why_saves_wait(context.data_dir)]))
    queue = _try(lambda: overview(context.queue_dir, context.clock()), QueueOverview(), problems)
    letters = _try(lambda: _letters(context), _NO_LETTERS, problems)
    known = _try(lambda: _recorded(context), Recorded(), problems)
    left_behind = _try(lambda: LeftBehind.read(context), LeftBehind(), problems)
    is_alive = is_worker_alive(context.data_dir)
    status = {
        **asdict(queue),
        "waiting": queue.waiting,
        **letters,
        **asdict(known),
        "held": _held(known.held),
        "left_behind": list(left_behind.lines()),
        "worker": {"alive": is_alive, **(known.worker or {})},
        "log": tail(os.path.join(context.data_dir, LOG_NAME), _LOG_LINES),
        "stderr": [] if is_alive else tail(os.path.join(context.data_dir, STDERR_NAME), _STDERR_LINES),
        "problems": problems,
    }
    return {**status, "setup": _setup(status)}


def lines(status: Mapping[str, Any], now: float) -> list[str]:
    """Return the status for people, what matters most first."""
    return [*_of_queue(status, now), *_of_worker(status, now), *_of_plex(status), *_last_pauses(status, now)]


def pause_text(pause: PauseSpan, now: float) -> str:
    """Return since when everything is paused, why, and what to do."""
    advice = reasons.pause(pause.kind).advice.rstrip(".")
    since = f"Paused since {moment(pause.started_at)} ({span(pause.length_s(now))})"
    return f"{since}: {pause.reason.rstrip('.')}. What to do: {advice[:1].lower()}{advice[1:]}. Nothing is lost"


def _headline(status: Mapping[str, Any]) -> str:
    state = "worker alive" if status["worker"]["alive"] else "no worker"
    paused = f", paused: {status['paused']['reason']}" if status["paused"] else ""
    held = f", held: {status['held']['text']}" if status["held"] else ""
    dead = sum(status["dead_letters"].values())
    return (
        f"{status['pending']:,} pending ({status['waiting']:,} waiting), {status['in_progress']:,} in progress, "
        f"{dead:,} dead letters, {state}{paused}{held}"
    )


def _recorded(context: TaskContext) -> Recorded:
    with context.records() as records:
        return Recorded.read(records)


def _held(held: Held) -> dict[str, Any] | None:
    if not held.items:
        return None
    examples = list(map(example, held.examples))
    return {"items": held.items, "fields": dict(held.fields), "text": question(held), "examples": examples}


def _letters(context: TaskContext) -> dict[str, Any]:
    with context.letters() as letters:
        return {"dead_letters": letters.get_error_summary(), "newest_letters": letters.get_recent(_LETTERS)}


def _try(ask: Callable[[], _T], otherwise: _T, problems: list[str]) -> _T:
    """Return the answer; where a file cannot be read, name it and return `otherwise`, so that it hides no other."""
    try:
        return ask()
    except (StorageError, OSError) as error:
        problems.append(str(error))
        return otherwise


def _setup(status: Mapping[str, Any]) -> str:
    """Return what to fill in, as the pause says it or because nothing ever worked: Stash is not asked."""
    paused = status["paused"]
    if paused and paused["kind"] == "settings":
        return str(paused["reason"])
    has_worked = status["last_sync_at"] is not None or paused or status["completed"]
    return "" if has_worked else Settings().what_is_missing().replace("Not set up yet:", "If this is new:", 1)


def _of_queue(status: Mapping[str, Any], now: float) -> Iterator[str]:
    if status["setup"]:
        yield status["setup"]
    if status["moving_in"]:
        yield status["moving_in"]
    yield (
        f"Queue: {counted(status['pending'], 'job')} pending, {status['in_progress']:,} in progress, "
        f"{status['completed']:,} completed, {status['failed']:,} failed"
    )
    if status["waiting"]:
        due_at = status["next_due_at"]
        when = f", the next in {span(due_at - now)} ({moment(due_at)})" if due_at is not None and due_at > now else ""
        waiting = f"Waiting: {counted(status['waiting'], 'job')} for a later try{when}"
        yield f"{waiting}; the task Process Queue tries them at once"
    letters = status["dead_letters"]
    again = " (the task Retry Dead Letters tries them again)" if letters.keys() - {UNREADABLE} else ""
    yield f"Dead letters: {by_kind(letters)}{again}"
    for letter in status["newest_letters"]:
        about = f"{moment(letter['failed_at'])}, id {letter['id']}, {letter['job_key'] or 'no job'}"
        yield f"  {about}: {letter['error_type']}: {letter['error_message']}"
    yield from status["left_behind"]


def _of_worker(status: Mapping[str, Any], now: float) -> Iterator[str]:
    worker = status["worker"]
    since = worker.get("started_at")
    if worker["alive"]:
        running = f" (process {worker['pid']}) for {span(now - since)}, since {moment(since)}" if since else ""
        yield f"Worker: alive{running}"
    else:
        last = f", the last one began {moment(since)}" if since else ""
        yield f"Worker: none; the next save or task starts one{last}"
        if status["stderr"]:
            yield "The last worker that could not go on said:"
            yield from (f"  {line}" for line in status["stderr"])
    if status["paused"]:
        yield pause_text(PauseSpan(**status["paused"]), now)


def _of_plex(status: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"Left out, the others go on: {each}" for each in status["left_out"])
    yield from (f"Not written, everything else is: {each}" for each in (*status["refused"], *status["undressed"]))
    if status["photos_closed"]:
        yield f"Performers' photos: {status['photos_closed']}"
    if status["held"]:
        yield f"Held, not emptied: {status['held']['text']}. What to do: {HOW_TO_ANSWER}"
        yield from (f"  {each}" for each in status["held"]["examples"])
    last = status["last_sync_at"]
    yield "Nothing was synced yet" if last is None else f"Last sync: {moment(last)}"
    if status["skips"]:
        yield f"Scenes not synced, by reason: {by_kind(status['skips'])}"
    if status["left_out_beside"]:
        yield f"Left out of one library and synced in another, by reason: {by_kind(status['left_out_beside'])}"
    if status["unsynced"]:
        scenes = counted(status["unsynced"], "scene")
        yield f"Never synced, though Plex has them: {scenes} (the task Sync All Scenes to Plex syncs them)"


def _last_pauses(status: Mapping[str, Any], now: float) -> Iterator[str]:
    ended = [PauseSpan(**each) for each in status["pauses"] if each["ended_at"] is not None]
    if ended:
        yield "The last pauses:"
        yield from (f"  {moment(past.started_at)}, {span(past.length_s(now))}: {past.reason}" for past in ended)
    if status["log"]:
        yield f"The last lines of the worker's log ({LOG_NAME} in the data folder):"
