"""`python -m tests.fakes.stash`: the stand-in as a process.

Prints one JSON line with its addresses and lives until its stdin ends.
"""

import argparse
import json
import shlex
import sys

from tests.fakes.stash.server import CONFIG_DIR, PLUGIN_ID, FakeStash


def main() -> None:
    """Read the options, start, tell where it is, and wait."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.stash", description="A stand-in Stash on loopback.")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 for a free one")
    parser.add_argument("--scenes", type=int, default=0, help="number of invented scenes to start with")
    parser.add_argument(
        "--plugin-dir", default=f"{CONFIG_DIR}/plugins/{PLUGIN_ID}", help="folder of the plugin, with its manifest"
    )
    parser.add_argument("--plugin-command", default="", help="command that Stash would start for the plugin")
    options = parser.parse_args()
    command = shlex.split(options.plugin_command)
    with FakeStash(port=options.port, plugin_command=command, plugin_dir=options.plugin_dir) as stash:
        stash.populate(options.scenes)
        state = {**stash.state(), "cookie": stash.sessions.issue()}
        print(json.dumps(state), flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
