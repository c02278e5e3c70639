"""What the demo shows, against whatever servers: saves, removals, a rename, an edit of many, an outage."""

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.demo.films import png
from tests.servers.places import FILMS, FLOWS, Places
from tests.servers.real_plex import Plex
from tests.servers.real_stash import Stash, log_of
from tests.waiting import wait_until

_ARRIVES_S: Final = 120.0
_TITLE: Final = "The {}"


@dataclass
class Flows:
    """Both servers, and the films by their scenes."""

    stash: Stash
    plex: Plex
    scenes: dict[str, int]

    @classmethod
    def on(cls, stash: Stash, plex: Plex, places: Places) -> "Flows":
        """Have Stash scan the films, and fill in the plugin's settings."""
        stash.scan()
        scenes = stash.scenes()
        stash.configure(plex_url=plex.url, plex_token=plex.token, plex_library=FLOWS)
        return cls(stash, plex, {name: scenes[str(places.file(name))] for name in FILMS})

    def run(self) -> None:
        """Each flow, with the seconds from the last save to its arrival."""
        for flow in (self.saving, self.removing, self.renaming, self.editing_many, self.outage):
            began = time.perf_counter()
            flow()
            print(f"  {time.perf_counter() - began:6.2f} s  {(flow.__doc__ or '').strip().rstrip('.')}", flush=True)

    def saving(self) -> None:
        """Every field of each film is saved, one film after the other."""
        self.ada, self.tag = self.stash.make("performer", "Ada Example"), self.stash.make("tag", "Lanterns")
        studio = self.stash.make("studio", "Example Pictures")
        cover = "data:image/png;base64," + base64.b64encode(png(40, 60, (20, 120, 40))).decode()
        for name, scene in self.scenes.items():
            self.stash.save(
                scene,
                title=_TITLE.format(name),
                details=f"About {name}.",
                date="2001-02-03",
                rating100=80,
                studio_id=studio,
                performer_ids=[self.ada],
                tag_ids=[self.tag],
                cover_image=cover,
            )
        for name in self.scenes:
            self.arrives(lambda: self.is_whole(name), f"all of {name}")  # noqa: B023 - done before the next

    def is_whole(self, name: str) -> bool:
        """Whether Plex shows everything that was saved."""
        item = self.plex.item(name)
        seen = tuple(item.get(key) for key in ("title", "summary", "studio", "originallyAvailableAt"))
        lists = (self.plex.names(name, "Role"), self.plex.names(name, "Genre"))
        locked = {each.get("name") for each in item.iter("Field") if each.get("locked") == "1"}
        wanted = (_TITLE.format(name), f"About {name}.", "Example Pictures", "2001-02-03")
        has_rating = float(item.get("userRating") or 0) == 8.0
        return seen == wanted and lists == ({"Ada Example"}, {"Lanterns"}) and has_rating and "thumb" in locked

    def removing(self) -> None:
        """A summary and all performers of one film are removed."""
        name = FILMS[0]
        self.stash.save(self.scenes[name], details="", performer_ids=[])
        self.arrives(
            lambda: not self.plex.item(name).get("summary") and not self.plex.names(name, "Role"), "the removal"
        )

    def renaming(self) -> None:
        """A performer is renamed, of which Stash tells no scene."""
        rename = 'mutation ($id: ID!) { performerUpdate(input: {id: $id, name: "Ada Renamed"}) { id } }'
        self.stash.wire.ask(rename, {"id": self.ada})
        for name in FILMS[1:]:
            self.arrives(lambda: self.plex.names(name, "Role") == {"Ada Renamed"}, f"the name in {name}")  # noqa: B023 - done before the next

    def editing_many(self) -> None:
        """All films get a tag in one edit."""
        edit = "mutation ($i: BulkSceneUpdateInput!) { bulkSceneUpdate(input: $i) { id } }"
        tags = {"ids": [self.stash.make("tag", "Open Film")], "mode": "ADD"}
        self.stash.wire.ask(edit, {"i": {"ids": list(self.scenes.values()), "tag_ids": tags}})
        for name in self.scenes:
            self.arrives(lambda: "Open Film" in self.plex.names(name, "Genre"), f"the tag in {name}")  # noqa: B023 - done before the next

    def outage(self) -> None:
        """Plex is away while films are saved, and back again; nobody saves once more."""
        self.plex.away()
        for name, scene in self.scenes.items():
            self.stash.save(scene, details=f"Saved while Plex was away: {name}.")
        self.plex.back()
        for name in self.scenes:
            self.arrives(lambda: "while Plex was away" in self.plex.item(name).get("summary", ""), name)  # noqa: B023 - done before the next

    def arrives(self, condition: Callable[[], bool], what: str) -> None:
        """Wait until Plex shows it; an answer that fails counts as not yet."""

        def is_so() -> bool:
            try:
                return condition()
            except (OSError, StopIteration):
                return False

        wait_until(is_so, lambda: f"{what}\n{log_of(self.stash)}", _ARRIVES_S, every_s=0.1)
