"""Test Connection and the page's check: step by step from Stash to a sample of matches."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Final

from logs.stash import progress
from logs.words import as_sentence
from plex import errors as plex
from plex.address import completed_url, token_end
from plex.listing import ITEM_TYPES
from plex.model import Section
from plex.sections import select_sections
from plex.session import identify
from settings.settings import Settings, Source
from settings.spec import SPECS
from stash.errors import StashError
from storage.disk import why_no_sqlite
from sync_queue.lock import is_worker_alive
from sync_queue.owner import why_not_ours, why_saves_wait
from tasks.context import TaskContext
from tasks.foreign import LeftBehind
from tasks.installations import twin_sentence
from tasks.output import Output
from tasks.page.saving import emptied, token_problem
from tasks.page.set_up_shapes import CheckAnswer, Library
from tasks.rendering_check import look_at_rendering
from tasks.samples import Step, look_at_samples
from tasks.setting_sources import SettingSources, read
from tasks.view import ReadOnlyView, read_only
from worker.errors import NotConfiguredError
from worker.facts import LIBRARIES, PHOTOS_CLOSED
from worker.installation import VERSION
from worker.sync import unwritten
from worker.sync.libraries import notes
from worker.sync.plex_link import libraries_of
from worker.sync.token_bounds import TokenBounds

FILE: Final = "test-connection.txt"
_STEPS: Final = 11
"""For the bar only."""

_ELSEWHERE: Final = frozenset({Source.FILE, Source.ENVIRONMENT})

_TRIED: Final = ("plex_url", "plex_token", "skip_tls_verify")
_ADDRESS: Final = "Plex address"
_TOKEN: Final = "Plex token"  # noqa: S105 - the name of a step
_TO_CHANGE: Final[tuple[tuple[type[plex.PlexError], str, str], ...]] = (
    (plex.PlexTokenElsewhere, "plex_token", ""),
    (
        plex.PlexUnauthorized,
        "plex_token",
        (
            "Copy the token again: signed in to Plex Web as the server's owner, open any item, choose “Get Info”, then "
            "“View XML”. The token is at the end of that page's address, after X-Plex-Token=."
        ),
    ),
    (
        plex.PlexUnreachable,
        "plex_url",
        (
            "Is Plex running, and is this its address as seen from Stash? Inside a container “localhost” is the "
            "container itself: use the server's own address, such as http://192.168.1.10:32400."
        ),
    ),
    (plex.PlexBusy, "", "Plex is busy. Try again in a moment."),
    (plex.PlexProtocolError, "plex_url", "Something other than Plex answers there. The port is usually 32400."),
    (
        plex.PlexOtherServer,
        "plex_url",
        "If it is the right one, choose “Save anyway”, and run the task Rebuild Plex Index.",
    ),
    (plex.PlexMisconfigured, "plex_url", "Type the address of your own server, such as http://192.168.1.10:32400."),
)
"""What to change: the error, the setting, and advice for people."""


@dataclass
class ServerLook:
    """What a look at the server gave, as far as it came; `problem` is the step at which it failed."""

    steps: list[Step] = field(default_factory=list)
    problem: Step | None = None
    name: str = ""
    version: str = ""
    sections: Sequence[Section] = ()
    chosen: Sequence[Section] = ()
    token_end: str = ""


def try_connection(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Try everything that syncing needs, as far as it goes. What is wrong with Stash, Plex or settings is no error.

    Return `{"ok", "text", "steps": [{"step", "ok", "text"}]}`; the `ok` of a step is None where it is neither. Raise
    TaskError where Stash gave no connection, or another task is comparing at this moment.
    """
    context.need_connection()
    steps: list[Step] = []
    with Output(context, FILE) as output:
        for step in _steps(context):
            steps.append(step)
            output.say(f"{step.name}: {step.text}", is_warning=step.is_ok is False)
            progress(min(1.0, len(steps) / _STEPS))
        progress(1.0)
        wrong = [step.text for step in steps if step.is_ok is False]
        unseen = [step.unseen for step in steps if step.unseen]
        text = f"What was looked at works. Not looked at: {', '.join(unseen)}" if unseen else "Everything works"
        text = f"Not everything works: {'; '.join(wrong)}" if wrong else text
        shown = [{"step": step.name, "ok": step.is_ok, "text": step.text} for step in steps]
        return {"ok": not wrong, "text": output.end(text, is_warning=bool(wrong)), "steps": shown}


