"""Other processes that use the same file, and can be killed in the middle."""

import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]


def start(code: str, path: Path) -> subprocess.Popen[str]:
    """A Python process that runs `code` with `path` as sys.argv[1]; it talks over stdin and stdout."""
    prelude = "import sys\nfrom pathlib import Path\nfrom records import *\npath = Path(sys.argv[1])\n"
    return subprocess.Popen(
        [sys.executable, "-c", prelude + code, str(path)],
        cwd=ROOT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def line_of(process: subprocess.Popen[str]) -> str:
    return _pipe(process.stdout).readline().strip()


def tell(process: subprocess.Popen[str]) -> None:
    """Let it go on: it waits for a line."""
    _pipe(process.stdin).write("\n")
    _pipe(process.stdin).flush()


def kill(process: subprocess.Popen[str]) -> None:
    """SIGKILL, and wait until it is gone."""
    process.kill()
    process.wait(timeout=60)
    _pipe(process.stdin).close()
    _pipe(process.stdout).close()


def finish(process: subprocess.Popen[str]) -> str:
    """Close its stdin, wait, and return what else it printed."""
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return output.strip()


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe
