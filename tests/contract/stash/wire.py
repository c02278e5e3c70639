"""Plain HTTP to one Stash."""

from collections.abc import Mapping
from typing import Any, Final

import requests

_TIMEOUT_S: Final = 60
NOTHING: Final[Mapping[str, str]] = {}


class Refused(Exception):
    """Stash answered errors; the text is its first."""


class Wire:
    """One connection; enters with the API key unless headers are given for a request."""

    def __init__(self, url: str, api_key: str) -> None:
        self.url = url.rstrip("/")
        self.has_key = bool(api_key)
        self._key = {"ApiKey": api_key} if api_key else {}
        self._session = requests.Session()
        self._session.trust_env = False

    def post(
        self, query: str, variables: Mapping[str, Any] = NOTHING, headers: Mapping[str, str] | None = None
    ) -> requests.Response:
        """Ask GraphQL; no cookie of an answer is kept."""
        self._session.cookies.clear()
        sent = {"query": query, "variables": dict(variables)}
        accepted = {"Accept": "application/json", **(self._key if headers is None else headers)}
        return self._session.post(f"{self.url}/graphql", json=sent, headers=accepted, timeout=_TIMEOUT_S)

    def ask(self, query: str, variables: Mapping[str, Any] = NOTHING) -> Any:
        """The data of an answer.

        Raises:
            Refused: there are errors.
        """
        answer = self.post(query, variables).json()
        if answer.get("errors"):
            raise Refused(answer["errors"][0].get("message", ""))
        return answer["data"]

    def get(self, path: str, headers: Mapping[str, str] = NOTHING, *, with_key: bool = True) -> requests.Response:
        """A picture."""
        self._session.cookies.clear()
        sent = {**(self._key if with_key else {}), **headers}
        return self._session.get(self.url + path, headers=sent, timeout=_TIMEOUT_S, allow_redirects=False)

    def close(self) -> None:
        """Give the connection back."""
        self._session.close()
