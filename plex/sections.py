"""Which libraries are meant by what the user typed, and which one holds a folder. Pure."""

from collections.abc import Iterable, Sequence

from matching.paths import is_windows, split, tail_below
from plex.errors import PlexMisconfigured
from plex.listing import ITEM_TYPES
from plex.model import Section


def select_sections(sections: Iterable[Section], wanted: Sequence[str] = ()) -> list[Section]:
    """Return the movie and TV libraries that `wanted` names, in the server's order; all if it names none.

    An entry is a library's exact name or its id; a name wins over an id. Names may hold commas and blanks: "Movies,
    Old, TV" is read as the libraries "Movies, Old" and "TV" where they exist, whether it comes as one text or was cut
    at its commas before. Raise PlexMisconfigured, with the valid ones, for a name that no library or more than one has,
    or one of another kind.
    """
    known = list(sections)
    usable = [section for section in known if section.type in ITEM_TYPES]
    if not usable:
        raise PlexMisconfigured("this Plex server has no movie or TV library")
    names = [name for name in wanted if name.strip()]
    if not names:
        return usable
    chosen = {section.key for name in _names(names, known) for section in [_section_named(name, known, usable)]}
    return [section for section in usable if section.key in chosen]


def section_of_folder(sections: Iterable[Section], folder: str) -> list[Section]:
    """Return the sections with a location that is `folder` or lies above it; none for a folder with ".."."""
    if ".." in split(folder).parts:
        return []
    return [section for section in sections if any(_holds(location, folder) for location in section.locations)]


def _holds(location: str, folder: str) -> bool:
    return bool(location) and tail_below(folder, location, fold=is_windows(location)) is not None


def _names(entries: Sequence[str], known: list[Section]) -> list[str]:
    """Return the entries as names: a name that was cut at its commas is put together again, longest first."""
    pieces = [
        piece
        for entry in entries
        for piece in ([entry] if sections_named(entry, known) else entry.split(","))
        if piece.strip()
    ]
    names = []
    while pieces:
        length = next((n for n in range(len(pieces), 1, -1) if sections_named(",".join(pieces[:n]), known)), 1)
        names.append(",".join(pieces[:length]))
        del pieces[:length]
    return names


def _section_named(name: str, known: list[Section], usable: list[Section]) -> Section:
    found = sections_named(name, known)
    fitting = [section for section in found if section in usable]
    if len(fitting) == 1:
        return fitting[0]
    valid = ", ".join(f'"{section.title}" (id {section.key})' for section in usable)
    if fitting:
        raise PlexMisconfigured(
            f'plex_library: several libraries are called "{name.strip()}"; use an id. There are: {valid}'
        )
    if found:
        raise PlexMisconfigured(f'plex_library: "{name.strip()}" holds neither movies nor TV. There are: {valid}')
    raise PlexMisconfigured(f'plex_library: Plex has no library "{name.strip()}". There are: {valid}')


def sections_named(name: str, known: Sequence[Section]) -> list[Section]:
    """Return matches by exact name, else by name but for blanks around it and its commas, else by id."""
    exact = [section for section in known if section.title == name]
    loose = exact or [section for section in known if _loose(section.title) == _loose(name)]
    return loose or [section for section in known if str(section.key) == name.strip()]


def _loose(name: str) -> str:
    return ",".join(part.strip() for part in name.split(","))
