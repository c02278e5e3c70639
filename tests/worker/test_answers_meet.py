"""Answers about a field of a scene that meet whole syncs, undos and losses of the same scene."""

import pytest

from tests.fakes.plex import Fault
from tests.stepper import Stepper
from tests.worker.test_taking import THEIRS, film, shown, tag, take  # noqa: F401 - a fixture
from tests.worker.test_undoing import last, undo
from worker.control.jobs import control_job
from worker.control.kinds import RESTORE
from worker.sync.taking import field_key


def refuse(stepper: Stepper, scene: int, *fields: str) -> None:
    """Have Plex refuse what is taken, so that the answers fail."""
    stepper.plex.faults.add(Fault("status", status=400, request_kind="edit"))
    take(stepper, scene, *fields)
    stepper.drain()
    stepper.plex.faults.clear_faults()
    assert failed(stepper) == {field_key(scene, field) for field in fields}


def failed(stepper: Stepper) -> set[str]:
    return {letter["job_key"] for letter in stepper.dead_letters()}


@pytest.mark.parametrize("is_saved_first", [False, True])
def test_field_that_stays_is_not_written_by_a_sync_that_waits_beside_the_answer(
    stepper: Stepper,
    film: tuple[int, int],  # noqa: F811
    is_saved_first: bool,
) -> None:
    scene, key = film
    stepper.plex.faults.add(Fault("status", status=503))
    for is_save in (is_saved_first, not is_saved_first):
        if is_save:
            stepper.queue(scene)
        else:
            take(stepper, scene, "summary", keep=True)
        stepper.drain()
        stepper.now += 1
    stepper.plex.faults.clear_faults()
    stepper.finish()
    assert shown(stepper, key) == ("Sintel!", THEIRS, "Open")


# -- what failed --------------------------------------------------------------------------------------------------------


def test_failed_answer_is_answered_when_a_later_sync_writes_its_field(
    stepper: Stepper,
    film: tuple[int, int],  # noqa: F811
) -> None:
    stepper.configure(skip_fields="poster, studio")
    scene, key = film
    refuse(stepper, scene, "summary")
    stepper.sync(scene)
    assert shown(stepper, key) == ("Sintel!", "Of a dragon.", "Nobody")
    assert failed(stepper) == set()


def test_failed_answer_stays_where_a_later_sync_leaves_its_field_as_it_is(
    stepper: Stepper,
    film: tuple[int, int],  # noqa: F811
) -> None:
    stepper.configure(skip_fields="poster", preserve_plex_edits=True)
    scene, key = film
    refuse(stepper, scene, "summary", "title")
    stepper.stash.save_form(scene, studio_id=None, tag_ids=[])
    stepper.sync(scene)
    assert stepper.shown(key).tags.get("genre") is None
    assert failed(stepper) == {field_key(scene, "summary"), field_key(scene, "title")}


def test_failed_answer_goes_with_its_scene(stepper: Stepper, film: tuple[int, int]) -> None:  # noqa: F811
    scene, _ = film
    refuse(stepper, scene, "summary")
    stepper.stash.destroy_scene(scene)
    stepper.queue(scene)
    stepper.drain()
    assert failed(stepper) == set()


# -- undos that are asked for behind it ---------------------------------------------------------------------------------


def test_answer_that_waits_for_its_next_try_is_over_when_the_scene_is_restored(
    stepper: Stepper,
    film: tuple[int, int],  # noqa: F811
) -> None:
    scene, key = film
    item = stepper.plex.state.items.pop(key)
    take(stepper, scene, "title")
    stepper.drain()
    stepper.plex.state.items[key] = item
    stepper.now += 5
    stepper.put(control_job(RESTORE, {"scene_id": scene}, now=stepper.now, job_key=f"{RESTORE}_{scene}"))
    stepper.finish()
    assert stepper.shown(key).title == "Theirs"


def test_answer_that_waits_for_its_next_try_is_over_when_its_field_is_put_back(
    stepper: Stepper,
    film: tuple[int, int],  # noqa: F811
) -> None:
    scene, key = film
    stepper.sync(scene)  # overwrites what somebody edited: title, summary, studio
    stepper.now += 60
    item = stepper.plex.state.items.pop(key)
    take(stepper, scene, "title", "genre")
    stepper.drain()
    stepper.plex.state.items[key] = item
    tag(stepper, key, genre=[])
    stepper.now += 5
    undo(stepper, **last(stepper, scene))
    stepper.finish()
    assert shown(stepper, key) == ("Theirs", THEIRS, "Nobody")
    assert stepper.shown(key).tags["genre"] == ("Short",), "of that field nothing was put back"
