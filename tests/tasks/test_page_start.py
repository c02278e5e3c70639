"""What a look at the page may cost: each is a process, and most of one is what it imports."""

import subprocess
import sys

from tests.documents import ROOT

MAY_LOAD = {
    "plex": {"plex.errors", "plex.refusal"},
    "stash": {"stash.errors"},
    "matching": {"matching.gate", "matching.paths", "matching.rules", "matching.tag_rules", "matching.tag_targets"},
    "worker": {"worker.errors", "worker.facts", "worker.installation", "worker.last_day", "worker.launch"}
    | {"worker.sync", "worker.sync.unwritten"},
    "transport": set(),
    "hooks": set(),
}
"""Of these rooms a look at the overview needs no more."""

NOT_NEEDED = {
    *("records.changes", "records.members", "records.originals", "records.seen", "records.sent_names"),
    *("sync_queue.pending", "sync_queue.pickles", "sync_queue.foreign_rows", "sync_queue.claims"),
    *("logging", "hashlib", "traceback", "difflib", "pickletools", "base64", "tempfile", "subprocess", "socket", "ssl"),
    *("requests", "urllib3", "plexapi", "stashapi", "xml", "email", "http.client", "asyncio", "concurrent"),
}


def test_look_at_the_overview_loads_only_what_it_shows(tmp_path):
    loaded = modules_of("ui_overview", tmp_path, stored={"plex_url": "http://tower:32400"}, scenes=3, enabled=True)
    assert "tasks.page.overview" in loaded
    beyond = {room: {name for name in loaded if name.startswith(f"{room}.")} - may for room, may in MAY_LOAD.items()}
    assert {room: names for room, names in beyond.items() if names} == {}
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
