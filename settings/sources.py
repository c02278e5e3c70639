"""The two files of the data folder that settings come from: `config.yaml` and `plex-token.json`.

Of both it knows the form, and nothing of what the settings mean. `config.yaml` is written by the user only;
`plex-token.json` holds the token that was typed on the plugin's page, and for which address each token was given, and
is written by worker.sync.token_bounds. Stash shows every plugin's settings to whoever may ask it; this file it does not
know.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn, TypeAlias

from settings.settings import Problem, SettingsError

FILE_NAME: Final = "config.yaml"
MAX_BYTES: Final = 256 * 1024
_MAX_DEPTH: Final = 8
_NULL: Final = "tag:yaml.org,2002:null"

TOKEN_FILE_NAME: Final = "plex-token.json"  # noqa: S105 - a name
_MOST_TOKEN_BYTES: Final = 64 * 1024
_MARK_DIGITS: Final = 32

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"


@dataclass(frozen=True, slots=True)
class Config:
    """What `config.yaml` holds: the values by key, scalars as text or None for nothing, and each key's line, from 1.

    `deeper` has the lines of keys below others: `{("libraries", "Films", "tags_to"): 7}`.
    """

    values: Mapping[str, Plain] = field(default_factory=dict, repr=False)  # may hold the token
    lines: Mapping[str, int] = field(default_factory=dict)
    deeper: Mapping[tuple[str, ...], int] = field(default_factory=dict)


def read_config(path: str | Path) -> Config:
    """Read the file at `path`; an empty Config if there is none.

    Raise SettingsError, with line and column, where it cannot be read, is too large, or is no YAML of `key: value`.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        _refuse(f"cannot be read ({error.strerror})")
    if len(raw) > MAX_BYTES:
        _refuse(f"is larger than {MAX_BYTES // 1024} KB")
    try:
        return parse_config(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        _refuse("is not UTF-8", raw.count(b"\n", 0, error.start) + 1)


def parse_config(text: str) -> Config:
    """Read the text of a config.yaml. Raises as `read_config`."""
    import yaml  # here, because few have the file, and yaml costs a worker 15 ms before its first job

    try:
        _refuse_tricks(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        _refuse(f"is not valid YAML: {error.problem}", *_at(error.problem_mark or error.context_mark))
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        line = text.count("\n", 0, position) + 1 if position is not None else 0
        _refuse("holds a character that YAML does not allow", line)
    if root is None or root.tag == _NULL:
        return Config()
    if not isinstance(root, yaml.MappingNode):
        _refuse("must hold lines of the form `key: value`", root.start_mark.line + 1)
    pairs = list(_pairs(root))
    lines = {key: line for key, line, _ in pairs}
    deeper = {place: line for key, _, node in pairs for place, line in _lines_below(node, (key,))}
    return Config({key: _plain(node) for key, _, node in pairs}, lines, deeper)


def _refuse(message: str, line: int = 0, column: int = 0) -> NoReturn:
    place = "".join((f", line {line}" if line else "", f", column {column}" if column else ""))
    raise SettingsError([Problem(FILE_NAME, "", f"the data folder{place}", "", message)]) from None


def _at(mark: Any) -> tuple[int, int]:
    """Return line and column of a place in the file, which YAML's reader counts from 0."""
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _refuse_tricks(text: str) -> None:
    """Refuse what settings never need and what can make a small file huge or deep: anchors, aliases, tags, nesting."""
    import yaml

    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        anchor, tag = getattr(event, "anchor", None), getattr(event, "tag", None)
        if anchor or tag:
            trick = "anchors and aliases" if anchor else "tags"
            _refuse(
                f"uses {trick} (&, *, !), which are not allowed here; put the value in quotes", *_at(event.start_mark)
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _MAX_DEPTH:
            _refuse("is nested too deeply", *_at(event.start_mark))


def _pairs(node: Any) -> Iterator[tuple[str, int, Any]]:
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if key.id != "scalar":
            _refuse("has a key that is not a plain word", line)
        if key.value in seen:
            _refuse(f'has the key "{key.value}" twice', line)
        seen.add(key.value)
        yield key.value, line, value


def _lines_below(node: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    for key, line, value in _pairs(node) if node.id == "mapping" else ():
        yield (*place, key), line
        yield from _lines_below(value, (*place, key))


def _plain(node: Any) -> Plain:
    if node.id == "sequence":
        return [_plain(each) for each in node.value]
    if node.id == "mapping":
        return {key: _plain(value) for key, _, value in _pairs(node)}
    return None if node.tag == _NULL else str(node.value)


@dataclass(frozen=True, slots=True)
class Given:
    """The address that a token was given for.

    Attributes:
        mark: which token, see `mark_of`.
        origin: e.g. "http://192.168.1.10:32400"; "" for none yet.
        server: the machine identifier of the Plex that took it there; "" before one did.
    """

    mark: str
    origin: str
    server: str = ""


@dataclass(frozen=True, slots=True)
class TokenFile:
    """What `plex-token.json` holds; `given` has an entry for each Source that ever held a token."""

    token: str = field(default="", repr=False)
    given: Mapping[str, Given] = field(default_factory=dict)

    def as_text(self) -> str:
        """Return the text of the file."""
        given = {source: [each.mark, each.origin, each.server] for source, each in self.given.items()}
        return json.dumps({"token": self.token, "given": given}) + "\n"


def mark_of(token: str) -> str:
    """Return a name for `token` that does not reveal it: a token is twenty random characters, which nobody guesses."""
    import hashlib  # here, because settings are read for every look at the page

    return hashlib.sha256(b"Stash2Plex " + token.encode()).hexdigest()[:_MARK_DIGITS]


def read_token_file(data_dir: str) -> TokenFile:
    """Read the file, empty where there is none or it is damaged; raise SettingsError where it cannot be read."""
    path = Path(data_dir, TOKEN_FILE_NAME)
    try:
        with path.open("rb") as file:
            raw = json.loads(file.read(_MOST_TOKEN_BYTES))
        given = {str(source): Given(*map(str, each)) for source, each in raw["given"].items()}
        return TokenFile(str(raw["token"]), given)
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return TokenFile()
    except OSError as error:
        reason = f"cannot be read ({error.strerror}); give it to the user that Stash runs as"
        raise SettingsError([Problem(TOKEN_FILE_NAME, "", "the data folder", "", reason)]) from None
