"""Runs the demo; exit status 0 only if Plex showed everything as it should."""

import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from tests.demo import acts
from tests.demo.films import FILMS
from tests.demo.stage import PLEX_ANSWERS_AFTER_MS, Stage

_ACTS = (acts.saving, acts.changing, acts.renaming, acts.killing, acts.outage)


def main() -> int:
    """Every act, then the sum of them."""
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="stash2plex-demo-") as folder:
        stage = Stage.build(Path(folder))
        try:
            print(
                "Stash2Plex on two stand-in servers. Each save runs the plugin's process as Stash does; the worker is a true process, too."
            )
            print(
                f"Stash {stage.house.stash.url}   Plex {stage.house.plex.url} (answers after {PLEX_ANSWERS_AFTER_MS:g} ms)"
            )
            print("Times are from the user's click on Save until Plex shows it.")
            for act in _ACTS:
                act(stage)
            return _sum_up(stage, time.perf_counter() - started)
        finally:
            stage.house.close()


def _sum_up(stage: Stage, seconds: float) -> int:
    times, right = stage.times, not stage.wrong
    print()
    for problem in stage.wrong:
        print(f"WRONG  {problem}")
    print(
        f"{'All right' if right else 'NOT right'} in {seconds:.0f} s: {len(FILMS)} films; save to Plex {times['cold'][0]:.2f} s with no worker running,"
        f" {median(times['warm']):.2f} s with one (median of {len(times['warm'])}); hook {median(stage.hook_times()):.0f} ms (median);"
        f" everything of the outage in Plex {times['back'][0]:.2f} s after it was back; {len(stage.wrong)} things wrong, nothing lost."
        if right
        else f"NOT right: {len(stage.wrong)} things are not as they should be."
    )
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
