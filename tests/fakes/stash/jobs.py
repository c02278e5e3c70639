"""Stash's job queue: one job at a time, in order, each with a state and a progress."""

import itertools
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

Work = Callable[["Job"], None]
Listener = Callable[[str, "Job"], None]
"""Told "ADD", "UPDATE" or "REMOVE", and the job; a job is removed once it has ended, however that was. Source: pkg/job/manager.go of Stash 0.30.1."""


@dataclass(slots=True)
class Job:
    """One job; field names are those of the wire, times whole epoch seconds.

    A plugin that answers an error still ends FINISHED: Stash only logs the error. Source: Stash 0.30.1.
    """

    id: int
    description: str
    addTime: int  # noqa: N815  # a name of the wire
    work: Work = field(repr=False)
    kill: Callable[[], None] = field(repr=False)
    status: str = "READY"
    progress: float | None = None
    startTime: int | None = None  # noqa: N815  # a name of the wire
    endTime: int | None = None  # noqa: N815  # a name of the wire
    subTasks: tuple[str, ...] = ()  # noqa: N815  # a name of the wire
    error: str | None = None
    progressed: threading.Event = field(default_factory=threading.Event, repr=False)
    ended: threading.Event = field(default_factory=threading.Event, repr=False)

    def set_progress(self, value: float) -> None:
        """Take over a progress value of the plugin, 0 to 1."""
        self.progress = value
        self.progressed.set()


class JobQueue:
    """Runs jobs one after another in a thread that lives from `start` to `stop`."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._ids = itertools.count(1)
        self._jobs: dict[int, Job] = {}
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Tell `listener` of every job from now on, in the thread that moves it; what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listeners)

    def _tell(self, what: str, job: Job) -> None:
        for listener in list(self._listeners):
            listener(what, job)

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Kill what runs, drop what waits, and end the thread."""
        for job in self.waiting():
            self.cancel(job.id)
        self._queue.put(None)
        if self._thread:
            self._thread.join(timeout=10)

    def add(self, description: str, work: Work, kill: Callable[[], None]) -> Job:
        """Queue a job; `work` gets the job itself, `kill` ends it early."""
        job = Job(next(self._ids), description, self._now(), work, kill)
        self._jobs[job.id] = job
        self._tell("ADD", job)
        self._queue.put(job)
        return job

    def find(self, job_id: int) -> Job | None:
        """A job by id; ended ones stay known."""
        return self._jobs.get(job_id)

    def waiting(self) -> list[Job]:
        """Jobs that run or wait."""
        return [job for job in self._jobs.values() if not job.ended.is_set()]

    def cancel(self, job_id: int) -> None:
        """Stop a job: one that runs is killed without warning."""
        job = self._jobs.get(job_id)
        if job and not job.ended.is_set():
            running, job.status = job.status == "RUNNING", "CANCELLED"
            if running:
                job.kill()

    def _run(self) -> None:
        while (job := self._queue.get()) is not None:
            if job.status == "READY":
                job.status, job.startTime = "RUNNING", self._now()
                self._tell("UPDATE", job)
                job.work(job)
            job.status = "CANCELLED" if job.status == "CANCELLED" else "FINISHED"
            job.endTime = self._now()
            job.ended.set()
            self._tell("REMOVE", job)
