"""The documents of hooks, held against the captured ones that the stand-in and the tests are built from.

Same keys, same kinds of values.
"""

from collections.abc import Callable
from typing import Any

from tests.contract.beliefs import Beliefs
from tests.contract.plex.pictures import BLUE
from tests.contract.stash.covers import data_url
from tests.contract.stash.scratch import MARK, Scratch
from tests.fakes.stash.captured import differences, document

HOOKS = Beliefs("Stash hooks")
AS_CAPTURED = "as captured"
_NONE = "no document"


def differing(stash: Scratch, captured: str, act: Callable[[], Any]) -> str:
    """How the first document of an act differs from the captured one."""
    stash.probe.forget()
    act()
    came = stash.probe.documents()
    return _difference(came[0], document(captured)) if came else _NONE


def _difference(came: Any, captured: Any) -> str:
    odd = differences(in_any_version(came), in_any_version(captured))
    ours, theirs = came["args"]["hookContext"], captured["args"]["hookContext"]
    odd += [f"type {ours['type']}"] if ours["type"] != theirs["type"] else []
    if sorted(ours.get("inputFields") or []) != sorted(theirs.get("inputFields") or []):
        odd.append(f"inputFields {sorted(ours.get('inputFields') or [])}")
    return "; ".join(odd) or AS_CAPTURED


def in_any_version(document: Any) -> Any:
    """What a document has in every version of Stash, to be compared.

    A field that is null was not sent, whether it stands there at all or not; of the cookie we read name and value, and
    the rest is as Go's http.Cookie was when Stash was built.
    """
    if isinstance(document, list):
        return [in_any_version(each) for each in document]
    if not isinstance(document, dict):
        return document
    kept = {name: in_any_version(value) for name, value in document.items() if value is not None}
    if "SessionCookie" in kept:
        kept["SessionCookie"] = {name: kept["SessionCookie"].get(name) for name in ("Name", "Value")}
    return {name: value for name, value in kept.items() if value != {}}


def events(stash: Scratch, act: Callable[[], Any]) -> str:
    """Which events an act fires."""
    stash.probe.forget()
    act()
    return ", ".join(hook["args"]["hookContext"]["type"] for hook in stash.probe.documents()) or "none"


@HOOKS.sure("A scene that is saved:", AS_CAPTURED)
def scene_saved(stash: Scratch) -> str:
    scene, studio = stash.make("scene"), stash.make("studio")
    fields = {
        "title": f"{MARK} saved",
        "details": "A giant rabbit.",
        "date": "2008-04-10",
        "rating100": 80,
        "studio_id": studio,
        "performer_ids": [stash.make("performer")],
        "tag_ids": [stash.make("tag")],
    }
    return differing(stash, "scene_update_post_single", lambda: stash.save(scene, **fields))


@HOOKS.sure("A scene with a new cover:", AS_CAPTURED)
def scene_cover(stash: Scratch) -> str:
    scene = stash.make("scene")
    return differing(stash, "scene_update_post_cover", lambda: stash.save(scene, cover_image=data_url(BLUE)))


@HOOKS.sure("Many scenes edited:", AS_CAPTURED)
def scenes_edited(stash: Scratch) -> str:
    sent = {
        "ids": [stash.make("scene", "a"), stash.make("scene", "b")],
        "tag_ids": {"ids": [stash.make("tag")], "mode": "ADD"},
    }
    return differing(
        stash, "scene_update_post_bulk", lambda: stash.change("scene", "bulkSceneUpdate", "BulkSceneUpdateInput!", sent)
    )


@HOOKS.sure("Many scenes edited fire", "one event a scene")
def one_event_a_scene(stash: Scratch) -> str:
    sent = {"ids": [stash.make("scene", "a"), stash.make("scene", "b")], "rating100": 80}
    fired = events(stash, lambda: stash.change("scene", "bulkSceneUpdate", "BulkSceneUpdateInput!", sent))
    return "one event a scene" if fired == "Scene.Update.Post, Scene.Update.Post" else fired


