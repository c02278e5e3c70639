"""What the reading of Plex showed of the items, put down."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from plex.fields import is_empty, same
from records import Identity
from worker.facts import UPDATES_MOVE
from worker.sync.identities import item_identity
from worker.sync.past import EVIDENCE, SLACK_S
from worker.sync.plans import ItemWork, ScenePlan

if TYPE_CHECKING:
    from records import Records


def note_items(records: "Records", plans: Sequence[ScenePlan], now: float) -> None:
    """Put down which items are dead, which are others than before, and who each of them is, as Plex was just read.

    Of an outdated item that is noted with its record: it must pass for one where its edit does not arrive.
    """
    works = [work for plan in plans for work in plan.work]
    dead = [
        (plan.scene.id, key)
        for plan in plans
        if plan.work
        for key in sorted(plan.denied - {item.rating_key for item in plan.items})
    ]
    seen = {work.key: item_identity(work.item) for work in works if not work.is_outdated}
    others = [work.key for work in works if work.is_other]
    news = {work.key: seen[work.key] for work in works if work.key in seen and work.known_as != seen[work.key]}
    _note_updates(records, works)
    left_out = {
        (plan.scene.id, item.rating_key, item.section_key): code for plan in plans for item, code in plan.left_out
    }
    records.written.note_left_out(left_out, [plan.scene.id for plan in plans])
    if not (dead or news):
        return
    with records.transaction():
        records.written.drop(dead)
        for key in others:
            records.items.lose(key)
        for work in works:
            if (
                work.key in news
                and (work.known_as is None or work.is_other)
                and _find_again(records, work.key, news[work.key])
            ):
                work.original = records.originals.get_many([work.key]).get(work.key)
        records.items.see(news, now)


def _note_updates(records: "Records", works: Iterable[ItemWork]) -> None:
    """Note whether edits move the items' times; that they do not is never taken back, for a backup may look so."""
    known = records.facts.get(UPDATES_MOVE)
    if known is False:
        return
    found = {_updates_move(work, known) for work in works if not work.is_outdated}
    if False in found:
        records.facts.put(UPDATES_MOVE, value=False)
    elif True in found and known is None:
        records.facts.put(UPDATES_MOVE, value=True)


def _updates_move(work: ItemWork, known: bool | None) -> bool | None:
    """Return whether an edit moved `updatedAt` of an item that shows what we wrote; None where that is no news."""
    written, shown = work.written, work.item.values
    is_moved = work.item.updated_at >= written.wrote_at - SLACK_S
    if not written.wrote_at or is_moved is known:
        return None
    texts = [name for name in EVIDENCE if not is_empty(written.values.get(name))]
    others = [name for name in texts if not same(shown.get(name), written.values[name])]
    return is_moved if texts and not others else None


def _find_again(records: "Records", rating_key: int, identity: Identity) -> bool:
    """Find an item again that was lost under another key, as when a backup of Plex was undone by another one."""
    for lost, known in records.items.lost(identity.born_at).items():
        if known.is_as_old_as(identity) and known.shares_file(identity):
            records.items.find_again(lost, rating_key)
            return True
    return False
