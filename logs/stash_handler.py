"""The bridge for tasks: what goes through `logging` appears in Stash's log."""

import logging
from typing import Final, TextIO

from logs import stash

TRACE: Final = 5
"""Below DEBUG, as Stash's level trace."""


class StashHandler(logging.Handler):
    """Writes each record to Stash's log at the level that fits, never raising. Put a RedactingFilter on it."""

    def __init__(self, stream: TextIO | None = None, level: int = logging.NOTSET) -> None:
        """`stream` is stderr of the moment of writing where it is not given."""
        super().__init__(level)
        self._stream = stream

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; several lines become several messages."""
        write = stash.error
        for below, function in (
            (logging.DEBUG, stash.trace),
            (logging.INFO, stash.debug),
            (logging.WARNING, stash.info),
            (logging.ERROR, stash.warning),
        ):
            if record.levelno < below:
                write = function
                break
        write(self.format(record), self._stream)
