"""One value of a setting as it stands somewhere, not read yet, and the problem where it cannot be used."""

from dataclasses import dataclass
from typing import Final

from settings.readers import Value, read
from settings.settings import BadValueError, Problem, Source
from settings.spec import Kind, Spec

SHOWN_CHARACTERS: Final = 80


@dataclass(frozen=True, slots=True)
class Stated:
    """A raw value; `place` is where it stands, for people."""

    raw: object
    source: Source
    place: str

    def read(self, spec: Spec, of: str = "") -> Value | Problem:
        """Return the value, or the problem with it; `of` is what the value holds for, if not for everything."""
        try:
            return read(self.raw, spec)
        except BadValueError as error:
            return Problem(f"{of}{spec.key}", spec.display_name, self.place, shown(self.raw, spec), str(error))


def shown(raw: object, spec: Spec) -> str:
    """Return `raw` as people may see it: shortened, and never what may be a secret."""
    text = str(raw)
    # A token pasted into the field of the address, or behind it as a parameter, must not be shown either.
    looks_secret = spec.kind is Kind.ADDRESS and ("://" not in text or any(sign in text for sign in "@?#"))
    if spec.kind is Kind.HIDDEN or looks_secret:
        return "(not shown)"
    return f'"{text}"' if len(text) <= SHOWN_CHARACTERS else f'"{text[:SHOWN_CHARACTERS]}…"'
