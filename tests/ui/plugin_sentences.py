"""The sentences of the plugin as its sources have them: every message of an error, and what the page's operations say."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Final

from tests.documents import ROOT

HOLE: Final = "\0"
"""Stands in a text for what is only known at run time."""

_ROOMS: Final = ("tasks", "plex", "stash", "storage", "settings", "worker", "records", "matching", "sync_queue")
_PAGE: Final = ("tasks/page/*.py", "tasks/reasons.py", "tasks/control_jobs.py")
_OF_MESSAGES: Final = ("plex/failures.py", "matching/match.py")
"""What these return are messages, which stand in errors."""

_FOR_PROGRAMS: Final = frozenset(
    {
        *("ValueError", "AttributeError", "RuntimeError", "ImportError", "OSError", "TimeoutError", "TypeError"),
        *("NotAJobError", "NotReadError"),
    }
)
"""Met by our own code, or told of rows in the queue that another program wrote."""

_MOST_FORMS: Final = 24


@dataclass(frozen=True, slots=True)
class Said:
    """One text of a source: `plex/address.py:40`, and its words with holes."""

    place: str
    text: str


def messages() -> list[Said]:
    """Return the messages of all errors that a person may read."""
    found = [
        message for room in _ROOMS for path in sorted((ROOT / room).rglob("*.py")) for message in _Source(path).errors()
    ]
    returned = [message for name in _OF_MESSAGES for message in _Source(ROOT / name).returned()]
    return list(dict.fromkeys([*found, *returned]))


def answers() -> list[Said]:
    """Return what operations of the page say beside errors: every text of their modules that is more than a name."""
    paths = [path for pattern in _PAGE for path in sorted(ROOT.glob(pattern))]
    return list(dict.fromkeys(answer for path in paths for answer in _Source(path).whole()))


class _Source:
    """One module, and its texts by the name of their constant."""

    def __init__(self, path: Path) -> None:
        self._name = path.relative_to(ROOT).as_posix()
        self._tree = ast.parse(path.read_text(encoding="utf-8"))
        self._constants: dict[str, ast.expr] = {}
        for node in self._tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
            value = getattr(node, "value", None)
            if isinstance(target, ast.Name) and isinstance(value, ast.Constant | ast.JoinedStr | ast.BinOp):
                self._constants[target.id] = value

    def errors(self) -> Iterator[Said]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and self._is_error(node.func):
                for argument in node.args:
                    yield from self._said(argument)

    def returned(self) -> Iterator[Said]:
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Return) and node.value is not None:
                yield from self._said(node.value)

    def whole(self) -> Iterator[Said]:
        """Every text, but for documentation, pieces of texts, and what errors say."""
        passed = {id(each) for node in ast.walk(self._tree) for each in self._pieces(node)}
        for node in ast.walk(self._tree):
            if id(node) not in passed and (isinstance(node, ast.JoinedStr) or _is_text(node)):
                yield from self._said(node)

    def _pieces(self, node: ast.AST) -> Iterator[ast.AST]:
        if isinstance(node, ast.Expr) and _is_text(node.value):
            yield node.value
        if isinstance(node, ast.JoinedStr | ast.Subscript) or (
            isinstance(node, ast.Call) and (self._is_error(node.func) or getattr(node.func, "id", "") == "cast")
        ):
            yield from (each for each in ast.walk(node) if each is not node)

    @staticmethod
    def _is_error(function: ast.expr) -> bool:
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        return name not in _FOR_PROGRAMS and (name.endswith("Error") or name.startswith(("Plex", "Stash")))

    def _said(self, node: ast.expr | ast.AST) -> Iterator[Said]:
        for text in self._texts(node):
            if " " in text.replace(HOLE, "").strip():
                yield Said(f"{self._name}:{getattr(node, 'lineno', 0)}", text)

    def _texts(self, node: ast.AST) -> list[str]:  # noqa: PLR0911 - a table: one line a kind of node
        """Return the forms of a text: both sides of a condition, and HOLE for all else that is put in."""
        match node:
            case ast.Constant(value=str(text)):
                return [text]
            case ast.JoinedStr(values=values):
                return ["".join(each) for each in islice(product(*map(self._texts, values)), _MOST_FORMS)]
            case ast.FormattedValue(value=inner):
                return self._texts(inner)
            case ast.IfExp(body=body, orelse=otherwise):
                return self._texts(body) + self._texts(otherwise)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [before + behind for before in self._texts(left) for behind in self._texts(right)]
            case ast.Name(id=name) if name in self._constants:
                return self._texts(self._constants[name])
            case _:
                return [HOLE]


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)
