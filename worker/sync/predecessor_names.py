"""Names that the predecessor wrote to Plex, so that one goes from there that Stash drops before we met its scene.

Its rows of the queue stay there when they are done, and each says which names it sent. Only the newest row of a scene
counts: what Stash had up to then. What was dropped earlier it left in Plex, and nobody knows any more who wants it.
"""

import ntpath
import posixpath
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from plex.fields import TAG_FIELDS, as_tags, unique
from plex.model import Item
from records import SentNames
from stash.model import Scene
from sync_queue.foreign_rows import ForeignJob, settled
from sync_queue.queue_file import QueueFile

if TYPE_CHECKING:
    from records import Records

_SAYS: Final[Mapping[str, str]] = {"tags": "genre", "performers": "actor"}
"""Its name of a list to our field. Source: trek-e/Stash2Plex 1.6.14, worker/field_sync.py."""

_STUDIO, _COLLECTION = "studio", "collection"
_MOST_NAMES: Final = 1_000
_LONGEST_NAME: Final = 1_000


def learn_names(records: "Records", queue_dir: str) -> None:
    """Put down what the predecessor's rows say that it sent. Costs a look into the queue where it was never here.

    Before the queue is tidied up, which would delete them, and before the first edit.
    """
    with QueueFile(queue_dir) as queue:
        for jobs in settled(queue):
            records.sent_names.learn(filter(None, map(_names_of, jobs)))


def names_shown(sent: SentNames | None, scene: Scene, item: Item) -> dict[str, tuple[str, ...]]:
    """Return by field which names that `item` shows are of the predecessor; {} where that is not sure.

    The scene must have the file of then, for ids are given anew, and the item have been there: a person may have put
    the same names into one that was made since.
    """
    if sent is None or item.added_at > sent.at or _base(sent.stash_path) not in map(_base, scene.files):
        return {}
    found = {}
    for name in TAG_FIELDS & sent.names.keys():
        keys = unique(sent.names[name]).keys()
        found[name] = tuple(tag for key, tag in unique(as_tags(item.values.get(name))).items() if key in keys)
    return {name: tags for name, tags in found.items() if tags}


def _names_of(job: ForeignJob) -> SentNames | None:
    path = job.data.get("path")
    names = {field: tags for key, field in _SAYS.items() if (tags := _texts(job.data.get(key)))}
    if studio := _texts([job.data.get(_STUDIO)]):
        names[_COLLECTION] = studio
    return SentNames(job.scene_id, job.at, path, names) if names and isinstance(path, str) and path else None


def _texts(value: Any) -> tuple[str, ...]:
    listed = value[:_MOST_NAMES] if isinstance(value, list) else []
    return tuple(name for name in listed if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME)


def _base(path: str) -> str:
    return ntpath.basename(posixpath.basename(path))
