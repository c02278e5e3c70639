"""Where a scene's files may be in Plex, by the index on disk; and asking Plex to scan the folders of files it lacks.

Keeps the index fresh, and the inferred mapping for what no rule speaks of.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Final

from logs.words import counted
from matching.infer import Inference, Inferrer, Roots
from matching.mapper import Mapper
from matching.match import Match, find
from matching.paths import folder_of
from plex.errors import PlexRejected
from plex.model import Entry, Item
from plex.sections import section_of_folder
from worker.facts import LEFT_OUT
from worker.outcome import LOOK_AGAIN_S
from worker.sync.plex_link import PlexLink
from worker.sync.stash_link import SettingsInForce, StashLink

if TYPE_CHECKING:
    from matching.paths import FileSizes, PathRule
    from plex.index_store import LeftOut

log = logging.getLogger("stash2plex.worker")

SAMPLE: Final = 500
"""How many scenes are looked at to infer the mapping: a single scene seldom proves one."""


GAP_S: Final = 300.0
"""One folder is scanned at most this often: a hundred new files in it need one scan, not a hundred."""

_REMEMBERED: Final = 10_000


class Finder:
    """Finds entries for stash_paths by `mapper`, the mapping in use. `clock` is monotonic seconds."""

    def __init__(self, stash: StashLink, plex: PlexLink, settings: SettingsInForce, clock: Callable[[], float]) -> None:
        self._stash = stash
        self._plex = plex
        self._settings = settings
        self.clock = clock
        self._refreshed_at = float("-inf")
        self._left_out: dict[tuple[int, int], LeftOut] = {}
        self._checked: tuple[object, ...] = ()
        self._inferrer: Inferrer | None = None
        self.mapper = Mapper()
        self._mapper_key: tuple[object, ...] = ()
        self._inferred: tuple[PathRule, ...] = ()

    def prepare(self) -> None:
        """Make the index whole, and the mapping that of the settings. Raises PlexError, StashError."""
        client, sections = self._plex.client(), self._plex.sections()
        checked = (client.machine_identifier, sections)
        # The index is whole no more where a broken file was replaced by an empty one.
        if checked != self._checked or not self._plex.index().facts.complete:
            self._fill_index(client.machine_identifier, {section.key for section in sections})
            self._checked = checked
        self._choose_mapper()

    def _fill_index(self, machine_identifier: str, wanted: set[int]) -> None:
        facts = self._plex.index().facts
        is_same = facts.machine_identifier == machine_identifier and set(facts.sections) <= wanted
        if facts.complete and is_same and facts.covers(wanted):
            self.refresh(force=True)
        else:
            self.rebuild()

    def rebuild(self, progress: Callable[[int, int], None] | None = None) -> None:
        """Read what Plex has, whole."""
        log.info("Reading the paths of everything in Plex")
        started = self.clock()
        self._refreshed_at = started
        index = self._plex.index()
        index.build(self._plex.client(), self._plex.sections(), progress=progress)
        self._note_left_out()
        log.info("Plex has %s; read in %.1f s", counted(index.facts.items, "item"), self.clock() - started)

    def reread(self) -> Iterator[tuple[int, int]]:
        """Read what Plex has whole once more, a page at each turn; no turn where the index was made just now.

        Raises:
            PlexError, StashError: see PathIndex.reread.
        """
        index = self._plex.index()
        before = index.facts.built_at
        self.prepare()
        if index.facts.built_at != before:
            return
        began_at = self.clock()
        yield from index.reread(self._plex.client(), self._plex.sections())
        self._refreshed_at = max(self._refreshed_at, began_at)
        self._note_left_out()

    def refresh(self, *, force: bool = False) -> bool:
        """Ask Plex what is new, and return True; at most once a second, unless `force`."""
        if not force and self.clock() - self._refreshed_at < LOOK_AGAIN_S:
            return False
        self._refreshed_at = self.clock()
        self._plex.index().refresh(self._plex.client(), self._plex.sections())
        self._note_left_out()
        return True

    @property
    def left_out(self) -> "tuple[LeftOut, ...]":
        """Libraries and items that Plex does not list."""
        return self._plex.index().facts.left_out

    def _note_left_out(self) -> None:
        """Log when a library is left out and when it is read again, and keep as a fact what is left out now."""
        now = {(each.section_key, each.items): each for each in self.left_out}
        for key in now.keys() - self._left_out.keys():
            log.warning(
                "Left out: %s. Look at it in Plex, and at Plex's own log; it is tried again, the others go on", now[key]
            )
        for key in self._left_out.keys() - now.keys():
            log.info('The library "%s" is read again', self._left_out[key].title)
        self._left_out = now
        texts = [str(each) for each in now.values()]
        if texts != self._plex.facts.get(LEFT_OUT, []):
            self._plex.facts.put(LEFT_OUT, texts)

    def has_asked_since(self, moment: float) -> bool:
        """Whether Plex was asked what is new at or after `moment` (of the clock)."""
        return self._refreshed_at >= moment

    def find(self, files: "FileSizes") -> Match[Entry]:
        """The entries that hold one of the scene's `files`; see matching.match.find."""
        index = self._plex.index()
        return find(files, self.mapper, index.lookup, index.lookup_key, index.lookup_name)

    def candidates(self, stash_paths: Iterable[str]) -> list[str]:
        """Every plex_path that a file of `stash_paths` may have."""
        return [path for each in stash_paths for path in self.mapper.candidates(each)]

    def correct(self, items: Iterable[Item]) -> None:
        """Have the index remember these items as they are."""
        self._plex.index().correct(items)

    def forget(self, rating_keys: Iterable[int]) -> None:
        """Drop what the index wrongly remembered."""
        self._plex.index().forget(rating_keys)

    def learn(self, files: "FileSizes") -> bool:
        """Return whether these files, which were not found, show a new mapping: not where rules speak of all."""
        if all(self.mapper.ruled(path) is not None for path in files):
            return False
        rules = self._settings.current().path_rules
        if self._inferrer is None:
            by_rules = Mapper(rules, ignore_case=self.mapper.ignore_case)
            self._inferrer = Inferrer(self._plex.index().lookup_name, self._roots(), by_rules.ruled)
            self._inferrer.feed(self._stash.sample_files(SAMPLE))
        self._inferrer.feed(files)
        inference = self._inferrer.result()
        is_new = inference.rules != self._inferred
        self._inferred = inference.rules
        self.mapper = Mapper(rules, inference=inference, ignore_case=self.mapper.ignore_case)
        if is_new and inference.rules:
            log.info("Stash's folders are in Plex at: %s", "; ".join(map(str, inference.rules)))
        return is_new

    @property
    def inference(self) -> Inference | None:
        """What was inferred, or None where there was no need to."""
        return None if self._inferrer is None else self._inferrer.result()

    def _choose_mapper(self) -> None:
        settings = self._settings.current()
        key = (settings.path_rules, settings.ignore_path_case, self._plex.sections())
        if key != self._mapper_key:
            self._mapper_key, self._inferrer, self._inferred = key, None, ()
            self.mapper = Mapper(settings.path_rules, ignore_case=settings.ignore_path_case)

    def _roots(self) -> Roots:
        plex_folders = tuple(location for section in self._plex.sections() for location in section.locations)
        return Roots(self._stash.library_folders(), plex_folders, self.mapper.ignore_case)


