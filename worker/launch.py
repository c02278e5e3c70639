"""Wake the worker of a data folder or start one, with the way to Stash. On the hook's path: standard library only.

The worker reads a named pipe for as long as it takes work: one small write wakes it and hands it one line, the hook's
fresh connection. The line stays in the kernel: the cookie never reaches a disk, argv or an environment. A reader of the
pipe proves nothing, since anything that reads files may be one; a held worker lock does. Where the data folder cannot
hold the pipe, as on Windows, a file says where it is (`worker.signpost`).

Otherwise a worker is started with the line on its stdin. Where one lives already, the new one hands the line on, see
`worker.process.handover`. Python 3.6 must be able to read this module, see `entry.fallback`.
"""

import os
import sys

from sync_queue.held import OTHERS, WAIT_FOR_NOBODY, is_held, is_trusted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Document = dict[str, Any]

FIFO_NAME = "worker.fifo"
STDERR_NAME = "worker.stderr"
PLACE_NAME = "stash.place"
"""The file that holds the port of the Stash that the data folder belongs to."""

WITHHELD = ("PLEX_TOKEN", "STASH_API_KEY")  # reach the worker in its line, never in its environment
STOP = b'{"Command":"stop"}\n'
"""Asks the worker to finish its batch and leave."""

_FITS_BYTES = 4096
"""What any pipe takes although nobody reads yet; a line is a few hundred. A save must not wait for a reader."""

_FIFO_BITS, _TYPE_BITS = 0o010000, 0o170000


def ensure_worker(data_dir: str, script: str, message: bytes) -> bool:
    """Wake the worker of `data_dir` with `message`, or start one by `script`; return whether one was started.

    `message` is a line of `message_of`. Call this after the job was committed: a worker that is about to leave closes
    its pipe first and then looks for jobs once more.

    Raises:
        OSError: no process could be started.
    """
    if wake(data_dir, message):
        return False
    start_worker(data_dir, script, message)
    return True


def wake(data_dir: str, message: bytes) -> bool:
    """Hand `message` to the living worker of `data_dir`; return False where none could be reached."""
    if os.name == "nt":
        from worker.signpost import write_to_named_pipe

        return write_to_named_pipe(data_dir, message)
    if not write_to_fifo(os.path.join(data_dir, FIFO_NAME), data_dir, message):
        from worker.signpost import named

        elsewhere = named(data_dir)
        if not elsewhere or not write_to_fifo(elsewhere, data_dir, message):
            return False
    return is_held(data_dir)


