"""Other programs that open files of ours, as virus scanners and backups do. On Windows such a file keeps its name and stays."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

_HOLD: Final = "import sys\nwith open(sys.argv[1], 'rb'):\n    print('ready', flush=True)\n    sys.stdin.read()\n"
_HOLD_ALONE: Final = (
    "import sys, _winapi\n_winapi.CreateFile(sys.argv[1], 0x80000000, 0, 0, 3, 0, 0)\n"
    "print('ready', flush=True)\nsys.stdin.read()\n"
)
_SCAN: Final = (
    "import os, sys, threading\nis_over = threading.Event()\n"
    "threading.Thread(target=lambda: (sys.stdin.read(), is_over.set()), daemon=True).start()\nprint('ready', flush=True)\n"
    "while not is_over.wait(0.001):\n    for name in os.listdir(sys.argv[1]) if os.path.isdir(sys.argv[1]) else ():\n"
    "        try:\n            with open(os.path.join(sys.argv[1], name), 'rb') as file:\n                file.read()\n"
    "        except OSError:\n            pass\n"
)


def holding(path: Path, *, alone: bool = False) -> AbstractContextManager[Callable[[], None]]:
    """Have a process hold the file open, for reading, until the end of the block or a call of what is lent.

    With `alone` it shares the file with nobody, which only Windows knows.
    """
    return _running(_HOLD_ALONE if alone else _HOLD, path)


def scanning(folder: Path) -> AbstractContextManager[Callable[[], None]]:
    """Have a process read each file of a folder again and again, until the end of the block."""
    return _running(_SCAN, folder)


@contextmanager
def _running(program: str, path: Path) -> Iterator[Callable[[], None]]:
    command = [sys.executable, "-S", "-c", program, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline().strip() == b"ready"
        try:
            yield process.stdin.close
        finally:
            process.stdin.close()
            process.wait()
