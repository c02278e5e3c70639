"""Start the worker where `os.posix_spawn` cannot: on Windows by its own call, elsewhere by subprocess."""

import os

from sync_queue.held import WAIT_FOR_NOBODY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def spawn(argv: "list[str]", environ: "Mapping[str, str]", stdin: int, stderr: str) -> None:
    """Start `argv` apart from this process: `stdin` is a descriptor, `stderr` a file that its errors are added to.

    Raises:
        OSError: no process could be started.
    """
    errors = os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_APPEND | WAIT_FOR_NOBODY, 0o600)
    try:
        if os.name == "nt":
            os.lseek(errors, 0, os.SEEK_END)  # the child inherits the place and not the wish to append
            _on_windows(argv, environ, stdin, errors)
        else:
            _by_subprocess(argv, environ, stdin, errors)
    finally:
        os.close(errors)


def _by_subprocess(argv: "list[str]", environ: "Mapping[str, str]", stdin: int, stderr: int) -> None:
    import subprocess

    process = subprocess.Popen(  # noqa: S603 - our own interpreter and script
        argv, env=environ, stdin=stdin, stdout=subprocess.DEVNULL, stderr=stderr, start_new_session=True
    )
    process.returncode = 0  # it outlives us on purpose: no warning about that when this object goes


class _StartupInfo:
    """What `_winapi.CreateProcess` reads: the child's handles, and that it inherits no others.

    Source: CPython Modules/_winapi.c, _winapi_CreateProcess_impl.
    """

    wShowWindow = 0  # noqa: N815 - the name is theirs

    def __init__(self, flags: int, handles: "list[int]") -> None:
        self.dwFlags = flags
        self.hStdInput, self.hStdOutput, self.hStdError = handles
        self.lpAttributeList = {"handle_list": handles}


def _on_windows(argv: "list[str]", environ: "Mapping[str, str]", stdin: int, stderr: int) -> None:
    """Start it without a window. Detached from any console it would be given one: a venv's Python starts another."""
    import _winapi
    import msvcrt

    api: Any = _winapi
    nothing = os.open(os.devnull, os.O_WRONLY)
    try:
        handles = []
        for descriptor in (stdin, nothing, stderr):
            os.set_inheritable(descriptor, True)
            handles.append(msvcrt.get_osfhandle(descriptor))  # type: ignore[attr-defined,unused-ignore] # Windows
        info = _StartupInfo(api.STARTF_USESTDHANDLES, handles)
        flags = api.CREATE_NO_WINDOW | api.CREATE_NEW_PROCESS_GROUP
        made = api.CreateProcess(None, command_line(argv), None, None, True, flags, environ, None, info)
    finally:
        os.close(nothing)
    for handle in made[:2]:
        api.CloseHandle(handle)


def command_line(argv: "list[str]") -> str:
    """Return `argv` as one line of Windows. No argument of ours holds a quote: no path can.

    Backslashes in front of the closing quote are doubled, or they would take it for text.
    Source: Microsoft's "Parsing C command-line arguments".
    """
    return " ".join(f'"{each}{chr(92) * (len(each) - len(each.rstrip(chr(92))))}"' for each in argv)
