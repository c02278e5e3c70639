"""How lists are asked for. Some servers refuse a list without a page's headers, and say in their logs that all will."""

from tests.contract.beliefs import Beliefs
from tests.contract.plex.scratch import Scratch
from tests.contract.plex.wire import BARE

PAGES = Beliefs("Plex pages")
_ALL = "all there is"


def _bare(plex: Scratch, path: str, *params: tuple[str, str]) -> str:
    answer = plex.wire.get(path, params, BARE)
    return _ALL if answer.status_code == 200 else str(answer.status_code)


def _page(start: int, size: int) -> dict[str, str]:
    return {"X-Plex-Container-Start": str(start), "X-Plex-Container-Size": str(size)}


@PAGES.unsure("The items of a library, without the headers of a page:", strict="400", lenient=_ALL)
def library_without_headers(plex: Scratch) -> str:
    return _bare(plex, f"/library/sections/{plex.section}/all", ("type", "1"))


@PAGES.unsure("Several ids, without the headers of a page:", strict="400", lenient=_ALL)
def ids_without_headers(plex: Scratch) -> str:
    return _bare(plex, f"/library/metadata/{plex.first},{plex.second}")


@PAGES.unsure("The posters of an item, without the headers of a page:", strict="400", lenient=_ALL)
def posters_without_headers(plex: Scratch) -> str:
    return _bare(plex, f"/library/metadata/{plex.first}/posters")


@PAGES.unsure("The backgrounds of an item, without the headers of a page:", strict="400", lenient=_ALL)
def arts_without_headers(plex: Scratch) -> str:
    return _bare(plex, f"/library/metadata/{plex.first}/arts")


@PAGES.sure("One id, without the headers of a page:", _ALL)
def one_id_without_headers(plex: Scratch) -> str:
    return _bare(plex, f"/library/metadata/{plex.first}")


@PAGES.sure("The list of libraries, without the headers of a page:", _ALL)
def libraries_without_headers(plex: Scratch) -> str:
    return _bare(plex, "/library/sections")


@PAGES.sure("A page of 500 is answered with", "200")
def page_of_500(plex: Scratch) -> str:
    return str(plex.wire.get(f"/library/sections/{plex.section}/all", [("type", "1")], _page(0, 500)).status_code)


@PAGES.unsure("A page of 1,001 is answered with", strict="400", lenient="200")
def page_of_1001(plex: Scratch) -> str:
    return str(plex.wire.get(f"/library/sections/{plex.section}/all", [("type", "1")], _page(0, 1001)).status_code)


@PAGES.sure("A page tells in `totalSize`", "how many there are in all")
def total(plex: Scratch) -> str:
    page = plex.listed(headers=_page(0, 2))
    assert len(page.findall("Video")) == 2
    return "how many there are in all" if page.get("totalSize") == str(plex.count) else f"{page.get('totalSize')}"


@PAGES.sure("Pages of two, one after the other in the order of `addedAt`, bring", "every item once")
def pages_in_turn(plex: Scratch) -> str:
    keys: list[str] = []
    for start in range(0, plex.count, 2):
        keys += [
            item.get("ratingKey", "")
            for item in plex.listed(("sort", "addedAt"), headers=_page(start, 2)).iter("Video")
        ]
    return "every item once" if len(keys) == len(set(keys)) == plex.count else "something else"


@PAGES.sure("A page behind the end is", "empty")
def behind_the_end(plex: Scratch) -> str:
    page = plex.listed(headers=_page(plex.count + 10, 2))
    return "empty" if not page.findall("Video") else "not empty"


@PAGES.sure("A page of size 0 tells", "only how many there are")
def page_of_nothing(plex: Scratch) -> str:
    page = plex.listed(headers=_page(0, 0))
    return "only how many there are" if (len(page), page.get("totalSize")) == (0, str(plex.count)) else "something else"


@PAGES.sure("A page may be asked for in the address as well:", "yes")
def page_in_address(plex: Scratch) -> str:
    page = plex.listed(*_page(1, 1).items(), headers=BARE)
    return "yes" if len(page.findall("Video")) == 1 else "no"
