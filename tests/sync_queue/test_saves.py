"""What saves named stays known, whatever their jobs are merged with."""

from typing import Any

import pytest

from sync_queue.merging import NO_SAVE, merge, saved_by
from sync_queue.models import METADATA, SyncJob, create_sync_job


def job(*fields: str, **more: Any) -> SyncJob:
    return create_sync_job(1, METADATA, {"fields": list(fields), **more}, now=1.0)


SAVE, BULK, UNKNOWN = job("title"), job("details", many=True), job()
EXPANDED = job("tag_ids", **NO_SAVE)


@pytest.mark.parametrize(
    ("jobs", "own", "named"),
    [
        ([SAVE], {"title"}, {"title"}),
        ([BULK], set(), {"details"}),
        ([UNKNOWN], set(), set()),
        ([EXPANDED], set(), set()),
        ([SAVE, UNKNOWN], {"title"}, {"title"}),
        ([SAVE, BULK], {"title"}, {"title", "details"}),
        ([BULK, BULK], set(), {"details"}),
        ([SAVE, EXPANDED], {"title"}, {"title"}),
        ([EXPANDED, EXPANDED], set(), set()),
        ([BULK, UNKNOWN, EXPANDED], set(), {"details"}),
    ],
)
def test_saves_stay_known_when_jobs_are_merged(jobs: list[SyncJob], own: set[str], named: set[str]) -> None:
    for merged in (merge(jobs), merge([merge(jobs[:1]), merge(jobs)])):
        saved = saved_by(merged)
        assert (saved.own, saved.all) == (own, named)


def test_deleted_scene_was_not_saved() -> None:
    assert not saved_by({**SAVE, "update_type": "destroyed"}).all


@pytest.mark.parametrize("data", [{"fields": "title"}, {"fields": [1]}, {"fields": [], "named": 4, "own": {}}])
def test_nothing_is_named_when_the_data_is_not_ours(data: dict[str, Any]) -> None:
    assert not saved_by({**SAVE, "data": data}).all
