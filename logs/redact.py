"""Masks secrets in whatever is written: known ones in every usual encoding, unknown ones by the name before them."""

import base64
import html
import json
import logging
import re
import string
import threading
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, quote_plus

MASK: Final = "***"
MIN_LENGTH: Final = 4
"""Shorter secrets are not masked: they would tear holes into every text."""

MOST_PASSING: Final = 64
"""Passing secrets that are known at once. Each save brings a cookie of its own, and a worker lives for days."""

_HEADERS: Final = r"x-plex-token|authtoken|accesstoken|api[-_]?key|authorization"
_SETTINGS: Final = r"plex[-_]?token|password|passwd"
_EQUALS: Final = r"(?:=|%(?:25)*3[dD])"
_QUOTE: Final = r"""b?\\?['"]"""
_VALUE: Final = r"""[^\s'"&,;<>(){}\[\]\\|]+"""
_HEADER: Final = re.compile(
    rf"""(?i)((?:{_HEADERS})\\?['"]?\s*(?::|{_EQUALS})\s*(?:{_QUOTE})?(?:(?:bearer|basic)\s+)?){_VALUE}"""
)
# "plex_token: has expired" is one of our own sentences, so a setting's value is recognized only by a quote or an equals
# sign.
_SETTING: Final = re.compile(rf"""(?i)((?:{_SETTINGS})\\?['"]?\s*(?:{_EQUALS}\s*(?:{_QUOTE})?|:\s*{_QUOTE})){_VALUE}""")
_IN_URL: Final = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)")
_SESSION: Final = re.compile(rf"(?i)(\bsession(?:=|%(?:25)*3d)){_VALUE}")
_COOKIES: Final = re.compile(r"""(?i)(cookie['"]?\s*[:=]\s*b?['"]?)[^\s=;,'"{]{1,128}=[^\r\n'"]*""")
_COOKIE_OBJECT: Final = re.compile(
    r"""(?i)(sessioncookie.{0,120}?\bvalue\\?['"]?\s*[:=]\s*\\?['"]?)[^\s'",}\\]+""", re.DOTALL
)
# The look ahead once for each run of its characters: tried from every "eyJ" of a run, a text of nothing else would be
# read as often as it has them.
_JWT: Final = re.compile(r"(?<![\w-])(?=[\w-]++\.[\w-]{4,}+\.[\w-]{4})([\w-]*?\b)eyJ[\w-]{4,}+\.[\w-]{4,}+\.[\w-]{4,}+")
_LETTERS_AND_DIGITS: Final = frozenset(string.ascii_letters + string.digits)
_PATTERNS: Final = (_COOKIE_OBJECT, _COOKIES, _HEADER, _SETTING, _SESSION, _JWT, _IN_URL)


class Redactor:
    """Masks secrets in text. Masking twice changes nothing more; any thread may add while others add or mask."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None
        self._passing: tuple[str, ...] = ()
        self._passing_forms: tuple[str, ...] = ()
        self._adding = threading.Lock()  # the thread's answers and the hooks' lines bring secrets at the same time
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Mask these too, from now on. Those shorter than MIN_LENGTH are left out."""
        with self._adding:
            known = self._secrets | {secret for secret in map(str.strip, secrets) if len(secret) >= MIN_LENGTH}
            if known != self._secrets:
                self._secrets = known
                self._pattern = re.compile("|".join(map(re.escape, _forms(known))))

    def add_passing(self, *secrets: str) -> None:
        """As `add`, for secrets that others soon take the place of: only the newest MOST_PASSING are masked."""
        added = [secret for secret in map(str.strip, secrets) if len(secret) >= MIN_LENGTH]
        with self._adding:
            if set(added) <= set(self._passing[len(self._passing) // 2 :]):
                return
            known = dict.fromkeys([*(old for old in self._passing if old not in added), *added])
            self._passing = tuple(known)[-MOST_PASSING:]
            # Not as a pattern: the re module would keep each of the hundreds that are made one after the other.
            self._passing_forms = tuple(_forms(self._passing))

    def __call__(self, text: str) -> str:
        """Return `text` with every secret replaced by MASK. Takes time in proportion to the text.

        A known secret is found as it is, percent-encoded, escaped as in JSON, HTML or repr, in hex and in base64
        (within a longer base64 text too); an unknown one by its name: `X-Plex-Token=…`, `ApiKey: …`, `Cookie:
        session=…`.
        """
        if self._pattern:
            text = self._pattern.sub(MASK, text)
        for form in self._passing_forms:
            text = text.replace(form, MASK)
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        return text


class RedactingFilter(logging.Filter):
    """Masks message, arguments, exception and stack; for a handler, as a logger misses the records from below it."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite `record` in place, for every later handler too; always True."""
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # a wrong format must not cost the line, nor print its arguments
            message = f"{record.msg} (its arguments do not fit)"
        record.msg, record.args = self._redactor(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        record.exc_info = None  # no later formatter may write it anew, unmasked
        record.exc_text = self._redactor(record.exc_text) if record.exc_text else None
        record.stack_info = self._redactor(record.stack_info) if record.stack_info else None
        return True


def _forms(secrets: Iterable[str]) -> list[str]:
    """Return the texts to look for, the longest first, so that no secret leaves the rest of a longer one behind."""
    forms = {form for secret in secrets for form in _encoded(secret) if len(form) >= MIN_LENGTH}
    return sorted(forms, key=lambda form: (-len(form), form))


def _encoded(secret: str) -> Iterator[str]:
    """Yield `secret` as it is and once in each encoding; twice encoded it is not found."""
    data = secret.encode("utf-8", "surrogatepass")
    in_json = json.dumps(secret)[1:-1]
    yield from (secret, in_json, repr(secret)[1:-1], html.escape(secret), data.hex(), data.hex().upper())
    yield in_json.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")  # as Go writes JSON
    for core in _base64_cores(data):
        yield from (core, core.replace("+", "-").replace("/", "_"), quote(core, safe=""))
    percent_encoded = {
        quote(secret, "", errors="surrogatepass"),
        quote(secret, "/", errors="surrogatepass"),
        quote_plus(secret, errors="surrogatepass"),
        "".join(f"%{byte:02X}" for byte in data),
        "".join(chr(byte) if chr(byte) in _LETTERS_AND_DIGITS else f"%{byte:02X}" for byte in data),
    }
    yield from percent_encoded
    yield from (re.sub("%..", lambda found: found[0].lower(), form) for form in percent_encoded)


def _base64_cores(data: bytes) -> Iterator[str]:
    """Yield what base64 makes of `data` within a longer text, at each of the three places in a group of bytes."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        whole_bits = (before + len(data)) * 8
        yield encoded[(before * 8 + 5) // 6 : whole_bits // 6]
