"""The request log: what was asked, when, and what was answered; and counters that outlive its bound."""

import threading
from collections import Counter, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Record:
    """One request and its answer.

    Attributes:
        kind: "listing", "metadata", "edit", "rate", "picture_upload" … as the routes name it; "unknown" for no route.
        query: decoded once, in order.
        at: epoch seconds of its arrival; `took_ms` until the answer was given to the socket.
        status: 0 when nothing was answered (reset, hang).
        target_bytes: of the address, as it came over the wire.
        received_bytes: of the body; `sent_bytes` of the answer's body.
        fault: its kind, "" for none.
    """

    number: int
    kind: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    at: float
    took_ms: float
    status: int
    target_bytes: int
    received_bytes: int
    sent_bytes: int
    fault: str = ""
    token_in_url: bool = False

    def first(self, name: str, default: str = "") -> str:
        """The first value of a query parameter."""
        return next((value for key, value in self.query if key == name), default)


class Journal:
    """The last `keep` records, and counts of everything. The lists it hands out are copies and safe in any thread."""

    def __init__(self, keep: int = 50_000) -> None:
        self._records: deque[Record] = deque(maxlen=keep)
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[int] = Counter()
        self.received_bytes = 0
        self.sent_bytes = 0
        self.tokens_in_urls = 0
        self.connections = 0
        self.max_writes_in_flight = 0
        self._grown = threading.Condition()

    def add(self, record: Record) -> None:
        """Append a record and count it."""
        self._records.append(record)
        self.kinds[record.kind] += 1
        self.statuses[record.status] += 1
        self.received_bytes += record.received_bytes
        self.sent_bytes += record.sent_bytes
        self.tokens_in_urls += record.token_in_url
        with self._grown:
            self._grown.notify_all()

    def wait_for(self, kind: str, count: int = 1, timeout_s: float = 10.0) -> bool:
        """Wait until `count` requests of this kind were answered; False when the time is over first."""
        with self._grown:
            return self._grown.wait_for(lambda: self.kinds[kind] >= count, timeout_s)

    def wait_for_news(self, timeout_s: float) -> None:
        """Wait until any request was answered, or the time is over."""
        with self._grown:
            self._grown.wait(timeout_s)

    def records(self, *kinds: str) -> list[Record]:
        """The records in order, of these kinds or all."""
        return [record for record in self._records.copy() if not kinds or record.kind in kinds]

    def count(self, *kinds: str) -> int:
        """How many requests there were, of these kinds or all; also those that are no longer kept."""
        return sum(self.kinds[kind] for kind in kinds) if kinds else self.kinds.total()

    def counters(self) -> dict[str, object]:
        """Everything that is counted, as JSON can say it."""
        return {
            "requests": self.count(),
            "kinds": dict(self.kinds),
            "statuses": {str(status): number for status, number in self.statuses.items()},
            "received_bytes": self.received_bytes,
            "sent_bytes": self.sent_bytes,
            "tokens_in_urls": self.tokens_in_urls,
            "connections": self.connections,
            "max_writes_in_flight": self.max_writes_in_flight,
        }

    def clear_log(self) -> None:
        """Forget all records and counts."""
        self._records.clear()
        self.kinds.clear()
        self.statuses.clear()
        self.received_bytes = self.sent_bytes = self.tokens_in_urls = self.connections = self.max_writes_in_flight = 0
