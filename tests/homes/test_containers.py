"""What a container may be for a plugin, each in namespaces of its own; see tests.homes.inside."""

import subprocess
import sys
import tempfile

import pytest

from tests.homes.inside import CASES
from tests.house import PATIENCE_S, ROOT
from tests.machine import unshare


@pytest.mark.needs("namespaces")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.needs("root") if name == "somebody" else ()) for name in CASES]
)
def test_saves_arrive_in_a_container(name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="stash2plex-", dir="/var/tmp") as folder:
        run = subprocess.run(
            [*unshare(), sys.executable, "-m", "tests.homes.inside", name, folder],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=2 * PATIENCE_S,
        )
    assert run.returncode == 0, run.stderr
