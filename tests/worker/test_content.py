"""Settings of the content that were changed reach what was synced under those of before, and nothing else."""

from typing import Any

import pytest

from settings.settings import Settings
from sync_queue import clear_pending_items
from sync_queue.questions import of_keys
from tests.worker.conftest import Bench
from worker.control import settings_changes
from worker.control.settings_changes import COMPARE_PLANS, CONTENT_SETTINGS, content_of, restored
from worker.facts import CONTENT

TAGGED: dict[str, Any] = {"tags": ["Short", "Needs work"], "studio": "Open", "performers": ["Ada Example"]}


def film(bench: Bench, name: str, **fields: Any) -> tuple[int, int]:
    """Rating key and scene, synced."""
    bench.now += 2  # a file that is missing in the index is looked for once a second
    found = bench.item(f"{name}.mkv", title=name), bench.scene(f"{name}.mkv", title=f"{name}!", **fields)
    bench.sync(found[1])
    return found


def change(bench: Bench, **settings: Any) -> None:
    """Other settings, and a worker that rests and is not woken by anything."""
    bench.configure(**settings)
    bench.drain()
    bench.drain()


def shown(bench: Bench, key: int, kind: str) -> set[str]:
    return set(bench.shown(key).tags.get(kind, ()))


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
    bench: Bench, before: dict[str, Any], after: dict[str, Any], kind: str, values: set[str]
) -> None:
    bench.configure(**before)
    key, _ = film(bench, "Sintel", **TAGGED)
    change(bench, **after)
    assert shown(bench, key, kind) == values
    assert bench.stats()["pending"] == 0


def test_only_scenes_for_which_something_else_is_planned_are_queued(bench: Bench) -> None:
    touched, _ = film(bench, "Sintel", **TAGGED)
    film(bench, "Spring", tags=["Short"])
    never, _ = bench.item("Hero.mkv", title="Hero"), bench.scene("Hero.mkv", title="Hero!", **TAGGED)
    before = bench.stats()["completed"]
    change(bench, exclude_tags="Needs work")
    assert bench.stats()["completed"] - before == 2, "the look, and one scene"
    assert shown(bench, touched, "genre") == {"Short"}
    assert bench.shown(never).title == "Hero", "never synced, left to Sync All"


def test_list_becomes_exactly_stashs_when_that_is_switched_on(bench: Bench) -> None:
    key, _ = film(bench, "Sintel", **TAGGED)
    item, by_hand = bench.plex.state.items[key], bench.plex.state.tags.taggings("genre", ["added in Plex"])
    item.tags = {**item.tags, "genre": (*item.tags["genre"], *by_hand)}
    change(bench, mirror_lists="genre")
    assert shown(bench, key, "genre") == {"Short", "Needs work"}


def test_settings_of_before_are_kept_until_all_has_been_looked_at(bench: Bench) -> None:
    key, _ = film(bench, "Sintel", **TAGGED)
    bench.configure(exclude_tags="Short")
    bench.worker.step(bench.now)  # rests, and asks
    told = bench.records.facts.get(CONTENT)
    assert [one["exclude_tags"] for one in told["before"]] == [[]]
    clear_pending_items(bench.parts.queue_dir)
    bench.restart()  # as after a kill between the fact and the job
    bench.drain()
    bench.drain()
    assert shown(bench, key, "genre") == {"Needs work"}
    assert bench.records.facts.get(CONTENT)["before"] == []


def test_second_change_begins_anew_and_forgets_none_of_those_before(bench: Bench) -> None:
    bench.configure(exclude_tags="Needs work")
    first, _ = film(bench, "Sintel", **TAGGED)
    bench.configure()
    bench.worker.step(bench.now)
    second, _ = film(bench, "Spring", **TAGGED)
    bench.configure(exclude_tags="Short")
    bench.worker.step(bench.now)
    bench.drain()
    bench.drain()
    assert [shown(bench, key, "genre") for key in (first, second)] == [{"Needs work"}, {"Needs work"}]
    assert bench.records.facts.get(CONTENT)["before"] == []


def test_rest_of_a_long_look_is_as_old_as_its_request(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        film(bench, f"Film {number}", **TAGGED)
    monkeypatch.setattr(settings_changes, "STEP_S", -1.0)
    monkeypatch.setattr(settings_changes, "PAGE", 2)
    bench.configure(exclude_tags="Short")
    bench.worker.step(bench.now)
    asked_at = bench.now
    bench.now += 10
    bench.worker.step(bench.now)
    (row,) = of_keys(bench.parts.queue_dir, [COMPARE_PLANS])
    assert (row.job["data"]["after"], row.job["enqueued_at"]) == (2, asked_at)
    monkeypatch.undo()
    bench.drain()
    assert all(shown(bench, key, "genre") == {"Needs work"} for key in (1, 2, 3))


@pytest.mark.parametrize("after", [{}, {"exclude_tags": "Needs work", "skip_fields": "genre"}], ids=str)
def test_question_is_over_when_settings_are_changed_so_that_nothing_would_be_emptied(
    bench: Bench, after: dict[str, Any]
) -> None:
    """It once stayed for a day, and so did all other changes of these scenes."""
    bench.fine_tune(emptying_limit=1)
    keys = [film(bench, name, tags=["Needs work"], studio="Open")[0] for name in ("Sintel", "Spring", "Hero")]
    change(bench, exclude_tags="Needs work")
    assert bench.records.emptyings.held().items == 3
    change(bench, collections_from="studio", **after)
    assert bench.records.emptyings.held().items == 0
    assert bench.stats()["pending"] == 0
    assert [shown(bench, key, "collection") for key in keys] == [{"Open"}] * 3
    assert [shown(bench, key, "genre") for key in keys].count(set()) <= 1


def test_settings_of_the_content_come_back_as_they_were() -> None:
    changed = restored({"tags_to": "labels", "exclude_tags": ["a"], "mirror_lists": ["genre"], "unknown": 1})
    assert restored(content_of(changed)) == changed
    assert (changed.exclude_tags, changed.mirror_lists) == (("a",), frozenset({"genre"}))
    assert content_of(Settings()).keys() == set(CONTENT_SETTINGS)
