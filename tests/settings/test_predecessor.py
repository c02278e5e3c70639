from pathlib import Path

import pytest

from settings.predecessor import files_of_predecessor


def test_files_of_predecessor_names_what_only_the_other_plugin_makes(tmp_path: Path) -> None:
    for name in ("device_id.json", "sync_timestamps.json", "dlq.db", "state.db", "worker.lock", "config.yaml"):
        (tmp_path / name).touch()
    assert files_of_predecessor(str(tmp_path)) == ("device_id.json", "sync_timestamps.json")


@pytest.mark.parametrize("folder", [".", "not there"])
def test_files_of_predecessor_are_none_when_it_was_never_here(tmp_path: Path, folder: str) -> None:
    assert files_of_predecessor(str(tmp_path / folder)) == ()
