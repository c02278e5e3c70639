from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_queue.merging import covers, merge
from sync_queue.models import METADATA, NotAJobError, SyncJob, create_sync_job, parse_job, task_job
from tests.sync_queue.jobs import NOW, entity, scene


def numbered(*jobs: SyncJob) -> list[SyncJob]:
    return [{**job, "pqid": number} for number, job in enumerate(jobs, 1)]


def test_merge_unites_fields_when_all_are_known() -> None:
    merged = merge(numbered(scene(1, "title", at=NOW), scene(1, "date", "title", at=NOW + 1)))
    assert merged["data"] == {"fields": ["date", "title"]}
    assert merged["enqueued_at"] == NOW + 1
    assert merged["pqid"] == 1


def test_merge_knows_nothing_when_one_job_does_not() -> None:
    assert merge([scene(1, "title"), scene(1), scene(1, "date")])["data"]["fields"] == []


def test_merge_is_destroyed_when_that_came_last() -> None:
    assert merge([scene(1, "title", at=NOW), scene(1, at=NOW + 1, kind="destroyed")])["update_type"] == "destroyed"


def test_merge_is_metadata_of_unknown_fields_when_destroyed_came_before() -> None:
    merged = merge([scene(1, at=NOW, kind="destroyed"), scene(1, "title", at=NOW + 1)])
    assert (merged["update_type"], merged["data"]["fields"]) == ("metadata", [])


def test_merge_takes_the_later_row_when_the_times_are_equal() -> None:
    assert merge([scene(1), scene(1, kind="destroyed")])["update_type"] == "destroyed"


@pytest.mark.parametrize(
    ("events", "merged"),
    [
        ([("update", [4]), ("update", [4])], ("update", [4])),
        ([("merge", [4, 7]), ("update", [4])], ("merge", [4, 7])),
        ([("merge", [4, 7]), ("merge", [4, 9])], ("merge", [4, 9, 7])),
        ([("merge", [4, 7]), ("destroy", [4])], ("destroy", [4, 7])),
    ],
)
def test_merge_reaches_every_scene_when_a_tag_had_several_events(
    events: list[tuple[str, list[int]]], merged: tuple[str, list[int]]
) -> None:
    data = merge([entity("tag", event, *ids) for event, ids in events])["data"]
    assert (data["event"], data["ids"]) == merged


def test_merge_knows_which_fields_alone_were_changed_when_all_say_so() -> None:
    alone: list[SyncJob] = [
        {**entity("tag", "update", 4), "data": {"event": "update", "ids": [4], "only": [name]}}
        for name in ("parent_ids", "aliases")
    ]
    assert merge(alone)["data"]["only"] == ["aliases", "parent_ids"]
    assert "only" not in merge([entity("tag", "update", 4), *alone])["data"]
    assert "only" not in merge([*alone, entity("tag", "update", 4)])["data"]


def test_merge_adds_nothing_when_control_jobs_have_no_events() -> None:
    jobs: list[SyncJob] = [
        {
            **scene(1, at=NOW + number),
            "scene_id": None,
            "update_type": "index",
            "job_key": "index",
            "data": {"asked_at": number},
        }
        for number in range(2)
    ]
    assert merge(jobs)["data"] == {"asked_at": 1}


def test_merge_keeps_the_first_and_the_newest_failures_when_jobs_carry_one() -> None:
    def failed(*times: float) -> Any:
        history = [
            {"letter": 1, "failed_at": at, "error_type": "E", "error_message": "", "retry_count": 1} for at in times
        ]
        return {**scene(1), "history": history}

    merged = merge([failed(*range(8)), scene(1), failed(*range(8, 15))])
    assert [failure["failed_at"] for failure in merged["history"]] == [0, *range(6, 15)]
    assert merged["history"][0].get("times") == 6


