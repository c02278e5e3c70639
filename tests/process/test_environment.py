"""What a container does to a hook: plugin folders in PYTHONPATH, no .pyc files, other ways to start Python."""

import json
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests import machine
from tests.hook_path import HOOK_PATH
from tests.house import PATIENCE_S, House, install

ON_WINDOWS = ("worker/signpost.py",) if machine.IS_WINDOWS else ()
"""What a hook imports besides: its pipe is found by the signpost."""

TRACE = """
import os, sys
script, folder = sys.argv[1], os.path.dirname(sys.argv[1])
sys.argv, sys.path[:0] = [script], [folder]
os._exit = lambda status: None
before = set(sys.modules)
exec(compile(open(script).read(), script, "exec"), {"__name__": "__main__", "__file__": script})
for name in set(sys.modules) - before:
    file = getattr(sys.modules[name], "__file__", None) or ""
    print(os.path.relpath(file, folder).replace(os.sep, "/") if file.startswith(folder + os.sep) else name, file=sys.stderr)
"""


@pytest.mark.needs("links")
def test_save_arrives_when_other_plugins_have_packages_by_our_names(build, tmp_path):
    """Stash puts the folder of all plugins into PYTHONPATH, and some plugins put their own there too."""
    for name in (
        "hooks",
        "worker",
        "stash",
        "plex",
        "logs",
        "settings",
        "stashapi",
        "plexapi",
        "yaml",
        "entry",
    ):
        clash = tmp_path / "clash" / name
        clash.mkdir(parents=True)
        (clash / "__init__.py").write_text("raise RuntimeError('the wrong package')\n", encoding="utf-8")
    plugin_dir = install(tmp_path / "plugins" / "Stash2Plex")
    (plugin_dir / "vendor").symlink_to(sysconfig.get_path("purelib"))  # as the plugin's zip brings them
    house = build(plugin_dir=plugin_dir, environ={"PYTHONPATH": str(tmp_path / "clash")})
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert house.stderr() == ""


def test_processes_keep_what_they_compile_when_python_may_not(build, tmp_path):
    house = build(plugin_dir=install(tmp_path / "plugins" / "Stash2Plex"), environ={"PYTHONDONTWRITEBYTECODE": "1"})
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    tag = f"{sys.implementation.cache_tag}.pyc"
    compiled = {
        (file.relative_to(house.plugin_dir).parent.parent / file.name.replace(tag, "py")).as_posix()
        for file in house.plugin_dir.rglob(f"*.{tag}")
    }
    assert compiled >= {
        *HOOK_PATH,
        "worker/process/hosting.py",
        "plex/client.py",
    }  # for the next hook, and for the next worker


def test_hook_path_is_what_a_hook_really_imports(build, installed):
    """Also what a hook does not import: every module costs the user's save up to a millisecond."""
    house = build()
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")  # the next hook is the common one: queue and worker are there
    house.wait(house.has_title(bunny))
    ours, others = _imports_of_a_hook(house, installed)
    assert ours == {*HOOK_PATH, *ON_WINDOWS}
    heavy = {"json", "re", "sqlite3", "subprocess", "typing", "logging", "dataclasses", "pathlib", "datetime", "urllib"}
    assert others & heavy == set()
    assert len(others) < 10, others


def _imports_of_a_hook(house: House, plugin_dir: Path) -> tuple[set[str], set[str]]:
    document = house.stash.hook_runs[-1].document
    run = subprocess.run(
        [sys.executable, "-S", "-I", "-c", TRACE, str(plugin_dir / "Stash2Plex.py")],
        input=json.dumps(document),
        env=machine.environ(STASH_PLUGIN_DATA=str(house.data_dir)),
        capture_output=True,
        check=True,
        text=True,
    )
    lines = {
        line for line in run.stderr.splitlines() if line.isprintable()
    }  # Stash's own lines begin with a control character
    ours = {line for line in lines if line.endswith(".py")}
    return ours, lines - ours


@pytest.mark.parametrize(
    ("options", "environ"),
    [
        ([], {}),
        (["-S"], {}),
        (["-S", "-P"], {}),
        (["-I"], {}),
        (["-S"], {"PYTHONSAFEPATH": "1"}),
        ([], {"PYTHONSAFEPATH": "1", "PYTHONDONTWRITEBYTECODE": "1"}),
    ],
)
def test_save_and_task_work_however_python_is_started(build, options, environ):
    house = build(python=(sys.executable, *options), environ=environ)
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert house.stderr() == ""
    run = house.stash.wait_for_task(house.stash.run_task("Test Connection"), timeout_s=PATIENCE_S)
    assert run.error is None
    assert "Everything works" in str(run.output)
