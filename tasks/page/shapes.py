"""The shapes of the answers about the queue and the settings, as the page receives them. Times are epoch seconds."""

from typing import Any, Literal, TypedDict

from tasks.page.library_shapes import LibraryAnswer

Tone = Literal["good", "busy", "waiting", "bad", "setup"]


class Sentence(TypedDict):
    """How things are: `text`, then "since …" or the next try where those times are there, then `rest`.

    `advice` says what to do, or is "". `said` is for reading aloud: the same while only numbers change.
    """

    tone: Tone
    text: str
    since_at: float | None
    rest: str
    advice: str
    said: str
    next_try_at: float | None


class Reason(TypedDict):
    """Why jobs wait or failed, or scenes were left out: `kind` for filters, `title` and `advice` for people.

    `answers` are what a person can do about all of them: see tasks.reasons.Answer.
    """

    kind: str
    title: str
    advice: str
    count: int
    needs_person: bool
    answers: list[str]


class Counts(TypedDict):
    """No job counts twice. `in_plex` and `skipped` count scenes.

    `waiting` has not been tried, `retrying` failed and will be, `held` waits for an answer, `dead` was given up.
    """

    waiting: int
    retrying: int
    held: int
    in_progress: int
    dead: int
    in_plex: int
    skipped: int


class ShownPause(TypedDict):
    """Why nothing is sent; `kind` as in docs/operations.md."""

    kind: str
    started_at: float


class DrainProgress(TypedDict):
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


class HeldQuestion(TypedDict):
    """The question about what would be emptied in many items; the answer reaches what was held up to `until`."""

    items: int
    text: str
    examples: list[HeldExample]
    since_at: float
    until: float


class SettingsInShort(TypedDict):
    """What counts of the settings for how things are; see SettingsAnswer. `asks`: a predecessor's await a choice."""

    configured: bool
    paused: bool
    asks: bool
    card_marks: bool


class OverviewAnswer(TypedDict):
    """How things are.

    `settings` is null where the page has not said what Stash holds. `to_go` counts the jobs that are being sent now:
    the sentence, the progress and the lists have their numbers from this one moment. `never_seen` counts scenes of
    Stash that were never compared with Plex, null where nobody knows. `warnings` are sentences about an installation
    that cannot work.
    `settled` counts every job that ever ended: two answers give a speed. `news_due`: no worker lives that would ask
    Stash what it did by itself. `refused` are sentences about fields that Plex does not take, `sick` about libraries
    and items that it does not list. `offer` says why a sync of everything is due, `given_up` what another program gave
    up before; "" where there is nothing of the kind.
    """

    version: str
    now: float
    sentence: Sentence
    counts: Counts
    skipped: list[Reason]
    refused: list[str]
    sick: list[str]
    offer: str
    given_up: str
    last_sync_at: float | None
    last_change_at: float | None
    pause: ShownPause | None
    held: HeldQuestion | None
    can_wake: bool
    news_due: bool
    progress: DrainProgress | None
    to_go: int
    never_seen: int | None
    library: LibraryAnswer
    settings: SettingsInShort | None
    warnings: list[str]
    settled: int
    badge: Badge


class TogetherOne(TypedDict):
    """What one of several operations answered, or null and its `error` for people."""

    output: Any
    error: str


class TogetherAnswer(TypedDict):
    """The answers of several operations, in the order in which they were asked."""

    answers: list[TogetherOne]


class ActionDone(TypedDict):
    """What an action did, in numbers and words."""

    count: int
    text: str


class Setting(TypedDict):
    """One setting. `stored` is what Stash keeps (never of a secret), `value` what counts.

    `overridden_by` names who overrules Stash, or "". `control` is text, address, secret, switch, number, list, choice,
    choices, libraries, rules, title_format or tag_rules. `line` is a line of config.yaml that sets it, where Stash does
    not keep it.
    `choice_names` says what each of the `choices` is, or is empty.
    `by_library`: each library may have a value of its own.
    """

    key: str
    name: str
    help: str
    control: str
    default: str
    example: str
    choices: list[str]
    choice_names: list[str]
    least: float
    most: float
    stored: str | float | bool | None
    value: str
    is_set: bool
    overridden_by: str
    line: str
    problem: str
    by_library: bool


class OwnSetting(TypedDict):
    """What a library has of its own for one setting; the attributes are those of `Setting`."""

    stored: str | float | bool | None
    value: str
    overridden_by: str
    problem: str


class LibraryOwn(TypedDict):
    """What is set for one library, by key; `name` is its name or section id, as it was written."""

    name: str
    settings: dict[str, OwnSetting]


class SettingsGroup(TypedDict):
    """Settings under one heading."""

    name: str
    settings: list[Setting]


class TakenOverSetting(TypedDict):
    """One setting of ours whose value comes from the predecessor's settings `origins`."""

    key: str
    name: str
    value: str
    origins: list[str]


class PredecessorAnswer(TypedDict):
    """What the other Stash2Plex left, while nobody has chosen yet what holds of it.

    `files` are its files in the data folder, `without` its settings that have no counterpart here, `unread` those whose
    values could not be understood. `kept_meaning`: `preserve_plex_edits` is on, which meant something else there.
    """

    taken_over: list[TakenOverSetting]
    files: list[str]
    without: list[str]
    unread: list[str]
    kept_meaning: bool


class SettingsAnswer(TypedDict):
    """Everything that can be set.

    `predecessor` is null where there was none, or where a person has chosen. `problems` are sentences about what cannot
    be used, `notes` about what works otherwise than expected. `config_file` is the path of config.yaml where Stash
    runs. `token_in_stash`: a token stands in Stash's settings, where everybody sees it who may ask Stash. `stored` is
    what Stash held when this was read, with another word in the place of a token.
    """

    groups: list[SettingsGroup]
    libraries: list[LibraryOwn]
    configured: bool
    problems: list[str]
    notes: list[str]
    config_file: str
    token_in_stash: bool
    predecessor: PredecessorAnswer | None
    stored: dict[str, Any]


class SaveAnswer(TypedDict):
    """What was saved: `problems` by key, and then nothing was."""

    saved: bool
    problems: dict[str, str]
    settings: SettingsAnswer | None
