"""Fields that are not written, in words: those that Plex refuses, and those that the brake holds.

What is asked about held fields reads the same in the log, in View Queue Status and on the page. Imports nothing that
edits are made with: the overview of the page is made of this, and each look at it is a process.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from logs.words import counted
from plex.refusal import KNOWN
from worker.facts import CAPABILITIES

if TYPE_CHECKING:
    from records import Emptying, Held, Records

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


def lost(field: str) -> str:
    """What people call a field that is lost: "summary", "genres"."""
    return _LOST.get(field, field)


def question(held: "Held") -> str:
    """Return how many items would lose what: "40 items in Plex would lose what Stash no longer has: 3 their title"."""
    parts = ", ".join(f"{count:,} their {lost(field)}" for field, count in held.fields.items())
    return f"{counted(held.items, 'item')} in Plex would lose what Stash no longer has: {parts}"


def asked(held: "Held") -> str:
    """The question and how to answer it, without titles: the worker's log goes into reports that people post."""
    scenes = ", ".join(str(scene_id) for scene_id in dict.fromkeys(row.scene_id for row in held.examples))
    return f"Held, not emptied: {question(held)}, for example of the scenes {scenes}. {HOW_TO_ANSWER}"


def example(emptying: "Emptying") -> str:
    """One of them: "Sintel would lose its summary"."""
    return f"{emptying.title or f'item {emptying.rating_key}'} would lose its {lost(emptying.field)}"
