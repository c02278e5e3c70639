"""An edit whose end nobody saw, another save, and an edit that does not arrive either.

What had arrived is still known as ours.
"""

from typing import Any

from tests.fakes.plex import Fault


def synced(stepper: Any, *, preserve: bool = False, **fields: Any) -> tuple[int, int]:
    """A film with a genre of the user's, synced once."""
    stepper.configure(skip_fields="poster", preserve_plex_edits=preserve)
    key = stepper.item("Sintel.mkv", tags={"genre": ["User's"]})
    scene = stepper.scene("Sintel.mkv", **{"title": "Sintel", "details": "First", "tags": ["Short"], **fields})
    stepper.sync(scene)
    return key, scene


def save(stepper: Any, scene: int, *, arrives: bool, **fields: Any) -> None:
    """A save whose edit gets no answer, whether it `arrives` or not."""
    stepper.stash.save_scene(scene, **fields)
    stepper.plex.faults.add(Fault("reset", request_kind="edit", applied=arrives, times=1))
    stepper.queue(scene)
    stepper.now += 600
    stepper.worker.step(stepper.now)


def test_name_that_arrived_is_taken_away_later(stepper):
    key, scene = synced(stepper)
    save(stepper, scene, arrives=True, tags=["Short", "Dragons"])
    assert set(stepper.shown(key).tags["genre"]) == {"User's", "Short", "Dragons"}
    save(stepper, scene, arrives=False, tags=["Short", "Drama"])
    stepper.later(1200)
    assert set(stepper.shown(key).tags["genre"]) == {"User's", "Short", "Drama"}


def test_text_that_arrived_is_no_edit_of_the_users(stepper):
    key, scene = synced(stepper, preserve=True)
    save(stepper, scene, arrives=True, details="Second")
    assert stepper.shown(key).summary == "Second"
    save(stepper, scene, arrives=False, details="Third")
    stepper.later(1200)
    assert stepper.shown(key).summary == "Third"


def test_text_of_the_users_behind_it_stays(stepper):
    key, scene = synced(stepper, preserve=True)
    save(stepper, scene, arrives=True, details="Second")
    stepper.plex.state.items[key].values["summary"] = "User's"
    save(stepper, scene, arrives=False, details="Third")
    stepper.later(1200)
    assert stepper.shown(key).summary == "User's"


def test_what_arrived_is_ours_where_the_next_edit_of_the_field_is_refused(stepper):
    key, scene = synced(stepper, preserve=True)
    save(stepper, scene, arrives=True, details="Second", tags=["Short", "Dragons"])
    stepper.plex.options.bad_values = frozenset({"BAD"})
    stepper.plex.options.refused_fields = frozenset({"genre"})
    stepper.stash.save_scene(scene, title="Other", details="BAD", tags=["Drama"])
    stepper.queue(scene)
    stepper.later(600)
    assert (stepper.shown(key).title, stepper.shown(key).summary) == ("Other", "Second")
    stepper.plex.options.refused_fields = frozenset()
    stepper.stash.save_scene(scene, details="Third", tags=["Thriller"])
    stepper.queue(scene)
    stepper.later(600)
    assert (stepper.shown(key).summary, set(stepper.shown(key).tags["genre"])) == ("Third", {"User's", "Thriller"})


def test_first_edit_of_all_is_known_and_given_back(stepper):
    stepper.configure(skip_fields="poster")
    key = stepper.item("Sintel.mkv", summary="Agent's", tags={"genre": ["User's"]})
    scene = stepper.scene("Sintel.mkv", title="Sintel", details="First", tags=["Short"])
    save(stepper, scene, arrives=True)
    save(stepper, scene, arrives=False, details="Second", tags=["Drama"])
    record = stepper.records.written.get(scene)[key]
    assert (record.values["summary"], record.values["genre"], record.intended["genre"]) == (
        "First",
        ("Short",),
        ("Drama",),
    )
    stepper.later(1200)
    assert (stepper.shown(key).summary, set(stepper.shown(key).tags["genre"])) == ("Second", {"User's", "Drama"})
