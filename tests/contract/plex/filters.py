"""Which questions a library's listing understands."""

from tests.contract.beliefs import Beliefs
from tests.contract.plex.scratch import Scratch

FILTERS = Beliefs("Plex filters")


def _moved(plex: Scratch) -> int:
    """The first item's `updatedAt` after an edit, which no other item has."""
    plex.pass_second()
    plex.edit(plex.first, summary="A giant rabbit.")
    return int(plex.item(plex.first).get("updatedAt", "0"))


def _finds(plex: Scratch, operator: str) -> str:
    """What `updatedAt<operator>` finds: earlier, equal, later times, as words."""
    at = _moved(plex)
    found = []
    for shift, word in ((1, "earlier"), (0, "equal"), (-1, "later")):
        answer = plex.wire.get(
            f"/library/sections/{plex.section}/all", [("type", "1"), (f"updatedAt{operator}", str(at + shift))]
        )
        if answer.status_code != 200:
            return str(answer.status_code)
        found += [word] if f'ratingKey="{plex.first}"' in answer.text else []
    return ", ".join(found) or "none"


@FILTERS.sure("An edit moves `updatedAt`:", "yes")
def edit_moves_updated_at(plex: Scratch) -> str:
    before = int(plex.item(plex.first).get("updatedAt", "0"))
    return "yes" if _moved(plex) > before else "no"


@FILTERS.sure("`updatedAt>>=` finds times that are", "later")
def later(plex: Scratch) -> str:
    return _finds(plex, ">>")


@FILTERS.sure("`updatedAt<<=` finds times that are", "earlier")
def earlier(plex: Scratch) -> str:
    return _finds(plex, "<<")


@FILTERS.unsure("`updatedAt>=` finds times that are", strict="400", lenient="equal, later")
def at_least(plex: Scratch) -> str:
    return _finds(plex, ">")


@FILTERS.unsure("`updatedAt=` finds times that are", strict="equal", lenient="equal")
def equal(plex: Scratch) -> str:
    return _finds(plex, "")


@FILTERS.unsure("`updatedAt!=` finds times that are", strict="earlier, later", lenient="earlier, later")
def unequal(plex: Scratch) -> str:
    return _finds(plex, "!")


@FILTERS.sure("`addedAt>>=` finds times that are later:", "yes")
def added_later(plex: Scratch) -> str:
    at = int(plex.item(plex.first).get("addedAt", "0"))
    before, then = plex.found(("addedAt>>", str(at - 1))), plex.found(("addedAt>>", str(at)))
    return "yes" if plex.first in before - then else "no"


@FILTERS.unsure("A filter that does not exist is", strict="400", lenient="passed over")
def unknown_filter(plex: Scratch) -> str:
    answer = plex.wire.get(f"/library/sections/{plex.section}/all", [("type", "1"), ("contractNonsense", "1")])
    if answer.status_code != 200:
        return str(answer.status_code)
    return "passed over" if answer.text.count("<Video") == plex.count else "without any item"


@FILTERS.sure("`sort=addedAt` lists", "the oldest first")
def oldest_first(plex: Scratch) -> str:
    times = [int(item.get("addedAt", "0")) for item in plex.listed(("sort", "addedAt")).iter("Video")]
    return "the oldest first" if times == sorted(times) else "in another order"
