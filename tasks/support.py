"""Support Report: what others need to know to help, without secrets, hosts, titles and paths. Writes one file."""

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from logs import stash as log
from logs.private import PrivateMask
from logs.redact import Redactor
from logs.worker_log import tail
from matching.tag_rules import names_in
from settings.by_library import KEY, held_in_stash
from settings.settings import Settings
from settings.sources import FILE_NAME, TOKEN_FILE_NAME
from settings.spec import SPECS, Kind
from stash.errors import StashError
from stash.settings_source import configuration
from storage.disk import write_whole
from storage.errors import StorageError
from tasks.context import TaskContext, TaskError
from tasks.output import by_kind, moment
from tasks.setting_sources import SettingSources, sources_of
from tasks.status import collect, lines
from worker.facts import LOG_NAME, SERVER
from worker.installation import REQUIRED, VERSION
from worker.launch import STDERR_NAME

FILE: Final = "support-report.txt"
_LOG_LINES: Final = 300
_LETTERS: Final = 20
_SYNCS: Final = 1000
_OWN_FILES: Final = (
    "queue/data.db",
    "queue/saves",
    "dlq.db",
    "state.db",
    "index.db",
    FILE_NAME,
    TOKEN_FILE_NAME,
    LOG_NAME,
    "worker.lock",
    "worker.fifo",
    STDERR_NAME,
)
"""Of the data folder; shown by name, because messages name them to say what is wrong."""

_VALUES_IN_LOG: Final = "Dry run:"
"""Lines of the log that hold values of scenes; they are left out whole."""


def support_report(_args: Mapping[str, Any], context: TaskContext) -> dict[str, Any]:
    """Write the report to the data folder; `{"text", "path"}`. What cannot be read is named in it. Raise TaskError."""
    report = _Report(context)
    text = "\n".join(report.masked()) + "\n"
    path = os.path.join(context.data_dir, FILE)
    try:
        write_whole(path, text)
    except OSError as error:
        raise TaskError(f"{path} cannot be written ({error.strerror})") from error
    sentence = f"The report is at {path}. Secrets, hosts, titles and paths are masked; read it before you post it"
    log.info(sentence)
    return {"text": sentence, "path": path}


_Line = str | tuple[str, tuple[str, ...], str]
"""A line of the report, or one with values of the user's between words of ours."""

_PATHS: Final = "only_paths"
"""The setting that lists paths; other lists are of names that people chose."""


