"""How work grows with its input, counted in processor time of this thread.

Other programs do not count, and a machine of any speed gives the same ratio.
"""

import time
from collections.abc import Callable
from typing import Final, TypeVar

from tests import machine

_T = TypeVar("_T")

SMALL: Final = 4_000
TIMES_AS_MUCH: Final = 8
_NOISE_S: Final = 0.1 if machine.IS_WINDOWS else 0.01
"""Windows counts processor time in pieces of 16 ms."""

_TRIES: Final = 4


def assert_linear(work: Callable[[_T], object], make: Callable[[int], _T]) -> None:
    """Eight times the input takes about eight times the work; what is quadratic takes 64 times, and fails.

    `make(size)` gives an input of about `size` characters.
    """
    small = _least_s(work, make(SMALL))
    large = _least_s(work, make(SMALL * TIMES_AS_MUCH))
    assert large < small * TIMES_AS_MUCH * 3 + _NOISE_S, f"{small * 1000:.1f} ms became {large * 1000:.1f} ms"


def _least_s(work: Callable[[_T], object], given: _T) -> float:
    return min(_took_s(work, given) for _ in range(_TRIES))


def _took_s(work: Callable[[_T], object], given: _T) -> float:
    started = time.thread_time()
    work(given)
    return time.thread_time() - started


def peak_mb() -> float:
    """The most memory that this process has had. Tests that use it need "limits" (tests/machine.py)."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
