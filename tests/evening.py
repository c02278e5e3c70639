"""A short run with everything in it, for the documents.

What the real thing writes down while a user saves, renames, deletes, and Plex goes away.

`python -m tests.evening` writes it into them.
"""

import re
import sys
import tempfile
from pathlib import Path

from tests.documents import ROOT
from tests.house import House

PLEX_URL = "http://127.0.0.1:32400"
SHOWN_IN = {"log": "docs/operations.md", "status": "docs/operations.md"}


class Evening:
    """What the log, the task's lines and the data folder were at its end.

    `files` are their names, `methods` those of the requests to Plex.
    """

    def __init__(self, house: House) -> None:
        bunny, sintel, tears, cosmos = house.add(
            "Big Buck Bunny", "Sintel", "Tears of Steel", "Cosmos Laundromat", tags=["Animation"], studio="Open Movies"
        )
        new = house.stash.add_scene(path="/data/movies/Spring/Spring.mkv")
        house.stash.save_scene(new, title="Spring")
        house.wait(lambda: "waits" in house.log())
        house.save(bunny, title="Big Buck Bunny", details="A giant rabbit.", rating100=80, date="2008-04-10")
        self._settle(house)
        house.save(sintel, details="A girl looks for her dragon.", director="Colin Example", performer_ids=[])
        self._settle(house)
        house.stash.rename_tag(1, "Animated")
        house.wait(lambda: "tag 1" in house.log())
        self._settle(house)
        house.plex.refuse()
        house.save(tears, rating100=90)
        house.wait(lambda: "Paused" in house.log())
        house.plex.accept()
        house.wait(lambda: "Going on" in house.log())
        self._settle(house)
        house.stash.destroy_scene(cosmos.scene_id)
        house.wait(lambda: "is gone" in house.log())
        self._settle(house)
        run = house.stash.wait_for_task(house.stash.run_task("View Queue Status"), timeout_s=30)
        self.status = self._shown("\n".join(text for _, text in reversed(run.log)), house)  # as the Logs page has it
        self.log = self._shown(house.log(), house)
        self.methods = {record.method for record in house.plex.journal.records()}
        self.files = {
            str(path.relative_to(house.data_dir))
            for path in house.data_dir.rglob("*")
            if not path.is_dir() and not path.name.endswith(("-wal", "-shm"))
        }

    @staticmethod
    def _shown(text: str, house: House) -> str:
        """`text` with Plex at its usual port, and without how often the worker came to rest, which varies."""
        lines = text.replace(house.plex.url, PLEX_URL).splitlines()
        return "\n".join(line for line in lines if "Nothing is due any more" not in line)

    @staticmethod
    def _settle(house: House) -> None:
        """Until nothing but the new film is left, which waits for Plex."""
        house.wait(lambda: (house.stats()["pending"], house.stats()["in_progress"]) == (1, 0))


def masked(text: str) -> str:
    """`text` without times, spans and numbers of processes."""
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d( [+-]\d{4})?", "<time>", text)
    text = re.sub(r"process \d+", "process <number>", text)
    return re.sub(r"\b\d+(\.\d)? (s|min|h)\b", "<span>", text)


def main() -> None:
    """Run it once, and show it in the documents."""
    with tempfile.TemporaryDirectory() as folder, House(Path(folder), settings={"path_rules": ""}) as house:
        evening = Evening(house)
    for name, document in SHOWN_IN.items():
        text = (ROOT / document).read_text(encoding="utf-8")
        head, mark, rest = text.partition(f"<!-- {name} -->\n```text\n")
        _, end, tail = rest.partition("\n```")
        (ROOT / document).write_text(f"{head}{mark}{getattr(evening, name)}{end}{tail}", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
