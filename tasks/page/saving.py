"""`ui_save`, `ui_move_token`, `ui_predecessor`, `ui_pause`, `ui_resume`: settings as the page changes them.

Stash replaces a plugin's whole map, so what is saved is merged here with what it holds, by one process at a time. The
token does not go there: it goes into a file of the plugin's own.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, Final

from settings.by_library import problems_of, with_changes
from settings.predecessor import CHOICE, Chosen
from settings.settings import Settings, Source
from settings.sources import TOKEN_FILE_NAME
from settings.spec import SPECS
from stash.client import StashClient
from stash.errors import StashError
from stash.settings_source import store
from sync_queue.lock import WorkerLock
from tasks.context import TaskContext, TaskError, switch, text
from tasks.page.settings import in_words, shown
from tasks.page.shapes import ActionDone, SaveAnswer
from tasks.setting_sources import (
    NEEDED,
    merged,
    overruled_by,
    overruled_for,
    read,
    sources_of,
    typed_values,
    way_to_plex,
)
from worker.sync.token_bounds import TokenBounds

_TOKEN: Final = "plex_token"  # noqa: S105 - the name of a setting
_LOCK_NAME: Final = "settings.lock"
_TRIES: Final = 200  # ten seconds
_EMPTY: Final = "must not be empty; nothing was saved"
_OVERRULED: Final = "is set by {by}; change it there. Nothing was saved"
_THEIRS: Final = "comes from the other Stash2Plex; choose above first what holds of it. Nothing was saved"


def emptied(changes: Mapping[str, Any]) -> list[str]:
    """Return the keys of what Plex cannot be reached without, and whose text was cleared."""
    return [key for key in NEEDED if isinstance(value := changes.get(key), str) and not value.strip()]


def ui_save(args: Mapping[str, Any], context: TaskContext) -> SaveAnswer:
    """Save `values` (key to text, number, true or false; null takes a key out, so that its default counts).

    All of them or none. A token is kept in the plugin's own file, for the address that is saved with it; another
    address without the token is refused. With a `library`, its name or section id, they are saved as its own; null then
    means that it is as for all. Raise TaskError for keys that Stash does not keep, or that no library can have.
    """
    changes, library = _changes(args), text(args, "library")
    with _saving(context) as client:
        if library:
            return _save_of_library(context, client, library, changes)
        sources = read(context, client, changes)
        problems = {each.setting: each.message for each in sources.problems if each.setting in changes}
        problems |= _overruled({key: overruled_by(SPECS[key], sources) for key in changes if key != _TOKEN})
        problems |= dict.fromkeys(emptied(changes), _EMPTY)
        theirs = {each.key for each in sources.values.taken_over}
        problems |= {key: _THEIRS for key in changes if key in theirs}
        way = way_to_plex(sources, changes)
        is_asked = bool(changes.get(_TOKEN)) or "plex_url" in changes  # taking a token out is never refused
        wrong = token_problem(context, way, changes) if is_asked else ""
        if problems or wrong:
            problems = problems or {_TOKEN: f"{wrong} Nothing was saved."}
            return {"saved": False, "problems": problems, "settings": None}
        with token_kept(context) as bounds:
            _keep_token(bounds, way, changes)
            others = {**changes, _TOKEN: None} if _TOKEN in changes else changes
            store(client, merged(sources.configuration.plugin_settings, others))
        return _saved(context, client)


def _save_of_library(context: TaskContext, client: StashClient, library: str, changes: Mapping[str, Any]) -> SaveAnswer:
    configuration = read(context, client).configuration
    held = configuration.plugin_settings
    then = with_changes(held, library, changes)
    sources = sources_of(context, configuration, then)
    problems = problems_of(library, sources.problems)
    problems = {key: message for key, message in problems.items() if key in changes}
    problems |= _overruled({key: overruled_for(library, key, sources) for key in changes})
    if problems:
        return {"saved": False, "problems": problems, "settings": None}
    store(client, merged(held, then))
    return _saved(context, client)


def ui_move_token(_args: Mapping[str, Any], context: TaskContext) -> SaveAnswer:
    """Move the token from Stash's settings into the plugin's own file: written there first, then taken out."""
    with _saving(context) as client:
        sources = read(context, client)
        stored = sources.configuration.plugin_settings.get(_TOKEN)
        if not isinstance(stored, str) or not stored.strip():
            raise TaskError("Stash's settings hold no token; there is nothing to move")
        with token_kept(context) as bounds:
            bounds.take_over(stored.strip())
            store(client, merged(sources.configuration.plugin_settings, {_TOKEN: None}))
        return _saved(context, client)


def ui_predecessor(args: Mapping[str, Any], context: TaskContext) -> SaveAnswer:
    """Choose what holds of the other Stash2Plex's settings: with `save` all that counts of them, saved as ours.

    Else none. Its own keys stay where they are, so that a way back finds them. What was left alone meanwhile is looked
    at again. Raise TaskError where there is nothing to choose.
    """
    is_saved = switch(args, "save")
    with _saving(context) as client:
        sources = read(context, client)
        if not sources.values.fills_only:
            raise TaskError("nothing of another Stash2Plex waits for a choice")
        saved = {each.key: each.raw for each in sources.values.taken_over} if is_saved else {}
        chosen = Chosen.TAKEN_OVER if is_saved else Chosen.LEFT
        store(client, merged(sources.configuration.plugin_settings, {**saved, CHOICE: str(chosen)}))
        answer = _saved(context, client)
    with suppress(TaskError):  # it is saved; the next worker looks at it
        context.wake()
    return answer


def ui_pause(_args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Switch the setting `paused` on: saves are recorded, nothing is sent once the batch at hand is done."""
    return _set_paused(context, "Paused. Saves are recorded and sent once you resume.", value=True)


