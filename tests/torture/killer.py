"""Takes the place of Stash2Plex.py in an installed copy.

The same door, and a death by SIGKILL at the one point that is ordered.

The order stands beside the data folder, in `<data>.kill`: "name number", for the number-th time that a process passes
the point of that name. It is carried out once. This file is a script that runs without site, and a module of which
tests read the points.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from itertools import count
from pathlib import Path
from typing import Any, Final, NamedTuple

_TRUE_DOOR: Final = "true_door"


class Point(NamedTuple):
    """A place in the life of a job.

    Attributes:
        who: "worker", or "caller" for a hook or a task.
        where: "module:function" or "module:Class.method".
        moment: "before" it is called, "after" it has returned, "brought" (after it has returned something), "each" (a
            generator has made a value that nobody has seen), "resumed" (whoever got the value has dealt with it).
        most: how often it is passed at least, by a hook and five jobs.
    """

    who: str
    where: str
    moment: str
    most: int = 1


POINTS: Final = {
    "before the row": Point("caller", "sync_queue.append:AppendOnlyQueue.put", "before"),
    "after the row": Point("caller", "sync_queue.append:AppendOnlyQueue.put", "after"),
    "before a worker is started": Point("caller", "worker.launch:_spawn", "before"),
    "after a worker was started": Point("caller", "worker.launch:_spawn", "after"),
    "within a task's transaction": Point("caller", "sync_queue.pending:_add", "after", 5),
    "after jobs were taken back": Point("worker", "sync_queue.claims:ClaimStore.resume", "after"),
    "during the index": Point("worker", "plex.index_walk:SectionWalk._pages", "resumed"),
    "after the claim": Point("worker", "sync_queue.claims:ClaimStore.claim_due", "brought"),
    "after the intents": Point("worker", "records.records:Records.before_edits", "after"),
    "after the write": Point("worker", "plex.writer:Writer.apply_all", "each", 4),
    "between the halves": Point("worker", "plex.apart:Apart._send", "after", 2),
    "within the record": Point("worker", "records.written:WrittenStore.record_many", "after", 4),
    "before the ack": Point("worker", "sync_queue.claims:ClaimStore.settle", "before"),
    "after the ack": Point("worker", "sync_queue.claims:ClaimStore.settle", "after"),
    "between dead letter and fail": Point("worker", "sync_queue.dlq:DeadLetterQueue.add", "after"),
    "during pruning": Point("worker", "sync_queue.upkeep:prune", "brought"),
}


def take_over(plugin_dir: Path) -> Path:
    """Put this door before that of an installed copy; returns the copy's folder."""
    door = plugin_dir / "Stash2Plex.py"
    door.rename(plugin_dir / f"{_TRUE_DOOR}.py")
    shutil.copyfile(__file__, door)
    return plugin_dir


def order(data_dir: Path, name: str, number: int = 1) -> None:
    """Order one death."""
    _order_of(data_dir).write_text(f"{name} {number}")


def is_carried_out(data_dir: Path) -> bool:
    """Whether the death that was ordered last has come."""
    return not _order_of(data_dir).exists()


def withdraw(data_dir: Path) -> None:
    """Nobody is to die any more."""
    _order_of(data_dir).unlink(missing_ok=True)


def _order_of(data_dir: Path) -> Path:
    return data_dir.with_name(f"{data_dir.name}.kill")


def _main() -> int:
    is_worker = sys.argv[1:2] == ["--worker"]
    data_dir = Path(sys.argv[2] if is_worker else os.environ["STASH_PLUGIN_DATA"])
    if not is_carried_out(data_dir):
        name, _, number = _order_of(data_dir).read_text().rpartition(" ")
        if (POINTS[name].who == "worker") == is_worker:
            _prepare(POINTS[name], int(number), data_dir)
    door = import_module(_TRUE_DOOR)
    door.__file__ = __file__  # successors come through this door too
    status: int = door.main()
    return status


def _prepare(point: Point, number: int, data_dir: Path) -> None:
    """Arm the point now; in a worker, once it has found its libraries."""
    if point.who == "caller":
        _arm(point, number, data_dir)
        return
    dependencies = import_module("worker.installation")
    activate = dependencies.activate

    def and_arm(plugin_dir: str) -> None:
        activate(plugin_dir)
        _arm(point, number, data_dir)

    dependencies.activate = and_arm  # type: ignore[attr-defined] # it is a module


def _arm(point: Point, number: int, data_dir: Path) -> None:
    module, _, path = point.where.partition(":")
    *owners, name = path.split(".")
    holder: Any = import_module(module)
    for owner in owners:
        holder = getattr(holder, owner)
    passes = count(1)

    def passed() -> None:
        if next(passes) == number and not is_carried_out(data_dir):
            withdraw(data_dir)
            os.kill(os.getpid(), signal.SIGKILL)

    setattr(holder, name, _WRAPPERS[point.moment](getattr(holder, name), passed))


def _before(true: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def wrapped(*args: Any, **named: Any) -> Any:
        passed()
        return true(*args, **named)

    return wrapped


def _after(true: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def wrapped(*args: Any, **named: Any) -> Any:
        result = true(*args, **named)
        passed()
        return result

    return wrapped


def _brought(true: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def wrapped(*args: Any, **named: Any) -> Any:
        result = true(*args, **named)
        if result:
            passed()
        return result

    return wrapped


def _each(true: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def wrapped(*args: Any, **named: Any) -> Iterator[Any]:
        for value in true(*args, **named):
            passed()
            yield value

    return wrapped


def _resumed(true: Callable[..., Any], passed: Callable[[], None]) -> Callable[..., Any]:
    def wrapped(*args: Any, **named: Any) -> Iterator[Any]:
        for value in true(*args, **named):
            yield value
            passed()

    return wrapped


_WRAPPERS: Final = {"before": _before, "after": _after, "brought": _brought, "each": _each, "resumed": _resumed}

if __name__ == "__main__":
    sys.dont_write_bytecode = False
    from entry.document import leave

    leave(_main())
