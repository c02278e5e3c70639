"""Another program that has a file of ours open: a virus scanner, a backup. On Windows such a file keeps its name."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_HOLD: Final = "import sys\nwith open(sys.argv[1], 'rb'):\n    print('open', flush=True)\n    sys.stdin.read()\n"


@contextmanager
def holding(path: Path) -> Iterator[Callable[[], None]]:
    """Have a process hold the file open, for reading, until the end of the block or a call of what is lent."""
    command = [sys.executable, "-S", "-c", _HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline().strip() == b"open"
        try:
            yield process.stdin.close
        finally:
            process.stdin.close()
            process.wait()
