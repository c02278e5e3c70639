"""Numbers and lengths of time as people read them."""

from typing import Final

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86_400.0


def span(seconds: float) -> str:
    """Return a length of time: "8 s", "12 min", "3.5 h", "4 days"."""
    seconds = max(0.0, seconds)
    if seconds < 1.5 * _MINUTE_S:
        return f"{seconds:.0f} s"
    if seconds < 1.5 * _HOUR_S:
        return f"{seconds / _MINUTE_S:.0f} min"
    return f"{seconds / _HOUR_S:.1f} h" if seconds < 2 * _DAY_S else f"{seconds / _DAY_S:.0f} days"


def counted(number: int, singular: str, plural: str = "") -> str:
    """Return a number and its noun, as "1 job" or "1,204 jobs"; give `plural` where it is not `singular` with an s."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


def as_sentence(text: str) -> str:
    """Return `text` with a capital and an end; "" for a blank one."""
    text = text.strip()
    return f"{text[:1].upper()}{text[1:]}{'' if text[-1:] in '.!?' else '.'}" if text else ""
