"""`ui_save`, `ui_move_token`, `ui_pause`, `ui_resume`: settings as the page changes them.

Stash replaces a plugin's whole map, so what is saved is merged here with what it holds. The token does not go there: it goes into a file of the plugin's own.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from settings.settings import Settings as Values
from settings.settings import Source
from settings.sources import TOKEN_FILE_NAME
from settings.spec import SPECS
from stash.errors import StashError
from stash.settings_source import store
from sync_queue.listing import heads
from tasks.context import TaskContext, TaskError
from tasks.page.set_up_shapes import Saved
from tasks.page.settings import NEEDED, Held, merged, overruled_by, read, said_on_the_page, shown, way_to_plex
from tasks.page.shapes import Done
from tasks.page.wake import wake
from worker.process.connection import message_of
from worker.process.launch import FIFO_NAME
from worker.process.launch import wake as knock
from worker.sync.token_bounds import TokenBounds

_TOKEN: Final = "plex_token"  # noqa: S105 - the name of a setting
_EMPTY: Final = "must not be empty; nothing was saved"


def emptied(changes: Mapping[str, Any]) -> list[str]:
    """The keys of what Plex cannot be reached without, and whose text was cleared."""
    return [key for key in NEEDED if isinstance(value := changes.get(key), str) and not value.strip()]


def ui_save(args: Mapping[str, Any], context: TaskContext) -> Saved:
    """Save `values` (key to text, number, true or false; null takes a key out, so that its default counts). All of them or none.

    A token is kept in the plugin's own file, for the address that is saved with it; another address without the token is refused.

    Raises:
        TaskError: `values` names what Stash's page does not hold, or the file cannot be written.
    """
    changes = _changes(args)
    with context.stash() as client:
        held = read(context, client, changes)
        problems = {each.setting: each.message for each in held.problems if each.setting in changes}
        problems |= dict.fromkeys(emptied(changes), _EMPTY)
        problems = problems or _wrong_with_token(context, held, changes)
        if problems:
            return {"saved": False, "problems": problems, "settings": None}
        with _token_kept(context) as bounds:
            _keep_token(bounds, way_to_plex(held, changes), changes)
            others = {**changes, _TOKEN: None} if _TOKEN in changes else changes
            store(client, merged(held.configuration.plugin_settings, others))
        answer = shown(context, read(context, client))
    tell_worker(context)
    return {"saved": True, "problems": {}, "settings": answer}


def ui_move_token(_args: Mapping[str, Any], context: TaskContext) -> Saved:
    """Move the token out of Stash's settings into the plugin's own file: written and read again first, then taken out there.

    Raises:
        TaskError: there is none in Stash's settings, or the file cannot be written.
    """
    with context.stash() as client:
        held = read(context, client)
        stored = held.configuration.plugin_settings.get(_TOKEN)
        if not isinstance(stored, str) or not stored.strip():
            raise TaskError("Stash's settings hold no token; there is nothing to move")
        with _token_kept(context) as bounds:
            bounds.take_over(stored.strip())
            store(client, merged(held.configuration.plugin_settings, {_TOKEN: None}))
        answer = shown(context, read(context, client))
    tell_worker(context)
    return {"saved": True, "problems": {}, "settings": answer}


@contextmanager
def _token_kept(context: TaskContext) -> Iterator[TokenBounds]:
    """For changes of the token's file and of Stash's settings together: where Stash takes nothing, the file is as before."""
    bounds = TokenBounds(context.data_dir)
    before = bounds.read()
    try:
        yield bounds
    except StashError:
        if bounds.read() != before:
            bounds.put_back(before)
        raise
    except OSError as error:
        raise TaskError(
            f"{os.path.join(context.data_dir, TOKEN_FILE_NAME)} cannot be written ({error.strerror or error}); nothing was saved"
        ) from error


def _keep_token(bounds: TokenBounds, way: Values, changes: Mapping[str, Any]) -> None:
    is_new_address = "plex_url" in changes and way.token_source is Source.PAGE and bounds.bound(way) is None
    if changes.get(_TOKEN) or is_new_address:
        bounds.give(way)
    elif _TOKEN in changes:
        bounds.forget()


def _wrong_with_token(context: TaskContext, held: Held, changes: Mapping[str, Any]) -> dict[str, str]:
    """`{"plex_token": why}` where it is not the one that counts, or is not meant for the address that is to be saved."""
    way = way_to_plex(held, changes)
    if changes.get(_TOKEN):
        told = wrong_token(way, changes)
        return {_TOKEN: f"{told} Nothing was saved."} if told else {}
    objection = TokenBounds(context.data_dir).objection(way) if "plex_url" in changes and way.is_configured else None
    return {_TOKEN: said_on_the_page(objection, "Nothing was saved. ")} if objection else {}


def wrong_token(way: Values, typed: Mapping[str, Any]) -> str:
    """What is wrong with a typed token where another one overrules it: that one has to be typed; "" if nothing is."""
    if way.token_source not in {Source.ENVIRONMENT, Source.FILE} or way.plex_token == str(typed[_TOKEN]).strip():
        return ""
    return (
        f"this is not the token that counts, which comes from the {way.token_source}: type that one, or change it there"
    )


def ui_pause(_args: Mapping[str, Any], context: TaskContext) -> Done:
    """Switch the setting `paused` on: saves are recorded, nothing is sent once the batch at hand is done."""
    _set_paused(context, value=True)
    return {"count": 1, "text": "Paused. Saves are recorded and sent once you resume."}


def ui_resume(_args: Mapping[str, Any], context: TaskContext) -> Done:
    """Switch the setting `paused` off again, and see that what waits is sent."""
    _set_paused(context, value=False)
    return {"count": 1, "text": "Resumed."}


def tell_worker(context: TaskContext) -> None:
    """Have the worker look at the settings now; one is started only where something waits."""
    queue = heads(context.queue_dir, context.clock())
    if queue.pending + queue.in_progress:
        wake(context)
    else:
        message = message_of({"server_connection": context.connection}, context.environ, settings_changed=True)
        knock(os.path.join(context.data_dir, FIFO_NAME), message)


def _changes(args: Mapping[str, Any]) -> dict[str, Any]:
    given = args.get("values")
    if not isinstance(given, dict) or not given:
        raise TaskError("values must hold at least one setting; nothing was saved")
    for key, value in given.items():
        if key not in SPECS or not SPECS[key].in_manifest:
            raise TaskError(f"{key!r} is no setting of Stash's page; nothing was saved")
        if value is not None and not isinstance(value, str | int | float | bool):
            raise TaskError(f"{key} must be a text, a number, true or false; nothing was saved")
    return given


def _set_paused(context: TaskContext, *, value: bool) -> None:
    with context.stash() as client:
        held = read(context, client)
        overruled = overruled_by(SPECS["paused"], held)
        if overruled:
            raise TaskError(f"paused is set by {overruled}; change it there")
        store(client, merged(held.configuration.plugin_settings, {"paused": value or None}))
    tell_worker(context)
