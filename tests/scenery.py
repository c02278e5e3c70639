"""What every scenery has: both stand-in servers, a data folder, and the films that a test puts on both sides.

`tests.house` runs the plugin's true processes on it, `tests.stepper` the worker's steps within the test's own process.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sync_queue import DeadLetterQueue, get_stats
from tests.fakes.plex import FakePlex, ItemSnapshot
from tests.fakes.stash import FakeStash
from worker.facts import LOG_NAME

MOST_LETTERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Movie:
    """One film on both sides."""

    name: str
    scene_id: int
    rating_key: int


class Scenery:
    """Both servers on loopback, from the constructor to `close`; a context manager.

    Attributes:
        section: the key of Plex's only library so far, "Movies".
        needed: the settings that `configure` fills in by itself.
    """

    def __init__(
        self, data_dir: Path, plex: FakePlex, stash: FakeStash, *, stash_folder: str, plex_folder: str
    ) -> None:
        self.data_dir = data_dir
        self.plex = plex
        self.stash = stash
        self.plex.start()
        self.stash.__enter__()
        self.section = self.plex.state.add_section("Movies", locations=[plex_folder]).key
        self.needed: dict[str, Any] = {
            "plex_url": self.plex.url,
            "plex_token": self.plex.token,
            "path_rules": f"{stash_folder} => {plex_folder}",
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End both servers."""
        self.stash.__exit__(None, None, None)
        self.plex.stop()

    # -- what a user does -----------------------------------------------------------------------------------------

    def configure(self, **settings: Any) -> None:
        """Save the plugin's settings: those that are needed, and over them `settings`."""
        self.stash.configure_plugin({**self.needed, **settings})

    def fine_tune(self, **values: object) -> None:
        """Write the data folder's config.yaml."""
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        lines = (f"{name}: {value}\n" for name, value in values.items())
        (self.data_dir / "config.yaml").write_text("".join(lines), encoding="utf-8")

    def add(self, *names: str, **scene: Any) -> list[Movie]:
        """Films that both sides have had for long, untouched by each other. Text in `scene` may hold `{name}`."""
        return [self._add(name, scene) for name in names]

    def _add(self, name: str, scene: Mapping[str, Any]) -> Movie:
        rating_key = self.plex.state.add_item(self.section, f"/media/movies/{name}/{name}.mkv")
        fields = {key: value.format(name=name) if isinstance(value, str) else value for key, value in scene.items()}
        return Movie(name, self.stash.add_scene(path=f"/data/movies/{name}/{name}.mkv", **fields), rating_key)

    # -- what can be seen -----------------------------------------------------------------------------------------

    def shown(self, movie: Movie | int) -> ItemSnapshot:
        """What Plex shows now of a film, or of an item by its rating key."""
        return self.plex.state.item(movie if isinstance(movie, int) else movie.rating_key)

    def writes(self) -> int:
        """How many requests have tried to change Plex."""
        return self.plex.journal.count("edit", "rate", "picture_upload", "picture_select")

    def stats(self) -> dict[str, int]:
        """The queue's rows by state."""
        return get_stats(self.data_dir / "queue")

    def is_drained(self) -> bool:
        """Whether no job is pending or in progress."""
        stats = self.stats()
        return stats["pending"] == stats["in_progress"] == 0

    def dead_letters(self) -> list[dict[str, Any]]:
        """The newest dead letters."""
        letters = DeadLetterQueue(self.data_dir)
        try:
            return letters.get_recent(MOST_LETTERS)
        finally:
            letters.close()

    def log(self) -> str:
        """The worker's log."""
        return self.text_of(LOG_NAME)

    def text_of(self, name: str) -> str:
        """A file of the data folder; "" where there is none."""
        path = self.data_dir / name
        return path.read_text(encoding="utf-8") if path.exists() else ""
