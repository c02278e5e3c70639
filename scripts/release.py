"""What is said of a release: its section of CHANGELOG.md.

`python -m scripts.release v1.2.0` prints it; a tag that is not this version's is refused.
"""

import re
import sys
from pathlib import Path

from scripts.index import tag_of, told_by
from scripts.package import ROOT
from scripts.shipped import MANIFEST


class ReleaseError(Exception):
    """The tag and the sources do not fit; the message says what to do."""


def notes_of(root: Path, tag: str) -> str:
    """The section of the version that `tag` names, without its heading.

    Raises:
        ReleaseError: the manifest has another version, or CHANGELOG.md has no such section.
    """
    version = told_by((root / MANIFEST).read_text(encoding="utf-8"), "version")
    if tag != tag_of(version):
        raise ReleaseError(
            f"the tag {tag} is not that of version {version}: tag {tag_of(version)}, or change the version first"
        )
    changes = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"(?ms)^## {re.escape(version)}\n(.+?)(?=^## |\Z)", changes)
    if found is None:
        raise ReleaseError(f"CHANGELOG.md has no section {version}")
    return found[1].strip() + "\n"


def main(arguments: list[str]) -> int:
    """Print the notes of the tag; the exit status."""
    try:
        (tag,) = arguments
        sys.stdout.write(notes_of(ROOT, tag))
    except ValueError:
        print("Name one tag: python -m scripts.release v1.2.0", file=sys.stderr)
        return 2
    except ReleaseError as error:
        print(f"No release: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
