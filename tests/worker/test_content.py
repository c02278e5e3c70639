"""Settings of the content that were changed reach what was synced under those of before, and nothing else."""

from typing import Any

import pytest

from settings.settings import Settings
from sync_queue import clear_pending_items
from sync_queue.questions import of_keys
from tests.stepper import Stepper
from worker.control import plan_comparing
from worker.control.kinds import COMPARE_PLANS
from worker.control.settings_changes import CONTENT_SETTINGS, content_of, restored
from worker.facts import CONTENT

TAGGED: dict[str, Any] = {"tags": ["Short", "Needs work"], "studio": "Open", "performers": ["Ada Example"]}


def film(stepper: Stepper, name: str, **fields: Any) -> tuple[int, int]:
    """Rating key and scene, synced."""
    stepper.now += 2  # a file that is missing in the index is looked for once a second
    found = stepper.item(f"{name}.mkv", title=name), stepper.scene(f"{name}.mkv", title=f"{name}!", **fields)
    stepper.sync(found[1])
    return found


def change(stepper: Stepper, **settings: Any) -> None:
    """Other settings, and a worker that rests and is not woken by anything."""
    stepper.configure(**settings)
    stepper.drain()
    stepper.drain()


def shown(stepper: Stepper, key: int, kind: str) -> set[str]:
    return set(stepper.shown(key).tags.get(kind, ()))


@pytest.mark.parametrize(
    ("before", "after", "kind", "values"),
    [
        ({}, {"exclude_tags": "Needs work"}, "genre", {"Short"}),
        ({"exclude_tags": "Short, Needs work"}, {}, "genre", {"Short", "Needs work"}),
        ({}, {"tags_to": "labels"}, "label", {"Short", "Needs work"}),
        ({}, {"tags_to": "labels"}, "genre", set()),
        ({}, {"collections_from": "studio"}, "collection", {"Open"}),
        ({"collections_from": "studio"}, {}, "collection", set()),
        ({"skip_fields": "actor"}, {}, "actor", {"Ada Example"}),
        ({}, {"skip_fields": "genre", "exclude_tags": "Short"}, "genre", {"Short", "Needs work"}),
    ],
)
def test_change_of_a_setting_reaches_what_was_synced_before(
    stepper: Stepper, before: dict[str, Any], after: dict[str, Any], kind: str, values: set[str]
) -> None:
    stepper.configure(**before)
    key, _ = film(stepper, "Sintel", **TAGGED)
    change(stepper, **after)
    assert shown(stepper, key, kind) == values
    assert stepper.stats()["pending"] == 0


def test_only_scenes_for_which_something_else_is_planned_are_queued(stepper: Stepper) -> None:
    touched, _ = film(stepper, "Sintel", **TAGGED)
    film(stepper, "Spring", tags=["Short"])
    never, _ = stepper.item("Hero.mkv", title="Hero"), stepper.scene("Hero.mkv", title="Hero!", **TAGGED)
    before = stepper.stats()["completed"]
    change(stepper, exclude_tags="Needs work")
    assert stepper.stats()["completed"] - before == 2, "the look, and one scene"
    assert shown(stepper, touched, "genre") == {"Short"}
    assert stepper.shown(never).title == "Hero", "never synced, left to Sync All"


def test_list_becomes_exactly_stashs_when_that_is_switched_on(stepper: Stepper) -> None:
    key, _ = film(stepper, "Sintel", **TAGGED)
    item, by_hand = stepper.plex.state.items[key], stepper.plex.state.tags.taggings("genre", ["added in Plex"])
    item.tags = {**item.tags, "genre": (*item.tags["genre"], *by_hand)}
    change(stepper, mirror_lists="genre")
    assert shown(stepper, key, "genre") == {"Short", "Needs work"}


def test_settings_of_before_are_kept_until_all_has_been_looked_at(stepper: Stepper) -> None:
    key, _ = film(stepper, "Sintel", **TAGGED)
    stepper.configure(exclude_tags="Short")
    stepper.worker.step(stepper.now)  # rests, and asks
    fact = stepper.records.facts.get(CONTENT)
    assert [settings["exclude_tags"] for settings in fact["before"]] == [[]]
    clear_pending_items(stepper.parts.queue_dir)
    stepper.restart()  # as after a kill between the fact and the job
    stepper.drain()
    stepper.drain()
    assert shown(stepper, key, "genre") == {"Needs work"}
    assert stepper.records.facts.get(CONTENT)["before"] == []


def test_second_change_begins_anew_and_forgets_none_of_those_before(stepper: Stepper) -> None:
    stepper.configure(exclude_tags="Needs work")
    first, _ = film(stepper, "Sintel", **TAGGED)
    stepper.configure()
    stepper.worker.step(stepper.now)
    second, _ = film(stepper, "Spring", **TAGGED)
    stepper.configure(exclude_tags="Short")
    stepper.worker.step(stepper.now)
    stepper.drain()
    stepper.drain()
    assert [shown(stepper, key, "genre") for key in (first, second)] == [{"Needs work"}, {"Needs work"}]
    assert stepper.records.facts.get(CONTENT)["before"] == []


def test_rest_of_a_long_look_is_as_old_as_its_request(stepper: Stepper, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        film(stepper, f"Film {number}", **TAGGED)
    monkeypatch.setattr(plan_comparing, "STEP_S", -1.0)
    monkeypatch.setattr(plan_comparing, "PAGE", 2)
    stepper.configure(exclude_tags="Short")
    stepper.worker.step(stepper.now)
    asked_at = stepper.now
    stepper.now += 10
    stepper.worker.step(stepper.now)
    (row,) = of_keys(stepper.parts.queue_dir, [COMPARE_PLANS])
    assert (row.job["data"]["after"], row.job["enqueued_at"]) == (2, asked_at)
    monkeypatch.undo()
    stepper.drain()
    assert all(shown(stepper, key, "genre") == {"Needs work"} for key in (1, 2, 3))


@pytest.mark.parametrize("after", [{}, {"exclude_tags": "Needs work", "skip_fields": "genre"}], ids=str)
def test_question_is_over_when_settings_are_changed_so_that_nothing_would_be_emptied(
    stepper: Stepper, after: dict[str, Any]
) -> None:
    """It once stayed for a day, and so did all other changes of these scenes."""
    stepper.fine_tune(emptying_limit=1)
    keys = [film(stepper, name, tags=["Needs work"], studio="Open")[0] for name in ("Sintel", "Spring", "Hero")]
    change(stepper, exclude_tags="Needs work")
    assert stepper.records.emptyings.held().items == 3
    change(stepper, collections_from="studio", **after)
    assert stepper.records.emptyings.held().items == 0
    assert stepper.stats()["pending"] == 0
    assert [shown(stepper, key, "collection") for key in keys] == [{"Open"}] * 3
    assert [shown(stepper, key, "genre") for key in keys].count(set()) <= 1


def test_settings_of_the_content_come_back_as_they_were() -> None:
    changed = restored({"tags_to": "labels", "exclude_tags": ["a"], "mirror_lists": ["genre"], "unknown": 1})
    assert restored(content_of(changed)) == changed
    assert (changed.exclude_tags, changed.mirror_lists) == (("a",), frozenset({"genre"}))
    assert content_of(Settings()).keys() == set(CONTENT_SETTINGS)
