"""A real Stash, as the environment names it."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.contract.beliefs import REAL
from tests.contract.disk import named_folder
from tests.contract.stash.probe import PROBE_ID, Probe
from tests.contract.stash.scratch import Scratch
from tests.contract.stash.wire import Wire
from tests.contract.stopping import orderly
from tests.waiting import next_second

_RELOAD: Final = "mutation { reloadPlugins }"


def is_named(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether there is a real server to ask."""
    return bool(environment.get("STASH_CONTRACT_URL"))


@contextmanager
def real_stash(environment: Mapping[str, str] = os.environ) -> Iterator[Scratch]:
    """The Stash that `STASH_CONTRACT_URL` names, without anything of ours afterwards."""
    wire = Wire(environment["STASH_CONTRACT_URL"], environment.get("STASH_CONTRACT_API_KEY", ""))
    plugins = environment.get("STASH_CONTRACT_PLUGINS")
    probe = Probe(Path(plugins), PROBE_ID, lambda: wire.ask(_RELOAD)) if plugins else None
    try:
        with orderly():
            if probe:
                probe.install()
            with Scratch(
                wire, REAL, lambda: next_second(lambda: _date(wire)), probe, named_folder("STASH", environment)
            ).opened() as stash:
                yield stash
    finally:
        if probe:
            probe.remove()
        wire.close()


def _date(wire: Wire) -> str:
    return wire.post("{ version { version } }").headers.get("Date", "")
