"""Who may read: everybody while no login is configured, afterwards whoever brings a valid cookie or the API key.

Source: contract/stash.md, and Stash 0.30.1 where that is silent: a wrong `ApiKey` is refused even without a login, a
cookie from before the login belongs to nobody, and every answer to a valid cookie sets a renewed one.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping

MAX_AGE_S = 3600.0


class Sessions:
    """Issues and checks session cookies, `<user>.<issued_at>.<number>.<signature>`; without a login the user is empty."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.user = ""
        self.api_key = ""
        self._clock = clock
        self._key = secrets.token_bytes(16)
        self._issued = 0
        self._revoked: set[str] = set()

    @property
    def login_configured(self) -> bool:
        """Whether a user name and a password were set."""
        return bool(self.user)

    def configure_login(self, user: str, api_key: str) -> None:
        """Set a login and, unless empty, an API key. Cookies given out before count no longer."""
        self.user, self.api_key = user, api_key

    def void(self) -> None:
        """Make every cookie given out so far worthless."""
        self._key = secrets.token_bytes(16)

    def revoke(self, cookie: str) -> None:
        """Make this one cookie worthless."""
        self._revoked.add(cookie)

    def issue(self) -> str:
        """Make a fresh cookie value, good for an hour."""
        self._issued += 1
        text = f"{self.user}.{self._clock():.0f}.{self._issued}"
        return f"{text}.{self._signature(text)}"

    def admits(self, headers: Mapping[str, str], query: Mapping[str, str]) -> bool:
        """Whether a request with these headers (lower-case names) may pass."""
        given = headers.get("apikey") or query.get("apikey")
        if given:
            return given == self.api_key
        return not self.login_configured or self._user_of(cookie_of(headers)) == self.user

    def renewed(self, headers: Mapping[str, str]) -> str | None:
        """A renewed cookie for a request that came with a valid one, else None."""
        return self.issue() if self._user_of(cookie_of(headers)) is not None else None

    def _user_of(self, cookie: str) -> str | None:
        text, _, signature = cookie.rpartition(".")
        if not text or cookie in self._revoked or not hmac.compare_digest(signature, self._signature(text)):
            return None
        user, issued_at, _number = text.rsplit(".", 2)
        return user if self._clock() - float(issued_at) <= MAX_AGE_S else None

    def _signature(self, text: str) -> str:
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def cookie_of(headers: Mapping[str, str]) -> str:
    """The value of the first cookie named `session`, or ""."""
    parts = (part.strip() for part in headers.get("cookie", "").split(";"))
    return next((part.removeprefix("session=").strip('"') for part in parts if part.startswith("session=")), "")
