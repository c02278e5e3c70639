"""`python -m bench.house [--names] [--save] [--write]`: count the house and the calls of one warm save.

Deterministic, no timing. It counts the checkout that it is run in: `cd` to another commit and run this very file there
by its path, and both are counted by one ruler.
"""

import argparse
import ast
import sqlite3
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from functools import cached_property
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, NamedTuple

NOT_SHIPPED: Final = frozenset({"tests", "bench", "scripts", "vendor", "build", "dist"})
LONGEST_LINE: Final = 120
QUEUE: Final = "sync_queue"
STORAGE: Final = "storage"  # a call of it is counted for the room that called it
ACKED: Final = 5  # status of a row, see docs/architecture.md


@dataclass(frozen=True)
class Module:
    """One file of Python; `name` is dotted, that of a package for its `__init__`."""

    path: Path
    name: str

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(ast.parse(self.text)))

    @property
    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))

    @property
    def classes(self) -> Iterator[ast.ClassDef]:
        return (node for node in self.nodes if isinstance(node, ast.ClassDef))

    def imports(self, known: Iterable[str]) -> set[str]:
        """Those of the modules `known` that this one imports, wherever the import stands and whatever it is for."""
        names, found = set(known), set()
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                inner = {f"{node.module}.{alias.name}" for alias in node.names}
                found |= inner | ({node.module} if inner - names else set())
        return (found & names) - {self.name}


def modules_of(root: Path, rooms: Iterable[str] = ()) -> list[Module]:
    """The modules of these rooms, by default the shipped ones: at the top, and in each package not in NOT_SHIPPED."""
    shipped = [init.parent.name for init in root.glob("*/__init__.py") if init.parent.name not in NOT_SHIPPED]
    files = [file for room in (rooms or shipped) for file in (root / room).rglob("*.py")]
    return [_module(root, file) for file in sorted([*files, *([] if rooms else root.glob("*.py"))])]


