"""One Stash: asks GraphQL, fetches pictures, keeps the cookie or API key. The only importer of stashapi."""

import json
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import requests
from stashapi.classes import GQLWrapper

from stash.errors import StashError, StashUnauthorized
from stash.fitness import look_behind
from stash.way_in import StashSession, WayIn, check_status, data_of, parse_connection
from transport.http_session import http_date

_T = TypeVar("_T")
_API_KEY: Final = "query { configuration { general { apiKey } } }"
_MAX_ANSWER_BYTES: Final = 16 * 1024 * 1024
"""Far above a batch of 100 scenes with the longest of texts; what is larger is asked for again in smaller pieces."""


def each_by_id(asked: Sequence[tuple[str, int]]) -> tuple[str, dict[str, str]]:
    """Return one question for several things, each `("findTag(id: $id) { name }", 4)`, and its variables.

    They are answered under the names of the variables, in their order; what is gone is answered with null. Of the ids
    the text depends on their number only: Stash keeps what it has parsed.
    """
    variables = {f"i{place}": str(its_id) for place, (_, its_id) in enumerate(asked)}
    declared = ", ".join(f"${name}: ID!" for name in variables)
    questions = (f"{name}: {text.replace('$id', f'${name}')}" for name, (text, _) in zip(variables, asked, strict=True))
    return f"query ({declared}) {{ {' '.join(questions)} }}", variables


