"""From a save to one row, and what the log says about it."""

import json
import re
from threading import Event

import pytest

from hooks.handlers import on_scene_update, record, requires_plex_sync
from sync_queue import QueueManager, get_pending
from sync_queue.append import AppendOnlyQueue


@pytest.fixture
def queue(tmp_path):
    opened = AppendOnlyQueue(str(tmp_path / "queue"))
    yield opened
    opened.close()


def jobs_in(tmp_path):
    manager = QueueManager(tmp_path)
    found = []
    while job := get_pending(manager.get_queue()):
        found.append(job)
    manager.shutdown()
    return found


@pytest.mark.parametrize(
    ("sent", "is_needed"),
    [({"title": "x"}, True), ({"id": 1, "tag_ids": []}, True), ({"cover_image": "…"}, True), ({"id": 1}, False), ({"o_counter": 3, "urls": []}, False), ({}, False)],
)  # fmt: skip
def test_requires_plex_sync_looks_at_the_names_of_what_was_sent(sent, is_needed):
    assert requires_plex_sync(sent) is is_needed


def test_on_scene_update_queues_the_names_and_never_the_values(tmp_path, queue):
    assert on_scene_update(7, {"id": "7", "title": "secret title", "cover_image": "data:…"}, queue) is True
    (job,) = jobs_in(tmp_path)
    assert (job["scene_id"], job["update_type"], job["job_key"]) == (7, "metadata", "scene_7")
    assert job["data"] == {"fields": ["cover_image", "title"]}
    assert "secret title" not in json.dumps(job)


def test_on_scene_update_queues_nothing_when_nothing_reaches_plex(tmp_path, queue):
    assert on_scene_update(7, {"id": "7", "o_counter": 1}, queue) is False
    assert jobs_in(tmp_path) == []


def test_on_scene_update_takes_the_workers_queue_as_well(tmp_path):
    manager = QueueManager(tmp_path)
    assert on_scene_update(7, {"title": "x"}, manager.get_queue()) is True
    assert get_pending(manager.get_queue())["scene_id"] == 7
    manager.shutdown()


class Disk:
    """A queue that takes `takes_s` to write a row."""

    def __init__(self, takes_s: float) -> None:
        self.takes_s = takes_s

    def put(self, item: object) -> None:
        Event().wait(self.takes_s)


def test_milliseconds_are_logged_and_a_slow_disk_is_a_warning(capsys):
    on_scene_update(7, {"title": "x"}, Disk(0.0))
    assert capsys.readouterr().err.startswith("\x01d\x02Scene 7: queued in ")
    on_scene_update(7, {"title": "x"}, Disk(0.125))
    line = capsys.readouterr().err
    assert re.match("\x01w\x02Scene 7: queued in [1-9][0-9]{2,} ms, expected below 100 ms", line)


def test_record_counts_the_rows_of_a_context(tmp_path, queue):
    context = {"id": 3, "type": "Tag.Merge.Post", "input": {"source": ["1", "2"], "destination": "3"}, "inputFields": ["source", "destination"]}  # fmt: skip
    assert record(context, queue) == 1
    (job,) = jobs_in(tmp_path)
    assert (job["scene_id"], job["job_key"], job["data"]) == (None, "tag_3", {"event": "merge", "ids": [3, 1, 2]})
