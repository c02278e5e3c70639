"""From scenes to what has to be done in Plex: gate, match, read, merge. Reads from Plex, never writes to it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from matching.gate import SkipReason, why_skip
from matching.match import holds
from plex.apart import KNOWN
from plex.fields import TITLE, Values, same
from plex.merge import plan
from plex.model import Item
from plex.plan import ItemPlan, MergePolicy
from records import Emptying, RefusedField, Written
from settings.settings import Settings
from stash.model import Scene
from worker.sync.losses import kept as kept_by_answer
from worker.sync.past import ItemPast, Past, Present
from worker.sync.photos import photos_of, with_photos
from worker.sync.recognition import judge
from worker.sync.refusing import still_refused
from worker.sync.search import Search, Sought
from worker.sync.wanted import file_title, fitting, not_worth_a_lock, wanted_values

if TYPE_CHECKING:
    from stash.errors import StashTooLarge
    from worker.sync.finder import Finder
    from worker.sync.session import Session

log = logging.getLogger("stash2plex.worker")

OTHER_SCENE: Final = "other_scene"


@dataclass(frozen=True, slots=True)
class Skipped:
    """Why a scene is left alone on purpose: `code` for counting, `text` for people."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class ItemWork:
    """What one item of a scene needs, and what was written to it so far.

    Attributes:
        wanted: what Stash says.
        kept: fields that stay as Plex has them.
        emptyings: which of them are held, kept or were emptied.
        refusals: what is remembered of fields that Plex did not take.
        refused: the fields that are not sent for that, or because the server takes them of no item, each with why.
    """

    item: Item
    plan: ItemPlan
    past: ItemPast
    wanted: Values = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    emptyings: Mapping[str, Emptying] = field(default_factory=dict)
    refusals: Mapping[str, RefusedField] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)

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
class _Draft(Sought):
    """One scene on its way to a ScenePlan."""

    skip: Skipped | None = None


