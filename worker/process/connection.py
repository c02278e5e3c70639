"""The line that a hook or task hands to the worker over the pipe: how to reach Stash, and the token if the environment held one.

On the hook's path, so it is written and read without json where that is possible: a hook only copies.
"""

import os

PLACE_NAME = "stash.place"
"""The file that says at which port the Stash of the data folder is."""

STOP = b'{"Command":"stop"}\n'
"""Asks the worker to finish its batch and leave."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Document = dict[str, Any]


def message_of(document: "Document", environ: "Mapping[str, str]", *, settings_changed: bool = False) -> bytes:
    """One line of JSON with `server_connection`'s address and cookie, and `plex_token` if PLEX_TOKEN is set; a bare line end where the document has no connection.

    With `settings_changed` the worker reads the settings anew before its next batch, and does not believe the last ones for some seconds more.
    """
    connection = document.get("server_connection")
    if not isinstance(connection, dict):
        return b"\n"
    cookie = connection.get("SessionCookie")
    cookie = cookie if isinstance(cookie, dict) else {}
    parts: list[tuple[str, object]] = [
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
    """Whether a line from the pipe is the command to leave."""
    return line.strip() == STOP.strip()


def parse_message(line: bytes) -> "Document | None":
    """What `message_of` wrote, back in the form of Stash's `server_connection` with `plex_token` (and `settings_changed`, if so, and `ApiKey`, if known) beside it; None for a bare wake-up or a cut line."""
    import json

    try:
        given = json.loads(line)
    except ValueError:
        return None
    if not isinstance(given, dict) or "Host" not in given:
        return None
    cookie = {"Name": given.get("CookieName") or "session", "Value": given.get("CookieValue") or ""}
    more: Document = {"settings_changed": True} if given.get("SettingsChanged") else {}
    if given.get("ApiKey"):
        more["ApiKey"] = given["ApiKey"]
    return {
        **more,
        "Scheme": given.get("Scheme") or "http",
        "Host": given.get("Host") or "localhost",
        "Port": given.get("Port") or 9999,
        "SessionCookie": cookie,
        "plex_token": given.get("PlexToken") or "",
    }


def place_of(connection: object) -> str:
    """The port of Stash's server_connection as text, or "": a hint that tells one Stash from another without a question."""
    port = connection.get("Port") if isinstance(connection, dict) else None
    return str(port) if isinstance(port, int) and port > 0 else ""


def place_of_another(data_dir: str, connection: object) -> str:
    """The port of the Stash that `connection` is of, where it is not the one that this data folder belongs to; else ""."""
    place = place_of(connection)
    kept = place_kept(data_dir) if place else ""
    return place if kept not in ("", place) else ""


def place_kept(data_dir: str) -> str:
    """Where the Stash of this data folder is, or "" where nobody said so yet; see worker.process.other_stash."""
    try:
        file = os.open(os.path.join(data_dir, PLACE_NAME), os.O_RDONLY)
    except OSError:
        return ""
    try:
        return os.read(file, 16).decode("ascii", "replace")
    except OSError:
        return ""
    finally:
        os.close(file)
