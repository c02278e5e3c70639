"""The shapes of the answers about settings, the connection and the mapping, as the page receives them."""

from typing import Literal, TypedDict


class Setting(TypedDict):
    """One setting. `stored` is what Stash's page holds (never of a secret), `value` what counts; `overridden_by` names who overrules Stash, or "".

    `control` is text, address, secret, switch, number, list, choice, choices, libraries or rules. `line` is a line of config.yaml that sets it,
    where Stash's page does not hold it; else "".
    """

    key: str
    name: str
    help: str
    control: str
    default: str
    example: str
    choices: list[str]
    least: float
    most: float
    stored: str | float | bool | None
    value: str
    is_set: bool
    overridden_by: str
    line: str
    problem: str


class SettingsGroup(TypedDict):
    """Settings under one heading."""

    name: str
    settings: list[Setting]


class Settings(TypedDict):
    """Everything that can be set. `problems` are sentences about what cannot be used, `notes` about what works otherwise than expected.

    `config_file` is the path of config.yaml where Stash runs. `token_in_stash`: a token stands in Stash's settings, where everybody sees it who may ask Stash.
    """

    groups: list[SettingsGroup]
    configured: bool
    paused: bool
    dry_run: bool
    problems: list[str]
    notes: list[str]
    config_file: str
    token_in_stash: bool


class Saved(TypedDict):
    """What was saved: `problems` by key, and then nothing was."""

    saved: bool
    problems: dict[str, str]
    settings: Settings | None


class Library(TypedDict):
    """One library of the Plex server; `usable` is whether it holds movies or TV."""

    key: int
    title: str
    locations: list[str]
    usable: bool
    chosen: bool


class Check(TypedDict):
    """What a look at the server gave. `setting` is the key of the one to mend, `problem` and `advice` say how; all "" where `ok`. `note` is what works but will not last, or "".

    `savable` is whether `ui_save` would take what was typed, although it does not work now.
    """

    ok: bool
    problem: str
    advice: str
    setting: str
    server: str
    server_version: str
    libraries: list[Library]
    answer_ms: float
    note: str
    savable: bool


class Folder(TypedDict):
    """A library folder of Stash, and where its files are in Plex: by a rule, inferred, or as they are ("same", "unknown")."""

    stash_path: str
    plex_path: str
    how: Literal["rule", "inferred", "same", "unknown"]


class Example(TypedDict):
    """One file of a scene and what came of it; `note` says why it is not found, or is ""."""

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
    conflicts: list[str]
    suggested: str
    rules_problem: str
    looked_at: int
    total: int
    match: int
    ambiguous: int
    miss: int
    examples: list[Example]
