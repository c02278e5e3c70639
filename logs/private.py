"""Masks what is private but no secret, for reports that people post: hosts, paths and titles become numbered labels."""

import ipaddress
import re
from collections.abc import Iterable
from typing import Final

_REST: Final = r"""(?:[^\\/\n'"|<>*?:]*[^\\/\s'"|<>*?:][\\/])*(?:[^\\/\n'"|<>*?:]*?\.\w{2,5}\b|[^\\/\s'"|<>*?:]*)"""
_ANY_PATH: Final = rf"(?<![\w.:/\\-])(?:[A-Za-z]:|\\)?[\\/](?=[^\s\\/]){_REST}"
_PART: Final = re.compile(r"[^\\/]+")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_URL_HOST: Final = re.compile(r"(?<=://)(?:[^/\s@'\"]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/\s:'\"<>]+)")
_PLEX_HOST: Final = re.compile(r"(?i)[\w.-]+\.plex\.direct")
_ADDRESS: Final = re.compile(r"(?i)(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f.:]*)(?![\w:])")
_MIN_TITLE: Final = 2


class PrivateMask:
    """Gives each private thing one label for as long as the object lives: "host-1", "path-3", "title-2".

    A path is masked component by component and keeps its extension, so that a reader still sees which paths share a tail:
    "/data/movies/Sintel.mp4" and "/media/movies/Sintel.mp4" become "/path-1/path-2/path-3.mp4" and "/path-4/path-2/path-3.mp4".
    Where it is unclear how far a path goes, too much is masked rather than too little. Addresses of the machine itself stay.
    """

    def __init__(self, *, hosts: Iterable[str] = (), paths: Iterable[str] = (), titles: Iterable[str] = ()) -> None:
        """`hosts`, `paths` (folders too) and `titles` are masked wherever they stand; other addresses and paths where they are recognized."""
        self._labels: dict[tuple[str, str], str] = {}
        self._hosts = _any_of((host for host in hosts if not _is_local(host)), "(?i)")
        known = "|".join(
            re.escape(path.rstrip("\\/")) for path in sorted(set(paths), key=len, reverse=True) if path.strip("\\/")
        )
        self._paths = re.compile(rf"(?:{known})(?:[\\/]{_REST})?(?!\w)|{_ANY_PATH}" if known else _ANY_PATH)
        self._titles = _any_of((title for title in titles if len(title) >= _MIN_TITLE), "")

    def __call__(self, text: str) -> str:
        """`text` with its private parts as labels. Mask secrets first: this knows none."""
        text = _URL_HOST.sub(lambda found: self._host(found["host"]), text)
        text = _PLEX_HOST.sub(lambda found: self._host(found[0]), text)
        text = _ADDRESS.sub(lambda found: self._host(found[0]) if _is_address(found[0]) else found[0], text)
        if self._hosts:
            text = self._hosts.sub(lambda found: self._host(found[0]), text)
        text = self._paths.sub(lambda found: self._path(found[0]), text)
        if self._titles:
            text = self._titles.sub(lambda found: self._label("title", found[0]), text)
        return text

    def _label(self, kind: str, value: str) -> str:
        if (kind, value) not in self._labels:
            number = 1 + sum(known == kind for known, _ in self._labels)
            self._labels[kind, value] = f"{kind}-{number}"
        return self._labels[kind, value]

    def _host(self, host: str) -> str:
        return host if _is_local(host) else self._label("host", host.strip("[]").casefold())

    def _path(self, path: str) -> str:
        return _PART.sub(lambda part: self._component(part[0]), path)

    def _component(self, name: str) -> str:
        if _DRIVE.fullmatch(name):
            return name
        stem, dot, extension = name.rpartition(".")
        return self._label("path", stem) + dot + extension if stem else self._label("path", name)


def _any_of(values: Iterable[str], flags: str) -> re.Pattern[str] | None:
    ordered = sorted({value for value in values if value.strip()}, key=len, reverse=True)
    return re.compile(rf"{flags}(?<!\w)(?:{'|'.join(map(re.escape, ordered))})(?!\w)") if ordered else None


def _is_address(text: str) -> bool:
    """Whether it is an IP address: what looks like one may be a time of day."""
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
