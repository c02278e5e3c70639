"""How a worker begins and ends, and that no job is left behind whichever way it ends."""

import os
import signal
from pathlib import Path

import pytest

from sync_queue.lock import is_worker_alive
from tests import machine
from tests.house import House, install, kill
from worker import launch
from worker.installation import VERSION, UpdateWatch
from worker.launch import FIFO_NAME, STOP, message_of
from worker.process.handover import stop_worker
from worker.signpost import named


def test_killed_worker_leaves_nothing_undone_when_a_new_hook_comes(build):
    """kill -9 in the middle of 60 scenes, while Plex is slow; one more save starts a worker that finishes."""
    house = build()
    movies = house.add(*(f"Movie {number:03d}" for number in range(60)), studio="{name}")
    house.plex.options.write_latency_ms = 20
    house.record(*movies)
    house.save(movies[0], title="First!")
    house.wait(lambda: house.plex.journal.count("edit") >= 2)
    kill(house.worker())
    assert 0 < sum(house.shown(movie).studio == movie.name for movie in movies) < len(movies)
    house.plex.options.write_latency_ms = 0
    house.save(movies[-1], title="Last!")
    house.wait(lambda: all(house.shown(movie).studio == movie.name for movie in movies))
    house.wait(house.is_drained)
    assert (house.shown(movies[0]).title, house.shown(movies[-1]).title) == ("First!", "Last!")
    assert house.dead_letters() == []
    assert house.stats()["failed"] == 0
    assert "were in progress when the last worker ended" in house.log()


def test_one_worker_remains_when_many_are_started_in_the_same_instant(build):
    """Every hook has looked for a reader of the pipe before any worker was there."""
    house = build()
    (bunny,) = house.add("Big Buck Bunny")
    house.data_dir.mkdir(mode=0o700)
    message = message_of({"server_connection": house.stash.server_connection()}, {})
    for _ in range(4):
        launch.start_worker(str(house.data_dir), str(house.plugin_dir / "Stash2Plex.py"), message)
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    house.worker()
    assert house.log().count("the worker has started") == 1
    assert house.stderr() == ""


@pytest.mark.needs("signals")
def test_worker_ends_soon_and_gives_its_jobs_back_when_it_is_terminated(build):
    house = build()
    movies = house.add(*(f"Movie {number:02d}" for number in range(40)), title="{name}!")
    house.plex.options.write_latency_ms = 100
    house.record(*movies)
    house.save(movies[0], title="First!")
    house.wait(lambda: house.plex.journal.count("edit") >= 2)
    kill(house.worker(), signal.SIGTERM)
    stats = house.stats()
    assert (stats["in_progress"], stats["failed"]) == (0, 0)
    assert stats["pending"] + stats["completed"] == len(movies) + 1
    assert "The worker ends: it was told to stop" in house.log()
    assert not is_worker_alive(str(house.data_dir))


def test_worker_ends_when_it_is_asked_to_over_its_pipe(build):
    house = build()
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert stop_worker(str(house.data_dir))
    assert house.workers() == []


def test_save_arrives_when_its_hook_comes_behind_the_order_to_leave(build):
    """The worker has read it and still has a job in hand: its pipe is open, and the hook believes that it was heard."""
    house = build()
    bunny, sintel = house.add("Big Buck Bunny", "Sintel")
    house.plex.options.write_latency_ms = 1000
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: house.plex.journal.count("metadata"), "it is at work")
    first = house.worker()
    assert launch.wake(str(house.data_dir), STOP)
    house.save(sintel, title="Sintel!")
    house.wait(house.has_title(bunny, sintel))
    assert first not in house.workers()
    assert "The worker ends: it was told to stop" in house.log()
    assert house.stderr() == ""


def test_error_that_nobody_expected_is_told_without_secrets_and_by_a_status(build, tmp_path):
    house = build(plugin_dir=install(tmp_path / "plugins" / "Stash2Plex"))
    watch = Path(house.plugin_dir, "worker", "installation.py")
    code = watch.read_text(encoding="utf-8")
    broken = (
        "    def is_updated(self) -> bool:\n        raise KeyError('X-Plex-Token=marked-secret-0815')\n\n    def _was("
    )
    watch.write_text(code.replace("    def is_updated(", broken), encoding="utf-8")
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(lambda: (house.data_dir / "worker.problem").exists() and not house.workers(), "it has left")
    problem = (house.data_dir / "worker.problem").read_text(encoding="utf-8")
    assert "unexpected KeyError" in problem
    assert "worker.log says where" in problem
    assert "Traceback" in house.log()
    assert "Traceback" not in house.stderr()
    assert "marked-secret" not in problem + house.log() + house.stderr()
    assert house.stats()["in_progress"] == 0


