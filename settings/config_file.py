"""`config.yaml`: read as plain text values with their lines. Knows YAML and nothing of what the settings mean."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, Protocol, TypeAlias

import yaml

from settings.problems import Problem, SettingsError

FILE_NAME: Final = "config.yaml"
MAX_BYTES: Final = 256 * 1024
MAX_DEPTH: Final = 8

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"
_NULL: Final = "tag:yaml.org,2002:null"


class _Mark(Protocol):
    """A place in the file, as YAML's reader counts: from 0."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Config:
    """The file's values by key, every scalar as its text (None where nothing stands), and the line of each key, counted from 1."""

    values: Mapping[str, Plain] = field(default_factory=dict, repr=False)  # may hold the token
    lines: Mapping[str, int] = field(default_factory=dict)


def read_config(path: str | Path) -> Config:
    """The file at `path`; an empty Config if there is none.

    Raises:
        SettingsError: the file cannot be read, is too large, or is no YAML of the form `key: value`; with line and column.
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
    """The text of a config.yaml.

    Raises:
        SettingsError: as `read_config`.
    """
    try:
        _refuse_tricks(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        _refuse(f"is not valid YAML: {error.problem}", *_at(error.problem_mark or error.context_mark))
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        _refuse(
            "holds a character that YAML does not allow",
            text.count("\n", 0, position) + 1 if position is not None else 0,
        )
    if root is None or root.tag == _NULL:
        return Config()
    if not isinstance(root, yaml.MappingNode):
        _refuse("must hold lines of the form `key: value`", root.start_mark.line + 1)
    pairs = list(_pairs(root))
    return Config({key: _plain(node) for key, _, node in pairs}, {key: line for key, line, _ in pairs})


def _refuse_tricks(text: str) -> None:
    """Refuse what settings never need and what can make a small file huge or deep: anchors, aliases, tags, nesting."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        trick = (
            "anchors and aliases" if getattr(event, "anchor", None) else "tags" if getattr(event, "tag", None) else ""
        )
        if trick:
            _refuse(
                f"uses {trick} (&, *, !), which are not allowed here; put the value in quotes",
                *_at(event.start_mark),
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            _refuse("is nested too deeply", *_at(event.start_mark))


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, int, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            _refuse("has a key that is not a plain word", line)
        if key.value in seen:
            _refuse(f'has the key "{key.value}" twice', line)
        seen.add(key.value)
        yield key.value, line, value


def _plain(node: yaml.Node) -> Plain:
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each) for each in node.value]
    if isinstance(node, yaml.MappingNode):
        return {key: _plain(value) for key, _, value in _pairs(node)}
    return None if node.tag == _NULL else str(node.value)


def _at(mark: "_Mark | None") -> tuple[int, int]:
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _refuse(message: str, line: int = 0, column: int = 0) -> NoReturn:
    at = "".join((f", line {line}" if line else "", f", column {column}" if column else ""))
    raise SettingsError([Problem(FILE_NAME, "", f"the data folder{at}", "", message)]) from None
