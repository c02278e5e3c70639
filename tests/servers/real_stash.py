"""A real Stash: in the official container, or a program that is built here. Its plugin comes from a plugin source."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

from scripts.index import PACKAGE_ID
from tests.contract.stash.wire import Wire
from tests.house import kill, processes
from tests.servers.places import Places
from tests.servers.real_plex import START_S, answers, docker
from tests.waiting import wait_until

PORT: Final = 9999
_ENDED: Final = frozenset({"FINISHED", "CANCELLED", "FAILED"})


@dataclass
class Stash:
    """One Stash without a login; `environment` names it to `make contract`."""

    wire: Wire
    data_dir: Path
    stop: Callable[[], object]
    environment: dict[str, str]

    def job(self, mutation: str, **variables: Any) -> None:
        """Begin a job of Stash, and wait for its end."""
        (number,) = self.wire.ask(mutation, variables).values()
        query = "query ($id: ID!) { findJob(input: {id: $id}) { status } }"
        wait_until(
            lambda: (self.wire.ask(query, {"id": number})["findJob"] or {"status": "FINISHED"})["status"] in _ENDED
        )

    def scan(self) -> None:
        self.job("mutation { metadataScan(input: {}) }")

    def scenes(self) -> dict[str, int]:
        """The id of each scene, by the path of its file."""
        found = self.wire.ask("{ findScenes(filter: {per_page: -1}) { scenes { id files { path } } } }")
        return {file["path"]: int(scene["id"]) for scene in found["findScenes"]["scenes"] for file in scene["files"]}

    def make(self, kind: str, name: str) -> str:
        """Make a performer, tag or studio; its id."""
        mutation = f"mutation ($name: String!) {{ made: {kind}Create(input: {{name: $name}}) {{ id }} }}"
        return str(self.wire.ask(mutation, {"name": name})["made"]["id"])

    def save(self, scene: int, **fields: Any) -> None:
        """Save a scene as its page does."""
        mutation = "mutation ($input: SceneUpdateInput!) { sceneUpdate(input: $input) { id } }"
        self.wire.ask(mutation, {"input": {"id": scene, **fields}})

    def install(self, package: Path) -> str:
        """Install the package in the folder `package` as a person does, from a plugin source; its version."""
        with served(package) as address:
            source = {"name": PACKAGE_ID, "url": address, "local_path": PACKAGE_ID}
            configure = "mutation ($i: ConfigGeneralInput!) { configureGeneral(input: $i) { databasePath } }"
            self.wire.ask(configure, {"i": {"pluginPackageSources": [source]}})
            self.job(
                "mutation ($p: [PackageSpecInput!]!) { installPackages(type: Plugin, packages: $p) }",
                p=[{"id": PACKAGE_ID, "sourceURL": address}],
            )
        plugins = self.wire.ask("{ plugins { id version enabled } }")["plugins"]
        return next(str(each["version"]) for each in plugins if each["id"] == PACKAGE_ID and each["enabled"])

    def configure(self, **settings: Any) -> None:
        """Save the plugin's settings."""
        mutation = f'mutation ($settings: Map!) {{ configurePlugin(plugin_id: "{PACKAGE_ID}", input: $settings) }}'
        self.wire.ask(mutation, {"settings": settings})


def in_container(places: Places, tag: str, name: str = "stash2plex-stash") -> Stash:
    """The official image, with Stash as process 1; as root where we are, else as our user, whom nobody knows there."""
    docker("rm", "--force", name)
    write_configuration(places, {})
    docker(
        *("run", "--detach", "--network", "host", "--name", name, "--user", f"{os.geteuid()}:{os.getegid()}"),
        *("--volume", f"{places.root}:{places.root}", "--env", f"STASH_CONFIG_FILE={places.configuration}"),
        f"stashapp/stash:{tag}",
    )
    return reached(places, lambda: docker("rm", "--force", name))


def from_program(places: Places, program: Path) -> Stash:
    """A Stash that was built here, with the Python of this process."""
    write_configuration(places, {"python_path": sys.executable})
    process = subprocess.Popen(
        [str(program), "--config", str(places.configuration)],
        cwd=places.stash,
        env={"PATH": os.environ["PATH"], "HOME": str(places.stash)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )

    def stop() -> None:
        process.terminate()
        process.wait(30)
        for pid in processes(["--worker", str(places.data)]):
            kill(pid)

    return reached(places, stop)


def write_configuration(places: Places, more: dict[str, str]) -> None:
    """A configuration with which Stash asks nobody to set it up; YAML takes JSON."""
    folders = {name: str(places.stash / name) for name in ("generated", "cache", "blobs")}
    for folder in folders.values():
        Path(folder).mkdir()
    configuration = {
        "stash": [{"path": str(places.media), "excludevideo": False, "excludeimage": True}],
        "database": str(places.stash / "stash-go.sqlite"),
        "generated": folders["generated"],
        "cache": folders["cache"],
        "blobs_path": folders["blobs"],
        "blobs_storage": "FILESYSTEM",
        "plugins_path": str(places.plugins),
        "host": "127.0.0.1",
        "port": PORT,
        "nobrowser": True,
        **more,
    }
    places.configuration.write_text(json.dumps(configuration), encoding="utf-8")


def reached(places: Places, stop: Callable[[], object]) -> Stash:
    """A Stash that has just been started, once it answers."""
    address = f"http://127.0.0.1:{PORT}"
    wire = Wire(address, "")
    status = "{ systemStatus { status } }"
    wait_until(lambda: answers(lambda: wire.ask(status)), "Stash answers", START_S, every_s=0.5)
    found = wire.ask(status)["systemStatus"]["status"]
    if found != "OK":
        raise RuntimeError(f"Stash is not ready: {found}")
    environment = {
        "STASH_CONTRACT_URL": address,
        "STASH_CONTRACT_PLUGINS": str(places.plugins),
        "STASH_CONTRACT_FOLDER": str(places.scratch),
    }
    return Stash(wire, places.data, stop, environment)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; lends the address of its index."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.yml"
        server.shutdown()


def log_of(stash: Stash) -> str:
    """The worker's log."""
    with suppress(OSError):
        return (stash.data_dir / "logs" / "worker.log").read_text(encoding="utf-8")
    return ""
