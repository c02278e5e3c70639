"""The shapes of all answers, as the page receives them. Times are epoch seconds; `None` arrives as null."""

from typing import Literal, TypedDict

FieldValue = str | float | list[str] | None
"""A field's value: text, a rating from 0 to 10, or a list of tags. None, "" and [] are empty."""

Tone = Literal["good", "busy", "waiting", "bad", "setup"]


class Sentence(TypedDict):
    """How things are: `text`, then "since …" where `since_at` is there, then `rest`; `advice` says what to do, or is ""."""

    tone: Tone
    text: str
    since_at: float | None
    rest: str
    advice: str


class Reason(TypedDict):
    """Why jobs failed or scenes were left out: `kind` for filters, `title` and `advice` for people."""

    kind: str
    title: str
    advice: str
    count: int


class Counts(TypedDict):
    """`waiting` holds all that is not in progress, `retrying` those of it that failed before; `in_plex` counts scenes."""

    waiting: int
    retrying: int
    in_progress: int
    dead: int
    in_plex: int
    skipped: int


class Pause(TypedDict):
    """Why nothing is sent; `kind` as in docs/architecture.md."""

    kind: str
    reason: str
    started_at: float
    needs_person: bool


class Progress(TypedDict):
    """How far a run of a task is; `left_s` is None until there is a speed."""

    done: int
    total: int
    per_s: float
    left_s: float | None


class Badge(TypedDict):
    """What the icon in the bar shows: nothing where `count` is 0."""

    count: int
    text: str


class Overview(TypedDict):
    """`settled` counts every job that ever ended: two answers give a speed."""

    version: str
    now: float
    sentence: Sentence
    counts: Counts
    retrying: list[Reason]
    dead: list[Reason]
    skipped: list[Reason]
    last_sync_at: float | None
    next_due_at: float | None
    pause: Pause | None
    worker_alive: bool
    can_wake: bool
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


class Change(TypedDict):
    """One field before and after. Of a picture both values are ""."""

    field: str
    name: str
    before: FieldValue
    after: FieldValue


class Sync(TypedDict):
    """One item that was changed."""

    id: int
    scene_id: int
    rating_key: int
    at: float
    changes: list[Change]


class History(TypedDict):
    """The newest first; `before` of the next page, or None."""

    syncs: list[Sync]
    next_before: int | None


class SceneBrief(TypedDict):
    """A scene as lists show it; `cover` is a path on Stash."""

    id: int
    title: str
    path: str
    cover: str


class Scenes(TypedDict):
    """`total` is how many there are on all pages."""

    scenes: list[SceneBrief]
    total: int


class Setting(TypedDict):
    """One setting. `stored` is what Stash's page holds (never of a secret), `value` what counts; `overridden_by` names who overrules Stash, or "".

    `control` is text, address, secret, switch, number, list, choice, choices, libraries or rules.
    """

    key: str
    name: str
    help: str
    control: str
    default: str
    empty: str
    example: str
    choices: list[str]
    least: float
    most: float
    stored: str | float | bool | None
    value: str
    is_set: bool
    source: str
    overridden_by: str
    in_stash: bool
    problem: str


class SettingsGroup(TypedDict):
    """Settings under one heading."""

    name: str
    settings: list[Setting]


class Settings(TypedDict):
    """Everything that can be set. `problems` are sentences about what cannot be used, `notes` about what works otherwise than expected."""

    groups: list[SettingsGroup]
    configured: bool
    missing: str
    paused: bool
    dry_run: bool
    problems: list[str]
    notes: list[str]
    stash_version: str


class Saved(TypedDict):
    """What was saved: `problems` by key, and then nothing was."""

    saved: bool
    problems: dict[str, str]
    settings: Settings | None


class Library(TypedDict):
    """One library of the Plex server; `usable` is whether it holds movies or TV."""

    key: int
    title: str
    type: str
    locations: list[str]
    usable: bool
    chosen: bool


class Check(TypedDict):
    """What a look at the server gave. `setting` is the key of the one to mend, `problem` and `advice` say how; all "" where `ok`."""

    ok: bool
    problem: str
    advice: str
    setting: str
    server: str
    server_version: str
    libraries: list[Library]
    answer_ms: float


class Folder(TypedDict):
    """A library folder of Stash, and where its files are in Plex: by a rule, inferred, or as they are ("same", "unknown")."""

    stash_path: str
    plex_path: str
    how: Literal["rule", "inferred", "same", "unknown"]


class Example(TypedDict):
    """One file of a scene and what came of it."""

    scene_id: int
    stash_path: str
    plex_paths: list[str]
    result: Literal["match", "ambiguous", "miss"]
    note: str


class Mapping(TypedDict):
    """Stash's folders beside Plex's, and what rules would do. `state` is "reading" while the worker reads Plex's paths."""

    state: Literal["ready", "reading"]
    stash_folders: list[Folder]
    plex_folders: list[str]
    inferred: list[str]
    conflicts: list[str]
    suggested: str
    rules: str
    rules_problem: str
    looked_at: int
    total: int
    match: int
    ambiguous: int
    miss: int
    examples: list[Example]


class Kept(TypedDict):
    """A field that stays as Plex has it, and why."""

    field: str
    name: str
    shown: FieldValue
    wanted: FieldValue
    why: str


class ItemPreview(TypedDict):
    """What would be done to one item."""

    rating_key: int
    title: str
    changes: list[Change]
    kept: list[Kept]


class ScenePreview(TypedDict):
    """What would be done for one scene: `items`, or `why_not`."""

    scene_id: int
    title: str
    items: list[ItemPreview]
    why_not: str
    differs: bool


class Preview(TypedDict):
    """A page of a preview; nothing was written. `next_after` is the argument `after` of the next page, or None."""

    scenes: list[ScenePreview]
    looked_at: int
    differing: int
    next_after: int | None
    total: int


class SceneField(TypedDict):
    """One field of one scene in one item, from all three sides."""

    field: str
    name: str
    stash: FieldValue
    plex: FieldValue
    written: FieldValue
    locked: bool
    kept: bool
    differs: bool
    note: str


class SceneItem(TypedDict):
    """One item of a scene. `plex_known` is false where Plex could not be asked; `can_undo` where we know what it showed before."""

    rating_key: int
    title: str
    plex_known: bool
    synced_at: float | None
    can_undo: bool
    fields: list[SceneField]


class SceneState(TypedDict):
    """Everything about one scene. `why_not` says why it is not in Plex, `problem` why Plex or Stash could not be asked."""

    scene_id: int
    title: str
    items: list[SceneItem]
    why_not: str
    problem: str
    job: Job | None
    history: list[Sync]
