"""The text of a config.yaml as plain text values with their lines. Knows YAML and nothing of what the settings mean."""

from collections.abc import Iterator
from typing import Final, Protocol

import yaml

from settings.config_file import Config, Plain, refuse

MAX_DEPTH: Final = 8
_NULL: Final = "tag:yaml.org,2002:null"


class _Mark(Protocol):
    """A place in the file, as YAML's reader counts: from 0."""

    line: int
    column: int


def parse_config(text: str) -> Config:
    """The text of a config.yaml.

    Raises:
        SettingsError: as settings.config_file.read_config.
    """
    try:
        _refuse_tricks(text)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        refuse(f"is not valid YAML: {error.problem}", *_at(error.problem_mark or error.context_mark))
    except yaml.YAMLError as error:
        position = getattr(error, "position", None)
        refuse(
            "holds a character that YAML does not allow",
            text.count("\n", 0, position) + 1 if position is not None else 0,
        )
    if root is None or root.tag == _NULL:
        return Config()
    if not isinstance(root, yaml.MappingNode):
        refuse("must hold lines of the form `key: value`", root.start_mark.line + 1)
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
            refuse(
                f"uses {trick} (&, *, !), which are not allowed here; put the value in quotes",
                *_at(event.start_mark),
            )
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            refuse("is nested too deeply", *_at(event.start_mark))


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[str, int, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            refuse("has a key that is not a plain word", line)
        if key.value in seen:
            refuse(f'has the key "{key.value}" twice', line)
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
