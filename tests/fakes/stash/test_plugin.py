"""The plugin's process, run as Stash runs it: a real interpreter with a small script in place of ours."""

import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from tests.fakes.stash import FakeStash, ResolverError
from tests.fakes.stash.prepared import WORKS, Prepared

SCRIPT = r"""
import json, os, subprocess, sys, time
document = json.load(sys.stdin)
args = document["args"]
mode = args.get("mode", "hook")
print("\x01i\x02saw " + mode, file=sys.stderr)
print("\x01p\x020.5", file=sys.stderr, flush=True)
print("bare line", file=sys.stderr)
if mode == "fail":
    print(json.dumps({"error": "it failed"}))
    sys.exit(1)
if mode == "text":
    print("not json")
elif mode == "crash":
    sys.exit(3)
elif mode == "sleep":
    time.sleep(60)
elif mode == "child":
    # The child keeps stderr, and does not keep stdout.
    child = subprocess.Popen([sys.executable, "-S", "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    print(json.dumps({"output": child.pid}), flush=True)
    os._exit(0)
else:
    answer = {"cwd": os.getcwd(), "path": os.environ["PYTHONPATH"], "extra": os.environ.get("EXTRA"), "args": args, "length": len(json.dumps(args))}
    print(json.dumps({"output": answer}))
"""
MANIFEST = """
name: Stash2Plex
hooks:
  - name: saves
    triggeredBy: [Scene.Update.Post, Tag.Update.Post]
tasks:
  - name: Purge
    defaultArgs: {mode: purge, days: 30}
  - name: Sleep
    defaultArgs: {mode: sleep}
"""


@pytest.fixture(params=["started", *["forked"] * WORKS])
def plugged(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[FakeStash]:
    directory = tmp_path / "plugins" / "Stash2Plex"
    directory.mkdir(parents=True)
    (directory / "Stash2Plex.yml").write_text(MANIFEST, encoding="utf-8")
    script = directory / "Stash2Plex.py"
    script.write_text(SCRIPT, encoding="utf-8")
    with FakeStash(
        plugin_command=[sys.executable, str(script)], plugin_dir=directory, plugin_env={"EXTRA": "told"}
    ) as stash:
        prepared = Prepared(str(script), ["json"]) if request.param == "forked" else None
        if prepared:
            stash.host.starter = prepared.start
        yield stash
        if prepared:
            prepared.close()


def test_hook_runs_the_process_with_the_document_and_a_fresh_cookie(plugged: FakeStash, tmp_path: Path) -> None:
    scene_id = plugged.add_scene("Sintel")
    plugged.save_scene(scene_id, title="Sintel & <friends>")
    plugged.save_scene(scene_id, title="Sintel")
    first, second = plugged.hook_runs
    assert first.run is not None
    assert first.run.output["args"] == first.document["args"]
    assert first.run.output["path"].endswith(str(tmp_path / "plugins"))
    assert first.run.output["extra"] == "told"
    assert not first.run.output["cwd"].startswith(str(tmp_path))
    assert first.document["server_connection"]["PluginDir"] == str(tmp_path / "plugins" / "Stash2Plex")
    cookies = {run.document["server_connection"]["SessionCookie"]["Value"] for run in (first, second)}
    assert len(cookies) == 2
    assert first.wall_ms > 0


def test_stderr_is_read_as_levels_and_progress(plugged: FakeStash) -> None:
    plugged.save_scene(plugged.add_scene("Sintel"))
    run = plugged.hook_runs[0].run
    assert run is not None
    assert run.log == [("info", "saw hook"), ("error", "bare line")]
    assert run.progress == [0.5]


def test_only_the_events_of_the_manifest_start_a_process(plugged: FakeStash) -> None:
    scene_id = plugged.add_scene("Sintel", tags=["Animation"], performers=["Ada Example"])
    plugged.rename_performer(1, "Ada Renamed")
    plugged.rename_tag(1, "Animated")
    plugged.destroy_scene(scene_id)
    assert [run.event for run in plugged.hook_runs] == ["Tag.Update.Post"]


def test_megabytes_reach_the_process(plugged: FakeStash) -> None:
    plugged.save_scene(plugged.add_scene("Sintel"), cover=bytes(3_000_000))
    run = plugged.hook_runs[0].run
    assert run is not None
    assert run.output["length"] > 4_000_000


def test_operation_gives_the_output_as_it_is_or_raises_the_error(plugged: FakeStash) -> None:
    assert plugged.run_operation({"mode": "x", "ids": [1]})["args"] == {"mode": "x", "ids": [1]}
    assert plugged.run_operation({"mode": "text"}) == "not json\n"
    with pytest.raises(ResolverError, match="it failed"):
        plugged.run_operation({"mode": "fail"})
    with pytest.raises(ResolverError, match="exit status 3"):
        plugged.run_operation({"mode": "crash"})


def test_task_brings_default_args_as_text_and_ends_with_progress(plugged: FakeStash) -> None:
    job_id = plugged.run_task("Purge")
    run = plugged.wait_for_task(job_id, timeout_s=10)
    assert run.output["args"] == {"mode": "purge", "days": "30"}
    answer = plugged.engine.execute(
        "query($i:FindJobInput!){findJob(input:$i){id status progress description}}", {"i": {"id": job_id}}
    )
    assert answer.body["data"]["findJob"] == {
        "id": "1",
        "status": "FINISHED",
        "progress": 0.5,
        "description": "Running plugin task: Purge",
    }


def test_stopped_task_is_killed(plugged: FakeStash) -> None:
    job_id = plugged.run_task("Sleep")
    job = plugged.jobs.find(job_id)
    assert job is not None
    assert job.progressed.wait(10)
    plugged.engine.execute("mutation($i:ID!){stopJob(job_id:$i)}", {"i": job_id})
    assert plugged.wait_for_task(job_id, timeout_s=10).exit_status == -9
    assert job.status == "CANCELLED"


def test_unknown_task_is_refused(plugged: FakeStash) -> None:
    with pytest.raises(ResolverError, match="no task with name Nothing"):
        plugged.run_task("Nothing")


def test_child_that_keeps_stderr_does_not_hold_the_user_up(plugged: FakeStash) -> None:
    started = perf_counter()
    assert plugged.run_operation({"mode": "child"}) > 0
    assert perf_counter() - started < 5
