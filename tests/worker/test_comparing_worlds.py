"""Whatever happens behind the plugin's back, one comparison brings every scene to its items.

The next comparison finds nothing. The worlds are random, by a seed.
"""

import random

import pytest

from tests.stepper import Stepper
from tests.worker.test_comparing import compare, give

ROUNDS = 3
FILMS = 6


class Happenings:
    """Films on both sides, and what may happen to them without a hook."""

    def __init__(self, stepper: Stepper, seed: int) -> None:
        self.stepper = stepper
        self.chance = random.Random(seed)
        self.number = 0
        self.scenes = stepper.stash.library
        self.state = stepper.plex.state
        for number in range(FILMS):
            stepper.item(f"{number}.mkv")
            stepper.scene(f"{number}.mkv", title=f"Film {number}", performers=[f"Ada {number}", f"Bob {number}"])

    def name(self) -> str:
        self.number += 1
        return f"new {self.number}.mkv"

    def a_scene(self) -> int:
        return self.chance.choice(sorted(self.scenes.scenes))

    # -- what may happen ------------------------------------------------------------------------------------------

    def move_file(self) -> None:
        """A renamer plugin moves a file, and Plex makes a new item of it."""
        scene = self.scenes.scene(self.a_scene())
        if not scene.files:
            return
        file, name = scene.files[0], self.name()
        self.state.move_file(file.path.replace("/data", "/media"), f"/media/{name}")
        file.path = f"/data/{name}"

    def add_again(self) -> None:
        """An item is removed and added again."""
        key = self.chance.choice(sorted(self.state.items))
        paths = [file for version in self.state.items[key].media for file in version]
        self.state.remove_item(key)
        for path in paths:
            self.state.add_item(self.stepper.section, path)

    def second_file(self) -> None:
        name = self.name()
        give(self.stepper, self.a_scene(), name)
        self.stepper.item(name)

    def hand_file_on(self) -> None:
        giver, taker = self.scenes.scene(self.a_scene()), self.scenes.scene(self.a_scene())
        if giver is not taker and giver.files:
            taker.files += giver.files[-1:]
            giver.files = giver.files[:-1]

    def merge_performers(self) -> None:
        known = sorted(self.scenes.performers)
        if len(known) > 1:
            source, destination = self.chance.sample(known, 2)
            self.stepper.stash.merge_performers([source], destination)

    def auto_tag(self) -> None:
        self.stepper.stash.auto_tag(self.a_scene(), tags=[f"Tag {self.name()}"])

    def came_back_from_a_backup(self) -> None:
        item = self.state.items[self.chance.choice(sorted(self.state.items))]
        item.values["title"], item.updated_at, item.locked = "of before", item.added_at, frozenset()

    def happen(self) -> None:
        acts = (
            self.move_file,
            self.add_again,
            self.second_file,
            self.hand_file_on,
            self.merge_performers,
            self.auto_tag,
            self.came_back_from_a_backup,
        )
        for _ in range(self.chance.randint(1, 4)):
            self.stepper.now += 5
            self.chance.choice(acts)()
        self.scenes.revision += 1
        self.state.revision += 1

    # -- what has to be -------------------------------------------------------------------------------------------

    def wrong(self) -> list[str]:
        """Items that do not show the scene whose file they hold.

        What a scene that gave a file away had written stays beside it.
        """
        found = []
        for scene in self.scenes.scenes.values():
            actors = {self.scenes.performer(performer_id).name for performer_id in scene.performer_ids}
            for file in scene.files:
                item = self.stepper.shown(self.state.find(file.path.replace("/data", "/media")).rating_key)
                if item.title != scene.title or not actors <= set(item.tags.get("actor", ())):
                    found.append(f"scene {scene.id}, {file.path}: {item.title} {item.tags.get('actor')}")
        return found


@pytest.mark.parametrize("seed", range(6))
def test_comparison_heals_whatever_happened_and_then_finds_nothing(stepper: Stepper, seed: int) -> None:
    happenings = Happenings(stepper, seed)
    compare(stepper, asked=True)
    stepper.drain()
    for _ in range(ROUNDS):
        stepper.now += 60
        happenings.happen()
        compare(stepper)
        stepper.drain()
        stepper.later(2)
        assert happenings.wrong() == []
        progress = compare(stepper)
        assert progress["differ"] == 0, "found again"
        stepper.drain()
