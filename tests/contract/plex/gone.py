"""What becomes of writes to ids that are gone, alone and among others."""

from tests.contract.beliefs import Beliefs
from tests.contract.plex.pictures import BLUE
from tests.contract.plex.scratch import Scratch

GONE = Beliefs("Plex gone ids")


@GONE.unsure("An edit of a gone id alone is answered with", strict="404", lenient="200")
def alone(plex: Scratch) -> str:
    return str(plex.edit(plex.gone(), studio="Contract"))


@GONE.sure("An edit of a gone id alone changes", "nothing")
def alone_changes(plex: Scratch) -> str:
    plex.edit(plex.gone(), studio="Contract")
    hit = [key for key in (plex.first, plex.second, plex.third) if plex.item(key).get("studio") == "Contract"]
    return "other items" if hit else "nothing"


@GONE.unsure(
    "An edit of a gone id among others:", strict="404, the others not written", lenient="200, the others written"
)
def among_others(plex: Scratch) -> str:
    status = plex.edit([plex.first, plex.gone(), plex.second], studio="Contract")
    written = all(plex.item(key).get("studio") == "Contract" for key in (plex.first, plex.second))
    return f"{status}, the others {'written' if written else 'not written'}"


@GONE.unsure("An edit under the number of a library that is gone is answered with", strict="404", lenient="404")
def library(plex: Scratch) -> str:
    return str(plex.wire.edit(plex.gone_section(), [plex.first], [("studio.value", "Contract")]))


@GONE.sure("An upload to a gone id is answered with", "404")
def upload(plex: Scratch) -> str:
    return str(plex.wire.upload(plex.gone(), "posters", BLUE))


@GONE.sure("The posters of a gone id are answered with", "404")
def posters(plex: Scratch) -> str:
    return str(plex.wire.get(f"/library/metadata/{plex.gone()}/posters").status_code)
