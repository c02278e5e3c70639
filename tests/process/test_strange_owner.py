"""A data folder that another user has made: whose it is and who runs, instead of "Permission denied".

Only root can make a folder that is another's, and becomes somebody else to use it. Whoever else runs this has one that
is there already: root's.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from sync_queue.append import AppendOnlyQueue
from sync_queue.owner import named_user, why_not_ours
from tests import machine
from tests.entry.conftest import captured
from tests.house import ROOT, install, kill, processes

OWNER, RUNNER = 4321, 4322  # of neither of which a system has a name
IS_ROOT = "root" not in machine.lacking()

pytestmark = pytest.mark.needs("rights")


BECOME = """
import io, json, os, pwd, sys
plugin, folder, spoilt, uid = sys.argv[1:]
sys.path.insert(0, plugin)
from entry.document import serve
document = sys.stdin.read()
# Once where all is well and once where it is not: others may not be let into the folder of Python's own library.
for warm in (spoilt, spoilt + "/queue/file"):
    os.environ["STASH_PLUGIN_DATA"] = warm
    serve(io.StringIO(document), io.StringIO())
    sys.stderr.write("--\\n")
if int(uid):
    os.setgroups([])
    os.setgid(int(uid))
    os.setuid(int(uid))
os.environ["STASH_PLUGIN_DATA"] = folder
sys.stderr.flush()
status = serve(io.StringIO(document), sys.stdout)
sys.stdout.flush()
os._exit(status)
"""


class Place:
    """A plugin, and a data folder whose owner a test chooses."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self.plugin = install(folder / "plugins" / "Stash2Plex")
        self.warm = folder / "warm"
        self.data = folder / "data" if IS_ROOT else Path("/")
        if IS_ROOT:
            self.data.mkdir(mode=0o700)

    def give(self, *parts: str, mode: int, uid: int = OWNER) -> None:
        if IS_ROOT:
            path = self.data.joinpath(*parts)
            path.chmod(mode)
            os.chown(path, uid, uid)

    def run(self, document: dict) -> tuple[dict, str]:
        """What a process of the user who is not the folder's answers, and what it logs."""
        (self.warm / "queue").mkdir(parents=True, exist_ok=True)
        (self.warm / "queue" / "file").touch()
        run = subprocess.run(
            [sys.executable, "-c", BECOME, self.plugin, self.data, self.warm, str(RUNNER if IS_ROOT else 0)],
            input=json.dumps(document),
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
            timeout=60,
        )
        return json.loads(run.stdout), run.stderr.rpartition("--\n")[2]

    def sentence(self, *parts: str) -> str:
        """The sentence about the first part of the path that is not the runner's."""
        owner, runner = (str(OWNER), str(RUNNER)) if IS_ROOT else ("0 (root)", named_user(os.geteuid()))
        path = self.data.joinpath(*parts) if IS_ROOT else self.data
        return f"{path} belongs to user {owner} with the rights {path.stat().st_mode & 0o777:o}, and Stash runs as user {runner}, who may not use it"


@pytest.fixture
def place():
    with tempfile.TemporaryDirectory(prefix="stash2plex-") as folder:
        made = Place(Path(folder))
        yield made
        for pid in [*processes(["--worker", str(made.warm)]), *processes(["--worker", str(made.data)])]:
            kill(pid)


def hook() -> dict:
    document = captured("scene_update_post_single")
    document["server_connection"]["Port"] = 1
    return document


def task(mode: str) -> dict:
    return {"server_connection": hook()["server_connection"], "args": {"mode": mode}}


@pytest.mark.parametrize("mode", [0o700, 0o755], ids=["closed", "readable"])
def test_hook_task_and_page_say_whose_the_folder_is(place, mode):
    place.give(mode=mode)
    error = place.run(hook())[0]["error"]
    assert place.sentence() in error
    assert "Reconcile Stash and Plex finds it later" in error
    assert "disk full" not in error
    assert place.sentence() in place.run(task("ui_overview"))[0]["error"]
    steps = place.run(task("test_connection"))[0]["output"]["steps"]
    assert [place.sentence() in step["text"] for step in steps] == [True]
    assert place.sentence() in str(place.run(task("queue_status"))[0])


def test_first_thing_that_cannot_be_used_is_named_when_the_folder_itself_is_ours(place):
    place.give(mode=0o700, uid=RUNNER)
    if IS_ROOT:
        queue = AppendOnlyQueue(str(place.data / "queue"))
        queue.put({"scene_id": 1})
        queue.close()
    place.give("queue", mode=0o700, uid=RUNNER)
    place.give("queue", "data.db", mode=0o600)
    assert place.sentence("queue", "data.db") in place.run(hook())[1]
    assert place.sentence("queue", "data.db") in place.run(task("ui_overview"))[0]["error"]


def test_nothing_is_raised_when_nobody_can_tell(tmp_path):
    code = "import os, sys; os.rmdir(os.getcwd()); from sync_queue.owner import why_not_ours; print(repr(why_not_ours('data')))"
    (tmp_path / "gone").mkdir()
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path / "gone",
        env={"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "''\n", run.stderr


def test_folder_is_named_in_which_a_data_folder_cannot_be_made(place):
    place.give(mode=0o755)
    place.data = place.data / "plugins" / "data"
    error = place.run(hook())[0]["error"]
    assert f"the data folder {place.data} cannot be created" in error
    assert f"Make the folder {place.data}, give it to user " in error
    place.data = place.data.parents[1]
    assert place.sentence() in error


def test_nothing_is_said_of_a_folder_that_is_ours_whatever_its_rights(tmp_path):
    tmp_path.chmod(0o500)
    assert why_not_ours(str(tmp_path)) == ""
    assert why_not_ours(str(tmp_path / "missing")) == ""


def test_folder_above_is_named_when_nobody_is_let_through_it(place):
    place.give(mode=0o700)
    place.data = place.data / "deeper" if IS_ROOT else place.data
    error = place.run(hook())[0]["error"]
    place.data = place.data.parent
    assert place.sentence() in error
