"""How much to break, and by which seed: read once, from the environment that `python -m tests.torture` sets."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Final

LENGTH: Final = "STASH2PLEX_TORTURE"
SEED: Final = "STASH2PLEX_TORTURE_SEED"
DEFAULT_SEED: Final = 20261123


@dataclass(frozen=True, slots=True)
class Scale:
    """`is_long` for `make torture`; `seed` decides every choice."""

    is_long: bool
    seed: int

    @classmethod
    def read(cls, environ: Mapping[str, str] = os.environ) -> "Scale":
        """As the environment says; short, with the fixed seed, where it says nothing."""
        return cls(environ.get(LENGTH) == "long", int(environ.get(SEED) or DEFAULT_SEED))

    def pick(self, short: int, long: int) -> int:
        """The number for this length."""
        return long if self.is_long else short

    def random(self, name: str) -> Random:
        """The choices of one test, the same for the same seed whatever other tests draw."""
        return Random(f"{self.seed}:{name}")
