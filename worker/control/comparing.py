"""Which scenes may differ from what Plex shows, by times, files, keys and ids alone, without their contents.

Only evidence counts: that a listing lacks something proves nothing. What is found here is looked at anew by the job
that it is queued for, and that job leaves behind what keeps it from being found again.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from matching.gate import SkipCode
from matching.match import Matched, NoMatch, holds
from records import Relations
from worker.facts import UPDATES_MOVE
from worker.sync.codes import NOT_IN_PLEX, OTHER_SCENE, RESTORED
from worker.sync.past import SLACK_S

if TYPE_CHECKING:
    from matching.match import Match
    from plex.model import Entry
    from records import Records, Skip, Written
    from stash.errors import StashTooLarge
    from stash.model import Outline
    from worker.sync.finder import Finder
    from worker.sync.plex_link import PlexLink
    from worker.sync.stash_link import StashLink

_MISSING: Final = frozenset(
    {
        SkipCode.NO_FILE.value,
        NOT_IN_PLEX,
        "NotInPlexError",
        "NotLookedForError",
        "OtherFileError",
        "UnreadableError",
    }
)
"""Why a scene was left alone that is over once its file is there; errors by name, as the activity log writes them."""

PROBES: Final = 25
"""How many scenes of one comparison may be queued to learn how the server is."""

PAGE: Final = 1000


class Saved(Protocol):
    """A scene's id and when it was last saved, epoch seconds."""

    @property
    def id(self) -> int:
        """Stash's id."""

    @property
    def updated_at(self) -> float:
        """Its time in Stash."""


@dataclass(slots=True)
class Differing:
    """What became of some scenes, by id.

    Attributes:
        differ: what a sync has to look at.
        arrived: those of them whose file was missing before; their jobs wait, and need not any longer.
        lost: were synced, and Plex lists no file of theirs any more.
        unsynced: were there before the plugin and never synced, though Plex has them.
    """

    differ: list[int] = field(default_factory=list)
    arrived: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    unsynced: list[int] = field(default_factory=list)


class Comparison:
    """Compares scenes with the records and a fresh index.

    It only looks up, but for a question to Stash where an item changes hands.
    `probed` counts the scenes that were queued to learn how the server is, those of the pages before included.
    """

    def __init__(
        self,
        stash: "StashLink",
        plex: "PlexLink",
        records: "Records",
        finder: "Finder",
        *,
        began_at: float,
        since: float,
        probed: int = 0,
    ) -> None:
        """Leave alone what was synced after `began_at`, when the reading of the index began; both are epoch seconds.

        What was never synced counts as saved unnoticed from `since` on.
        """
        self._stash = stash
        self._records = records
        self._finder = finder
        self._began_at = began_at
        self._since = since
        self._sections = {section.key for section in plex.sections()}
        self._moves: bool | None = records.facts.get(UPDATES_MOVE)
        self.probed = probed

    def of(self, outlines: Sequence["Outline"]) -> Differing:
        """Sort these scenes. Raises StashError."""
        ids = [outline.id for outline in outlines]
        known = _Known(self._records, ids)
        matches = self._matches(outlines)
        found, claims = Differing(), dict[int, set[int]]()
        for outline in outlines:
            match = matches[outline.id]
            if known.is_unknown(outline.id):
                self._sort_unknown(outline, match, found)
            elif known.is_saved(outline):
                found.differ.append(outline.id)
            elif (skip := known.skips.get(outline.id)) is not None:
                self._sort_skipped(outline, match, skip, found, claims)
            elif known.synced_at(outline.id) < self._began_at:
                self._sort_synced(outline, match, known, found, claims)
        found.differ += self._free(claims, matches)
        return found

    # -- one scene -------------------------------------------------------------------------------------------------

    def _sort_unknown(self, outline: "Outline", match: "Match[Entry]", found: Differing) -> None:
        if outline.updated_at >= self._since:
            found.differ.append(outline.id)
        elif isinstance(match, Matched):
            found.unsynced.append(outline.id)

    def _sort_skipped(
        self, outline: "Outline", match: "Match[Entry]", skip: "Skip", found: Differing, claims: dict[int, set[int]]
    ) -> None:
        """A reason of the scene's own or of the settings holds until it is saved, or the setting is changed."""
        if skip.reason == OTHER_SCENE:
            claims[outline.id] = self._keys(outline, match)
        elif skip.reason in _MISSING and self._keys(outline, match):
            found.differ.append(outline.id)
            found.arrived.append(outline.id)

    def _sort_synced(
        self,
        outline: "Outline",
        match: "Match[Entry]",
        known: "_Known",
        found: Differing,
        claims: dict[int, set[int]],
    ) -> None:
        own = known.own(outline.id)
        if own and isinstance(match, NoMatch):
            if self._is_lost(own):
                found.lost.append(outline.id)
        elif own and (known.has_other_relations(outline) or self._is_anew(match, own, known)):
            found.differ.append(outline.id)
        elif new := self._keys(outline, match, besides=known.written.get(outline.id, {})):
            claims[outline.id] = new

    def _is_lost(self, own: Mapping[int, "Written"]) -> bool:
        """Whether Plex would list the scene's items: not in a library that it cannot list, or that is not synced."""
        return not self._finder.left_out and any(record.section_key in self._sections for record in own.values())

    def _is_anew(self, match: "Match[Entry]", own: Mapping[int, "Written"], known: "_Known") -> bool:
        """Whether an item that was written to is another one under its key, or is older than that."""
        entries = (entry for entry in match.entries if entry.rating_key in own) if isinstance(match, Matched) else ()
        return any(self._is_other(entry, known) or self._is_older(entry, own[entry.rating_key]) for entry in entries)

    @staticmethod
    def _is_other(entry: "Entry", known: "_Known") -> bool:
        added_at = known.added_at.get(entry.rating_key, 0)
        return bool(entry.added_at and added_at) and int(added_at) != entry.added_at

    def _is_older(self, entry: "Entry", written: "Written") -> bool:
        """See worker.sync.past: Plex came back from a backup.

        Where it is not known yet whether an edit moves an item's time, a few jobs learn it.
        """
        if self._moves is False or not 0 < entry.updated_at < written.wrote_at - SLACK_S:
            return False
        if self._moves is None:
            self.probed += 1
        return self.probed <= PROBES

    # -- items -----------------------------------------------------------------------------------------------------

    def _matches(self, outlines: Sequence["Outline"]) -> dict[int, "Match[Entry]"]:
        """What the index has of each; what is not found may show where Stash's folders are, see worker.sync.search."""
        found = {outline.id: self._finder.find(outline.files) for outline in outlines}
        missing = [outline for outline in outlines if isinstance(found[outline.id], NoMatch)]
        if missing and self._finder.learn({path: size for outline in missing for path, size in outline.files.items()}):
            found |= {outline.id: self._finder.find(outline.files) for outline in missing}
        return found

    def _keys(self, outline: "Outline", match: "Match[Entry]", besides: Collection[int] = ()) -> set[int]:
        """The items, `besides` these, that hold one of the scene's very files, as far as the index knows."""
        found = (
            (entry for entry in match.entries if entry.rating_key not in besides) if isinstance(match, Matched) else ()
        )
        mapper = self._finder.mapper
        return {entry.rating_key for entry in found if holds({entry.plex_path: entry.size}, outline.files, mapper)}

    def _free(self, claims: Mapping[int, set[int]], matches: Mapping[int, "Match[Entry]"]) -> list[int]:
        """Of the scenes that claim items not known as theirs, those with one that no other scene with its file has."""
        keys = sorted(set[int]().union(*claims.values()))
        writers = self._records.written.scenes_by_item(keys) if keys else {}
        others = {writer for ids in writers.values() for writer in ids}
        held = {writer: _matched(match) for writer, match in matches.items() if writer in others}
        held |= self._held_by(others - held.keys())
        return [
            scene_id
            for scene_id, claimed in claims.items()
            if any(
                all(key not in held[writer] for writer in writers.get(key, ()) if writer != scene_id and writer in held)
                for key in claimed
            )
        ]

    def _held_by(self, scene_ids: Collection[int]) -> dict[int, Collection[int]]:
        """The items of these scenes, as Stash has them now; those that it no longer has are absent."""
        unread: dict[int, StashTooLarge] = {}
        found = self._stash.scenes(sorted(scene_ids), unread)
        return {key: _matched(self._finder.find(scene.sized_files)) for key, scene in found.items()}


