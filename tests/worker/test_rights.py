"""What is said of a token that others can read."""

from pathlib import Path

import pytest

from worker.process.hosting import warn_of_rights
from worker.process.pipe import WakePipe


@pytest.mark.needs("rights", "fifos")
@pytest.mark.parametrize(("mode", "is_told"), [(0o600, False), (0o644, True), (0o640, True)])
def test_token_that_others_can_read_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, mode: int, is_told: bool
) -> None:
    """As on a network share or FAT, which keep no rights."""
    pipe = WakePipe(str(tmp_path))
    pipe.open()
    token = tmp_path / "plex-token.json"
    token.write_text("{}")
    token.chmod(mode)
    warn_of_rights(str(tmp_path), pipe)
    pipe.close()
    warnings = [line for line in caplog.messages if "others than Stash can read your Plex token" in line]
    assert bool(warnings) is is_told
    assert all(f"{token} has the rights {mode:o}" in line for line in warnings)
