"""Whether the Stash that answers is still the one that was recorded."""

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from records import KnownScene
from stash.client import StashClient
from stash.model import Scene
from stash.scenes import scenes
from stash.settings_source import database_path
from sync_queue.pending import Selection, make_due
from worker import notices
from worker.errors import OfOtherStashError, OtherStashError
from worker.launch import PLACE_NAME, place_kept
from worker.sync.identities import scene_identity

if TYPE_CHECKING:
    from records import Records
    from sync_queue.models import SyncJob

log = logging.getLogger("stash2plex.worker")

SAMPLE: Final = 50
LEAST_PRESENT: Final = 20
FOREIGN_SHARE: Final = 0.9
"""How many of a sample of recorded scenes must be there, and what share be others, in another Stash."""

COMPARED_S: Final = 60.0
"""So long a comparison of the sample holds."""

UNDERWAY_S: Final = 60.0
"""So long a hook's connection may come behind its job: the worker looks at the queue ten times a second."""


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
        """Look at a Stash at another port; if it is a strange one its hooks are told, and its jobs wait.

        Raises:
            OtherStashError: nearly all of its scenes are others than recorded.
            StashError: it did not answer.
        """
        data_dir = self._data_dir
        is_new = place_kept(data_dir) != place
        if is_new:
            try:
                self._compare(client, place)
            except OtherStashError as error:
                notices.leave(data_dir, notices.for_stash_at(place), str(error))
                raise
            notices.leave(data_dir, PLACE_NAME, place)
        if notices.withdraw(data_dir, notices.for_stash_at(place)) or is_new:
            make_due(self._queue_dir, self._clock(), Selection(error_type=OfOtherStashError.__name__))

    def is_of_other(self, job: "SyncJob", used: str) -> bool:
        """Return whether the job is of a Stash that is neither the one `used` nor this folder's own.

        One that its hook has put down just now may be of one that nobody has looked at: its connection is on its way.
        """
        place = job["data"].get("stash")
        if not isinstance(place, str) or place in ("", used, place_kept(self._data_dir)):
            return False
        is_just_put_down = self._clock() - job["enqueued_at"] < UNDERWAY_S
        return is_just_put_down or bool(notices.read(self._data_dir, notices.for_stash_at(place)))

    def require(self, client: StashClient, place: str) -> None:
        """Compare a sample of recorded scenes with Stash's, once in COMPARED_S.

        Raises:
            OtherStashError: it is another Stash.
            StashError: it did not answer.
        """
        now = self._clock()
        if not 0 <= now - self._compared_at < COMPARED_S:
            self._is_other = True
            self._compare(client, place)
            self._compared_at = now
        self._is_other = False

    def _compare(self, client: StashClient, place: str) -> None:
        if self._may_begin_afresh():
            return
        known = {record.scene_id: record for record in self._records.scenes.sample(SAMPLE)}
        present = scenes(client, list(known), {})
        foreign = self._foreign(known, present)
        if len(present) >= LEAST_PRESENT and foreign >= FOREIGN_SHARE * len(present):
            raise OtherStashError(
                f"this is another Stash, or its database was made anew: of {len(present)} scenes that were synced, "
                f"{foreign} are other scenes now (port {place}, database {database_path(client) or 'not told'}). "
                "Nothing is written. If the Stash of before comes back, it goes on by itself; to go on with this one, "
                "run the task Begin Afresh: then every scene is met for the first time, and nothing in Plex is emptied"
            )

    def _foreign(self, known: Mapping[int, KnownScene], present: Mapping[int, Scene]) -> int:
        """Return how many of the scenes that have the ids of known ones are none that is known."""
        identities = {key: scene_identity(scene) for key, scene in present.items()}
        strangers = [identity for key, identity in identities.items() if not known[key].identity.is_scene(identity)]
        alike = self._records.scenes.alike(strangers)
        return sum(not any(record.identity.is_scene(stranger) for record in alike) for stranger in strangers)
