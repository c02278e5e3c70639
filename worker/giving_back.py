"""Gives items back what they showed at an earlier time: what every undo has in common, whichever time that is. Counting is the tally's."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from plex.edit import edit_for
from plex.errors import PlexItemGone, PlexRejected
from plex.model import Item
from plex.plan import ItemPlan, KeptReason
from sync_queue.bulk import enqueue_many
from sync_queue.models import METADATA, create_sync_job
from worker.past import shows
from worker.recognition import is_same_item
from worker.restore_tally import Tally, Undo, name_of

if TYPE_CHECKING:
    from plex.client import PlexClient
    from plex.edit import Edit
    from records import Identity, Original, Written
    from worker.session import Session


def give_back(session: "Session", undos: Mapping[int, Undo], tally: Tally) -> None:
    """Bring each item, by its key, to what its Undo says.

    Raises:
        PlexError: what concerns all that were not told to `tally` yet.
    """
    client = session.plex()
    ready = {key: undo for key, undo in undos.items() if _select_poster(client, undo, tally)}
    for undo in ready.values():
        if undo.edit is None:
            tally.given_back(undo)
    for applied in client.apply_all([undo.edit for undo in ready.values() if undo.edit is not None]):
        for key in applied.rating_keys:
            tally.settled(ready[key], applied.error)


def queue_saved(
    session: "Session", updated_at: Mapping[int, float], asked_at: float, clock: Callable[[], float]
) -> None:
    """Scenes that were saved since the undo was asked for are written again after it, though they have been written already."""
    now = clock()
    again = sorted(scene_id for scene_id, moment in updated_at.items() if moment > asked_at)
    jobs = [create_sync_job(scene_id, METADATA, {"fields": []}, now=now) for scene_id in again]
    if jobs:
        enqueue_many(session.queue_dir, jobs, now=now)


def edit_of(item: Item, plan: ItemPlan) -> "Edit | None":
    """The edit that brings `plan` to `item`, or None where there is nothing to send."""
    needs_edit = plan.changes or plan.lock or plan.unlock
    return edit_for(item, plan.changes, lock=plan.lock, unlock=plan.unlock) if needs_edit else None


def uploaded(client: "PlexClient", rating_key: int, posters: Collection[str], earlier: str) -> bool:
    """Whether the chosen poster is one of our uploads (`posters`, by sha1), or is back already by a try that got no further: its lock is still ours."""
    chosen = client.selected_poster(rating_key)
    return chosen.endswith(tuple(f"/{sha1}" for sha1 in posters)) or (bool(chosen) and chosen == earlier)


def is_still(original: "Original", item: Item, known: "Identity | None", records: "Iterable[Written]") -> bool:
    """Whether `item` is the one that was written to: it holds a file of it, or, where nobody knows its files, shows what was written."""
    is_same = is_same_item(known, original.files, item)
    return any(shows(item, record) for record in records) if is_same is None else is_same


def notes_of(item: Item, plan: ItemPlan) -> Iterator[str]:
    """A line for each thing that is not put back."""
    for kept in plan.kept:
        tags = f" ({', '.join(kept.tags)})" if kept.tags else ""
        stays = "is not put back" if kept.reason is KeptReason.PICTURE else "stays"
        yield f"{name_of(item)}: {kept.field}{tags} {stays}: {kept.reason}"


def newest_state(records: "Iterable[Written]") -> dict[int, float]:
    """Which state of each scene, by its `updated_at`, was written; scenes that are gone are left out."""
    newest: dict[int, float] = {}
    for record in records:
        if not record.gone_at:
            newest[record.scene_id] = max(record.scene_updated_at, newest.get(record.scene_id, 0.0))
    return newest


def _select_poster(client: "PlexClient", undo: Undo, tally: Tally) -> bool:
    """Before the edit, which takes the lock away that choosing may set. Whether the rest can follow."""
    if undo.plan.poster:
        try:
            client.select_poster(undo.item.rating_key, undo.plan.poster)
        except (PlexRejected, PlexItemGone) as error:
            tally.refused(undo.item, error)
            return False
    return True
