"""`index.yml`: what Stash reads from a plugin source. One package, its zip beside the index.

Source: the manual's page on plugins, stash pkg/pkg/pkg.go (fields, the form of dates), CommunityScripts build_site.sh
(versions).
"""

import json
import os
import re
import subprocess
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from scripts.shipped import MANIFEST, SOURCES

PACKAGE_ID: Final = Path(MANIFEST).stem
"""Stash names a plugin after its manifest, and the package's folder after its id."""

_DATE: Final = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, slots=True)
class Revision:
    """What the sources are: the last `commit` that changed one of them, and when that was (epoch seconds).

    `commit` is "" for a release, and where git does not say.
    """

    commit: str
    at: float

    def version(self, released: str) -> str:
        """`released` with the commit: "1.0.0-7bef549"."""
        return f"{released}-{self.commit}" if self.commit else released


def revision_of(root: Path, released: str, now: float) -> Revision:
    """The revision of what ships; that of a release where git stands on the tag of the version `released`.

    With changes that are not committed it is "7bef549-modified", of `now`, so that Stash offers it as an update.
    Without git: SOURCE_DATE_EPOCH, else `now`.
    """
    last_commit = _git(root, "log", "-1", "--abbrev=7", "--format=%h %ct", "--", *SOURCES)
    if not last_commit:
        return Revision("", float(os.environ.get("SOURCE_DATE_EPOCH") or now))
    commit, _, at = last_commit.partition(" ")
    if _git(root, "status", "--porcelain", "--", *SOURCES):
        return Revision(f"{commit}-modified", now)
    is_release = tag_of(released) in _git(root, "tag", "--points-at", "HEAD").splitlines()
    return Revision("" if is_release else commit, float(at))


def tag_of(version: str) -> str:
    """The tag of a released version."""
    return f"v{version}"


def index_of(manifest: str, archive: bytes, revision: Revision, path: str) -> str:
    """The text of index.yml for `archive`, which lies at `path` (relative to the index)."""
    date = time.strftime(_DATE, time.gmtime(revision.at))
    return "\n".join(
        (
            f"- id: {PACKAGE_ID}",
            f"  name: {json.dumps(told_by(manifest, 'name'))}",
            "  metadata:",
            f"    description: {json.dumps(told_by(manifest, 'description'))}",
            f"  version: {revision.version(told_by(manifest, 'version'))}",
            f"  date: {date}",
            f"  path: {path}",
            f"  sha256: {sha256(archive).hexdigest()}",
            "",
        )
    )


def told_by(manifest: str, key: str) -> str:
    """The text of a top-level key of the manifest, which stands on one line.

    Raises:
        ValueError: it does not.
    """
    found = re.search(rf"(?m)^{key}:[ \t]+(?P<quote>[\"']?)(?P<text>\S.*?)(?P=quote)[ \t]*$", manifest)
    if found is None:
        raise ValueError(f"{MANIFEST} has no line `{key}: …`")
    return found["text"]


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, text=True, check=False)  # noqa: S607 - the git of the one who builds
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
