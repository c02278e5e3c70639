"""A stand-in Stash: a real HTTP server with state, hooks, a request log and faults that can be switched on.

It follows the captured documents, not the needs of our client.
"""

from tests.fakes.stash.databases import Backup
from tests.fakes.stash.faults import Fault
from tests.fakes.stash.library import ResolverError
from tests.fakes.stash.model import Scene
from tests.fakes.stash.plugin_host import HookRun
from tests.fakes.stash.plugin_process import PluginRun
from tests.fakes.stash.remote import RemoteStash
from tests.fakes.stash.server import FakeStash

__all__ = ["Backup", "FakeStash", "Fault", "HookRun", "PluginRun", "RemoteStash", "ResolverError", "Scene"]