class _Report:
    """Collects the lines first, then masks all at once; settings value by value, so that none hides the next."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._redact = Redactor([context.environ.get("PLEX_TOKEN", "")])
        self._sources: SettingSources | None = None
        self._settings = Settings()
        self._stash_problem = "Stash gave no connection"

    def masked(self) -> list[str]:
        """Return the report, line by line."""
        if self._context.connection is not None:
            self._ask_stash()
        data_dir = self._context.data_dir
        own_files = {os.path.join(data_dir, name): f"(data)/{name}" for name in _OWN_FILES}
        mask = PrivateMask(hosts=self._hosts(), paths=self._paths(), titles=self._titles(), own_files=own_files)
        return [self._masked(line, mask) for line in list(self._lines())]

    def _masked(self, line: _Line, mask: PrivateMask) -> str:
        if isinstance(line, str):
            return mask(self._redact(line))
        before, values, after = line
        return before + ", ".join(mask(self._redact(each)) for each in values) + after

    def _ask_stash(self) -> None:
        try:
            with self._context.stash() as client:
                self._redact.add(*client.secrets)
                self._sources = sources_of(self._context, configuration(client), {})
        except StashError as error:
            self._stash_problem = str(error)
            return
        stored, config = self._sources.configuration.plugin_settings, self._sources.config.values
        self._redact.add(*(str(values.get("plex_token") or "") for values in (stored, config)), self._sources.own_token)
        self._settings = self._sources.values

    def _lines(self) -> Iterator[_Line]:
        now = self._context.clock()
        yield f"Stash2Plex {VERSION}, {moment(now)}"
        yield from _titled("Versions", self._versions())
        yield from _titled("Settings (default unless a source is named)", self._values())
        yield from _titled("Status", lines(_without_titles(collect(self._context)), now))
        yield from _titled("Counts since the beginning", self._counts())
        yield from _titled("Recent dead letters", self._letters())
        log_path = os.path.join(self._context.data_dir, LOG_NAME)
        logged = tail(log_path, _LOG_LINES)
        yield from _titled("The worker's log", (_without_values(line) for line in logged))
        yield from _titled("The worker's stderr", tail(os.path.join(self._context.data_dir, STDERR_NAME), _LETTERS))

    def _versions(self) -> Iterator[str]:
        yield f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {sys.implementation.name}"
        yield f"SQLite {sqlite3.sqlite_version}"
        yield from (f"{name} {_version_of(name)}" for name in REQUIRED)
        stash = self._sources and self._sources.configuration
        yield f"Stash {stash.version}" if stash else f"Stash: not asked, {self._stash_problem}"
        with suppress(StorageError), self._context.records() as records:
            server = records.facts.get(SERVER) or {}
            yield f"Plex {server.get('version') or 'not reached yet'}"

    def _values(self) -> Iterator[_Line]:
        resolved = self._sources and self._sources.resolved
        yield from map(str, self._sources.problems if self._sources else ())
        for key, spec in SPECS.items() if resolved else ():
            value = getattr(self._settings, key)
            source = f" ({resolved.sources[key].value})" if resolved and value != getattr(Settings(), key) else ""
            if spec.kind is Kind.HIDDEN:
                yield f"{key} is {'set' if value else 'not set'}{source}"
            else:
                yield f"{key} = ", _shown(value), source
        for each in self._settings.libraries if resolved else ():
            yield f"{KEY}: ", (each.name,), ""
            for key, value in each.values:
                yield f"  {key} = ", _shown(value), ""

    def _counts(self) -> Iterator[str]:
        with suppress(StorageError), self._context.records() as records:
            yield by_kind(records.runs.lifetime())
            yield f"{records.written.count():,} records of items, {records.originals.count():,} originals kept"

    def _letters(self) -> Iterator[str]:
        with suppress(StorageError), self._context.letters() as letters:
            for letter in letters.get_recent(_LETTERS):
                failed = f"{letter['job_key']} {letter['error_type']} after {letter['retry_count']}"
                yield f"{moment(letter['failed_at'])} {failed}: {letter['error_message']}"

    def _hosts(self) -> set[str]:
        addresses = (self._settings.plex_url, self._settings.stash_public_url, self._settings.photo_address)
        hosts = {urlsplit(address).hostname or "" for address in addresses}
        return hosts | {str((self._context.connection or {}).get("Host") or ""), platform.node()}

    def _paths(self) -> set[str]:
        folders = self._sources.configuration.library_folders if self._sources else ()
        rules = {prefix for rule in self._settings.path_rules for prefix in (rule.stash_prefix, rule.plex_prefix)}
        own = {self._context.data_dir, self._context.plugin_dir, os.path.expanduser("~")}
        return own | {*folders, *rules, *(path for each in self._settings.variants for path in getattr(each, _PATHS))}

    def _library_names(self) -> set[str]:
        """Return what libraries with settings of their own are called, also where these cannot be read."""
        if self._sources is None:
            return set()
        written = self._sources.config.values.get(KEY)
        held: Mapping[str, Any] = {}
        with suppress(ValueError):
            held = held_in_stash(self._sources.configuration.plugin_settings)
        return {*held, *(written if isinstance(written, dict) else ())}

    def _titles(self) -> set[str]:
        """Return names that people chose: of libraries, tags and what was synced lately."""
        names = self._library_names()
        for settings in self._settings.variants:
            names |= {settings.plex_library_text, settings.collection_prefix.strip()}
            names.update(settings.tag_words)
            for key, spec in SPECS.items():
                if spec.kind is Kind.LIST and key != _PATHS:
                    names.update(getattr(settings, key))
                elif spec.kind is Kind.PREFIXES:
                    names.update(each.partition('"')[2].strip(' "') for each in getattr(settings, key))
                elif spec.kind is Kind.TAG_RULES:
                    names |= names_in(getattr(settings, key))
        with suppress(StorageError), self._context.records() as records:
            names.add((records.facts.get(SERVER) or {}).get("name", ""))
            for sync in records.history.last(_SYNCS):
                for change in sync.changes:
                    for value in (change.before, change.after):
                        names |= {value} if isinstance(value, str) else set(value if isinstance(value, tuple) else ())
        return {name for name in names if name and not name.isdigit()}


def _titled(title: str, content: Iterable[_Line]) -> Iterator[_Line]:
    yield ""
    yield f"== {title}"
    yield from content


def _without_titles(status: Mapping[str, Any]) -> dict[str, Any]:
    held = status["held"] and {**status["held"], "examples": []}
    return {**status, "log": [], "newest_letters": [], "held": held, "undressed": []}


def _without_values(line: str) -> str:
    before, found, _ = line.partition(_VALUES_IN_LOG)
    return f"{before}{found} (left out)" if found else line


def _shown(value: object) -> tuple[str, ...]:
    if isinstance(value, tuple | frozenset):
        return tuple(sorted(map(str, value)) if isinstance(value, frozenset) else map(str, value))
    return (str(value),)


def _version_of(name: str) -> str:
    try:
        module = import_module(name)
    except ImportError:
        return "missing"
    return str(getattr(module, "__version__", None) or getattr(module, "VERSION", None) or "of an unknown version")
