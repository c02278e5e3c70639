"""The settings in force: read from Stash, config.yaml and the environment, believed for some seconds, and the same for a whole batch."""

import os
import time
from collections.abc import Callable
from typing import Final

from logs.redact import Redactor
from settings.config_file import FILE_NAME, read_config
from settings.model import Settings
from settings.parse import SettingsError, resolve
from settings.token_file import read_token_file
from worker.errors import NotConfiguredError, PausedByUserError
from worker.sync.stash_link import StashLink

MAX_AGE_S: Final = 10.0
"""How long settings are believed while one batch follows the other."""


class SettingsInForce:
    """Invariant: they stay the same from one `refresh` to the next, so that no batch is planned by one and written by another."""

    def __init__(
        self,
        data_dir: str,
        stash: StashLink,
        redactor: Redactor,
        *,
        clock: Callable[[], float] = time.monotonic,
        max_age_s: float = MAX_AGE_S,
        heeds_pause: bool = True,
    ) -> None:
        """`clock` is monotonic seconds; without `heeds_pause` the switch `paused` is passed over."""
        self._data_dir = data_dir
        self._stash = stash
        self._redactor = redactor
        self._clock = clock
        self._max_age_s = max_age_s
        self._heeds_pause = heeds_pause
        self._settings: Settings | None = None
        self._read_at = float("-inf")

    def current(self) -> Settings:
        """The settings of this batch.

        Raises:
            NotConfiguredError: something is missing or wrong; says what.
            PausedByUserError: the switch `paused` is on.
            StashError: they had to be read, and Stash did not answer.
        """
        settings = self._settings or self._read_anew()
        if settings.paused and self._heeds_pause:
            raise PausedByUserError("the setting paused is on; saves are recorded and wait")
        return settings

    def refresh(self) -> Settings:
        """Before a batch: the settings as they are now (at most `max_age_s` old). Raises as `current`."""
        if self._stash.has_other_settings():
            self.forget()
        if self._clock() - self._read_at >= self._max_age_s:
            self._read_anew()
        return self.current()

    def forget(self) -> None:
        """Read the settings anew at the next `refresh`; until that succeeds the ones of before stay known."""
        self._read_at = float("-inf")

    @property
    def is_known(self) -> bool:
        """Whether the settings have been read yet."""
        return self._settings is not None

    @property
    def last(self) -> Settings:
        """The settings read last; the defaults before. Asks nobody."""
        return self._settings or Settings()

    def _read_anew(self) -> Settings:
        self._settings, self._read_at = self._read(), self._clock()
        self._stash.wait_at_most(self._settings.stash_timeout_s)
        return self._settings

    def _read(self) -> Settings:
        try:
            config = read_config(os.path.join(self._data_dir, FILE_NAME))
            own = read_token_file(self._data_dir).token
            given = self._stash.configuration().plugin_settings
            settings = resolve(given, self._stash.environ, config, own).settings
        except SettingsError as error:
            raise NotConfiguredError([str(problem) for problem in error.problems]) from error
        self._redactor.add(settings.plex_token)
        if not settings.is_configured:
            raise NotConfiguredError([settings.what_is_missing()])
        return settings
