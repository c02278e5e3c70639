"""Noticing that a connection is a new one. urllib3 replaces one that broke while it was idle without a word, and behind the new one another server may answer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.connection import is_connection_dropped

if TYPE_CHECKING:
    from urllib3.connection import HTTPConnection


class WatchedAdapter(HTTPAdapter):
    """Counts the connections that are made; otherwise as its base."""

    def __init__(self) -> None:
        self.connects = 0
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Give the pools connections that count. Called by the base's constructor."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {
            "http": _watched(HTTPConnectionPool, self._count),
            "https": _watched(HTTPSConnectionPool, self._count),
        }

    def is_broken(self) -> bool:
        """Whether a kept connection was closed from the other side, so that the next request will make a new one."""
        pools = self.poolmanager.pools
        kept = [pools[key].pool for key in pools.keys()]  # noqa: SIM118 - it cannot be iterated: it may change meanwhile
        return any(
            is_connection_dropped(connection)
            for queue in kept
            if queue is not None
            for connection in list(queue.queue)
            if connection is not None and connection.sock is not None
        )

    def _count(self) -> None:
        self.connects += 1


def _watched(pool: type[HTTPConnectionPool], note: Callable[[], None]) -> type[HTTPConnectionPool]:
    base: type[HTTPConnection] = pool.ConnectionCls  # type: ignore[assignment]  # a protocol there, a class in fact

    class Counting(base):  # type: ignore[misc, valid-type]  # the base is known at run time only
        def connect(self) -> None:
            super().connect()
            note()

    return type(pool.__name__, (pool,), {"ConnectionCls": Counting})
