"""The shapes of the answers about scenes, as the page receives them; see tasks.page.shapes."""

from typing import Literal, TypedDict

from tasks.page.job_shapes import Job

ShownValue = str | float | list[str] | None
"""A field's value: text, a rating from 0 to 10, or a list of tags. None, "" and [] are empty."""


class ShownChange(TypedDict):
    """One field before and after. Of a picture both values are ""."""

    field: str
    name: str
    before: ShownValue
    after: ShownValue


class ShownSync(TypedDict):
    """One item that was changed; `is_undo` where it was put back."""

    id: int
    scene_id: int
    rating_key: int
    at: float
    changes: list[ShownChange]
    is_undo: bool


class HistoryAnswer(TypedDict):
    """The newest first; `before` of the next page, or None."""

    syncs: list[ShownSync]
    next_before: int | None


class ShownRun(TypedDict):
    """One task, or the saves of one hour, as far as it changed Plex: `undone` of its `items` are put back."""

    run: str
    title: str
    began_at: float
    ended_at: float
    items: int
    undone: int


class UndoState(TypedDict):
    """What came of an undo: a `text` once it has ended, and a line for each thing that was left as it is."""

    asked_at: float
    state: Literal["running", "done", "failed"]
    text: str
    notes: list[str]


class RunsAnswer(TypedDict):
    """The newest first; `last` is the last undo of one of them, or None."""

    runs: list[ShownRun]
    last: UndoState | None


class SceneBrief(TypedDict):
    """A scene as lists show it."""

    id: int
    title: str
    path: str


class ScenesAnswer(TypedDict):
    """`total` is how many there are on all pages."""

    scenes: list[SceneBrief]
    total: int


class ShownPicture(TypedDict):
    """A poster or background as Plex shows it: a `data:` address, and its size in pixels."""

    address: str
    width: int
    height: int


class LeftPictures(TypedDict):
    """Rating keys of items whose pictures were not got to."""

    posters: list[int]
    backgrounds: list[int]


class PicturesAnswer(TypedDict):
    """By rating key. An item whose picture Plex does not give is not there; those `left` are to be asked for again."""

    posters: dict[int, ShownPicture]
    backgrounds: dict[int, ShownPicture]
    left: LeftPictures


class SceneField(TypedDict):
    """One field of one scene in one item, from all three sides.

    `differs`: a sync would write it. `can_take`: so would an answer for this field alone, also where a sync keeps what
    Plex has.
    """

    field: str
    name: str
    stash: ShownValue
    plex: ShownValue
    written: ShownValue
    locked: bool
    kept: bool
    differs: bool
    can_take: bool
    note: str


class ScenePicture(TypedDict):
    """What the `field` "poster" or "background" is made of, in words; `path` is the source's address in Stash.

    `how` is "" where the source is sent as it is, else "group", "canvas" or "crop".
    """

    field: str
    made_of: str
    path: str
    how: str


class SceneItem(TypedDict):
    """One item of a scene; where there is none `rating_key` is 0, and `title` says why.

    `plex_known` is false where Plex could not be asked. `can_undo`: it is known what the item showed before. `library`
    is the title of the item's library, "" where Plex could not be asked.
    """

    rating_key: int
    title: str
    library: str
    pictures: list[ScenePicture]
    plex_known: bool
    synced_at: float | None
    can_undo: bool
    fields: list[SceneField]


class TriedPath(TypedDict):
    """A path that a file may have in Plex, and the titles of the libraries with its folder."""

    path: str
    libraries: list[str]


class SearchedLibrary(TypedDict):
    """A library that is synced, with its folders as Plex sees them."""

    title: str
    folders: list[str]


class Lookup(TypedDict):
    """Where the `files` of a scene were looked for in vain: at the paths `tried`, in these `libraries`.

    `leaves_out`: the setting skip_not_in_plex is on.
    """

    files: list[str]
    tried: list[TriedPath]
    libraries: list[SearchedLibrary]
    leaves_out: bool


class LeftOutItem(TypedDict):
    """An item with a file of the scene, in a library that does not take it, and why."""

    rating_key: int
    library: str
    why: str


class PlexServer(TypedDict):
    """The server as a browser finds it: its machineIdentifier, and the address of the settings. Without a token."""

    id: str
    address: str


class LastChange(TypedDict):
    """The last sync of a scene that can be undone: its fields by the names that people read."""

    at: float
    fields: list[str]


class SceneState(TypedDict):
    """Everything about one scene.

    `except_tags` are the tags by which the settings leave scenes out.
    `last_change` is the last sync that can be undone, `undone` the last undo. `why_not` says why the scene is not
    synced, `lookup` where Plex lacks its files, `left_out` which of its items, `problem` why Plex or Stash could not be
    asked. `stamp` as in SceneNews.
    """

    scene_id: int
    items: list[SceneItem]
    left_out: list[LeftOutItem]
    lookup: Lookup | None
    server: PlexServer | None
    why_not: str
    except_tags: list[str]
    problem: str
    history: list[ShownSync]
    last_change: LastChange | None
    undone: UndoState | None
    stamp: str


CardMark = Literal["in_plex", "waiting", "missing", "failed", "left_out"]


class CardMarksAnswer(TypedDict):
    """How scenes stand, by id as text; one of which nothing is known is not there."""

    marks: dict[str, CardMark]


class SceneNews(TypedDict):
    """The job or the dead letter of one scene. `stamp` changes whenever Plex is worth asking again."""

    job: Job | None
    stamp: str
