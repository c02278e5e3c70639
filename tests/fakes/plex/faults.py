"""What can go wrong on the way: which requests a fault hits, how often, and what it makes of the answer."""

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.fakes.plex.message import Request, Response, status_page

KINDS: Final = frozenset(
    {
        *("status", "latency", "hang", "reset", "drip", "truncated", "garbage", "html", "bomb", "redirect"),
        *("padded", "total", "beginning", "last", "silent_last"),
    }
)
_AFTER_THE_ANSWER: Final = frozenset({"latency", "drip", "truncated", "padded", "total", "beginning", "last"})
"""These spoil the way of a real answer; the others take its place."""

_BOMB: Final = (
    '<?xml version="1.0"?><!DOCTYPE MediaContainer [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + ']><MediaContainer size="1"><Video title="&i;"/></MediaContainer>'
)


@dataclass(slots=True, eq=False)
class Fault:
    """One fault and the requests that it hits.

    Attributes:
        kind: "status" (answer `status`), "latency" (answer late), "hang" (never answer), "reset" (RST), "drip" (a few
            bytes at a time), "truncated" (half of the body, then close), "garbage", "html" (a login page with status
            200), "bomb" (an entity bomb), "redirect" (302 to `location`), "padded" (`filler` is put into the answer's
            first tag), "total" (a listing says `totals` in turn), "beginning" (every page is the first one; with
            `totals` there is no end), "last" (a good answer, the last on its connection, as it says).
        times: how many requests it hits before it is over; None: until it is cleared. `skip`: how many matching ones it
            lets pass first.
        method, request_kind, path: limit it to a method, a kind of the request log, paths that contain this text.
            `when` is for anything else.
        applied: the request does its work although its answer is lost.
        headers: more of them, for "status".
        delay_ms: before the answer; for "drip" between the pieces.
        hits: how many requests it has hit.
    """

    kind: str
    status: int = 503
    retry_after_s: int | None = None
    times: int | None = None
    skip: int = 0
    method: str = ""
    request_kind: str = ""
    path: str = ""
    when: Callable[[Request], bool] | None = None
    applied: bool = False
    delay_ms: float = 0.0
    location: str = "http://elsewhere.invalid/"
    headers: tuple[tuple[str, str], ...] = ()
    filler: bytes = b""
    totals: tuple[int, ...] = ()
    hits: int = 0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"unknown fault {self.kind!r}; known are {', '.join(sorted(KINDS))}")

    @property
    def needs_answer(self) -> bool:
        """Whether the request does its work before the fault."""
        return self.applied or self.kind in _AFTER_THE_ANSWER

    def matches(self, request: Request, request_kind: str) -> bool:
        """Whether this request is meant; counts nothing."""
        return (
            self.method in {"", request.method}
            and self.request_kind in {"", request_kind}
            and self.path in request.path
            and (self.when is None or self.when(request))
        )

    def response(self, real: Response | None) -> Response:
        """The answer that goes out."""
        if real is not None and self.kind in _AFTER_THE_ANSWER:
            return self._spoiled(real)
        return _REPLACEMENTS[self.kind](self)

    def prepare(self, request: Request) -> None:
        """Change what the server understands of the request."""
        if self.kind == "beginning":
            request.headers["x-plex-container-start"] = "0"
            request.query = [(name, text) for name, text in request.query if name != "X-Plex-Container-Start"]

    def _spoiled(self, real: Response) -> Response:
        if self.kind == "padded":
            real.body = real.body.replace(b"<MediaContainer ", b"<MediaContainer " + self.filler + b" ", 1)
        elif self.totals:
            total = self.totals[(self.hits - 1) % len(self.totals)]
            real.body = re.sub(rb'totalSize="\d+"', b'totalSize="%d"' % total, real.body, count=1)
        return real


class Faults:
    """The faults that are switched on; the first that matches hits. Safe in any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Switch it on."""
        with self._lock:
            self._faults.append(fault)
        return fault

    def clear_faults(self) -> None:
        """Switch all off."""
        with self._lock:
            self._faults.clear()

    def take(self, request: Request, request_kind: str) -> Fault | None:
        """The fault that hits this request; counts it."""
        if not self._faults:
            return None
        with self._lock:
            for fault in self._faults:
                if fault.matches(request, request_kind) and self._hits(fault):
                    return fault
        return None

    def _hits(self, fault: Fault) -> bool:
        if fault.skip:
            fault.skip -= 1
            return False
        fault.hits += 1
        if fault.times is not None and fault.hits >= fault.times:
            self._faults.remove(fault)
        return True


def _status(fault: Fault) -> Response:
    retry_after = () if fault.retry_after_s is None else (("Retry-After", str(fault.retry_after_s)),)
    return status_page(fault.status, headers=(*fault.headers, *retry_after))


def _page(_fault: Fault) -> Response:
    return Response(
        body=b"<!DOCTYPE html><html><head><title>Sign in</title></head><body><form>Please sign in<br></form></body></html>",
        content_type="text/html",
    )


_REPLACEMENTS: Final[Mapping[str, Callable[[Fault], Response]]] = {
    "status": _status,
    "hang": lambda _fault: Response(0),
    "reset": lambda _fault: Response(0),
    "garbage": lambda _fault: Response(body=bytes(range(256)) * 4),
    "html": _page,
    "bomb": lambda _fault: Response(body=_BOMB.encode()),
    "redirect": lambda fault: Response(302, headers=(("Location", fault.location),)),
}
