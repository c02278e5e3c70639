"""`config.yaml` in the data folder: whether it is there, and its text. What the text says is read by settings.config_yaml."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

from settings.problems import Problem, SettingsError

FILE_NAME: Final = "config.yaml"
MAX_BYTES: Final = 256 * 1024

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain] | None"


@dataclass(frozen=True, slots=True)
class Config:
    """The file's values by key, every scalar as its text (None where nothing stands), and the line of each key, counted from 1."""

    values: Mapping[str, Plain] = field(default_factory=dict, repr=False)  # may hold the token
    lines: Mapping[str, int] = field(default_factory=dict)


def read_config(path: str | Path) -> Config:
    """The file at `path`; an empty Config if there is none.

    Raises:
        SettingsError: the file cannot be read, is too large, or is no YAML of the form `key: value`; with line and column.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return Config()
    except OSError as error:
        refuse(f"cannot be read ({error.strerror})")
    if len(raw) > MAX_BYTES:
        refuse(f"is larger than {MAX_BYTES // 1024} KB")
    # Here, because few have the file, and yaml costs a worker 15 ms before its first job.
    from settings.config_yaml import parse_config

    try:
        return parse_config(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        refuse("is not UTF-8", raw.count(b"\n", 0, error.start) + 1)


def refuse(message: str, line: int = 0, column: int = 0) -> NoReturn:
    """Raise the SettingsError that says what is wrong with the file, and where."""
    at = "".join((f", line {line}" if line else "", f", column {column}" if column else ""))
    raise SettingsError([Problem(FILE_NAME, "", f"the data folder{at}", "", message)]) from None
