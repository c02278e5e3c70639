"""`make package`: dist/Stash2Plex.zip for Stash's plugins folder, and dist/index.yml for a plugin source."""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.archive import zipped
from scripts.index import PACKAGE_ID, index_of, revision_of, told_by
from scripts.shipped import MANIFEST, shipped_files
from scripts.vendor import VendorError, vendored_files

ROOT: Final = Path(__file__).resolve().parent.parent
ARCHIVE: Final = f"{PACKAGE_ID}.zip"
INDEX: Final = "index.yml"


@dataclass(frozen=True, slots=True)
class Package:
    """What was built: where, which version, and the content by name."""

    archive: Path
    index: Path
    version: str
    files: dict[str, bytes]


def build(out: Path, *, root: Path = ROOT, build_dir: Path | None = None) -> Package:
    """Build the package of the sources in `root` into the folder `out`.

    Raises:
        VendorError: the libraries could not be brought together.
        OSError, ValueError: a file is missing, or the manifest lacks what the index needs.
    """
    files = {**shipped_files(root), **vendored_files(root, build_dir or root / "build")}
    content = zipped(files)
    manifest = files[MANIFEST].decode()
    released = told_by(manifest, "version")
    revision = revision_of(root, released, time.time())
    out.mkdir(parents=True, exist_ok=True)
    package = Package(out / ARCHIVE, out / INDEX, revision.version(released), files)
    package.archive.write_bytes(content)
    package.index.write_text(index_of(manifest, content, revision, ARCHIVE), encoding="utf-8", newline="\n")
    return package


def main(arguments: list[str]) -> int:
    """Build, and say what came of it."""
    parser = argparse.ArgumentParser(prog="make package", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "dist", help="folder for the zip and the index")
    out = parser.parse_args(arguments).out
    try:
        package = build(out)
    except (VendorError, OSError, ValueError) as error:
        print(f"No package was built: {error}", file=sys.stderr)
        return 1
    kinds = Counter("libraries" if name.startswith("vendor/") else "plugin" for name in package.files)
    size_kb = package.archive.stat().st_size / 1000
    print(
        f"{package.archive}: version {package.version}, {size_kb:,.0f} KB, {kinds['plugin']} files of the plugin and {kinds['libraries']} of its libraries"
    )
    print(f"{package.index}: the plugin source, {package.index.absolute().as_uri()}")
    return 0
