"""Line 9: what the page costs while somebody looks at it.

Its operations as whole processes, with few and with many rows.
"""

import json
import os
import sqlite3
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from bench.figures import Figure, of_samples
from bench.size import Size
from bench.timing import Command, Sample, interleaved
from records import Records
from sync_queue import schema
from sync_queue.pending import enqueue_many
from tests.house import install

TITLE: Final = "Page"
LIMIT: Final = (
    "Half of an answer is the start of the interpreter and of the modules. At a million rows the rest is counting by status, one walk through"
    " an index; pages of lists are cut by indexes and cost the same at any size. A look, as the page takes one with each beat, is a process"
    " that imports 162 modules; until 1.6 it imported 203, among them all that edits are made with, and took 13.6 times the CPU of a bare"
    " interpreter beyond it where it now takes 9.5. Of that two fifths are Python's library (`dataclasses` and the `inspect` behind it alone a"
    " seventh), a quarter is making dataclasses."
)
MOST_MS: Final = 200
MOST_CPU: Final = 11

_ASKED: Final[dict[str, dict[str, Any]]] = {
    "ui_overview": {},
    "ui_jobs": {"list": "waiting"},
    "ui_jobs, by reason": {"list": "retrying", "reason": "NotInPlexError", "page": 100},
    "ui_history": {},
}
_OF_STASH: Final[dict[str, Any]] = {"stored": {"plex_url": "http://tower:32400"}, "scenes": 60, "enabled": True}
"""What the page says with each look at the overview."""


def measure(size: Size = Size.FULL) -> list[Figure]:
    """Milliseconds a whole process takes, and how many times as long with many rows as with none."""
    count = size.of(1_000_000, 100_000, 1_000)
    with tempfile.TemporaryDirectory() as folder:
        plugin_dir = install(Path(folder, "plugins", "Stash2Plex"))
        few, many = os.path.join(folder, "few"), os.path.join(folder, "many")
        fill(few, 1)
        fill(many, count)
        commands = {
            f"{name} with {rows:,} rows": _operation(plugin_dir, data_dir, name, arguments)
            for name, arguments in _ASKED.items()
            for rows, data_dir in ((1, few), (count, many))
        }
        samples = interleaved(commands, size.of(15, 7, 2))
        look = _look(_operation(plugin_dir, few, "ui_overview", _OF_STASH), size.of(31, 15, 2))
    return [*(figure for name in _ASKED for figure in _figures(name, samples, count)), look]


def _look(command: Command, turns: int) -> Figure:
    """How many times the CPU of a bare interpreter a look at a small installation takes beyond it."""
    bare = Command([sys.executable, "-S", "-c", "pass"])
    own, interpreters = [], []
    command.cpu()  # compiles
    for _ in range(turns):
        interpreters.append(bare.cpu())
        own.append(command.cpu())
    middle = statistics.median(interpreters)
    what = "ui_overview: CPU beyond a bare interpreter's / a bare interpreter's"
    return of_samples(what, [(each - middle) / middle for each in own], "times", MOST_CPU)


def fill(data_dir: str, count: int) -> None:
    """A queue of `count` waiting jobs, of which each tenth has failed before, and the queue's tables around them."""
    os.makedirs(data_dir, mode=0o700)
    Records(Path(data_dir, "state.db")).close()
    enqueue_many(os.path.join(data_dir, schema.FOLDER), [])
    connection = sqlite3.connect(os.path.join(data_dir, schema.FOLDER, schema.FILE))
    with connection:
        connection.execute(
            f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO {schema.TABLE} (data, timestamp, status) "
            """SELECT CAST('{"scene_id": ' || i || ', "update_type": "metadata", "data": {"fields": []}, "enqueued_at": 1.0, "job_key": "scene_' || i || '"}' AS BLOB), """
            f"1.0, {schema.WAITING} FROM n",
            (count,),
        )
        connection.execute(
            "INSERT INTO job_schedule (pqid, job_key, due_at, error_type, reason, bulk, attempts) SELECT _id, 'scene_' || _id, 1.0 + (_id % 10 = 0) * 9e9, "
            f"CASE WHEN _id % 10 = 0 THEN 'NotInPlexError' END, CASE WHEN _id % 10 = 0 THEN 'none' END, 1, _id % 10 = 0 FROM {schema.TABLE}"
        )
    connection.close()


def _operation(plugin_dir: Path, data_dir: str, name: str, arguments: dict[str, Any]) -> Command:
    document = {"args": {**arguments, "mode": name.partition(",")[0]}}
    environ = {**os.environ, "STASH_PLUGIN_DATA": data_dir}
    return Command([sys.executable, "-S", str(plugin_dir / "Stash2Plex.py")], json.dumps(document).encode(), environ)


def _figures(name: str, samples: dict[str, Sample], count: int) -> list[Figure]:
    sample = samples[f"{name} with {count:,} rows"]
    return [
        of_samples(f"{name}, {count:,} rows", sample.times_ms, "ms", MOST_MS),
        sample.over(samples[f"{name} with 1 rows"]),
    ]
