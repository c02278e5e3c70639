"""Collections, which Plex makes of names: when one comes and goes, and what becomes of its name and summary.

All names are invented, and each question has its own: where Plex keeps an empty collection it stays in the scratch
library, and the question is not asked again before somebody has deleted it.
"""

from typing import Final

from tests.contract.beliefs import Beliefs, NotAsked
from tests.contract.plex.kept import locks_of, names, removal
from tests.contract.plex.scratch import Scratch
from tests.contract.plex.wire import BARE

COLLECTIONS = Beliefs("Plex collections")
_TYPE: Final = "18"
_WORDS: Final = "Contract words"


def _listed(plex: Scratch) -> dict[str, tuple[int, str]]:
    """Keys and counts of items, by title."""
    page = plex.wire.xml(f"/library/sections/{plex.section}/all", [("type", _TYPE)])
    return {
        line.get("title", ""): (int(line.get("ratingKey", "0")), line.get("childCount", ""))
        for line in page.iter("Directory")
    }


def _name(plex: Scratch, item: int, name: str) -> None:
    assert plex.edit(item, ("collection[0].tag.tag", name)) == 200


def _made(plex: Scratch, name: str) -> int:
    """The key of a collection that the first film's edit makes. Raises: NotAsked."""
    if name in _listed(plex):
        raise NotAsked(f"the library has the collection {name!r} already; delete it, then this is asked again")
    _name(plex, plex.first, name)
    key, _ = _listed(plex).get(name, (0, ""))
    assert key, "the listing has no such collection"
    plex.wire.own([key])
    return key


def _edit(plex: Scratch, key: int, field: str, value: str) -> int:
    """Change a text of a collection by the address of its library; gives the status."""
    return plex.wire.edit(plex.section, [key], [(f"{field}.value", value), (f"{field}.locked", "1")], kind=_TYPE)


def _summary(plex: Scratch, key: int) -> str:
    line = plex.wire.xml(f"/library/metadata/{key}", headers=BARE).find("Directory")
    assert line is not None, "the collection is not shown"
    if line.get("summary") != _WORDS:
        return "not kept"
    return "kept and locked" if "summary" in locks_of(line) else "kept without a lock"


@COLLECTIONS.sure("A new name in the edit of a film makes a collection that the library's list has:", "yes")
def made(plex: Scratch) -> str:
    return "yes" if _made(plex, "Contract Made") else "no"


@COLLECTIONS.sure("Its own address shows its title and its library:", "yes")
def shown(plex: Scratch) -> str:
    key = _made(plex, "Contract Shown")
    answer = plex.wire.xml(f"/library/metadata/{key}", headers=BARE)
    line = answer.find("Directory")
    assert line is not None, "the collection is not shown"
    place = line.get("librarySectionID") or answer.get("librarySectionID")
    seen = line.get("type"), line.get("title"), place
    return "yes" if seen == ("collection", "Contract Shown", str(plex.section)) else f"no: {seen[0]}"


@COLLECTIONS.sure("A second film with that name", "joins it")
def joined(plex: Scratch) -> str:
    key = _made(plex, "Contract Joined")
    _name(plex, plex.second, "Contract Joined")
    found = _listed(plex).get("Contract Joined")
    return "joins it" if found == (key, "2") else "is in another one" if found and found[0] != key else "is not counted"


@COLLECTIONS.sure("Renamed, it has", "the same key")
def renamed(plex: Scratch) -> str:
    key = _made(plex, "Contract Before")
    assert _edit(plex, key, "title", "Contract After") == 200
    return "the same key" if _listed(plex).get("Contract After", (0, ""))[0] == key else "another key, or the old name"


@COLLECTIONS.unsure("Films of a collection that was renamed show", strict="the old name", lenient="the new name")
def names_of_films(plex: Scratch) -> str:
    key = _made(plex, "Contract Old")
    assert _edit(plex, key, "title", "Contract New") == 200
    found = names(plex.item(plex.first), "collection")
    return "the new name" if "Contract New" in found else "the old name" if "Contract Old" in found else "neither"


@COLLECTIONS.unsure("When its last film leaves, it", strict="stays, empty", lenient="goes")
def emptied(plex: Scratch) -> str:
    _made(plex, "Contract Emptied")
    assert plex.edit(plex.first, *removal("collection", "Contract Emptied")) == 200
    return "stays, empty" if "Contract Emptied" in _listed(plex) else "goes"


@COLLECTIONS.unsure("A summary by the address of the library is", strict="refused", lenient="kept and locked")
def summary(plex: Scratch) -> str:
    key = _made(plex, "Contract Summary")
    return _summary(plex, key) if _edit(plex, key, "summary", _WORDS) == 200 else "refused"


@COLLECTIONS.sure("A summary by the collection's own address is", "kept and locked")
def summary_by_own_address(plex: Scratch) -> str:
    key = _made(plex, "Contract Own")
    fields = [("type", _TYPE), ("summary.value", _WORDS), ("summary.locked", "1")]
    return _summary(plex, key) if plex.wire.edit_item(key, fields) == 200 else "refused"


@COLLECTIONS.unsure(
    "Behind a film that joins later its summary is", strict="kept and locked", lenient="kept and locked"
)
def summary_later(plex: Scratch) -> str:
    key = _made(plex, "Contract Later")
    plex.wire.edit_item(key, [("type", _TYPE), ("summary.value", _WORDS), ("summary.locked", "1")])
    _name(plex, plex.second, "Contract Later")
    return _summary(plex, key)
