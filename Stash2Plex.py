"""Stash2Plex: brings what Stash knows about a scene to Plex. Stash runs this; everything behind it lives in `entry`.

It is compiled anew for every save, so it stays small. Python 3.6 can read it: an older Python gets one clear sentence.
"""

import sys

if getattr(sys.flags, "safe_path", False):
    import os

    # -P or PYTHONSAFEPATH: Python leaves out the folder of its script, and everything of ours is in it.
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))


def main() -> int:
    """Read one document from stdin, print one answer to stdout; the exit status (0, or 1 with `{"error": …}`).

    With arguments it is a command line, see entry.command.
    """
    if sys.version_info < (3, 11):  # noqa: UP036 - Stash starts whatever Python it finds
        from entry.fallback import refuse

        return refuse(sys.stdin, sys.stdout)
    if sys.argv[1:2] == ["--worker"]:
        from time import time

        began_at = time()  # an update that comes from now on must not be mixed with what is imported
        from worker.process.process import main as run_worker

        return run_worker(sys.argv[2], __file__, began_at)
    if len(sys.argv) > 1:
        from entry.command import main as run_command

        return run_command()
    from entry.document import serve

    return serve(sys.stdin, sys.stdout)


def __getattr__(name: str) -> object:
    """Return any other name that programs and tests rely on, such as `handle_hook`; no save pays for them."""
    from entry import names

    return getattr(names, name)


if __name__ == "__main__":
    # Containers often forbid Python to keep what it compiles: each save would compile fifteen modules anew, and each
    # worker three hundred.
    sys.dont_write_bytecode = False
    from entry.document import leave

    leave(main())
