"""`make servers`: starts both servers, runs the flows, then `make contract` against the same servers.

Without options both are containers. What is tried here needs docker, and nothing else: no account, no secret.
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from scripts.package import build
from tests.house import ROOT
from tests.servers import real_plex, real_stash
from tests.servers.flows import Flows
from tests.servers.places import Places


def main(arguments: list[str]) -> int:
    """The status of the contract, which is run last."""
    options = _options(arguments)
    places = Places(ROOT / "build" / "servers")
    places.lay()
    with ExitStack() as opened:
        print("starting Stash and Plex ...", flush=True)
        stash = (
            real_stash.from_program(places, options.stash_program)
            if options.stash_program
            else real_stash.in_container(places, options.stash)
        )
        opened.callback(stash.stop)
        plex = real_plex.stand_in(places) if options.stand_in_plex else real_plex.in_container(places, options.plex)
        opened.callback(plex.stop)
        version = stash.wire.ask("{ version { version } }")["version"]["version"]
        installed = stash.install(build(ROOT / "dist").archive.parent)
        print(f"Stash {version}, Stash2Plex {installed}, Plex {plex.ask('/identity').get('version')}", flush=True)
        Flows.on(stash, plex, places).run()
        named = {**os.environ, **stash.environment, **plex.environment}
        return subprocess.run(
            [sys.executable, "-m", "pytest", "tests/contract", "--tb=line"], cwd=ROOT, env=named, check=False
        ).returncode


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.servers", description=__doc__)
    parser.add_argument("--stash", default="latest", help="tag of the image stashapp/stash")
    parser.add_argument("--plex", default="latest", help="tag of the image plexinc/pms-docker")
    parser.add_argument("--stash-program", type=Path, help="a Stash that is built here, instead of the container")
    parser.add_argument("--stand-in-plex", action="store_true", help="the stand-in, instead of the container")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