class _Known:
    """The records of these scenes, read once."""

    def __init__(self, records: "Records", scene_ids: Sequence[int]) -> None:
        self.written = records.written.get_many(scene_ids)
        self.skips = records.skips.get_many(scene_ids)
        self.added_at = records.items.added_at([key for found in self.written.values() for key in found])
        self._relations = records.relations.get_many(scene_ids)

    def own(self, scene_id: int) -> dict[int, "Written"]:
        """What was written for a scene that was not known to be gone."""
        found = self.written.get(scene_id, {})
        return {key: record for key, record in found.items() if not record.gone_at and not record.is_empty}

    def is_unknown(self, scene_id: int) -> bool:
        return scene_id not in self.written and scene_id not in self.skips

    def is_saved(self, scene: Saved) -> bool:
        return is_saved_since(scene, self.written.get(scene.id, {}).values(), self.skips.get(scene.id))

    def synced_at(self, scene_id: int) -> float:
        return max((record.synced_at for record in self.written.get(scene_id, {}).values()), default=0.0)

    def has_other_relations(self, outline: "Outline") -> bool:
        now = Relations(outline.performers, outline.studios, outline.tags, outline.groups)
        return self._relations[outline.id] != now.keys()


def is_saved_since(scene: Saved, written: Iterable["Written"], skip: "Skip | None") -> bool:
    """Whether `scene` was saved later than its newest record knows; none knows of a scene that was gone and came back.

    A time tells no save from a cover that Stash made: what was given back stays so until a hook tells of one.
    """
    if skip and skip.reason == RESTORED:
        return False
    seen = [-1.0 if record.gone_at else record.scene_updated_at for record in written]
    return scene.updated_at > max([*seen, skip.seen if skip else -1.0])


def gone_between(records: "Records", after: int, last: int | None, present: Collection[int]) -> list[int]:
    """Recorded scenes above `after`, up to `last` (without it: to the end), that Stash does not list there."""
    gone: list[int] = []
    while known := records.written.scene_ids(after=after, limit=PAGE):
        within = [scene_id for scene_id in known if last is None or scene_id <= last]
        gone += [scene_id for scene_id in within if scene_id not in present]
        if len(within) < len(known):
            break
        after = known[-1]
    return gone


def _matched(match: "Match[Entry]") -> Collection[int]:
    return {entry.rating_key for entry in match.entries} if isinstance(match, Matched) else ()
