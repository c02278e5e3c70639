"""Masks secrets in whatever is written: known ones in every encoding, unknown ones by the name before them. Knows no room's objects."""

import base64
import json
import logging
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

MASK: Final = "***"
MIN_LENGTH: Final = 4
"""Shorter secrets are not masked: they would tear holes into every text."""

MOST_PASSING: Final = 64
"""Passing secrets that are known at once. Each save brings a cookie of its own: a worker that kept them all would grow with every save."""

_HEADERS: Final = r"x-plex-token|authtoken|accesstoken|api[-_]?key|authorization"
_SETTINGS: Final = r"plex[-_]?token|password|passwd"
_EQUALS: Final = r"(?:=|%(?:25)*3[dD])"
_QUOTE: Final = r"""b?\\?['"]"""
_VALUE: Final = r"""[^\s'"&,;<>(){}\[\]\\|]+"""
_HEADER: Final = re.compile(
    rf"""(?i)((?:{_HEADERS})\\?['"]?\s*(?::|{_EQUALS})\s*(?:{_QUOTE})?(?:(?:bearer|basic)\s+)?){_VALUE}"""
)
# "plex_token: has expired" is one of our own sentences, so a setting's value is recognized only by a quote or an equals sign.
_SETTING: Final = re.compile(rf"""(?i)((?:{_SETTINGS})\\?['"]?\s*(?:{_EQUALS}\s*(?:{_QUOTE})?|:\s*{_QUOTE})){_VALUE}""")
_IN_URL: Final = re.compile(r"(://[^/\s:@]*:)[^/\s@]+(?=@)")
_SESSION: Final = re.compile(rf"(?i)(\bsession(?:=|%(?:25)*3d)){_VALUE}")
_COOKIES: Final = re.compile(r"""(?i)(cookie['"]?\s*[:=]\s*b?['"]?)[^\s=;,'"{]{1,128}=[^\r\n'"]*""")
_COOKIE_OBJECT: Final = re.compile(
    r"""(?i)(sessioncookie.{0,120}?\bvalue\\?['"]?\s*[:=]\s*\\?['"]?)[^\s'",}\\]+""", re.DOTALL
)
# The look ahead once for each run of its characters: tried from every "eyJ" of a run, a text of nothing else would be read as often as it has them.
_JWT: Final = re.compile(r"(?<![\w-])(?=[\w-]++\.[\w-]{4,}+\.[\w-]{4})([\w-]*?\b)eyJ[\w-]{4,}+\.[\w-]{4,}+\.[\w-]{4,}+")
_PATTERNS: Final = (_COOKIE_OBJECT, _COOKIES, _HEADER, _SETTING, _SESSION, _JWT, _IN_URL)

_WAYS: Final = tuple(
    map(
        re.compile,
        (
            r"%(?P<percent>[0-9A-Fa-f]{2})",
            r"""\\u(?P<unicode>[0-9A-Fa-f]{4})|\\x(?P<byte>[0-9A-Fa-f]{2})|\\(?P<same>[\\/"'])""",
            r"&(?P<entity>amp|lt|gt|quot|apos);|&\#(?P<hash>\d{1,4});|&\#[xX](?P<hash16>[0-9A-Fa-f]{1,4});",
        ),
    )
)
_ESCAPE: Final = re.compile("|".join(way.pattern for way in _WAYS))
_MAX_LAYERS: Final = 4
_MAX_ROUNDS: Final = 8
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}


