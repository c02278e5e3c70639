"""A Plex to try things with: a real one that nobody has claimed, or the stand-in, read in one way."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from xml.etree import ElementTree as ET

import requests

from tests.fakes.plex import FakePlex
from tests.servers.places import FILMS, FLOWS, SCRATCH, Places
from tests.waiting import wait_until

START_S: Final = 300.0
_ADDRESS: Final = "http://127.0.0.1:32400"
_TOKEN: Final = "unclaimed"
_AGENT: Final = {"agent": "tv.plex.agents.movie", "scanner": "Plex Movie", "language": "en-US"}
"""Source: tools/plex-bootstraptest.py of python-plexapi, which makes its libraries so in its own CI."""


@dataclass
class Plex:
    """One server; `away` and `back` are the outage."""

    url: str
    token: str
    away: Callable[[], object]
    back: Callable[[], object]
    stop: Callable[[], object]
    environment: dict[str, str] = field(default_factory=dict)
    """What names it to `make contract`; nothing for the stand-in, which is always asked."""

    def item(self, name: str) -> ET.Element:
        """What Plex shows of a film of the flows, by its file."""
        key = next(
            video.get("ratingKey")
            for video in self.films(FLOWS)
            if any(name in part.get("file", "") for part in video.iter("Part"))
        )
        return next(self.ask(f"/library/metadata/{key}").iter("Video"))

    def names(self, name: str, kind: str) -> set[str]:
        """The names of a list: "Genre", "Role", …"""
        return {tag.get("tag", "") for tag in self.item(name).iter(kind)}

    def films(self, library: str) -> list[ET.Element]:
        """All items of a library, as its list shows them."""
        named = [each for each in self.ask("/library/sections").iter("Directory") if each.get("title") == library]
        page = "X-Plex-Container-Start=0&X-Plex-Container-Size=100"
        return list(self.ask(f"/library/sections/{named[0].get('key')}/all?type=1&{page}").iter("Video"))

    def ask(self, path: str) -> ET.Element:
        return ET.fromstring(self.send("GET", path).content)

    def send(self, method: str, path: str, **params: str) -> requests.Response:
        headers = {"X-Plex-Token": self.token} if self.token else {}
        answer = requests.request(method, self.url + path, params=params, headers=headers, timeout=60)
        answer.raise_for_status()
        return answer


def stand_in(places: Places) -> Plex:
    """The stand-in, which has the films of the flows."""
    server = FakePlex()
    server.start()
    section = server.state.add_section(FLOWS, locations=[str(places.flows)]).key
    for name in FILMS:
        path = places.file(name)
        server.state.add_item(section, str(path), size=path.stat().st_size, title=name)
    return Plex(server.url, server.token, server.refuse, server.accept, server.stop)


def in_container(places: Places, tag: str, name: str = "stash2plex-plex") -> Plex:
    """A real server, unclaimed and on loopback, with both libraries read. Source: the README of plexinc/pms-docker."""
    docker("rm", "--force", name)
    docker(
        *("run", "--detach", "--network", "host", "--name", name, "--env", "TZ=UTC"),
        *("--env", f"PLEX_UID={os.geteuid()}", "--env", f"PLEX_GID={os.getegid()}"),
        *("--volume", f"{places.plex}:/config", "--volume", f"{places.media}:{places.media}:ro"),
        f"plexinc/pms-docker:{tag}",
    )
    plex = Plex(
        _ADDRESS,
        _TOKEN,
        lambda: docker("stop", name),
        lambda: docker("start", name),
        lambda: docker("rm", "--force", name),
        {
            "PLEX_CONTRACT_URL": _ADDRESS,
            "PLEX_CONTRACT_LIBRARY": SCRATCH,
            "PLEX_CONTRACT_FOLDER": str(places.scratch),
        },
    )
    wait_until(lambda: answers(lambda: plex.ask("/library/sections")), f"Plex {tag} answers", START_S, every_s=1.0)
    plex.send("PUT", "/:/prefs", acceptedEULA="1")
    for title, folder in ((SCRATCH, places.scratch), (FLOWS, places.flows)):
        library = {"name": title, "type": "movie", "location": str(folder), **_AGENT}
        # A server that has just begun answers 400 for a while.
        wait_until(lambda: answers(lambda: plex.send("POST", "/library/sections", **library)), title, START_S)  # noqa: B023 - done before the next
        count = len(list(folder.iterdir()))
        wait_until(lambda: len(plex.films(title)) == count, f"Plex has read {title}", START_S, every_s=1.0)  # noqa: B023 - done before the next
    return plex


def answers(ask: Callable[[], object]) -> bool:
    """Whether a question is answered well."""
    try:
        ask()
    except (OSError, requests.RequestException, ET.ParseError):
        return False
    return True


def docker(*arguments: str) -> None:
    """Run docker; one that cannot be removed is no error."""
    command = ["docker", *arguments]
    subprocess.run(command, check=arguments[0] != "rm", stdout=subprocess.DEVNULL)
