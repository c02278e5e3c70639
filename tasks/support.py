"""Support Report: what others need to know to help, with secrets, hosts, titles and paths masked. Reads only, and writes one file."""

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final
from urllib.parse import urlsplit

from logs import stash as log
from logs.private import PrivateMask
from logs.redact import Redactor
from logs.worker_log import tail
from settings.config_file import FILE_NAME, read_config
from settings.model import Settings
from settings.parse import Resolved, SettingsError, resolve
from settings.spec import SPECS, Kind
from settings.token_file import TOKEN_FILE_NAME, read_token_file
from stash.errors import StashError
from stash.settings_source import Configuration, configuration
from storage.errors import StorageError
from sync_queue.dlq import DeadLetterQueue
from tasks.context import TaskContext, TaskError
from tasks.status import collect, lines
from tasks.words import by_kind, moment
from worker.facts import LOG_NAME
from worker.process.dependencies import REQUIRED
from worker.process.launch import STDERR_NAME
from worker.process.private_file import write_whole
from worker.sync.plex_link import SERVER
from worker.version import VERSION

FILE: Final = "support-report.txt"
_LOG_LINES: Final = 300
_LETTERS: Final = 20
_SYNCS: Final = 1000
_OWN_FILES: Final = (
    "queue/data.db",
    "queue/saves.jsonl",
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
    """Write the report to the data folder; `{"text", "path"}`. What cannot be read is named in it.

    Raises:
        TaskError: the file cannot be written.
    """
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


class _Report:
    """Collects the lines first, then masks all of them at once; settings value by value, so that none hides the next."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._redact = Redactor([context.environ.get("PLEX_TOKEN", "")])
        self._stash: Configuration | None = None
        self._stash_problem = "Stash gave no connection"
        self._resolved: Resolved | None = None
        self._settings_problems: tuple[str, ...] = ()

    def masked(self) -> list[str]:
        """The report, line by line."""
        self._ask_stash()
        data_dir = self._context.data_dir
        own_files = {os.path.join(data_dir, name): f"(data)/{name}" for name in _OWN_FILES}
        mask = PrivateMask(hosts=self._hosts(), paths=self._paths(), titles=self._titles(), own_files=own_files)
        return [self._masked(line, mask) for line in list(self._lines())]

    def _masked(self, line: "str | _Setting", mask: PrivateMask) -> str:
        if isinstance(line, str):
            return mask(self._redact(line))
        return line.before + ", ".join(mask(self._redact(each)) for each in line.values) + line.after

    def _ask_stash(self) -> None:
        context = self._context
        if context.connection is None:
            return
        try:
            with context.stash() as client:
                self._redact.add(*client.secrets)
                self._stash = configuration(client)
            stored = self._stash.plugin_settings.get("plex_token")
            self._redact.add(stored if isinstance(stored, str) else "")
            config = read_config(os.path.join(context.data_dir, FILE_NAME))
            self._redact.add(str(config.values.get("plex_token") or ""))
            own = read_token_file(context.data_dir).token
            self._redact.add(own)
            self._resolved = resolve(self._stash.plugin_settings, context.environ, config, own)
        except StashError as error:
            self._stash_problem = str(error)
        except SettingsError as error:
            self._settings_problems = tuple(str(problem) for problem in error.problems)

    def _lines(self) -> "Iterator[str | _Setting]":
        now = self._context.clock()
        yield f"Stash2Plex {VERSION}, {moment(now)}"
        yield from _titled("Versions", self._versions())
        yield from _titled("Settings (default unless a source is named)", self._settings())
        yield from _titled("Status", lines(_without_titles(collect(self._context)), now))
        yield from _titled("Counts since the beginning", self._counts())
        yield from _titled("Recent dead letters", self._letters())
        log_path = os.path.join(self._context.data_dir, LOG_NAME)
        said = tail(log_path, _LOG_LINES)
        yield from _titled("The worker's log", (_without_values(line) for line in said))
        yield from _titled("The worker's stderr", tail(os.path.join(self._context.data_dir, STDERR_NAME), _LETTERS))

    def _versions(self) -> Iterator[str]:
        yield f"Python {platform.python_version()}, {platform.system()} {platform.release()}, {sys.implementation.name}"
        yield f"SQLite {sqlite3.sqlite_version}"
        yield from (f"{name} {_version_of(name)}" for name in REQUIRED)
        yield f"Stash {self._stash.version}" if self._stash else f"Stash: not asked, {self._stash_problem}"
        with suppress(StorageError), self._context.records() as records:
            server = records.facts.get(SERVER) or {}
            yield f"Plex {server.get('version') or 'not reached yet'}"

    def _settings(self) -> "Iterator[str | _Setting]":
        yield from self._settings_problems
        if self._resolved is None:
            return
        settings, sources = self._resolved.settings, self._resolved.sources
        for key, spec in SPECS.items():
            value = getattr(settings, key)
            source = f" ({sources[key].value})" if value != getattr(Settings(), key) else ""
            if spec.kind is Kind.HIDDEN:
                yield f"{key} is {'set' if value else 'not set'}{source}"
            else:
                yield _Setting(f"{key} = ", _shown(value), source)

    def _counts(self) -> Iterator[str]:
        with suppress(StorageError), self._context.records() as records:
            yield by_kind(records.runs.lifetime())
            yield f"{records.written.count():,} records of items, {records.originals.count():,} originals kept"

    def _letters(self) -> Iterator[str]:
        if not os.path.exists(os.path.join(self._context.data_dir, "dlq.db")):
            return
        with suppress(StorageError):
            letters = DeadLetterQueue(self._context.data_dir)
            try:
                for letter in letters.get_recent(_LETTERS):
                    yield f"{moment(letter['failed_at'])} {letter['job_key']} {letter['error_type']} after {letter['retry_count']}: {letter['error_message']}"
            finally:
                letters.close()

    def _hosts(self) -> set[str]:
        connection = self._context.connection or {}
        hosts = {str(connection.get("Host") or ""), platform.node()}
        if self._resolved:
            addresses = (self._resolved.settings.plex_url, self._resolved.settings.stash_public_url)
            hosts |= {urlsplit(address).hostname or "" for address in addresses}
        return hosts - {""}

    def _paths(self) -> set[str]:
        paths = {self._context.data_dir, self._context.plugin_dir, os.path.expanduser("~")}
        if self._stash:
            paths |= set(self._stash.library_folders)
        if self._resolved:
            for rule in self._resolved.settings.path_rules:
                paths |= {rule.stash_prefix, rule.plex_prefix}
        return paths

    def _titles(self) -> set[str]:
        """Names that people chose: of libraries, tags and what was synced lately."""
        names: set[str] = set()
        if self._resolved:
            held = self._resolved.settings
            for chosen in (held.plex_library, held.only_tags, held.exclude_tags, held.include_tags):
                names |= set(chosen)
            names |= {held.plex_library_text, held.collection_prefix.strip()}
        with suppress(StorageError), self._context.records() as records:
            names.add((records.facts.get(SERVER) or {}).get("name", ""))
            for sync in records.history.last(_SYNCS):
                for change in sync.changes:
                    for value in (change.before, change.after):
                        names |= {value} if isinstance(value, str) else set(value if isinstance(value, tuple) else ())
        return {name for name in names if name and not name.isdigit()}


@dataclass(frozen=True, slots=True)
class _Setting:
    """A line with values of the user's between words of ours."""

    before: str
    values: tuple[str, ...]
    after: str


def _titled(title: str, content: "Iterable[str | _Setting]") -> "Iterator[str | _Setting]":
    yield ""
    yield f"== {title}"
    yield from content


def _without_titles(status: Mapping[str, Any]) -> dict[str, Any]:
    held = status["held"] and {**status["held"], "examples": []}
    return {**status, "log": [], "newest_letters": [], "held": held}


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
