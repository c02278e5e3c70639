"""The shapes of the answers about the queue, as the page receives them. Times are epoch seconds; `None` arrives as null."""

from typing import Literal, TypedDict

Tone = Literal["good", "busy", "waiting", "bad", "setup"]


class Sentence(TypedDict):
    """How things are: `text`, then "since …" or the next try where those times are there, then `rest`; `advice` says what to do, or is "".

    `said` is for reading aloud: the same while only numbers change.
    """

    tone: Tone
    text: str
    since_at: float | None
    rest: str
    advice: str
    said: str
    next_try_at: float | None


class Reason(TypedDict):
    """Why jobs failed or scenes were left out: `kind` for filters, `title` and `advice` for people."""

    kind: str
    title: str
    advice: str
    count: int


class Counts(TypedDict):
    """No job counts twice: `waiting` has not been tried, `retrying` failed and will be, `dead` was given up. `in_plex` and `skipped` count scenes."""

    waiting: int
    retrying: int
    in_progress: int
    dead: int
    in_plex: int
    skipped: int


class Pause(TypedDict):
    """Why nothing is sent; `kind` as in docs/architecture.md."""

    kind: str
    started_at: float


class Progress(TypedDict):
    """How far a long drain is; `left_s` is None until there is a speed."""

    done: int
    total: int
    per_s: float
    left_s: float | None


class Badge(TypedDict):
    """What the icon in the bar shows: nothing where `count` is 0."""

    count: int
    text: str


class HeldExample(TypedDict):
    """One field that is held, in words."""

    scene_id: int
    text: str


class Held(TypedDict):
    """The question about what would be emptied in many items at once; the answer reaches what was held up to `until`."""

    items: int
    text: str
    examples: list[HeldExample]
    since_at: float
    until: float


class Overview(TypedDict):
    """`settled` counts every job that ever ended: two answers give a speed. `news_due`: no worker lives that would ask Stash what it did by itself. `refused` are sentences about fields that Plex does not take, `sick` about libraries and items that it does not list."""

    version: str
    now: float
    sentence: Sentence
    counts: Counts
    skipped: list[Reason]
    refused: list[str]
    sick: list[str]
    last_sync_at: float | None
    pause: Pause | None
    held: Held | None
    can_wake: bool
    news_due: bool
    progress: Progress | None
    settled: int
    badge: Badge


class Job(TypedDict):
    """One row of a list of jobs. `id` is the queue's row or the letter's id; `what` names what it is about where that is no scene."""

    id: int
    state: Literal["waiting", "in_progress", "dead"]
    scene_id: int | None
    what: str
    kind: str
    title: str
    detail: str
    advice: str
    attempts: int
    at: float
    next_try_at: float | None
    can_retry: bool


class Jobs(TypedDict):
    """A page of a list; `reasons` are what it can be narrowed to."""

    jobs: list[Job]
    total: int
    page: int
    per_page: int
    reasons: list[Reason]


class Done(TypedDict):
    """What an action did, in numbers and words."""

    count: int
    text: str
