"""The names that other code and the tests of users rely on: they can be imported, and called as they always were."""

import inspect
import json
import shutil
import subprocess
import sys
from importlib import import_module

import pytest

import Stash2Plex
from sync_queue import DeadLetterQueue, QueueManager, create_sync_job, enqueue, get_pending
from tests import machine
from tests.house import ROOT
from tests.open_files import open_below
from worker.processor import PermanentError, SyncWorker, TransientError

SIGNATURES = {
    "Stash2Plex": {
        "main": [],
        "initialize": [],
        "shutdown": [],
        "get_plugin_data_dir": [],
        "handle_hook": ["hook_context"],
        "handle_task": ["task_args", "stash=None"],
        "handle_queue_status": [],
        "handle_clear_queue": [],
        "handle_clear_dlq": [],
        "handle_purge_dlq": ["days=30"],
    },
    "hooks.handlers": {
        "requires_plex_sync": ["update_data"],
        "on_scene_update": ["scene_id", "update_data", "queue"],
    },
    "sync_queue.models": {"create_sync_job": ["scene_id", "update_type", "data"], "SyncJob": None},
    "sync_queue.operations": {
        "enqueue": ["queue", "scene_id", "update_type", "data"],
        "get_pending": ["queue", "timeout=0"],
        "ack_job": ["queue", "job"],
        "nack_job": ["queue", "job"],
        "fail_job": ["queue", "job"],
        "get_stats": ["queue_path"],
        "clear_pending_items": ["queue_path"],
    },
    "sync_queue.manager": {"QueueManager": ["data_dir"]},
    "sync_queue.dlq": {"DeadLetterQueue": ["data_dir"]},
    "worker.processor": {
        "SyncWorker": ["queue", "dlq", "max_retries=5"],
        "TransientError": None,
        "PermanentError": None,
    },
}
METHODS = {
    QueueManager: {"get_queue": [], "shutdown": []},
    DeadLetterQueue: {
        "add": ["job", "error", "retry_count"],
        "get_recent": ["limit=10"],
        "get_by_id": ["letter_id"],
        "get_count": [],
        "delete_older_than": ["days"],
        "get_error_summary": [],
    },
    SyncWorker: {"start": [], "stop": ["timeout_s=10.0"]},
}


def positional(function: object) -> list[str]:
    """The parameters that can be given by position, with their defaults; without `self`."""
    return [
        name if parameter.default is parameter.empty else f"{name}={parameter.default}"
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD) and name != "self"
    ]


@pytest.mark.parametrize(("module", "name"), [(module, name) for module, names in SIGNATURES.items() for name in names])
def test_fixed_name_is_there_and_is_called_as_always(module, name):
    found = getattr(import_module(module), name)
    wanted = SIGNATURES[module][name]
    if wanted is not None:
        assert positional(found) == wanted


@pytest.mark.parametrize(("owner", "name"), [(owner, name) for owner, names in METHODS.items() for name in names])
def test_fixed_method_is_called_as_always(owner, name):
    assert positional(getattr(owner, name)) == METHODS[owner][name]


