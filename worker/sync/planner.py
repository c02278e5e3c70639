"""From scenes to what has to be done in Plex: gate, match, read, merge. Reads from Plex, never writes to it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from matching.gate import SkipReason, why_skip
from matching.match import holds
from plex import merge
from plex.client import PlexClient
from plex.fields import FIELDS, TITLE, same
from plex.model import Item
from plex.plan import MergePolicy
from plex.refusal import KNOWN
from plex.sort_title import is_made_from
from settings.settings import Settings
from stash.model import Scene
from worker.sync.brake import kept_by_answer
from worker.sync.codes import OTHER_SCENE
from worker.sync.collection_sizes import fit_sizes
from worker.sync.finder import Finder
from worker.sync.past import Past, Present
from worker.sync.photos import Photos
from worker.sync.plans import ItemWork, ScenePlan
from worker.sync.plex_link import PlexLink
from worker.sync.recognition import WENT_BACK, judged
from worker.sync.refusals import still_refused
from worker.sync.search import Search
from worker.sync.stash_link import SettingsInForce, StashLink
from worker.sync.wanted import (
    file_title,
    fitting,
    not_worth_a_lock,
    wanted_values,
    with_photos,
    without_fields,
)

if TYPE_CHECKING:
    from records import Records, Written
    from stash.errors import StashTooLarge


class Planner:
    """Plans scenes against the Plex that is synced."""

    def __init__(
        self,
        stash: StashLink,
        plex: PlexLink,
        settings: SettingsInForce,
        records: "Records",
        finder: Finder,
        photos: Photos,
    ) -> None:
        self._stash = stash
        self._plex = plex
        self._settings = settings
        self._records = records
        self._finder = finder
        self._photos = photos
        self._search = Search(plex, finder, records.written)

    def plan(self, scenes: Sequence[Scene], taken: frozenset[str] = frozenset()) -> list[ScenePlan]:
        """Return one plan a scene, in their order, of those fields alone that are `taken` if there are any.

        Raises:
            PlexError, StashError, NotConfiguredError: what concerns all of them.
        """
        plans = [ScenePlan(scene, self._why_skip(scene), taken) for scene in scenes]
        taking_part = [plan for plan in plans if plan.skip is None]
        if taking_part:
            self._search.find_items(taking_part)
        for plan in taking_part:
            self._leave_out_of_libraries(plan)
        matched = [plan for plan in taking_part if plan.items]
        if matched:
            items = {item.rating_key: item for plan in matched for item in plan.items}
            past = Past(self._records, list(items.values()), [plan.scene.id for plan in matched])
            present = self._present(taking_part, past)
            self._leave_to_owner(taking_part, past, present)
            self._plan_items([plan for plan in matched if plan.items], past, present)
        return plans

    def replan(self, work: ItemWork, item: Item) -> None:
        """Plan `work` anew: its item was read again, and is `item` now."""
        work.item = item
        _plan_item(work, self._plex.client())

    # -- which libraries it is for ---------------------------------------------------------------------------------

    def _why_skip(self, scene: Scene) -> SkipReason | None:
        """Return why no library takes the scene, by the first one's settings; None where one does."""
        settings = self._settings.current()
        if not settings.libraries:
            return why_skip(scene, settings)
        reasons = [why_skip(scene, self._plex.settings_of(section.key)) for section in self._plex.sections()]
        return None if None in reasons else reasons[0]

    def _leave_out_of_libraries(self, plan: ScenePlan) -> None:
        """Leave the items alone whose library does not take the scene."""
        if not self._settings.current().libraries:
            return
        reasons = {item.rating_key: self._why_left_out(plan.scene, item.section_key) for item in plan.items}
        plan.left_out = [(item, why.code) for item in plan.items if (why := reasons[item.rating_key])]
        plan.items = [item for item in plan.items if not reasons[item.rating_key]]
        if plan.left_out and not plan.items:
            plan.skip = reasons[plan.left_out[0][0].rating_key]

    def _why_left_out(self, scene: Scene, section_key: int) -> SkipReason | None:
        reason = why_skip(scene, self._plex.settings_of(section_key))
        title = next((section.title for section in self._plex.sections() if section.key == section_key), section_key)
        return reason and replace(reason, text=f'{reason.text}, for the library "{title}"')

    # -- whose item it is ------------------------------------------------------------------------------------------

    def _present(self, plans: Sequence[ScenePlan], past: Past) -> Present:
        """The scenes at hand, and those that wrote to their items before, as Stash has them now."""
        scenes = {plan.scene.id: plan.scene for plan in plans}
        absent = sorted({record.scene_id for record in past.writers()} - scenes.keys())
        unread: dict[int, StashTooLarge] = {}
        scenes |= self._stash.scenes(absent, unread)
        judgement = judged(scenes, past.known_scenes, self._records.facts.get(WENT_BACK))
        return Present(scenes, judgement.disowned, self._holds, frozenset(unread))

    def _leave_to_owner(self, plans: Sequence[ScenePlan], past: Past, present: Present) -> None:
        """Leave an item with files of two scenes to the one whose file stands first, so that they do not take turns."""
        claimants = self._claimants(plans, past, present)
        for plan in plans:
            owners = {item.rating_key: self._owner(item, claimants[item.rating_key]) for item in plan.items}
            lost = [key for key, owner in owners.items() if owner != plan.scene.id]
            plan.items = [item for item in plan.items if item.rating_key not in lost]
            if lost and not plan.items:
                text = f"its item in Plex ({lost[0]}) belongs to scene {owners[lost[0]]}, whose file stands first there"
                plan.skip = SkipReason(OTHER_SCENE, text)

    def _claimants(self, plans: Sequence[ScenePlan], past: Past, present: Present) -> dict[int, list[Scene]]:
        """By item the scenes that may write to it: those at hand, and those that did before, where Stash has them."""
        at_hand, found = {plan.scene.id for plan in plans}, dict[int, list[Scene]]()
        for record in past.writers():
            scene = present.scenes.get(record.scene_id)
            if scene and scene.id not in at_hand and not (record.is_empty and self._is_left_out(scene, record)):
                found.setdefault(record.rating_key, []).append(scene)
        for plan in plans:
            for item in plan.items:
                found.setdefault(item.rating_key, []).append(plan.scene)
        return found

    def _is_left_out(self, scene: Scene, record: "Written") -> bool:
        """Whether the library of an item to which the scene wrote nothing does not take it."""
        return why_skip(scene, self._plex.settings_of(record.section_key)) is not None

    def _owner(self, item: Item, scenes: Sequence[Scene]) -> int:
        if len(scenes) == 1:
            return scenes[0].id
        return min((self._place(item, scene), scene.id) for scene in scenes)[1]

    def _place(self, item: Item, scene: Scene) -> int:
        """Where the first of the scene's files stands in the item; behind all of them if there is none."""
        held = (self._holds(item, scene, {file: size}) for file, size in item.files.items())
        return next((place for place, is_held in enumerate(held) if is_held), len(item.files))

    def _holds(self, item: Item, scene: Scene, files: Mapping[str, int] | None = None) -> bool:
        return holds(item.files if files is None else files, scene.sized_files, self._finder.mapper)

    # -- what they need -------------------------------------------------------------------------------------------

    def _plan_items(self, plans: Sequence[ScenePlan], past: Past, present: Present) -> None:
        ids = [plan.scene.id for plan in plans if plan.scene.id not in present.disowned]
        pins = self._records.pins.of_scenes({key: present.scenes[key].updated_at for key in ids})
        emptyings = self._records.emptyings.of_scenes(ids)
        refusals = self._records.refused.of_scenes(ids)
        works = []
        for plan in plans:
            for item in plan.items:
                work = past.work_on(plan, item, present, self._plex.settings_of(item.section_key))
                work.is_partial = bool(plan.taken) and not work.is_outdated
                work.pinned = pins.get(plan.scene.id, work.pinned)
                work.emptyings = emptyings.get((plan.scene.id, work.key), {})
                work.refusals = refusals.get((plan.scene.id, work.key), {})
                work.wanted = wanted_values(plan.scene, work.settings)
                work.photos = self._photos.of(plan.scene, work.settings)
                plan.work.append(work)
                works.append(work)
        fit_sizes(works, self._records)
        client = self._plex.client()
        for work in works:
            _plan_item(work, client)


