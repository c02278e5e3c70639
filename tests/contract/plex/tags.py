"""Lists of names: do they add or replace, what takes a name out, how are names kept. All names are invented."""

from tests.contract.beliefs import Beliefs
from tests.contract.plex.kept import TAGS, locks_of, names, removal
from tests.contract.plex.scratch import Scratch

LISTS = Beliefs("Plex lists")
_ONE, _TWO = "Contract One", "Contract Two"
_ADDED, _REPLACED = "added to the old ones", "put in their place"


def _listed(kind: str, *wanted: str) -> list[tuple[str, str]]:
    return [(f"{kind}[{number}].tag.tag", name) for number, name in enumerate(wanted)]


def _become(plex: Scratch, kind: str) -> str:
    shown = names(plex.item(plex.first), kind)
    return _ADDED if {_ONE, _TWO} <= set(shown) else _REPLACED if _TWO in shown else "not written"


def _gone(plex: Scratch, *wanted: str, removed: tuple[str, ...] = ()) -> str:
    """Whether names that were written are gone after their removal."""
    plex.edit(plex.first, *_listed("genre", *wanted))
    assert set(wanted) <= set(names(plex.item(plex.first), "genre")), "the names were not written"
    plex.edit(plex.first, *removal("genre", *(removed or wanted)))
    left = set(wanted) & set(names(plex.item(plex.first), "genre"))
    return "taken out" if not left else "left in"


@LISTS.unsure("Genres in an edit of the library's address are", strict=_ADDED, lenient=_REPLACED)
def genres(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("genre", _ONE))
    plex.edit(plex.first, *_listed("genre", _TWO))
    return _become(plex, "genre")


@LISTS.unsure("Actors in an edit of the library's address are", strict=_ADDED, lenient=_REPLACED)
def actors(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("actor", _ONE))
    plex.edit(plex.first, *_listed("actor", _TWO))
    return _become(plex, "actor")


@LISTS.unsure("Genres in an edit of the item's own address are", strict=_ADDED, lenient=_REPLACED)
def genres_by_own_address(plex: Scratch) -> str:
    plex.wire.edit_item(plex.first, _listed("genre", _ONE))
    plex.wire.edit_item(plex.first, _listed("genre", _TWO))
    return _become(plex, "genre")


@LISTS.sure("A list of one kind takes a lock with it:", "yes")
def lock(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("genre", _ONE), ("genre.locked", "1"))
    return "yes" if "genre" in locks_of(plex.item(plex.first)) else "no"


@LISTS.sure("A removal in the exact spelling:", "taken out")
def removed(plex: Scratch) -> str:
    return _gone(plex, _ONE)


@LISTS.sure("Two names in one removal:", "taken out")
def two_removed(plex: Scratch) -> str:
    return _gone(plex, _ONE, _TWO)


@LISTS.sure("A name with a comma, encoded once more:", "taken out")
def comma_removed(plex: Scratch) -> str:
    return _gone(plex, "Contract, with a Comma")


@LISTS.sure("A name with an ampersand and an umlaut, encoded once more:", "taken out")
def odd_removed(plex: Scratch) -> str:
    return _gone(plex, "Contract & Märchen 100%")


@LISTS.unsure("A removal in another case:", strict="left in", lenient="taken out")
def other_case_removed(plex: Scratch) -> str:
    return _gone(plex, _ONE, removed=(_ONE.lower(),))


@LISTS.sure("The removal of a name that is not there is answered with", "200")
def nothing_removed(plex: Scratch) -> str:
    return str(plex.edit(plex.first, *removal("genre", "Contract Never")))


@LISTS.sure("A whole list and a removal in one edit:", "both done")
def list_and_removal(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("genre", _ONE))
    plex.edit(plex.first, *_listed("genre", _TWO), *removal("genre", _ONE))
    shown = names(plex.item(plex.first), "genre")
    return "both done" if _TWO in shown and _ONE not in shown else "not both"


@LISTS.unsure("The label `small` comes back as", strict="`Small`", lenient="`small`")
def label(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("label", "small"))
    return next((f"`{name}`" for name in names(plex.item(plex.first), "label") if name.lower() == "small"), "nothing")


@LISTS.unsure(
    "Of two spellings of a name, on two items, is shown", strict="the first on both", lenient="the first on both"
)
def spellings(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("genre", "Contract Spelling"))
    plex.edit(plex.second, *_listed("genre", "CONTRACT SPELLING"))
    shown = [
        next(n for n in names(plex.item(key), "genre") if n.lower() == "contract spelling")
        for key in (plex.first, plex.second)
    ]
    return (
        "the first on both"
        if shown == ["Contract Spelling"] * 2
        else "each its own"
        if len(set(shown)) == 2
        else "the second on both"
    )


@LISTS.sure("An actor's part (`tagging.text`) is", "shown")
def part(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("actor", _ONE), ("actor[0].tagging.text", "a rabbit"))
    return "shown" if _ONE in _parts(plex, "a rabbit") else "not shown"


@LISTS.unsure("An actor sent again with another part", strict="has the new part", lenient="has the new part")
def part_again(plex: Scratch) -> str:
    for text in ("a rabbit", "a squirrel"):
        plex.edit(plex.first, *_listed("actor", _ONE), ("actor[0].tagging.text", text))
    old, new = _ONE in _parts(plex, "a rabbit"), _ONE in _parts(plex, "a squirrel")
    return "is there twice" if old and new else "has the new part" if new else "has the old part"


@LISTS.sure("A collection in an edit is", "shown by the item")
def collection(plex: Scratch) -> str:
    plex.edit(plex.first, *_listed("collection", _ONE))
    return "shown by the item" if _ONE in names(plex.item(plex.first), "collection") else "not shown"


def _parts(plex: Scratch, text: str) -> list[str]:
    """Who plays that part."""
    return [tag.get("tag", "") for tag in plex.item(plex.first).findall(TAGS["actor"]) if tag.get("role") == text]
