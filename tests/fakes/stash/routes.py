"""One request in, one answer out: login, faults and latency first, then GraphQL, pictures or the login page.

Everything is logged.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from threading import Event
from time import perf_counter
from typing import Any
from urllib.parse import quote

from tests.fakes.stash.faults import LOCKED, Fault, Faults
from tests.fakes.stash.graphql_engine import GraphQLEngine
from tests.fakes.stash.library import Library
from tests.fakes.stash.pictures import ROUTE, serve_picture
from tests.fakes.stash.request_log import LoggedRequest, RequestLog
from tests.fakes.stash.sessions import Sessions
from tests.fakes.stash.wire import Request, Response

JSON = "application/json"
LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Stash Login</title></head><body><form></form></body></html>"


class Routes:
    """Answers what arrives at the stand-in's port.

    Args:
        wait: waits some seconds unless the server stops meanwhile.
        clock: epoch seconds, for the log.
    """

    def __init__(
        self,
        library: Library,
        engine: GraphQLEngine,
        sessions: Sessions,
        faults: Faults,
        log: RequestLog,
        clock: Callable[[], float],
    ) -> None:
        self._library = library
        self._engine = engine
        self._sessions = sessions
        self._faults = faults
        self._log = log
        self._clock = clock
        self.stopping = Event()

    def answer(self, request: Request) -> Response:
        """Answer and log a request."""
        started = perf_counter()
        kind = _kind_of(request)
        if self._faults.latency_ms:
            self.stopping.wait(self._faults.latency_ms / 1000)
        fault = self._faults.take(kind, request.body)
        spoiled = fault.answer() if fault else None
        response, root_fields = (spoiled, ()) if spoiled else self._genuine(request, kind, fault)
        response = self._dated(fault.spoil(response) if fault else response)
        ms = (perf_counter() - started) * 1000
        self._log.add(
            LoggedRequest(
                self._clock(),
                request.method,
                request.path,
                kind,
                root_fields,
                response.status,
                ms,
                fault.kind if fault else "",
            )
        )
        return response

    def _dated(self, response: Response) -> Response:
        """With the server's own time in whole seconds, as net/http of Go sends it with each answer."""
        if not self._library.tells_time:
            return response
        return replace(response, headers={"Date": formatdate(self._library.now(), usegmt=True), **response.headers})

    def _genuine(self, request: Request, kind: str, fault: Fault | None) -> tuple[Response, tuple[str, ...]]:
        if kind == "other":
            return _page(request), ()
        if not self._sessions.admits(request.headers, request.query):
            return _unauthorized(request, kind), ()
        root_fields: tuple[str, ...] = ()
        if kind == "picture":
            response = serve_picture(self._library, request)
        else:
            response, root_fields = self._graphql(request, LOCKED if fault and fault.kind == "locked" else None)
        return self._with_renewed_cookie(request, response), root_fields

    def _graphql(self, request: Request, failure: str | None) -> tuple[Response, tuple[str, ...]]:
        try:
            asked: Any = json.loads(request.body)
            query, variables, name = asked["query"], asked.get("variables"), asked.get("operationName")
        except (ValueError, TypeError, KeyError):
            refusal = {"errors": [{"message": "json request body could not be decoded"}], "data": None}
            return Response(400, json.dumps(refusal).encode(), JSON), ()
        answer = self._engine.execute(query, variables, name, failure=failure)
        body = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
        return Response(answer.status, body, JSON, {"Cache-Control": "no-store"}), answer.root_fields

    def _with_renewed_cookie(self, request: Request, response: Response) -> Response:
        renewed = self._sessions.renewed(request.headers)
        if renewed is None:
            return response
        return replace(
            response,
            headers={**response.headers, "Set-Cookie": f"session={renewed}; Path=/; Max-Age=3600; SameSite=Lax"},
        )


def _kind_of(request: Request) -> str:
    if request.path == "/graphql":
        return "graphql"
    return "picture" if ROUTE.fullmatch(request.path) else "other"


def _page(request: Request) -> Response:
    """The login page, and the interface's page for every other address, as a single-page application has it."""
    if request.path == "/healthz":
        return Response(200, b".", "text/plain")
    return Response(200, LOGIN_PAGE, "text/html")


def _unauthorized(request: Request, kind: str) -> Response:
    """401 for GraphQL; whatever has no file extension, pictures too, is sent to the login page.

    Source: Stash 0.30.1.
    """
    if kind == "graphql" or request.headers.get("apikey") or request.query.get("apikey"):
        return Response(401, headers={"WWW-Authenticate": "FormBased"})
    return Response(302, headers={"Location": f"/login?returnURL={quote(request.path, safe='')}"})
