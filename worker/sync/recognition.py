"""Whether a number still names what it named: the one place that compares scenes and items with who they were when they were recorded."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plex.model import Item
from records import Identity, KnownScene
from stash.model import Scene
from worker.sync.own_stash import OwnStash, scene_identity
from worker.sync.stash_link import StashLink

if TYPE_CHECKING:
    from records import Records
    from stash.errors import StashTooLarge

log = logging.getLogger("stash2plex.worker")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What became of scenes since they were recorded.

    Attributes:
        strangers: scenes whose id was another scene's.
        outdated: scenes whose `updated_at` lies before the recorded one: their database went back in time.
    """

    strangers: frozenset[int]
    outdated: frozenset[int]

    @property
    def disowned(self) -> frozenset[int]:
        """Scenes to which the rows under their id do not belong, or no longer."""
        return self.strangers | self.outdated


WITNESSES: Final = 50
"""So many are asked where the one that was saved last is gone: what was made since a backup is gone with it."""

WENT_BACK: Final = "stash_went_back"
"""The fact that Stash's database went back in time: `{"at": 1795393093.0, "to": 1795390000.0}`; what was saved later than `to`, and seen before `at`, is of before."""


def judge(records: "Records", scenes: Mapping[int, Scene]) -> Judgement:
    """Compare `scenes` with what is recorded under their ids. Asks nobody and writes nothing."""
    back = records.facts.get(WENT_BACK)

    def is_of_before(one: KnownScene) -> bool:
        went_back = bool(back) and one.seen_at < back["at"] and one.updated_at > back["to"]
        return went_back or scenes[one.scene_id].updated_at < one.updated_at

    known = records.scenes.get_many([key for key, scene in scenes.items() if scene.files])
    strangers = {key for key, one in known.items() if not one.identity.is_scene(scene_identity(scenes[key]))}
    outdated = {key for key, one in known.items() if is_of_before(one)} - strangers
    return Judgement(frozenset(strangers), frozenset(outdated))


