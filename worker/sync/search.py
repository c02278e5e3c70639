"""Which items of Plex hold the files of these scenes: match by the index, read what was matched, and believe only what was read."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from matching.match import Ambiguous, Matched, OtherFile, holds, other_file
from plex.errors import PlexError
from plex.model import Item
from records.written import WrittenStore
from stash.model import Scene
from worker.errors import AmbiguousMatchError, NotInPlexError, NotLookedForError, OtherFileError, UnreadableError
from worker.sync.finder import Finder
from worker.sync.plans import ScenePlan
from worker.sync.plex_link import PlexLink

log = logging.getLogger("stash2plex.worker")


class Search:
    """Finds the items of scenes in the Plex that is synced."""

    def __init__(self, plex: PlexLink, finder: Finder, written: WrittenStore) -> None:
        self._plex = plex
        self._finder = finder
        self._written = written

    def find_items(self, plans: Sequence[ScenePlan]) -> None:
        """Match, read, and check; what the index remembered wrongly is looked for once more after a refresh."""
        began = self._finder.clock()
        self._finder.prepare()
        read = _Reading()
        stale = self._look(plans, read)
        again = list(dict.fromkeys((*_missing(plans), *stale, *self._grown(plans))))
        if again and self._finder.refresh(force=bool(stale)):
            self._look(again, read)
        missing = [plan for plan in _missing(plans) if not isinstance(plan.error, OtherFileError)] if again else []
        if missing:
            self._excuse(missing, is_asked=self._finder.has_asked_since(began))

    def _excuse(self, missing: Sequence[ScenePlan], *, is_asked: bool) -> None:
        """Where Plex was not asked just now, or does not list everything, that a file is missing from its lists proves nothing."""
        left_out = self._finder.left_out
        for plan in missing:
            if not is_asked:
                plan.error = NotLookedForError(f"{plan.error}, as of a moment ago; looking again")
            elif left_out:
                plan.error = UnreadableError(f"{plan.error}; but {'; '.join(map(str, left_out))}")

    def _grown(self, plans: Iterable[ScenePlan]) -> list[ScenePlan]:
        """Scenes that were saved since they were synced, and have a file that the index lacks beside one that it has.

        The file may have come to the scene, and to Plex, by that save.
        """
        partly = {plan.scene.id: plan for plan in plans if plan.lacking}
        known = self._written.get_many(list(partly)) if partly else {}
        return [
            plan
            for key, plan in partly.items()
            if plan.scene.updated_at > max((it.scene_updated_at for it in known.get(key, {}).values()), default=0.0)
        ]

    def _look(self, plans: Sequence[ScenePlan], read: "_Reading") -> list[ScenePlan]:
        """Match, and read what is not in `read` yet; return those for which the index was wrong.

        Where another file has the path of ours, ours may still be elsewhere, so that it, too, is asked where Stash's folders are.
        """
        self._match(plans)
        self._learn(_missing(plans))
        stale = self._read(plans, read)
        again = self._learn([plan for plan in plans if isinstance(plan.error, OtherFileError)])
        return stale + self._read(again, read) if again else stale

    def _learn(self, missing: list[ScenePlan]) -> list[ScenePlan]:
        """Match `missing` once more, if they show where Stash's folders are; return them then."""
        files = {path: size for plan in missing for path, size in plan.scene.sized_files.items()}
        if not files or not self._finder.learn(files):
            return []
        self._match(missing)
        return missing

    def _match(self, plans: Iterable[ScenePlan]) -> None:
        for plan in plans:
            plan.error, plan.rating_keys, plan.items, plan.lacking = None, (), [], ()
            match = self._finder.find(plan.scene.sized_files)
            if isinstance(match, Matched):
                plan.rating_keys = tuple([entry.rating_key for entry in match.entries])
                plan.lacking = match.missing
            elif isinstance(match, Ambiguous):
                plan.error = AmbiguousMatchError(str(match))
            else:
                plan.error = NotInPlexError(str(match))

    def _read(self, plans: Sequence[ScenePlan], read: "_Reading") -> list[ScenePlan]:
        """Read the matched items and keep those that really hold a file of the scene; return those for which the index was wrong."""
        matched = dict.fromkeys([key for plan in plans for key in plan.rating_keys])
        keys = [key for key in matched if key not in read.items and key not in read.unread]
        if keys:
            read.items.update(self._plex.client().look(keys, read.unread))
        return [plan for plan in plans if self._sort(plan, read)]

    def _sort(self, plan: ScenePlan, read: "_Reading") -> bool:
        """Return whether the index was wrong about the scene's items. What could not be read is neither held nor gone."""
        items, unread = read.items, [key for key in plan.rating_keys if key in read.unread]
        files, mapper = plan.scene.sized_files, self._finder.mapper
        held = {key for key in plan.rating_keys if key in items and holds(items[key].files, files, mapper)}
        gone = [key for key in plan.rating_keys if key not in held and key not in unread]
        plan.items = [items[key] for key in plan.rating_keys if key in held]
        others: list[OtherFile | None] = []
        if gone:
            self._correct(gone, items, has_others=bool(held))
            plan.denied |= {key for key in gone if key not in items}
            others = [other_file(items[key].files, files, mapper) if key in items else None for key in gone]
        if unread:
            _note_unread(plan, unread[0], read.unread[unread[0]])
        elif gone and not held:
            plan.error = _why_none(plan.scene, others)
        return None in others and not unread

    def _correct(self, gone: Sequence[int], items: dict[int, Item], *, has_others: bool) -> None:
        """Bring the index in line with what was read.

        An item that Plex denies is forgotten only where another one has the file: a server that denies everything for a while, while it
        starts, would otherwise empty the index of items that are never news again.
        """
        self._finder.correct([items[key] for key in gone if key in items])
        if has_others:
            self._finder.forget([key for key in gone if key not in items])


@dataclass
class _Reading:
    """What was read of Plex for one batch, and what could not be."""

    items: dict[int, Item] = field(default_factory=dict)
    unread: dict[int, PlexError] = field(default_factory=dict)


def _missing(plans: Iterable[ScenePlan]) -> list[ScenePlan]:
    return [
        plan for plan in plans if isinstance(plan.error, NotInPlexError) and not isinstance(plan.error, UnreadableError)
    ]


def _note_unread(plan: ScenePlan, rating_key: int, error: PlexError) -> None:
    text = f"item {rating_key} of Plex cannot be read, although others can: {error}"
    if plan.items:
        log.warning("Scene %d: %s; its other items are synced", plan.scene.id, text)
    else:
        plan.error = UnreadableError(text)


def _why_none(scene: Scene, others: Iterable[OtherFile | None]) -> NotInPlexError:
    other = next((other for other in others if other is not None), None)
    if other is not None:
        return OtherFileError(str(other))
    return NotInPlexError(f"Plex no longer has an item with the file {scene.files[0]}")
