"""A connection to Plex for an operation: reads only, and writes nothing that belongs to the worker but the name we have with Plex."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plex.client import PlexClient
from records import Records
from settings.settings import Settings
from tasks.context import TaskContext
from worker.sync.plex_link import SERVER
from worker.sync.token_bounds import TokenBounds, server_check
from worker.version import VERSION

MOST_WAIT_S = 20.0
"""Somebody is looking at the page; the worker has the patience of the setting."""


@contextmanager
def plex(context: TaskContext, settings: Settings, *, is_typed: bool = False) -> Iterator[PlexClient]:
    """The server of `settings`. Raises PlexError.

    `is_typed`: the user has typed the token for just this address, and saved neither yet. Otherwise it goes only where it was given for.
    """
    bounds = TokenBounds(context.data_dir)
    used_with = "" if is_typed else bounds.require(settings)
    client_identifier, known = _known(context)
    client = PlexClient.connect(
        settings.plex_url,
        settings.plex_token,
        client_identifier=client_identifier,
        timeout_s=min(settings.plex_timeout_s, MOST_WAIT_S),
        verify=not settings.skip_tls_verify,
        version=VERSION,
        is_right=server_check(known["id"] or used_with, known["name"], lambda: False),
    )
    try:
        if not is_typed:
            bounds.took(settings, client.machine_identifier)
        yield client
    finally:
        client.close()


def _known(context: TaskContext) -> tuple[str, dict[str, str]]:
    """Our client identifier, the same in every process and made by whoever comes first; and the server that is synced."""
    with Records(Path(context.data_dir, "state.db")) as records:
        name = records.facts.client_identifier(lambda: str(uuid.uuid4()))
        return name, records.facts.get(SERVER) or {"id": "", "name": ""}
