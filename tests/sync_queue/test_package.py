import subprocess
import sys
from pathlib import Path

import pytest

import sync_queue

ROOT = Path(sync_queue.__file__).parent.parent


@pytest.mark.parametrize("name", sync_queue.__all__)
def test_package_exports_every_name_when_it_is_first_used(name: str) -> None:
    assert getattr(sync_queue, name).__name__ == name
    assert name in dir(sync_queue)


def test_package_says_what_is_missing_when_a_name_is_unknown() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = sync_queue.nonsense


def test_hook_path_imports_nothing_heavy_when_a_row_is_appended(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from sync_queue.append import AppendOnlyQueue\n"
        "queue = AppendOnlyQueue(sys.argv[2]); queue.put({'a': 1}) if len(sys.argv) > 3 else None\n"
        "print(*sorted(name for name in sys.modules if not name.startswith('_')))"
    )
    command = [sys.executable, "-S", "-c", code, str(ROOT), str(tmp_path / "queue")]
    subprocess.run([*command, "first, which makes the file"], check=True, capture_output=True)
    loaded = subprocess.run([*command, "second"], check=True, capture_output=True, text=True).stdout.split()
    heavy = {"json", "re", "typing", "dataclasses", "pathlib", "logging", "datetime", "sqlite3", "threading"}
    assert not (heavy | {"functools", "collections", "types"}) & set(loaded)
    assert [name for name in loaded if name.startswith(("sync_queue", "persistqueue"))] == [
        "sync_queue",
        "sync_queue.append",
        "sync_queue.schema",
    ]
