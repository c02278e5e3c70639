"""What Windows alone can tell of processes. Only for Windows, of 64 bits.

Source: PROCESS_BASIC_INFORMATION, PEB and RTL_USER_PROCESS_PARAMETERS in Microsoft's documentation of winternl.h.
"""

import ctypes
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

_TERMINATE, _SYNCHRONIZE, _QUERY_AND_READ = 0x0001, 0x100000, 0x0410
_MOST_PROCESSES: Final = 4096
_PARAMETERS_IN_PEB = 0x20
_COMMAND_LINE, _ENVIRONMENT, _ENVIRONMENT_SIZE = 0x70, 0x80, 0x3F0  # in the parameters


def arguments() -> dict[int, list[str]]:
    """What each process that may be looked at was started with."""
    return {pid: _split(line) for pid in _ids() if (line := _command_line(pid))}


def _split(line: str) -> list[str]:
    split, count = ctypes.WinDLL("shell32").CommandLineToArgvW, ctypes.c_int()  # type: ignore[attr-defined,unused-ignore]
    split.restype = ctypes.POINTER(ctypes.c_wchar_p)
    return list(split(ctypes.c_wchar_p(line), ctypes.byref(count))[: count.value])


def terminate(pid: int, status: int, timeout_s: float) -> None:
    """End a process with this exit status and wait until it is gone; one that is gone already is no mistake.

    Raises:
        AssertionError: it still lives after `timeout_s`.
    """
    with _opened(pid, _TERMINATE | _SYNCHRONIZE) as process:
        if process:
            _kernel().TerminateProcess(process, status)
            assert _kernel().WaitForSingleObject(process, int(timeout_s * 1000)) == 0, f"process {pid} lives on"


def _kernel() -> Any:
    return ctypes.WinDLL("kernel32")  # type: ignore[attr-defined,unused-ignore]


def _ids() -> list[int]:
    found, size = (ctypes.c_ulong * _MOST_PROCESSES)(), ctypes.c_ulong()
    ctypes.WinDLL("psapi").EnumProcesses(found, ctypes.sizeof(found), ctypes.byref(size))  # type: ignore[attr-defined,unused-ignore]
    return list(found[: size.value // ctypes.sizeof(ctypes.c_ulong)])


@contextmanager
def _opened(pid: int, rights: int) -> Iterator[ctypes.c_void_p | None]:
    opening = _kernel().OpenProcess
    opening.restype = ctypes.c_void_p
    handle = opening(rights, False, pid)
    yield ctypes.c_void_p(handle) if handle else None
    if handle:
        _kernel().CloseHandle(ctypes.c_void_p(handle))


def given_to(pid: int) -> str:
    """The command line and the environment that a process was started with; "" for one that may not be looked at."""
    with _parameters(pid) as (process, place):
        if not process:
            return ""
        (environment,) = struct.unpack("Q", _memory(process, place + _ENVIRONMENT, 8))
        (size,) = struct.unpack("Q", _memory(process, place + _ENVIRONMENT_SIZE, 8))
        return _text(process, place + _COMMAND_LINE) + _memory(process, environment, size).decode(
            "utf-16-le", "replace"
        )


def _command_line(pid: int) -> str:
    """ "" for a process that may not be looked at, or is gone."""
    with _parameters(pid) as (process, place):
        return _text(process, place + _COMMAND_LINE) if process else ""


@contextmanager
def _parameters(pid: int) -> Iterator[tuple[ctypes.c_void_p | None, int]]:
    """Open a process; lends it and the place of what it was started with in its memory."""
    with _opened(pid, _QUERY_AND_READ) as process:
        basic = (ctypes.c_void_p * 6)()
        query = ctypes.WinDLL("ntdll").NtQueryInformationProcess  # type: ignore[attr-defined,unused-ignore]
        if not process or query(process, 0, ctypes.byref(basic), ctypes.sizeof(basic), None):
            yield None, 0
        else:
            (place,) = struct.unpack("Q", _memory(process, (basic[1] or 0) + _PARAMETERS_IN_PEB, 8))
            yield process, place


def _text(process: ctypes.c_void_p, place: int) -> str:
    """A UNICODE_STRING."""
    length, _, _, text = struct.unpack("HHIQ", _memory(process, place, 16))
    return _memory(process, text, length).decode("utf-16-le")


def _memory(process: ctypes.c_void_p, address: int, size: int) -> bytes:
    """Zeros where it cannot be read."""
    into = ctypes.create_string_buffer(size)
    _kernel().ReadProcessMemory(process, ctypes.c_void_p(address), into, ctypes.c_size_t(size), None)
    return into.raw
