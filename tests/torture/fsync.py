"""`python -m tests.torture.fsync FOLDER SEED`.

Lives as in tests.torture.mortal until it is killed, and notes what the disk is certain to have.

SQLite promises that a commit with `synchronous` FULL has reached the disk. So after each hook's row, and after each
intent before an edit, the number of frames in the write-ahead log is noted: a power cut may take whatever came behind
them.
"""

import random
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from records import Intent, Original
from sync_queue.spool import Spool
from tests.open_files import connections_to
from tests.torture import mortal

_HEADER: Final = 32
_FRAME: Final = 24
_INDEX_HEADER: Final = 136
_SALT: Final = 32
_BACKFILLED: Final = 96
_BACKFILL_ATTEMPTED: Final = 128


@dataclass(frozen=True, slots=True)
class Log:
    """A write-ahead log: which one since the file was made (`salt`), and how many frames of it are there.

    Source: sqlite.org/fileformat2.html, section 4.1.
    """

    salt: int
    frames: int
    page_bytes: int = 4096

    @classmethod
    def read(cls, path: Path) -> "Log":
        """The log at `path`; an empty one where there is none."""
        content = path.read_bytes() if path.exists() else b""
        if len(content) < _HEADER:
            return cls(0, 0)
        page_bytes, salt = struct.unpack_from(">I", content, 8)[0], struct.unpack_from(">Q", content, 16)[0]
        step = _FRAME + page_bytes
        starts = range(_HEADER, len(content) - step + 1, step)
        frames = next(
            (number for number, start in enumerate(starts) if struct.unpack_from(">Q", content, start + 8)[0] != salt),
            len(starts),
        )
        return cls(salt, frames, page_bytes)

    def bytes_of(self, frames: int) -> int:
        """The length of a log of `frames` frames."""
        return _HEADER + frames * (_FRAME + self.page_bytes)


def frames_checkpointed(shm: Path, log: Log) -> int:
    """How many frames of `log` have begun to go into the database: the log was synced up to them before.

    Source: sqlite.org/walformat.html, section 2.2.

    All of them, where the index has begun another log and the file has not yet.
    """
    content = shm.read_bytes() if shm.exists() else b""
    if len(content) < _INDEX_HEADER:
        return 0
    if struct.unpack_from(">Q", content, _SALT)[0] != log.salt:
        return log.frames
    return max(struct.unpack_from("=I", content, at)[0] for at in (_BACKFILLED, _BACKFILL_ATTEMPTED))


class Noting(mortal.Life):
    """A life that notes what must survive a power cut, at the moment from which on it must."""

    def __init__(self, servers: mortal.Servers, chance: random.Random, now: float) -> None:
        super().__init__(servers, chance, now)
        before_edits = self.records.before_edits

        def noted(originals: Iterable[Original], intents: Iterable[Intent]) -> None:
            before_edits(originals, intents)
            self.note("state.db")

        self._is_full = False
        for connection in connections_to(servers.data_dir / "queue" / "data.db"):
            connection.set_trace_callback(self.hear)  # in its thread, before each statement
        self.records.before_edits = noted  # type: ignore[method-assign]  # listening, not replacing
        self.note("queue/data.db")
        self.note("state.db")

    def save(self, scene_id: int) -> None:
        version = self._servers.save(scene_id)
        job = mortal.create_sync_job(scene_id, mortal.METADATA, {"fields": ["title"]}, now=self.now)
        if self._chance.random() < 0.5:
            Spool(str(self._servers.data_dir / "queue")).put(job)
        else:
            self.hook.put(job)
            self.note("queue/data.db")
        self._servers.note("confirmed", scene_id, version)

    def hear(self, statement: str) -> None:
        """Note the queue's log when the worker stops to commit with FULL; called before each statement."""
        if self._is_full and statement == "PRAGMA synchronous = NORMAL":
            self.note("queue/data.db")
        self._is_full = statement == "PRAGMA synchronous = FULL" or (self._is_full and "NORMAL" not in statement)

    def note(self, name: str) -> None:
        """The frames of this file's log are on the disk now."""
        log = Log.read(self._servers.data_dir / f"{name}-wal")
        self._servers.note(f"synced-{Path(name).name}", log.salt, log.frames)


def main(folder: str, seed: str) -> None:
    """Live until killed."""
    life = Noting(mortal.Servers(Path(folder)), random.Random(seed), 1.0)
    sys.stdout.write("living\n")
    sys.stdout.flush()
    while True:
        life.go_on()


if __name__ == "__main__":
    main(*sys.argv[1:])
