"""What Plex answers to somebody who only looks."""

from tests.contract.beliefs import Beliefs, NotAsked
from tests.contract.plex.kept import file_of, locks_of, names
from tests.contract.plex.scratch import Scratch
from tests.contract.plex.wire import BARE

READS = Beliefs("Plex reads")
_SHOWN_OF_LIBRARY = ("key", "type", "title", "agent")


@READS.sure("Who it is (`/identity`) is told without a token:", "identifier and version")
def identity(plex: Scratch) -> str:
    answer = plex.wire.xml("/identity", headers=BARE)
    shown = [name for name in ("machineIdentifier", "version") if answer.get(name)]
    return " and ".join(shown).replace("machineIdentifier", "identifier")


@READS.sure("A wrong token is answered with", "401")
def wrong_token(plex: Scratch) -> str:
    if not plex.is_claimed:
        raise NotAsked("the server is not claimed")
    return str(plex.wire.get("/library/sections", headers=BARE, token="wrong").status_code)


@READS.sure("No token is answered with", "401")
def no_token(plex: Scratch) -> str:
    if not plex.is_claimed:
        raise NotAsked("the server is not claimed")
    return str(plex.wire.get("/library/sections", headers=BARE, token=None).status_code)


@READS.sure("The list of libraries shows", "key, type, title, agent, folders")
def libraries(plex: Scratch) -> str:
    answer = plex.wire.xml("/library/sections", headers=BARE)
    ours = next(library for library in answer.iter("Directory") if library.get("key") == str(plex.section))
    folders = [place for place in ours.iter("Location") if place.get("id") and place.get("path")]
    return ", ".join([name for name in _SHOWN_OF_LIBRARY if ours.get(name)] + ["folders"] * bool(folders))


@READS.sure("One item shows of its file", "name and size")
def file_and_size(plex: Scratch) -> str:
    part = plex.item(plex.first).find("Media/Part")
    assert part is not None
    return " and ".join(word for name, word in (("file", "name"), ("size", "size")) if part.get(name))


@READS.sure("Several ids in one request bring", "all of them, with labels and locks")
def several_ids(plex: Scratch) -> str:
    plex.edit([plex.first, plex.second], ("label[0].tag.tag", "Contract"), ("title.locked", "1"))
    items = list(plex.wire.xml(f"/library/metadata/{plex.first},{plex.second}").iter("Video"))
    whole = [item for item in items if "Contract" in names(item, "label") and "title" in locks_of(item)]
    return (
        f"{'all of them' if len(items) == 2 else len(items)}, with {'labels and locks' if len(whole) == 2 else 'less'}"
    )


@READS.sure("An id that is gone, among others, is", "left out")
def gone_among_others(plex: Scratch) -> str:
    answer = plex.wire.get(f"/library/metadata/{plex.first},{plex.gone()}")
    return "left out" if answer.status_code == 200 and answer.text.count("<Video") == 1 else str(answer.status_code)


@READS.sure("An id that is gone, alone, is answered with", "404")
def gone_alone(plex: Scratch) -> str:
    return str(plex.wire.get(f"/library/metadata/{plex.gone()}").status_code)


@READS.sure("Of an item with three genres, a label and a lock a listing shows", "2 genres, 0 labels, 0 locks")
def cut_listing(plex: Scratch) -> str:
    genres = [(f"genre[{number}].tag.tag", f"Contract {number}") for number in range(3)]
    plex.edit(plex.first, *genres, ("label[0].tag.tag", "Contract"), ("genre.locked", "1"))
    item = next(video for video in plex.listed().iter("Video") if video.get("ratingKey") == str(plex.first))
    return f"{len(names(item, 'genre'))} genres, {len(names(item, 'label'))} labels, {len(locks_of(item))} locks"


@READS.sure("Files stand in a listing", "as in the item")
def files_in_listing(plex: Scratch) -> str:
    item = next(video for video in plex.listed().iter("Video") if video.get("ratingKey") == str(plex.first))
    return "as in the item" if file_of(item) and file_of(item) == file_of(plex.item(plex.first)) else "otherwise"


@READS.sure("`excludeElements=Genre&excludeFields=summary` leaves out", "both")
def excluded(plex: Scratch) -> str:
    plex.edit(plex.first, ("genre[0].tag.tag", "Contract"), summary="A giant rabbit.")
    asked = plex.listed(("excludeElements", "Genre"), ("excludeFields", "summary"))
    item = next(video for video in asked.iter("Video") if video.get("ratingKey") == str(plex.first))
    left = [name for name, shown in (("genres", names(item, "genre")), ("summary", item.get("summary"))) if not shown]
    return "both" if len(left) == 2 else " ".join(left) or "nothing"
