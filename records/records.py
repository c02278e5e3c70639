"""All durable records behind one object."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from records.emptyings import EmptyingStore
from records.life import FactStore, HistoryStore, PauseStore, RunStore
from records.made_collections import CollectionStore
from records.migrations import VERSION, upgrade
from records.scene_notes import PinStore, RefusedStore, RelationStore, SkipStore
from records.written import Intent, Written, WrittenStore, intend
from storage.database import BUSY_TIMEOUT_S, Database

if TYPE_CHECKING:
    from records.changes import ChangeStore, Overwritten
    from records.members import MemberStore
    from records.originals import Original, OriginalStore
    from records.seen import ItemStore, SceneStore
    from records.sent_names import SentNamesStore

_NONE: Final[Mapping[int, str]] = MappingProxyType({})
_CACHE_KIB: Final = 16 * 1024  # the relations of a batch lie all over their index


class Records(Database):
    """The file `state.db`: one process writes (the worker), any number read, all at the same time.

    Usable from several threads; every method may raise StorageUnavailable and StorageDamaged. The order around an edit
    is: `before_edits`, then the request to Plex, then `written.record_many`. Killed between the first two, an intent
    remains for an edit that never arrived; between the last two, for one that did: the merge is handed both states and
    is right either way.
    """

    def __init__(self, path: Path, *, reading: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        """Open or create `path`, see `Database`."""
        super().__init__(path, VERSION, upgrade, reading=reading, busy_timeout_s=busy_timeout_s, cache_kib=_CACHE_KIB)
        self.written = WrittenStore(self)
        self.relations = RelationStore(self)
        self.history = HistoryStore(self)
        self.runs = RunStore(self)
        self.pauses = PauseStore(self)
        self.facts = FactStore(self)
        self.skips = SkipStore(self)
        self.pins = PinStore(self)
        self.emptyings = EmptyingStore(self)
        self.refused = RefusedStore(self)
        self.collections = CollectionStore(self)

    # What follows is loaded where it is asked for: a look at the page is a process, and needs none of it.

    @cached_property
    def scenes(self) -> "SceneStore":
        """What Stash's scenes were when they were last seen."""
        from records.seen import SceneStore

        return SceneStore(self)

    @cached_property
    def items(self) -> "ItemStore":
        """What Plex's items were when they were last seen."""
        from records.seen import ItemStore

        return ItemStore(self)

    @cached_property
    def originals(self) -> "OriginalStore":
        """What items showed before the first sync."""
        from records.originals import OriginalStore

        return OriginalStore(self)

    @cached_property
    def changes(self) -> "ChangeStore":
        """What runs overwrote."""
        from records.changes import ChangeStore

        return ChangeStore(self)

    @cached_property
    def sent_names(self) -> "SentNamesStore":
        """Names that were sent, see there."""
        from records.sent_names import SentNamesStore

        return SentNamesStore(self)

    @cached_property
    def members(self) -> "MemberStore":
        """Scenes by their groups, see there."""
        from records.members import MemberStore

        return MemberStore(self)

    def before_edits(
        self,
        originals: "Iterable[Original]",
        intents: Iterable[Intent],
        *,
        arrived: Iterable[Written] = (),
        changes: "Iterable[Overwritten]" = (),
        posters: Mapping[int, str] = _NONE,
    ) -> None:
        """Put down what the items show now, what is about to be written, and what that overwrites.

        Return once the disk has it, which must be before the first of these edits is sent: otherwise an undo has
        nothing to put back, and a tag of ours could later pass for the user's. One fsync a call, so call it once for
        all that goes out together, and outside of `transaction`.

        `arrived` are records of items with an earlier intent, which ends here. `posters` are the keys of the posters
        that items show before our first upload to them.
        """
        from records.changes import keep_changes
        from records.originals import keep_originals, learn_posters

        with self.transaction(durable=True) as connection:
            keep_originals(connection, originals)
            learn_posters(connection, posters)
            self.written.record_many(arrived)
            intend(connection, intents)
            keep_changes(connection, changes)

    def forget_scene(self, scene_id: int, *, at: float) -> None:
        """Drop everything about a scene that was found gone from Stash at `at`, but for what an undo needs.

        What a person decided about it stays as well: the same scene may come back, by a full import say.
        """
        with self.transaction() as connection:
            self.written.let_go(scene_id, at)
            for table in ("relations", "skips", "emptyings", "refused", "members"):
                connection.execute(f"DELETE FROM {table} WHERE scene_id = ?", (scene_id,))

    def forget_item(self, rating_key: int) -> None:
        """Drop everything about an item that Plex no longer has, or that was given back as it was."""
        with self.transaction() as connection:
            for table in ("written", "intents", "originals", "emptyings", "refused", "members"):
                connection.execute(f"DELETE FROM {table} WHERE rating_key = ?", (rating_key,))

    def forget_items(self) -> None:
        """Drop everything about items, for another server has others. Scenes, counts and history stay."""
        from records.seen import OF_ITEMS

        with self.transaction() as connection:
            for table in OF_ITEMS:
                if table != "history":
                    connection.execute(f"DELETE FROM {table}")
            self.collections.drop(self.collections.all())

    def tidy(self, now: float) -> None:
        """Drop what was overwritten too long ago or is too much, and pins, refusals and sent names that have ended."""
        with self.transaction():
            self.refused.prune(now)
            self.changes.prune(now)
            self.pins.drop_ended()
            self.sent_names.drop_known()
