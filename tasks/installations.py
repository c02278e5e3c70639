"""Whether the plugin lies in Stash's plugins folder twice, which Stash says in its log only.

Stash names a plugin after its manifest's file, in any case of letters, walks its folder in the order of names, folders
and what is in them, and passes over a name that it has met. Source: Stash's pkg/plugin/plugins.go (ReloadPlugins) and
pkg/plugin/config.go, v0.27.0 to 0.31.
"""

import os
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from stash import PLUGIN_ID

_MANIFEST: Final = f"{PLUGIN_ID}.yml".lower()
_MOST_FOLDERS: Final = 5_000
_DEEPEST: Final = 6


def twin_sentence(plugins_path: str, plugin_dir: str) -> str:
    """Return which folders of this plugin's id there are besides, which one Stash runs, and what to do.

    "" where there is no other one, or the plugin is not in `plugins_path`. Whoever asks runs, so it is ours now.
    """
    # By their parts, for a path of Windows compares without regard to case, and Stash does not.
    manifests = sorted(_manifests(plugins_path), key=lambda each: each.parts) if plugins_path else []
    here = Path(os.path.realpath(plugin_dir))
    ours = next((each for each in manifests if Path(os.path.realpath(each.parent)) == here), None)
    others = [str(each.parent) for each in manifests if each != ours]
    if ours is None or not others:
        return ""
    first, named = manifests[0], " and ".join(others)
    if first == ours:
        runs = f"Stash runs the one in {ours.parent}, and passes over {named}"
    else:
        runs = f"now the one in {ours.parent} runs, but from its next start or reload on Stash runs {first.parent}"
    what = "those folders" if len(others) > 1 else others[0]
    return (
        f"There are {len(manifests)} folders with a plugin of the id {PLUGIN_ID}: {runs}. Remove {what} (or the package"
        " in it, under Settings > Plugins), but for its data if you want to go on with it, and press Reload Plugins."
    )


def _manifests(plugins_path: str) -> Iterator[Path]:
    """Yield the manifests of our id, from some thousand folders at most; a circle of links ends."""
    seen: set[str] = set()
    for folder, folders, files in islice(os.walk(plugins_path, followlinks=True), _MOST_FOLDERS):
        place = os.path.realpath(folder)
        if place in seen or len(Path(folder).parts) - len(Path(plugins_path).parts) >= _DEEPEST:
            folders.clear()
        if place not in seen:
            yield from (Path(folder, name) for name in files if name.lower() == _MANIFEST and name.endswith(".yml"))
        seen.add(place)
