"""The command line: the tasks of Stash's menu, with Stash's address and key from the environment."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from entry.command import CommandError, PlainLines, connection_of, needs_a_person, read
from sync_queue import DeadLetterQueue, create_sync_job
from tests import machine
from tests.house import House
from tests.processes import given_to

KEY = "a-key-of-stash-0815"
IS_ROOT = "root" not in machine.lacking()


@pytest.fixture
def house(tmp_path: Path, installed: Path) -> Iterator[House]:
    with House(tmp_path, plugin_dir=installed, settings={"skip_fields": "poster"}) as running:
        running.data_dir.mkdir(mode=0o700)
        yield running


def environment(house: House, url: str = "", key: str = "", **others: str) -> dict[str, str]:
    """What stands in the environment of a command."""
    return machine.environ(
        **others,
        PATH=os.environ["PATH"],
        STASH_PLUGIN_DATA=str(house.data_dir),
        STASH_URL=url or house.stash.url,
        STASH_API_KEY=key,
    )


def command(house: House, *argv: str, url: str = "", key: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the script as a person or cron does."""
    return subprocess.run(
        [sys.executable, str(house.plugin_dir / "Stash2Plex.py"), *argv],
        env=environment(house, url, key, **environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def test_sync_sends_what_differs_and_says_it_in_plain_lines(house: House) -> None:
    (movie,) = house.add("Sintel", title="Sintel!")
    run = command(house, "sync")
    assert (run.returncode, run.stderr) == (0, "")
    assert house.shown(movie).title == "Sintel!"
    assert "1 synced" in run.stdout.splitlines()[-1]
    assert "\x01" not in run.stdout


def test_sync_answers_one_json_object_when_asked_to(house: House) -> None:
    house.add("Sintel", title="Sintel!")
    run = command(house, "sync", "--recent", "48", "--json")
    answer = json.loads(run.stdout)
    assert (run.returncode, answer["output"]["synced"]) == (0, 1)
    assert "1 synced" in run.stderr


def test_key_opens_a_stash_with_a_login_and_stands_nowhere(house: House) -> None:
    house.stash.configure_login(api_key=KEY)
    (movie,) = house.add("Sintel", title="Sintel!")
    refused = command(house, "sync")
    assert refused.returncode == 1
    assert "error: " in refused.stdout
    run = command(house, "sync", key=KEY)
    assert run.returncode == 0
    assert house.shown(movie).title == "Sintel!"
    house.wait(house.is_drained)
    assert KEY not in run.stdout + run.stderr
    assert KEY not in given_to(house.worker())
    assert not any(KEY.encode() in file.read_bytes() for file in house.data_dir.rglob("*") if file.is_file())


@pytest.mark.parametrize("key", ["", "a-wrong-key"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_worker_stays_let_in_when_a_command_is_not(house: House, key: str, host: str) -> None:
    house.stash.configure_login()
    movie, other = house.add("Sintel", "Spring", title="{name}!")
    house.save(movie, title="Sintel, saved")
    house.wait(lambda: house.shown(movie).title == "Sintel, saved")
    command(house, "restore", "--scene", str(movie.scene_id), url=f"http://{host}:{house.stash.port}", key=key)
    house.record(other)
    house.wait(house.has_title(other))
    house.wait(house.is_drained)
    assert "Paused" not in house.log()


def test_status_names_what_needs_a_person_without_any_server(house: House) -> None:
    idle = command(house, "status", url="http://127.0.0.1:9")
    assert idle.returncode == 0
    assert any(line.startswith("Queue: 0 jobs pending") for line in idle.stdout.splitlines())
    (house.data_dir / "logs").mkdir()
    (house.data_dir / "logs" / "worker.log").write_text("2026-11-30 17:00:00 +0000 INFO 1 synced\n", encoding="utf-8")
    assert command(house, "status").stdout.splitlines()[-1].strip().endswith("INFO 1 synced")
    letters = DeadLetterQueue(house.data_dir)
    letters.add({**create_sync_job(7, "metadata", {}), "pqid": 7}, ("PlexRejected", "refused"), 5)
    letters.close()
    run = command(house, "status", url="http://127.0.0.1:9")
    assert run.returncode == 3
    assert any(line.startswith("Dead letters: 1 PlexRejected") for line in run.stdout.splitlines())
    answer = json.loads(command(house, "status", "--json").stdout)["output"]
    assert answer["dead_letters"] == {"PlexRejected": 1}


def test_preview_writes_nothing_and_restore_gives_back(house: House) -> None:
    (movie,), (other,) = house.add("Sintel", title="Sintel!"), house.add("Spring", title="Spring!")
    before = house.shown(movie).title
    run = command(house, "preview", "--scene", str(movie.scene_id))
    assert (run.returncode, house.writes()) == (0, 0)
    assert "Sintel!" in run.stdout
    assert "Spring!" not in run.stdout
    command(house, "sync")
    assert command(house, "restore", "--scene", str(movie.scene_id)).returncode == 0
    assert (house.shown(movie).title, house.shown(other).title) == (before, "Spring!")


@pytest.mark.parametrize("argv", [("sync", "--recent", "0"), ("restore", "--scene", "0"), ("preview", "--scene", "0")])
def test_nothing_is_done_for_everything_when_a_number_is_zero(house: House, argv: tuple[str, ...]) -> None:
    house.add("Sintel", title="Sintel!")
    run = command(house, *argv)
    assert run.returncode == 1
    assert "nothing was changed" in run.stdout
    assert house.writes() == 0


def give_away(path: Path) -> None:
    """As root, to somebody else; whoever else runs the tests has nothing to give."""
    if IS_ROOT:
        os.chown(path, 4321, 4321)


def test_root_is_refused_when_another_user_works_with_the_folder(house: House) -> None:
    give_away(house.data_dir)
    run = command(house, "sync")
    assert (run.returncode == 1, "is worked on by user 4321" in run.stderr) == (IS_ROOT, IS_ROOT)
    assert bool(list(house.data_dir.iterdir())) is not IS_ROOT


def test_root_is_let_in_when_its_own_stash_works_in_the_folder_of_another(house: House) -> None:
    assert command(house, "sync").returncode == 0
    give_away(house.data_dir)
    assert command(house, "sync").returncode == 0


def test_check_that_fails_has_a_status_of_its_own(house: House) -> None:
    house.add("Sintel", title="Sintel!")
    assert command(house, "test").returncode == 0
    house.configure(plex_token="")
    run = command(house, "test")
    assert run.returncode == 3
    assert "warning: " in run.stdout


def test_failure_says_what_is_wrong_and_has_status_one(house: House) -> None:
    run = command(house, "sync", url="http://127.0.0.1:9")
    assert run.returncode == 1
    assert "Stash refused the connection" in run.stdout
    assert "Traceback" not in run.stdout + run.stderr


@pytest.mark.parametrize("argv", [("--help",), ("sync", "--help")])
def test_help_is_printed_by_itself(house: House, argv: tuple[str, ...]) -> None:
    run = command(house, *argv)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.startswith("usage: Stash2Plex.py")


@pytest.mark.parametrize(
    "argv", [("fly",), ("restore",), ("restore", "--all", "--scene", "7"), ("sync", "--recent", "soon"), ("--json",)]
)
def test_command_line_that_cannot_be_read_is_refused(argv: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as caught:
        read(argv)
    assert caught.value.code == 2


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("", {"Scheme": "http", "Host": "localhost", "Port": 9999}),
        ("http://nas:9999/", {"Scheme": "http", "Host": "nas", "Port": 9999}),
        ("https://stash.home.example", {"Scheme": "https", "Host": "stash.home.example", "Port": 443}),
        ("http://[::1]:9999", {"Scheme": "http", "Host": "::1", "Port": 9999}),
    ],
)
def test_address_becomes_the_connection_that_stash_would_give(url: str, expected: dict[str, object]) -> None:
    assert connection_of({"STASH_URL": url}) == expected
    assert connection_of({"STASH_URL": url, "STASH_API_KEY": KEY}) == {**expected, "ApiKey": KEY}


@pytest.mark.parametrize(
    "environ",
    [
        {"STASH_URL": "nas:9999"},
        {"STASH_URL": "http://nas:9999/stash"},
        {"STASH_URL": "http://ada:secret@nas:9999"},
        {"STASH_URL": "http://nas:99999"},
        {"STASH_URL": "http://[nas"},
        {"STASH_API_KEY": "secret\nkey"},
        {"STASH_API_KEY": "secr\u00e9t"},
    ],
)
def test_environment_that_cannot_be_used_is_named_and_not_quoted(environ: dict[str, str]) -> None:
    with pytest.raises(CommandError) as caught:
        connection_of(environ)
    assert str(caught.value).startswith(next(iter(environ)))
    assert "secret" not in str(caught.value)


def test_percentage_is_for_terminals_only() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    text = "\x01p\x020.5000\n\x01d\x02hidden\n\x01w\x02careful\n\x01i\x02done\n"
    for stream, shown in (
        (io.StringIO(), "warning: careful\ndone\n"),
        (Terminal(), "\r 50% \r      \rwarning: careful\ndone\n"),
    ):
        PlainLines(stream).write(text)
        assert stream.getvalue() == shown


@pytest.mark.parametrize(
    ("output", "needs"),
    [
        ({"synced": 3, "paused": None, "dead": 0}, False),
        ({"synced": 3, "paused": {"kind": "plex"}}, True),
        ({"dead": 1}, True),
        ({"ok": False}, True),
        ({"ok": True}, False),
        ("3 gone", False),
    ],
)
def test_answer_tells_whether_a_person_is_needed(output: object, needs: bool) -> None:
    assert needs_a_person(output) is needs


def test_title_is_written_when_the_output_does_not_take_its_signs(house: House) -> None:
    """On Windows a file or a pipe takes those of its country; elsewhere what the locale says."""
    house.add("Sintel", title="Sintel \u2192 \u591c")
    run = command(house, "preview", PYTHONIOENCODING="ascii")
    assert (run.returncode, run.stderr) == (0, "")
    assert ("Sintel \u2192 \u591c" if machine.IS_WINDOWS else "Sintel \\u2192 \\u591c") in run.stdout


def test_reader_that_goes_early_gets_no_trace(house: House) -> None:
    house.add("Sintel", title="Sintel!")
    script = [sys.executable, str(house.plugin_dir / "Stash2Plex.py"), "preview"]
    with subprocess.Popen(
        script, env=environment(house), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert "Traceback" not in process.stderr.read()
    assert process.returncode in {0, 1}
