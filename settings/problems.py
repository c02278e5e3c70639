"""What is wrong with the settings, all of it at once, in the words of the user's settings page."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One setting that cannot be used.

    Attributes:
        setting: its key, e.g. "max_retries"; for config.yaml as a whole "config.yaml".
        name: what the settings page calls it; "" for an unknown key.
        source: where the value came from, e.g. "the environment variable MAX_RETRIES" or "config.yaml, line 3".
        value_shown: the value, shortened; never a secret.
        message: what is wrong and what is accepted.
    """

    setting: str
    name: str
    source: str
    value_shown: str
    message: str

    def __str__(self) -> str:
        called = f"{self.name} ({self.setting})" if self.name else self.setting
        value = f" = {self.value_shown}" if self.value_shown else ""
        return f"{called}{value}, from {self.source}: {self.message}"


class SettingsError(Exception):
    """Settings that cannot be used as they are. `problems` has every one of them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class UnreadableError(ValueError):
    """One value that its setting does not accept; the message says what it accepts."""
