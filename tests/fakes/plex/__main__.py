"""`python -m tests.fakes.plex --items 1000 --latency-ms 5`: the stand-in until it is interrupted.

Prints one JSON line with url and token.
"""

import argparse
import json
import signal
import sys

from tests.fakes.plex.options import Options
from tests.fakes.plex.server import FakePlex


def main() -> None:
    """Start, say where, serve until the end."""
    arguments = _arguments()
    ends = {signal.SIGINT, signal.SIGTERM}
    if not arguments.until_stdin_closes:
        # Before the server's thread exists: it inherits the mask, so that the signal comes to us.
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
    options = Options(
        token=arguments.token,
        latency_ms=arguments.latency_ms,
        serial_writes=arguments.serial_writes,
        tag_lists=arguments.tag_lists,
    )
    with FakePlex(options, port=arguments.port) as plex:
        section = plex.state.add_section("Movies", locations=[arguments.path.split("{")[0].rstrip("/") or "/media"])
        keys = plex.state.populate(arguments.items, section.key, arguments.path)
        facts = {
            "url": plex.url,
            "token": plex.token,
            "control_url": plex.control_url,
            "machine_identifier": options.machine_identifier,
            "section_key": section.key,
            "rating_keys": [keys.start, keys.stop],
        }
        print(json.dumps(facts), flush=True)
        if arguments.until_stdin_closes:
            sys.stdin.buffer.read()
        else:
            signal.sigwait(ends)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.fakes.plex", description="A stand-in Plex server on loopback."
    )
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--items", type=int, default=0, help="how many films are in the section Movies")
    parser.add_argument("--path", default="/media/movies/{n:06d}/Movie {n:06d}.mkv", help="the path of film n")
    parser.add_argument("--token", default=Options().token)
    parser.add_argument("--latency-ms", type=float, default=0.0, help="added to every answer")
    parser.add_argument("--serial-writes", action="store_true", help="writes take turns, as on one SQLite database")
    parser.add_argument(
        "--tag-lists", choices=("replace", "add"), default="replace", help="what an indexed list of tags means"
    )
    parser.add_argument("--until-stdin-closes", action="store_true", help="end with the process that started it")
    return parser.parse_args()


if __name__ == "__main__":
    main()
