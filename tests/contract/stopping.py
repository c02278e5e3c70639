"""How a run of a real server ends before its time."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

import pytest
import requests

_NOT_RUN: Final = 2


class Unfit(Exception):
    """This server, or its library, must not be written to; nothing was."""


@contextmanager
def told_once() -> Iterator[None]:
    """End the whole run where a server cannot be asked at all: otherwise every belief would say so.

    No address is told.
    """
    try:
        yield
    except Unfit as why:
        pytest.exit(str(why), returncode=_NOT_RUN)
    except requests.RequestException as why:
        status = why.response.status_code if why.response is not None else type(why).__name__
        pytest.exit(f"the server that was named cannot be asked: {status}", returncode=_NOT_RUN)


@contextmanager
def orderly() -> Iterator[None]:
    """Have SIGTERM end a run as Ctrl+C does: pytest then leaves its fixtures, which give back and remove."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
