"""A limit on the size of files, which fails a write as a full disk does. Tests that use it need "limits" (tests/machine.py)."""

from collections.abc import Iterator
from contextlib import contextmanager


def fill() -> None:
    """Let this process write to no file any more."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


@contextmanager
def full_disk() -> Iterator[None]:
    """Let this process write to no file for as long as the block lasts."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
