"""A stand-in Plex Media Server: real HTTP on loopback, with state, a request log and switchable faults.

It follows what is known of Plex, not what a client of ours would like: listings cut tags, an edit without an id hits the whole
section, pictures can never be deleted. Where two readings of Plex are possible, `Options` has both.

Example: `with FakePlex() as plex: key = plex.state.add_section("Movies", locations=["/media"]).key; plex.state.add_item(key, "/media/Sintel.mkv")`
"""

from tests.fakes.plex.faults import Fault, Faults
from tests.fakes.plex.journal import Journal, Record
from tests.fakes.plex.model import ItemSnapshot, Section
from tests.fakes.plex.options import Options
from tests.fakes.plex.process import PlexProcess
from tests.fakes.plex.server import FakePlex
from tests.fakes.plex.state import State

__all__ = [
    "FakePlex",
    "Fault",
    "Faults",
    "ItemSnapshot",
    "Journal",
    "Options",
    "PlexProcess",
    "Record",
    "Section",
    "State",
]
