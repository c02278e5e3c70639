"""Which library of Plex is meant by each name in the setting `libraries`, and what should be known about that.

A name that was found once is remembered with its section key: a library that was renamed in Plex keeps its settings.
What names no library has no effect, and is said wherever settings are looked at.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from plex.listing import ITEM_TYPES
from plex.model import Section
from plex.sections import sections_named
from settings.settings import Settings


def places(settings: Settings, sections: Sequence[Section], known: Mapping[str, int]) -> dict[str, int]:
    """Return the section key of each name in `settings.libraries`, as far as it is known.

    `sections` are all of the server, `known` what this returned before.
    """
    usable = [section for section in sections if section.type in ITEM_TYPES]
    found: dict[str, int] = {}
    for name in (each.name for each in settings.libraries):
        keys = [section.key for section in sections_named(name, usable)]
        key = keys[0] if len(keys) == 1 else known.get(name)
        if key is not None:
            found[name] = key
    return found


def for_section(settings: Settings, known: Mapping[str, int], section_key: int) -> Settings:
    """Return the settings in force for a library, by `known` as `places` returns it."""
    return settings.for_library([name for name, key in known.items() if key == section_key])


def notes(
    settings: Settings, sections: Sequence[Section], chosen: Iterable[Section], known: Mapping[str, int]
) -> list[str]:
    """Return a sentence, without its end, for each name in `settings.libraries` that is not simply a synced library.

    `sections` are all of the server, `chosen` those that are synced.
    """
    now, synced = places(settings, sections, known), {section.key for section in chosen}
    return [note for each in settings.libraries for note in _of_name(each.name, now, sections, synced)]


def _of_name(name: str, now: Mapping[str, int], sections: Sequence[Section], synced: set[int]) -> Iterator[str]:
    present = [section.key for section in sections]
    key, found = now.get(name), sections_named(name, sections)
    of = f'the settings for the library "{name}"'
    if key not in present:
        why = "several libraries are called so; use an id" if len(found) > 1 else "Plex has no such library"
        yield f"{of} have no effect: {why}. All libraries go by what is set for them, or for all"
    elif key not in [section.key for section in found]:
        yield f"{of} hold for the one with the id {key}, which was called so before; call it as it is called now"
    elif key not in synced:
        yield f"{of} have no effect: that library is not synced (setting plex_library)"
    first = next(other for other, place in now.items() if place == key) if key is not None else name
    if first != name:
        yield f'"{first}" and "{name}" in the setting libraries are one library; of what both set "{first}" counts'
