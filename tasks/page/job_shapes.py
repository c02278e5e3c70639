"""The shapes of the lists of jobs, as the page receives them. Times are epoch seconds."""

from typing import Literal, TypedDict

from tasks.page.shapes import Reason


class About(TypedDict):
    """What a job is about: `what` names it if that is no scene.

    Where it is one `field` of the scene alone, `name` is what people call that; both are "" else.
    """

    scene_id: int | None
    what: str
    field: str
    name: str


class Job(About):
    """A job as lists show it. `id` is that of the row or letter."""

    id: int
    state: Literal["waiting", "in_progress", "dead"]
    kind: str
    title: str
    detail: str
    advice: str
    attempts: int
    at: float
    next_try_at: float | None
    can_retry: bool


class JobFolder(TypedDict):
    """A folder, with those below it, and how many jobs are about a file in it."""

    folder: str
    count: int


class JobsAnswer(TypedDict):
    """A page of the list `chosen`, of one `reason` ("" for all of them) out of `reasons`.

    `folders` has where the files of that reason are, "" the only folder that it was narrowed to; none where the reason
    is about no files. `until` is when it was looked at: an answer for many goes back with it, and means no job that
    came into the list later.
    """

    chosen: str
    reason: str
    folders: list[JobFolder]
    jobs: list[Job]
    total: int
    page: int
    per_page: int
    until: float
    reasons: list[Reason]
