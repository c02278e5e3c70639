"""The texts of the GraphQL questions: only what is used, in the names of Stash v0.30's schema."""

from typing import Final

_SCENE_FIELDS: Final = """\
fragment SceneFields on Scene {
  id title details director date rating100 organized updated_at created_at
  studio { id name }
  performers { id name image_path }
  tags { id name }
  groups { group { id name } }
  files { path size fingerprints { type value } }
  paths { screenshot }
}"""
# The base class of stashapi takes every word after three dots for a fragment of its own, so ours is always in the same text.

SCENES: Final = f"query ($ids: [ID!]) {{ findScenes(ids: $ids, filter: {{per_page: -1}}) {{ scenes {{ ...SceneFields }} }} }}\n{_SCENE_FIELDS}"

SCENE_REFS: Final = """\
query ($f: FindFilterType, $s: SceneFilterType) { findScenes(filter: $f, scene_filter: $s) { count scenes { id updated_at } } }"""

SCENE_OUTLINES: Final = """\
query ($f: FindFilterType, $s: SceneFilterType) { findScenes(filter: $f, scene_filter: $s) { count scenes {
  id updated_at files { path size } studio { id } performers { id } tags { id } groups { group { id } }
} } }"""
NEWEST: Final = """\
query ($f: FindFilterType, $s: SceneFilterType) { findScenes(filter: $f, scene_filter: $s) { scenes { id updated_at } } }"""
# Without a count: Stash would look through all scenes once more for it.

FOUND: Final = (
    f"query ($f: FindFilterType) {{ findScenes(filter: $f) {{ count scenes {{ ...SceneFields }} }} }}\n{_SCENE_FIELDS}"
)

SCENE_FILES: Final = "query ($f: FindFilterType) { findScenes(filter: $f) { count scenes { id files { path size } } } }"

CONFIGURE: Final = "mutation ($id: ID!, $input: Map!) { configurePlugin(plugin_id: $id, input: $input) }"

DATABASE: Final = "query { systemStatus { databasePath } }"

API_KEY: Final = "query { configuration { general { apiKey } } }"

CONFIGURATION: Final = """\
query ($plugins: [ID!]) { configuration { plugins(include: $plugins) general { stashes { path } } } version { version } }"""


def scenes_one_by_one(ids: list[int]) -> str:
    """As SCENES, but a scene that is gone answers null instead of failing all; its answer is `{"s1": {…}, "s7": null}`."""
    asked = " ".join(f's{scene_id}: findScene(id: "{scene_id}") {{ ...SceneFields }}' for scene_id in ids)
    return f"query {{ {asked} }}\n{_SCENE_FIELDS}"


def scene_files_on_pages(pages: list[int], per_page: int) -> str:
    """The files of the scenes on these pages; its answer is `{"p1": {"scenes": […]}, "p7": {…}}`."""
    asked = " ".join(
        f'p{page}: findScenes(filter: {{page: {page}, per_page: {per_page}, sort: "id", direction: ASC}}) {{ scenes {{ id files {{ path size }} }} }}'
        for page in dict.fromkeys(pages)
    )
    return f"query {{ {asked} }}"
