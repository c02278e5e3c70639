"""All durable records behind one object."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Final, Self

from records.changes import ChangeStore, Overwritten
from records.changes import keep as keep_changes
from records.database import Database
from records.emptyings import EmptyingStore
from records.facts import FactStore
from records.history import HistoryStore
from records.items import ItemStore
from records.originals import Original, OriginalStore, keep, learn_posters
from records.pauses import PauseStore
from records.pins import PinStore
from records.refused import RefusedStore
from records.relations import RelationStore
from records.runs import RunStore
from records.scenes import SceneStore
from records.skips import SkipStore
from records.written import Intent, Written, WrittenStore, intend

_NONE: Final[Mapping[int, str]] = MappingProxyType({})


class Records:
    """The file `state.db`: one process writes (the worker), any number read, all at the same time.

    Usable from several threads. The order around an edit is: `before_edits`, then the request to Plex, then `written.record_many`.
    Killed between the first two, an intent remains for an edit that never arrived; between the last two, for one that did: the
    merge is handed both states and is right either way.
    """

    def __init__(self, path: Path, *, reading: bool = False, busy_timeout_s: float = 10.0) -> None:
        """Open or create `path`. With `reading` nothing can be written, and a file that is missing reads as an empty one and stays missing.

        Raises:
            SchemaTooNew: a newer version of the plugin wrote the file; it is left untouched.
            RecordsUnavailable, RecordsCorrupt: it cannot be opened, or is no database. Every method may raise these two.
        """
        self._database = Database(path, reading=reading, busy_timeout_s=busy_timeout_s)
        self.scenes = SceneStore(self._database)
        self.items = ItemStore(self._database)
        self.written = WrittenStore(self._database)
        self.relations = RelationStore(self._database)
        self.originals = OriginalStore(self._database)
        self.history = HistoryStore(self._database)
        self.runs = RunStore(self._database)
        self.pauses = PauseStore(self._database)
        self.facts = FactStore(self._database)
        self.skips = SkipStore(self._database)
        self.pins = PinStore(self._database)
        self.changes = ChangeStore(self._database)
        self.emptyings = EmptyingStore(self._database)
        self.refused = RefusedStore(self._database)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Make everything recorded inside one transaction: all of a batch, or nothing of it."""
        with self._database.transaction():
            yield

    def before_edits(
        self,
        originals: Iterable[Original],
        intents: Iterable[Intent],
        *,
        arrived: Iterable[Written] = (),
        changes: Iterable[Overwritten] = (),
        posters: Mapping[int, str] = _NONE,
    ) -> None:
        """Put down what the items show now (where we never wrote before), what is about to be written, and what that overwrites. Returns once the disk has it.

        `arrived` are records of items with an earlier intent, which ends here, and in them what came of it.
        `posters` are the keys of the posters that items show now, before our first upload to them; an item whose original names one already keeps that.

        Must have returned before the first of these edits is sent: otherwise an undo has nothing to put back, and a tag of ours
        could later pass for the user's. One fsync a call, so call it once for all that goes out together, and outside of `transaction`.
        """
        with self._database.transaction(durable=True) as connection:
            keep(connection, originals)
            learn_posters(connection, posters)
            self.written.record_many(arrived)
            intend(connection, intents)
            keep_changes(connection, changes)

    def forget_scene(self, scene_id: int, *, at: float) -> None:
        """Drop everything about a scene that Stash no longer has, but for what an undo needs: its items still show what we wrote.

        What a person decided about it stays as well: the same scene may come back, by a full import say. `at` is when it was found gone, epoch seconds.
        """
        with self._database.transaction():
            self.written.let_go(scene_id, at)
            self.relations.forget_scene(scene_id)
            self.skips.clear([scene_id])
            self.emptyings.forget_scene(scene_id)
            self.refused.forget_scene(scene_id)

    def forget_item(self, rating_key: int) -> None:
        """Drop everything about an item that Plex no longer has, or that was given back as it was."""
        with self._database.transaction():
            self.written.forget_item(rating_key)
            self.originals.remove_many([rating_key])
            self.emptyings.forget_item(rating_key)
            self.refused.forget_item(rating_key)

    def forget_items(self) -> None:
        """Drop everything about items: another server has other ones under the same rating keys. Scenes, counts and history stay."""
        with self._database.transaction() as connection:
            for table in ("written", "intents", "originals", "items", "changes", "emptyings", "refused"):
                connection.execute(f"DELETE FROM {table}")

    def tidy(self, now: float) -> None:
        """Drop what was overwritten too long ago, or is too much, pins whose scenes have changed since, and refusals that are old enough to be tried again."""
        with self._database.transaction():
            self.refused.prune(now)
            self.changes.prune(now)
            self.pins.drop_ended()

    def close(self) -> None:
        """Close the file; twice is no mistake."""
        self._database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