class StashClient(GQLWrapper):  # type: ignore[misc]  # stashapi's annotations are not followed, see pyproject.toml
    """Asks one Stash. `connect` sends nothing: the first question does.

    stashapi's StashInterface asks for version, key and its whole schema before the first question (three requests), and
    answers an error by `{}` and a line on stderr. This class takes only its wire part and gives each answer the errors
    of stash.errors.

    Invariant: the way in (address, cookie, key) is one frozen value that is swapped whole, so a hook's fresh cookie may
    arrive from another thread while a question is under way.

    Attributes:
        asked_at: when the last question was asked, by Stash's own clock (epoch seconds), never later than it was; 0 if
            it did not tell.
    """

    def __init__(self, way_in: WayIn, *, timeout_s: float) -> None:
        # Not the base's __init__: it makes a session without timeouts that follows redirects with our header.
        self.log = logging.getLogger("stash2plex.stash")  # stashapi's own logger would write to stderr
        self._way_in = way_in
        self._swapping = threading.Lock()
        self.s = StashSession(self._sign, timeout_s=timeout_s)
        self.s.trust_this_machine(way_in.is_on_this_machine)
        self.asked_at = 0.0

    @classmethod
    def connect(cls, server_connection: Mapping[str, Any], *, timeout_s: float = 30.0) -> Self:
        """Return a client for the `server_connection` of a hook's or task's document; sends nothing yet.

        `timeout_s` is for a whole answer; connecting may take 5 s of its own, at most this. Raise StashUnreachable
        where the document names no address.
        """
        return cls(parse_connection(server_connection), timeout_s=timeout_s)

    @property
    def url(self) -> str:
        """Where GraphQL is asked; stashapi reads it."""
        return f"{self._way_in.base_url}/graphql"

    @property
    def base_url(self) -> str:
        """Scheme, host and port, e.g. "http://127.0.0.1:9999"; holds no secret."""
        return self._way_in.base_url

    @property
    def secrets(self) -> frozenset[str]:
        """What no log may show: the cookie and API key held now. The cookie is renewed, so ask before each use."""
        return frozenset(filter(None, (self._way_in.cookie, self._way_in.api_key)))

    @property
    def passing_secrets(self) -> frozenset[str]:
        """Those of `secrets` that others soon take the place of: the cookie."""
        return frozenset(filter(None, (self._way_in.cookie,)))

    @property
    def way_in(self) -> dict[str, Any]:
        """What lets us in now, in the form of `server_connection`: the renewed cookie, and the API key or ""."""
        held = self._way_in
        return {"SessionCookie": {"Name": held.cookie_name, "Value": held.cookie}, "ApiKey": held.api_key}

    def query(self, text: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Ask GraphQL and return `data`, e.g. `{"findScene": {…}}`.

        Raise StashUnreachable for no answer, 5xx, no JSON or "database is locked" (StashMigrating where Stash waits for
        its own migration), StashUnauthorized where neither cookie nor key is accepted, StashRejected where Stash
        refused the query (StashUnfit where it is too old or too new), or answered a part of it with an error.
        """
        try:
            return self._ask(text, variables or {})
        except StashError as error:
            look_behind(error, lambda question: self._ask(question, {}))
            raise

    def _ask(self, text: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        # A copy: stashapi rewrites the variables it is given.
        answer: dict[str, Any] = self._let_in(lambda: self._GQL(text, json.loads(json.dumps(variables))))
        return answer

    def get(self, path: str, *, headers: Mapping[str, str] | None = None) -> requests.Response:
        """Request `path` with its query of Stash itself, e.g. "/scene/1/screenshot". The caller reads or closes it.

        Raises as `query`, without StashRejected; a status such as 404 is the caller's.
        """
        return self._let_in(lambda: self._get(path, headers))

    def read(self, response: requests.Response, *, max_bytes: int) -> bytes:
        """Return the body of what `get` returned. Raises StashUnreachable if it is cut, slow or too large."""
        return self.s.read_body(response, max_bytes)

    def persist(self) -> bool:
        """Ask for the API key and use it from now on; return False, and keep the cookie, if Stash has none."""
        asked = self._way_in.base_url
        answer = self.query(_API_KEY)
        key = ((answer.get("configuration") or {}).get("general") or {}).get("apiKey")
        held = self._way_in
        if not isinstance(key, str) or not key.isascii() or not key.isprintable() or not key or held.base_url != asked:
            return False
        self._change(held, api_key=key)
        return True

    def replace_connection(self, server_connection: Mapping[str, Any]) -> None:
        """Go on with the fresh way in that a hook or task brought; a known API key of the same Stash stays in use.

        Raise StashUnreachable where the document names no address; the old way in stays.
        """
        fresh = parse_connection(server_connection)
        self.s.trust_this_machine(fresh.is_on_this_machine)
        with self._swapping:
            held = self._way_in
            is_same = not fresh.api_key and fresh.base_url == held.base_url
            self._way_in = replace(fresh, api_key=held.api_key) if is_same else fresh

    def wait_at_most(self, timeout_s: float) -> None:
        """Let a whole answer take so long from the next question on."""
        self.s.timeout_s = timeout_s

    def close(self) -> None:
        """Close the kept connections. Idempotent; a later question opens new ones."""
        self.s.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(self._way_in.headers)
        return request

    def _get(self, path: str, headers: Mapping[str, str] | None) -> requests.Response:
        response: requests.Response = self.s.get(self.base_url + path, headers=headers)
        check_status(response)
        self._keep_renewed_cookie(response)
        return response

    def _let_in(self, ask: Callable[[], _T]) -> _T:
        """Return what `ask` does, done again with the cookie where Stash no longer takes the API key."""
        used = self._way_in
        try:
            return ask()
        except StashUnauthorized:
            if not used.api_key or not used.cookie:
                raise
        self._change(used, api_key="")
        return ask()

    def _handle_GQL_response(self, response: requests.Response) -> dict[str, Any]:  # noqa: N802  stashapi's name
        """Override stashapi's method, which logs and answers `{}`."""
        check_status(response)
        sent_at = http_date(response.headers.get("Date"))  # whole seconds. Source: net/http of Go
        self.asked_at = 0.0 if sent_at is None else sent_at - response.elapsed.total_seconds()
        self._keep_renewed_cookie(response)
        return data_of(response.status_code, self.s.read_body(response, _MAX_ANSWER_BYTES))

    def _keep_renewed_cookie(self, response: requests.Response) -> None:
        """Keep the renewed cookie: a worker outlives its hour. Source: GetSessionUserID in pkg/session/session.go."""
        held = self._way_in
        if not held.cookie or response.request.headers.get("Cookie") != held.headers.get("Cookie"):
            return  # the answer to an older cookie, or to the key
        for cookie in response.cookies:
            if cookie.name == held.cookie_name and cookie.value:
                self._change(held, cookie=cookie.value)

    def _change(self, seen: WayIn, **changes: Any) -> None:
        """Change the way in, unless a hook has brought another since it was `seen`."""
        with self._swapping:
            if self._way_in is seen:
                self._way_in = replace(seen, **changes)
