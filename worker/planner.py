"""From scenes to what has to be done in Plex: gate, match, read, merge. Reads from Plex, never writes to it."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from matching.gate import SkipReason, why_skip
from matching.match import Ambiguous, Matched, NoMatch, holds
from plex.merge import plan
from plex.model import Item
from plex.plan import ItemPlan, MergePolicy
from records import Written
from settings.model import Settings
from stash.model import Scene
from worker.errors import AmbiguousMatchError, NotInPlexError, NotLookedForError
from worker.past import ItemPast, Past
from worker.photos import photos_of, with_photos
from worker.wanted import fitting, not_worth_a_lock, wanted_values

if TYPE_CHECKING:
    from worker.finder import Finder
    from worker.session import Session

log = logging.getLogger("stash2plex.worker")

OTHER_SCENE: Final = "other_scene"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a scene is left alone on purpose: `code` for counting, `text` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ItemWork:
    """What one item of a scene needs, and what was written to it so far."""

    item: Item
    plan: ItemPlan
    past: ItemPast

    @property
    def written(self) -> Written:
        """What was written to it so far; an empty record where nothing was."""
        return self.past.written


@dataclass(frozen=True, slots=True)
class ScenePlan:
    """What one scene needs: items to work on, or why there are none (`skip`, `error`). `dead` are items of before that Plex denies, where there is `work`."""

    scene: Scene
    work: tuple[ItemWork, ...] = ()
    skip: Skipped | None = None
    error: Exception | None = None
    dead: tuple[int, ...] = ()


@dataclass
class _Draft:
    """One scene on its way to a ScenePlan."""

    scene: Scene
    rating_keys: tuple[int, ...] = ()
    items: list[Item] = field(default_factory=list)
    denied: set[int] = field(default_factory=set)
    error: Exception | None = None
    skip: Skipped | None = None


class Planner:
    """Plans scenes against the Plex of `session`."""

    def __init__(self, session: "Session", finder: "Finder") -> None:
        self._session = session
        self._finder = finder

    def plan(self, scenes: Sequence[Scene]) -> list[ScenePlan]:
        """One plan a scene, in their order.

        Raises:
            PlexError, StashError, NotConfiguredError: what concerns all of them.
        """
        settings = self._session.settings()
        drafts = [_Draft(scene, skip=_skipped(why_skip(scene, settings))) for scene in scenes]
        open_drafts = [draft for draft in drafts if draft.skip is None]
        if open_drafts:
            self._find_items(open_drafts)
        past = Past(self._session.records, list({item.rating_key for draft in drafts for item in draft.items}))
        self._leave_to_owner(open_drafts, past)
        return self._merged(drafts, past, settings)

    # -- which items ----------------------------------------------------------------------------------------------

    def _find_items(self, drafts: list[_Draft]) -> None:
        """Match, read, and check; what the index remembered wrongly is looked for once more after a refresh."""
        began = self._finder.clock()
        self._finder.prepare()
        self._match(drafts)
        self._learn(drafts)
        stale = self._read(drafts)
        missing = _missing(drafts)
        if (missing or stale) and self._finder.refresh(force=bool(stale)):
            again = list({id(draft): draft for draft in (*missing, *stale)}.values())
            self._match(again)
            self._learn(again)
            self._read(again)
        if not self._finder.has_asked_since(began):
            for draft in _missing(drafts):
                draft.error = NotLookedForError(f"{draft.error}, as of a moment ago; looking again")

    def _learn(self, drafts: Sequence[_Draft]) -> None:
        missing = _missing(drafts)
        if missing and self._finder.learn([path for draft in missing for path in draft.scene.files]):
            self._match(missing)

    def _match(self, drafts: Iterable[_Draft]) -> None:
        for draft in drafts:
            draft.error, draft.rating_keys, draft.items = None, (), []
            match = self._finder.find(draft.scene.files)
            if isinstance(match, Matched):
                draft.rating_keys = tuple(entry.rating_key for entry in match.entries)
            elif isinstance(match, Ambiguous):
                draft.error = AmbiguousMatchError(str(match))
            elif isinstance(match, NoMatch):
                draft.error = NotInPlexError(str(match))

    def _read(self, drafts: Sequence[_Draft]) -> list[_Draft]:
        """Read the matched items and keep those that really hold a file of the scene; the drafts for which the index was wrong."""
        keys = dict.fromkeys(key for draft in drafts for key in draft.rating_keys)
        items = self._session.plex().items(keys) if keys else {}
        stale: list[_Draft] = []
        for draft in drafts:
            gone = [key for key in draft.rating_keys if not self._is_held(items.get(key), draft.scene)]
            draft.items = [items[key] for key in draft.rating_keys if key not in gone]
            if gone:
                self._correct(gone, items, has_others=bool(draft.items))
                draft.denied |= {key for key in gone if key not in items}
                stale.append(draft)
                if not draft.items:
                    draft.error = NotInPlexError(f"Plex no longer has an item with the file {draft.scene.files[0]}")
        return stale

    def _correct(self, gone: Sequence[int], items: "dict[int, Item]", *, has_others: bool) -> None:
        """Bring the index in line with what was read.

        An item that Plex denies is forgotten only where another one has the file: a server that denies everything for a while, while it starts, would
        otherwise empty the index of items that are never news again.
        """
        self._finder.correct([items[key] for key in gone if key in items])
        if has_others:
            self._finder.forget([key for key in gone if key not in items])

    def _is_held(self, item: Item | None, scene: Scene) -> bool:
        """The guard against the wrong item: what Plex says now that the item holds, compared with the scene's own files once more."""
        return item is not None and self._is_among(item.files, scene)

    def _leave_to_owner(self, drafts: Sequence[_Draft], past: Past) -> None:
        """An item that holds files of two scenes belongs to the one whose file stands first in it, so that the two do not overwrite each other for ever."""
        claimants = self._claimants(drafts, past)
        for draft in drafts:
            owners = {item.rating_key: self._owner(item, claimants[item.rating_key]) for item in draft.items}
            lost = [key for key, owner in owners.items() if owner != draft.scene.id]
            draft.items = [item for item in draft.items if item.rating_key not in lost]
            if lost and not draft.items:
                draft.skip = Skipped(
                    OTHER_SCENE,
                    f"its item in Plex ({lost[0]}) belongs to scene {owners[lost[0]]}, whose file stands first there",
                )

    def _claimants(self, drafts: Sequence[_Draft], past: Past) -> dict[int, list[Scene]]:
        """By item the scenes that may write to it: those at hand, and those that did before, as Stash has them now."""
        at_hand = {draft.scene.id for draft in drafts}
        writers = {key: [scene_id for scene_id in ids if scene_id not in at_hand] for key, ids in past.writers()}
        absent = sorted({scene_id for ids in writers.values() for scene_id in ids})
        scenes = self._session.scenes(absent) if absent else {}
        found = {key: [scenes[scene_id] for scene_id in ids if scene_id in scenes] for key, ids in writers.items()}
        for draft in drafts:
            for item in draft.items:
                found.setdefault(item.rating_key, []).append(draft.scene)
        return found

    def _owner(self, item: Item, scenes: Sequence[Scene]) -> int:
        if len(scenes) == 1:
            return scenes[0].id
        places = [(self._place(item, scene), scene.id) for scene in scenes]
        return min(places)[1]

    def _place(self, item: Item, scene: Scene) -> int:
        """Where the first of the scene's files stands in the item; behind all of them if there is none."""
        held = (self._is_among((file,), scene) for file in item.files)
        return next((place for place, is_held in enumerate(held) if is_held), len(item.files))

    def _is_among(self, files: Sequence[str], scene: Scene) -> bool:
        return holds(files, self._finder.candidates(scene.files), ignore_case=self._session.settings().ignore_path_case)

    # -- what they need -------------------------------------------------------------------------------------------

    def _merged(self, drafts: Sequence[_Draft], past: Past, settings: Settings) -> list[ScenePlan]:
        keeps = self._session.records.keeps.get_many([draft.scene.id for draft in drafts if draft.items])
        policy = policy_of(settings)
        plans: list[ScenePlan] = []
        for draft in drafts:
            scene = draft.scene
            own = replace(policy, off=policy.off | keeps.get(scene.id, frozenset()))
            work = tuple(_work(scene, item, past, settings, own) for item in draft.items)
            dead = draft.denied - {item.rating_key for item in draft.items} if work else set()
            plans.append(ScenePlan(scene, work, draft.skip, draft.error, tuple(sorted(dead))))
        return plans


def _missing(drafts: Iterable[_Draft]) -> list[_Draft]:
    return [draft for draft in drafts if isinstance(draft.error, NotInPlexError)]


def policy_of(settings: Settings) -> MergePolicy:
    """The settings as the merge understands them."""
    return MergePolicy(settings.preserve_plex_edits, settings.mirror_lists, settings.skip_fields)


def _work(scene: Scene, item: Item, past: Past, settings: Settings, policy: MergePolicy) -> ItemWork:
    known = past.of(scene.id, item)
    values, intended = known.written.values, known.written.intended
    wanted = fitting(wanted_values(scene, settings), scene, item.values, (values, intended))
    result = plan(wanted, item, values, policy, intended=intended or None)
    result = replace(result, lock=result.lock - not_worth_a_lock(scene))
    return ItemWork(item, with_photos(result, item, photos_of(scene, settings), policy.off), known)


def _skipped(reason: SkipReason | None) -> Skipped | None:
    return None if reason is None else Skipped(reason.code.value, reason.text)