def ui_resume(_args: Mapping[str, Any], context: TaskContext) -> ActionDone:
    """Switch the setting `paused` off again, and see that what waits is sent."""
    return _set_paused(context, "Resumed.", value=False)


def token_problem(context: TaskContext, way: Settings, typed: Mapping[str, Any]) -> str:
    """Return why the typed token, or the kept one where none is typed, cannot be used for `way`; "" if it can."""
    if not typed.get(_TOKEN):
        objection = TokenBounds(context.data_dir).objection(way) if way.is_configured else None
        return in_words(objection) if objection else ""
    if way.token_source not in {Source.ENVIRONMENT, Source.FILE} or way.plex_token == str(typed[_TOKEN]).strip():
        return ""
    source = f"This is not the token that counts, which comes from the {way.token_source}"
    return f"{source}: type that one, or change it there."


def _overruled(by: Mapping[str, str]) -> dict[str, str]:
    """Return what is wrong with saving what somebody else says, of who does by key; "" for nobody."""
    return {key: _OVERRULED.format(by=who) for key, who in by.items() if who}


def _saved(context: TaskContext, client: StashClient) -> SaveAnswer:
    """Have the worker look at what was stored, and return the settings as they are now."""
    answer = shown(context, read(context, client))
    context.tell_of_settings()
    return {"saved": True, "problems": {}, "settings": answer}


@contextmanager
def _saving(context: TaskContext) -> Iterator[StashClient]:
    """Yield Stash for reading the settings and storing them changed: no other process of ours stores any meanwhile.

    Without file locks it goes on all the same. Raise TaskError where somebody else is at it for long.
    """
    lock = WorkerLock(context.data_dir, _LOCK_NAME)
    with suppress(OSError):
        if not lock.acquire(tries=_TRIES):
            raise TaskError("settings are being saved from elsewhere; nothing was saved. Try again")
    try:
        with context.stash() as client:
            yield client
    finally:
        lock.release()


@contextmanager
def token_kept(context: TaskContext) -> Iterator[TokenBounds]:
    """Yield the token's file, for changes of it and of Stash's settings together: all of them or none."""
    bounds = TokenBounds(context.data_dir)
    before = bounds.read()
    try:
        yield bounds
    except StashError:
        if bounds.read() != before:
            bounds.put_back(before)
        raise
    except OSError as error:
        path = os.path.join(context.data_dir, TOKEN_FILE_NAME)
        raise TaskError(f"{path} cannot be written ({error.strerror or error}); nothing was saved") from error


def _keep_token(bounds: TokenBounds, way: Settings, changes: Mapping[str, Any]) -> None:
    is_new_address = "plex_url" in changes and way.token_source is Source.PAGE and bounds.bound(way) is None
    if changes.get(_TOKEN) or is_new_address:
        bounds.give(way)
    elif _TOKEN in changes:
        bounds.forget()


def _changes(args: Mapping[str, Any]) -> dict[str, Any]:
    given = typed_values(args)
    if not given:
        raise TaskError("values must hold at least one setting; nothing was saved")
    return given


def _set_paused(context: TaskContext, done: str, *, value: bool) -> ActionDone:
    with _saving(context) as client:
        sources = read(context, client)
        overruled = overruled_by(SPECS["paused"], sources)
        if overruled:
            raise TaskError(f"paused is set by {overruled}; change it there")
        before = sources.resolved.predecessor if sources.resolved else None
        is_theirs = before is not None and any(each.key == "paused" for each in before.taken_over)
        off = False if is_theirs else None  # without a value of ours theirs would count again
        store(client, merged(sources.configuration.plugin_settings, {"paused": value or off}))
    context.tell_of_settings()
    return {"count": 1, "text": done}
