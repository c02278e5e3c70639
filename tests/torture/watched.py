"""A house in which everything that may hold a secret is marked, and all places where one could stand are searched."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from settings.sources import TOKEN_FILE_NAME, read_token_file
from tests.fakes.answering import AnsweringServer
from tests.fakes.plex import FakePlex, Options
from tests.fakes.plex_tv import ACCOUNT_TOKEN, FakePlexTv
from tests.fakes.stash import PluginRun
from tests.fakes.stash.wire import Handle, Request, Response
from tests.house import House
from tests.torture.marked import Marked, files_below

TOKEN: Final = "EnvTokQ7xkZ2mLw9RsV4"  # in the environment of Stash
OLD_TOKEN: Final = "SetTokB3nYc8uHj5PdF6"  # in the settings, which the environment overrules
API_KEY: Final = "eyApiKeyT6rWq1.GvK9zX4sMb7nLh2.Cf5jDp8"
COOKIE_OWNER: Final = "CookieOwnerN4vB8kT2"  # every session cookie begins with its user
PAGE_TOKEN: Final = "PagTokW5qJd8sXr2NvB7"  # typed on the page, and kept in the plugin's own file
SECRETS: Final = {
    "token": TOKEN,
    "token in the settings": OLD_TOKEN,
    "token of the page": PAGE_TOKEN,
    "token of the account": ACCOUNT_TOKEN,
    "API key": API_KEY,
    "cookie": COOKIE_OWNER,
}


class Watched:
    """A house with marked secrets, of which everything is kept that its processes say and send.

    `check` searches all of it.
    """

    def __init__(self, folder: Path, elsewhere: AnsweringServer, plex_tv: FakePlexTv, token: str = TOKEN) -> None:
        """`token` is that of Plex.

        TOKEN comes from the environment, and overrules OLD_TOKEN in Stash's settings; PAGE_TOKEN is typed on the page,
        or got by a sign-in.
        """
        self.elsewhere, self.plex_tv = elsewhere, plex_tv
        self.home, self.scratch = folder / "home", folder / "tmp"
        for made in (self.home, self.scratch):
            made.mkdir(mode=0o700)
        self.house = House(
            folder,
            plex=FakePlex(Options(token=token)),
            environ={
                "PLEX_TOKEN": TOKEN if token == TOKEN else "",
                "HOME": str(self.home),
                "TMPDIR": str(self.scratch),
            },
            settings=None,
        )
        self.house.configure(plex_token=OLD_TOKEN if token == TOKEN else None, debug=True)
        self.marked = Marked(**SECRETS)
        self.runs: list[PluginRun] = []
        self.asked_of_stash: list[tuple[str, dict[str, str]]] = []
        self.searched = self.searched_bytes = 0
        self._tap()
        self._lead_to_plex_tv()
        self.house.stash.configure_login(user=COOKIE_OWNER)

    def set_address(self, plex_url: str) -> None:
        """Change Plex's address on the page, which tells the worker, with the token, which goes nowhere else."""
        run = self.run(mode="ui_save", values={"plex_url": plex_url, "plex_token": TOKEN})
        assert run.output["saved"], run

    def _tap(self) -> None:
        """Keep address and headers of each request to Stash: the stand-in's own log leaves them out."""

        def keeping(answer: Handle) -> Handle:
            def answer_and_keep(request: Request) -> Response:
                address = f"{request.method} {request.path} {json.dumps(request.query)}"
                self.asked_of_stash.append((address, dict(request.headers)))
                return answer(request)

            return answer_and_keep

        self.house.stash.intercept(keeping)

    def _lead_to_plex_tv(self) -> None:
        """Have the installed plugin know the stand-in as plex.tv: nothing that can be set leads a true process there."""
        place = self.house.plugin_dir / "tasks" / "context.py"
        source = place.read_text(encoding="utf-8")
        assert source.count('"https://plex.tv"') == 1
        place.write_text(source.replace("https://plex.tv", self.plex_tv.url), encoding="utf-8")

    def run(self, **args: Any) -> PluginRun:
        """One task or operation, as a process."""
        host = self.house.stash.host
        self.runs.append(host.run(args))
        return self.runs[-1]

    def leaks(self) -> list[str]:
        """Where a secret stands that should not, in what there is now."""
        return [
            f"{', '.join(sorted(found))} in {place}"
            for place, content in self._written()
            if (found := self._found(content))
        ]

    def _found(self, content: bytes) -> set[str]:
        self.searched += 1
        self.searched_bytes += len(content)
        return self.marked.found_in(content)

    def _written(self) -> Iterator[tuple[str, bytes]]:
        yield from self._on_disk()
        yield from self._of_the_worker()
        yield from self._said()
        yield from self._asked()

    def _on_disk(self) -> Iterator[tuple[str, bytes]]:
        house = self.house
        own = house.data_dir / TOKEN_FILE_NAME
        folders = (house.data_dir, house.plugin_dir, self.home, self.scratch, house.stash.host.working_dir)
        for path in files_below(*folders):
            with suppress(FileNotFoundError):  # a companion of SQLite's that has gone meanwhile
                content = path.read_bytes()
                yield str(path), content.replace(self._kept(), b"", 1) if path == own else content

    def _kept(self) -> bytes:
        """The token that the plugin's own file may hold: typed on the page, or moved out of Stash's settings."""
        kept = read_token_file(str(self.house.data_dir)).token
        return kept.encode() if kept in {PAGE_TOKEN, OLD_TOKEN} else b""

    def _of_the_worker(self) -> Iterator[tuple[str, bytes]]:
        for pid in self.house.workers():
            for process in (str(pid), *_children_of(pid)):
                for kind in ("cmdline", "environ"):
                    with suppress(OSError):
                        yield f"/proc/{process}/{kind}", Path("/proc", process, kind).read_bytes()

    def _said(self) -> Iterator[tuple[str, bytes]]:
        for hook in self.house.stash.hook_runs:
            assert hook.run is not None
            yield f"hook of {hook.event}", _said(hook.run)
        for number, run in enumerate(self.runs):
            yield f"answer {number}", _said(run)
        yield "dead letters", json.dumps(self.house.dead_letters()).encode()

    def _asked(self) -> Iterator[tuple[str, bytes]]:
        """Requests, without the one header that may hold the secret of that server."""
        for caught in self.elsewhere.heard():
            yield "another host", caught.encode()
        for record in self.house.plex.journal.records():
            shown = {name: value for name, value in record.headers.items() if name != "x-plex-token"}
            yield f"request to Plex: {record.kind}", json.dumps([record.path, record.query, shown]).encode()
        for address, headers in self.plex_tv.asked:
            shown = {name: value for name, value in headers.items() if name != "x-plex-token"}
            yield f"request to plex.tv: {address}", json.dumps([address, shown]).encode()
        for address, headers in self.asked_of_stash:
            shown = {name: value for name, value in headers.items() if name not in {"cookie", "apikey"}}
            yield f"request to Stash: {address}", json.dumps([address, shown]).encode()


def _said(run: PluginRun) -> bytes:
    return "\n".join((run.stdout, *(text for _, text in run.log))).encode()


def _children_of(pid: int) -> list[str]:
    with suppress(OSError):
        return [
            child for listed in Path(f"/proc/{pid}/task").glob("*/children") for child in listed.read_text().split()
        ]
    return []
