"""What beliefs make in a Stash: all of it has a name of ours, nothing else is changed, and all of it is removed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tests.contract.beliefs import Belief, NotAsked
from tests.contract.disk import Disk
from tests.contract.stash.probe import Probe
from tests.contract.stash.wire import Wire
from tests.waiting import wait_until

MARK: Final = "Stash2Plex contract 5b1f"
"""Begins every name and title that is made here."""

_FIND: Final = {
    "scene": "query ($n: String!) { found: findScenes(scene_filter: {title: {value: $n, modifier: INCLUDES}}, filter: {per_page: -1}) { all: scenes { id name: title } } }",
    **{
        kind: f"query ($n: String!) {{ found: find{kind.title()}s({kind}_filter: {{name: {{value: $n, modifier: INCLUDES}}}}, filter: {{per_page: -1}}) {{ all: {kind}s {{ id name }} }} }}"
        for kind in ("performer", "studio", "tag", "group")
    },
}
_IN_FOLDER: Final = "query ($n: String!) { findScenes(scene_filter: {path: {value: $n, modifier: INCLUDES}}, filter: {per_page: -1}) { scenes { id files { path } } } }"
_JOB_S: Final = 60.0
_TARGETS: Final = {"id", "ids", "source", "destination"}


class NotOurs(Exception):
    """A change of something that was not made here; nothing was sent."""


class Scratch:
    """A Stash under test.

    `pass_second` waits until its clock, which has whole seconds, shows another one; `probe` is None where no plugin can
    be installed, `disk` where there is no folder to write to.
    """

    def __init__(
        self,
        wire: Wire,
        reading: str,
        pass_second: Callable[[], None],
        probe: Probe | None,
        disk: Disk | None,
    ) -> None:
        self.wire = wire
        self.reading = reading
        self.pass_second = pass_second
        self.version = str(wire.ask("{ version { version } }")["version"]["version"])
        self._probe = probe
        self._disk = disk
        self._made: dict[str, set[str]] = {kind: set() for kind in _FIND}

    @contextmanager
    def opened(self) -> Iterator["Scratch"]:
        """Remove what a killed run has left behind, and in the end what this one made."""
        self.clear()
        try:
            yield self
        finally:
            self.clear()

    def asked(self, belief: Belief) -> str:
        """The answer of this Stash."""
        try:
            return belief.ask(self)
        finally:
            self.clear()

    def clear(self) -> None:
        """Remove everything that has our mark, and what was scanned from our folder."""
        for kind, query in _FIND.items():
            for entry in self.wire.ask(query, {"n": MARK})["found"]["all"]:
                if entry["name"].startswith(MARK):
                    self.wire.ask(f"mutation {{ {kind}Destroy(input: {{id: {entry['id']}}}) }}")
            self._made[kind].clear()
        if self._disk is not None:
            for scene, _files in self._scanned():
                self.wire.ask(
                    f"mutation {{ sceneDestroy(input: {{id: {scene}, delete_file: true, delete_generated: true}}) }}"
                )
            self._disk.clear()

    @property
    def probe(self) -> Probe:
        """The plugin that writes down what it is given. Raises: NotAsked."""
        if self._probe is None:
            raise NotAsked("no folder of plugins was named")
        return self._probe

    @property
    def disk(self) -> Disk:
        """The folder for our files. Raises: NotAsked."""
        if self._disk is None:
            raise NotAsked("no folder of the library was named")
        return self._disk

    def scanned(self, path: str, *, covers: bool = False) -> str:
        """Have our folder scanned, and wait; gives the id of the scene that has this file."""
        options = {"paths": [self.disk.folder()], "scanGenerateCovers": covers}
        self._job("mutation ($input: ScanMetadataInput!) { id: metadataScan(input: $input) }", options)
        scene = next((scene for scene, files in self._scanned() if path in files), "")
        assert scene, "Stash has no scene with our file and nothing else"
        self._made["scene"].add(scene)
        return scene

    def generate(self, scene: str) -> None:
        """Have the cover of a scene of ours made anew, and wait."""
        if scene not in self._made["scene"]:
            raise NotOurs(f"Generate for {scene}; nothing was sent")
        options = {"covers": True, "overwrite": True, "sceneIDs": [scene]}
        self._job("mutation ($input: GenerateMetadataInput!) { id: metadataGenerate(input: $input) }", options)

    def rename_file(self, scene: str, name: str) -> None:
        """Have Stash itself rename the file of a scene of ours."""
        if scene not in self._made["scene"]:
            raise NotOurs(f"moveFiles for {scene}; nothing was sent")
        files = self.scene(scene, "files { id }")["files"]
        move = {
            "ids": [file["id"] for file in files],
            "destination_folder": self.disk.folder(),
            "destination_basename": name,
        }
        self._send("moveFiles", "MoveFilesInput!", move, "")

    def make(self, kind: str, name: str = "", **fields: Any) -> str:
        """A new scene, performer, studio, tag or group; gives its id."""
        named = {("title" if kind == "scene" else "name"): f"{MARK} {name}".strip()}
        made = self._send(f"{kind}Create", f"{kind.title()}CreateInput!", {**named, **fields}, "{ id }")
        self._made[kind].add(made["id"])
        return str(made["id"])

    def change(self, kind: str, mutation: str, type_name: str, sent: Any, select: str = "{ id }") -> Any:
        """Change, merge or destroy what was made here.

        Raises:
            NotOurs: it names something else, or nothing at all.
        """
        for change in sent if isinstance(sent, list) else [sent]:
            given = [change[name] for name in _TARGETS & change.keys()]
            ids = {str(found) for ids in given for found in (ids if isinstance(ids, list) else [ids])}
            if not ids or not ids <= self._made[kind]:
                raise NotOurs(f"{mutation} of {sorted(ids)}; nothing was sent")
        return self._send(mutation, type_name, sent, select)

    def save(self, scene: str, **fields: Any) -> None:
        """Save these fields of one scene."""
        self.change("scene", "sceneUpdate", "SceneUpdateInput!", {"id": scene, **fields})

    def destroy(self, kind: str, entry: str) -> None:
        """Delete something that was made here."""
        self.change(kind, f"{kind}Destroy", f"{kind.title()}DestroyInput!", {"id": entry}, "")

    def scene(self, scene: str, fields: str = "updated_at") -> Any:
        """One scene."""
        return self.wire.ask(f'{{ findScene(id: "{scene}") {{ {fields} }} }}')["findScene"]

    def has(self, mutation: str) -> None:
        """Raises: NotAsked, if this version has no such mutation."""
        names = {
            field["name"]
            for field in self.wire.ask("{ __schema { mutationType { fields { name } } } }")["__schema"]["mutationType"][
                "fields"
            ]
        }
        if mutation not in names:
            raise NotAsked(f"this version has no {mutation}")

    def gone(self) -> str:
        """The id of a scene that was."""
        scene = self.make("scene", "gone")
        self.destroy("scene", scene)
        return scene

    def _scanned(self) -> list[tuple[str, list[str]]]:
        """The scenes that have nothing but files of our folder."""
        scenes = self.wire.ask(_IN_FOLDER, {"n": self.disk.folder()})["findScenes"]["scenes"]
        found = [(str(scene["id"]), [file["path"] for file in scene["files"]]) for scene in scenes]
        return [(scene, files) for scene, files in found if all(path.startswith(self.disk.folder()) for path in files)]

    def _job(self, mutation: str, options: Mapping[str, Any]) -> None:
        """Start a job of Stash's, and wait until it is over."""
        job = self.wire.ask(mutation, {"input": options})["id"]

        def is_over() -> bool:
            state = self.wire.ask(f'{{ findJob(input: {{id: "{job}"}}) {{ status }} }}')["findJob"]
            return state is None or state["status"] == "FINISHED"

        wait_until(is_over, "the job's end", _JOB_S)

    def _send(self, mutation: str, type_name: str, sent: Mapping[str, Any], select: str) -> Any:
        query = f"mutation ($input: {type_name}) {{ {mutation}(input: $input) {select} }}"
        return self.wire.ask(query, {"input": sent})[mutation]