def test_package_gives_every_name_of_its_modules_without_importing_them_before():
    code = """
import sys, json
before = set(sys.modules)
import sync_queue
after = set(sys.modules) - before
names = {name: hasattr(sync_queue, name) for name in sync_queue.__all__}
print(json.dumps([sorted(after), sorted(set(sys.modules) - before), names]))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True, text=True)
    at_once, at_last, names = json.loads(run.stdout)
    assert at_once == ["sync_queue"]
    assert "sync_queue.dlq" in at_last
    assert all(names.values())
    fixed = {name for module, found in SIGNATURES.items() if module.startswith("sync_queue") for name in found}
    assert fixed <= names.keys()


def test_unknown_name_of_the_package_is_an_attribute_error():
    import sync_queue

    with pytest.raises(AttributeError, match="no_such_name"):
        sync_queue.no_such_name  # noqa: B018 - the access is the point


def test_errors_are_exceptions_of_their_own():
    assert issubclass(TransientError, Exception)
    assert issubclass(PermanentError, Exception)
    assert not issubclass(PermanentError, TransientError)


def test_job_comes_out_with_its_row_id(tmp_path):
    manager = QueueManager(tmp_path)
    queue = manager.get_queue()
    enqueued = enqueue(queue, 123, "metadata", {"fields": ["title"]})
    job = get_pending(queue)
    manager.shutdown()
    assert enqueued["job_key"] == "scene_123"
    assert {**enqueued, "pqid": job["pqid"]} == job
    assert json.loads(json.dumps(create_sync_job(1, "metadata", {})))


def test_handlers_of_the_door_work_on_the_folder_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("STASH_PLUGIN_DATA", str(tmp_path / "data"))
    assert Stash2Plex.get_plugin_data_dir() == str(tmp_path / "data")
    assert Stash2Plex.initialize() == str(tmp_path / "data")
    context = {"type": "Scene.Update.Post", "id": 7, "input": {"id": "7", "title": "x"}, "inputFields": ["id", "title"]}
    assert Stash2Plex.handle_hook(context) == {"output": "ok"}
    assert open_below(tmp_path) == set(), "a program of the user's own does not end with its first hook"
    assert Stash2Plex.handle_queue_status()["output"]["pending"] == 1
    assert "output" in Stash2Plex.handle_clear_queue()
    assert Stash2Plex.handle_queue_status()["output"]["pending"] == 0
    assert "output" in Stash2Plex.handle_clear_dlq()
    assert "output" in Stash2Plex.handle_purge_dlq("30")
    assert "output" in Stash2Plex.handle_task({"mode": "queue_status"}, None)
    Stash2Plex.shutdown()


_WITHOUT_LIBRARIES = """
import sys
sys.path.insert(0, sys.argv[1])
import Stash2Plex as door
door.initialize()
door.handle_hook({"type": "Scene.Update.Post", "input": {"id": 7, "title": "x"}})
assert door.handle_queue_status()["output"]["pending"] == 1
assert door.handle_purge_dlq("30") == door.handle_task({"mode": "purge_dlq", "days": "30"}) == door.handle_purge_dlq()
for days in ("abc", -1, 1.5, True, [30]):
    try:
        door.handle_purge_dlq(days)
    except ValueError as error:
        assert "days must be a whole number" in str(error), error
    else:
        raise AssertionError(days)
assert door.handle_clear_dlq()["output"]["cleared"] == 0
assert door.handle_clear_queue()["output"]["cleared"] == 1
door.shutdown()
assert not {"persistqueue", "plexapi", "stashapi", "requests", "yaml"} & set(sys.modules)
"""


def test_queue_functions_of_the_door_need_only_the_standard_library_when_no_server_is_known(tmp_path):
    run = subprocess.run(
        [sys.executable, "-S", "-c", _WITHOUT_LIBRARIES, str(ROOT)],
        env=machine.environ(STASH_PLUGIN_DATA=str(tmp_path / "data"), PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        check=False,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


def test_data_folder_is_beside_the_script_when_nothing_else_is_said(tmp_path):
    for room in ("entry", "sync_queue"):
        shutil.copytree(ROOT / room, tmp_path / room, copy_function=shutil.copyfile)
    shutil.copyfile(ROOT / "Stash2Plex.py", tmp_path / "Stash2Plex.py")
    code = "import Stash2Plex; print(Stash2Plex.get_plugin_data_dir())"
    run = subprocess.run(
        [sys.executable, "-S", "-c", code],
        cwd=tmp_path,
        env=machine.environ(),
        capture_output=True,
        check=True,
        text=True,
    )
    assert run.stdout.strip() == str(tmp_path / "data")
    assert machine.is_closed_to_others(tmp_path / "data")
