"""What a look at the page may cost: each is a process, and most of one is what it imports."""

import subprocess
import sys

import pytest

from tasks.registry import OPERATIONS
from tests.documents import ROOT

ERRORS = {"plex.errors", "stash.errors", "worker.errors"}
RULES = {"matching.gate", "matching.paths", "matching.rules", "matching.tag_rules", "matching.tag_targets"}
"""What settings are read with."""

LOOKS = {"worker.control", "worker.control.kinds"}
"""What jobs that send nothing are told by."""

KINDS = LOOKS | {"matching.paths", "plex.fields", "worker.sync.taking"}
"""What jobs are told from one another with."""

SMALL = {
    *("plex.refusal", "worker.facts", "worker.installation", "worker.last_day", "worker.launch"),
    *("worker.sync", "worker.sync.codes", "worker.sync.unwritten"),
}
ROOMS = ("hooks", "matching", "plex", "stash", "transport", "worker")

NOT_NEEDED = {
    *("records.members", "records.originals", "records.sent_names"),
    *("sync_queue.pending", "sync_queue.pickles", "sync_queue.foreign_rows", "sync_queue.claims"),
    *("logging", "hashlib", "difflib", "pickletools", "base64", "tempfile", "subprocess", "socket", "ssl"),
    *("requests", "urllib3", "plexapi", "stashapi", "xml", "email", "http.client", "asyncio", "concurrent"),
}


@pytest.mark.parametrize(
    ("mode", "args", "more"),
    [
        ("ui_overview", {"stored": {"plex_url": "http://tower:32400"}, "scenes": 3, "enabled": True}, RULES | LOOKS),
        ("ui_missing", {}, set()),
        ("ui_jobs", {"list": "waiting"}, KINDS),
        ("ui_history", {}, KINDS),
        ("ui_runs", {}, KINDS),
        ("ui_scene_news", {"scene_id": 1}, KINDS),
        ("ui_card_marks", {"scene_ids": [1]}, {"matching.paths"}),
    ],
)
def test_look_loads_only_what_it_shows(tmp_path, mode, args, more):
    loaded = modules_of(mode, tmp_path, **args)
    assert OPERATIONS[mode].partition(":")[0] in loaded
    own = {name for name in loaded if name.partition(".")[0] in ROOMS and "." in name}
    assert own - ERRORS - SMALL - more == set()
    assert loaded & NOT_NEEDED == set()


def modules_of(mode, data_dir, **args):
    """The modules that a process has loaded once it has answered."""
    code = (
        "import json, os, sys\n"
        "from entry.names import handle_task\n"
        f"handle_task({ ({**args, 'mode': mode})!r})\n"
        "print(*sys.modules)"
    )
    environ = {"STASH_PLUGIN_DATA": str(data_dir), "PATH": ""}
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, env=environ, capture_output=True, check=True)
    return set(done.stdout.decode().split())
