"""What is asked about fields that are held, in words: the same in the log, in View Queue Status and on the page. Pure, standard library only."""

from collections.abc import Mapping
from typing import Final

from logs.words import counted
from records import Emptying, Held

HOW_TO_ANSWER: Final = "Empty Held Fields empties them, Keep Held Fields keeps what Plex shows; all other saves go on"

_LOST: Final[Mapping[str, str]] = {
    "title": "title",
    "summary": "summary",
    "genre": "genres",
    "label": "labels",
    "actor": "actors",
}


def lost(field: str) -> str:
    """What people call a field that is lost: "summary", "genres"."""
    return _LOST.get(field, field)


def question(held: Held) -> str:
    """How many items would lose what: "40 items in Plex would lose what Stash no longer has: 40 their summary, 3 their title"."""
    parts = ", ".join(f"{count:,} their {lost(field)}" for field, count in held.fields.items())
    return f"{counted(held.items, 'item')} in Plex would lose what Stash no longer has: {parts}"


def asked(held: Held) -> str:
    """The question and how to answer it, without titles: the worker's log goes into reports that people post."""
    scenes = ", ".join(str(scene_id) for scene_id in dict.fromkeys(one.scene_id for one in held.examples))
    return f"Held, not emptied: {question(held)}, for example of the scenes {scenes}. {HOW_TO_ANSWER}"


def example(emptying: Emptying) -> str:
    """One of them: "Sintel would lose its summary"."""
    return f"{emptying.title or f'item {emptying.rating_key}'} would lose its {lost(emptying.field)}"
