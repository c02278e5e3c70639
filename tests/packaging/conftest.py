"""The package, built once, and installed the way Stash does it."""

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.package import Package, build


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """What `make package` builds.

    The libraries are kept in build/, so that only a change of requirements.txt asks pip anew.
    """
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An interpreter that has the standard library and nothing else."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    return str(folder / "bin" / "python")


@pytest.fixture
def install(package: Package) -> Callable[[Path], Path]:
    """Unpacks the zip as Stash does: file by file, with the rights that stand in it."""

    def unpack(plugin_dir: Path) -> Path:
        with zipfile.ZipFile(io.BytesIO(package.archive.read_bytes())) as archive:
            for entry in archive.infolist():
                target = plugin_dir / entry.filename
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(archive.read(entry))
                target.chmod(entry.external_attr >> 16 & 0o777)
        return plugin_dir

    return unpack
