"""A small house with open movies in it, and the site that a browser opens. Nothing is configured until `configure`."""

import json
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tests.fakes.plex import ItemSnapshot
from tests.fakes.stash.prepared import Prepared
from tests.house import House
from tests.ui.site import Site
from tests.ui.stills import still

MOVIES = ("Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat")
STORIES = {
    "Big Buck Bunny": "A giant rabbit takes his mild revenge on three rodents.",
    "Sintel": "A lonely young woman searches for a dragon that she has raised.",
    "Tears of Steel": "A group of warriors and scientists stages a crucial event from the past.",
    "Cosmos Laundromat": "On a desolate island a sheep meets its fate in a salesman.",
}
DATES = {
    "Big Buck Bunny": "2008-04-10",
    "Sintel": "2010-09-27",
    "Tears of Steel": "2012-09-26",
    "Cosmos Laundromat": "2015-08-10",
}
STASH_FOLDER = "/data/movies"
PLEX_FOLDER = "/media/movies"
UNSET = {"PLEX_TOKEN": "", "PLEX_URL": ""}


class PageHouse(House):
    """Both servers, the installed plugin, an empty data folder, and the front door for a browser."""

    def __init__(
        self,
        folder: Path,
        plugin_dir: Path,
        *,
        prepare: str = "",
        environ: Mapping[str, str] | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        super().__init__(folder, plugin_dir=plugin_dir, settings=None, environ={**UNSET, **(environ or {})})
        if prepared:
            self.stash.host.starter = prepared.start
        self.needed = {"plex_url": self.plex.url, "plex_token": self.plex.token}
        self.stash.library.settings.stash_paths[:] = [STASH_FOLDER]
        self.site = Site(self.stash.url, prepare, jobs=self.stash.jobs)
        self.site.__enter__()
        self.expected_errors: list[str] = []
        self.keys: dict[str, int] = {}
        self.scenes: dict[str, int] = {}

    def close(self) -> None:
        """End every process and server."""
        self.site.__exit__(None, None, None)
        super().close()

    def configure(self, **settings: Any) -> None:
        """Save settings as Stash's own page would; address and token unless said otherwise, and nothing else."""
        self.stash.configure_plugin(
            {key: value for key, value in (self.needed | settings).items() if value is not None}
        )

    def fill(self, *names: str, in_plex: bool = True) -> None:
        """Put these movies (all four without names) on both sides.

        In Stash with all they have, in Plex with the file alone.
        """
        for name in names or MOVIES:
            if in_plex:
                self.put_in_plex(name)
            self.scenes[name] = self.stash.add_scene(
                title=name,
                path=f"{STASH_FOLDER}/{name}/{name}.mkv",
                details=STORIES.get(name, ""),
                date=DATES.get(name, ""),
                tags=["Animation", "Short"],
                performers=["Ada Example"],
                studio="Open Films",
                cover=still(name),
            )

    def put_in_plex(self, name: str, poster: bytes = b"", background: bytes = b"") -> None:
        """Plex finds the file, and its agent pictures."""
        title = name.replace(" ", ".").lower()  # what a scanner makes of a file's name
        path = f"{PLEX_FOLDER}/{name}/{name}.mkv"
        self.keys[name] = self.plex.state.add_item(
            self.section, path, title=title, poster=poster, background=background
        )

    def sync(self, *names: str) -> None:
        """Save these movies (all without names) and wait until Plex shows them."""
        for name in names or self.scenes:
            self.stash.save_scene(self.scenes[name], title=name)
        self.wait(lambda: all(self.item(name).title == name for name in names or self.scenes), "the movies are in Plex")
        self.wait(self.is_drained, "the queue is drained")

    def item(self, name: str) -> ItemSnapshot:
        """The item of a movie as Plex has it now."""
        return self.plex.state.item(self.keys[name])

    def settings(self) -> dict[str, Any]:
        """What Stash holds for the plugin."""
        return dict(self.stash.library.settings.plugins.get("Stash2Plex", {}))

    def operation(self, mode: str, **args: Any) -> Any:
        """Call an operation as the page does. Raises OperationError where it answered an error."""
        query = "mutation ($id: ID!, $args: Map!) { runPluginOperation(plugin_id: $id, args: $args) }"
        body = {"query": query, "variables": {"id": "Stash2Plex", "args": {**args, "mode": mode}}}
        request = urllib.request.Request(
            f"{self.stash.url}/graphql", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            document = json.load(answer)
        if document.get("errors"):
            raise OperationError(document["errors"][0]["message"])
        return document["data"]["runPluginOperation"]

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Wait until `condition` holds."""
        self.wait(condition, what)


class OperationError(Exception):
    """What an operation answered instead of an output."""
