"""The second port: what tests do in-process, for another process.

JSON in, JSON out; nothing of it is in the request log.

`GET /__standin/log?after=N` the records after number N · `GET /__standin/counters` · `POST /__standin/options`
{"latency_ms": 20} · `POST /__standin/faults` {"kind": "status", "status": 503, "times": 2} · `POST /__standin/call`
{"name": "add_item", "arguments": {…}} any of `CALLS`.
"""

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from tests.fakes.plex.faults import Fault
from tests.fakes.plex.message import Request, Response, status_page
from tests.fakes.plex.routes import UNKNOWN
from tests.fakes.plex.service import Exchange

CALLS: Final = {
    "state": (
        "add_section",
        "add_item",
        "populate",
        "remove_item",
        "move_file",
        "item",
        "set_agent",
        "put_on_disk",
        "collection",
        "collection_titles",
    ),
    "journal": ("counters", "count", "clear_log"),
    "faults": ("clear_faults",),
    "": ("refuse", "accept", "cut", "restart_as"),
}
"""What `call` may name, by the part of FakePlex that it belongs to."""


class Control:
    """Answers on the control port; an App as a connection wants it."""

    def __init__(self, plex: Any) -> None:
        self._plex = plex
        self._actions: Mapping[str, Callable[[Request, Any], object]] = {
            "GET /__standin/log": self._log,
            "GET /__standin/counters": lambda _request, _body: plex.journal.counters(),
            "POST /__standin/options": self._options,
            "POST /__standin/faults": lambda _request, body: plex.faults.add(Fault(**body)).kind,
            "POST /__standin/call": self._call,
        }

    def begin(self, request: Request) -> Exchange:
        """Nothing delays a control request."""
        return Exchange(request, UNKNOWN)

    def finish(self, exchange: Exchange) -> Response:
        """Do it; what goes wrong is said in the answer, with status 400."""
        request = exchange.request
        action = self._actions.get(f"{request.method} {request.path}")
        if action is None:
            return status_page(404)
        try:
            answer = {"answer": action(request, json.loads(request.body or b"{}"))}
            status = 200
        except (TypeError, ValueError, KeyError, AttributeError) as error:
            answer, status = {"error": f"{type(error).__name__}: {error}"}, 400
        return Response(status, json.dumps(answer, default=_plain).encode(), "application/json")

    def close(self, exchange: Exchange) -> None:
        """Nothing is counted."""

    def _log(self, request: Request, _body: object) -> object:
        after = int(request.first("after", "0"))
        return [record for record in self._plex.journal.records() if record.number > after]

    def _options(self, _request: Request, body: Mapping[str, object]) -> object:
        for name, value in body.items():
            if not hasattr(self._plex.options, name):
                raise KeyError(name)
            setattr(self._plex.options, name, value)
        return self._plex.options

    def _call(self, _request: Request, body: Mapping[str, Any]) -> object:
        name, arguments = body["name"], body.get("arguments", {})
        part = next((part for part, names in CALLS.items() if name in names), None)
        if part is None:
            raise KeyError(name)
        return getattr(getattr(self._plex, part) if part else self._plex, name)(**arguments)


def _plain(value: object) -> object:
    """What JSON does not know: our values, sets, ranges, bytes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, set | frozenset):
        return sorted(value)
    if isinstance(value, range):
        return [value.start, value.stop]
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} cannot be said in JSON")
