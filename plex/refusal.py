"""Why fields of an edit were not written. What finds it out is plex.apart."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a field was not written, for people. `is_of_field`: it is refused of every item, with what it shows, too."""

    why: str
    is_of_field: bool = False


KNOWN: Final = Refusal("Plex refuses this field of every item, whatever its value", is_of_field=True)
"""Why a field is not even sent."""

Refused: TypeAlias = Mapping[str, Refusal]
"""Our name of a field to why it was not written."""
