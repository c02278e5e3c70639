"""What holds for every test."""

import compileall
from pathlib import Path

import pytest
from hypothesis import settings

from tests.machine import is_left_out, skips

_LONG = Path(__file__).parent / "ui"

# Examples are counted, not timed: a machine that is busy with something else must not make a property fail.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(*names): what a test needs of the machine, see tests/machine.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    is_asked_for = any(is_left_out(Path(argument.partition("::")[0]).resolve()) for argument in config.args)
    return True if not is_asked_for and is_left_out(collection_path) else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for skip in skips(item):
            item.add_marker(skip)
    # A file goes to one process as a whole. The long ones are the page's: begun last, they would run alone at the end.
    items.sort(key=lambda item: not item.path.is_relative_to(_LONG))


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plugin's folder as Stash has it after an installation, compiled; nobody writes to it."""
    from tests.house import install

    folder = install(tmp_path_factory.mktemp("stash") / "plugins" / "Stash2Plex")
    assert compileall.compile_dir(folder, quiet=1)
    return folder
