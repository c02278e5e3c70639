"""What a scan and Generate do: hooks, times, covers. Asked only where a folder of the library was named."""

from tests.contract.beliefs import Beliefs
from tests.contract.stash.hooks import AS_CAPTURED, differing, events
from tests.contract.stash.scratch import Scratch

FILES = Beliefs("Stash files")
_NAME = "Contract.mp4"
_RENAMED = "Contract Renamed.mp4"


@FILES.sure("A new file that a scan finds:", AS_CAPTURED)
def found(stash: Scratch) -> str:
    path = stash.disk.put(_NAME)
    return differing(stash, "scene_create_post_from_scan", lambda: stash.scanned(path))


@FILES.sure("Its scene has a title:", "no")
def title(stash: Scratch) -> str:
    scene = stash.scanned(stash.disk.put(_NAME))
    return "yes" if stash.scene(scene, "title")["title"] else "no"


@FILES.sure("A file that a scan finds moved:", AS_CAPTURED)
def moved(stash: Scratch) -> str:
    stash.scanned(stash.disk.put(_NAME))
    path = stash.disk.move(_NAME, "Contract Moved.mp4")
    return differing(stash, "scene_update_post_moved_file", lambda: stash.scanned(path))


@FILES.sure("The `updated_at` of a scene whose file moved", "stays")
def moved_time(stash: Scratch) -> str:
    scene = stash.scanned(stash.disk.put(_NAME))
    before = stash.scene(scene)
    stash.pass_second()
    assert stash.scanned(stash.disk.move(_NAME, "Contract Moved.mp4")) == scene
    return "stays" if stash.scene(scene) == before else "moves"


@FILES.sure("A file that Stash renames itself (`moveFiles`) fires", "none")
def renamed(stash: Scratch) -> str:
    scene = stash.scanned(stash.disk.put(_NAME))
    return events(stash, lambda: stash.rename_file(scene, _RENAMED))


@FILES.sure("A file that Stash renames itself moves", "the file's `updated_at`")
def renamed_time(stash: Scratch) -> str:
    scene = stash.scanned(stash.disk.put(_NAME))
    before = stash.scene(scene, "updated_at files { updated_at }")
    stash.pass_second()
    stash.rename_file(scene, _RENAMED)
    after = stash.scene(scene, "updated_at files { updated_at }")
    pairs = (("the scene's", "updated_at"), ("the file's", "files"))
    return " and ".join(f"{whose} `updated_at`" for whose, key in pairs if before[key] != after[key]) or "nothing"


@FILES.sure("A scan with covers of a new file fires", "Scene.Create.Post")
def scan_with_covers(stash: Scratch) -> str:
    path = stash.disk.put(_NAME)
    return events(stash, lambda: stash.scanned(path, covers=True))


@FILES.sure("After a scan with covers a new file's scene has a cover:", "yes")
def cover_of_scan(stash: Scratch) -> str:
    return "yes" if _has_cover(stash, stash.scanned(stash.disk.put(_NAME), covers=True)) else "no"


@FILES.sure("A scan with covers of a file that is known and has none makes one:", "no")
def cover_of_second_scan(stash: Scratch) -> str:
    path = stash.disk.put(_NAME)
    stash.scanned(path)
    return "yes" if _has_cover(stash, stash.scanned(path, covers=True)) else "no"


@FILES.sure("Generate with covers fires", "none")
def generate(stash: Scratch) -> str:
    scene = stash.scanned(stash.disk.put(_NAME))
    return events(stash, lambda: stash.generate(scene))


@FILES.sure("Generate with covers moves", "the picture and `updated_at`")
def generated(stash: Scratch) -> str:
    scene = stash.scanned(stash.disk.put(_NAME))
    return _moved(stash, scene)


@FILES.sure("Generate that overwrites a cover by the same moves", "`updated_at`")
def generated_again(stash: Scratch) -> str:
    scene = stash.scanned(stash.disk.put(_NAME), covers=True)
    return _moved(stash, scene)


def _moved(stash: Scratch, scene: str) -> str:
    before = _picture(stash, scene), stash.scene(scene)
    stash.pass_second()
    stash.generate(scene)
    pairs = zip(("the picture", "`updated_at`"), before, (_picture(stash, scene), stash.scene(scene)), strict=True)
    return " and ".join(name for name, old, new in pairs if old != new) or "nothing"


def _picture(stash: Scratch, scene: str) -> str:
    return stash.wire.get(f"/scene/{scene}/screenshot").headers.get("Etag", "")


def _has_cover(stash: Scratch, scene: str) -> bool:
    kind = stash.wire.get(f"/scene/{scene}/screenshot").headers.get("Content-Type", "")
    return not kind.startswith("image/svg")
