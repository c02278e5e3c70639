"""What a user does in Stash, as methods.

Each sends the mutation that the interface would send, so that hooks, times and errors are the true ones.

Names instead of ids are welcome: unknown performers, tags, studios and groups are added. Errors of Stash are raised as
ResolverError.
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tests.fakes.stash.disk_actions import DiskActions
from tests.fakes.stash.edits import form_of
from tests.fakes.stash.graphql_engine import GraphQLEngine
from tests.fakes.stash.jobs import JobQueue
from tests.fakes.stash.library import Library, ResolverError
from tests.fakes.stash.pictures import content_type_of
from tests.fakes.stash.plugin_host import HookRun, PluginHost
from tests.fakes.stash.plugin_process import PluginRun

# Mutation -> type of its input, and what is selected of its answer.
_INPUTS = {
    "sceneUpdate": ("SceneUpdateInput!", "{id}"),
    "scenesUpdate": ("[SceneUpdateInput!]!", "{id}"),
    "bulkSceneUpdate": ("BulkSceneUpdateInput!", "{id}"),
    "sceneDestroy": ("SceneDestroyInput!", ""),
    "scenesDestroy": ("ScenesDestroyInput!", ""),
    "sceneMerge": ("SceneMergeInput!", "{id}"),
    "sceneAssignFile": ("AssignSceneFileInput!", ""),
    "sceneCreate": ("SceneCreateInput!", "{id}"),
    "performerCreate": ("PerformerCreateInput!", "{id}"),
    "performerUpdate": ("PerformerUpdateInput!", "{id}"),
    "bulkPerformerUpdate": ("BulkPerformerUpdateInput!", "{id}"),
    "performerDestroy": ("PerformerDestroyInput!", ""),
    "performerMerge": ("PerformerMergeInput!", "{id}"),
    "studioUpdate": ("StudioUpdateInput!", "{id}"),
    "studioDestroy": ("StudioDestroyInput!", ""),
    "tagUpdate": ("TagUpdateInput!", "{id}"),
    "tagDestroy": ("TagDestroyInput!", ""),
    "tagsMerge": ("TagsMergeInput!", "{id}"),
    "groupUpdate": ("GroupUpdateInput!", "{id}"),
    "groupDestroy": ("GroupDestroyInput!", ""),
}


class UserActions(DiskActions):
    """Everything a user can do that a plugin may notice.

    Args:
        host: runs the plugin's process for every hook, if there is one.
    """

    def __init__(self, library: Library, engine: GraphQLEngine, host: PluginHost, jobs: JobQueue) -> None:
        super().__init__(library, host)
        self.engine = engine
        self.jobs = jobs

    @property
    def hook_runs(self) -> list[HookRun]:
        """The events that reached the plugin, oldest first, with document, log, and how long the user waited."""
        return self.host.hook_runs

    def save_scene(self, scene_id: int, **fields: Any) -> None:
        """Save exactly these fields of a scene, as a script or a single button does.

        Any field of `SceneUpdateInput`, or `performers=[names]`, `tags=[names]`, `groups=[names]`, `studio="name"`,
        `cover=bytes`.
        """
        self.send("sceneUpdate", {"id": scene_id, **self._by_id(fields)})

    def save_form(self, scene_id: int, **changed: Any) -> None:
        """Save one scene with the edit form, which sends all of its fields, changed or not.

        `changed` as in `save_scene`.

        An empty text or date goes as "", no studio as null, an empty list as []. The form knows neither rating nor
        organized: those have their own buttons, and so `save_scene(scene_id, rating100=90)` is what a click on a star
        sends. Source: stash ui/v2.5 SceneEditPanel.tsx, seen in 0.30.1.
        """
        self.send("sceneUpdate", {"id": scene_id, **form_of(self.library.scene(scene_id)), **self._by_id(changed)})

    def save_scenes(self, edits: Mapping[int, Mapping[str, Any]]) -> None:
        """Save several scenes in one request, each with its own fields, as the tagger does.

        Every hook gets the whole list.
        """
        self.send("scenesUpdate", [{"id": scene_id, **self._by_id(fields)} for scene_id, fields in edits.items()])

    def edit_scenes(self, scene_ids: Iterable[int], *, mode: str = "SET", **fields: Any) -> None:
        """Edit many scenes alike; `mode` (SET, ADD, REMOVE) is for lists. One hook per scene, one after another."""
        known = self._by_id(fields)
        if "groups" in known:
            known["group_ids"] = [place["group_id"] for place in known.pop("groups")]
        lists = {
            name: {"ids": ids, "mode": mode}
            for name, ids in known.items()
            if name in {"performer_ids", "tag_ids", "group_ids"}
        }
        self.send("bulkSceneUpdate", {"ids": list(scene_ids), **known, **lists})

    def auto_tag(self, scene_id: int, performers: Iterable[str] = (), tags: Iterable[str] = ()) -> None:
        """Auto-tag adds performers and tags: `updated_at` moves, and no hook fires."""
        with self.library.lock:
            scene = self.library.scene(scene_id)
            scene.performer_ids = self.library.ordered_performers(
                [*scene.performer_ids, *self.library.performer_ids(performers)]
            )
            scene.tag_ids = self.library.ordered_tags([*scene.tag_ids, *self.library.tag_ids(tags)])
            self.library.touch(scene)

    def destroy_scene(self, scene_id: int) -> None:
        """Delete a scene; its file stays."""
        self.send("sceneDestroy", {"id": scene_id})

    def destroy_scenes(self, scene_ids: Iterable[int]) -> None:
        """Delete several scenes in one request: one hook each, with the ids of all."""
        self.send("scenesDestroy", {"ids": list(scene_ids)})

    def merge_scenes(self, sources: Iterable[int], destination: int) -> None:
        """Merge scenes: the destination gets the files, the sources vanish, no hook fires."""
        self.send("sceneMerge", {"source": list(sources), "destination": destination})

    def assign_file(self, scene_id: int, file_id: int) -> None:
        """Give a file to another scene; not its scene's primary file.

        No hook, and neither scene's `updated_at` moves.
        """
        self.send("sceneAssignFile", {"scene_id": scene_id, "file_id": file_id})

    def split_file(self, file_id: int, **fields: Any) -> int:
        """Make a scene of one file of a scene of several: a Create hook without input. Gives the new scene's id."""
        return int(self.send("sceneCreate", {"file_ids": [file_id], **self._by_id(fields)})["id"])

    def create_performer(self, name: str, **fields: Any) -> int:
        """Create a performer by hand."""
        return int(self.send("performerCreate", {"name": name, **fields})["id"])

    def edit_performers(self, performer_ids: Iterable[int], **fields: Any) -> None:
        """Edit many performers alike."""
        self.send("bulkPerformerUpdate", {"ids": list(performer_ids), **fields})

    def change_photo(self, performer_id: int, image: str) -> None:
        """Give a performer another photo: a data address, as the page sends it."""
        self.send("performerUpdate", {"id": performer_id, "image": image})

    def change_front_cover(self, group_id: int, cover: bytes) -> None:
        """Give a group another front cover, or none."""
        self.send("groupUpdate", {"id": group_id, "front_image": data_url(cover) if cover else None})

    def rename_performer(self, performer_id: int, name: str) -> None:
        """Rename a performer: only its own hook fires, and no scene's `updated_at` moves."""
        self.send("performerUpdate", {"id": performer_id, "name": name})

    def rename_studio(self, studio_id: int, name: str) -> None:
        """Rename a studio."""
        self.send("studioUpdate", {"id": studio_id, "name": name})

    def rename_tag(self, tag_id: int, name: str) -> None:
        """Rename a tag."""
        self.send("tagUpdate", {"id": tag_id, "name": name})

    def rename_group(self, group_id: int, name: str) -> None:
        """Rename a group."""
        self.send("groupUpdate", {"id": group_id, "name": name})

    def destroy_performer(self, performer_id: int) -> None:
        """Delete a performer: afterwards Stash no longer knows which scenes had it."""
        self.send("performerDestroy", {"id": performer_id})

    def destroy_studio(self, studio_id: int) -> None:
        """Delete a studio."""
        self.send("studioDestroy", {"id": studio_id})

    def destroy_tag(self, tag_id: int) -> None:
        """Delete a tag."""
        self.send("tagDestroy", {"id": tag_id})

    def destroy_group(self, group_id: int) -> None:
        """Delete a group."""
        self.send("groupDestroy", {"id": group_id})

    def merge_tags(self, sources: Iterable[int], destination: int) -> None:
        """Merge tags: one Tag.Merge.Post."""
        self.send("tagsMerge", {"source": list(sources), "destination": destination})

    def merge_performers(self, sources: Iterable[int], destination: int) -> None:
        """Merge performers: no hook, and no `updated_at` moves."""
        self.send("performerMerge", {"source": list(sources), "destination": destination})

    def configure_plugin(self, values: Mapping[str, Any]) -> None:
        """Save the plugin's settings; replaces its whole map."""
        text = "mutation($id:ID!,$input:Map!){configurePlugin(plugin_id:$id,input:$input)}"
        self._execute(text, {"id": self.host.plugin.id, "input": dict(values)})

    def run_operation(self, args: Mapping[str, Any]) -> Any:
        """Run the plugin as its page does, at once; gives its output."""
        text = "mutation($id:ID!,$args:Map){runPluginOperation(plugin_id:$id,args:$args)}"
        return self._execute(text, {"id": self.host.plugin.id, "args": dict(args)})["runPluginOperation"]

    def run_task(self, task_name: str, args: Mapping[str, Any] | None = None) -> int:
        """Start a task from the Tasks page; gives the job's id."""
        text = "mutation($id:ID!,$task:String!,$args:Map){runPluginTask(plugin_id:$id,task_name:$task,args_map:$args)}"
        return int(
            self._execute(text, {"id": self.host.plugin.id, "task": task_name, "args": dict(args or {})})[
                "runPluginTask"
            ]
        )

    def wait_for_task(self, job_id: int, timeout_s: float) -> PluginRun:
        """Wait for a task's end; gives what its process did.

        Raises:
            TimeoutError: it still runs.
        """
        job = self.jobs.find(job_id)
        if job is None or not job.ended.wait(timeout_s):
            raise TimeoutError(f"job {job_id} did not end within {timeout_s} s")
        return self.host.task_run(job_id) or PluginRun()

    def _by_id(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        """Replace names by ids and bytes by a data URL."""
        known = dict(fields)
        if "performers" in known:
            known["performer_ids"] = list(self.library.performer_ids(known.pop("performers")))
        if "tags" in known:
            known["tag_ids"] = list(self.library.tag_ids(known.pop("tags")))
        if "studio" in known:
            name = known.pop("studio")
            known["studio_id"] = self.library.studio_id(name) if name else None
        if known.get("groups") and isinstance(known["groups"][0], str):
            known["groups"] = [{"group_id": place.group_id} for place in self.library.scene_groups(known["groups"])]
        if "cover" in known:
            known["cover_image"] = data_url(known.pop("cover"))
        return known

    def send(self, mutation: str, sent: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Any:
        type_, selection = _INPUTS[mutation]
        return self._execute(f"mutation($input:{type_}){{{mutation}(input:$input){selection}}}", {"input": sent})[
            mutation
        ]

    def _execute(self, text: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = self.engine.execute(text, variables).body
        if "errors" in body:
            raise ResolverError(body["errors"][0]["message"])
        data: dict[str, Any] = body["data"]
        return data


def data_url(picture: bytes) -> str:
    """A picture as the interface sends it."""
    return f"data:{content_type_of(picture)};base64,{base64.b64encode(picture).decode()}"
