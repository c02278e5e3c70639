"""A worker without a process: built as in life over a real data folder and both stand-ins, and stepped by hand with a time of one's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync_queue import DeadLetterQueue, SyncJob, enqueue_many, get_stats
from sync_queue.models import METADATA, create_sync_job
from tests.clock import Clock
from tests.fakes.plex import FakePlex, ItemSnapshot
from tests.fakes.stash import FakeStash
from tests.worker.desk import Desk
from worker.process.assembly import assemble


class Bench:
    """The stand-ins, and a worker whose time moves when it is told to. Scene files lie in /data, items' files in /media."""

    def __init__(self, data_dir: Path, plex: FakePlex, stash: FakeStash, clock: Clock) -> None:
        self.clock = clock
        self.data_dir = data_dir
        self.plex = plex
        self.stash = stash
        self._assemble()
        self.section = plex.state.add_section("Movies", locations=["/media"]).key
        self.configure()
        self.parts.session.offer(stash.server_connection())

    @property
    def now(self) -> float:
        """Epoch seconds, for the worker and for both servers."""
        return self.clock.now

    @now.setter
    def now(self, moment: float) -> None:
        self.clock.now = moment

    def _assemble(self) -> None:
        self.parts = assemble(str(self.data_dir), {}, clock=self.clock, monotonic=self.clock)
        self.worker = self.parts.worker
        self.records = self.parts.records

    def restart(self) -> None:
        """Another worker over the same folder."""
        self.parts.close()
        self._assemble()
        self.parts.session.offer(self.stash.server_connection())

    def configure(self, **settings: Any) -> None:
        """Fill in the settings; what the worker remembers of older ones is forgotten."""
        filled_in = {"plex_url": self.plex.url, "plex_token": self.plex.token, "path_rules": "/data => /media"}
        self.stash.configure_plugin({**filled_in, **settings})
        self.parts.session._settings_at = float("-inf")

    def fine_tune(self, **values: object) -> None:
        """Write the data folder's config.yaml."""
        lines = (f"{name}: {value}\n" for name, value in values.items())
        (self.data_dir / "config.yaml").write_text("".join(lines), encoding="utf-8")
        self.parts.session._settings_at = float("-inf")

    def item(self, *files: str, **values: Any) -> int:
        """An item of the library with these files below /media; its rating key."""
        paths = [f"/media/{file}" for file in files]
        section = values.pop("section", self.section)
        return self.plex.state.add_item(section, [paths] if len(paths) > 1 else paths[0], **values)

    def scene(self, *files: str, **fields: Any) -> int:
        """A scene with these files below /data; its id."""
        return self.stash.add_scene(files=[f"/data/{file}" for file in files], **fields)

    def queue(self, *scene_ids: int, fields: tuple[str, ...] = ()) -> None:
        """One job a scene; `fields` are what was sent, none: unknown."""
        self.put(
            *(create_sync_job(scene_id, METADATA, {"fields": list(fields)}, now=self.now) for scene_id in scene_ids)
        )

    def put(self, *jobs: SyncJob) -> None:
        """Any jobs."""
        enqueue_many(self.data_dir / "queue", jobs, coalesce=False, now=self.now)

    def sync(self, *scene_ids: int, fields: tuple[str, ...] = ()) -> None:
        """Queue the scenes, and let the worker do what is due."""
        self.queue(*scene_ids, fields=fields)
        self.drain()

    def drain(self, most_steps: int = 50) -> None:
        """Steps until there is nothing to do for a while."""
        for _ in range(most_steps):
            if self.worker.step(self.now) > 0:
                return
        raise AssertionError(f"still busy after {most_steps} steps")

    def later(self, seconds: float) -> None:
        """Let time pass, then let the worker do what is due."""
        self.now += seconds
        self.drain()

    def shown(self, rating_key: int) -> ItemSnapshot:
        """What Plex shows."""
        return self.plex.state.item(rating_key)

    def stats(self) -> dict[str, int]:
        """The queue's rows by state."""
        return get_stats(self.data_dir / "queue")

    def letters(self) -> list[dict[str, Any]]:
        """The dead letters."""
        dlq = DeadLetterQueue(self.data_dir)
        try:
            return dlq.get_recent(100)
        finally:
            dlq.close()

    def writes(self) -> int:
        """How many requests have changed Plex."""
        return self.plex.journal.count("edit", "rate", "picture_upload", "picture_select")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    clock = Clock()
    with FakePlex(clock=clock) as plex, FakeStash(clock=clock) as stash:
        built = Bench(tmp_path, plex, stash, clock)
        yield built
        built.parts.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()
