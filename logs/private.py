"""Masks what is private but no secret, for reports that people post: hosts, paths, titles and users of the system become numbered labels."""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from logs.private_paths import PathMask

_URL: Final = re.compile(
    r"(?i)(?:(?<=http://)|(?<=https://))(?:[^/\s@'\"]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/\s:'\"<>]+)(?P<port>(?::\d{1,5})?)(?P<rest>(?:[/?#][^\s'\"<>]*)?)"
)
_TOLD_OF_URL: Final = re.compile(r"/?(?:graphql|identity|library|web)?[.,;:)]*")
_USER: Final = re.compile(r"(?<= user )(?P<number>\d+ )\((?!root\))(?P<name>[^()\n]+)\)")
"""As sync_queue.owner names a user of the system."""

_NAME: Final = re.compile(r"(?<![\w.-])[\w.-]+")
_PLEX_HOST: Final = re.compile(r"(?i).*\.plex\.direct", re.DOTALL)
_NUMBERS: Final = re.compile(r"(?i)(?<![\w.:])[0-9a-f.:]+(?![\w:])")
_LONGEST_ADDRESS: Final = 45
_MIN_TITLE: Final = 2
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class PrivateMask:
    """Gives each private thing one label for as long as the object lives: "host-1", "path-3", "title-2".

    A path is masked component by component and keeps the kind of its file, so that a reader still sees which paths share a tail:
    "/data/movies/Sintel.mp4" and "/media/movies/Sintel.mp4" become "/path-1/path-2/path-3.mp4" and "/path-4/path-2/path-3.mp4".
    How far a path goes is not guessed, see logs.private_paths. Addresses of the machine itself stay. Takes time in proportion to the text.
    """

    def __init__(
        self,
        *,
        hosts: Iterable[str] = (),
        paths: Iterable[str] = (),
        titles: Iterable[str] = (),
        own_files: Mapping[str, str] = _NOTHING,
    ) -> None:
        """`hosts`, `paths` (folders too) and `titles` are masked wherever they stand; other addresses and paths where they are recognized.

        `own_files` are whole paths that hold nothing private beside where they lie, with what is shown in their place.
        """
        self._labels: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()
        self._hosts = _any_of((host for host in hosts if not _is_local(host)), "(?i)")
        self._titles = frozenset(title for title in titles if len(title.strip()) >= _MIN_TITLE)
        self._paths = PathMask(lambda name: self._label("path", name), paths, own_files)

    def __call__(self, text: str) -> str:
        """`text` with its private parts as labels. Mask secrets first: this knows none."""
        text = _USER.sub(lambda found: f"{found['number']}({self._label('user', found['name'])})", text)
        text = _URL.sub(self._url, text)
        text = _NAME.sub(self._plex_host, text)
        text = _NUMBERS.sub(lambda found: self._address(found[0]), text)
        if self._hosts:
            text = self._hosts.sub(lambda found: self._host(found[0]), text)
        titles = _any_of((title for title in self._titles if title in text), "")
        if titles:
            text = titles.sub(lambda found: self._label("title", found[0]), text)
        return self._paths(text)

    def path(self, path: str) -> str:
        """One whole path, of which nothing but the kind of its file is shown."""
        return self._paths.whole(path)

    def _label(self, kind: str, value: str) -> str:
        if (kind, value) not in self._labels:
            self._counts[kind] += 1
            self._labels[kind, value] = f"{kind}-{self._counts[kind]}"
        return self._labels[kind, value]

    def _url(self, found: re.Match[str]) -> str:
        rest = found["rest"]
        told = rest if _TOLD_OF_URL.fullmatch(rest) else self.path(rest)
        return self._host(found["host"]) + found["port"] + told

    def _host(self, host: str) -> str:
        return host if _is_local(host) else self._label("host", host.strip("[]").casefold())

    def _plex_host(self, found: re.Match[str]) -> str:
        name = _PLEX_HOST.match(found[0])
        return self._host(name[0]) + found[0][name.end() :] if name else found[0]

    def _address(self, text: str) -> str:
        """What looks like an address may be a time of day, and its end may be that of a sentence or a port."""
        for end in (len(text), len(text.rstrip(".:")), text.rfind(":")):
            if 0 < end <= _LONGEST_ADDRESS and _is_address(text[:end]):
                return self._host(text[:end]) + text[end:]
        return text


def _any_of(values: Iterable[str], flags: str) -> re.Pattern[str] | None:
    ordered = sorted({value for value in values if value.strip()}, key=lambda value: (-len(value), value))
    return re.compile(rf"{flags}(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)") if ordered else None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_local(host: str) -> bool:
    bare = host.strip("[]").casefold()
    return bare == "localhost" or (
        _is_address(bare) and (ipaddress.ip_address(bare).is_loopback or ipaddress.ip_address(bare).is_unspecified)
    )
