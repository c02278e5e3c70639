"""Where everything durable lives. On the hook's path: no import that a hook does not pay for anyway."""

import os

from sync_queue.schema import FOLDER

DATA_DIR_VARIABLE = "STASH_PLUGIN_DATA"
PLUGIN_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SCRIPT = os.path.join(PLUGIN_DIR, "Stash2Plex.py")


class DataFolderError(OSError):
    """The data folder cannot be used; the message names it and what to do."""


def data_dir() -> str:
    """STASH_PLUGIN_DATA, else `data` beside the plugin; created for its owner only.

    Raises:
        DataFolderError: it cannot be created.
    """
    folder = chosen_folder()
    if not os.path.isdir(folder):
        try:
            os.makedirs(folder, mode=0o700, exist_ok=True)
        except OSError as error:
            raise DataFolderError(
                f"the data folder {folder} cannot be created ({error.strerror}); "
                f"make it writable for Stash, or set {DATA_DIR_VARIABLE} to a folder that is"
            ) from error
    return folder


def chosen_folder() -> str:
    """As `data_dir`, and nothing is made."""
    return os.environ.get(DATA_DIR_VARIABLE) or os.path.join(PLUGIN_DIR, "data")


def queue_dir(folder: str) -> str:
    """The queue's folder inside the data folder."""
    return os.path.join(folder, FOLDER)
