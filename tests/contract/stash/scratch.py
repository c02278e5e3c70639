"""What beliefs make in a Stash: everything has a name that nobody else gives, only that is changed, and all of it is removed."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tests.contract.beliefs import Belief, NotAsked
from tests.contract.stash.probe import Probe
from tests.contract.stash.wire import Wire

MARK: Final = "Stash2Plex contract 5b1f"
"""Begins every name and title that is made here."""

_FIND: Final = {
    "scene": "query ($n: String!) { found: findScenes(scene_filter: {title: {value: $n, modifier: INCLUDES}}, filter: {per_page: -1}) { all: scenes { id name: title } } }",
    **{
        kind: f"query ($n: String!) {{ found: find{kind.title()}s({kind}_filter: {{name: {{value: $n, modifier: INCLUDES}}}}, filter: {{per_page: -1}}) {{ all: {kind}s {{ id name }} }} }}"
        for kind in ("performer", "studio", "tag", "group")
    },
}
_TARGETS: Final = {"id", "ids", "source", "destination"}


class NotOurs(Exception):
    """A change of something that was not made here; nothing was sent."""


class Scratch:
    """A Stash under test. `pass_second` waits until its clock, which has whole seconds, shows another one; `probe` is None where no plugin can be installed."""

    def __init__(self, wire: Wire, reading: str, pass_second: Callable[[], None], probe: Probe | None) -> None:
        self.wire = wire
        self.reading = reading
        self.pass_second = pass_second
        self.version = str(wire.ask("{ version { version } }")["version"]["version"])
        self._probe = probe
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
        """Remove everything that has our mark."""
        for kind, query in _FIND.items():
            for one in self.wire.ask(query, {"n": MARK})["found"]["all"]:
                if one["name"].startswith(MARK):
                    self.wire.ask(f"mutation {{ {kind}Destroy(input: {{id: {one['id']}}}) }}")
            self._made[kind].clear()

    @property
    def probe(self) -> Probe:
        """The plugin that writes down what it is given. Raises: NotAsked."""
        if self._probe is None:
            raise NotAsked("no folder of plugins was named")
        return self._probe

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
        for one in sent if isinstance(sent, list) else [sent]:
            given = [one[name] for name in _TARGETS & one.keys()]
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

    def _send(self, mutation: str, type_name: str, sent: Mapping[str, Any], select: str) -> Any:
        query = f"mutation ($input: {type_name}) {{ {mutation}(input: $input) {select} }}"
        return self.wire.ask(query, {"input": sent})[mutation]
