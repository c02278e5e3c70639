"""Stash loses the details of many scenes, by whatever way.

Through true hooks, tasks and workers, with restarts in between.
"""

import json
import urllib.request
from collections.abc import Sequence
from typing import Any

from records import Held, Records, Written
from sync_queue.questions import error_counts
from tests.house import PATIENCE_S, House, Movie, kill

DETAILS = "Of a rabbit, a dragon and a sheep."


def synced(house: House, count: int) -> list[Movie]:
    """`count` films that Plex shows with their details."""
    films = house.add(*(f"Film {number}" for number in range(count)), title="{name}!", details=DETAILS)
    run(house, "Sync All Scenes to Plex")
    assert summaries(house, films) == count
    return films


def run(house: House, task: str) -> list[str]:
    """Start a task as the Tasks page does, and wait for its end; its lines."""
    return [text for _, text in house.stash.wait_for_task(house.stash.run_task(task), PATIENCE_S).log]


def lose(house: House, films: Sequence[Movie], **fields: Any) -> None:
    """Stash has other values, as after a slip in its database, and no hook fires."""
    library = house.stash.library
    for film in films:
        for name, value in fields.items():
            setattr(library.scene(film.scene_id), name, value)
        library.touch(library.scene(film.scene_id))
    library.ahead_s += 5  # what was synced in this very second looks older


def summaries(house: House, films: Sequence[Movie]) -> int:
    return sum(bool(house.shown(film).summary) for film in films)


def held(house: House) -> Held:
    with Records(house.data_dir / "state.db", reading=True) as records:
        return records.emptyings.held()


def waiting(house: House) -> int:
    return error_counts(house.data_dir / "queue").get("HeldError", 0)


def operation(house: House, mode: str, **args: Any) -> Any:
    """What the page asks for."""
    query = "mutation ($id: ID!, $args: Map!) { runPluginOperation(plugin_id: $id, args: $args) }"
    body = json.dumps({"query": query, "variables": {"id": "Stash2Plex", "args": {**args, "mode": mode}}}).encode()
    request = urllib.request.Request(f"{house.stash.url}/graphql", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
        return json.load(answer)["data"]["runPluginOperation"]


def test_forty_lost_summaries_are_held_over_a_restart_and_kept_by_the_task(build):
    house = build()
    films = synced(house, 40)
    lose(house, films, details="")
    output = "\n".join(run(house, "Reconcile Stash and Plex"))
    assert "Held, not emptied: 40 items in Plex would lose what Stash no longer has: 40 their summary" in output
    assert (summaries(house, films), held(house).items, waiting(house)) == (40, 40, 40)
    kill(house.worker())
    house.save(films[0], title="Another title", details=DETAILS)
    house.wait(house.has_title(films[0], title="Another title"))
    assert (summaries(house, films), held(house).items) == (40, 39)
    status = "\n".join(run(house, "View Queue Status"))
    assert "39 items in Plex would lose what Stash no longer has: 39 their summary" in status
    assert "Film 1! would lose its summary" in status
    assert "Keep Held Fields" in status
    assert "39 held fields of 39 scenes stay as Plex has them" in "\n".join(run(house, "Keep Held Fields"))
    house.wait(house.is_drained)
    run(house, "Reconcile Stash and Plex")
    assert (summaries(house, films), held(house).items, house.dead_letters()) == (40, 0, [])


def test_what_is_held_is_emptied_when_the_page_says_so(build):
    house = build()
    films = synced(house, 30)
    lose(house, films, details="")
    run(house, "Reconcile Stash and Plex")
    asked = operation(house, "ui_overview")
    assert asked["held"]["items"] == 30
    assert asked["held"]["examples"][0]["text"] == "Film 0! would lose its summary."
    assert asked["badge"] == {"count": 1, "text": "30 items would be emptied: please answer"}
    assert "held until you say whether it may be emptied" in "\n".join(run(house, "Preview Changes"))
    (scene,) = operation(house, "ui_preview", scene_ids=[films[0].scene_id])["scenes"]
    assert scene["items"][0]["kept"][0]["why"] == "it would be emptied with many others, and waits for your answer"
    assert not scene["differs"]
    operation(house, "ui_emptying", answer="empty", until=asked["held"]["until"])
    house.wait(lambda: summaries(house, films) == 0, "the summaries are empty")
    house.wait(house.is_drained)
    assert operation(house, "ui_overview")["held"] is None


def test_edits_of_many_pass_below_the_bound_and_are_held_above_it(build):
    house = build(settings={"paused": True})
    house.fine_tune(batch_size=300)
    house.configure()
    films = synced(house, 70)
    with Records(house.data_dir / "state.db") as records:  # a larger library than a test can wait for
        records.written.record_many(
            Written(10_000 + number, 10_000 + number, 1, {"title": "x"}, synced_at=1.0) for number in range(300)
        )
    house.stash.edit_scenes([film.scene_id for film in films[:30]], details="")
    house.wait(lambda: summaries(house, films) == 40, "the thirty are emptied")
    house.wait(house.is_drained)
    house.plex.refuse()  # so that the rest comes in one batch
    house.stash.edit_scenes([film.scene_id for film in films[30:]], details="")
    house.plex.accept()
    house.wait(lambda: waiting(house) == 40, "the forty are held")
    assert (summaries(house, films), held(house).items) == (40, 40)
    house.save(films[-1], details="")
    house.wait(lambda: summaries(house, films) == 39, "the one save goes through")
    assert waiting(house) == 39


def test_ordinary_saves_are_never_held(build):
    house = build()
    films = synced(house, 40)
    for film in films:
        house.save(film, details="", title=f"{film.name}?")
    house.wait(lambda: summaries(house, films) == 0, "each save goes through")
    house.wait(house.is_drained)
    assert held(house).items == 0


def test_values_that_come_back_end_the_hold(build):
    house = build()
    films = synced(house, 30)
    lose(house, films, details="")
    run(house, "Reconcile Stash and Plex")
    assert held(house).items == 30
    lose(house, films, details=DETAILS)
    run(house, "Sync All Scenes to Plex")
    house.wait(house.is_drained)
    assert (summaries(house, films), held(house).items) == (30, 0)
