"""`python -m bench [line …] [--size quick] [--write]`: run all or some lines, print one table."""

import argparse
import sys
import time
from importlib import import_module
from typing import Final

from bench import document
from bench.figures import Figure, as_text
from bench.size import Size

LINES: Final = (
    "hook",
    "latency",
    "drain",
    "unchanged",
    "index",
    "queue",
    "rename",
    "idle",
    "page",
    "compare",
    "posters",
    "everything",
)
"""Each a module of this package with TITLE, LIMIT and measure(size)."""


def main() -> int:
    """Run, print, and write the document if that was asked for."""
    asked = _arguments()
    done: list[tuple[str, str, str, list[Figure]]] = []
    for name in asked.lines or LINES:
        module = import_module(f"bench.{name}")
        print(f"{module.TITLE} …", file=sys.stderr, end="", flush=True)
        started = time.perf_counter()
        figures = module.measure(asked.size)
        print(f" {time.perf_counter() - started:.0f} s", file=sys.stderr)
        done.append((name, module.TITLE, module.LIMIT, figures))
    print(f"\n{as_text([(title, figures) for _, title, _, figures in done])}")
    missed = [figure for _, _, _, figures in done for figure in figures if not figure.is_met]
    targets = sum(figure.most is not None for _, _, _, figures in done for figure in figures)
    print(f"\n{targets - len(missed)} of {targets} targets are met")
    for figure in missed:
        print(f"  {figure.what}: {figure.verdict}")
    if asked.write:
        document.write(done)
        print(f"{document.PATH} is written")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure what Stash2Plex costs, in ratios.")
    parser.add_argument("lines", nargs="*", choices=[*LINES, []], help="all of them where none is named")
    parser.add_argument("--size", type=Size, choices=list(Size), default=Size.FULL)
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
