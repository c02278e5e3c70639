"""The plugin from a command line, for cron and where Stash is far: the same tasks, answered in plain lines.

Each command becomes the document that Stash would send, so it is done and fails in the very same way.
"""

import argparse
import contextlib
import errno
import io
import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO
from urllib.parse import urlsplit

from entry.document import serve
from entry.folder import chosen_folder, queue_dir
from sync_queue.owner import named_user
from sync_queue.schema import FILE

URL_VARIABLE: Final = "STASH_URL"
KEY_VARIABLE: Final = "STASH_API_KEY"
DEFAULT_URL: Final = "http://localhost:9999"

DONE: Final = 0
FAILED: Final = 1
NEEDS_YOU: Final = 3
INTERRUPTED: Final = 130
"""Exit statuses; 2 is a command line that cannot be read, as of argparse."""

_PORTS: Final = {"http": 80, "https": 443}
_EPILOG: Final = f"""environment:
  {URL_VARIABLE}          address of Stash, with its port (default: {DEFAULT_URL})
  {KEY_VARIABLE}      its API key, where a login is set (Settings > Security in Stash)
  STASH_PLUGIN_DATA  the data folder (default: `data` beside this script); take the one that the plugin in Stash uses
  Settings are those that Stash holds for the plugin, and those of config.yaml in the data folder.

exit status:
  {DONE} done; {FAILED} not done, the last line says why; 2 the command line cannot be read;
  {NEEDS_YOU} done, but something needs you: sending is paused, something was given up or could not be given back,
    a check failed."""


class CommandError(ValueError):
    """The environment, or who runs this, cannot be used; the message says what is wrong and what is expected."""


@dataclass(frozen=True, slots=True)
class Command:
    """What was asked for: the arguments of a task, and how to answer."""

    args: Mapping[str, Any]
    is_json: bool

    @property
    def is_status(self) -> bool:
        """Whether only a look was asked for, which needs no Stash."""
        return bool(self.args["mode"] == "queue_status")


def run(argv: Sequence[str], environ: Mapping[str, str], stdout: TextIO, stderr: TextIO) -> int:
    """Do what the command line `argv` asks for, and return the exit status.

    Raises:
        SystemExit: the command line cannot be read, or asks for help.
    """
    command = read(argv)
    lines = PlainLines(stderr if command.is_json else stdout, is_quiet=command.is_status)
    try:
        refuse_root(chosen_folder())
        connection = connection_of(environ)
    except CommandError as error:
        stderr.write(f"error: {error}\n")
        return FAILED
    answer = _answer(command, connection, lines)
    if command.is_json:
        stdout.write(json.dumps(answer) + "\n")
    elif "error" in answer and lines.is_quiet:
        stderr.write(f"error: {answer['error']}\n")
    elif command.is_status:
        _show_status(answer["output"], stdout)
    if "error" in answer:
        return FAILED
    return NEEDS_YOU if needs_a_person(answer["output"]) else DONE


def read(argv: Sequence[str]) -> Command:
    """Return the command; raise SystemExit for help, or for one that cannot be read."""
    chosen = vars(_parser().parse_args(argv))
    is_json = chosen.pop("json")
    is_all = chosen.pop("all", False)
    args = {name: value for name, value in chosen.items() if value is not None}
    if args["mode"] == "restore" and is_all is ("scene_id" in args):
        _parser().error("restore needs --scene ID, or --all for everything that was ever synced")
    if "hours" in args:
        args["mode"] = "recent"
    return Command(args, is_json)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="Stash2Plex.py",
        description="Brings what Stash knows about a scene to Plex. Stash runs this script by itself; these commands "
        "are for cron, and for a Stash on another machine.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    sync = _command(commands, "sync", "all", "compare every scene with Plex, and send what differs")
    hours = "only scenes updated in the last HOURS (24)"
    sync.add_argument("--recent", dest="hours", type=int, nargs="?", const=24, metavar="HOURS", help=hours)
    _command(commands, "status", "queue_status", "say what waits, what failed, and why; asks neither Stash nor Plex")
    preview = _command(commands, "preview", "preview", "show what would change; writes nothing to Plex")
    again = "this scene only; may be given more than once"
    preview.add_argument("--scene", dest="scene_ids", type=int, action="append", metavar="ID", help=again)
    preview.add_argument("--limit", type=int, metavar="N", help="stop after N scenes")
    restore = _command(commands, "restore", "restore", "give back what Plex showed before the first sync")
    restore.add_argument("--scene", dest="scene_id", type=int, metavar="ID", help="of this scene")
    restore.add_argument("--all", action="store_true", help="of everything that was ever synced")
    _command(commands, "test", "test_connection", "check address, token, libraries and every folder")
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, mode: str, text: str
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(mode=mode)
    parser.add_argument("--json", action="store_true", help="print the answer as one JSON object; lines go to stderr")
    return parser


