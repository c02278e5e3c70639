"""A moment of Plex's, as people read it and as the wire has it: "2026-11-30 19:00:00 UTC" and 1796065200."""

from datetime import UTC, datetime, timedelta
from typing import Final

_FORM: Final = "%Y-%m-%d %H:%M:%S UTC"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


def moment_of(epoch_s: float) -> str:
    """Return a moment as text, which sorts by time; "" for 0 and for what no calendar has."""
    try:
        return (_EPOCH + timedelta(seconds=int(epoch_s))).strftime(_FORM) if epoch_s > 0 else ""
    except OverflowError:
        return ""


def epoch_of(moment: object) -> int:
    """Return the epoch seconds of what `moment_of` returned, 0 for anything else."""
    try:
        return int((datetime.strptime(str(moment), _FORM).replace(tzinfo=UTC) - _EPOCH).total_seconds())
    except ValueError:
        return 0
