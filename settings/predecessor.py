"""The other Stash2Plex (trek-e), which has our plugin id: what shows that it was here before us.

Its settings stay in Stash under that id, its files in the data folder. Both are read only, and believed on evidence
only: our own settings, and everybody who never had it, must not notice that it exists.
"""

from pathlib import Path
from typing import Final

_FILES: Final = (
    "device_id.json",
    "sync_timestamps.json",
    "circuit_breaker.json",
    "outage_history.json",
    "recovery_state.json",
    "reconciliation_state.json",
)
"""What it alone puts into the data folder. Source: trek-e/Stash2Plex 1.6.14, plex/device_identity.py (made at each of
its starts), sync_queue/operations.py, worker/ and reconciliation/. Its queue and dead letters lie where ours do."""


def files_of_predecessor(data_dir: str) -> tuple[str, ...]:
    """Return the names of the other Stash2Plex's files in the data folder; () where it was never here."""
    return tuple(name for name in _FILES if Path(data_dir, name).exists())
