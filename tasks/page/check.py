"""`ui_check`: can Plex be reached with these settings, and which libraries does it have; what is wrong, and what to type."""

import time
from collections.abc import Mapping
from typing import Any, Final

from plex.address import token_end
from plex.errors import (
    PlexBusy,
    PlexError,
    PlexMisconfigured,
    PlexOtherServer,
    PlexProtocolError,
    PlexTokenElsewhere,
    PlexUnauthorized,
    PlexUnreachable,
)
from plex.listing import ITEM_TYPES
from plex.model import Section
from plex.sections import select_sections
from settings.model import Settings
from settings.spec import SPECS
from tasks.context import TaskContext
from tasks.page import settings as page_settings
from tasks.page.plex_side import plex
from tasks.page.saving import emptied, wrong_token
from tasks.page.set_up_shapes import Check, Library
from worker.sync.plex_link import libraries_of

_TRIED: Final = ("plex_url", "plex_token", "skip_tls_verify")
_ADVICE: Final[tuple[tuple[type[PlexError], str, str], ...]] = (
    (
        PlexUnauthorized,
        "plex_token",
        "Copy the token again: signed in to Plex Web as the server's owner, open any item, choose “Get Info”, then “View XML”. The token is at the end of that page's address, after X-Plex-Token=.",
    ),
    (
        PlexUnreachable,
        "plex_url",
        "Is Plex running, and is this its address as seen from Stash? Inside a container “localhost” is the container itself: use the server's own address, such as http://192.168.1.10:32400.",
    ),
    (PlexBusy, "", "Plex is busy. Try again in a moment."),
    (PlexProtocolError, "plex_url", "Something other than Plex answers there. The port is usually 32400."),
    (
        PlexOtherServer,
        "plex_url",
        "If it is the right one, choose “Save anyway”, and run the task Rebuild Plex Index.",
    ),
    (PlexMisconfigured, "plex_url", "Type the address of your own server, such as http://192.168.1.10:32400."),
)


def ui_check(args: Mapping[str, Any], context: TaskContext) -> Check:
    """Look at the server, with what is typed but not saved yet (`plex_url`, `plex_token`, `skip_tls_verify`) in place of what is saved.

    A token that is saved goes only to the address that it was given for; one that is typed goes to the address beside it.
    """
    typed = {key: args[key] for key in _TRIED if args.get(key) is not None}
    empty = next(iter(emptied(typed)), None)
    if empty is not None:
        return _failed(f"{SPECS[empty].name} is empty.", "Fill it in and check again.", empty)
    with context.stash() as client:
        held = page_settings.read(context, client, typed)
    unusable = next((each for each in held.problems), None)
    if unusable is not None:
        is_of_another = unusable.setting not in typed
        told = f"{unusable.name or unusable.setting} {unusable.message}."
        return _failed(told, "", unusable.setting, savable=is_of_another)
    if not held.values.is_configured:
        missing = "plex_token" if held.values.plex_url else "plex_url"
        told = "The address or the token is still missing."
        return _failed(told, "Fill it in and check again.", missing, savable=True)
    is_typed = "plex_token" in typed
    wrong = wrong_token(held.values, typed) if is_typed else ""
    if wrong:
        return _failed(wrong, "", "plex_token")
    return _looked(held.values, context, is_typed=is_typed)


def _looked(settings: Settings, context: TaskContext, *, is_typed: bool) -> Check:
    started = time.perf_counter()
    try:
        with plex(context, settings, is_typed=is_typed) as client:
            sections = client.sections()
            client.demand_owner(section for section in sections if section.type in ITEM_TYPES)
            answer_ms = (time.perf_counter() - started) * 1000
            name, version = client.friendly_name, client.version
    except PlexTokenElsewhere as error:
        return _failed(f"{error.what[0].upper()}{error.what[1:]}.", f"{error.to_do}.", "plex_token")
    except PlexError as error:
        setting, advice = next((each[1:] for each in _ADVICE if isinstance(error, each[0])), ("", ""))
        return _failed(str(error), advice, setting, savable=True)
    problem, end = "", token_end(settings.plex_token, context.clock())
    try:
        chosen = {section.key for section in select_sections(sections, libraries_of(settings))}
    except PlexMisconfigured as error:
        chosen, problem = set(), str(error)
    return {
        "ok": not problem,
        "problem": problem,
        "advice": "Choose from the libraries below." if problem else "",
        "setting": "plex_library" if problem else "",
        "server": name,
        "server_version": version,
        "libraries": [_library(section, chosen) for section in sections],
        "answer_ms": round(answer_ms, 1),
        "note": f"The token {end}. Nothing is synced after that before a new one is typed here." if end else "",
        "savable": True,
    }


def _library(section: Section, chosen: set[int]) -> Library:
    return {
        "key": section.key,
        "title": section.title,
        "locations": list(section.locations),
        "usable": section.type in ITEM_TYPES,
        "chosen": section.key in chosen,
    }


def _failed(problem: str, advice: str, setting: str, *, savable: bool = False) -> Check:
    return {
        "ok": False,
        "problem": problem,
        "advice": advice,
        "setting": setting,
        "server": "",
        "server_version": "",
        "libraries": [],
        "answer_ms": 0.0,
        "note": "",
        "savable": savable,
    }
