"""The shapes of what the tab Overview shows of the whole library. Times are epoch seconds."""

from typing import Literal, TypedDict


class Coverage(TypedDict):
    """Where Stash's scenes are, each in one of these; `unseen` is null where nobody knows how many there are.

    `in_plex` are equal there, `waiting` on their way, `held` wait for an answer, `missing` have no file in Plex,
    `left_out` are so by a setting or by themselves, `failed` otherwise, `unseen` were never compared.
    """

    in_plex: int
    waiting: int
    held: int
    missing: int
    left_out: int
    failed: int
    unseen: int | None


class Hour(TypedDict):
    """How many scenes were synced in the hour that began `at`, and how many tries failed."""

    at: float
    synced: int
    failed: int


class AnsweringServer(TypedDict):
    """Who a server is, and when the worker had its last answer, after how long; null before the first one."""

    name: str
    version: str
    answered_at: float | None
    answer_s: float | None


class EndedPause(TypedDict):
    """A pause of the last day; `ended_at` is null while it lasts."""

    title: str
    started_at: float
    ended_at: float | None


class LibraryAnswer(TypedDict):
    """The whole library at a glance.

    `day` are the last 24 hours, the oldest first. `compared_at` is when Stash and Plex were compared last, and
    `compares_at` when they are next; null for never.
    """

    coverage: Coverage
    day: list[Hour]
    plex: AnsweringServer
    stash: AnsweringServer
    compared_at: float | None
    compares_at: float | None
    pauses: list[EndedPause]


class MissingFolder(TypedDict):
    """A folder of Stash, and how many scenes in it have no file in Plex."""

    folder: str
    count: int


class MissingAnswer(TypedDict):
    """Where the scenes are that Plex lacks, the largest folder first; `looked_at` of them were looked at.

    `scene_ids` are a page of those; `jobs_in` is the list in which most of their jobs stand, "" where they have none.
    """

    folders: list[MissingFolder]
    looked_at: int
    scene_ids: list[int]
    page: int
    per_page: int
    total: int
    jobs_in: Literal["", "retrying", "dead"]
