import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logs import stash

ROOT = Path(__file__).parents[2]
ANY_TEXT = st.text(st.characters(), max_size=200)  # half surrogates too


@pytest.mark.parametrize(("name", "level"), [("debug", "d"), ("info", "i"), ("warning", "w"), ("error", "e")])
def test_message_is_in_stashs_format_when_its_level_is(name: str, level: str) -> None:
    stream = io.StringIO()
    getattr(stash, name)("Synced Sintel", stream)
    assert stream.getvalue() == f"\x01{level}\x02Synced Sintel\n"


def test_each_line_is_a_message_when_there_are_several() -> None:
    stream = io.StringIO()
    stash.info("one\r\n\ntwo\x85\tthree\x00\x1b[31m", stream)
    assert stream.getvalue() == "\x01i\x02one\n\x01i\x02two\n\x01i\x02three[31m\n"


def test_nothing_is_written_when_there_is_nothing_to_say() -> None:
    stream = io.StringIO()
    stash.info(" \n\t\x00", stream)
    assert stream.getvalue() == ""


@given(ANY_TEXT)
def test_lines_are_single_and_readable_when_the_text_is_anything(text: str) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    stash.error(text, stream)
    written = stream.buffer.getvalue().decode()  # type: ignore[attr-defined]  # BytesIO
    for line in written.split("\n")[:-1]:
        assert line.startswith("\x01e\x02")
        rest = line[3:]
        assert rest
        assert rest.splitlines() == [rest]
        assert not any(char < " " or "\x7f" <= char <= "\x9f" for char in rest)


@pytest.mark.parametrize("text", ["x" * 200_000, "é" * 100_000, "🐇" * 50_000])
def test_line_is_cut_with_a_note_when_go_could_not_read_it(text: str) -> None:
    (line,) = stash.lines_of(text)
    assert len(line.encode()) <= stash.MAX_LINE_BYTES
    assert line.endswith(f"… (cut, {len(text.encode())} bytes in all)")


@pytest.mark.parametrize(
    ("done", "written"), [(0.42, "0.4200"), (0, "0.0000"), (7, "1.0000"), (-1.0, "0.0000"), (float("nan"), "0.0000")]
)
def test_progress_is_clamped_when_it_is(done: float, written: str) -> None:
    stream = io.StringIO()
    stash.progress(done, stream)
    assert stream.getvalue() == f"\x01p\x02{written}\n"


def test_stderr_of_the_moment_is_used_when_no_stream_is_given(capfd: pytest.CaptureFixture[str]) -> None:
    stash.warning("é")
    assert capfd.readouterr().err == "\x01w\x02é\n"


def test_nothing_is_raised_when_the_stream_is_closed() -> None:
    stream = io.StringIO()
    stream.close()
    stash.info("to nobody", stream)


def test_nothing_is_raised_and_nothing_stays_behind_when_the_reader_has_gone() -> None:
    code = "from logs import stash; stash.info('to nobody'); print('ok')"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=writer, check=False, cwd=ROOT)
    os.close(writer)
    assert (done.stdout.split(), done.returncode) == ([b"ok"], 0)


def test_nothing_is_raised_when_there_is_no_stderr() -> None:
    code = "import sys; sys.stderr = None; from logs import stash; stash.error('x'); print('ok')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "ok\n"


def test_only_the_interpreters_own_modules_are_imported_when_a_hook_logs() -> None:
    code = "import sys; before = set(sys.modules); import logs.stash; print(sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "['logs', 'logs.stash']\n"
