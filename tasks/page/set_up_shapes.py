"""The shapes of the answers of Set-up about the server and the folders, as the page receives them."""

from typing import Literal, TypedDict


class Library(TypedDict):
    """One library of the Plex server; `usable` is whether it holds movies or TV."""

    key: int
    title: str
    locations: list[str]
    usable: bool
    chosen: bool


class CheckAnswer(TypedDict):
    """What a look at the server gave. `setting` is the key of the one to change, `problem` and `advice` say how.

    All three are "" where `ok`. `note` is what works but will not last, or "". `savable` is whether `ui_save` would
    take what was typed, although it does not work now. `understood` is the address that was looked at where the typed
    one lacked something, else "".
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
    understood: str


class SignInBegun(TypedDict):
    """A sign-in at Plex that was begun: the page on which to approve it. `ticket` shows who has begun it."""

    url: str
    ticket: str


class OfferedAddress(TypedDict):
    """An address that a server says it has; `answers` is whether that server answers there, as seen from here."""

    url: str
    answers: bool


class OfferedServer(TypedDict):
    """A server of the account that has signed in: `id` is its machine identifier."""

    id: str
    name: str
    addresses: list[OfferedAddress]


class SignInAnswer(TypedDict):
    """How far the sign-in is; the servers once it was approved. No token.

    `problem` is why plex.tv could not be asked just now, else "": the sign-in goes on, and the next look may tell more.
    """

    state: Literal["none", "waiting", "approved"]
    servers: list[OfferedServer]
    problem: str


class Folder(TypedDict):
    """A library folder of Stash, and where its files are in Plex: by a rule, inferred, or as they are.

    Of the scenes looked at, `match` of its `scenes` were found; `lost` were found with the rules that are saved only.
    """

    stash_path: str
    plex_path: str
    how: Literal["rule", "inferred", "same", "unknown"]
    scenes: int
    match: int
    lost: int


class Example(TypedDict):
    """One file of a scene and what came of it; `note` says why it is not found, or is ""."""

    scene_id: int
    stash_path: str
    plex_paths: list[str]
    result: Literal["match", "ambiguous", "miss"]
    note: str


class MappingAnswer(TypedDict):
    """Stash's folders beside Plex's, and what rules would do; "reading" while the worker reads Plex's paths.

    `read_at` is when it had read them whole; while `is_reading` it reads them once more. `lost` counts the scenes that
    are found with the rules that are saved and not with these.
    """

    state: Literal["ready", "reading"]
    read_at: float | None
    is_reading: bool
    lost: int
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
