"""Scenes: many at once by id, and pages of ids to walk through all, the recent ones, or those of a performer, studio, tag or group."""

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal

from stash import queries
from stash.client import StashClient
from stash.errors import StashRejected, StashTooLarge
from stash.model import Scene
from stash.parse import epoch_of, id_of, scene_of

Kind = Literal["performer", "studio", "tag", "group"]

_WIDEST_OFFSET_S: Final = 12 * 3600
"""How far behind UTC a clock on the wall can be (Baker Island)."""

_IDS_END: Final = 2**63
"""Above SQLite's ids; Stash refuses the whole question when one can't be an id."""

_OF_KIND: Final[Mapping[str, tuple[str, dict[str, Any]]]] = {
    "performer": ("performers", {}),
    "studio": ("studios", {"depth": 0}),
    "tag": ("tags", {"depth": 0}),
    "group": ("groups", {"depth": 0}),
}


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


def scenes(
    client: StashClient, ids: Sequence[int], unread: MutableMapping[int, StashTooLarge] | None = None
) -> dict[int, Scene]:
    """The scenes with these ids, in one query; ids that Stash no longer has are absent. No ids: `{}`, and nothing is asked.

    What is too much for one answer is asked for by halves. A scene that is too much by itself is left out, and put into `unread` with the reason.

    Raises:
        StashTooLarge: there is such a scene, and the caller gives no `unread`.
        StashUnreachable, StashUnauthorized, StashRejected: nothing was read.

    Source: findScenes answers an empty list of ids with ALL scenes, and fails whole when one id is missing or named twice (FindMany in
    Stash's pkg/sqlite/scene.go); then the same is asked once more, one by one within one request.
    """
    wanted = [scene_id for scene_id in dict.fromkeys(ids) if 0 < scene_id < _IDS_END]
    if not wanted:
        return {}
    try:
        return _read(client, wanted)
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
    return {**scenes(client, wanted[:half], unread), **scenes(client, wanted[half:], unread)}


def _read(client: StashClient, wanted: list[int]) -> dict[int, Scene]:
    try:
        answer = client.query(queries.SCENES, {"ids": [str(scene_id) for scene_id in wanted]})
        found = _scenes_in(answer)
    except StashRejected as error:
        if "not found" not in str(error):
            raise
        found = list(client.query(queries.scenes_one_by_one(wanted)).values())
    read = (replace(scene_of(raw), read_at=client.asked_at) for raw in found if isinstance(raw, dict))
    return {scene.id: scene for scene in read}


def scene_ids_page(
    client: StashClient,
    after_id: int,
    per_page: int,
    *,
    updated_since: float | None = None,
    organized: bool | None = None,
    of: tuple[Kind, Sequence[int]] | None = None,
) -> RefPage:
    """The next `per_page` ids above `after_id` (0 for the first page).

    Pages are cut by id, not by number: scenes that are saved, made or deleted in between move no other scene to another page, so each scene
    that is there throughout comes exactly once.

    Args:
        client: whom to ask.
        after_id: the last id of the page before; `RefPage.next_after` holds it.
        per_page: at least 1.
        updated_since: only scenes saved at this time (epoch seconds) or later; fractions are dropped because Stash keeps whole seconds.
        organized: only scenes whose flag is this.
        of: only scenes of these performers, studios (and the studios below them), tags or groups, e.g. `("tag", [4])`.

    Raises:
        StashUnreachable, StashUnauthorized, StashRejected: nothing was read.

    Source: criteria and sorts of Stash's graphql/schema/types/filters.graphql and pkg/sqlite/scene.go.
    """
    chosen = _scene_filter(after_id, updated_since, organized, of)
    window = {"page": 1, "per_page": per_page, "sort": "id", "direction": "ASC"}
    answer = client.query(queries.SCENE_REFS, {"f": window, "s": chosen})
    refs = sorted(
        (SceneRef(id_of(raw), epoch_of(raw.get("updated_at"))) for raw in _scenes_in(answer)), key=lambda ref: ref.id
    )
    count = answer["findScenes"].get("count")
    remaining = count if isinstance(count, int) else len(refs)
    # An id that does not rise would be asked for again and again.
    is_last = len(refs) < per_page or refs[-1].id <= after_id
    return RefPage(_saved_since(refs, updated_since), remaining, None if is_last else refs[-1].id)


def scene_pages(client: StashClient, per_page: int = 1000, **chosen: Any) -> Iterator[RefPage]:
    """All pages of `scene_ids_page`, one request each as they are consumed; `chosen` are its keyword arguments."""
    after_id: int | None = 0
    while after_id is not None:
        page = scene_ids_page(client, after_id, per_page, **chosen)
        yield page
        after_id = page.next_after


def scenes_of(client: StashClient, kind: Kind, ids: Sequence[int], per_page: int = 1000) -> Iterator[list[int]]:
    """Pages of the ids of all scenes that have one of these performers, studios, tags or groups. No ids: no page, nothing is asked."""
    if ids:
        for page in scene_pages(client, per_page, of=(kind, ids)):
            yield [ref.id for ref in page.refs]


def _scenes_in(answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = answer.get("findScenes")
    listed = found.get("scenes") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        raise StashRejected("Stash answered findScenes without a list of scenes. This Stash may be too old or too new.")
    return [raw for raw in listed if isinstance(raw, dict)]


def _scene_filter(
    after_id: int, updated_since: float | None, organized: bool | None, of: tuple[Kind, Sequence[int]] | None
) -> dict[str, Any]:
    chosen: dict[str, Any] = {"id": {"value": after_id, "modifier": "GREATER_THAN"}}
    if updated_since is not None:
        chosen["updated_at"] = {"value": _wall_clock_before(updated_since), "modifier": "GREATER_THAN"}
    if organized is not None:
        chosen["organized"] = organized
    if of is not None:
        name, more = _OF_KIND[of[0]]
        chosen[name] = {"value": [str(one) for one in of[1]], "modifier": "INCLUDES", **more}
    return chosen


def _wall_clock_before(moment: float) -> str:
    """A bound that misses no scene saved at `moment` or later, whatever Stash's time zone.

    Stash keeps times as text in its own zone and compares text with text, so a bound in UTC would be off by the zone's offset. It also
    compares exclusively and in whole seconds, hence one second more. What comes too early is dropped by `_saved_since`.

    Source: Timestamp.Value in Stash's pkg/sqlite/timestamp.go, getTimestampWhereClause in pkg/sqlite/sql.go.
    """
    earliest = max(0, int(moment) - 1 - _WIDEST_OFFSET_S)
    return datetime.fromtimestamp(earliest, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _saved_since(refs: Sequence[SceneRef], moment: float | None) -> tuple[SceneRef, ...]:
    return tuple(refs) if moment is None else tuple(ref for ref in refs if ref.updated_at >= int(moment))
