"""How the worker is started where posix_spawn cannot: its arguments, its line, its errors, and no window."""

import os
import sys
from ast import literal_eval
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until
from worker.spawning import command_line, spawn

CHILD = """
import sys
line = sys.stdin.readline()
sys.stderr.write("behind\\n")
window = 0
if sys.platform == "win32":
    import ctypes
    window = ctypes.windll.kernel32.GetConsoleWindow()
with open(sys.argv[1] + ".part", "w", encoding="utf-8") as answer:
    answer.write(repr((sys.argv[2:], line, window)))
import os
os.replace(sys.argv[1] + ".part", sys.argv[1])
"""


def spawned(folder: Path, *arguments: str) -> Any:
    """What a child says of its arguments, of the line on its stdin, and of its console's window."""
    answer, script = folder / "answer", folder / "child.py"
    script.write_text(CHILD, encoding="utf-8")
    reading, writing = os.pipe()
    os.write(writing, b"the line\n")
    os.close(writing)
    spawn([sys.executable, "-S", str(script), str(answer), *arguments], os.environ, reading, str(folder / "errors"))
    os.close(reading)
    wait_until(answer.exists)
    return literal_eval(answer.read_text(encoding="utf-8"))


@pytest.mark.parametrize("argument", ["plain", "with blanks", "C:\\folder\\", "C:\\a b\\\\", "ümlaut", ""])
def test_worker_gets_its_arguments_and_its_line_and_no_window(tmp_path, argument):
    assert spawned(tmp_path, argument, "last") == ([argument, "last"], "the line\n", 0)


def test_errors_of_a_worker_are_added_to_those_that_are_there(tmp_path):
    (tmp_path / "errors").write_text("before\n", encoding="utf-8")
    spawned(tmp_path)
    wait_until(lambda: (tmp_path / "errors").read_text(encoding="utf-8").splitlines() == ["before", "behind"])


def test_backslashes_before_a_closing_quote_are_doubled():
    assert command_line(["C:\\Python\\python.exe", "C:\\data folder\\"]) == (
        '"C:\\Python\\python.exe" "C:\\data folder\\\\"'
    )
