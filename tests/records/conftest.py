import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from records import Records
from records.migrations import MIGRATIONS, upgrade
from storage.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def records(path: Path) -> Iterator[Records]:
    with Records(path) as opened:
        yield opened


def of_version(path: Path, version: int) -> Database:
    """The file as an older version of the plugin left it."""
    return Database(path, version, lambda connection, found: upgrade(connection, found, MIGRATIONS[:version]))


def rows(path: Path, sql: str) -> list[tuple[Any, ...]]:
    """What another program reads in the file."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(sql).fetchall()
