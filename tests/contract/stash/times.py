"""What moves a scene's `updated_at`. Whatever does not must be found in another way."""

from collections.abc import Callable
from typing import Any

from tests.contract.beliefs import Beliefs
from tests.contract.stash.scratch import MARK, Scratch

TIMES = Beliefs("Stash updated_at")


def _after(stash: Scratch, scene: str, act: Callable[[], Any]) -> str:
    """Whether the scene's time is another one after an act, a second later."""
    before = stash.scene(scene)["updated_at"]
    stash.pass_second()
    act()
    return "stays" if stash.scene(scene)["updated_at"] == before else "moves"


@TIMES.sure("When the scene is saved", "moves")
def saved(stash: Scratch) -> str:
    scene = stash.make("scene")
    return _after(stash, scene, lambda: stash.save(scene, details="A giant rabbit."))


@TIMES.sure("When the scene is saved with what it has", "moves")
def saved_alike(stash: Scratch) -> str:
    scene = stash.make("scene", details="A giant rabbit.")
    return _after(stash, scene, lambda: stash.save(scene, details="A giant rabbit."))


@TIMES.sure("When many scenes are edited", "moves")
def bulk(stash: Scratch) -> str:
    scene = stash.make("scene")
    sent = {"ids": [scene], "rating100": 80}
    return _after(stash, scene, lambda: stash.change("scene", "bulkSceneUpdate", "BulkSceneUpdateInput!", sent))


@TIMES.sure("When another scene is merged into it", "moves")
def merged(stash: Scratch) -> str:
    scene, source = stash.make("scene"), stash.make("scene", "source")
    sent = {"source": [source], "destination": scene}
    return _after(stash, scene, lambda: stash.change("scene", "sceneMerge", "SceneMergeInput!", sent))


@TIMES.sure("When its performer is renamed", "stays")
def performer_renamed(stash: Scratch) -> str:
    return _renamed(stash, "performer", lambda entry: {"performer_ids": [entry]})


@TIMES.sure("When its studio is renamed", "stays")
def studio_renamed(stash: Scratch) -> str:
    return _renamed(stash, "studio", lambda entry: {"studio_id": entry})


@TIMES.sure("When its tag is renamed", "stays")
def tag_renamed(stash: Scratch) -> str:
    return _renamed(stash, "tag", lambda entry: {"tag_ids": [entry]})


@TIMES.sure("When its group is renamed", "stays")
def group_renamed(stash: Scratch) -> str:
    return _renamed(stash, "group", lambda entry: {"groups": [{"group_id": entry}]})


@TIMES.sure("When its tag is deleted", "stays")
def tag_deleted(stash: Scratch) -> str:
    tag = stash.make("tag")
    scene = stash.make("scene", tag_ids=[tag])
    return _after(stash, scene, lambda: stash.destroy("tag", tag))


@TIMES.sure("When its performer is deleted", "stays")
def performer_deleted(stash: Scratch) -> str:
    performer = stash.make("performer")
    scene = stash.make("scene", performer_ids=[performer])
    return _after(stash, scene, lambda: stash.destroy("performer", performer))


@TIMES.sure("When its tag is merged into another", "stays")
def tags_merged(stash: Scratch) -> str:
    source, target = stash.make("tag", "source"), stash.make("tag", "target")
    scene = stash.make("scene", tag_ids=[source])
    sent = {"source": [source], "destination": target}
    return _after(stash, scene, lambda: stash.change("tag", "tagsMerge", "TagsMergeInput!", sent))


@TIMES.sure("When its performer is merged into another", "stays")
def performers_merged(stash: Scratch) -> str:
    stash.has("performerMerge")
    source, target = stash.make("performer", "source"), stash.make("performer", "target")
    scene = stash.make("scene", performer_ids=[source])
    sent = {"source": [source], "destination": target}
    return _after(stash, scene, lambda: stash.change("performer", "performerMerge", "PerformerMergeInput!", sent))


def _renamed(stash: Scratch, kind: str, having: Callable[[str], dict[str, Any]]) -> str:
    entry = stash.make(kind)
    scene = stash.make("scene", **having(entry))
    sent = {"id": entry, "name": f"{MARK} renamed"}
    return _after(stash, scene, lambda: stash.change(kind, f"{kind}Update", f"{kind.title()}UpdateInput!", sent))
