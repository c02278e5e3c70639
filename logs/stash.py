r"""Stash's log format on stderr: `\x01` + level + `\x02` + text, a line a message.

On the hook's path, and readable by an older Python (see entry.fallback): imports nothing but sys, and logging from
here must never make a user's save fail, so nothing is raised when stderr is gone.

Source: ReadLogMessages in Stash's pkg/logger/plugin.go reads with Go's bufio.Scanner, which gives up for good at a line
of 64 KiB.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final, TextIO

MAX_LINE_BYTES: "Final" = 60_000


def debug(text: object, stream: "TextIO | None" = None) -> None:
    """Log what helps to find a fault; Stash hides it by default. In all functions, `stream` None is stderr."""
    _write("d", text, stream)


def info(text: object, stream: "TextIO | None" = None) -> None:
    """Log what the user wants to read."""
    _write("i", text, stream)


def warning(text: object, stream: "TextIO | None" = None) -> None:
    """Log what the user should look at some time."""
    _write("w", text, stream)


def error(text: object, stream: "TextIO | None" = None) -> None:
    """Log what needs the user."""
    _write("e", text, stream)


def progress(done: float, stream: "TextIO | None" = None) -> None:
    """Move Stash's progress bar to `done`, 0.0 to 1.0; anything beyond is clamped, and what is no number is 0."""
    _write("p", f"{min(max(0.0, done), 1.0):.4f}", stream)


def lines_of(text: object) -> "list[str]":
    """Split `text` into lines for a log: none empty or above MAX_LINE_BYTES, no control signs, no half surrogates."""
    return [line for line in map(_clean, str(text).splitlines()) if line]


def _clean(line: str) -> str:
    # Printable is the common case and needs no look at each character.
    if not line.isprintable():
        line = "".join([_visible(char) for char in line])
    line = line.strip()
    data = line.encode()
    if len(data) > MAX_LINE_BYTES:
        line = f"{data[: MAX_LINE_BYTES - 64].decode(errors='ignore')} … (cut, {len(data)} bytes in all)"
    return line


def _visible(char: str) -> str:
    if char >= " " and not "\x7f" <= char <= "\x9f":
        return "\ufffd" if "\ud800" <= char <= "\udfff" else char
    return " " if char == "\t" else ""


def _write(level: str, text: object, stream: "TextIO | None") -> None:
    message = "".join([f"\x01{level}\x02{line}\n" for line in lines_of(text)])
    stream = sys.stderr if stream is None else stream
    if not message or stream is None:  # a process without a console has no stderr
        return
    try:
        _send(message, stream)
    except (OSError, ValueError):  # the pipe is broken or closed: there is no one left to tell
        return


def _send(message: str, stream: "TextIO") -> None:
    binary = getattr(stream, "buffer", None)
    if binary is None:
        stream.write(message)
        return
    stream.flush()
    # Bytes, because Stash reads UTF-8 whatever the locale. Unbuffered, so that processes that log at once don't mix
    # their lines, and so that nothing stays behind in a broken pipe: the interpreter would stumble over it at its end
    # and exit with status 120.
    raw = getattr(binary, "raw", binary)
    data = message.encode()
    while data:
        data = data[raw.write(data) :]
