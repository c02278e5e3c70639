"""What becomes of the sort title of an item, in the merge and in its undo. Pure.

It has no value in Stash, but where scenes are sorted by their place in a group. Else beside a title goes an emptied
sort title without a lock, from which the server builds a new one; whether the title alone would do that is unsure, and
without it items stay sorted by their files' names. Source: Plex Web sends both together; that an emptied one is built
anew has been seen.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from plex.fields import SORT_TITLE, TITLE, Value, Values, comparable, is_empty, same
from plex.model import Item
from plex.plan import Change, FieldPlan, ItemPlan, Kept, KeptReason, Memory, MergePolicy

# fmt: off
_ARTICLES: Final = frozenset({
    "the", "a", "an",
    "der", "die", "das", "dem", "den", "des", "ein", "eine", "einen",
    "de", "het", "een",
    "le", "la", "les", "l", "un", "une",
    "el", "los", "las", "una",
    "il", "lo", "gli", "i",
    "o", "os", "as", "um", "uma",
    "en", "ett", "et", "det",
    "al",
    "az", "egy",
})
# fmt: on
"""Words in front that servers and agents leave out of a sort title, in the languages of films."""

_DONE: Final = None
"""In the record: the sort title was emptied by itself, and no other one was seen since. Else it says ""."""


def decide_sort_title(
    wanted: Value,
    title: FieldPlan | None,
    item: Item,
    memory: Memory,
    policy: MergePolicy,
    earlier: tuple[str, ...],
) -> FieldPlan | None:
    """Decide on the sort title: `wanted` where Stash has one, else what goes with the decision about the title.

    One that we gave by a place in a group goes, with its lock, once Stash has none. None: nobody has a say in it.
    """
    if SORT_TITLE in policy.off:
        return None
    if isinstance(wanted, str) and wanted:
        coming = (title.change.after,) if title and title.change else ()
        return _placed(wanted, item, memory, policy, (*coming, *earlier))
    if not (memory.is_outdated or policy.fills_only) and is_placed(item, memory.written, memory.intended):
        return FieldPlan(Change(SORT_TITLE, item.values.get(SORT_TITLE), ""), writes={SORT_TITLE: ""})
    return _beside(title, item, memory, policy, earlier) if title else None


def _beside(title: FieldPlan, item: Item, memory: Memory, policy: MergePolicy, earlier: Iterable[str]) -> FieldPlan:
    """Decide what goes beside the `title`: an emptied sort title with every title written, unless it is locked.

    By itself it goes only where a title of ours is right and the sort title is left over from an `earlier` one, and
    once: a server that was not seen to build one is not asked again.
    """
    if SORT_TITLE in item.locked:
        return FieldPlan()
    shown, shown_title = item.values.get(SORT_TITLE), item.values.get(TITLE)
    recorded = {} if memory.is_outdated else memory.written
    is_done = recorded.get(SORT_TITLE, "") is _DONE
    if title.change:
        may_be_users = policy.only_fills(SORT_TITLE) or (policy.preserves(SORT_TITLE) and SORT_TITLE in recorded)
        if may_be_users and not any(is_made_from(shown, known) for known in (shown_title, *earlier)):
            reason = KeptReason.UNCONFIRMED if policy.fills_only else KeptReason.CHANGED
            return FieldPlan(kept=Kept(SORT_TITLE, shown, "", reason))
        return FieldPlan(Change(SORT_TITLE, shown, ""), writes={SORT_TITLE: _DONE if is_done else ""})
    if is_done:
        return FieldPlan(writes={SORT_TITLE: ""} if is_made_from(shown, shown_title) else {})
    if policy.fills_only or not memory.is_ours(TITLE, shown_title) or not is_left_over(shown, shown_title, earlier):
        return FieldPlan()
    return FieldPlan(Change(SORT_TITLE, shown, ""), writes={SORT_TITLE: _DONE})


def _placed(wanted: str, item: Item, memory: Memory, policy: MergePolicy, titles: Iterable[Value]) -> FieldPlan:
    """Decide on a sort title that Stash has: `wanted`, by the place in a group.

    It takes the place of one that was made of a title, of ours, and, unless edits are kept, of an agent's. One that
    somebody else locked stays. `titles` are those that the item has beside the one that it shows: the one that it is
    about to get, too, or the next look would judge otherwise.
    """
    shown = _sorted_by(item)
    if same(item.values.get(SORT_TITLE), wanted) or (same(shown, wanted) and memory.is_ours(SORT_TITLE, wanted)):
        return FieldPlan(writes={SORT_TITLE: wanted})
    reason = _reason_to_keep(shown, item, memory, policy, titles)
    if reason:
        return FieldPlan(kept=Kept(SORT_TITLE, shown, wanted, reason))
    return FieldPlan(Change(SORT_TITLE, item.values.get(SORT_TITLE), wanted), writes={SORT_TITLE: wanted})


def _reason_to_keep(
    shown: Value, item: Item, memory: Memory, policy: MergePolicy, titles: Iterable[Value]
) -> KeptReason | None:
    if SORT_TITLE in policy.taken:
        return None
    is_locked = SORT_TITLE in item.locked
    titles = () if is_locked else (item.values.get(TITLE), *titles)
    was_placed = not is_empty(memory.written.get(SORT_TITLE))
    is_nobodys = any(is_made_from(shown, title) for title in titles) or (memory.is_outdated and was_placed)
    if is_nobodys or (not is_empty(shown) and memory.is_ours(SORT_TITLE, shown)):
        return None
    if policy.fills_only:
        return KeptReason.UNCONFIRMED
    if is_locked or (policy.preserve_plex_edits and SORT_TITLE in memory.written):
        return KeptReason.CHANGED if SORT_TITLE in memory.written else KeptReason.LOCKED
    return None


def is_placed(item: Item, *past: Values) -> bool:
    """Return whether the item shows a sort title that `past`, what we wrote, gave it by a place in a group."""
    shown = _sorted_by(item)
    return any(not is_empty(each.get(SORT_TITLE)) and same(shown, each[SORT_TITLE]) for each in past)


def _sorted_by(item: Item) -> Value:
    """Return the sort title that the item shows; a locked one that equals its title is not shown by Plex."""
    shown = item.values.get(SORT_TITLE)
    return item.values.get(TITLE) if is_empty(shown) and SORT_TITLE in item.locked else shown


def is_made_from(sort_title: Value, title: Value) -> bool:
    """Return whether a server or an agent would have made `sort_title` of `title`.

    It has the same words without regard to case, accents and punctuation, an article left out or put last. An empty one
    is made from any title: Plex shows none that equals its title.
    """
    if is_empty(sort_title):
        return True
    words, of = _words(sort_title), _words(title)
    if not (words and of):
        return same(sort_title, title)
    has_article = len(of) > 1 and of[0] in _ARTICLES
    return words == of or (has_article and words in (of[1:], [*of[1:], of[0]]))


def is_left_over(sort_title: Value, title: Value, earlier: Iterable[str]) -> bool:
    """Return whether `sort_title` was made from an `earlier` title of the item, and not from its `title` now.

    What is made from neither was chosen by somebody, an agent say ("Alien 02"), and is none of ours.
    """
    if is_empty(title) or is_made_from(sort_title, title):
        return False
    return any(not is_empty(known) and is_made_from(sort_title, known) for known in earlier)


def _words(text: Value) -> list[str]:
    """Return the words of a title as sorting sees them: without case, accents and punctuation."""
    folded = unicodedata.normalize("NFKD", comparable(text).casefold()) if isinstance(text, str) else ""
    bare = [letter for letter in folded if not unicodedata.combining(letter)]
    return "".join([letter if letter.isalnum() else " " for letter in bare]).split()


def sort_title_back(earlier: Values, item: Item, back: ItemPlan, ours: Values) -> FieldPlan:
    """Decide on the sort title in an undo: the title goes `back`, or `ours`, what we wrote, names the sort title alone.

    One that the server made of our title goes with that title: to what it was, or, where that is unknown, to what the
    server makes of the title that is back. A lock is the user's, since we set none, but for a place in a group.
    """
    is_ours = SORT_TITLE in ours
    if is_placed(item, ours):
        was = earlier.get(SORT_TITLE, "")
        is_back = same(item.values.get(SORT_TITLE), was)
        return FieldPlan() if is_back else FieldPlan(Change(SORT_TITLE, item.values.get(SORT_TITLE), was))
    shown, was = item.values.get(SORT_TITLE), earlier.get(SORT_TITLE, "")
    is_known = is_ours and SORT_TITLE in earlier
    is_as_it_was = is_known and same(shown, was)
    goes_back = any(change.field == TITLE for change in back.changes)
    if not goes_back and (is_as_it_was or not is_known):
        return FieldPlan()
    stays = SORT_TITLE in item.locked or any(kept.field == TITLE for kept in back.kept)
    titles = (item.values.get(TITLE), earlier.get(TITLE)) if is_known else (item.values.get(TITLE),)
    if not stays and (is_as_it_was or any(is_made_from(shown, title) for title in titles)):
        return FieldPlan(Change(SORT_TITLE, shown, was if is_known else ""))
    return FieldPlan(kept=Kept(SORT_TITLE, shown, was, KeptReason.CHANGED) if is_known and not is_as_it_was else None)
