"""Masks what is private but no secret, for reports that people post: hosts, paths, titles and users become labels.

A path may hold every character, so no pattern can find its end: "/data/Who? Me/Mary Roe: Uncut.mp4: gone". What is
known are the constant words that our messages put around paths, and they give nothing away wherever they stand, not
even within a path. So everything from a path's beginning to the end of the line is masked, but these words.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

_URL: Final = re.compile(
    r"(?i)(?:(?<=http://)|(?<=https://))(?:[^/\s@'\"]*@)?(?P<host>\[[0-9A-Fa-f:.]+\]|[^/\s:'\"<>]+)"
    r"(?P<port>(?::\d{1,5})?)(?P<rest>(?:[/?#][^\s'\"<>]*)?)"
)
_SHOWN_OF_URL: Final = re.compile(r"/?(?:graphql|identity|library|web)?[.,;:)]*")
_USER: Final = re.compile(r"(?<= user )(?P<number>\d+ )\((?!root\))(?P<name>[^()\n]+)\)")
"""As sync_queue.owner names a user of the system."""

_NAME: Final = re.compile(r"(?<![\w.-])[\w.-]+")
_PLEX_HOST: Final = re.compile(r"(?i).*\.plex\.direct", re.DOTALL)
_NUMBERS: Final = re.compile(r"(?i)(?<![\w.:])[0-9a-f.:]+(?![\w:])")
_LONGEST_ADDRESS: Final = 45
_MIN_TITLE: Final = 2
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

_PART: Final = re.compile(r"[^\\/]+")
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_FILE: Final = re.compile(
    r"(?P<stem>.+)(?P<kind>\.(?i:3gp|asf|avi|flv|iso|m2ts|m4v|mkv|mov|mp4|mpe?g|mts|ogv|rmvb|ts|vob|webm|wmv))",
    re.DOTALL,
)
"""A name and the kind of file. What stands behind another dot may be a part of the name."""

_START: Final = r"(?<![\w.:/\\-])(?:[A-Za-z]:|\\)?[\\/]|(?i:(?<![a-z])(?!https?:)[a-z]{2,8}://)"
_WORDS: Final = re.compile(
    "("
    r" => | is not | differs in case only \(setting ignore_path_case\)"
    r"|[;,] (?=[A-Za-z]:[\\/]|[\\/])"
    r"| could be item \d+ \(|\), item \d+ \("
    r"|\): nothing is written until a path rule \(setting path_rules\) or Plex leaves only one"
    r"| of [\d,]+ bytes, and "
    r"| in Stash has [\d,]+: it is another file, or one of the two has not scanned the new one yet; "
    r"to have it synced all the same, say in path_rules where its folder is in Plex"
    r"|, as of a moment ago; looking again|; it took other scenes in between"
    r"| fits none of the chosen paths \(setting only_paths\)"
    r"|: the name holds bytes that are not UTF-8, so it cannot be told from others; rename the file"
    r"| is damaged: | cannot be written| cannot be locked"
    ")"
)
"""Words of our messages that may follow a path."""

_ASKED: Final = re.compile(
    r"(?:(?<=GET )|(?<=PUT )|(?<=POST )|(?<=DELETE )|(?<=answer to ))"
    r"/(?:identity|graphql|library(?:/(?:sections|metadata)(?:/[\d,]+)?(?:/[a-z]{1,9})?)?)?"
    r"(?=[:;,]|\Z| is | declares | with | came )"
)
"""A request to a server, whose path is not that of a file."""

_IN_TRACE: Final = re.compile(r'(?<=File ")[^"\n]*(?=", line \d)')
_OWN_END: Final = r"(?P<tail>(?:\.corrupt-[0-9TZ.-]*[0-9TZ]|\.aside)?)(?![\w\\/])"


class PrivateMask:
    """Gives each private thing one label for as long as the object lives: "host-1", "path-3", "title-2".

    A path is masked component by component and keeps the kind of its file, so that a reader still sees which paths
    share a tail: "/data/movies/Sintel.mp4" and "/media/movies/Sintel.mp4" become "/path-1/path-2/path-3.mp4" and
    "/path-4/path-2/path-3.mp4". Addresses of the machine itself stay. Takes time in proportion to the text.
    """

    def __init__(
        self,
        *,
        hosts: Iterable[str] = (),
        paths: Iterable[str] = (),
        titles: Iterable[str] = (),
        own_files: Mapping[str, str] = _NOTHING,
    ) -> None:
        """Collect what to mask wherever it stands; other hosts and paths are masked where they are recognized.

        `paths` are also folders. `own_files` are whole paths that hold nothing private but where they lie, with what is
        shown in their place.
        """
        self._labels: dict[tuple[str, str], str] = {}
        self._counts: Counter[str] = Counter()
        self._hosts = _any_of((host for host in hosts if not _is_local(host)), "(?i)")
        self._titles = frozenset(title for title in titles if len(title.strip()) >= _MIN_TITLE)
        self._paths = _PathMask(lambda name: self._label("path", name), paths, own_files)

    def __call__(self, text: str) -> str:
        """Return `text` with its private parts as labels. Mask secrets before: this knows none."""
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
        """Return one whole path with each of its components as a label."""
        return self._paths.whole(path)

    def _label(self, kind: str, value: str) -> str:
        if (kind, value) not in self._labels:
            self._counts[kind] += 1
            self._labels[kind, value] = f"{kind}-{self._counts[kind]}"
        return self._labels[kind, value]

    def _url(self, found: re.Match[str]) -> str:
        rest = found["rest"]
        shown = rest if _SHOWN_OF_URL.fullmatch(rest) else self.path(rest)
        return self._host(found["host"]) + found["port"] + shown

    def _host(self, host: str) -> str:
        return host if _is_local(host) else self._label("host", host.strip("[]").casefold())

    def _plex_host(self, found: re.Match[str]) -> str:
        name = _PLEX_HOST.match(found[0])
        return self._host(name[0]) + found[0][name.end() :] if name else found[0]

    def _address(self, text: str) -> str:
        """Mask an address. What looks like one may be a time of day, and its end that of a sentence or a port."""
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


class _PathMask:
    """Masks the paths of a text by `label`, `known` ones even behind a letter; for `own_files` see PrivateMask."""

    def __init__(self, label: Callable[[str], str], known: Iterable[str], own_files: Mapping[str, str]) -> None:
        self._label = label
        self._own = own_files
        own = "|".join(map(re.escape, sorted(own_files, key=len, reverse=True)))
        self._own_file = re.compile(rf"(?P<file>{own}){_OWN_END}") if own else None
        starts = [
            re.escape(path.rstrip("\\/")) for path in sorted({*known}, key=len, reverse=True) if path.strip("\\/")
        ]
        self._start = re.compile("|".join([*starts, _START]))

    def __call__(self, text: str) -> str:
        shown: list[str] = []
        position = 0
        while found := self._start.search(text, position):
            shown.append(text[position : found.start()])
            known, end = self._known_end(text, found.start())
            if not end:
                return "".join([*shown, self._to_the_end(text[found.start() :])])
            shown.append(known)
            position = end
        return "".join([*shown, text[position:]])

    def whole(self, path: str) -> str:
        """Return one path with each of its components as a label."""
        return _PART.sub(lambda part: self._component(part[0]), path)

    def _known_end(self, text: str, start: int) -> tuple[str, int]:
        """Return what to show for a path of which the end is known, and that end; 0 for all others."""
        if asked := _ASKED.match(text, start):
            return asked[0], asked.end()
        if traced := _IN_TRACE.match(text, start):
            return self.whole(traced[0]), traced.end()
        own = self._own_file.match(text, start) if self._own_file else None
        return (self._own[own["file"]] + own["tail"], own.end()) if own else ("", 0)

    def _to_the_end(self, text: str) -> str:
        pieces = _WORDS.split(text)
        return "".join(piece if place % 2 else self.whole(piece) for place, piece in enumerate(pieces))

    def _component(self, name: str) -> str:
        if _DRIVE.fullmatch(name):
            return name
        file = _FILE.fullmatch(name)
        return self._label(file["stem"]) + file["kind"] if file else self._label(name)
