"""Scenes that a setting left out get their turn once it is changed."""

from typing import Any

import pytest

from records import Skip
from sync_queue.questions import error_counts, of_keys
from tests.sync_queue.jobs import NOW
from worker.control.jobs import control_job
from worker.control.kinds import REQUEUE_SKIPPED
from worker.control.news import NEWS_S
from worker.control.readmitting import PAGES_A_STEP, SKIPPED_PAGE
from worker.facts import GATES
from worker.sync.codes import DRY_RUN


def film(stepper: Any, name: str, **fields: Any) -> tuple[int, int]:
    """Rating key and scene."""
    return stepper.item(f"{name}.mkv", title=name), stepper.scene(f"{name}.mkv", title=f"{name}!", **fields)


def test_what_was_only_shown_is_written_when_dry_run_is_switched_off(stepper):
    stepper.configure(dry_run=True)
    films = [film(stepper, name) for name in ("Sintel", "Spring", "Hero")]
    stepper.sync(*(scene for _, scene in films))
    assert stepper.writes() == 0
    stepper.configure()
    stepper.sync(stepper.scene("elsewhere.mkv"))
    assert [stepper.shown(key).title for key, _ in films] == ["Sintel!", "Spring!", "Hero!"]
    assert "dry_run" not in stepper.records.skips.counts()


def test_worker_that_rests_takes_note_when_it_is_told_that_the_settings_were_changed(stepper):
    stepper.configure(dry_run=True)
    key, scene = film(stepper, "Sintel")
    stepper.sync(scene)
    stepper.configure()
    stepper.parts.stash.offer({**stepper.stash.server_connection(), "settings_changed": True})
    stepper.drain()  # there is no job: it rests, and finds one
    stepper.drain()
    assert stepper.shown(key).title == "Sintel!"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"only_organized": True}, {}),
        ({"only_tags": "Chosen"}, {}),
        ({"except_tags": "Snow"}, {}),
        ({"except_tags": "Snow"}, {"except_tags": "Rain"}),
        ({"only_with": "stashid"}, {}),
        ({"only_with": "url, stashid"}, {}),
        ({"only_tags": "Chosen"}, {"only_tags": "Snow"}),
    ],
)
def test_scene_that_was_left_out_is_synced_when_its_reason_is_gone(stepper, before, after):
    stepper.configure(**before)
    key, scene = film(stepper, "Sintel", tags=["Snow"])
    stepper.sync(scene)
    assert stepper.shown(key).title == "Sintel"
    stepper.configure(**after)
    stepper.sync(stepper.scene("elsewhere.mkv", organized=True))
    assert stepper.shown(key).title == "Sintel!"


def test_scene_stays_left_out_when_the_changed_setting_still_leaves_it_out(stepper):
    stepper.configure(only_tags="Chosen")
    films = [film(stepper, f"Film {number}") for number in range(5)]
    stepper.sync(*(scene for _, scene in films))
    stepper.configure(only_tags="Others")
    stepper.sync(films[0][1])
    assert stepper.writes() == 0
    assert stepper.records.skips.counts() == {"no_chosen_tag": 5}
    assert stepper.stats()["pending"] == 0


def test_what_is_left_out_for_another_reason_stays_so(stepper):
    stepper.configure(only_organized=True)
    key, scene = film(stepper, "Sintel")
    stepper.sync(scene)
    stepper.configure(only_organized=True, dry_run=True)
    stepper.sync(scene)
    stepper.configure(only_organized=True)
    stepper.sync(scene)
    assert stepper.shown(key).title == "Sintel"


def test_folder_of_before_catches_up_when_nobody_noted_its_settings(stepper):
    stepper.configure(dry_run=True)
    key, scene = film(stepper, "Sintel")
    stepper.sync(scene)
    stepper.records.facts.put(GATES, None)
    stepper.restart()
    stepper.configure()
    stepper.sync(stepper.scene("elsewhere.mkv"))
    assert stepper.shown(key).title == "Sintel!"


def test_rest_of_a_long_readmission_is_as_old_as_its_request_so_that_a_newer_one_begins_anew(stepper):
    stepper.records.skips.record_many(
        Skip(scene_id, DRY_RUN, "", NOW) for scene_id in range(1, SKIPPED_PAGE * PAGES_A_STEP + 2)
    )
    stepper.put(
        control_job(REQUEUE_SKIPPED, {"code": DRY_RUN}, now=stepper.now - 10, job_key=f"{REQUEUE_SKIPPED}_{DRY_RUN}")
    )
    stepper.worker.step(stepper.now)
    found = of_keys(stepper.parts.queue_dir, [f"{REQUEUE_SKIPPED}_{DRY_RUN}"])
    asked_at = {row.job["data"].get("after"): row.job["enqueued_at"] for row in found}
    assert asked_at == {SKIPPED_PAGE * PAGES_A_STEP: stepper.now - 10, None: stepper.now}, (
        "the first look at the settings asks too"
    )


def test_scene_that_has_got_what_is_asked_for_is_synced_though_no_hook_says_so(stepper):
    stepper.configure(only_with="url, stashid")
    stepper.fine_tune(least_rating=50)
    key, scene = film(stepper, "Sintel", rating100=80)
    stepper.sync(scene)
    assert stepper.records.skips.counts() == {"no_stashid": 1}
    stepper.later(NEWS_S)
    stepper.stash.save_scene(
        scene,
        urls=["https://films.example/sintel"],
        stash_ids=[{"endpoint": "https://box.example/graphql", "stash_id": "7d3c5f1a"}],
    )
    stepper.later(NEWS_S)
    assert stepper.shown(key).title == "Sintel!"
    assert stepper.records.skips.counts() == {}


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"path_rules": "/data => /media"}, "Sintel!"),
        ({"path_rules": "/data => /elsewhere", "skip_not_in_plex": True}, "Sintel"),
    ],
)
def test_job_that_waits_for_its_file_is_due_when_it_is_looked_for_otherwise(stepper, change, title):
    stepper.configure(path_rules="/data => /elsewhere")
    key, scene = film(stepper, "Sintel")
    stepper.sync(scene)
    assert stepper.shown(key).title == "Sintel"
    assert error_counts(stepper.data_dir / "queue") == {"NotInPlexError": 1}
    stepper.later(2)
    assert stepper.attempts() == [1], "it waits for longer"
    stepper.configure(**change)
    stepper.drain()
    stepper.drain()
    assert (stepper.shown(key).title, stepper.stats()["pending"]) == (title, 0)


def test_job_that_waits_stays_so_when_another_setting_is_changed(stepper):
    stepper.configure(path_rules="/data => /elsewhere")
    stepper.sync(film(stepper, "Sintel")[1])
    stepper.configure(path_rules="/data => /elsewhere", debug=True)
    stepper.drain()
    assert stepper.attempts() == [1]
    assert error_counts(stepper.data_dir / "queue") == {"NotInPlexError": 1}
