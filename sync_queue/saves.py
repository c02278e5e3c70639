"""Which fields of a scene the user's saves named, and whether a save of that one scene did. Pure.

`fields` of a job says what may have changed, whoever found out; a save is a person's word. A hook's row is a save of one scene, with
`"many": true` one of an edit of many. Jobs that tell nothing of saves have no fields, or say `"named": []`; what several saves come to is told by
`"own"` (saves of the scene alone) and `"named"` (all of them).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sync_queue.models import METADATA, SyncJob

NO_SAVE: Final[dict[str, list[str]]] = {"named": []}
"""Goes into the data of a job that has fields and is no save."""


@dataclass(frozen=True, slots=True)
class Saved:
    """Input fields that were named: by saves of the scene alone (`own`), and by any save (`all`)."""

    own: frozenset[str] = frozenset()
    all: frozenset[str] = frozenset()


def saved_by(job: SyncJob) -> Saved:
    """What the saves behind `job` named."""
    data = job["data"]
    if job["update_type"] != METADATA:
        return Saved()
    named = _names(data.get("named", data.get("fields")))
    return Saved(_names(data.get("own", [] if data.get("many") else named)), named)


def told(saves: Iterable[Saved], fields: Iterable[str]) -> dict[str, Any]:
    """What the data of one job has to say of `saves`, whose `fields` it has: nothing where the fields say it."""
    parts = list(saves)
    own = frozenset().union(*(part.own for part in parts))
    named = frozenset().union(*(part.all for part in parts))
    return {} if own == named == set(fields) else {"own": sorted(own), "named": sorted(named)}


def _names(value: object) -> frozenset[str]:
    return (
        frozenset(name for name in value if isinstance(name, str))
        if isinstance(value, list | frozenset)
        else frozenset()
    )
