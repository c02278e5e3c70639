"""Scenes by id, by words, in pages: all, the recent, those of a performer or studio. Raises as StashClient.query."""

from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal

from stash.client import StashClient, each_by_id
from stash.errors import StashRejected, StashTooLarge
from stash.model import Outline, Scene, epoch_of, files_of, id_of, outline_of, scene_of

Kind = Literal["performer", "studio", "tag", "group", "performer_tag"]

_WIDEST_OFFSET_S: Final = 12 * 3600
"""How far behind UTC a clock on the wall can be (Baker Island)."""

_IDS_END: Final = 2**63
"""Above SQLite's ids; Stash refuses the whole question when one can't be an id."""

_OF_KIND: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "performer": ("performers", {}),
    "studio": ("studios", {"depth": 1}),  # of those right below it, it is the network
    "tag": ("tags", {"depth": 0}),
    "group": ("groups", {"depth": 0}),
    "performer_tag": ("performer_tags", {"depth": 0}),
}
"""Kinds to criteria of scenes; the last one chooses those of whose performers one has the tag."""

SLICES: Final = 10
"""How many places of the library a sample comes from: its first files alone may all lie in one folder."""

# Only what is used, in the names of Stash v0.30's schema. stashapi's base class takes every word after three dots for a
# fragment of its own, so ours is always in the same text.
SCENE_FIELDS: Final = """\
fragment SceneFields on Scene {
  id title code details director date rating100 organized updated_at created_at urls
  studio { id name parent_studio { id name } }
  performers { id name disambiguation image_path }
  tags { id name }
  groups { group { id name front_image_path } scene_index }
  files { path size duration fingerprints { type value } }
  paths { screenshot }
  stash_ids { stash_id }
}"""
_PERFORMERS: Final = "performers {"
_BY_ID: Final = "findScene(id: $id) { ...SceneFields }"
_BY_WORDS: Final = "query ($f: FindFilterType) { findScenes(filter: $f) { count scenes { ...SceneFields } } }\n"
_FILES: Final = "query ($f: FindFilterType) { findScenes(filter: $f) { count scenes { id files { path size } } } }"
_FILTERED: Final = "query ($f: FindFilterType, $s: SceneFilterType) { findScenes(filter: $f, scene_filter: $s)"
_REFS: Final = f"{_FILTERED} {{ count scenes {{ id updated_at }} }} }}"
_OUTLINES: Final = (
    f"{_FILTERED} {{ count scenes {{ id updated_at files {{ path size }} studio {{ id parent_studio {{ id }} }} "
    "performers { id } tags { id } groups { group { id } } } } }"
)
_NEWEST: Final = (
    f"{_FILTERED} {{ scenes {{ id updated_at }} }} }}"  # a count would make Stash look through all scenes again
)


def scenes_by_id(ids: Sequence[int], *, performer_tags: bool = False) -> tuple[str, dict[str, str]]:
    """Return the question for these scenes and its variables, as stash.client.each_by_id."""
    text, variables = each_by_id([(_BY_ID, scene_id) for scene_id in ids])
    return f"{text}\n{_fields(performer_tags)}", variables


def _fields(performer_tags: bool) -> str:
    """Return the fragment, with performers' tags only where they are needed: Stash looks up those of each performer."""
    return SCENE_FIELDS.replace(_PERFORMERS, f"{_PERFORMERS} tags {{ id name }}") if performer_tags else SCENE_FIELDS


def scene_files_on_pages(pages: Iterable[int], per_page: int) -> str:
    """Return the question for the files of the scenes on these pages; its answer is `{"p1": {"scenes": […]}, …}`."""
    asked = " ".join(
        f'p{page}: findScenes(filter: {{page: {page}, per_page: {per_page}, sort: "id", direction: ASC}}) '
        "{ scenes { id files { path size } } }"
        for page in dict.fromkeys(pages)
    )
    return f"query {{ {asked} }}"


@dataclass(frozen=True, slots=True)
class SceneRef:
    """A scene's id and when it was last saved (epoch seconds)."""

    id: int
    updated_at: float


@dataclass(frozen=True, slots=True)
class RefPage:
    """One page of ids, ascending.

    Attributes:
        refs: those that fit; fewer than asked for (even none) does not mean the last page.
        remaining: how many scenes there were from this page on; an upper bound with `updated_since`.
        next_after: the `after_id` of the next page, or None after the last.
    """

    refs: tuple[SceneRef, ...]
    remaining: int
    next_after: int | None


@dataclass(frozen=True, slots=True)
class OutlinePage:
    """As RefPage, with outlines."""

    outlines: tuple[Outline, ...]
    remaining: int
    next_after: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """A page of scenes, and how many there are on all pages."""

    scenes: tuple[Scene, ...]
    total: int


@dataclass(frozen=True, slots=True)
class FileSample:
    """Files of some scenes (scene id, paths with their bytes) out of `total` scenes."""

    files: tuple[tuple[int, Mapping[str, int]], ...]
    total: int


