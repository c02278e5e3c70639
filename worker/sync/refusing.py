"""Fields that Plex does not take: what is remembered of them and told, and when they are tried again. Knows no server.

Remembered by scene, item and field: the page shows it there, and it goes with the records of both. A field that a server takes of no item at all is one of
its capabilities (plex.capabilities), so that a thousand scenes do not find it out one by one.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from logs.words import counted
from plex.apart import KNOWN, Refused
from plex.errors import PlexRejected
from plex.fields import FIELDS, SORT_TITLE, TITLE, Value, Values
from plex.plan import named_fields
from records import RefusedField
from worker.facts import CAPABILITIES

if TYPE_CHECKING:
    from records import Records


def digest(value: Value) -> str:
    """What Stash says of a field, so that it can be told from another value."""
    return hashlib.sha1(json.dumps(value).encode(), usedforsecurity=False).hexdigest()


def _source(name: str) -> str:
    """The field of Stash's from which `name` is made: a sort title from the title."""
    return TITLE if name == SORT_TITLE else name


def still_refused(rows: Iterable[RefusedField], wanted: Values, server: str) -> frozenset[str]:
    """The fields of `rows` that are not sent: Stash says what it said then, and the same server would be asked by the same way."""
    return frozenset(
        row.field
        for row in rows
        if row.server == server and _source(row.field) in wanted and row.value == digest(wanted[_source(row.field)])
    )


def rows_of(
    scene_id: int, rating_key: int, refused: Refused, wanted: Values, server: str, at: float
) -> list[RefusedField]:
    """What is put down of `refused`; what the server takes of no item is none of this one's."""
    return [
        RefusedField(scene_id, rating_key, name, digest(wanted.get(_source(name))), server, refusal.why, at)
        for name, refusal in refused.items()
        if name in FIELDS and not refusal.is_of_field
    ]


def told(refused: Refused) -> str:
    """What people should know, or ""."""
    lines = [f"{name} was not written: {refused[name].why}" for name in named_fields(refused)]
    return "; ".join(lines)


def refusal_of(refused: Refused) -> PlexRejected | None:
    """`refused` as an error, where nothing less than all fields will do; None where there is none."""
    return PlexRejected(told(refused)) if refused else None


def report(records: "Records") -> list[str]:
    """What Plex does not take, as sentences for people without their ends: fields of every item, and of single scenes the newest."""
    scenes = records.refused.scene_count()
    newest = [f"scene {one.scene_id}, {one.field}: {one.why}" for one in records.refused.newest()]
    return report_of_all(records) + (
        [f"a field of {counted(scenes, 'scene')}. The newest: {'; '.join(newest)}"] if scenes else []
    )


def report_of_all(records: "Records") -> list[str]:
    """The fields that Plex takes of no item, as sentences likewise."""
    of_all = (records.facts.get(CAPABILITIES) or {}).get("refused", "")
    return [f"{name}: {KNOWN.why}" for name in of_all.split(",") if name]


def is_tried(refused: Refused) -> Mapping[str, str]:
    """Field to why, of what was sent and not taken just now."""
    return {name: refused[name].why for name in named_fields(refused) if refused[name] is not KNOWN}