class Recognition:
    """Recognizes the scenes of Stash by the records. `clock` is epoch seconds."""

    def __init__(self, stash: StashLink, records: "Records", own_stash: OwnStash, clock: Callable[[], float]) -> None:
        self._stash = stash
        self._records = records
        self._own_stash = own_stash
        self._clock = clock
        self._absent: set[int] = set()

    def witness(self) -> list[int]:
        """The scene that was saved last, as far as is known, to be read along with every batch; [] where there is none.

        It alone tells that Stash's database went back in time where the scenes at hand have been saved again since.
        """
        newest = self._records.scenes.saved_last(len(self._absent) + 1)
        return [scene_id for scene_id in newest if scene_id not in self._absent][:1]

    def hear(self, witness: Iterable[int], found: Mapping[int, Scene]) -> None:
        """What the witness says, before anything else is settled. Where Stash no longer has it, the next ones are asked.

        Raises:
            StashError: Stash had to be asked, and did not answer.
        """
        gone = [scene_id for scene_id in witness if scene_id not in found]
        said = {scene_id: found[scene_id] for scene_id in witness if scene_id in found}
        if gone:
            self._absent.update(gone)
            others = [key for key in self._records.scenes.saved_last(WITNESSES) if key not in self._absent]
            said = self._stash.scenes(others, {})
            self._absent.update(key for key in others if key not in said)
        for known in self._records.scenes.get_many(list(said)).values():
            scene = said[known.scene_id]
            if known.identity.is_scene(scene_identity(scene)) and scene.updated_at < known.updated_at:
                self._note_return(known, scene.updated_at)

    def _note_return(self, known: KnownScene, updated_at: float) -> None:
        """Stash's database went back in time, at least to `updated_at`. That is noted once: what was seen since is not of before."""
        back = self._records.facts.get(WENT_BACK)
        is_same_time = back is not None and known.seen_at < back["at"]
        if is_same_time and known.updated_at > back["to"]:
            return
        if not is_same_time:
            log.warning("Stash's database went back in time: what it has is written, nothing is emptied")
        self._records.facts.put(WENT_BACK, {"at": back["at"] if is_same_time else self._clock(), "to": updated_at})

    def _limit_return(self) -> None:
        """A clock that was ahead when the return was noted, and was set right, would leave every scene of before for as long."""
        back, now = self._records.facts.get(WENT_BACK), self._clock()
        if back is not None and back["at"] > now:
            self._records.facts.put(WENT_BACK, {**back, "at": now})

    def settle(self, found: Mapping[int, Scene]) -> None:
        """Make the rows under the ids of the scenes that were `found` those of the scenes that have them now, and note that these were seen alive.

        Rows of a scene whose id is another one's now go to an id of their own. A scene that was known under another id gets its rows back.

        Raises:
            OtherStashError: nearly all of Stash's scenes are others than recorded; nothing was changed.
            StashError: Stash had to be asked, and did not answer.
        """
        seen = {key: scene for key, scene in found.items() if scene.files}
        self._limit_return()
        judged = judge(self._records, seen)
        moved = self._moved(seen, judged.strangers)
        if judged.strangers - moved.keys():
            self._own_stash.require(self._stash.client(), self._stash.place)
        now = self._clock()
        with self._records.transaction():
            unexplained = {
                key for key in moved if self._records.written.get(key)
            }  # of before the update, of nobody known
            lost = {key: self._records.scenes.lose(key, now) for key in sorted(judged.strangers | unexplained)}
            for key in judged.outdated:
                log.warning(
                    "Scene %d is older in Stash than it was: its database went back in time. What it has is written, nothing is emptied",
                    key,
                )
                self._records.scenes.part(key, now)
            for new, old in moved.items():
                log.info("Scene %d is known: it had the id %d before", new, old)
                self._records.scenes.find_again(lost.get(old, old), new)
            self._records.scenes.see({key: (scene_identity(one), one.updated_at) for key, one in seen.items()}, now)

    def settle_one(self, scene_id: int) -> str:
        """As `settle`, for the scene that has this id now, if Stash has it; why it cannot be read, or "". Raises as `settle`."""
        unread: dict[int, StashTooLarge] = {}
        self.settle(self._stash.scenes([scene_id], unread))
        return str(unread.get(scene_id, ""))

    def _moved(self, scenes: Mapping[int, Scene], strangers: Collection[int]) -> dict[int, int]:
        """Scenes that are known under another id, which is no longer theirs."""
        known = self._records.scenes.get_many(list(scenes))
        unknown = {key: scene_identity(one) for key, one in scenes.items() if key not in known or key in strangers}
        alike = self._records.scenes.alike(unknown.values()) if unknown else []
        by_second: dict[int, list[KnownScene]] = {}
        for one in alike:
            by_second.setdefault(int(one.identity.born_at), []).append(one)
        found = {
            key: one.scene_id
            for key, who in unknown.items()
            for one in by_second.get(int(who.born_at), ())
            if one.scene_id != key and one.identity.is_scene(who)
        }
        claims = Counter(found.values())
        elsewhere = self._still_there({old for old in found.values() if old > 0}, scenes)
        return {key: old for key, old in found.items() if old not in elsewhere and claims[old] == 1}

    def _still_there(self, scene_ids: Collection[int], at_hand: Mapping[int, Scene]) -> set[int]:
        """Those of these ids that still name the scene that is recorded under them: what looks alike is a twin."""
        absent = sorted(set(scene_ids) - at_hand.keys())
        unread: dict[int, StashTooLarge] = {}
        now = {**at_hand, **self._stash.scenes(absent, unread)}
        known = self._records.scenes.get_many(list(scene_ids))
        return unread.keys() | {
            key for key, one in known.items() if key in now and one.identity.is_scene(scene_identity(now[key]))
        }


def item_identity(item: Item) -> Identity:
    """Which item `item` is."""
    return Identity.of_sizes(item.added_at, item.files)


def is_same_item(known: Identity | None, files: Iterable[str], item: Item) -> bool | None:
    """Whether `item` is the one that was seen as `known`, or, where nobody knows, that held `files`; None where that is not known either."""
    if known is not None:
        return known.shares_file(item_identity(item))
    held = set(files)
    return not held.isdisjoint(item.files) if held else None
