"""The table "believed / seen" in Markdown, to be pasted into an issue."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One answer of one server; `fits` tells whether it is what was believed of it.

    `server` is e.g. "Plex 1.43.1, real".
    """

    topic: str
    sentence: str
    believed: str
    server: str
    seen: str
    fits: bool


def markdown(rows: Iterable[Mapping[str, Any]]) -> str:
    """Return a table for each kind of server, with a column for each server; what differs from a belief is bold."""
    kept = [Row(**row) for row in rows]
    kinds = dict.fromkeys(row.topic.partition(" ")[0] for row in kept)
    return "\n\n".join(_table([row for row in kept if row.topic.partition(" ")[0] == kind]) for kind in kinds)


def _table(rows: list[Row]) -> str:
    servers = list(dict.fromkeys(row.server for row in rows))
    seen = {(row.topic, row.sentence, row.server): row for row in rows}
    lines = [["about", "what", "believed", *servers], ["---"] * (3 + len(servers))]
    for topic, sentence, believed in dict.fromkeys((row.topic, row.sentence, row.believed) for row in rows):
        answers = [_cell(seen.get((topic, sentence, server))) for server in servers]
        lines.append([topic.partition(" ")[2], _plain(sentence), _plain(believed), *answers])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(row: Row | None) -> str:
    if row is None:
        return ""
    return _plain(row.seen) if row.fits else f"**{_plain(row.seen)}**"


def _plain(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
