"""Faults that are switched on for a while.

What the stand-in does instead of answering, how often, and on which requests.
"""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tests.fakes.stash.wire import Delivery, Response

LOCKED = "database is locked"

KINDS = ("refuse", "reset", "hang", "drip", "500", "502", "html", "truncated", "locked", "422", "401")
_PLAIN_ANSWERS: Mapping[str, Response] = {
    "500": Response(500, b"Internal Server Error\n", "text/plain; charset=utf-8"),
    "502": Response(502, b"<html><head><title>502 Bad Gateway</title></head></html>", "text/html"),
    "html": Response(200, b"<!DOCTYPE html><html><body>Please sign in to the proxy</body></html>", "text/html"),
    "422": Response(
        422,
        b'{"errors":[{"message":"Cannot query field \\"files\\" on type \\"Scene\\".","extensions":{"code":"GRAPHQL_VALIDATION_FAILED"}}],"data":null}',
        "application/json",
    ),
    "401": Response(401, headers={"WWW-Authenticate": "FormBased"}),
    "reset": Response(200, delivery=Delivery.RESET),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        kind: one of `KINDS`.
        left: how many requests it still hits; None for all until it is cleared.
        where: "graphql", "picture", or "" for both.
        asks: hits only what holds this text, such as "findTags".
        pause_s: between two bytes of a drip; how long a hang lasts, where 0 means until the server stops.
    """

    kind: str
    left: int | None = None
    where: str = ""
    pause_s: float = 0.0
    asks: str = ""

    def answer(self) -> Response | None:
        """The answer given in place of the real one; None when the real one is needed."""
        if self.kind == "hang":
            return Response(200, delivery=Delivery.HANG, pause_s=self.pause_s)
        return _PLAIN_ANSWERS.get(self.kind)

    def spoil(self, response: Response) -> Response:
        """The real answer, delivered badly."""
        if self.kind == "drip":
            return replace(response, delivery=Delivery.DRIP, pause_s=self.pause_s or 0.01)
        if self.kind == "truncated":
            return replace(response, delivery=Delivery.TRUNCATED)
        return response


class Faults:
    """The faults that are switched on, and the latency of every answer in milliseconds."""

    def __init__(self) -> None:
        self.latency_ms = 0.0
        self._lock = threading.Lock()
        self._active: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on.

        Raises:
            ValueError: its kind is unknown.
        """
        if fault.kind not in KINDS:
            raise ValueError(f"no fault {fault.kind!r}; there are {', '.join(KINDS)}")
        with self._lock:
            self._active.append(fault)

    def clear(self) -> None:
        """Switch every fault and the latency off."""
        self.latency_ms = 0.0
        with self._lock:
            self._active.clear()

    def take(self, where: str, body: bytes = b"") -> Fault | None:
        """The fault that hits this request, counted as used."""
        with self._lock:
            for index, fault in enumerate(self._active):
                if fault.kind != "refuse" and fault.where in ("", where) and fault.asks.encode() in body:
                    self._use(index, fault)
                    return fault
        return None

    def state(self) -> list[dict[str, Any]]:
        """What is switched on, for the control endpoint."""
        with self._lock:
            return [
                {"kind": fault.kind, "left": fault.left, "where": fault.where, "pause_s": fault.pause_s}
                for fault in self._active
            ]

    def _use(self, index: int, fault: Fault) -> None:
        if fault.left is None:
            return
        if fault.left <= 1:
            del self._active[index]
        else:
            self._active[index] = replace(fault, left=fault.left - 1)
