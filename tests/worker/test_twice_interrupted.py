"""An edit whose end nobody saw, another save, and an edit that does not arrive either: what had arrived is still known as ours."""

from typing import Any

from tests.fakes.plex import Fault


def synced(bench: Any, *, preserve: bool = False, **fields: Any) -> tuple[int, int]:
    """A film with a genre of the user's, synced once."""
    bench.configure(skip_fields="poster", preserve_plex_edits=preserve)
    key = bench.item("Sintel.mkv", tags={"genre": ["User's"]})
    scene = bench.scene("Sintel.mkv", **{"title": "Sintel", "details": "First", "tags": ["Short"], **fields})
    bench.sync(scene)
    return key, scene


def save(bench: Any, scene: int, *, arrives: bool, **fields: Any) -> None:
    """A save whose edit gets no answer, whether it `arrives` or not."""
    bench.stash.save_scene(scene, **fields)
    bench.plex.faults.add(Fault("reset", request_kind="edit", applied=arrives, times=1))
    bench.queue(scene)
    bench.now += 600
    bench.worker.step(bench.now)


def test_name_that_arrived_is_taken_away_later(bench):
    key, scene = synced(bench)
    save(bench, scene, arrives=True, tags=["Short", "Dragons"])
    assert set(bench.shown(key).tags["genre"]) == {"User's", "Short", "Dragons"}
    save(bench, scene, arrives=False, tags=["Short", "Drama"])
    bench.later(1200)
    assert set(bench.shown(key).tags["genre"]) == {"User's", "Short", "Drama"}


def test_text_that_arrived_is_no_edit_of_the_users(bench):
    key, scene = synced(bench, preserve=True)
    save(bench, scene, arrives=True, details="Second")
    assert bench.shown(key).summary == "Second"
    save(bench, scene, arrives=False, details="Third")
    bench.later(1200)
    assert bench.shown(key).summary == "Third"


def test_text_of_the_users_behind_it_stays(bench):
    key, scene = synced(bench, preserve=True)
    save(bench, scene, arrives=True, details="Second")
    bench.plex.state.items[key].values["summary"] = "User's"
    save(bench, scene, arrives=False, details="Third")
    bench.later(1200)
    assert bench.shown(key).summary == "User's"


def test_what_arrived_is_ours_where_the_next_edit_of_the_field_is_refused(bench):
    key, scene = synced(bench, preserve=True)
    save(bench, scene, arrives=True, details="Second", tags=["Short", "Dragons"])
    bench.plex.options.bad_values = frozenset({"BAD"})
    bench.plex.options.refused_fields = frozenset({"genre"})
    bench.stash.save_scene(scene, title="Other", details="BAD", tags=["Drama"])
    bench.queue(scene)
    bench.later(600)
    assert (bench.shown(key).title, bench.shown(key).summary) == ("Other", "Second")
    bench.plex.options.refused_fields = frozenset()
    bench.stash.save_scene(scene, details="Third", tags=["Thriller"])
    bench.queue(scene)
    bench.later(600)
    assert (bench.shown(key).summary, set(bench.shown(key).tags["genre"])) == ("Third", {"User's", "Thriller"})


def test_first_edit_of_all_is_known_and_given_back(bench):
    bench.configure(skip_fields="poster")
    key = bench.item("Sintel.mkv", summary="Agent's", tags={"genre": ["User's"]})
    scene = bench.scene("Sintel.mkv", title="Sintel", details="First", tags=["Short"])
    save(bench, scene, arrives=True)
    save(bench, scene, arrives=False, details="Second", tags=["Drama"])
    record = bench.records.written.get(scene)[key]
    assert (record.values["summary"], record.values["genre"], record.intended["genre"]) == (
        "First",
        ("Short",),
        ("Drama",),
    )
    bench.later(1200)
    assert (bench.shown(key).summary, set(bench.shown(key).tags["genre"])) == ("Second", {"User's", "Drama"})
