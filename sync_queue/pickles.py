"""What a pickle says, read without running anything of it: text, numbers, lists, and mappings by text.

A pickle is a program; unpickling runs it, and may be made to run anything. Here its opcodes are only read, and what
would make an object of a class leaves OPAQUE. Time and memory are in proportion to its length, which is bounded.
Source: CPython Lib/pickletools.py, which knows of each opcode what it takes from the stack and leaves there.
"""

import pickletools
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

OPAQUE: Final = object()
"""Stands for whatever only running the pickle would tell, and for what no file of ours can hold."""

_PROTOCOLS: Final = range(2, 6)
"""Those that begin with a byte that no JSON does. Source: PEP 307, PEP 574."""

_MOST_BYTES: Final = 1 << 20
_MOST_OPCODES: Final = 100_000
_MARK: Final = object()
_OPCODES: Final = {opcode.name: opcode for opcode in pickletools.opcodes}
_CONSTANTS: Final = frozenset(
    {"BININT", "BININT1", "BININT2", "LONG1", "LONG4", "BINFLOAT", "SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"}
)
_HALVES: Final = re.compile("[\ud800-\udfff]")
_INTEGERS: Final = range(-(2**63), 2**63)
"""Source: https://www.sqlite.org/datatype3.html, section 2."""
_WORDS: Final = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_KEEPS: Final = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_FETCHES: Final = frozenset({"GET", "BINGET", "LONG_BINGET"})


class NotReadError(ValueError):
    """The pickle is damaged, too long, or no pickle."""


def is_pickle(data: object) -> bool:
    """Whether these bytes begin as a pickle does that Python 3 makes."""
    return isinstance(data, bytes) and len(data) > 1 and data[0] == ord("\x80") and data[1] in _PROTOCOLS


def plain_value(data: bytes) -> Any:
    """Return what the pickle says, OPAQUE in place of everything that is not plain. Runs nothing.

    Raises:
        NotReadError: it cannot be read to its end.
    """
    if len(data) > _MOST_BYTES:
        raise NotReadError(f"a pickle of {len(data)} bytes")
    opcodes = _Opcodes()
    try:
        for count, (opcode, arg, _) in enumerate(pickletools.genops(data)):
            if count > _MOST_OPCODES:
                raise NotReadError(f"a pickle of more than {_MOST_OPCODES} steps")
            if opcode.name == "STOP":
                return opcodes.stack[-1]
            opcodes.take(opcode.name, arg)
    except (ValueError, LookupError) as error:
        raise NotReadError("a damaged pickle") from error
    raise NotReadError("a pickle without an end")


class _Opcodes:
    """The stack and the memo that the pickle's opcodes speak of, with plain values on them only."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}
        self._makers: dict[str, Callable[[], None]] = {
            "MARK": lambda: self.stack.append(_MARK),
            "EMPTY_DICT": lambda: self.stack.append({}),
            "EMPTY_LIST": lambda: self.stack.append([]),
            "MEMOIZE": lambda: self._keep(len(self._memo)),
            "APPEND": lambda: self._extend([self.stack.pop()]),
            "APPENDS": lambda: self._extend(self._to_mark()),
            "SETITEM": lambda: self._update([self.stack.pop(-2), self.stack.pop()]),
            "SETITEMS": lambda: self._update(self._to_mark()),
        }

    def take(self, name: str, arg: Any) -> None:
        """Do what the opcode does to the stack, and nothing else."""
        if name in self._makers:
            self._makers[name]()
        elif name in _CONSTANTS:
            self.stack.append(arg if _is_storable(arg) else OPAQUE)
        elif name in _WORDS:
            self.stack.append(_WORDS[name])
        elif name in _KEEPS:
            self._keep(arg)
        elif name in _FETCHES:
            self.stack.append(self._memo[arg])
        else:
            self._pass_over(name)

    def _keep(self, place: int) -> None:
        self._memo[place] = self.stack[-1]

    def _to_mark(self) -> list[Any]:
        found: list[Any] = []
        while (value := self.stack.pop()) is not _MARK:
            found.append(value)
        return found[::-1]

    def _extend(self, values: list[Any]) -> None:
        if isinstance(self.stack[-1], list):
            self.stack[-1].extend(values)

    def _update(self, flat: list[Any]) -> None:
        """Take keys and values in turn; a key that is no text is left out."""
        if isinstance(self.stack[-1], dict):
            pairs = zip(flat[::2], flat[1::2], strict=True)
            self.stack[-1].update((key, value) for key, value in pairs if isinstance(key, str))

    def _pass_over(self, name: str) -> None:
        opcode = _OPCODES[name]
        taken = [kind for kind in opcode.stack_before if kind is not pickletools.stackslice]
        if pickletools.markobject in taken:
            self._to_mark()
            taken.remove(pickletools.markobject)
        for _ in taken:
            self.stack.pop()
        self.stack += [OPAQUE] * len(opcode.stack_after)


def _is_storable(value: object) -> bool:
    """Whether SQLite takes this number, or this text: a pickle may hold halves of characters."""
    if isinstance(value, str):
        return not _HALVES.search(value)
    return not isinstance(value, int) or value in _INTEGERS
