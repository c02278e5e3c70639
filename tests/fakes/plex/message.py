"""A request and an answer as values, and the refusal that a handler raises. Knows neither sockets nor Plex."""

from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl


@dataclass(slots=True)
class Request:
    """One request; header names are in lower case, `query` is decoded once and keeps its order."""

    method: str
    target: str
    path: str
    raw_query: str
    headers: dict[str, str]
    body: bytes
    arrived_at: float
    query: list[tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.query = parse_qsl(self.raw_query, keep_blank_values=True) if self.raw_query else []

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)


@dataclass(slots=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/xml;charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()

    def encode(self, *, keep_alive: bool = True) -> bytes:
        """Head and body as they go over the wire."""
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}\r\n"]
        lines.append(
            f"Content-Type: {self.content_type}\r\nContent-Length: {len(self.body)}\r\nX-Plex-Protocol: 1.0\r\n"
        )
        lines.append(f"Connection: {'Keep-Alive' if keep_alive else 'close'}\r\n")
        lines.extend(f"{name}: {value}\r\n" for name, value in self.headers)
        lines.append("\r\n")
        return "".join(lines).encode("latin-1") + self.body


class Refusal(Exception):
    """A handler's way to answer with a status."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


def status_page(status: int, *, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """Plex says what went wrong in a small HTML page, never in XML.

    Source: the published API description gives text/html for every plain status, 200 among them.
    """
    text = f"<html><head><title>{_phrase(status)}</title></head><body><h1>{status} {_phrase(status)}</h1></body></html>"
    return Response(status, text.encode(), "text/html", headers)


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else "Of No Standard"
