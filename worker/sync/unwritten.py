"""Fields that are not written, remembered and in words: those that Plex refuses, and those that the brake holds.

What is refused is remembered by scene, item and field: the page shows it there, and it goes with the records of both. A
field that a server takes of no item at all is one of its capabilities (plex.capabilities), so that a thousand scenes do
not find it out one by row. What is asked about held fields reads the same in the log, in View Queue Status and on the
page. Imports no client of either server.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from logs.words import counted
from plex.apart import KNOWN, Refused
from plex.errors import PlexRejected
from plex.fields import FIELDS, SORT_TITLE, TITLE, Value, Values
from plex.plan import named_fields
from records import Emptying, Held, RefusedField
from worker.facts import CAPABILITIES

if TYPE_CHECKING:
    from records import Records

HOW_TO_ANSWER: Final = "Empty Held Fields empties them, Keep Held Fields keeps what Plex shows; all other saves go on"

_COLLECTIONS_SHOWN: Final = 5

_LOST: Final[Mapping[str, str]] = {
    "title": "title",
    "tagline": "tagline",
    "summary": "summary",
    "content_rating": "content rating",
    "genre": "genres",
    "label": "labels",
    "actor": "actors",
    "collection": "collections",
}


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


def report(records: "Records") -> list[str]:
    """Return what Plex does not take, as sentences without their ends: of every item, and of scenes the newest."""
    scenes = records.refused.scene_count()
    newest = [f"scene {row.scene_id}, {row.field}: {row.why}" for row in records.refused.newest()]
    return report_of_all(records) + (
        [f"a field of {counted(scenes, 'scene')}. The newest: {'; '.join(newest)}"] if scenes else []
    )


def report_of_collections(records: "Records") -> list[str]:
    """Return what collections of ours could not get, as sentences likewise, some of them and how many they are."""
    found = [
        f'the collection "{own.name}", {part}: {why.rstrip(".")}. It is tried again once that changes in Stash'
        for own in records.collections.all()
        for part, why in own.problems.items()
    ]
    more = len(found) - _COLLECTIONS_SHOWN
    return found[:_COLLECTIONS_SHOWN] + ([f"{counted(more, 'more part')} of collections"] if more > 0 else [])


def report_of_all(records: "Records") -> list[str]:
    """The fields that Plex takes of no item, as sentences likewise."""
    of_all = (records.facts.get(CAPABILITIES) or {}).get("refused", "")
    return [f"{name}: {KNOWN.why}" for name in of_all.split(",") if name]


def tried(refused: Refused) -> Mapping[str, str]:
    """Field to why, of what was sent and not taken just now."""
    return {name: refused[name].why for name in named_fields(refused) if refused[name] is not KNOWN}


def lost(field: str) -> str:
    """What people call a field that is lost: "summary", "genres"."""
    return _LOST.get(field, field)


def question(held: Held) -> str:
    """Return how many items would lose what: "40 items in Plex would lose what Stash no longer has: 3 their title"."""
    parts = ", ".join(f"{count:,} their {lost(field)}" for field, count in held.fields.items())
    return f"{counted(held.items, 'item')} in Plex would lose what Stash no longer has: {parts}"


def asked(held: Held) -> str:
    """The question and how to answer it, without titles: the worker's log goes into reports that people post."""
    scenes = ", ".join(str(scene_id) for scene_id in dict.fromkeys(row.scene_id for row in held.examples))
    return f"Held, not emptied: {question(held)}, for example of the scenes {scenes}. {HOW_TO_ANSWER}"


def example(emptying: Emptying) -> str:
    """One of them: "Sintel would lose its summary"."""
    return f"{emptying.title or f'item {emptying.rating_key}'} would lose its {lost(emptying.field)}"
