"""A connection to Plex for an operation: reads only, and writes nothing that belongs to the worker but the name we have with Plex."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from plex.client import PlexClient
from records import Records
from settings.model import Settings
from tasks.context import TaskContext
from worker.version import VERSION

MOST_WAIT_S = 20.0
"""Somebody is looking at the page; the worker has the patience of the setting."""


@contextmanager
def plex(context: TaskContext, settings: Settings) -> Iterator[PlexClient]:
    """The server of `settings`. Raises PlexError."""
    client = PlexClient.connect(
        settings.plex_url,
        settings.plex_token,
        client_identifier=_client_identifier(context),
        timeout_s=min(settings.plex_timeout_s, MOST_WAIT_S),
        verify=not settings.skip_tls_verify,
        version=VERSION,
    )
    try:
        yield client
    finally:
        client.close()


def _client_identifier(context: TaskContext) -> str:
    """Ours, the same in every process: made once, by whoever comes first."""
    with Records(Path(context.data_dir, "state.db")) as records:
        return records.facts.client_identifier(lambda: str(uuid.uuid4()))