def connection_of(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return Stash's server_connection from the environment.

    Raises:
        CommandError: an address or a key that cannot be used; neither stands in the message.
    """
    url = environ.get(URL_VARIABLE, "").strip() or DEFAULT_URL
    try:
        parts = urlsplit(url)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        scheme, host, port = "", None, None
    if scheme not in _PORTS or not host or "@" in parts.netloc or parts.path.strip("/") or parts.query:
        raise CommandError(
            f"{URL_VARIABLE} must be the address of Stash alone, such as http://192.168.1.20:9999: http or https, a "
            "host and a port, without a path, a name or a password"
        )
    key = environ.get(KEY_VARIABLE, "").strip()
    if not key.isascii() or not (key or "x").isprintable():
        raise CommandError(f"{KEY_VARIABLE} must be printable ASCII; copy it again from Stash's Settings > Security")
    return {"Scheme": scheme, "Host": host, "Port": port or _PORTS[scheme], **({"ApiKey": key} if key else {})}


def refuse_root(data_dir: str) -> None:
    """Raise CommandError for root in a data folder that another user's Stash works with.

    What root makes there that Stash could not use: the next save would be refused. Where Stash runs as root, as in many
    a container, the queue is root's, whoever has the folder.
    """
    if os.name == "nt" or os.geteuid() != 0:
        return
    owners = [
        os.stat(path).st_uid for path in (os.path.join(queue_dir(data_dir), FILE), data_dir) if os.path.exists(path)
    ]
    if owners and owners[0] != 0:
        raise CommandError(
            f"{data_dir} is worked on by user {named_user(owners[0])}, who could not use what root makes there; run "
            f"this as that user (sudo -u '#{owners[0]}' …, docker exec -u {owners[0]} …)"
        )


def needs_a_person(output: object) -> bool:
    """Return whether what a task answers is more than that it has done its work."""
    if not isinstance(output, dict):
        return False
    is_wrong = output.get("ok") is False
    paused_or_given_up = (
        output.get(name) for name in ("paused", "pause", "dead", "dead_letters", "refused", "problems")
    )
    return is_wrong or any(paused_or_given_up)


def _answer(command: Command, connection: Mapping[str, Any], lines: "PlainLines") -> dict[str, Any]:
    document = json.dumps({"server_connection": connection, "args": dict(command.args)})
    with io.StringIO() as answer, contextlib.redirect_stderr(lines):
        serve(io.StringIO(document), answer)
        lines.end()
        answered: dict[str, Any] = json.loads(answer.getvalue())
    return answered


def _show_status(status: Mapping[str, Any], stdout: TextIO) -> None:
    from tasks.status import lines

    shown = [*lines(status, time.time()), *(f"  {line}" for line in status["log"]), *status["problems"]]
    stdout.write("".join(f"{line}\n" for line in shown))


class PlainLines(io.TextIOBase):
    """Takes what `logs.stash` writes, and passes it on for people: no marks, and a percentage on a terminal only."""

    def __init__(self, stream: TextIO, *, is_quiet: bool = False) -> None:
        super().__init__()
        self._stream = stream
        self._is_terminal = stream.isatty()
        self._has_bar = False
        self.is_quiet = is_quiet

    def write(self, text: str) -> int:
        """Pass whole lines on; debug lines are left out."""
        for line in text.splitlines():
            level, _, message = line.removeprefix("\x01").partition("\x02")
            if level == "p":
                self._show(float(message))
            elif level != "d" and not self.is_quiet:
                self.end()
                self._stream.write({"w": "warning: ", "e": "error: "}.get(level, "") + (message or line) + "\n")
        self._stream.flush()
        return len(text)

    def end(self) -> None:
        """Take the percentage away."""
        if self._has_bar:
            self._stream.write("\r      \r")
            self._has_bar = False

    def _show(self, done: float) -> None:
        if self._is_terminal and not self.is_quiet:
            self._has_bar = True
            self._stream.write(f"\r{done:4.0%} ")


def main() -> int:
    """Run the command line of this process; 130 for an interrupt, as of a shell. The worker goes on in any case."""
    for stream in (sys.stdout, sys.stderr):
        _have_every_sign_written(stream)
    try:
        status = run(sys.argv[1:], os.environ, sys.stdout, sys.stderr)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if not _is_reader_gone(error):
            raise
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - the process ends
        return FAILED
    return status


def _have_every_sign_written(stream: TextIO) -> None:
    """Have no title of a scene be an error: a file or a pipe of Windows takes the signs of its country only."""
    if isinstance(stream, io.TextIOWrapper):
        encoding = "utf-8" if os.name == "nt" and not stream.isatty() else stream.encoding
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def _is_reader_gone(error: OSError) -> bool:
    """Return whether whoever read has seen enough. Source: CPython's issue 79935, for Windows' way to say so."""
    return isinstance(error, BrokenPipeError) or (os.name == "nt" and error.errno == errno.EINVAL)
