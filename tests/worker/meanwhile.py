"""Changes in Plex at one request of a batch, and how old the looks were on which writes went out."""

import itertools
from collections.abc import Callable, Iterable

from tests.fakes.plex import FakePlex, Fault
from tests.fakes.plex.journal import Record
from tests.fakes.plex.model import NO_PICTURES


def at(plex: FakePlex, request_kind: str, number: int, do: Callable[[], object]) -> None:
    """Do something right before Plex takes the `number`-th request of this kind ("": of any) from now on."""
    count = itertools.count(1)

    def look(_: object) -> bool:
        if next(count) == number:
            do()
        return False

    plex.faults.add(Fault("latency", request_kind=request_kind, when=look))


def after(plex: FakePlex, request_kind: str, number: int, do: Callable[[], object]) -> None:
    """As at a restart, Plex ends the connection after its answer to that request, and `do` happens before the next."""
    begun: list[bool] = []

    def is_it(_: object) -> bool:
        begun.append(True)
        return True

    def next_one(_: object) -> bool:
        if begun:
            begun.clear()
            do()
        return False

    plex.faults.add(Fault("latency", when=next_one))
    plex.faults.add(Fault("last", request_kind=request_kind, skip=number - 1, times=1, when=is_it))


def type_in(plex: FakePlex, rating_key: int, title: str) -> None:
    """The user edits a title in Plex's own dialog: value and lock."""
    with plex.state.lock:
        item = plex.state.items[rating_key]
        item.values["title"] = title
        item.locked |= {"title"}
        plex.state.touch(item)


def renumber(plex: FakePlex, keys: list[int]) -> None:
    """The library was made anew: each film has its neighbour's key now, and the title that its file gives it."""
    with plex.state.lock:
        media = [plex.state.items[key].media for key in keys]
        for key, files in zip(keys, [*media[1:], media[0]], strict=True):
            item = plex.state.items[key]
            item.media, item.values, item.pictures = files, {"title": "as Plex named it"}, NO_PICTURES
            plex.state.revision += 1


def ages(records: Iterable[Record]) -> list[tuple[str, float]]:
    """For each item of each edit and upload: the kind of request, and how many seconds before it the item was read."""
    asked: dict[str, float] = {}
    found: list[tuple[str, float]] = []
    for record in sorted(records, key=lambda record: record.at):
        place = record.path.split("/")[3:4]
        if record.kind == "metadata":
            asked |= dict.fromkeys(place[0].split(","), record.at)
        elif record.kind in {"edit", "picture_upload", "picture_select"}:
            keys = record.first("id").split(",") if record.kind == "edit" else place
            found += [(record.kind, record.at - asked.get(key, 0.0)) for key in keys]
    return found