def ui_check(args: Mapping[str, Any], context: TaskContext) -> CheckAnswer:
    """Look at the server, with what is typed but not saved yet in place of what is saved.

    That may be `plex_url`, `plex_token` and `skip_tls_verify`. A token that is saved goes only to the address that it
    was given for; one that is typed goes to the address beside it.
    """
    typed = {key: args[key] for key in _TRIED if args.get(key) is not None}
    address = typed.get("plex_url")
    if not isinstance(address, str) or completed_url(address) == address:
        return _looked(typed, context)
    whole = completed_url(address)
    return {**_looked({**typed, "plex_url": whole}, context), "understood": whole}


def _looked(typed: Mapping[str, Any], context: TaskContext) -> CheckAnswer:
    for key in emptied(typed):
        return _check(Step("", False, f"{SPECS[key].name} is empty.", "Fill it in and check again.", key))
    with context.stash() as client:
        sources = read(context, client, typed)
    settings = sources.values
    for each in sources.problems:
        problem = Step("", False, f"{each.name or each.setting} {each.message}", "", each.setting)
        return _check(problem, savable=each.setting not in typed)
    if not settings.is_configured:
        missing, text = "plex_token" if settings.plex_url else "plex_url", "The address or the token is still missing."
        return _check(Step("", False, text, "Fill it in and check again.", missing), savable=True)
    wrong = token_problem(context, settings, typed)
    if wrong:
        return _check(Step("", False, wrong, "", "plex_token"))
    began_s = time.perf_counter()
    with read_only(context) as view:
        look = _look_at_server(view, context, settings, is_typed="plex_token" in typed)
    return _check(look.problem, look, answer_ms=(time.perf_counter() - began_s) * 1000, savable=True)


def _look_at_server(
    view: ReadOnlyView, context: TaskContext, settings: Settings, *, is_typed: bool = False
) -> ServerLook:
    """Return address, token, libraries and whether the token is the owner's. See PlexLink.open for `is_typed`."""
    look, at = ServerLook(), _ADDRESS
    try:
        if not is_typed and TokenBounds(context.data_dir).objection(settings):
            verify = not settings.skip_tls_verify  # a mistyped address is the nearer reason, and needs no token
            identify(settings.plex_url, timeout_s=view.plex.patience_s(settings), verify=verify)
        with closing(view.plex.open(settings, is_typed=is_typed)) as client:
            look.name, look.version = client.friendly_name, client.version
            look.steps.append(Step(at, True, f"Plex {look.version} answers at {settings.plex_url}"))
            at = "Libraries"
            look.sections = client.sections()  # the first request for which Plex looks at the token's rights
            look.steps.append(Step(_TOKEN, True, f'accepted by "{look.name}"'))
            look.token_end = token_end(settings.plex_token, context.clock())
            if look.token_end:
                end = f"plex_token {look.token_end}: nothing is synced after that before a new one is entered"
                look.steps.append(Step(_TOKEN, False, end))
            chosen = select_sections(look.sections, libraries_of(settings))
            look.steps.append(Step(at, True, _libraries(look.sections, chosen)))
            known = view.records.facts.get(LIBRARIES) or {}
            look.steps += [Step(at, False, note) for note in notes(settings, look.sections, chosen, known)]
            client.demand_owner(chosen)
            look.chosen = chosen
    except plex.PlexError as error:
        look.problem = _problem(at, error)
        if at == _ADDRESS != look.problem.name:  # the address is right, and should not be looked at
            look.steps.append(Step(_ADDRESS, True, f"Plex answers at {settings.plex_url}"))
        look.steps.append(look.problem)
    return look


def _steps(context: TaskContext) -> Iterator[Step]:
    """Yield each step as it was tried, up to the first that fails and that the others rest on."""
    folder = _data_folder(context)
    yield folder
    if not folder.is_ok:
        return
    yield from (Step("Left behind", None, line) for line in LeftBehind.read(context).lines())
    with read_only(context, own_index=True) as view:
        try:
            with context.stash() as client:
                sources = read(context, client)
        except StashError as error:
            yield Step("Stash", False, str(error))
            return
        yield from _of_settings(sources)
        if twice := twin_sentence(sources.configuration.plugins_path, context.plugin_dir):
            yield Step("Plugin folder", False, twice)
        settings = sources.values
        yield from _photos(view, settings)
        look = _look_at_server(view, context, settings) if settings.is_configured else ServerLook()
        yield from look.steps
        if look.chosen:
            try:
                yield from look_at_samples(view, settings, look.chosen)
                yield from look_at_rendering(view.renderer, settings)
                yield from (Step("Fields", False, each) for each in unwritten.report_of_all(view.records))
            except (plex.PlexError, StashError, NotConfiguredError) as error:
                yield Step("Matches", False, f"they could not be looked at: {error}")