@pytest.mark.parametrize(
    ("waiting", "new", "is_covered"),
    [
        (scene(1, "title"), scene(1, "title"), True),
        (scene(1), scene(1, "title"), True),
        (scene(1, "title", "date"), scene(1, "title"), True),
        (scene(1, "title"), scene(1), False),
        (scene(1, "title"), scene(1, "date"), False),
        (scene(1), scene(1, kind="destroyed"), False),
        (entity("tag", "update", 4), entity("tag", "update", 4), True),
        (entity("tag", "update", 4), entity("tag", "destroy", 4), False),
    ],
)
def test_job_is_covered_when_the_waiting_one_does_all_of_it(waiting: SyncJob, new: SyncJob, is_covered: bool) -> None:
    assert covers(waiting, new) is is_covered


KINDS = st.sampled_from(["metadata", "destroyed", "something newer"])
FIELDS = st.lists(st.sampled_from(["title", "date", "rating100"]), max_size=2)


@given(st.lists(st.tuples(KINDS, FIELDS, st.integers(0, 3)), min_size=1, max_size=5))
def test_merge_of_a_merge_is_the_same_when_nothing_new_comes(rows: list[tuple[str, list[str], int]]) -> None:
    jobs = [scene(1, *fields, at=at, kind=kind) for kind, fields, at in rows]
    merged = merge(jobs)
    assert merge([merged]) == merged
    assert merged["enqueued_at"] == max(job["enqueued_at"] for job in jobs)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
)
NEARLY_JOBS = st.fixed_dictionaries(
    {},
    optional={
        "scene_id": st.integers() | JSON,
        "job_key": st.text() | JSON,
        "update_type": KINDS | JSON,
        "data": JSON | st.dictionaries(st.sampled_from(["fields", "ids", "event"]), JSON),
        "enqueued_at": st.floats() | JSON,
        "history": JSON
        | st.lists(st.dictionaries(st.sampled_from(["failed_at", "letter", "retry_count"]), JSON), max_size=2),
    },
)


@given(st.lists(NEARLY_JOBS, min_size=1, max_size=3))
def test_whatever_is_a_job_can_be_merged_when_somebody_else_wrote_it(found: list[dict[str, Any]]) -> None:
    import json

    jobs: list[SyncJob] = []
    for document in found:
        try:
            jobs.append({**parse_job(json.dumps(document).encode()), "job_key": "scene_1"})
        except NotAJobError:
            continue
    if jobs:
        merge(jobs)
        covers(jobs[0], jobs[-1])


@pytest.mark.parametrize(
    "raw",
    [
        b'{"job_key": "scene_\\ud800"}',
        b'{"scene_id": 9223372036854775808}',
        b'{"scene_id": 1, "update_type": "\\udfff"}',
        b'{"scene_id": 1, "enqueued_at": NaN}',
        b'{"scene_id": 1, "enqueued_at": 1e999}',
        b'{"scene_id": 1, "data": {"fields": ' + b"[" * 30 + b"]" * 30 + b"}}",
        b'{"job_key": "tag_1", "data": {"ids": [100000000000000000000]}}',
        b"",
        b"{",
        b"\x80\x04\x95",
        b"[]",
        b"5",
        b"{}",
        b'{"scene_id": "1"}',
        None,
        5,
        b"[" * 100_000,
    ],
)
def test_parse_refuses_when_the_bytes_are_no_job(raw: object) -> None:
    with pytest.raises(NotAJobError):
        parse_job(raw)


def test_parse_fills_in_what_is_missing_when_an_older_producer_wrote_it() -> None:
    assert parse_job(b'{"scene_id": 5}') == {
        "scene_id": 5,
        "update_type": "metadata",
        "data": {},
        "enqueued_at": 0.0,
        "job_key": "scene_5",
    }


def test_run_stays_only_where_every_job_belongs_to_a_task() -> None:
    asked = [task_job(1, "all 5", now=5.0), task_job(1, "recent 6", now=6.0)]
    assert merge(asked)["data"] == {"fields": [], "run": "recent 6"}
    save = create_sync_job(1, METADATA, {"fields": ["title"]}, now=4.0)
    assert "run" not in merge([save, *asked])["data"]
