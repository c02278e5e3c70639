"""A plugin that writes down every document it is given: what Stash really puts on stdin. Needs nothing but a shell."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from time import time
from typing import Any, Final

from tests.documents import manifest
from tests.waiting import wait_until

PROBE_ID: Final = "Stash2PlexContractProbe"
_LIFE_S: Final = 600
_DEADLINE_S: Final = 10.0

# Were a run killed, the plugin would stay in Stash: after ten minutes it does nothing. Its file of a document is
# readable for us where Stash runs as another user; the folder cannot be listed by others, because a document holds a
# cookie.
_SCRIPT: Final = """\
folder=$(dirname "$0")/documents
read -r until < "$folder/until" && [ "$(date +%s)" -lt "$until" ] || exit 0
file=$(mktemp "$folder/half.XXXXXX") && cat > "$file" && chmod 644 "$file"
if grep -q contract-fails "$file"; then echo '{"error": "contract failed"}'; else echo '{"output": {"n": 1}}'; fi
mv "$file" "$folder/$(basename "$file" | sed s/half/whole/)"
"""


class Probe:
    """The plugin in a folder of plugins; `plugin_id` names it in Stash, `reload` has Stash read its plugins again."""

    def __init__(self, plugins: Path, plugin_id: str, reload: Callable[[], None]) -> None:
        self.plugin_id = plugin_id
        self.folder = plugins / plugin_id
        self._documents = self.folder / "documents"
        self._reload = reload

    @property
    def script(self) -> Path:
        """What Stash starts, with `sh`."""
        return self.folder / "probe.sh"

    def install(self) -> None:
        """Put the plugin there, with every event that ours asks for."""
        self.remove()
        self._documents.mkdir(parents=True)
        self._documents.chmod(0o733)
        (self._documents / "until").write_text(f"{time() + _LIFE_S:.0f}\n", encoding="utf-8")
        self.script.write_text(_SCRIPT, encoding="utf-8")
        events = manifest()["hooks"][0]["triggeredBy"] + ["Performer.Create.Post"]
        description = {
            "name": self.plugin_id,
            "exec": ["sh", "{pluginDir}/probe.sh"],
            "interface": "raw",
            "hooks": [{"name": "Write down", "triggeredBy": events}],
            "tasks": [{"name": "Write down", "defaultArgs": {"mode": "x", "days": 30}}],
        }
        (self.folder / f"{self.plugin_id}.yml").write_text(json.dumps(description), encoding="utf-8")
        self._reload()

    def remove(self) -> None:
        """Take it away again."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
            self._reload()

    def forget(self) -> None:
        """Delete the documents of before."""
        for file in self._documents.glob("whole.*"):
            file.unlink()

    def documents(self) -> list[Any]:
        """What came since `forget`, oldest first. Hooks are over when their request is answered."""
        files = sorted(self._documents.glob("whole.*"), key=lambda file: file.stat().st_mtime_ns)
        return [json.loads(file.read_text(encoding="utf-8")) for file in files]

    def awaited(self) -> Any:
        """The next document, of something that runs by itself."""
        return wait_until(self.documents, "a document", _DEADLINE_S)[0]
