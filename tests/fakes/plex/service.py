"""From a request to what goes back: token, limits, latency, faults, the request log. Knows no sockets."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from tests.fakes.plex import as_json, routes
from tests.fakes.plex.faults import Fault, Faults
from tests.fakes.plex.journal import Journal, Record
from tests.fakes.plex.listing import Listings
from tests.fakes.plex.message import Refusal, Request, Response, status_page
from tests.fakes.plex.options import Options
from tests.fakes.plex.site import Site
from tests.fakes.plex.state import State

_PATHS: Final = re.compile(rb' file="[^"]*"|<Location [^>]*/>')
"""What a server shows to its owner only."""


@dataclass(slots=True)
class Exchange:
    """One request on its way; it is answered `delay_s` after it came."""

    request: Request
    route: routes.Route
    ids: tuple[str, ...] = ()
    fault: Fault | None = None
    delay_s: float = 0.0
    is_crowded: bool = False

    @property
    def fault_kind(self) -> str:
        """How the answer's way is spoiled, "" for not at all."""
        return self.fault.kind if self.fault else ""


class App(Protocol):
    """What a connection needs: every request begins once, and ends once with an answer."""

    def begin(self, request: Request) -> Exchange:
        """The request is here; says how long the answer takes."""

    def finish(self, exchange: Exchange) -> Response:
        """Do the work and give the answer; status 0 for none."""

    def close(self, exchange: Exchange) -> None:
        """The answer is out, or never will be."""


class Service:
    """Plex behind the sockets. All calls come from one thread; the state takes its own lock."""

    def __init__(
        self,
        state: State,
        options: Options,
        faults: Faults,
        journal: Journal,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._site = Site(state, options, Listings(state, options))
        self._options = options
        self._faults = faults
        self._journal = journal
        self._monotonic = monotonic
        self._writes_in_flight = 0
        self._last_write_ends = 0.0
        self._number = 0

    def begin(self, request: Request) -> Exchange:
        """Find the route and the fault, and count the write."""
        route, ids = routes.find(request.method, request.path)
        fault = self._faults.take(request, route.kind)
        exchange = Exchange(request, route, ids, fault, self._delay_s(route))
        if fault and fault.kind != "drip":
            exchange.delay_s += fault.delay_ms / 1000
        if route.is_write:
            self._writes_in_flight += 1
            self._journal.max_writes_in_flight = max(self._journal.max_writes_in_flight, self._writes_in_flight)
            exchange.is_crowded = (
                self._options.busy_above is not None and self._writes_in_flight > self._options.busy_above
            )
        return exchange

    def finish(self, exchange: Exchange) -> Response:
        """Do the work, spoil the answer if a fault says so, write it down."""
        fault = exchange.fault
        if fault is not None:
            fault.prepare(exchange.request)
        response = self._perform(exchange) if fault is None or fault.needs_answer else None
        if fault is not None:
            response = fault.response(response)
        if response is None:
            raise AssertionError("a request without fault has an answer")
        self._write_down(exchange, response)
        return response

    def close(self, exchange: Exchange) -> None:
        """One write less is in flight."""
        self._writes_in_flight -= exchange.route.is_write

    def _delay_s(self, route: routes.Route) -> float:
        options = self._options
        delay_s = options.latency_ms / 1000
        if not route.is_write:
            return delay_s
        if options.write_latency_ms is not None:
            delay_s = options.write_latency_ms / 1000
        if options.serial_writes:
            now = self._monotonic()
            self._last_write_ends = max(now, self._last_write_ends) + delay_s
            return self._last_write_ends - now
        return delay_s

    def _perform(self, exchange: Exchange) -> Response:
        try:
            self._admit(exchange)
            with self._site.state.lock:
                self._site.state.settle_scans()
                response = exchange.route.handler(self._site, exchange.request, exchange.ids)
        except Refusal as refusal:
            return status_page(refusal.status)
        if self._options.says_ok and not response.body:
            return status_page(response.status)
        if self._is_guest(exchange.request):
            response.body = _PATHS.sub(b"", response.body)
        if response.body.startswith(b"<?xml") and "json" in exchange.request.headers.get("accept", ""):
            response.body, response.content_type = as_json.from_xml(response.body), "application/json"
        return response

    def _admit(self, exchange: Exchange) -> None:
        request = exchange.request
        if len(request.target) > self._options.url_limit:
            raise Refusal(self._options.url_limit_status, "the URL is too long")
        if not exchange.route.is_open and request.headers.get("x-plex-token") != self._options.token:
            if not self._is_guest(request):
                raise Refusal(401, "the token is wrong")
            if exchange.route.is_write or exchange.route.kind == "scan":
                raise Refusal(403, "only the owner may")
        if exchange.is_crowded:
            raise Refusal(503, "the database is busy")

    def _is_guest(self, request: Request) -> bool:
        return request.headers.get("x-plex-token") == self._options.guest_token

    def _write_down(self, exchange: Exchange, response: Response) -> None:
        request = exchange.request
        self._number += 1
        self._journal.add(
            Record(
                number=self._number,
                kind=exchange.route.kind,
                method=request.method,
                path=request.path,
                query=tuple(request.query),
                headers=request.headers,
                at=request.arrived_at,
                took_ms=(time.time() - request.arrived_at) * 1000,
                status=response.status,
                target_bytes=len(request.target),
                received_bytes=len(request.body),
                sent_bytes=len(response.body),
                fault=exchange.fault_kind,
                token_in_url=self._options.token in request.target or "x-plex-token" in request.target.lower(),
            )
        )