class Redactor:
    """Masks secrets in text. Masking twice changes nothing more; any thread may add while others add or mask."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: frozenset[str] = frozenset()
        self._plain: re.Pattern[str] | None = None
        self._bytewise: re.Pattern[str] | None = None
        self._passing: tuple[str, ...] = ()
        self._passing_forms: tuple[str, ...] = ()
        self._adding = threading.Lock()  # the thread's answers and the hooks' lines bring secrets at the same time
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Mask these too, from now on. Those shorter than MIN_LENGTH and those known already are left out."""
        with self._adding:
            known = self._secrets | {secret for secret in map(str.strip, secrets) if len(secret) >= MIN_LENGTH}
            if known == self._secrets:
                return
            forms = {form for secret in known for form in _forms(secret)}
            self._plain = _any_of(forms)
            self._bytewise = _any_of(map(_bytewise, forms))
            self._secrets = known

    def add_passing(self, *secrets: str) -> None:
        """As `add`, for secrets that others soon take the place of: only the newest MOST_PASSING are masked."""
        added = [secret for secret in map(str.strip, secrets) if len(secret) >= MIN_LENGTH]
        with self._adding:
            if set(added) <= set(self._passing[len(self._passing) // 2 :]):
                return
            known = dict.fromkeys([*(old for old in self._passing if old not in added), *added])
            self._passing = tuple(known)[-MOST_PASSING:]
            # Not as a pattern: the re module would keep each of the hundreds that are made one after the other.
            self._passing_forms = tuple(_longest_first({form for secret in self._passing for form in _forms(secret)}))

    def __call__(self, text: str) -> str:
        """`text` with every secret replaced by MASK. Takes time in proportion to the text.

        Found as it is, percent-encoded or escaped as in JSON, HTML or repr (up to four times over), in hex, in base64 (within a longer base64 text
        too), and, where the value is not known, by its name: `X-Plex-Token=…`, `ApiKey: …`, `Cookie: session=…`.
        """
        for _ in range(_MAX_ROUNDS):  # what closes up around a mask may be a secret again
            before, text = text, self._once(text)
            if text == before:
                return text
        return MASK  # made to close up again and again: no text of anybody's, and each round costs as much as the first

    def _once(self, text: str) -> str:
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        if self._plain:
            text = self._plain.sub(MASK, text)
        for form in self._passing_forms:
            text = text.replace(form, MASK)
        if (self._bytewise or self._passing_forms) and _ESCAPE.search(text):
            text = _mask_escaped(text, self._places)
        return text

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where secrets stand in a text of which each character is a byte."""
        if self._bytewise:
            yield from (found.span() for found in self._bytewise.finditer(text))
        for form in map(_bytewise, self._passing_forms):
            start = text.find(form)
            while start >= 0:
                yield start, start + len(form)
                start = text.find(form, start + 1)


class RedactingFilter(logging.Filter):
    """Put on a HANDLER (a logger's filters miss the records of the loggers below it): masks message, arguments, exception and stack of a record."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor
        self._formatter = logging.Formatter()

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite `record` in place, for every later handler too; always True."""
        try:
            message = record.getMessage()
        except (
            TypeError,
            ValueError,
            KeyError,
        ):  # a wrong format string must not cost the line, nor print its arguments
            message = f"{record.msg} (its arguments do not fit)"
        record.msg, record.args = self._redactor(message), None
        if record.exc_info and not record.exc_text:
            record.exc_text = self._formatter.formatException(record.exc_info)
        record.exc_info = None  # no later formatter may write it anew, unmasked
        record.exc_text = self._redactor(record.exc_text) if record.exc_text else None
        record.stack_info = self._redactor(record.stack_info) if record.stack_info else None
        return True


def _forms(secret: str) -> set[str]:
    """`secret` as it may stand in a text, before any percent-encoding or escaping."""
    data = secret.encode("utf-8", "surrogatepass")
    forms = {
        secret,
        json.dumps(secret)[1:-1],
        repr(secret)[1:-1],
        secret.replace(" ", "+"),
        data.hex(),
        data.hex().upper(),
    }
    for core in _base64_cores(data):
        forms |= {core, core.replace("+", "-").replace("/", "_")}
    return {form for form in forms if len(form) >= MIN_LENGTH}


def _base64_cores(data: bytes) -> Iterable[str]:
    """What base64 makes of `data` wherever it stands in a longer text: one core for each of the three places in a group of three bytes."""
    for before in range(3):
        encoded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        whole_bits = (before + len(data)) * 8
        yield encoded[(before * 8 + 5) // 6 : whole_bits // 6]


def _any_of(forms: Iterable[str]) -> re.Pattern[str] | None:
    """One pattern for all, the longest first, so that no secret leaves the rest of a longer one behind."""
    ordered = _longest_first(forms)
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _longest_first(forms: Iterable[str]) -> list[str]:
    return sorted(filter(None, forms), key=lambda form: (-len(form), form))


@dataclass(frozen=True, slots=True)
class _Layer:
    """A text with some of its escapes resolved, each character one byte of UTF-8; `starts` and `ends` say where each came from."""

    text: str
    starts: list[int]
    ends: list[int]


def _mask_escaped(text: str, places: Callable[[str], Iterable[tuple[int, int]]]) -> str:
    """Peel off escapes, and mask in `text` whatever shows a secret then."""
    hidden = bytearray(len(text))
    for layer in _layers(_bytes_of(text)):
        for first, after in places(layer.text):
            start, end = layer.starts[first], layer.ends[after - 1]
            hidden[start:end] = b"\1" * (end - start)
    return _without(text, hidden)


def _layers(layer: _Layer) -> Iterator[_Layer]:
    """`layer` with one way of escaping resolved after the other, in every order: a secret may itself look like an escape of another way."""
    seen = {layer.text}
    front = [layer]
    for _ in range(_MAX_LAYERS):
        peeled = [_peel(each, way) for each in front for way in _WAYS if way.search(each.text)]
        front = list({each.text: each for each in peeled if each.text not in seen}.values())
        seen.update(each.text for each in front)
        yield from front


def _without(text: str, hidden: bytearray) -> str:
    pieces = []
    for is_hidden, run in groupby(range(len(text)), key=hidden.__getitem__):
        places = list(run)
        pieces.append(MASK if is_hidden else text[places[0] : places[-1] + 1])
    return "".join(pieces)


def _bytes_of(text: str) -> _Layer:
    if text.isascii():
        return _Layer(text, list(range(len(text))), list(range(1, len(text) + 1)))
    pieces = [_bytewise(character) for character in text]
    places = [index for index, piece in enumerate(pieces) for _ in piece]
    return _Layer("".join(pieces), places, [place + 1 for place in places])


def _peel(layer: _Layer, escapes: re.Pattern[str]) -> _Layer:
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    position = 0
    for escape in escapes.finditer(layer.text):
        first, after = escape.span()
        resolved = _resolved(escape)
        pieces += (layer.text[position:first], resolved)
        starts += layer.starts[position:first] + [layer.starts[first]] * len(resolved)
        ends += layer.ends[position:first] + [layer.ends[after - 1]] * len(resolved)
        position = after
    pieces.append(layer.text[position:])
    return _Layer("".join(pieces), starts + layer.starts[position:], ends + layer.ends[position:])


def _bytewise(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "surrogatepass").decode("latin-1")


def _resolved(escape: re.Match[str]) -> str:
    kind = escape.lastgroup or ""
    value = escape[kind]
    if kind in {"percent", "byte"}:
        return chr(int(value, 16))
    if kind in {"unicode", "hash16"}:
        return _bytewise(chr(int(value, 16)))
    if kind == "same":
        return value
    if kind == "hash":
        return _bytewise(chr(int(value)))
    return _ENTITIES[value]