class Planner:
    """Plans scenes against the Plex of `session`."""

    def __init__(self, session: "Session", finder: "Finder") -> None:
        self._session = session
        self._finder = finder
        self._search = Search(session, finder)

    def plan(self, scenes: Sequence[Scene]) -> list[ScenePlan]:
        """One plan a scene, in their order.

        Raises:
            PlexError, StashError, NotConfiguredError: what concerns all of them.
        """
        settings = self._session.settings()
        drafts = [_Draft(scene, skip=_skipped(why_skip(scene, settings))) for scene in scenes]
        open_drafts = [draft for draft in drafts if draft.skip is None]
        if open_drafts:
            self._search.find_items(open_drafts)
        items = {item.rating_key: item for draft in drafts for item in draft.items}
        past = Past(self._session.records, list(items.values()), [scene.id for scene in scenes])
        present = self._present(open_drafts, past)
        self._leave_to_owner(open_drafts, past, present)
        return self._merged(drafts, past, present)

    def replan(self, scene: Scene, work: ItemWork, item: Item) -> ItemWork:
        """What `work` has to be now that its item was read again: the same scene and past, against what Plex shows now."""
        policy = policy_of(self._session.settings())
        policy = replace(policy, off=policy.off | work.kept)
        again = self._work(scene, item, work.past, policy, work.emptyings, work.refusals)
        return replace(again, kept=work.kept)

    # -- whose item it is ------------------------------------------------------------------------------------------

    def _present(self, drafts: Sequence[_Draft], past: Past) -> Present:
        """The scenes at hand, and those that wrote to their items before, as Stash has them now."""
        scenes = {draft.scene.id: draft.scene for draft in drafts}
        absent = sorted({scene_id for _, ids in past.writers() for scene_id in ids} - scenes.keys())
        unread: dict[int, StashTooLarge] = {}
        scenes |= self._session.scenes(absent, unread) if absent else {}
        return Present(scenes, judge(self._session.records, scenes).disowned, self._holds, frozenset(unread))

    def _leave_to_owner(self, drafts: Sequence[_Draft], past: Past, present: Present) -> None:
        """An item that holds files of two scenes belongs to the one whose file stands first in it, so that the two do not overwrite each other for ever."""
        claimants = self._claimants(drafts, past, present)
        for draft in drafts:
            owners = {item.rating_key: self._owner(item, claimants[item.rating_key]) for item in draft.items}
            lost = [key for key, owner in owners.items() if owner != draft.scene.id]
            draft.items = [item for item in draft.items if item.rating_key not in lost]
            if lost and not draft.items:
                draft.skip = Skipped(
                    OTHER_SCENE,
                    f"its item in Plex ({lost[0]}) belongs to scene {owners[lost[0]]}, whose file stands first there",
                )

    @staticmethod
    def _claimants(drafts: Sequence[_Draft], past: Past, present: Present) -> dict[int, list[Scene]]:
        """By item the scenes that may write to it: those at hand, and those that did before, where Stash has them still."""
        at_hand = {draft.scene.id for draft in drafts}
        found = {
            key: [present.scenes[one] for one in ids if one in present.scenes and one not in at_hand]
            for key, ids in past.writers()
        }
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
        held = (self._holds(item, scene, {file: size}) for file, size in item.files.items())
        return next((place for place, is_held in enumerate(held) if is_held), len(item.files))

    def _holds(self, item: Item, scene: Scene, files: Mapping[str, int] | None = None) -> bool:
        return holds(item.files if files is None else files, scene.sized_files, self._finder.mapper)

    # -- what they need -------------------------------------------------------------------------------------------

    def _merged(self, drafts: Sequence[_Draft], past: Past, present: Present) -> list[ScenePlan]:
        own = [draft.scene for draft in drafts if draft.items and draft.scene.id not in present.disowned]
        keeps = self._session.records.pins.of_scenes({scene.id: scene.updated_at for scene in own})
        emptyings = self._session.records.emptyings.of_scenes([scene.id for scene in own])
        refusals = self._session.records.refused.of_scenes([scene.id for scene in own])
        policy = policy_of(self._session.settings())
        plans: list[ScenePlan] = []
        for draft in drafts:
            scene = draft.scene
            kept = keeps.get(scene.id, frozenset())
            chosen = replace(policy, off=policy.off | kept)
            work = tuple(
                replace(
                    self._work(
                        scene,
                        item,
                        past.of(scene, item, present),
                        chosen,
                        emptyings.get((scene.id, item.rating_key), {}),
                        refusals.get((scene.id, item.rating_key), {}),
                    ),
                    kept=kept,
                )
                for item in draft.items
            )
            dead = draft.denied - {item.rating_key for item in draft.items} if work else set()
            plans.append(ScenePlan(scene, work, draft.skip, draft.error, tuple(sorted(dead))))
        return plans

    def _work(
        self,
        scene: Scene,
        item: Item,
        past: ItemPast,
        policy: MergePolicy,
        emptyings: Mapping[str, Emptying],
        refusals: Mapping[str, RefusedField],
    ) -> ItemWork:
        settings, client = self._session.settings(), self._session.plex()
        values, intended = past.written.values, past.written.intended
        said = wanted_values(scene, settings)
        refused = {name: refusals[name].why for name in still_refused(refusals.values(), said, client.known_as)}
        refused |= dict.fromkeys(client.capabilities.refused, KNOWN.why)
        policy = replace(policy, off=policy.off | kept_by_answer(scene, said, emptyings) | refused.keys())
        # A title of ours that an item shows that came back from a backup is not what Stash had last.
        wanted = fitting(said, scene, item.values, () if past.is_outdated else (values, intended))
        result = plan(
            wanted,
            item,
            values,
            policy,
            intended=intended or None,
            left=past.left,
            is_outdated=past.is_outdated,
            earlier_titles=_earlier_titles(item, past),
        )
        result = replace(result, lock=result.lock - not_worth_a_lock(scene))
        result = with_photos(result, item, photos_of(scene, settings), policy.off)
        return ItemWork(item, result, past, said, emptyings=emptyings, refusals=refusals, refused=refused)


def policy_of(settings: Settings) -> MergePolicy:
    """The settings as the merge understands them."""
    return MergePolicy(settings.preserve_plex_edits, settings.mirror_lists, settings.skip_fields)


def _earlier_titles(item: Item, past: ItemPast) -> tuple[str, ...]:
    """What the item was called before our first write to it, and what a scan calls it; () where it was called as it is now."""
    if not past.was_titled or same(past.was_titled, item.values.get(TITLE)):
        return ()
    return (past.was_titled, *(file_title((file,)) for file in item.files))


def _skipped(reason: SkipReason | None) -> Skipped | None:
    return None if reason is None else Skipped(reason.code.value, reason.text)
