"""What is tried within namespaces of its own, as root there and as process 1: `python -m tests.homes.inside NAME FOLDER`.

An assertion that fails ends the process with its trace.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from storage.database import connect
from storage.disk import place_for_scratch
from tests.house import House, Movie
from worker.process.handover import stop_worker

SOMEBODY: Final = 4321
"""A user of whom this system has no name and no home, as PUID makes one."""

_BECOME: Final = (
    "import os, sys; os.setgroups([]); os.setgid({uid}); os.setuid({uid}); os.execv(sys.argv[1], sys.argv[1:])"
)


def mount(what: str, place: Path, options: str = "rw", kind: str = "none") -> None:
    subprocess.run(["mount", "-t", kind, "-o", options, what, place], check=True)  # noqa: S607 - wherever it is


@contextmanager
def house(folder: Path, options: str = "rw", **arguments: object) -> Iterator[House]:
    """A house whose data folder is a file system of its own."""
    data_dir = folder / "data"
    data_dir.mkdir()
    mount("none", data_dir, options, "tmpfs")
    with House(folder, **arguments) as made:  # type: ignore[arg-type]
        yield made


def save(made: House, *movies: Movie) -> None:
    for movie in movies:
        made.save(movie, title=f"{movie.name}!")


def read_only_root(folder: Path) -> None:
    """Only the data folder can be written: neither the plugin's folder nor /tmp nor the folder that Stash works in."""
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    with house(folder) as made:
        everything_read_only_but(made.data_dir)
        movies = made.add("Big Buck Bunny", "Sintel")
        save(made, *movies)
        made.wait(made.has_title(*movies))
        assert made.stderr() == ""
        assert not list(made.plugin_dir.rglob("*.pyc"))
        assert_file_shrinks(made.data_dir / "queue" / "data.db")


def everything_read_only_but(data_dir: Path) -> None:
    for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines():
        _, place, kind, *_ = line.split()
        if kind not in {"proc", "sysfs", "devtmpfs", "devpts", "mqueue"} and place != str(data_dir):
            with suppress(subprocess.CalledProcessError):
                mount("none", Path(place), "remount,bind,ro")
    assert place_for_scratch(data_dir) == str(data_dir), "SQLite must find no place of its own"


def assert_file_shrinks(path: Path) -> None:
    with closing(connect(path)) as connection:
        connection.execute("CREATE TABLE large (text TEXT)")
        connection.executemany("INSERT INTO large VALUES (?)", [("x" * 100_000,)] * 60)  # more than stays in memory
        connection.execute("VACUUM")
        connection.execute("DROP TABLE large")


def full_disk(folder: Path) -> None:
    """The disk fills up under the worker: what waits arrives once there is room, although nobody saves again."""
    with house(folder, "size=600k") as made:
        movies = made.add("Big Buck Bunny", "Sintel")
        save(made, *movies)
        made.wait(lambda: "database or disk is full" in made.log())
        mount("none", made.data_dir, "remount,size=50m", "tmpfs")
        made.wait(made.has_title(*movies))
        assert made.stderr() == ""
        assert "Traceback" not in made.log()


def process_one(folder: Path) -> None:
    """We are process 1, as Stash in its container, and reap no orphans: there is one dead worker a life, and not one a save."""
    assert os.getpid() == 1
    with house(folder) as made:
        movies = made.add(*(f"Film {number}" for number in range(8)))
        save(made, movies[0])  # while no worker holds the lock yet, each save starts one, and all but one leave again
        made.wait(made.has_title(movies[0]))
        before = len(dead_children())
        save(made, *movies)
        made.wait(made.has_title(*movies))
        assert len(dead_children()) == before
        assert stop_worker(str(made.data_dir))
        made.wait(lambda: len(dead_children()) == before + 1)
        made.save(movies[0], title="Film 0?")
        made.wait(made.has_title(movies[0], title="Film 0?"))
        assert len(dead_children()) <= before + 2, "a dead worker is not taken for a living one, and started once"


def dead_children() -> list[int]:
    states = {entry: (entry / "stat").read_text("utf-8").rpartition(")")[2].split() for entry in _processes()}
    return [int(entry.name) for entry, (state, parent, *_) in states.items() if state == "Z" and parent == "1"]


def _processes() -> list[Path]:
    return [entry for entry in Path("/proc").iterdir() if entry.name.isdecimal()]


def somebody(folder: Path) -> None:
    """Stash runs as a user without name, home and environment, in a plugin folder of root's, with no mask for new files."""
    os.umask(0)
    folder.chmod(0o755)
    for place in (Path(sys.executable).resolve(), Path(sys.prefix).resolve()):
        open_to_everybody(place)
    command = [sys.executable, "-c", _BECOME.format(uid=SOMEBODY), sys.executable, "-S"]
    data_dir = folder / "data"
    with house(
        folder, f"uid={SOMEBODY},mode=755", python=["env", "-i", f"STASH_PLUGIN_DATA={data_dir}", *command]
    ) as made:
        movies = made.add("Big Buck Bunny", "Sintel")
        save(made, *movies)
        made.wait(made.has_title(*movies))
        assert made.stderr() == ""
        found = [path.lstat() for path in (data_dir, *data_dir.rglob("*"))]
        assert {each.st_uid for each in found} == {SOMEBODY}
        assert {each.st_mode & 0o077 for each in found} == {0}


def open_to_everybody(path: Path) -> None:
    """Have every user get to `path` in this namespace, whatever rights the folders above have."""
    for closed in reversed(path.parents):
        if not closed.stat().st_mode & 0o001:
            lent, within = Path(tempfile.mkdtemp()), closed / path.relative_to(closed).parts[0]
            mount(str(within), lent, "rbind")
            mount("none", closed, "mode=755", "tmpfs")
            within.mkdir()
            mount(str(lent), within, "rbind")


CASES: Final[dict[str, Callable[[Path], None]]] = {
    each.__name__: each for each in (read_only_root, full_disk, process_one, somebody)
}


if __name__ == "__main__":
    CASES[sys.argv[1]](Path(sys.argv[2]))
