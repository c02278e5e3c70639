"""The runs of syncs that changed Plex, as people know them: which there are, and which one is meant."""

from collections.abc import Mapping
from typing import Final

from records import ChangedRun, Choice, Records
from tasks.context import TaskError
from tasks.words import moment

TITLES: Final[Mapping[str, str]] = {
    "all": "Sync All Scenes to Plex",
    "recent": "Sync Recent Scenes to Plex",
    "reconcile": "Reconcile Stash and Plex",
    "page": "Sync now on the page",
    "settings": "Scenes that a changed setting reaches",
    "saves": "Saves in Stash",
}
"""The kind of a run, its first word, to what it was."""

_NAMED: Final = 5


def title_of(run: str) -> str:
    """What a run was; its name where this version does not know its kind."""
    return TITLES.get(run.partition(" ")[0], run)


def run_to_undo(records: Records, run: str) -> Choice:
    """The run of this name, or without one the newest of which anything is left to undo.

    Raises:
        TaskError: there is none; the message names the newest ones.
    """
    runs = records.changes.runs()
    if run:
        if not any(known.run == run for known in runs):
            raise TaskError(f"no run {run!r} changed anything in Plex that is still kept; {_known(runs)}")
        return Choice(run=run)
    last = next((known for known in runs if known.undone < known.items), None)
    if last is None:
        raise TaskError("there is no run of syncs that could be undone; nothing was changed")
    return Choice(run=last.run)


def last_change_of(records: Records, scene_id: int) -> Choice:
    """The last sync of the scene that wrote anything and is not undone.

    Raises:
        TaskError: there is none.
    """
    changes = records.changes.last_of_scene(scene_id)
    if not changes:
        raise TaskError(f"no sync of scene {scene_id} that could be undone is kept; nothing was changed")
    return Choice(since=changes[0].at, scene_id=scene_id)


def _known(runs: list[ChangedRun]) -> str:
    named = "; ".join(f'"{one.run}" ({title_of(one.run)}, {moment(one.began_at)})' for one in runs[:_NAMED])
    return f"the newest are: {named}" if named else "none is"
