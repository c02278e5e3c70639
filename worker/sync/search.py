"""Which items of Plex hold the files of these scenes: match by the index, read what was matched, and believe only what was read."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from matching.match import Ambiguous, Matched, NoMatch, OtherFile, holds, other_file
from plex.errors import PlexError
from plex.model import Item
from stash.model import Scene
from worker.errors import AmbiguousMatchError, NotInPlexError, NotLookedForError, OtherFileError, UnreadableError

if TYPE_CHECKING:
    from worker.sync.finder import Finder
    from worker.sync.session import Session

log = logging.getLogger("stash2plex.worker")


@dataclass
class Sought:
    """One scene, and what was found of it. `denied` are items that Plex says it does not have, `lacking` the scene's files that no item holds, where others are held."""

    scene: Scene
    rating_keys: tuple[int, ...] = ()
    items: list[Item] = field(default_factory=list)
    denied: set[int] = field(default_factory=set)
    lacking: tuple[str, ...] = ()
    error: Exception | None = None


class Search:
    """Finds items in the Plex of `session`."""

    def __init__(self, session: "Session", finder: "Finder") -> None:
        self._session = session
        self._finder = finder

    def find_items(self, them: Sequence[Sought]) -> None:
        """Match, read, and check; what the index remembered wrongly is looked for once more after a refresh."""
        began = self._finder.clock()
        self._finder.prepare()
        read = _Reading()
        stale = self._look(them, read)
        missing = _missing(them)
        open_ = list({id(one): one for one in (*missing, *stale, *self._grown(them))}.values())
        if open_ and self._finder.refresh(force=bool(stale)):
            self._look(open_, read)
        if not self._finder.has_asked_since(began):
            for one in _missing(them):
                if not isinstance(one.error, OtherFileError):  # that was read from Plex, just now
                    one.error = NotLookedForError(f"{one.error}, as of a moment ago; looking again")
        self._tell_what_is_left_out(them)

    def _grown(self, them: Iterable[Sought]) -> list[Sought]:
        """Scenes that were saved since they were synced and have a file that the index lacks beside one that it has: it may have come to the scene, and to Plex, by that."""
        partly = {one.scene.id: one for one in them if one.lacking}
        known = self._session.records.written.get_many(list(partly)) if partly else {}
        return [
            one
            for key, one in partly.items()
            if one.scene.updated_at > max((it.scene_updated_at for it in known.get(key, {}).values()), default=0.0)
        ]

    def _tell_what_is_left_out(self, them: Iterable[Sought]) -> None:
        """Where Plex does not list everything, that a file is missing from its lists proves nothing."""
        left_out = self._finder.left_out
        for one in _missing(them) if left_out else ():
            if not isinstance(one.error, OtherFileError):
                one.error = UnreadableError(f"{one.error}; but {'; '.join(map(str, left_out))}")

    def _look(self, them: Sequence[Sought], read: "_Reading") -> list[Sought]:
        """Match, and read what is not in `read` yet; those for which the index was wrong.

        Where another file has the path of ours, ours may still be elsewhere, so that it, too, is asked where Stash's folders are.
        """
        self._match(them)
        self._learn(them)
        stale = self._read(them, read)
        again = self._learn([one for one in them if isinstance(one.error, OtherFileError)])
        return stale + self._read(again, read)

    def _learn(self, them: Sequence[Sought]) -> list[Sought]:
        """Match those that were not found once more, if they show where Stash's folders are; which these are."""
        missing = _missing(them)
        files = {path: size for one in missing for path, size in one.scene.sized_files.items()}
        if not missing or not self._finder.learn(files):
            return []
        self._match(missing)
        return missing

    def _match(self, them: Iterable[Sought]) -> None:
        for one in them:
            one.error, one.rating_keys, one.items, one.lacking = None, (), [], ()
            match = self._finder.find(one.scene.sized_files)
            if isinstance(match, Matched):
                one.rating_keys = tuple(entry.rating_key for entry in match.entries)
                one.lacking = match.missing
            elif isinstance(match, Ambiguous):
                one.error = AmbiguousMatchError(str(match))
            elif isinstance(match, NoMatch):
                one.error = NotInPlexError(str(match))

    def _read(self, them: Sequence[Sought], read: "_Reading") -> list[Sought]:
        """Read the matched items and keep those that really hold a file of the scene; those for which the index was wrong."""
        keys = dict.fromkeys(key for one in them for key in one.rating_keys if not read.knows(key))
        if keys:
            read.items.update(self._session.plex().look(keys, read.unread))
        return [one for one in them if self._sort(one, read)]

    def _sort(self, one: Sought, read: "_Reading") -> bool:
        """Whether the index was wrong about the scene's items. What could not be read is neither held nor gone."""
        items, unread = read.items, [key for key in one.rating_keys if key in read.unread]
        gone = [key for key in one.rating_keys if key not in unread and not self._is_held(items.get(key), one.scene)]
        one.items = [items[key] for key in one.rating_keys if key not in gone and key not in unread]
        if gone:
            self._correct(gone, items, has_others=bool(one.items))
            one.denied |= {key for key in gone if key not in items}
        others = [self._other_file(items.get(key), one.scene) for key in gone]
        if unread:
            self._tell_unread(one, unread[0], read.unread[unread[0]])
        elif gone and not one.items:
            one.error = _why_none(one.scene, others)
        return None in others and not unread

    @staticmethod
    def _tell_unread(one: Sought, rating_key: int, error: PlexError) -> None:
        text = f"item {rating_key} of Plex cannot be read, although others can: {error}"
        if one.items:
            log.warning("Scene %d: %s; its other items are synced", one.scene.id, text)
        else:
            one.error = UnreadableError(text)

    def _correct(self, gone: Sequence[int], items: dict[int, Item], *, has_others: bool) -> None:
        """Bring the index in line with what was read.

        An item that Plex denies is forgotten only where another one has the file: a server that denies everything for a while, while it starts, would
        otherwise empty the index of items that are never news again.
        """
        self._finder.correct([items[key] for key in gone if key in items])
        if has_others:
            self._finder.forget([key for key in gone if key not in items])

    def _is_held(self, item: Item | None, scene: Scene) -> bool:
        """The guard against the wrong item: what Plex says now that the item holds, compared with the scene's own files once more."""
        return item is not None and holds(item.files, scene.sized_files, self._finder.mapper)

    def _other_file(self, item: Item | None, scene: Scene) -> OtherFile | None:
        return None if item is None else other_file(item.files, scene.sized_files, self._finder.mapper)


@dataclass
class _Reading:
    """What was read of Plex for one batch, and what could not be."""

    items: dict[int, Item] = field(default_factory=dict)
    unread: dict[int, PlexError] = field(default_factory=dict)

    def knows(self, rating_key: int) -> bool:
        return rating_key in self.items or rating_key in self.unread


def _missing(them: Iterable[Sought]) -> list[Sought]:
    return [one for one in them if isinstance(one.error, NotInPlexError) and not isinstance(one.error, UnreadableError)]


def _why_none(scene: Scene, others: Iterable[OtherFile | None]) -> NotInPlexError:
    other = next((other for other in others if other is not None), None)
    if other is not None:
        return OtherFileError(str(other))
    return NotInPlexError(f"Plex no longer has an item with the file {scene.files[0]}")
