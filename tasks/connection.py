"""Test Connection: step by step from Stash to a sample of matches, each step saying what was tried, what came of it, and what to change."""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from logs.stash import progress
from plex.address import token_end
from plex.client import PlexClient
from plex.errors import PlexError, PlexOtherServer, PlexUnauthorized
from plex.listing import ITEM_TYPES
from plex.model import Section
from plex.sections import select_sections
from plex.session import identify
from settings.config_file import FILE_NAME, read_config
from settings.model import Settings
from settings.parse import SettingsError, Source, resolve
from settings.token_file import read_token_file
from stash.errors import StashError
from sync_queue.lock import is_worker_alive
from sync_queue.owner import why_not_ours
from tasks.context import TaskContext
from tasks.output import Output
from tasks.planning import Reader, reading
from tasks.samples import look_at_samples
from worker.errors import NotConfiguredError
from worker.sync import refusing
from worker.sync.plex_link import libraries_of
from worker.version import VERSION

FILE: Final = "test-connection.txt"
_STEPS: Final = 10
"""For the bar only."""


@dataclass
class Checks:
    """What was tried so far, said as it happens."""

    output: Output
    steps: list[dict[str, Any]] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)

    def good(self, step: str, text: str) -> None:
        """This works."""
        self._add(step, text, is_ok=True)

    def bad(self, step: str, text: str) -> None:
        """This does not; `text` says what to change."""
        self._add(step, text, is_ok=False)

    def note(self, step: str, text: str) -> None:
        """This is neither right nor wrong by itself."""
        self._add(step, text, is_ok=None)

    def not_looked_at(self, step: str, what: str, why: str) -> None:
        """Nothing can be said about `what`."""
        self.unseen.append(what)
        self._add(step, f"{what}: not looked at, {why}", is_ok=None)

    def answer(self) -> dict[str, Any]:
        """`{"ok", "text", "steps": [{"step", "ok", "text"}]}`; the `ok` of a step is None where it says neither."""
        wrong = [step for step in self.steps if step["ok"] is False]
        if wrong:
            text = f"Not everything works: {'; '.join(step['text'] for step in wrong)}"
        elif self.unseen:
            text = f"What was looked at works. Not looked at: {', '.join(self.unseen)}"
        else:
            text = "Everything works"
        progress(1.0)
        return {"ok": not wrong, "text": self.output.end(text, is_warning=bool(wrong)), "steps": self.steps}

    def _add(self, step: str, text: str, *, is_ok: bool | None) -> None:
        self.steps.append({"step": step, "ok": is_ok, "text": text})
        self.output.say(f"{step}: {text}", is_warning=is_ok is False)
        progress(min(1.0, len(self.steps) / _STEPS))


def try_connection(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Try everything that syncing needs, as far as it goes. What is wrong with Stash, Plex or settings is an answer, no error.

    Raises:
        TaskError: Stash gave no connection, or another task is comparing at this moment.
    """
    context.need_connection()
    with Output(context, FILE) as output:
        checks = Checks(output)
        if _data_folder(checks, context):
            with reading(context) as reader:
                _look(checks, reader, context)
        return checks.answer()


def _look(checks: Checks, reader: Reader, context: TaskContext) -> None:
    settings = _settings(checks, reader, context)
    if settings is None:
        return
    sections = _plex(checks, reader, settings, context.clock())
    if sections:
        try:
            look_at_samples(checks, reader, settings, sections)
            for each in refusing.report_of_all(reader.session.records):
                checks.bad("Fields", each)
        except (PlexError, StashError, NotConfiguredError) as error:
            checks.bad("Matches", f"they could not be looked at: {error}")


def _data_folder(checks: Checks, context: TaskContext) -> bool:
    name = "Data folder"
    try:
        with tempfile.TemporaryFile(dir=context.data_dir):
            pass
    except OSError as error:
        told = f"{context.data_dir} cannot be written to ({error.strerror}); make it writable for the user of Stash"
        checks.bad(name, why_not_ours(context.data_dir) or told)
        return False
    whose = why_not_ours(context.data_dir)
    if whose:
        checks.bad(name, whose)
        return False
    alive = (
        "a worker is alive" if is_worker_alive(context.data_dir) else "no worker is running, the next save starts one"
    )
    checks.good(name, f"{context.data_dir} can be written to; {alive}")
    return True


def _settings(checks: Checks, reader: Reader, context: TaskContext) -> Settings | None:
    try:
        answer = reader.session.configuration()
    except StashError as error:
        checks.bad("Stash", str(error))
        return None
    checks.good("Stash", f"{answer.version or 'A Stash without a version'} answers; Stash2Plex {VERSION}")
    try:
        config = read_config(os.path.join(context.data_dir, FILE_NAME))
        own = read_token_file(context.data_dir).token
        resolved = resolve(answer.plugin_settings, context.environ, config, own)
    except SettingsError as error:
        for problem in error.problems:
            checks.bad("Settings", str(problem))
        return None
    settings = resolved.settings
    if not settings.is_configured:
        checks.bad("Settings", settings.what_is_missing())
        return None
    elsewhere = {key: source for key, source in resolved.sources.items() if source in {Source.FILE, Source.ENVIRONMENT}}
    told = "; ".join(f"{key} comes from {source.value}" for key, source in sorted(elsewhere.items()))
    checks.good("Settings", "; ".join(filter(None, ("all can be read", told, *settings.notes()))))
    return settings


def _plex(checks: Checks, reader: Reader, settings: Settings, now: float) -> list[Section]:
    """Address, token and libraries; the sections to be synced, none where that failed."""
    verify = not settings.skip_tls_verify
    try:
        found = identify(settings.plex_url, timeout_s=settings.plex_timeout_s, verify=verify)
    except PlexError as error:
        checks.bad("Plex address", f"{error} (setting plex_url)")
        return []
    checks.good("Plex address", f"Plex {found.version} answers at {found.url}")
    try:
        client = reader.session.open_plex(settings)
    except PlexOtherServer as error:
        checks.bad("Plex server", str(error))
        return []
    except PlexError as error:
        checks.bad("Plex token", str(error))
        return []
    try:
        sections = _libraries(checks, settings, client, now)
        return sections if _is_owners(checks, client, sections) else []
    except PlexError as error:
        checks.bad("Libraries", str(error))
        return []
    finally:
        client.close()


def _is_owners(checks: Checks, client: PlexClient, sections: list[Section]) -> bool:
    """Whether the token shows where files are; said where it does not. Raises PlexError where Plex is away or busy."""
    try:
        client.demand_owner(sections)
    except PlexUnauthorized as error:
        checks.bad("Plex token", str(error))
        return False
    return True


def _libraries(checks: Checks, settings: Settings, client: PlexClient, now: float) -> list[Section]:
    sections = client.sections()  # the first request for which Plex looks at the token's rights
    checks.good("Plex token", f'accepted by "{client.friendly_name}"')
    end = token_end(settings.plex_token, now)
    if end:
        checks.bad("Plex token", f"plex_token {end}: nothing is synced after that before a new one is entered")
    usable = [section for section in sections if section.type in ITEM_TYPES]
    listed = ", ".join(f'"{section.title}" (id {section.key})' for section in usable) or "none"
    chosen = select_sections(sections, libraries_of(settings))
    names = ", ".join(f'"{section.title}"' for section in chosen)
    checks.good("Libraries", f"{names} will be synced; movie and TV libraries there: {listed}")
    return chosen
