"""Whether a number still names what it named: the one place that compares scenes and items with who they were when they were recorded."""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plex.model import Item
from records import FileMark, Identity, KnownScene
from stash.model import Scene
from worker.errors import OtherStashError

if TYPE_CHECKING:
    from records import Records
    from worker.session import Session

log = logging.getLogger("stash2plex.worker")

SAMPLE: Final = 50
LEAST_PRESENT: Final = 20
FOREIGN_SHARE: Final = 0.9
"""Of a sample of recorded scenes so many must be there, and so large a part of them be others: then it is another Stash, or its database was made anew."""

COMPARED_S: Final = 60.0
"""So long a comparison of the sample holds."""


def scene_identity(scene: Scene) -> Identity:
    """Who `scene` is."""
    files = (FileMark(path, scene.sizes.get(path, 0), scene.prints.get(path, frozenset())) for path in scene.files)
    return Identity(scene.created_at, tuple(files))


def item_identity(item: Item) -> Identity:
    """Which item `item` is."""
    return Identity.of_sizes(item.added_at, item.files)


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
    known = records.scenes.get_many([key for key, scene in scenes.items() if scene.files])
    strangers = {key for key, one in known.items() if not one.identity.is_scene(scene_identity(scenes[key]))}
    outdated = {key for key, one in known.items() if scenes[key].updated_at < one.updated_at} - strangers
    return Judgement(frozenset(strangers), frozenset(outdated))


class Recognition:
    """Recognizes the scenes of `session` by its records. `clock` is epoch seconds."""

    def __init__(
        self, session: "Session", clock: Callable[[], float], may_begin_afresh: Callable[[], bool] = lambda: False
    ) -> None:
        """`may_begin_afresh` says whether the user agreed to another Stash."""
        self._session = session
        self._records = session.records
        self._clock = clock
        self._may_begin_afresh = may_begin_afresh
        self._is_other = False
        self._compared_at = float("-inf")

    def settle(self, scenes: Mapping[int, Scene]) -> None:
        """Make the rows under the ids of `scenes` those of the scenes that have them now, and note that these were seen alive.

        Rows of a scene whose id is another one's now go to an id of their own. A scene that was known under another id gets its rows back.

        Raises:
            OtherStashError: nearly all of Stash's scenes are others than recorded; nothing was changed.
            StashError: Stash had to be asked, and did not answer.
        """
        seen = {key: scene for key, scene in scenes.items() if scene.files}
        judged = judge(self._records, seen)
        moved = self._moved(seen, judged.strangers)
        if judged.strangers - moved.keys():
            self._require_same_stash()
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
        now = {**at_hand, **(self._session.scenes(absent) if absent else {})}
        known = self._records.scenes.get_many(list(scene_ids))
        return {key for key, one in known.items() if key in now and one.identity.is_scene(scene_identity(now[key]))}

    # -- which Stash ------------------------------------------------------------------------------------------------

    def probe(self) -> None:
        """Look once more, where the Stash was another one. Raises OtherStashError, StashError."""
        if self._is_other:
            self._require_same_stash()

    def _require_same_stash(self) -> None:
        now = self._clock()
        if self._may_begin_afresh() or 0 <= now - self._compared_at < COMPARED_S:
            self._is_other = False
            return
        known = self._records.scenes.sample(SAMPLE)
        present = self._session.scenes([one.scene_id for one in known])
        foreign = self._foreign(known, present)
        self._is_other = len(present) >= LEAST_PRESENT and foreign >= FOREIGN_SHARE * len(present)
        if self._is_other:
            raise OtherStashError(foreign, len(present))
        self._compared_at = now

    def _foreign(self, known: Sequence[KnownScene], now: Mapping[int, Scene]) -> int:
        """How many of the scenes that have the ids of known ones are none that is known."""
        others = [
            scene_identity(now[one.scene_id])
            for one in known
            if one.scene_id in now and not one.identity.is_scene(scene_identity(now[one.scene_id]))
        ]
        return sum(not _is_known(who, self._records) for who in others)


def _is_known(who: Identity, records: "Records") -> bool:
    return any(one.identity.is_scene(who) for one in records.scenes.alike([who]))


def is_same_item(known: Identity | None, files: Iterable[str], item: Item) -> bool | None:
    """Whether `item` is the one that was seen as `known`, or, where nobody knows, that held `files`; None where that is not known either."""
    if known is not None:
        return known.shares_file(item_identity(item))
    held = set(files)
    return not held.isdisjoint(item.files) if held else None