def test_no_job_is_left_behind_when_saves_meet_a_worker_that_is_about_to_leave(build):
    """The worker has just closed its pipe, so nothing wakes it, and still holds the lock, so no other one can begin."""
    house = build()
    movies = house.add(*(f"Movie {number}" for number in range(2)), title="{name}!")
    house.fine_tune(worker_idle_s=0.1)
    for movie in movies:
        house.record(movie)
        house.offer()
        house.wait(house.has_title(movie))
        _wait_for_silence(house)
    house.wait(lambda: not house.workers(), "the last worker leaves")
    assert house.stats()["pending"] == 0
    # How many workers that took is open: one that finds the row at its last look goes on, and the new one makes room
    # for it.
    assert "The worker ends: nothing to do" in house.log()
    assert house.stderr() == ""


def _wait_for_silence(house: House) -> None:
    """Until nobody reads the worker's pipe."""
    house.wait(lambda: not _is_read(house.data_dir), "the worker closes its pipe", every_s=0.001)


def _is_read(data_dir: Path) -> bool:
    if machine.IS_WINDOWS:
        return bool(named(str(data_dir)))
    try:
        os.close(os.open(data_dir / FIFO_NAME, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


def test_save_arrives_by_a_worker_of_the_new_code_when_the_plugin_was_updated(build, tmp_path):
    house = build(plugin_dir=install(tmp_path / "plugins" / "Stash2Plex"))
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    old = house.worker()
    _change_version(house, VERSION, "9.9.9")
    house.wait(lambda: old not in house.workers(), "the old worker leaves")
    house.save(bunny, title="New code")
    house.wait(house.has_title(bunny, title="New code"))
    assert "Stash2Plex 9.9.9: the worker has started" in house.log()
    assert "The worker ends: the plugin was updated" in house.log()


def test_successor_is_let_in_when_the_cookie_of_the_last_save_is_void_by_then(build, tmp_path):
    """The worker has had Stash renew its cookie for hours, and is updated: no hook is there to bring another."""
    house = build(plugin_dir=install(tmp_path / "plugins" / "Stash2Plex"))
    house.stash.configure_login()
    bunny, sintel = house.add("Big Buck Bunny", "Sintel", title="{name}!")
    house.save(bunny, details="seen")
    house.wait(house.has_title(bunny))
    sessions, first = house.stash.sessions, house.stash.hook_runs[-1].document["server_connection"]["SessionCookie"]
    sessions.revoke(first["Value"])
    _change_version(house, VERSION, "9.9.9")
    house.wait(lambda: "Stash2Plex 9.9.9: the worker has started" in house.log(), "the successor lives")
    house.record(sintel)
    house.wait(house.has_title(sintel))
    assert house.stash.log.counts["graphql 401"] == 0


def test_worker_of_the_new_code_works_when_the_update_came_while_the_old_one_was_imported(build, tmp_path):
    house = build(plugin_dir=install(tmp_path / "plugins" / "Stash2Plex"))
    imported, version = Path(house.plugin_dir, "plex", "client.py"), Path(house.plugin_dir, "worker", "installation.py")
    new = version.read_text(encoding="utf-8").replace(VERSION, "9.9.9")
    with imported.open("a", encoding="utf-8") as file:
        file.write(f"file = __import__('pathlib').Path({str(version)!r})\n")
        file.write(f"file.read_text() == {new!r} or file.write_text({new!r})\n")
    house.wait(lambda: not UpdateWatch(str(house.plugin_dir)).is_under_way(), "the installation is over")
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert f"Stash2Plex {VERSION}" not in house.log()
    assert house.stderr() == ""


def test_save_arrives_when_a_file_of_a_young_installation_was_missed_at_first(build, tmp_path):
    """Its import fails once, as if the file came a moment later."""
    house = build(plugin_dir=install(tmp_path / "plugins" / "Stash2Plex"))
    with Path(house.plugin_dir, "plex", "client.py").open("a", encoding="utf-8") as file:
        file.write(f"came = __import__('pathlib').Path({str(tmp_path / 'came')!r})\n")
        file.write(
            "if not came.exists():\n    came.touch()\n    __import__('os').utime(__file__)\n    raise ImportError\n"
        )
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert (tmp_path / "came").exists()
    assert house.stderr() == ""
    assert not (house.data_dir / "worker.problem").exists()


def test_save_arrives_when_the_plugin_was_unzipped_over_another_one(build, tmp_path):
    house = build(plugin_dir=install(tmp_path / "plugins" / "Stash2Plex"))
    for room in ("worker", "plex", "sync_queue"):
        Path(house.plugin_dir, room, "of_another.py").write_text("import what_only_that_one_has\n", encoding="utf-8")
    (bunny,) = house.add("Big Buck Bunny")
    house.save(bunny, title="Big Buck Bunny!")
    house.wait(house.has_title(bunny))
    assert house.stderr() == ""


def _change_version(house: House, old: str, new: str) -> None:
    file = Path(house.plugin_dir, "worker", "installation.py")
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
