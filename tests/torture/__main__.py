"""`python -m tests.torture [--seed N] [-k NAME] [--write]`: the long form; prints the figures at its end."""

import argparse
import os
import subprocess
import sys
import time

from tests.torture.figures import FILE, quote, table
from tests.torture.scale import DEFAULT_SEED, LENGTH, SEED


def main() -> int:
    """Run, then print; pytest's exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture", description="Break everything, for minutes.")
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("-k", dest="only", default="", help="only tests whose name fits, as pytest's -k")
    parser.add_argument(
        "--write", action="store_true", help="if nothing fails, put the figures into docs/reliability.md"
    )
    arguments = parser.parse_args()
    FILE.unlink(missing_ok=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "tests/torture", "--durations=15"]
    command += ["-k", arguments.only] if arguments.only else []
    status = subprocess.run(
        command, env={**os.environ, LENGTH: "long", SEED: str(arguments.seed)}, check=False
    ).returncode
    lines = [f"seed {arguments.seed}, {time.monotonic() - started:.0f} s, {'all passed' if status == 0 else 'FAILED'}"]
    if FILE.exists():
        with FILE.open(encoding="utf-8") as file:
            lines += table(iter(file))
    print("", *lines, sep="\n")
    if arguments.write and status == 0:
        quote(lines)
    return status


if __name__ == "__main__":
    sys.exit(main())