def scenes(
    client: StashClient,
    ids: Sequence[int],
    unread: MutableMapping[int, StashTooLarge] | None = None,
    *,
    performer_tags: bool = False,
) -> dict[int, Scene]:
    """Return the scenes with these ids, in one request; what is gone is absent. No ids: nothing is asked.

    What is too much for one answer is asked for by halves. A scene that is too much by itself goes into `unread` with
    the reason; without `unread` it raises StashTooLarge.

    Source: findScenes fails whole when one id is missing (FindMany in Stash's pkg/sqlite/scene.go), and Stash logs that
    as an error; findScene answers null. For 100 scenes they take as long: 57 and 79 ms at best in 0.30.1.
    """
    wanted = [scene_id for scene_id in dict.fromkeys(ids) if 0 < scene_id < _IDS_END]
    if not wanted:
        return {}
    try:
        return _read(client, wanted, performer_tags=performer_tags)
    except StashTooLarge as error:
        if len(wanted) == 1:
            failure = StashTooLarge(
                f"scene {wanted[0]} is too large to be read. {error} Shorten its texts and lists in Stash."
            )
            if unread is None:
                raise failure from error
            unread[wanted[0]] = failure
            return {}
    half = len(wanted) // 2
    return {
        **scenes(client, wanted[:half], unread, performer_tags=performer_tags),
        **scenes(client, wanted[half:], unread, performer_tags=performer_tags),
    }


def _read(client: StashClient, wanted: list[int], *, performer_tags: bool) -> dict[int, Scene]:
    text, variables = scenes_by_id(wanted, performer_tags=performer_tags)
    found = client.query(text, variables)
    if not variables.keys() <= found.keys():  # only what is answered with null is gone
        raise StashRejected("Stash answered findScene without all scenes. This Stash may be too old or too new.")
    return {id_of(raw): scene_of(raw, client.asked_at) for raw in found.values() if isinstance(raw, dict)}


def scene_ids_page(
    client: StashClient,
    after_id: int,
    per_page: int,
    *,
    updated_since: float | None = None,
    organized: bool | None = None,
    of: tuple[Kind, Sequence[int]] | None = None,
) -> RefPage:
    """Return the next `per_page` ids above `after_id` (0 for the first page, then `RefPage.next_after`).

    Pages are cut by id, not by number: scenes that are saved, made or deleted in between move no other scene to another
    page, so each scene that is there throughout comes exactly once.

    `updated_since` (epoch seconds; Stash keeps whole ones) and `organized` choose among all scenes, and so does `of`,
    e.g. `("tag", [4])`; a studio stands for itself and for those right below it.

    Source: criteria and sorts of Stash's graphql/schema/types/filters.graphql and pkg/sqlite/scene.go.
    """
    chosen = _scene_filter(after_id, updated_since, organized, of)
    found, remaining = _page(client, _REFS, per_page, chosen)
    refs = sorted((SceneRef(id_of(raw), epoch_of(raw.get("updated_at"))) for raw in found), key=lambda ref: ref.id)
    return RefPage(_saved_since(refs, updated_since), remaining, _next_after(refs, after_id, per_page))


