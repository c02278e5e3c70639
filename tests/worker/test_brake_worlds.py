"""Worlds in which values come and go by every way, workers restart and people answer.

Never more is emptied than somebody has said, nor than the bounds let pass.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Final

import pytest

from tests.stepper import Stepper
from tests.worker.test_brake import AN_HOUR_S, Films, answer, bulk, have_written, held

STEPS: Final = 60
FEW, ANY = 2, 4
DETAILS: Final = "Of a rabbit."


@dataclass
class Losses:
    """A dozen films, and what a person has said of each since Stash lost its details.

    A word is "own", "bulk", "empty" or "keep".
    """

    stepper: Stepper
    films: Films
    words: dict[int, str] = field(default_factory=dict)
    shown: dict[int, bool] = field(default_factory=dict)
    emptied: list[tuple[float, int, str]] = field(default_factory=list)

    def lost(self) -> list[int]:
        """The scenes without details."""
        return [scene_id for scene_id in self.films.scenes if not self.stepper.stash.library.scene(scene_id).details]

    def look(self) -> None:
        """Check whether what was emptied since the last look was allowed to be."""
        now = self.stepper.now
        fresh: list[tuple[float, int, str]] = []
        for scene_id, key in self.films.keys.items():
            is_shown = bool(self.stepper.shown(key).summary)
            if self.shown.get(scene_id, True) and not is_shown:
                assert scene_id in self.lost()
                assert self.words.get(scene_id) != "keep"
                fresh.append((now, scene_id, self.words.get(scene_id, "")))
            self.shown[scene_id] = is_shown
        self.emptied += fresh
        within = [loss for loss in self.emptied if now - loss[0] < AN_HOUR_S and not self.shown[loss[1]]]
        self.check(fresh, [loss for loss in within if loss[2] != "empty"])

    def check(self, fresh: list[tuple[float, int, str]], lately: list[tuple[float, int, str]]) -> None:
        """Check the limits of an hour: of losses without a word, and of all but those of a scene saved by itself."""
        if any(word == "" for _, _, word in fresh):
            assert len({scene_id for _, scene_id, word in lately if word == ""}) <= FEW
        if any(word in {"", "bulk"} for _, _, word in fresh):
            assert len({scene_id for _, scene_id, _ in lately}) <= ANY


def lose_silently(losses: Losses, random: Random) -> None:
    chosen = random.sample(losses.films.scenes, random.randint(1, 6))
    losses.films.have(*chosen, details="")
    losses.stepper.sync(*chosen)


def edit_many(losses: Losses, random: Random) -> None:
    chosen = random.sample(losses.films.scenes, random.randint(1, 6))
    losses.films.have(*chosen, details="")
    losses.words.update(
        {scene_id: "bulk" for scene_id in chosen if losses.words.get(scene_id) not in {"own", "keep", "empty"}}
    )
    bulk(losses.stepper, chosen, "details")


def save_one(losses: Losses, random: Random) -> None:
    scene_id = random.choice(losses.films.scenes)
    losses.films.have(scene_id, details="")
    if losses.words.get(scene_id) not in {"keep", "empty"}:
        losses.words[scene_id] = "own"
    losses.stepper.sync(scene_id, fields=("details", "title"))
    assert losses.words[scene_id] == "keep" or not losses.stepper.shown(losses.films.keys[scene_id]).summary


def find_again(losses: Losses, random: Random) -> None:
    chosen = random.sample(losses.films.scenes, random.randint(1, 6))
    losses.films.have(*chosen, details=DETAILS)
    losses.stepper.sync(*chosen)
    for scene_id in chosen:
        losses.words.pop(scene_id, None)
        assert losses.stepper.shown(losses.films.keys[scene_id]).summary == DETAILS


def sync_all(losses: Losses, _random: Random) -> None:
    losses.stepper.sync(*losses.films.scenes)


def give_answer(losses: Losses, random: Random) -> None:
    word = random.choice(["empty", "keep"])
    for scene_id in losses.stepper.records.emptyings.held_scenes(losses.stepper.now):
        losses.words[scene_id] = word
    answer(losses.stepper, word)
    assert held(losses.stepper).items == 0


def let_time_pass(losses: Losses, random: Random) -> None:
    losses.stepper.later(random.choice([60.0, AN_HOUR_S / 2, AN_HOUR_S + 1, 25 * AN_HOUR_S]))


def start_anew(losses: Losses, _random: Random) -> None:
    losses.stepper.restart()


DEEDS: Final[tuple[Callable[[Losses, Random], None], ...]] = (
    lose_silently,
    lose_silently,
    edit_many,
    save_one,
    find_again,
    find_again,
    sync_all,
    give_answer,
    let_time_pass,
    let_time_pass,
    start_anew,
)


@pytest.mark.parametrize("seed", [0, 15, 16, 20])
def test_nothing_is_emptied_that_nobody_meant_whatever_happens(stepper: Stepper, seed: int) -> None:
    random = Random(seed)
    stepper.fine_tune(emptying_limit=FEW, emptying_limit_any=ANY)
    losses = Losses(stepper, Films(stepper, 12))
    have_written(stepper, 100)
    for _ in range(STEPS):
        stepper.now += 1
        random.choice(DEEDS)(losses, random)
        losses.look()
    assert losses.emptied
    give_answer(losses, random)
    sync_all(losses, random)
    losses.look()
    kept = {scene_id for scene_id, word in losses.words.items() if word == "keep"}
    assert {scene_id for scene_id, is_shown in losses.shown.items() if not is_shown} == set(losses.lost()) - kept
    assert stepper.dead_letters() == []
