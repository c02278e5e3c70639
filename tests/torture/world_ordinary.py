"""A world of ordinary life: saves, upgrades, renames, remounts, merges and settings, all hooks in time.

After each of them it says what Plex has to show.
"""

from collections.abc import Iterable
from random import Random
from typing import Final

from tests.fakes.plex.model import Item
from tests.torture.world_acts import Acts
from tests.torture.world_oracle import things
from tests.torture.worlds import LISTS, TEXTS, Fields, World
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE

SAVES: Final = ("save", "tag", "rate", "empty", "merge")
MOVES: Final = ("rename", "remount", "upgrade", "copy")
_WIRE: Final = {"date": "originallyAvailableAt", "rating": "userRating"}


class Household:
    """Does one act after another, and checks what Plex has to show then."""

    def __init__(self, world: World, acts: Acts) -> None:
        self.world, self.acts = world, acts
        self.saves = self.alarms = 0
        self._first: dict[str, Fields] = {}
        self._written: dict[str, Fields] = {}

    def begin(self) -> None:
        """The first sync."""
        self._arrive(scene.id for scene in self.world.scenes())
        self.world.clock.now += 100

    def live(self, name: str, number: int) -> None:
        """One act.

        What a save says arrives by its hook, a merge by the next comparison, what the disk or Plex did by the hooks of
        a scan.
        """
        before = {scene.id: things(self.world.in_stash(scene)) for scene in self.world.scenes()}
        self.world.clock.now += (
            1  # Stash keeps whole seconds: a merge in the one of the last save is not found by times
        )
        self.acts.do(name, number)
        if name in MOVES:
            self.acts.do("scan", number)
            self.acts.plex_scan(Random(number))
            if any(len(scene.files) > 1 for scene in self.world.scenes()):
                self.world.stepper.restart()  # an item of a second file is met when the index is looked after the next time
        if name == "merge":
            self.acts.compare(Random(number))
        if name in SAVES:
            saved = [
                scene for scene in self.world.scenes() if things(self.world.in_stash(scene)) != before.get(scene.id)
            ]
            merged = name == "merge"
            self.saves += 1
            self._check(self._expected(scene.id for scene in (self.world.scenes() if merged else saved)))
        self._arrive(scene.id for scene in self.world.scenes())

    def undo(self) -> None:
        """Everything goes back to what stood there before the first sync, but for what a user of Plex wrote since."""
        expected = {item.values["tagline"]: self._undone(item) for item in self.world.items()}
        self.world.clock.now += 100
        self.world.put(control_job(RESTORE, {}, now=self.world.clock.now))
        self._check(expected)

    # -- what has to be seen ----------------------------------------------------------------------------------------

    def _arrive(self, scene_ids: Iterable[int]) -> None:
        ids = list(scene_ids)
        self.world.queue(ids)
        self._check(self._expected(ids))

    def _check(self, expected: dict[str, Fields]) -> None:
        self._drain()
        shown = {item.values["tagline"]: self.world.shown(item) for item in self.world.items()}
        for who, fields in expected.items():
            differs = {name: (shown[who][name], value) for name, value in fields.items() if shown[who][name] != value}
            assert not differs, f"{who} shows this, and should show that: {differs}"

    def _drain(self) -> None:
        for _ in range(5):
            self.world.drain()
            pause = self.world.stepper.worker.pause
            assert pause is None, pause
            if self.world.stepper.is_drained():
                break
            self.world.clock.now += 10
        else:
            raise AssertionError("a job waits")
        assert self.world.stepper.dead_letters() == []

    def _expected(self, scene_ids: Iterable[int]) -> dict[str, Fields]:
        """What the items of these scenes show once they are synced, by who they are."""
        wanted, found = set(scene_ids), {}
        for item in self.world.items():
            who = item.values["tagline"]
            self._first.setdefault(who, self.world.shown(item))
            for scene in self.world.holders(item):
                if scene.id in wanted:
                    found[who] = self._synced(item, self.world.in_stash(scene))
        return found

    def _synced(self, item: Item, in_stash: Fields) -> Fields:
        shown, written = self.world.shown(item), self._written.setdefault(item.values["tagline"], {})
        for name in TEXTS:
            if self._is_written(name, in_stash[name], shown[name], written, item):
                shown[name] = written[name] = in_stash[name]
        for kind in LISTS:
            if in_stash[kind] or kind in written:
                shown[kind] = in_stash[kind] | (shown[kind] - written.get(kind, set()))
                written[kind] = in_stash[kind]
        return shown

    def _is_written(self, name: str, in_stash: str, shown: str, written: Fields, item: Item) -> bool:
        is_ours = written.get(name) == shown
        if in_stash == shown:
            return bool(in_stash) or name in written
        if not in_stash and (not written.get(name) or (name == "title" and not is_ours)):
            return False
        if not self.world.stepper.needed.get("preserve_plex_edits"):
            return True
        is_locked = _WIRE.get(name, name) in item.locked and bool(shown)
        return is_ours if name in written else not is_locked

    def _undone(self, item: Item) -> Fields:
        who, shown = item.values["tagline"], self.world.shown(item)
        first, written = self._first.get(who, shown), self._written.get(who, {})
        for name in TEXTS:
            if name in written and written[name] == shown[name]:
                shown[name] = first[name]
        for kind in LISTS:
            if kind in written:
                shown[kind] = (shown[kind] - written[kind]) | first[kind]
        return shown
