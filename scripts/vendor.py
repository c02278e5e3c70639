"""The libraries inside the package: the wheels that requirements.txt pins, cut down to Python files.

Wheels are asked for one platform, whatever machine this runs on, so that everybody builds the same package. What is
compiled in them (parts of PyYAML and charset-normalizer) is optional and is left out.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from scripts import sbom
from scripts.sbom import SBOM, library_of, normal, sbom_of
from scripts.shipped import REQUIREMENTS

FOLDER: Final = "vendor"
LICENSES: Final = "THIRD_PARTY_LICENSES.txt"
DATA_FILES: Final = frozenset({"certifi/cacert.pem"})
"""All that the libraries need beside Python files."""

_PLATFORM: Final = ("--platform", "manylinux2014_x86_64", "--implementation", "cp", "--python-version", "3.11")
_QUIETLY: Final = ("--quiet", "--disable-pip-version-check", "--root-user-action=ignore")
_PIP: Final = ("-m", "pip", "install", "--no-deps", "--no-compile", "--only-binary=:all:", *_PLATFORM, *_QUIETLY)
_LEFT_OUT: Final = ("_yaml/", "bin/", "urllib3/contrib/emscripten/")
"""A shim for the compiled half of PyYAML, command line tools, and what only runs inside a browser."""

_TESTS: Final = re.compile(r"(^|/)tests?/")
_LICENSE_NAMES: Final = ("LICEN", "COPYING", "NOTICE", "AUTHORS")
_PROVE: Final = (
    "import sys; sys.path.insert(0, sys.argv[1]); "
    "import certifi, persistqueue, plexapi.server, requests, stashapi.stashapp, yaml; certifi.contents(); "
    "assert not yaml.__with_libyaml__; "
    "assert all(path.startswith(sys.argv[1]) for path in (yaml.__file__, requests.__file__, stashapi.__file__))"
)


class VendorError(Exception):
    """The libraries could not be brought together; the message says what to do."""


def vendored_files(root: Path, build_dir: Path) -> dict[str, bytes]:
    """Name within the package to content, of the libraries, their licences and the list of them.

    Kept in `build_dir` for the next time, under a name made from requirements.txt and this module: only a change of one
    of them asks pip again.

    Raises:
        VendorError: pip failed, or refused a file by its checksum; a licence is missing; or the libraries do not run
            from the folder alone.
    """
    requirements = root / REQUIREMENTS
    sources = (requirements, Path(__file__), Path(sbom.__file__))
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    kept = build_dir / f"{FOLDER}-{digest}"
    if not kept.is_dir():
        build_dir.mkdir(parents=True, exist_ok=True)
        _build(requirements, kept)
    return {path.relative_to(kept).as_posix(): path.read_bytes() for path in kept.rglob("*") if path.is_file()}


def _build(requirements: Path, kept: Path) -> None:
    with tempfile.TemporaryDirectory(dir=kept.parent, prefix=".vendor-") as scratch:
        fetched, chosen = Path(scratch, "fetched"), Path(scratch, "chosen")
        wheels = _fetch(requirements, fetched)
        for name in _wanted(fetched):
            target = chosen / FOLDER / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fetched / name, target)
        texts = {path: path.read_text(encoding="utf-8") for path in fetched.glob("*.dist-info/METADATA")}
        for metadata, text in texts.items():
            _keep_headers(text, chosen / FOLDER / metadata.relative_to(fetched))
        (chosen / SBOM).write_text(sbom_of(library_of(text, wheels) for text in texts.values()), encoding="utf-8")
        (chosen / LICENSES).write_text("\n".join(_licenses(fetched)), encoding="utf-8")
        _prove(chosen / FOLDER)
        with suppress(OSError):  # somebody else was faster, with the same content
            chosen.rename(kept)


def _fetch(requirements: Path, into: Path) -> dict[str, str]:
    """Have pip fetch the wheels; the checksum of each by the library's name."""
    report = into.with_name("report.json")
    command = [
        sys.executable,
        *_PIP,
        "--target",
        str(into),
        "--requirement",
        str(requirements),
        "--report",
        str(report),
    ]
    environ = {**os.environ, "PIP_USER": "0", "PIP_NO_INPUT": "1"}  # a user's PIP_USER=1 contradicts --target
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise VendorError(
            f"pip could not fetch the libraries: {done.stderr.strip()}\nIt needs pip and the network or a cache of its own; with an "
            "environment made by `make install` try: make package PYTHON=.venv/bin/python"
        )
    installed = json.loads(report.read_text(encoding="utf-8"))["install"]
    return {
        normal(entry["metadata"]["name"]): entry["download_info"]["archive_info"]["hashes"]["sha256"]
        for entry in installed
    }


def _wanted(fetched: Path) -> Iterator[str]:
    for path in fetched.rglob("*"):
        name = path.relative_to(fetched).as_posix()
        is_left_out = name.startswith(_LEFT_OUT) or _TESTS.search(name)
        if path.is_file() and not is_left_out and (path.suffix == ".py" or name in DATA_FILES):
            yield name


def _keep_headers(metadata: str, target: Path) -> None:
    """What importlib.metadata reads; stashapi asks for its own version.

    The long description behind the headers is left out.
    """
    headers, _, _ = metadata.partition("\n\n")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f"{headers}\n", encoding="utf-8", newline="\n")


def _licenses(fetched: Path) -> Iterator[str]:
    yield "Stash2Plex comes with these libraries, each under its own licence.\n"
    for info in sorted(fetched.glob("*.dist-info"), key=lambda path: path.name.lower()):
        texts = sorted(path for path in info.rglob("*") if path.name.upper().startswith(_LICENSE_NAMES))
        texts = [path for path in texts if path.is_file()]
        if not texts:
            raise VendorError(f"{info.name} brings no licence; it cannot be shipped")
        yield f"{'=' * 80}\n{info.name.removesuffix('.dist-info').replace('-', ' ')}\n{'=' * 80}\n"
        yield from (path.read_text(encoding="utf-8", errors="replace") for path in texts)


def _prove(vendor: Path) -> None:
    """Import the libraries in an interpreter that sees nothing else."""
    command = [sys.executable, "-I", "-S", "-B", "-W", "error", "-c", _PROVE, str(vendor)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise VendorError(f"the libraries do not run on their own: {done.stderr.strip()}")
