"""What the light Reconcile takes for saved without our knowledge."""

from pathlib import Path

import pytest

from records import Records, Skip, Written
from settings.settings import Settings
from stash.scenes import SceneRef
from worker.control.reconciling import ask_when_due, saved_since_synced
from worker.facts import LAST_RECONCILE_AT, NEXT_RECONCILE_AT, UNSYNCED


@pytest.mark.parametrize(
    ("updated_at", "differs"),
    [(20.0, False), (21.0, True)],
)
def test_scene_is_as_new_as_its_newest_record_when_it_left_another_item_behind(
    tmp_path: Path, updated_at: float, differs: bool
) -> None:
    with Records(tmp_path / "state.db") as records:
        records.written.record_many(
            Written(1, key, 1, synced_at=at, scene_updated_at=at) for key, at in ((7, 10.0), (8, 20.0))
        )
        assert bool(saved_since_synced([SceneRef(1, updated_at)], records)) == differs


def test_scene_that_was_gone_and_is_back_differs_until_it_is_synced(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.written.record_many([Written(1, 7, 1, synced_at=10.0, scene_updated_at=10.0, gone_at=12.0)])
        assert saved_since_synced([SceneRef(1, 10.0)], records) == [1]


def test_skipped_scene_differs_when_it_was_saved_since(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.skips.record_many([Skip(1, "not_organized", "…", 10.0), Skip(2, "not_organized", "…", 10.0)])
        assert saved_since_synced([SceneRef(1, 10.0), SceneRef(2, 11.0), SceneRef(3, 1.0)], records) == [2, 3]


@pytest.mark.parametrize(("last_at", "is_asked"), [(0.0, True), (900.0, True), (901.0, False), (2_000.0, True)])
def test_comparison_is_asked_for_by_the_hour_and_after_a_clock_that_was_ahead(
    tmp_path: Path, last_at: float, is_asked: bool
) -> None:
    with Records(tmp_path / "state.db") as records:
        records.facts.put_many({LAST_RECONCILE_AT: last_at, UNSYNCED: {"count": 0, "known": 0}})
        settings = Settings(reconcile_every_s=100.0)
        assert ask_when_due(records, str(tmp_path / "queue"), settings, 1_000.0) is is_asked


def test_first_comparison_comes_soon_and_the_others_by_the_setting(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        queue_dir, settings = str(tmp_path / "queue"), Settings()
        asked = [ask_when_due(records, queue_dir, settings, now) for now in (1000.0, 1059.0)]
        assert asked == [False, False]
        assert records.facts.get(NEXT_RECONCILE_AT) == 1060.0
        assert ask_when_due(records, queue_dir, settings, 1060.0)
        assert not ask_when_due(records, queue_dir, settings, 1060.0), "one that waits is enough"
        records.facts.put_many({LAST_RECONCILE_AT: 1060.0, UNSYNCED: {"count": 0, "known": 0}})
        assert not ask_when_due(records, str(tmp_path / "another"), settings, 1060.0 + settings.reconcile_every_s - 1)
        assert ask_when_due(records, str(tmp_path / "another"), settings, 1060.0 + settings.reconcile_every_s)


def test_comparison_that_is_switched_off_is_never_due(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        asked = [
            ask_when_due(records, str(tmp_path / "queue"), Settings(reconcile_every_s=0), at) for at in (1.0, 1e10)
        ]
        assert asked == [False, False]
        assert records.facts.get(NEXT_RECONCILE_AT) is None


def test_comparison_that_did_not_come_to_its_end_is_asked_for_again_after_an_hour(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        settings, folders = Settings(), [str(tmp_path / f"queue {number}") for number in range(4)]
        records.facts.put(LAST_RECONCILE_AT, 1.0)
        at = [1e6, 1e6 + 60, 1e6 + 3599, 1e6 + 3600]
        asked = [ask_when_due(records, folder, settings, now) for folder, now in zip(folders, at, strict=True)]
        assert asked == [True, False, False, True]


def test_nothing_is_asked_for_while_the_user_has_paused_everything(tmp_path: Path) -> None:
    with Records(tmp_path / "state.db") as records:
        records.facts.put(LAST_RECONCILE_AT, 1.0)
        assert not ask_when_due(records, str(tmp_path / "queue"), Settings(paused=True), 1e6)
        assert ask_when_due(records, str(tmp_path / "queue"), Settings(), 1e6)
