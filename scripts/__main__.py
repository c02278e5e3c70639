"""`make package`, with a clear message for a Python that is too old.

This file imports nothing that an old Python cannot read.
"""

import sys

OLDEST_PYTHON = (3, 11)


def main() -> int:
    """Build the package where this Python can; the exit status."""
    if sys.version_info < OLDEST_PYTHON:
        found = f"{sys.executable} is {sys.version.split()[0]}"
        sys.stderr.write(f"Stash2Plex needs Python 3.11 or newer; {found}. Try: make package PYTHON=python3.12\n")
        return 1
    from scripts.package import main as build

    return build(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
