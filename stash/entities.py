"""Studios, performers, tags and groups with what they say of themselves. Raises as StashClient.query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stash.client import StashClient, each_by_id
from stash.model import dict_of, epoch_of, picture_path

MOST_AT_ONCE: Final = 100

_ASKED: Final[Mapping[str, str]] = {
    "studio": "findStudio(id: $id) { id name created_at details image_path }",
    "performer": "findPerformer(id: $id) { id name created_at details image_path }",
    "tag": "findTag(id: $id) { id name created_at details: description image_path }",
    "group": "findGroup(id: $id) { id name created_at details: synopsis front_image_path back_image_path }",
}
"""By kind what is asked of one. Source: graphql/schema of Stash, the same from v0.27.0 to the tip of January 2026."""


@dataclass(frozen=True, slots=True)
class Entity:
    """One of them by the words for it in a job: "studio", "performer", "tag", "group".

    Attributes:
        created_at: epoch seconds: an id that a Full Import gave anew is another one's.
        poster_path, background_path: where Stash has its pictures, for stash.pictures.picture; "" for a drawing. All
            but groups have one picture, which is both.
    """

    kind: str
    id: int
    name: str
    created_at: float = 0.0
    details: str = ""
    poster_path: str = ""
    background_path: str = ""


def entities(client: StashClient, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Entity]:
    """Return these, by kind and id, in one question for MOST_AT_ONCE; those that are gone are absent."""
    found: dict[tuple[str, int], Entity] = {}
    for start in range(0, len(wanted), MOST_AT_ONCE):
        found |= _asked(client, wanted[start : start + MOST_AT_ONCE])
    return found


def _asked(client: StashClient, wanted: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Entity]:
    question, variables = each_by_id([(_ASKED[kind], entity_id) for kind, entity_id in wanted])
    answer = client.query(question, variables)
    return {
        who: _entity_of(*who, raw)
        for name, who in zip(variables, wanted, strict=True)
        if (raw := dict_of(answer.get(name)))
    }


def _entity_of(kind: str, entity_id: int, raw: Mapping[str, Any]) -> Entity:
    name, details = raw.get("name"), raw.get("details")
    paths = ("frontimage", "backimage") if kind == "group" else ("image", "image")
    keys = ("front_image_path", "back_image_path") if kind == "group" else ("image_path", "image_path")
    poster, background = (
        picture_path(raw.get(key), f"/{kind}/{entity_id}/{path}") for key, path in zip(keys, paths, strict=True)
    )
    return Entity(
        kind,
        entity_id,
        name if isinstance(name, str) else "",
        epoch_of(raw.get("created_at")),
        details if isinstance(details, str) else "",
        poster,
        background,
    )
