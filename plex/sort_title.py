"""The sort title: whether it was made from a title, and what becomes of it when the title is written or given back. Pure.

It has no value in Stash. Beside a title goes an emptied sort title without a lock, from which the server builds a new one; whether the title alone
would do that is unsure, and without it items stay sorted by their files' names. Source: Plex Web sends both together; that an emptied one
is built anew has been seen.
"""

import unicodedata
from collections.abc import Iterable
from typing import Final

from plex.fields import SORT_TITLE, TITLE, Value, comparable, is_empty, same
from plex.model import Item
from plex.plan import Change, FieldPlan, Kept, KeptReason, Memory, MergePolicy

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
"""In the record: it was emptied by itself, and nobody has seen yet that the server builds another one; until then it is not emptied again. Else the record says ""."""


def is_made_from(sort_title: Value, title: Value) -> bool:
    """Whether a server or an agent would have made `sort_title` of `title`: the same words without regard to case, accents and punctuation, an article left out or put last.

    An empty one is: Plex shows none that equals its title.
    """
    if is_empty(sort_title):
        return True
    words, of = _words(sort_title), _words(title)
    if not (words and of):
        return same(sort_title, title)
    has_article = len(of) > 1 and of[0] in _ARTICLES
    return words == of or (has_article and words in (of[1:], [*of[1:], of[0]]))


def is_left_over(sort_title: Value, title: Value, earlier: Iterable[str]) -> bool:
    """Whether `sort_title` was made from one of the titles that an item had `earlier`, and not from the `title` that it has now.

    What is made from neither was chosen by somebody, an agent say ("Alien 02"), and is none of ours.
    """
    if is_empty(title) or is_made_from(sort_title, title):
        return False
    return any(not is_empty(one) and is_made_from(sort_title, one) for one in earlier)


def beside(title: FieldPlan, item: Item, memory: Memory, policy: MergePolicy, earlier: Iterable[str]) -> FieldPlan:
    """What goes to Plex beside the decision about the `title`: an emptied sort title with every title that is written, unless the user locked his.

    By itself it goes only where a title of ours is right and the sort title is left over from an `earlier` one, and once: a server that was not seen
    to build one is not asked again.
    """
    if SORT_TITLE in policy.off or SORT_TITLE in item.locked:
        return FieldPlan()
    shown = item.values.get(SORT_TITLE)
    recorded = {} if memory.is_outdated else memory.written
    is_done = recorded.get(SORT_TITLE, "") is _DONE
    if title.change:
        if policy.preserve_plex_edits and SORT_TITLE in recorded and not _is_servers(shown, item, earlier):
            return FieldPlan(kept=Kept(SORT_TITLE, shown, "", KeptReason.CHANGED))
        return FieldPlan(Change(SORT_TITLE, shown, ""), writes={SORT_TITLE: _DONE if is_done else ""})
    if is_done:
        is_built = is_made_from(shown, item.values.get(TITLE))
        return FieldPlan(writes={SORT_TITLE: ""} if is_built else {})
    is_ours = memory.is_ours(TITLE, item.values.get(TITLE))
    if not is_ours or not is_left_over(shown, item.values.get(TITLE), earlier):
        return FieldPlan()
    return FieldPlan(Change(SORT_TITLE, shown, ""), writes={SORT_TITLE: _DONE})


def _is_servers(shown: Value, item: Item, earlier: Iterable[str]) -> bool:
    return any(is_made_from(shown, title) for title in (item.values.get(TITLE), *earlier))


def _words(text: Value) -> list[str]:
    """The words of a title as sorting sees them: without case, accents and punctuation."""
    folded = unicodedata.normalize("NFKD", comparable(text).casefold()) if isinstance(text, str) else ""
    bare = (letter for letter in folded if not unicodedata.combining(letter))
    return "".join(letter if letter.isalnum() else " " for letter in bare).split()
