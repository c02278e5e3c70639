"""What was asked of the stand-in, and how often. Never holds a header or a query string: there the secrets are."""

import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 20_000


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One request.

    Attributes:
        kind: "graphql", "picture" or "other".
        root_fields: what a GraphQL request asked for, e.g. ("findScenes",).
        fault: the fault that hit it, or "".
    """

    at: float
    method: str
    path: str
    kind: str
    root_fields: tuple[str, ...]
    status: int
    ms: float
    fault: str = ""


class RequestLog:
    """The last requests, and counters of all.

    Per kind ("graphql", "picture"), per root field ("findScenes") and per kind and status ("picture 304").
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._entries: deque[LoggedRequest] = deque(maxlen=KEPT)
        self._counts: Counter[str] = Counter()

    @property
    def entries(self) -> list[LoggedRequest]:
        """The last requests, oldest first."""
        with self._changed:
            return list(self._entries)

    @property
    def counts(self) -> Counter[str]:
        """A copy of the counters."""
        with self._changed:
            return Counter(self._counts)

    def add(self, entry: LoggedRequest) -> None:
        """Record a request that was answered, or was about to be."""
        with self._changed:
            self._entries.append(entry)
            self._counts.update((entry.kind, f"{entry.kind} {entry.status}", *entry.root_fields))
            self._changed.notify_all()

    def reset(self) -> None:
        """Forget everything."""
        with self._changed:
            self._entries.clear()
            self._counts.clear()

    def wait_until(self, reached: Callable[[Counter[str]], bool], timeout_s: float) -> bool:
        """Wait until the counters satisfy `reached`; False when the time is up."""
        with self._changed:
            return self._changed.wait_for(lambda: reached(self._counts), timeout_s)

    def as_json(self, last: int = 100) -> dict[str, Any]:
        """Counters and the last entries, for the control endpoint."""
        return {"counts": dict(self.counts), "entries": [asdict(entry) for entry in self.entries[-last:]]}
