"""Visits at the port of performers' photos, byte by byte, as Plex or an attacker makes them."""

import socket
from contextlib import closing
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

JPEG: Final = b"\xff\xd8\xff\xe0" + b"A photo of Ada" * 400
PNG: Final = b"\x89PNG\r\n\x1a\n" + b"Another photo of Ada" * 400
PATIENCE_S: Final = 30.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: "HTTP/1.1 200 OK", the other lines of the head, the body. All empty where the port hung up."""

    status: str
    head: tuple[str, ...]
    body: bytes


def free_port() -> int:
    """A port that nobody has at this moment."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        return int(probe.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether anybody listens at the port."""
    try:
        socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
    except ConnectionRefusedError:
        return False
    return True


def sent(port: int, request: bytes) -> Answer:
    """Send these bytes and read to the end."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE_S) as connection:
        connection.sendall(request)
        return read(connection)


def read(connection: socket.socket) -> Answer:
    """Read an answer to the end."""
    found = b""
    try:
        while piece := connection.recv(65_536):
            found += piece
    except ConnectionResetError:
        pass
    head, _, body = found.partition(b"\r\n\r\n")
    status, *lines = head.decode("ascii").split("\r\n")
    return Answer(status, tuple(lines), body)


def got(port: int, path: str, method: str = "GET") -> Answer:
    """Ask for one path, as a simple client does."""
    return sent(port, f"{method} {path} HTTP/1.1\r\nHost: photos.example\r\nAccept: */*\r\n\r\n".encode("latin-1"))


def fetched(address: str) -> Answer:
    """Fetch what Plex was told of."""
    parts = urlsplit(address)
    return got(parts.port or 80, parts.path)