def policy_of(settings: Settings) -> MergePolicy:
    """The settings as the merge understands them."""
    return MergePolicy(
        settings.preserve_plex_edits, settings.mirror_lists, settings.skip_fields, fills_only=settings.fills_only
    )


def _plan_item(work: ItemWork, client: PlexClient) -> None:
    """Fill in what the item needs as it is now, and which fields are not sent."""
    scene, item, wanted, written = work.scene.scene, work.item, work.wanted, work.written
    settings, policy = work.settings, policy_of(work.settings)
    held_back = still_refused(work.refusals.values(), wanted, client.known_as)
    work.refused = {
        **{name: work.refusals[name].why for name in held_back},
        **dict.fromkeys(client.capabilities.refused, KNOWN.why),
    }
    taken = work.scene.taken
    stays = work.pinned | kept_by_answer(scene, settings, wanted, work.emptyings)
    off = policy.off | (stays - taken) | work.refused.keys()
    # A title of ours that an item shows that came back from a backup is not what Stash had last.
    ours = () if work.is_outdated else (written.values, written.intended)
    result = merge.plan(
        fitting(wanted, scene, settings, item.values, ours),
        item,
        written.values,
        replace(policy, off=off, as_empty=_as_empty(item, settings), taken=taken),
        intended=written.intended or None,
        left=work.left,
        is_outdated=work.is_outdated,
        earlier_titles=_earlier_titles(work),
    )
    unlocked = not_worth_a_lock(scene, settings)
    result = replace(result, lock=result.lock - unlocked) if unlocked else result
    result = with_photos(result, item, work.photos, off)
    if work.is_partial:
        others = [name for name in FIELDS if not work.may_write(name)]
        result = without_fields(result, others, written.values)
    work.plan = result


def _as_empty(item: Item, settings: Settings) -> frozenset[str]:
    """Return the title where a scan made it of a file's name, unless nothing that Plex shows may be touched."""
    titles = () if settings.preserve_plex_edits else map(file_title, ((file,) for file in item.files))
    is_scanned = any(is_made_from(item.values.get(TITLE), title) for title in titles)
    return frozenset({TITLE}) if is_scanned else frozenset()


def _earlier_titles(work: ItemWork) -> tuple[str, ...]:
    """What it was called before our first write, and what a scan calls it; () where it is called so now."""
    first = str(work.original.values.get(TITLE) or "") if work.original else ""
    if not first or same(first, work.item.values.get(TITLE)):
        return ()
    return (first, *[file_title((file,)) for file in work.item.files])
