"""The sort title, the rating, and the year."""

from tests.contract.beliefs import Beliefs, NotAsked
from tests.contract.plex.kept import locks_of
from tests.contract.plex.scratch import Scratch

TITLES = Beliefs("Plex titles")
RATINGS = Beliefs("Plex ratings")
DATES = Beliefs("Plex dates")
_EARLY = "1285545600"  # 2010-09-27
_BUILT = ("titleSort.value", ""), ("titleSort.locked", "0")


def _sorted_by(plex: Scratch) -> str:
    """An item without a sort title of its own is sorted by its title."""
    item = plex.item(plex.first)
    return (item.get("titleSort") or item.get("title", "")).casefold()


@TITLES.unsure("After a title alone is written, the item is sorted by", strict="the old one", lenient="the new one")
def title_alone(plex: Scratch) -> str:
    plex.edit(plex.first, *_BUILT, title="Contract Before")
    plex.edit(plex.first, title="Contract After")
    return {"contract before": "the old one", "contract after": "the new one"}.get(_sorted_by(plex), "something else")


@TITLES.sure("With an emptied, unlocked sort title beside the title it is sorted by", "the new one")
def title_with_emptied_sort(plex: Scratch) -> str:
    plex.edit(plex.first, *_BUILT, title="Contract Before")
    plex.edit(plex.first, *_BUILT, title="Contract After")
    return {"contract before": "the old one", "contract after": "the new one"}.get(_sorted_by(plex), "something else")


@TITLES.sure("A sort title that is locked stays with a new title:", "yes")
def locked_sort(plex: Scratch) -> str:
    plex.edit(plex.first, titleSort="zzz Contract")
    plex.edit(plex.first, title="Contract After")
    return "yes" if plex.item(plex.first).get("titleSort") == "zzz Contract" else "no"


@TITLES.unsure(
    "Built from `The Contract`, the sort title is", strict="without the article", lenient="without the article"
)
def article(plex: Scratch) -> str:
    plex.edit(plex.first, *_BUILT, title="The Contract")
    return {"contract": "without the article", "the contract": "the title"}.get(_sorted_by(plex), "something else")


def _rating(plex: Scratch) -> str:
    text = plex.item(plex.first).get("userRating", "")
    return f"{float(text):g}" if text else "none"


@RATINGS.unsure("`userRating.value=7.3` in an edit gives", strict="7.3", lenient="none")
def rating_in_edit(plex: Scratch) -> str:
    plex.wire.rate(plex.first, "-1")
    plex.edit(plex.first, userRating="7.3")
    return _rating(plex)


@RATINGS.unsure("An emptied `userRating.value` after 8 gives", strict="none", lenient="8")
def emptied_in_edit(plex: Scratch) -> str:
    plex.wire.rate(plex.first, "8")
    plex.edit(plex.first, userRating="")
    return _rating(plex)


@RATINGS.sure("`/:/rate` with 7.3 gives", "7.3")
def rate(plex: Scratch) -> str:
    plex.wire.rate(plex.first, "7.3")
    return _rating(plex)


@RATINGS.sure("`/:/rate` with -1 after 8 gives", "none")
def cleared(plex: Scratch) -> str:
    plex.wire.rate(plex.first, "8")
    plex.wire.rate(plex.first, "-1")
    return _rating(plex)


@DATES.sure("A date brings its year:", "yes")
def date_brings_year(plex: Scratch) -> str:
    plex.edit(plex.first, originallyAvailableAt="2008-04-10")
    item = plex.item(plex.first)
    return "yes" if (item.get("originallyAvailableAt"), item.get("year")) == ("2008-04-10", "2008") else "no"


@DATES.sure("An emptied date is", "gone")
def emptied_date(plex: Scratch) -> str:
    _emptied_date(plex)
    return "still there" if plex.item(plex.first).get("originallyAvailableAt") else "gone"


@DATES.unsure("After an emptied date the year is", strict="still there", lenient="still there")
def year_after_emptied_date(plex: Scratch) -> str:
    _emptied_date(plex)
    return "still there" if plex.item(plex.first).get("year") == "2008" else "gone"


@DATES.unsure("A date added with its lock (`addedAt.value`, epoch seconds) is", strict="taken", lenient="taken")
def date_added(plex: Scratch) -> str:
    """Source: `editAddedAt` of python-plexapi's mixins sends it so, and its tests read it back."""
    return "taken" if _added_early(plex) else "not taken"


@DATES.unsure("Its lock is", strict="kept", lenient="kept")
def lock_of_date_added(plex: Scratch) -> str:
    _added_early(plex)
    return "kept" if "addedAt" in locks_of(plex.item(plex.first)) else "not kept"


@DATES.unsure("After an edit of another field the date added is", strict="as it was sent", lenient="as it was sent")
def date_added_behind_an_edit(plex: Scratch) -> str:
    _added_early(plex)
    plex.edit(plex.first, summary="Contract")
    return "as it was sent" if plex.item(plex.first).get("addedAt") == _EARLY else "another one"


def _added_early(plex: Scratch) -> bool:
    plex.edit(plex.first, addedAt=_EARLY)
    return plex.item(plex.first).get("addedAt") == _EARLY


def _emptied_date(plex: Scratch) -> None:
    """Skip an item with a year and no date: if the year goes with the date, it cannot be given back."""
    item = plex.item(plex.first)
    if item.get("year") and not item.get("originallyAvailableAt"):
        raise NotAsked("the first film has a year but no date, which could be lost")
    plex.edit(plex.first, originallyAvailableAt="2008-04-10")
    plex.edit(plex.first, originallyAvailableAt="")
