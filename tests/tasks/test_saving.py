"""What saving leaves behind when Stash takes nothing."""

import pytest

from settings.resolve import resolve
from settings.sources import read_token_file
from stash.errors import StashUnreachable
from tasks.context import TaskContext
from tasks.page.saving import token_kept

STASH = {"plex_url": "http://192.168.1.10:32400", "plex_token": "token-of-ada-0815"}


def test_token_is_as_before_when_stash_did_not_take_the_address(bare: TaskContext) -> None:
    with token_kept(bare) as bounds:
        bounds.give(resolve(STASH, {}).settings)
    before = read_token_file(bare.data_dir)
    assert before.token == STASH["plex_token"]

    def save_while_stash_is_away() -> None:
        with token_kept(bare) as bounds:
            bounds.give(resolve({"plex_url": "http://tower:32400", "plex_token": "another-token"}, {}).settings)
            raise StashUnreachable("Stash did not answer")

    with pytest.raises(StashUnreachable):
        save_while_stash_is_away()
    assert read_token_file(bare.data_dir) == before
