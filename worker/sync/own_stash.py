"""Whether a Stash is the one of this data folder: a sample of the recorded scenes is compared with what it has under their ids."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from records import FileMark, Identity, KnownScene
from stash.client import StashClient
from stash.model import Scene
from stash.scenes import scenes
from stash.settings_source import database_path
from sync_queue.by_error import make_due_of
from worker.errors import OfOtherStashError, OtherStashError
from worker.process.connection import place_kept
from worker.process.other_stash import forget_word, keep_place, keep_word, word_for

if TYPE_CHECKING:
    from records import Records

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


class OwnStash:
    """Knows the Stash of this data folder by its scenes. `clock` is epoch seconds."""

    def __init__(
        self,
        records: "Records",
        data_dir: str,
        queue_dir: str,
        clock: Callable[[], float],
        may_begin_afresh: Callable[[], bool] = lambda: False,
    ) -> None:
        """`may_begin_afresh` says whether the user agreed to another Stash."""
        self._records = records
        self._data_dir = data_dir
        self._queue_dir = queue_dir
        self._clock = clock
        self._may_begin_afresh = may_begin_afresh
        self._is_other = False
        self._compared_at = float("-inf")

    @property
    def is_doubted(self) -> bool:
        """Whether it was another one when it was compared last."""
        return self._is_other

    def accept(self, client: StashClient, place: str) -> None:
        """Look at a Stash at another port than before; if it is not the one of this data folder its hooks are told, and its jobs wait.

        Raises:
            OtherStashError: nearly all of its scenes are others than recorded.
            StashError: it did not answer.
        """
        data_dir = self._data_dir
        if place_kept(data_dir) != place:
            try:
                self._compare(client, place)
            except OtherStashError as error:
                keep_word(data_dir, place, str(error))
                raise
            keep_place(data_dir, place)
        if forget_word(data_dir, place):
            make_due_of(self._queue_dir, OfOtherStashError.__name__, self._clock())

    def is_of_other(self, job: Mapping[str, Any], used: str) -> bool:
        """Whether the job of these `data` is of a Stash that is neither the one at the place `used` nor that of this data folder."""
        place = job.get("stash")
        return isinstance(place, str) and place != used and bool(word_for(self._data_dir, place))

    def require(self, client: StashClient, place: str) -> None:
        """Compare a sample of the recorded scenes with what Stash has under their ids, once in COMPARED_S. Raises OtherStashError, StashError."""
        now = self._clock()
        if not 0 <= now - self._compared_at < COMPARED_S:
            self._is_other = True
            self._compare(client, place)
            self._compared_at = now
        self._is_other = False

    def _compare(self, client: StashClient, place: str) -> None:
        if self._may_begin_afresh():
            return
        known = self._records.scenes.sample(SAMPLE)
        present = scenes(client, [one.scene_id for one in known], {})
        foreign = self._foreign(known, present)
        if len(present) >= LEAST_PRESENT and foreign >= FOREIGN_SHARE * len(present):
            raise OtherStashError(
                f"this is another Stash, or its database was made anew: of {len(present)} scenes that were synced, {foreign} are other scenes now "
                f"(port {place}, database {database_path(client) or 'not told'}). "
                "Nothing is written. If the Stash of before comes back, it goes on by itself; to go on with this one, run the task Begin Afresh: "
                "then every scene is met for the first time, and nothing in Plex is emptied"
            )

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
