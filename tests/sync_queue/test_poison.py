"""Rows that nobody of ours would write.

Whatever stands in one, it comes out as a job or as a bad row, and those behind it come too.
"""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_queue import DeadLetterQueue
from sync_queue.claims import ClaimStore
from sync_queue.models import METADATA
from sync_queue.pending import Selection, drop, enqueue_many, has_job
from sync_queue.questions import of_keys, waiting
from sync_queue.settling import Settlement
from tests.sync_queue.jobs import NOW, append, insert_raw, look, scene

TEXT = st.text(st.characters(), max_size=6) | st.sampled_from(["\ud800", "scene_\udfff", "scene_7", "\x00"])
NUMBERS = st.integers() | st.sampled_from([2**63, -(2**63) - 1, 10**20, 10**400, 2**63 - 1]) | st.floats()
PLAIN = st.none() | st.booleans() | NUMBERS | TEXT
JSON = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
FAILURES = st.lists(
    st.dictionaries(st.sampled_from(["letter", "failed_at", "error_type", "error_message", "retry_count"]), JSON),
    max_size=3,
)
JOBS = st.fixed_dictionaries(
    {},
    optional={
        "scene_id": NUMBERS | JSON,
        "job_key": TEXT | JSON,
        "update_type": TEXT | JSON,
        "data": st.dictionaries(st.sampled_from(["fields", "ids", "event"]), JSON) | JSON,
        "enqueued_at": NUMBERS | JSON,
        "history": FAILURES | JSON,
    },
)
DOCUMENTS = (JOBS | JSON).map(lambda value: json.dumps(value).encode())
ROWS = st.lists(
    st.tuples(
        st.binary(max_size=30) | DOCUMENTS | st.integers(0, 9) | st.none(), st.sampled_from([0, 1, 2]), st.booleans()
    ),
    min_size=1,
    max_size=4,
)


@pytest.fixture
def letters(data_dir: Path) -> Iterator[DeadLetterQueue]:
    with closing(DeadLetterQueue(data_dir)) as letters:
        yield letters


def bury_all(store: ClaimStore, letters: DeadLetterQueue) -> set[str]:
    """Claim until nothing is left; each job and each bad row becomes a dead letter. The keys of the jobs."""
    keys = set()
    store.resume(NOW)
    while batch := store.claim_due(NOW, 2):
        for job in batch.jobs:
            letters.add(job.job, ("E", "half of a character: \ud83d"), 1)
            store.settle([Settlement.retry(job.pqids, NOW, 1, "E", "why"), Settlement.release(job.pqids, NOW)], NOW)
        for bad in batch.bad:
            letters.add_unreadable(bad.pqid, bad.raw, bad.problem)
        keys |= {job.key for job in batch.jobs}
        again = store.claim_due(NOW, 1000)
        settled = [row for job in (*batch.jobs, *again.jobs) for row in job.pqids]
        store.settle([Settlement.fail(settled), *(Settlement.fail(bad.pqid) for bad in (*batch.bad, *again.bad))], NOW)
        keys |= {job.key for job in again.jobs}
    return keys


def test_whatever_stands_in_a_row_the_next_one_is_claimed(queue_dir: Path, letters: DeadLetterQueue) -> None:
    with ClaimStore(queue_dir) as store:

        @settings(max_examples=80, deadline=None, database=None)
        @given(ROWS)
        def claim_them_all(rows: list[tuple[Any, int, bool]]) -> None:
            look(queue_dir, "DELETE FROM ack_queue_default")
            insert_raw(queue_dir, *((data, 0) for data, _, _ in rows))
            ids = look(queue_dir, "SELECT _id FROM ack_queue_default ORDER BY _id")
            for pqid, (_, status, is_text) in zip(ids, rows, strict=True):
                kind = "TEXT" if is_text else "BLOB"
                look(
                    queue_dir,
                    f"UPDATE ack_queue_default SET status = ?, data = CAST(data AS {kind}) WHERE _id = ?",
                    status,
                    pqid,
                )
            append(queue_dir, scene(4_000_000))
            waiting(queue_dir)
            of_keys(queue_dir, ["scene_7"])
            assert enqueue_many(queue_dir, [scene(4_000_001)], now=NOW) == 1
            drop(queue_dir, Selection.of_scenes([4_000_002]))
            drop(queue_dir, Selection(update_type=METADATA, run="", until=NOW))
            assert drop(queue_dir, Selection.of_scenes([4_000_003])) == 0
            assert has_job(queue_dir, "scene_4000000")
            assert {"scene_4000000", "scene_4000001"} <= bury_all(store, letters)
            assert store.is_empty()

        claim_them_all()


@pytest.mark.parametrize(
    "document",
    [
        {"job_key": "scene_\ud800", "scene_id": 1},
        {"scene_id": 2**63},
        {"scene_id": 1, "history": [{"failed_at": 1.0, "letter": 10**20, "error_type": ["x"]}]},
        {"job_key": "tag_1", "update_type": "tag", "data": {"event": "update", "ids": [10**20]}},
    ],
)
def test_row_stops_no_other_when_a_column_cannot_hold_what_it_says(
    queue_dir: Path, letters: DeadLetterQueue, document: dict[str, Any]
) -> None:
    append(queue_dir, scene(5))
    insert_raw(queue_dir, (json.dumps(document).encode(), 0))
    with ClaimStore(queue_dir) as store:
        assert "scene_5" in bury_all(store, letters)
        assert store.is_empty()
    assert letters.get_count() == 2