def write_to_fifo(fifo: str, data_dir: str, message: bytes) -> bool:
    """Hand `message` to the reader of `fifo`; return False without one, or where it is no pipe of the worker."""
    try:
        pipe = os.open(fifo, os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        if not is_private_pipe(pipe, data_dir):
            return False
        os.write(pipe, message)
    except BlockingIOError:
        return True  # full: it has more than enough to wake up for
    except OSError:
        return False  # it left between the two calls
    finally:
        os.close(pipe)
    return True


def is_private_pipe(descriptor: int, data_dir: str) -> bool:
    """Return whether a cookie may go into an open FIFO: a file would keep it, a pipe of others leak it."""
    found = os.fstat(descriptor)
    return found.st_mode & (_TYPE_BITS | OTHERS) == _FIFO_BITS and is_trusted(found, data_dir)


def start_worker(data_dir: str, script: str, message: bytes) -> None:
    """Start a worker that outlives this process, with `message` on its stdin.

    Raises:
        OSError: no process could be started.
    """
    reading, writing = os.pipe()
    try:
        os.write(writing, message if len(message) <= _FITS_BYTES else b"\n")
        _spawn(data_dir, script, reading)
    finally:
        os.close(reading)
        os.close(writing)


def _spawn(data_dir: str, script: str, stdin: int) -> None:
    """Start the worker in a session of its own, with nothing of ours but `stdin`: Stash waits for our stdout."""
    argv = worker_command(script, data_dir)
    environ = child_environment(os.environ)
    stderr = os.path.join(data_dir, STDERR_NAME)
    try:
        actions = [
            (os.POSIX_SPAWN_DUP2, stdin, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND | WAIT_FOR_NOBODY, 0o600),
        ]
        os.posix_spawn(argv[0], argv, environ, file_actions=actions, setsid=True)
    except (NotImplementedError, AttributeError):  # no such call, or none that knows of sessions
        from worker.spawning import spawn

        spawn(argv, environ, stdin, stderr)


def worker_command(script: str, data_dir: str) -> "list[str]":
    """Return the worker's argv. `-S`: it takes its lock before it pays for site."""
    return [sys.executable or "python3", "-S", script, "--worker", data_dir]


def child_environment(environ: "Mapping[str, str]") -> "dict[str, str]":
    """Return `environ` without what must not stand in a child's."""
    return {name: value for name, value in environ.items() if name not in WITHHELD}


# -- the line ----------------------------------------------------------------------------------------------------------


def message_of(document: "Document", environ: "Mapping[str, str]", *, settings_changed: bool = False) -> bytes:
    """Return the line of JSON with address and cookie of `server_connection`, and the token if PLEX_TOKEN is set.

    Without a connection it is a bare line end. With `settings_changed` the worker reads the settings anew before its
    next batch. Written without json where possible: a hook only copies.
    """
    connection = document.get("server_connection")
    if not isinstance(connection, dict):
        return b"\n"
    cookie = connection.get("SessionCookie")
    cookie = cookie if isinstance(cookie, dict) else {}
    parts = [
        ("Scheme", connection.get("Scheme")),
        ("Host", connection.get("Host")),
        ("Port", connection.get("Port")),
        ("CookieName", cookie.get("Name")),
        ("CookieValue", cookie.get("Value")),
        ("PlexToken", environ.get("PLEX_TOKEN")),
    ]
    if connection.get("ApiKey"):  # only a worker that hands over to its successor knows it
        parts.append(("ApiKey", connection["ApiKey"]))
    if settings_changed:
        parts.append(("SettingsChanged", 1))
    return ("{" + ",".join(f'"{name}":{_encoded(value)}' for name, value in parts) + "}\n").encode("ascii")


def _encoded(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return "null"
    if value.isascii() and value.isprintable() and '"' not in value and "\\" not in value:
        return f'"{value}"'
    import json

    return json.dumps(value)


def is_stop(line: bytes) -> bool:
    """Return whether a line from the pipe is the order to leave."""
    return line.strip() == STOP.strip()


def parse_message(line: bytes) -> "Document | None":
    """Return what `message_of` wrote in the form of Stash's `server_connection`; None for a bare wake-up or a cut line.

    Beside it stand `plex_token`, and where they were told `settings_changed` and `ApiKey`.
    """
    import json

    try:
        given = json.loads(line)
    except ValueError:
        return None
    if not isinstance(given, dict) or "Host" not in given:
        return None
    connection = {
        "Scheme": given.get("Scheme") or "http",
        "Host": given.get("Host") or "localhost",
        "Port": given.get("Port") or 9999,
        "SessionCookie": {"Name": given.get("CookieName") or "session", "Value": given.get("CookieValue") or ""},
        "plex_token": given.get("PlexToken") or "",
    }
    if given.get("SettingsChanged"):
        connection["settings_changed"] = True
    if given.get("ApiKey"):
        connection["ApiKey"] = given["ApiKey"]
    return connection


# -- whose Stash -------------------------------------------------------------------------------------------------------


def place_of(connection: object) -> str:
    """Return the port of Stash's server_connection, or "": it tells one Stash from another without a question."""
    port = connection.get("Port") if isinstance(connection, dict) else None
    return str(port) if isinstance(port, int) and port > 0 else ""


def place_of_another(data_dir: str, connection: object) -> str:
    """Return the port of the Stash of `connection` where the data folder belongs to another one; else ""."""
    place = place_of(connection)
    kept = place_kept(data_dir) if place else ""
    return place if kept not in ("", place) else ""


def place_kept(data_dir: str) -> str:
    """Return the port of the Stash that this data folder belongs to, or "" where that was not told yet."""
    try:
        file = os.open(os.path.join(data_dir, PLACE_NAME), os.O_RDONLY | WAIT_FOR_NOBODY)
    except OSError:
        return ""
    try:
        return os.read(file, 16).decode("ascii", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)
