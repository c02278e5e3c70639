"""Masks paths in a line of text without guessing where they end: from where one begins, nothing is shown but words of our own messages.

A path may hold every character, so no pattern can tell its end: "/data/Who? Me/Mary Roe: Uncut.mp4: gone". Lines of the log, dead letters and
errors that are on disk already say no more than their text. What can be known is the other half: the constant words that our messages put around paths.
They give nothing away wherever they stand, not even within a path. So everything from a path's beginning to the end of the line is masked, but these.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

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
    r"| of [\d,]+ bytes, and | in Stash has [\d,]+: it is another file, or one of the two has not scanned the new one yet; "
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
    r"/(?:identity|graphql|library(?:/(?:sections|metadata)(?:/[\d,]+)?(?:/[a-z]{1,9})?)?)?(?=[:;,]|\Z| is | declares | with | came )"
)
"""What was asked of a server: no path of a file."""

_IN_TRACE: Final = re.compile(r'(?<=File ")[^"\n]*(?=", line \d)')
_OWN_END: Final = r"(?P<tail>(?:\.corrupt-[0-9TZ.-]*[0-9TZ]|\.aside)?)(?![\w\\/])"


class PathMask:
    """`label` gives a component its label; `known` are paths and folders that are recognized even behind a letter; `own_files`: see PrivateMask."""

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
        """`text`, with all its paths masked."""
        shown: list[str] = []
        position = 0
        while found := self._start.search(text, position):
            shown.append(text[position : found.start()])
            told, end = self._known_end(text, found.start())
            if not end:
                return "".join([*shown, self._to_the_end(text[found.start() :])])
            shown.append(told)
            position = end
        return "".join([*shown, text[position:]])

    def whole(self, path: str) -> str:
        """One path with each of its components as a label."""
        return _PART.sub(lambda part: self._component(part[0]), path)

    def _known_end(self, text: str, start: int) -> tuple[str, int]:
        """What to show for a path of which the end is known, and that end; 0 for all others."""
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