@HOOKS.sure("A list of scenes saved (`scenesUpdate`):", AS_CAPTURED)
def list_saved(stash: Scratch) -> str:
    sent = [{"id": stash.make("scene", name), "title": f"{MARK} {name}"} for name in ("a", "b")]
    return differing(
        stash,
        "scene_update_post_scenes_update_list",
        lambda: stash.change("scene", "scenesUpdate", "[SceneUpdateInput!]!", sent),
    )


@HOOKS.sure("A scene that is made fires", "Scene.Create.Post")
def scene_made(stash: Scratch) -> str:
    return events(stash, lambda: stash.make("scene"))


@HOOKS.sure("A scene that is deleted:", AS_CAPTURED)
def scene_deleted(stash: Scratch) -> str:
    scene = stash.make("scene")
    return differing(stash, "scene_destroy_post_single", lambda: stash.destroy("scene", scene))


@HOOKS.sure("Scenes that are merged fire", "none")
def scenes_merged(stash: Scratch) -> str:
    sent = {"source": [stash.make("scene", "source")], "destination": stash.make("scene")}
    return events(stash, lambda: stash.change("scene", "sceneMerge", "SceneMergeInput!", sent))


@HOOKS.sure("A performer that is made:", AS_CAPTURED)
def performer_made(stash: Scratch) -> str:
    return differing(stash, "performer_create_post", lambda: stash.make("performer"))


@HOOKS.sure("A performer that is renamed:", AS_CAPTURED)
def performer_renamed(stash: Scratch) -> str:
    return _renamed(stash, "performer", "performer_update_post")


@HOOKS.sure("Many performers edited:", AS_CAPTURED)
def performers_edited(stash: Scratch) -> str:
    sent = {"ids": [stash.make("performer")], "country": "NL"}
    return differing(
        stash,
        "performer_update_post_bulk",
        lambda: stash.change("performer", "bulkPerformerUpdate", "BulkPerformerUpdateInput!", sent),
    )


@HOOKS.sure("A performer that is deleted:", AS_CAPTURED)
def performer_deleted(stash: Scratch) -> str:
    performer = stash.make("performer")
    return differing(stash, "performer_destroy_post", lambda: stash.destroy("performer", performer))


@HOOKS.sure("Performers that are merged fire", "none")
def performers_merged(stash: Scratch) -> str:
    stash.has("performerMerge")
    sent = {"source": [stash.make("performer", "source")], "destination": stash.make("performer", "target")}
    return events(stash, lambda: stash.change("performer", "performerMerge", "PerformerMergeInput!", sent))


@HOOKS.sure("A studio that is renamed:", AS_CAPTURED)
def studio_renamed(stash: Scratch) -> str:
    return _renamed(stash, "studio", "studio_update_post")


@HOOKS.sure("A studio that is deleted:", AS_CAPTURED)
def studio_deleted(stash: Scratch) -> str:
    studio = stash.make("studio")
    return differing(stash, "studio_destroy_post", lambda: stash.destroy("studio", studio))


@HOOKS.sure("A tag that is renamed:", AS_CAPTURED)
def tag_renamed(stash: Scratch) -> str:
    return _renamed(stash, "tag", "tag_update_post")


@HOOKS.sure("A tag that is deleted:", AS_CAPTURED)
def tag_deleted(stash: Scratch) -> str:
    tag = stash.make("tag")
    return differing(stash, "tag_destroy_post", lambda: stash.destroy("tag", tag))


@HOOKS.sure("Tags that are merged:", AS_CAPTURED)
def tags_merged(stash: Scratch) -> str:
    sent = {"source": [stash.make("tag", "source")], "destination": stash.make("tag", "target")}
    return differing(stash, "tag_merge_post", lambda: stash.change("tag", "tagsMerge", "TagsMergeInput!", sent))


@HOOKS.sure("A group that is renamed:", AS_CAPTURED)
def group_renamed(stash: Scratch) -> str:
    return _renamed(stash, "group", "group_update_post")


def _renamed(stash: Scratch, kind: str, captured: str) -> str:
    sent = {"id": stash.make(kind), "name": f"{MARK} renamed"}
    return differing(stash, captured, lambda: stash.change(kind, f"{kind}Update", f"{kind.title()}UpdateInput!", sent))