def _data_folder(context: TaskContext) -> Step:
    name = "Data folder"
    why = why_not_ours(context.data_dir) or why_saves_wait(context.data_dir) or why_no_sqlite(context.data_dir)
    try:
        with tempfile.TemporaryFile(dir=context.data_dir):
            pass
    except OSError as error:
        problem = f"cannot be written to ({error.strerror}); make it writable for the user of Stash"
        return Step(name, False, why or f"{context.data_dir} {problem}")
    if why:
        return Step(name, False, why)
    is_alive = is_worker_alive(context.data_dir)
    worker = "a worker is alive" if is_alive else "no worker is running, the next save starts one"
    return Step(name, True, f"{context.data_dir} can be written to; {worker}")


def _of_settings(sources: SettingSources) -> Iterator[Step]:
    name, version = "Settings", sources.configuration.version
    yield Step("Stash", True, f"{version or 'A Stash without a version'} answers; Stash2Plex {VERSION}")
    if sources.resolved is None:
        yield from (Step(name, False, str(problem)) for problem in sources.problems)
    elif not sources.values.is_configured:
        yield Step(name, False, sources.values.what_is_missing())
    else:
        named = {key: source.value for key, source in sources.resolved.sources.items() if source in _ELSEWHERE}
        elsewhere = "; ".join(f"{key} comes from {source}" for key, source in sorted(named.items()))
        yield Step(
            name,
            True,
            "; ".join(filter(None, ("all can be read", elsewhere, *sources.values.notes(), sources.values.moving_in))),
        )


def _photos(view: ReadOnlyView, settings: Settings) -> Iterator[Step]:
    """Yield how it is with the port of performers' photos, where one is wanted: what the worker said of it last."""
    if settings.photo_port and settings.photo_base:
        problem = view.records.facts.get(PHOTOS_CLOSED, "")
        served = f"the worker serves them at port {settings.photo_port}, for Plex at {settings.photo_base}"
        yield Step("Performer photos", not problem, problem or served)


def _libraries(sections: Sequence[Section], chosen: Sequence[Section]) -> str:
    usable = [f'"{section.title}" (id {section.key})' for section in sections if section.type in ITEM_TYPES]
    names = ", ".join(f'"{section.title}"' for section in chosen)
    return f"{names} will be synced; movie and TV libraries there: {', '.join(usable) or 'none'}"


def _problem(at: str, error: plex.PlexError) -> Step:
    if at == "Libraries" and type(error) is plex.PlexMisconfigured:
        return Step(at, False, str(error), "Choose from the libraries below.", "plex_library")
    setting, advice = next(((key, advice) for kind, key, advice in _TO_CHANGE if isinstance(error, kind)), ("", ""))
    if setting == "plex_token":
        at = _TOKEN
    elif isinstance(error, plex.PlexOtherServer):
        at = "Plex server"
    return Step(at, False, str(error), advice, setting)


def _check(
    problem: Step | None, look: ServerLook | None = None, *, answer_ms: float = 0.0, savable: bool = False
) -> CheckAnswer:
    look, found = look or ServerLook(), problem or Step("", True, "")
    note = f"The token {look.token_end}. Nothing is synced after that before a new one is typed here."
    chosen_from = look.sections if found.is_ok or found.setting == "plex_library" else ()
    return {
        "ok": found.is_ok is True,
        "problem": as_sentence(found.text),
        "advice": found.advice,
        "setting": found.setting,
        "server": look.name,
        "server_version": look.version,
        "libraries": [_library(section, look.chosen) for section in chosen_from],
        "answer_ms": round(answer_ms, 1),
        "note": note if look.token_end else "",
        "savable": savable,
        "understood": "",
    }


def _library(section: Section, chosen: Sequence[Section]) -> Library:
    is_usable, is_chosen, locations = section.type in ITEM_TYPES, section in chosen, list(section.locations)
    return Library(key=section.key, title=section.title, locations=locations, usable=is_usable, chosen=is_chosen)
