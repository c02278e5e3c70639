"""By what an item is sorted: a sort title, kept among its values only where it differs from the title, as in Plex."""

from collections.abc import Mapping
from typing import Final

from tests.fakes.plex.model import Item

_ARTICLES: Final = ("the ", "an ", "a ")
TITLE: Final = "title"
SORT_TITLE: Final = "titleSort"


def made_from(title: str) -> str:
    """The sort title that a server builds by itself, without an English article.

    Source: "The Matrix" is sorted as "Matrix".
    """
    article = next((word for word in _ARTICLES if title.casefold().startswith(word)), "")
    return title[len(article) :].lstrip() or title


def begin(values: dict[str, str]) -> None:
    """A new item is sorted by its first title, which is its file's name where no agent knows another."""
    values.setdefault(SORT_TITLE, made_from(values.get(TITLE, "")))
    _tidy(values)


def of(item: Item) -> str:
    """By what the item is sorted."""
    return item.values.get(SORT_TITLE) or item.values.get(TITLE, "")


def settle(item: Item, sent: Mapping[str, str], before: str, reading: str) -> None:
    """What an edit, applied already, makes of the sort title.

    Args:
        item: as the edit left it.
        sent: the values of the edit.
        before: by what the item was sorted before.
        reading: see Options.sort_title.
    """
    is_free = SORT_TITLE not in item.locked
    title = item.values.get(TITLE, "")
    if sent.get(SORT_TITLE) == "" and is_free:
        item.values[SORT_TITLE] = before if reading == "stuck" else made_from(title)
    elif TITLE in sent and SORT_TITLE not in sent:
        item.values[SORT_TITLE] = made_from(title) if reading == "follows" and is_free else before
    _tidy(item.values)


def _tidy(values: dict[str, str]) -> None:
    if values.get(SORT_TITLE) in ("", values.get(TITLE, "")):
        del values[SORT_TITLE]
