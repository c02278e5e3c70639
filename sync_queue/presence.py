"""Which processes have the queue open to take jobs out of it: seen by a lock on the queue's folder, which ends with the process however that ends."""

import os
import time

from sync_queue.files import StrPath
from sync_queue.held import try_lock
from sync_queue.lock import open_folder

_GAP_S = 0.02
_PATIENCE_S = 5.0


class Presence:
    """This process, as others see it from `enter` to `leave`. Where folders cannot be locked, as on Windows, nobody sees anybody."""

    def __init__(self, folder: StrPath) -> None:
        self._folder = os.fspath(folder)
        self._descriptor: int | None = None

    def is_first(self) -> bool:
        """Whether nobody else is here. If so, whoever comes waits for our `enter`."""
        if self._descriptor is None:
            self._descriptor = open_folder(self._folder)
        return self._try(shared=False)

    def enter(self) -> None:
        """Be seen from now on."""
        if self._descriptor is None:
            self._descriptor = open_folder(self._folder)
        deadline = time.monotonic() + _PATIENCE_S
        while not self._try(shared=True) and time.monotonic() < deadline:
            time.sleep(_GAP_S)

    def leave(self) -> None:
        """Be seen no more."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _try(self, *, shared: bool) -> bool:
        try:
            return self._descriptor is None or try_lock(self._descriptor, shared=shared)
        except OSError:
            return True
