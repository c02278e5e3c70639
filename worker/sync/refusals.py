"""Fields that Plex refuses, remembered by scene, item and field.

The page shows it there, and it goes with the records of both. A field that a server takes of no item at all is one of
its capabilities (plex.capabilities), so that a thousand scenes do not find it out one by row.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping

from plex.errors import PlexRejected
from plex.fields import FIELDS, SORT_TITLE, TITLE, Value, Values
from plex.plan import named_fields
from plex.refusal import KNOWN, Refused
from records import RefusedField


def digest(value: Value) -> str:
    """What Stash says of a field, so that it can be told from another value."""
    return hashlib.sha1(json.dumps(value).encode(), usedforsecurity=False).hexdigest()


def _source(name: str, wanted: Values) -> str:
    """The field of Stash's from which `name` is made: a sort title from the title, where Stash has no other one."""
    return TITLE if name == SORT_TITLE and not wanted.get(SORT_TITLE) else name


def still_refused(rows: Iterable[RefusedField], wanted: Values, server: str) -> frozenset[str]:
    """Return the fields that are not sent: Stash and the server's way are what they were when it was refused."""
    known = [(row, _source(row.field, wanted)) for row in rows if row.server == server]
    return frozenset(row.field for row, source in known if source in wanted and row.value == digest(wanted[source]))


def rows_of(
    scene_id: int, rating_key: int, refused: Refused, wanted: Values, server: str, at: float
) -> list[RefusedField]:
    """What is put down of `refused`; what the server takes of no item is none of this one's."""
    return [
        RefusedField(scene_id, rating_key, name, digest(wanted.get(_source(name, wanted))), server, refusal.why, at)
        for name, refusal in refused.items()
        if name in FIELDS and not refusal.is_of_field
    ]


def sentence(refused: Refused) -> str:
    """What people should know, or ""."""
    lines = [f"{name} was not written: {refused[name].why}" for name in named_fields(refused)]
    return "; ".join(lines)


def refusal_of(refused: Refused) -> PlexRejected | None:
    """`refused` as an error, where nothing less than all fields will do; None where there is none."""
    return PlexRejected(sentence(refused)) if refused else None


def tried(refused: Refused) -> Mapping[str, str]:
    """Field to why, of what was sent and not taken just now."""
    return {name: refused[name].why for name in named_fields(refused) if refused[name] is not KNOWN}
