"""What an older Python than 3.11 says instead of a trace: which it is, where, and Stash's setting for it. A save is kept all the same.

What is imported here must be readable by Python 3.6: no newer syntax, and types in quotes where a newer Python is needed to make sense of them.
"""

import json
import sys

from logs import stash as log

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TextIO

NEEDED = "3.11"
_KEPT = "This save is kept, and is synced then."
_LEFT = "The task Reconcile Stash and Plex finds this save then."


def refuse(stdin: "TextIO", stdout: "TextIO") -> int:
    """Answer any document with one sentence about this Python, and one about what becomes of the save; the exit status.

    Source: Stash's pkg/python/exec.go takes the Python of its setting, else the first python3 or python in PATH.
    """
    said = " ".join(filter(None, (_sentence(), _save(stdin))))
    log.error(said)
    stdout.write(json.dumps({"error": said}) + "\n")
    stdout.flush()
    return 1


def _sentence() -> str:
    version = ".".join(str(part) for part in sys.version_info[:3])
    where = f" ({sys.executable})" if sys.executable else ""
    return (
        f"Stash2Plex needs Python {NEEDED} or newer, and Stash starts it with Python {version}{where}: install a newer one where Stash runs, and enter"
        " its path in Stash under Settings > System > Python Executable Path (python_path in Stash's config.yml)."
    )


def _save(stdin: "TextIO") -> str:
    """What becomes of the save, or "" where the document is of none."""
    try:
        document = json.loads(stdin.buffer.read().decode("utf-8-sig"))
        context = document["args"]["hookContext"]
    except (ValueError, LookupError, TypeError):
        return ""
    try:
        from entry.folder import data_dir, queue_dir
        from entry.spool import keep_beside
        from worker.process.launch import place_of_another

        folder = data_dir()
        other = place_of_another(folder, document.get("server_connection"))
        return _KEPT if keep_beside(context, queue_dir(folder), other) else ""
    except Exception as error:  # noqa: BLE001 - whatever an old Python stumbles over, the sentence is what counts
        return f"{_LEFT} It could not be kept ({error})."
