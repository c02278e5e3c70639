"""How an edit is taken: values, locks, several ids, what is refused, lengths, form bodies."""

from tests.contract.beliefs import Beliefs
from tests.contract.plex.kept import locks_of
from tests.contract.plex.scratch import Scratch

EDITS = Beliefs("Plex edits")
_TEXT = "A giant rabbit."


def _outcome(plex: Scratch, status: int, summary: str = _TEXT) -> str:
    """The status, and what became of the summary that was sent."""
    written = plex.item(plex.first).get("summary", "") == summary
    return f"{status}, {'the rest written' if written else 'nothing written'}"


@EDITS.sure("Several fields in one edit, each with its lock:", "all written and locked")
def several_fields(plex: Scratch) -> str:
    plex.edit(plex.first, title="Contract", summary=_TEXT, studio="Blender", tagline="Contract")
    item = plex.item(plex.first)
    shown = [item.get(name) for name in ("title", "summary", "studio", "tagline")]
    is_locked = {"title", "summary", "studio", "tagline"} <= locks_of(item)
    return (
        "all written and locked"
        if shown == ["Contract", _TEXT, "Blender", "Contract"] and is_locked
        else "something else"
    )


@EDITS.unsure("A value without its lock leaves the field", strict="as it was locked", lenient="as it was locked")
def value_without_lock(plex: Scratch) -> str:
    plex.edit(plex.first, ("summary.value", "Contract"), ("summary.locked", "0"))
    plex.edit(plex.first, ("summary.value", _TEXT))
    return "locked" if "summary" in locks_of(plex.item(plex.first)) else "as it was locked"


@EDITS.sure("`.locked=0` takes a lock", "away")
def unlock(plex: Scratch) -> str:
    plex.edit(plex.first, summary=_TEXT)
    plex.edit(plex.first, ("summary.locked", "0"))
    return "not away" if "summary" in locks_of(plex.item(plex.first)) else "away"


@EDITS.sure("One change of several ids reaches", "all of them and no other")
def several_ids(plex: Scratch) -> str:
    plex.edit([plex.first, plex.second], studio="Contract")
    reached = [key for key in (plex.first, plex.second, plex.third) if plex.item(key).get("studio") == "Contract"]
    return "all of them and no other" if reached == [plex.first, plex.second] else f"{len(reached)} of three"


@EDITS.sure("Nothing but a lock, for several ids:", "locked")
def locks_alone(plex: Scratch) -> str:
    plex.edit([plex.first, plex.second], ("tagline.locked", "1"))
    return "locked" if all("tagline" in locks_of(plex.item(key)) for key in (plex.first, plex.second)) else "not locked"


@EDITS.sure("An empty value", "empties the field")
def emptied(plex: Scratch) -> str:
    plex.edit(plex.first, summary=_TEXT)
    plex.edit(plex.first, summary="")
    return "leaves something" if plex.item(plex.first).get("summary") else "empties the field"


@EDITS.unsure(
    "A field that does not exist, beside a good one:", strict="400, nothing written", lenient="200, the rest written"
)
def unknown_field(plex: Scratch) -> str:
    return _outcome(plex, plex.edit(plex.first, summary=_TEXT, contractNonsense="1"))


@EDITS.unsure(
    "A date that is none, beside a good field:", strict="500, nothing written", lenient="500, nothing written"
)
def bad_value(plex: Scratch) -> str:
    return _outcome(plex, plex.edit(plex.first, summary=_TEXT, originallyAvailableAt="a Tuesday"))


@EDITS.unsure("Fields in a form's body, with the ids in the address, are", strict="not read", lenient="read")
def form_body(plex: Scratch) -> str:
    plex.wire.edit(plex.section, [plex.first], [("summary.value", _TEXT), ("summary.locked", "1")], as_form=True)
    return "read" if plex.item(plex.first).get("summary") == _TEXT else "not read"


@EDITS.unsure("The item's own address (`PUT /library/metadata/{id}`) takes an edit:", strict="yes", lenient="yes")
def own_address(plex: Scratch) -> str:
    plex.wire.edit_item(plex.first, [("summary.value", _TEXT), ("summary.locked", "1")])
    return "yes" if plex.item(plex.first).get("summary") == _TEXT else "no"


@EDITS.sure("An address of 7,000 bytes is", "200, the rest written")
def long_address(plex: Scratch) -> str:
    text = "a" * 6_800
    return _outcome(plex, plex.edit(plex.first, summary=text), text)


@EDITS.unsure("An address of 20,000 bytes is", strict="414, nothing written", lenient="200, the rest written")
def very_long_address(plex: Scratch) -> str:
    text = "a" * 19_800
    return _outcome(plex, plex.edit(plex.first, summary=text), text)


@EDITS.unsure("Line ends of Windows come back", strict="as they were sent", lenient="as they were sent")
def line_ends(plex: Scratch) -> str:
    plex.edit(plex.first, summary="one\r\ntwo")
    shown = plex.item(plex.first).get("summary", "")
    return {"one\r\ntwo": "as they were sent", "one\ntwo": "as line feeds"}.get(shown, "otherwise")


@EDITS.unsure("An umlaut of two code points comes back", strict="as it was sent", lenient="as it was sent")
def decomposed(plex: Scratch) -> str:
    plex.edit(plex.first, summary="Ma\u0308rchen")
    shown = plex.item(plex.first).get("summary", "")
    return {"Ma\u0308rchen": "as it was sent", "M\u00e4rchen": "as one code point"}.get(shown, "otherwise")


@EDITS.unsure("Blanks around a text are", strict="kept", lenient="kept")
def blanks(plex: Scratch) -> str:
    plex.edit(plex.first, summary="  Contract  ")
    return "kept" if plex.item(plex.first).get("summary") == "  Contract  " else "cut off"
