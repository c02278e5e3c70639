"""What another program left in the data folder that people should know of: jobs of unknown scenes, dead letters."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from logs.words import counted
from sync_queue.aside_rows import count_aside
from tasks.context import TaskContext
from tasks.output import by_kind


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """What another program left.

    Attributes:
        rows: jobs of its that waited, of which nobody knows the scene.
        letters: what it gave up and was not synced since, by the type of the error.
    """

    rows: int = 0
    letters: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, context: TaskContext) -> "LeftBehind":
        """Return what lies in the data folder now."""
        with context.letters() as letters:
            return cls(count_aside(context.queue_dir), letters.get_foreign_summary())

    @property
    def offer(self) -> str:
        """Why a sync of everything is due, as a sentence; "" where it is not."""
        if not self.rows:
            return ""
        jobs = counted(
            self.rows, "job that another program left waiting is", "jobs that another program left waiting are"
        )
        return f"{jobs} of unknown scenes. Sync All Scenes to Plex reaches them, whichever they are."

    @property
    def given_up(self) -> str:
        """What became of its dead letters, as a sentence; "" where there are none."""
        if not self.letters:
            return ""
        count = sum(self.letters.values())
        gave_up = f"Another program gave {counted(count, 'job')} up before: {by_kind(self.letters)}."
        return (
            f"{gave_up} Each goes from this list once its scene is synced; Sync All Scenes to Plex tries all of them."
        )

    def lines(self) -> Iterator[str]:
        """Return the sentences that there are."""
        yield from filter(None, (self.offer, self.given_up))