def outlines_page(client: StashClient, after_id: int, per_page: int) -> OutlinePage:
    """Return the next `per_page` outlines, fewer where they are too much; pages as those of scene_ids_page."""
    try:
        found, remaining = _page(client, _OUTLINES, per_page, _scene_filter(after_id))
    except StashTooLarge:
        if per_page == 1:
            raise
        return outlines_page(client, after_id, per_page // 2)
    outlines = sorted(map(outline_of, found), key=lambda outline: outline.id)
    return OutlinePage(tuple(outlines), remaining, _next_after(outlines, after_id, per_page))


def newest_scenes(client: StashClient, since: float, most: int) -> tuple[SceneRef, ...] | None:
    """Return the scenes saved at `since` (Stash's clock) or later, newest first; None if they may exceed `most`.

    Stash orders times as text in its own zone. In the one hour a year that comes twice, scenes may be missing.
    """
    window = {"page": 1, "per_page": most, "sort": "updated_at", "direction": "DESC"}
    chosen = {"updated_at": {"value": _wall_clock_before(since), "modifier": "GREATER_THAN"}}
    answer = client.query(_NEWEST, {"f": window, "s": chosen})
    refs = [SceneRef(id_of(raw), epoch_of(raw.get("updated_at"))) for raw in _scenes_in(answer)]
    if len(refs) >= most and refs[-1].updated_at >= since:
        return None
    return tuple(ref for ref in refs if ref.updated_at >= since)


def scene_pages(client: StashClient, per_page: int = 1000, **chosen: Any) -> Iterator[RefPage]:
    """Yield all pages of `scene_ids_page`, a request each as they are consumed; `chosen` is passed on to it."""
    after_id: int | None = 0
    while after_id is not None:
        page = scene_ids_page(client, after_id, per_page, **chosen)
        yield page
        after_id = page.next_after


def scenes_of(client: StashClient, kind: Kind, ids: Sequence[int], per_page: int = 1000) -> Iterator[list[int]]:
    """Yield pages of the ids of all scenes of these performers, studios, tags or groups. No ids: no page."""
    if ids:
        for page in scene_pages(client, per_page, of=(kind, ids)):
            yield [ref.id for ref in page.refs]


def find_scenes(
    client: StashClient,
    words: str,
    *,
    page: int = 1,
    per_page: int = 25,
    seed: int | None = None,
    performer_tags: bool = False,
) -> Found:
    """Return what Stash's own search finds for `words`; all scenes for "". Pages from 1.

    The newest come first; with a `seed` they come at random, and for the same one in the same order again.

    Source: random_ and a number in getSort of Stash's pkg/sqlite/sql.go.
    """
    sort = "created_at" if seed is None else f"random_{seed}"
    window = {"q": words, "page": page, "per_page": per_page, "sort": sort, "direction": "DESC"}
    answer = client.query(_BY_WORDS + _fields(performer_tags), {"f": window}).get("findScenes") or {}
    return Found(tuple(scene_of(raw) for raw in answer.get("scenes") or []), int(answer.get("count") or 0))


def sample_files(client: StashClient, count: int) -> FileSample:
    """Return the files of up to `count` scenes: all of them, or those of SLICES places. Two questions."""
    first = client.query(_FILES, {"f": {"page": 1, "per_page": count, "sort": "id", "direction": "ASC"}})
    total = int((first.get("findScenes") or {}).get("count") or 0)
    if total <= count:
        return FileSample(_files(first), total)
    per_page = max(1, count // SLICES)
    pages = total // per_page
    places = [1 + pages * slot // SLICES for slot in range(SLICES)]
    return FileSample(_files(client.query(scene_files_on_pages(places, per_page))), total)


def _files(answer: Mapping[str, Any]) -> tuple[tuple[int, Mapping[str, int]], ...]:
    found: dict[int, Mapping[str, int]] = {}
    for page in answer.values():
        for scene in (page or {}).get("scenes") or []:
            found[id_of(scene)] = files_of(scene.get("files"))
    return tuple(found.items())


def _page(client: StashClient, text: str, per_page: int, chosen: Mapping[str, Any]) -> tuple[list[dict[str, Any]], int]:
    """Return the scenes of one page of `text`, and how many there are from it on."""
    window = {"page": 1, "per_page": per_page, "sort": "id", "direction": "ASC"}
    answer = client.query(text, {"f": window, "s": chosen})
    found = _scenes_in(answer)
    count = answer["findScenes"].get("count")
    return found, count if isinstance(count, int) else len(found)


def _next_after(page: Sequence[SceneRef | Outline], after_id: int, per_page: int) -> int | None:
    """Return None after the last page, or where the ids do not rise: the page would be asked for again and again."""
    return None if len(page) < per_page or page[-1].id <= after_id else page[-1].id


def _scenes_in(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("findScenes")
    listed = found.get("scenes") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise StashRejected("Stash answered findScenes without a list of scenes. This Stash may be too old or too new.")
    return [raw for raw in listed if isinstance(raw, dict)]


def _scene_filter(
    after_id: int,
    updated_since: float | None = None,
    organized: bool | None = None,
    of: tuple[Kind, Sequence[int]] | None = None,
) -> dict[str, Any]:
    chosen: dict[str, Any] = {"id": {"value": after_id, "modifier": "GREATER_THAN"}}
    if updated_since is not None:
        chosen["updated_at"] = {"value": _wall_clock_before(updated_since), "modifier": "GREATER_THAN"}
    if organized is not None:
        chosen["organized"] = organized
    if of is not None:
        name, more = _OF_KIND[of[0]]
        chosen[name] = {"value": [str(wanted) for wanted in of[1]], "modifier": "INCLUDES", **more}
    return chosen


def _wall_clock_before(moment: float) -> str:
    """Return a bound that misses no scene saved at `moment` or later, whatever Stash's time zone.

    Stash keeps times as text in its own zone and compares text with text, so a bound in UTC would be off by the zone's
    offset. It also compares exclusively and in whole seconds, hence one second more. What comes too early is dropped by
    `_saved_since`.

    Source: Timestamp.Value in Stash's pkg/sqlite/timestamp.go, getTimestampWhereClause in pkg/sqlite/sql.go.
    """
    earliest = max(0, int(moment) - 1 - _WIDEST_OFFSET_S)
    return datetime.fromtimestamp(earliest, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _saved_since(refs: Sequence[SceneRef], moment: float | None) -> tuple[SceneRef, ...]:
    return tuple(refs) if moment is None else tuple(ref for ref in refs if ref.updated_at >= int(moment))