class ScanRequests:
    """Remembers which folders were asked for. `clock` is monotonic seconds."""

    def __init__(self, plex: PlexLink, clock: Callable[[], float]) -> None:
        self._plex = plex
        self._clock = clock
        self._asked_at: dict[tuple[int, str], float] = {}

    def ask(self, plex_paths: Iterable[str]) -> int:
        """Have the folders of `plex_paths` scanned, in every library that has them; how many requests were sent.

        Raises:
            PlexError: Plex is away or refuses everything; that it refuses one folder is only logged.
        """
        return sum(self.scan(folder) for folder in dict.fromkeys(map(folder_of, plex_paths)) if folder)

    def scan(self, folder: str) -> int:
        """As `ask`, of one folder."""
        count = 0
        for section in section_of_folder(self._plex.sections(), folder):
            key = (section.key, folder)
            if self._clock() - self._asked_at.get(key, float("-inf")) < GAP_S:
                continue
            self._remember(key)
            try:
                self._plex.client().scan(section, folder)
            except PlexRejected as error:
                log.warning("Plex would not scan a folder of %s: %s", section.title, error)
            else:
                log.info("Asked Plex to scan %s", folder)
                count += 1
        return count

    def _remember(self, key: tuple[int, str]) -> None:
        self._asked_at[key] = self._clock()
        while len(self._asked_at) > _REMEMBERED:
            del self._asked_at[next(iter(self._asked_at))]
