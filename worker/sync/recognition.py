"""Whether an id still names the scene or item, and the Stash is still the one, that was recorded."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from records import KnownScene
from stash.model import Scene
from worker.sync.identities import scene_identity
from worker.sync.own_stash import OwnStash
from worker.sync.stash_link import StashLink

if TYPE_CHECKING:
    from records import Records
    from stash.errors import StashTooLarge

log = logging.getLogger("stash2plex.worker")


WITNESSES: Final = 50
"""How many are asked where the witness is gone: what was made since a backup is gone with it."""

WENT_BACK: Final = "stash_went_back"
"""The fact that Stash's database went back in time: `{"at": 1795393093.0, "to": 1795390000.0}`.

What was saved later than `to`, and seen before `at`, is of before.
"""


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


def judge(records: "Records", scenes: Mapping[int, Scene]) -> Judgement:
    """Compare `scenes` with what is recorded under their ids. Asks nobody and writes nothing."""
    return judged(scenes, records.scenes.get_many(list(scenes)), records.facts.get(WENT_BACK))


def judged(
    scenes: Mapping[int, Scene], known: Mapping[int, KnownScene], went_back: Mapping[str, float] | None
) -> Judgement:
    """Compare `scenes` with those `known` under their ids; `went_back` is the fact of that name. Pure."""
    strangers, outdated = set(), set()
    for key, scene in scenes.items():
        record = known.get(key)
        if record is None or not scene.files:
            continue
        if not record.identity.is_scene(scene_identity(scene)):
            strangers.add(key)
        elif is_outdated(scene, record, went_back):
            outdated.add(key)
    return Judgement(frozenset(strangers), frozenset(outdated))


def is_outdated(scene: Scene, record: KnownScene, went_back: Mapping[str, float] | None) -> bool:
    """Return whether `scene`, which is the one that is recorded, is of before: its database went back in time."""
    if went_back and record.seen_at < went_back["at"] and record.updated_at > went_back["to"]:
        return True
    return scene.updated_at < record.updated_at


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

    def settle(self, found: Mapping[int, Scene], witness: Mapping[int, Scene | None] = MappingProxyType({})) -> None:
        """Give the rows under the ids of the scenes `found` to the scenes that have them now; these were seen alive.

        Rows of a scene whose id is another one's now go to an id of their own. A scene that was known under another id
        gets its rows back.

        Args:
            found: the scenes at hand, by id.
            witness: see `witness`, as Stash has it now; None where it has none. It is heard first.

        Raises:
            OtherStashError: nearly all of Stash's scenes are others than recorded; nothing was changed.
            StashError: Stash had to be asked, and did not answer.
        """
        seen = {key: scene for key, scene in found.items() if scene.files}
        known = self._records.scenes.get_many([*seen, *(witness.keys() - seen.keys())])
        self._hear(witness, known)
        went_back = self._limited_return()
        judgement = judged(seen, known, went_back)
        moved = self._moved(seen, known, judgement.strangers)
        outdated = judgement.outdated | {key for key, old in moved.items() if is_outdated(seen[key], old, went_back)}
        if judgement.strangers - moved.keys():
            self._own_stash.require(self._stash.client(), self._stash.place)
        now = self._clock()
        with self._records.transaction():
            of_nobody = {key for key in moved if self._records.written.get(key)}  # of before the update
            lost = {key: self._records.scenes.lose(key, now) for key in sorted(judgement.strangers | of_nobody)}
            for new, old in moved.items():
                log.info("Scene %d is known: it had the id %d before", new, old.scene_id)
                self._records.scenes.find_again(lost.get(old.scene_id, old.scene_id), new)
            for key in outdated:
                log.warning(
                    "Scene %d is older in Stash than it was: its database went back in time. What it has is written, "
                    "nothing is emptied",
                    key,
                )
                self._records.scenes.part(key, now)
            self._records.scenes.see(
                {key: (scene_identity(scene), scene.updated_at) for key, scene in seen.items()}, now
            )

    def settle_one(self, scene_id: int) -> str:
        """As `settle`, for the scene that has this id now; return why it cannot be read, or ""."""
        unread: dict[int, StashTooLarge] = {}
        self.settle(self._stash.scenes([scene_id], unread))
        return str(unread.get(scene_id, ""))

    def _hear(self, witness: Mapping[int, Scene | None], known: Mapping[int, KnownScene]) -> None:
        """Where Stash no longer has the witness, ask the next ones. Raises StashError."""
        present = {key: scene for key, scene in witness.items() if scene is not None}
        if len(present) < len(witness):
            self._absent.update(witness.keys() - present.keys())
            others = [key for key in self._records.scenes.saved_last(WITNESSES) if key not in self._absent]
            present = self._stash.scenes(others, {})
            known = self._records.scenes.get_many(list(present))
            self._absent.update(key for key in others if key not in present)
        for key, scene in present.items():
            record = known.get(key)
            if record and scene.updated_at < record.updated_at and record.identity.is_scene(scene_identity(scene)):
                self._note_return(record, scene.updated_at)

    def _note_return(self, known: KnownScene, updated_at: float) -> None:
        """Note, once, that Stash's database went back in time, at least to `updated_at`."""
        back = self._records.facts.get(WENT_BACK)
        is_same_time = back is not None and known.seen_at < back["at"]
        if is_same_time and known.updated_at > back["to"]:
            return
        if not is_same_time:
            log.warning("Stash's database went back in time: what it has is written, nothing is emptied")
        self._records.facts.put(WENT_BACK, {"at": back["at"] if is_same_time else self._clock(), "to": updated_at})

    def _limited_return(self) -> dict[str, float] | None:
        """Return the fact WENT_BACK, set right where the clock was ahead when it was noted."""
        back: dict[str, float] | None = self._records.facts.get(WENT_BACK)
        now = self._clock()
        if back is not None and back["at"] > now:
            back = {**back, "at": now}
            self._records.facts.put(WENT_BACK, back)
        return back

    def _moved(
        self, scenes: Mapping[int, Scene], known: Mapping[int, KnownScene], strangers: Collection[int]
    ) -> dict[int, KnownScene]:
        """Return the scenes that are known under another id, which is no longer theirs, as they are known there."""
        unknown = {key: scene_identity(scenes[key]) for key in scenes if key not in known or key in strangers}
        if not unknown:
            return {}
        by_second: dict[int, list[KnownScene]] = {}
        for record in self._records.scenes.alike(unknown.values()):
            by_second.setdefault(int(record.identity.born_at), []).append(record)
        found = {
            key: record
            for key, identity in unknown.items()
            for record in by_second.get(int(identity.born_at), ())
            if record.scene_id != key and record.identity.is_scene(identity)
        }
        claims = Counter(record.scene_id for record in found.values())
        elsewhere = self._still_there({old for old in claims if old > 0}, scenes)
        return {
            key: record
            for key, record in found.items()
            if record.scene_id not in elsewhere and claims[record.scene_id] == 1
        }

    def _still_there(self, scene_ids: Collection[int], at_hand: Mapping[int, Scene]) -> set[int]:
        """Those of these ids that still name the scene that is recorded under them: what looks alike is a twin."""
        absent = sorted(set(scene_ids) - at_hand.keys())
        unread: dict[int, StashTooLarge] = {}
        now = {**at_hand, **self._stash.scenes(absent, unread)}
        known = self._records.scenes.get_many(list(scene_ids))
        return unread.keys() | {
            key for key, record in known.items() if key in now and record.identity.is_scene(scene_identity(now[key]))
        }
