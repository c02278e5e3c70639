"""The sort title, the rating, and the year."""

from tests.contract.beliefs import Beliefs, NotAsked
from tests.contract.plex.scratch import Scratch

TITLES = Beliefs("Plex titles")
RATINGS = Beliefs("Plex ratings")
DATES = Beliefs("Plex dates")
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


def _emptied_date(plex: Scratch) -> None:
    """Skip an item with a year and no date: if the year goes with the date, it cannot be given back."""
    item = plex.item(plex.first)
    if item.get("year") and not item.get("originallyAvailableAt"):
        raise NotAsked("the first film has a year but no date, which could be lost")
    plex.edit(plex.first, originallyAvailableAt="2008-04-10")
    plex.edit(plex.first, originallyAvailableAt="")