def _module(root: Path, file: Path) -> Module:
    parts = file.relative_to(root).with_suffix("").parts
    return Module(file, ".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def circles(modules: Iterable[Module]) -> list[list[str]]:
    """The groups of modules that import each other, directly or through others; each sorted."""
    by_name = {module.name: module for module in modules}
    imports = {name: module.imports(by_name) for name, module in by_name.items()}
    reached = {name: _reached_from(name, imports) for name in imports}
    groups = {frozenset(other for other in reached[name] if name in reached[other]) for name in imports}
    return sorted(sorted(group) for group in groups if group)


def _reached_from(start: str, imports: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(imports[start])
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += imports[name]
    return reached


def repeated_modules(modules: Iterable[Module]) -> dict[str, list[str]]:
    """File names that several modules have, with those modules; `__init__` is no name."""
    return _repeated((module.path.stem, module.name) for module in modules if module.path.stem != "__init__")


def repeated_classes(modules: Iterable[Module]) -> dict[str, list[str]]:
    """Names that several classes have, with their modules."""
    return _repeated((node.name, module.name) for module in modules for node in module.classes)


def _repeated(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    places: dict[str, list[str]] = {}
    for name, place in named:
        places.setdefault(name, []).append(place)
    return {name: found for name, found in sorted(places.items()) if len(found) > 1}


def long_lines(modules: Iterable[Module]) -> list[str]:
    """The lines over LONGEST_LINE, as "module:number"."""
    return [
        f"{module.name}:{number}"
        for module in modules
        for number, line in enumerate(module.text.splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]


def source_rows(root: Path) -> list[tuple[str, str]]:
    """The table's rows about the source: what, and the figure."""
    modules = modules_of(root)
    names = [module.name for module in modules]
    lengths = [node.end_lineno - node.lineno + 1 for module in modules for node in module.functions]
    packages = sum(module.path.stem == "__init__" for module in modules)
    groups = circles(modules)
    return [
        ("shipped lines", f"{sum(len(module.text.splitlines()) for module in modules):,}"),
        ("shipped modules", f"{len(modules)} ({len(modules) - packages} without `__init__`)"),
        ("function lines, median / max", f"{statistics.median(lengths):g} / {max(lengths)}"),
        ("classes", f"{sum(len(list(module.classes)) for module in modules)}"),
        (
            "imports of own modules a module",
            f"{sum(len(m.imports(names)) for m in modules) / (len(modules) - packages):.1f}",
        ),
        ("circles of imports", f"{len(groups)}"),
        ("module names that stand twice or more", f"{len(repeated_modules(modules))}"),
        ("class names that stand twice or more", f"{len(repeated_classes(modules))}"),
        (f"lines over {LONGEST_LINE}", f"{len(long_lines(modules)):,}"),
    ]


# -- one warm save --------------------------------------------------------------------------------------------------

FILM: Final[Mapping[str, Any]] = {
    "title": "The film",
    "details": "An invented plot.",
    "date": "2008-04-10",
    "rating100": 80,
    "studio": "Example Pictures",
    "performers": ("Ada Example", "Bob Sample"),
    "tags": ("Animation", "Open Movie", "Series"),
}
"""What the stand-in Stash says of the film; its second save changes the title."""


class Call(NamedTuple):
    """One entry into a function; `room` is its top folder, or for storage that of its caller."""

    file: str
    function: str
    room: str


class Trace:
    """The calls of our own shipped functions until the newest row of a queue is acked; for `sys.setprofile`.

    Each entry into a function counts, so a generator counts once more each time that it goes on.
    """

    def __init__(self, root: Path, queue_file: Path) -> None:
        self._root = root
        self._queue = sqlite3.connect(queue_file, isolation_level=None)
        self._calls: list[Call] = []
        self._is_acked = False

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        file = self.file_of(frame.f_code)
        if self._is_acked or not file:
            return
        if event == "call":
            function = f"{frame.f_code.co_qualname}:{frame.f_code.co_firstlineno}"
            self._calls.append(Call(file, function, self._room(frame)))
        elif event == "return":
            newest = "SELECT status FROM ack_queue_default ORDER BY _id DESC LIMIT 1"
            self._is_acked = self._queue.execute(newest).fetchone() == (ACKED,)

    def calls(self) -> list[Call]:
        """The calls so far, in order. Raises ValueError where no ack was seen."""
        self._queue.close()
        if not self._is_acked:
            raise ValueError("the traced save was not acked")
        return self._calls

    def _room(self, frame: FrameType | None) -> str:
        """The room of the innermost function of ours that does not stand in storage."""
        while frame is not None:
            room = room_of(self.file_of(frame.f_code))
            if room not in {"", STORAGE}:
                return room
            frame = frame.f_back
        return STORAGE

    def file_of(self, code: CodeType) -> str:
        """The file of a function below the root; "" of what is not ours or does not ship."""
        path = Path(code.co_filename)
        if not path.is_relative_to(self._root):
            return ""
        inner = path.relative_to(self._root)
        return "" if inner.parts[0] in NOT_SHIPPED or inner.parts[0].startswith(".") else str(inner)


def calls_of_a_save(root: Path) -> list[Call]:
    """Sync a film, save it a second later with another title, and trace the worker's step up to the ack.

    The worker is the real one, on a real data folder and both stand-ins; it is stepped by hand, so its thread is this
    one, and time stands still.
    """
    from sync_queue import QueueManager, enqueue
    from tests.clock import Clock
    from tests.fakes.plex import FakePlex
    from tests.fakes.stash import FakeStash

    clock = Clock()
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        plex, stash = stack.enter_context(FakePlex(clock=clock)), stack.enter_context(FakeStash(clock=clock))
        section = plex.state.add_section("Movies", locations=["/media"]).key
        item = plex.state.add_item(section, "/media/film.mkv")
        scene = stash.add_scene(files=["/data/film.mkv"], **FILM)
        stash.configure_plugin({"plex_url": plex.url, "plex_token": plex.token, "path_rules": "/data => /media"})
        parts = _assembly(root).assemble(folder, {}, clock=clock, monotonic=clock)
        stack.callback(parts.close)
        _connect(parts, stash.server_connection())
        manager = QueueManager(folder)
        stack.callback(manager.shutdown)
        enqueue(manager.get_queue(), scene, "metadata", {"fields": []})
        while parts.worker.step(clock.now) <= 0:
            pass
        clock.now += 1
        stash.save_scene(scene, title="Another title")
        enqueue(manager.get_queue(), scene, "metadata", {"fields": ["title"]})
        trace = Trace(root, Path(folder, "queue/data.db"))
        sys.setprofile(trace)
        try:
            parts.worker.step(clock.now)
        finally:
            sys.setprofile(None)
        if plex.state.item(item).title != "Another title":
            raise ValueError("the traced save did not reach Plex")
        return trace.calls()


def _assembly(root: Path) -> Any:
    """The module that builds a worker; its place in the worker's room differs from commit to commit."""
    (file,) = (root / "worker").rglob("assembly.py")
    return import_module(_module(root, file).name)


def _connect(parts: Any, connection: Mapping[str, Any]) -> None:
    """Offer a way into Stash to the part that takes one; its name differs from commit to commit."""
    found = (getattr(parts, each.name) for each in fields(parts))
    (taker,) = (part for part in found if hasattr(part, "offer"))
    taker.offer(connection)


def save_rows(calls: Sequence[Call]) -> list[tuple[str, str]]:
    """The table's rows about one warm save: what, and the figure."""
    rooms = [room_of(call.file) for call in calls]
    queue = [call.file for call in calls if call.room == QUEUE]
    return [
        ("one warm save: calls", f"{len(calls):,}"),
        ("its distinct functions", f"{len({call[:2] for call in calls})}"),
        ("its files", f"{len({call.file for call in calls})}"),
        ("its changes of room", f"{sum(left != right for left, right in pairwise(rooms))}"),
        ("the queue's part: calls / files", f"{len(queue)} / {len(set(queue))}"),
    ]


def room_of(file: str) -> str:
    """The top folder of a file."""
    return file.partition("/")[0]


# -- the command ----------------------------------------------------------------------------------------------------


def listing(title: str, counted: Iterable[str], most: int = 60) -> str:
    """What was counted, the most frequent first."""
    return "\n".join([f"\n{title}", *(f"{count:6}  {what}" for what, count in Counter(counted).most_common(most))])


def names(modules: Sequence[Module]) -> str:
    """Circles of imports, repeated names, and which modules have the most long lines."""
    repeated = {**repeated_modules(modules), **repeated_classes(modules)}
    return "\n".join(
        [
            "\ncircles of imports, and names that stand twice or more",
            *("  " + " <-> ".join(circle) for circle in circles(modules)),
            *(f"  {name}: {', '.join(places)}" for name, places in repeated.items()),
            listing("long lines by module", (line.partition(":")[0] for line in long_lines(modules))),
        ]
    )


def with_figures(document: str, figures: Mapping[str, str]) -> str:
    """Return `document` with the last cells of the table below `<!-- house -->` replaced, by what stands in the first."""
    before, marker, after = document.partition("<!-- house -->\n")
    lines = after.split("\n")
    for number, line in enumerate(lines[: lines.index("")]):
        what = line.split("|")[1].strip()
        if what in figures:
            lines[number] = f"{line[: line.rindex('|', 0, -1)]}| {figures[what]} |"
    return before + marker + "\n".join(lines)


def main() -> int:
    """Count, print, and write the figures into docs/architecture.md if that is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.house", description="Count the house.")
    parser.add_argument("--names", action="store_true", help="list circles of imports, repeated names and long lines")
    parser.add_argument("--save", action="store_true", help="list the calls of the warm save")
    parser.add_argument("--write", action="store_true", help="write the figures into docs/architecture.md")
    asked = parser.parse_args()
    root = Path.cwd()
    sys.path[0] = str(root)  # where this file is run by its path, its own folder stands there
    calls = calls_of_a_save(root)
    figures = dict([*source_rows(root), *save_rows(calls)])
    for what, figure in figures.items():
        print(f"{what:40} {figure:>28}")
    if asked.write:
        document = root / "docs/architecture.md"
        document.write_text(with_figures(document.read_text(encoding="utf-8"), figures), encoding="utf-8")
    if asked.names:
        print(names(modules_of(root)))
    if asked.save:
        print(listing("calls by file", (call.file for call in calls), most=200))
        print(listing("calls by function", (f"{call.file} {call.function}" for call in calls)))
        pairs = pairwise(call.file for call in calls)
        steps = (f"{left} -> {right}" for left, right in pairs if room_of(left) != room_of(right))
        print(listing("changes of room", steps))
    return 0


if __name__ == "__main__":
    sys.exit(main())
