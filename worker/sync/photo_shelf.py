"""Performers' photos on disk: what Plex was told to fetch from us, under addresses that nobody can guess.

A file each in one folder, and the file's name says all: "4-1795393093-<name>.new" is a photo of performer 4 as of that
time. So what Plex was told outlives the worker, and no table beside the files can say otherwise than they.
"""

import hmac
import logging
import os
import re
import secrets
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from plex.artwork import picture_type
from storage.disk import FRESH, create, give_name, write_whole

log = logging.getLogger("stash2plex.worker")

FOLDER_NAME: Final = "photos"
"""In the data folder."""

MOST_BYTES: Final = 1024 * 1024 * 1024
"""Of all photos together. What is more is not sent, rather than that a disk is filled."""

DAY_S: Final = 86_400.0
WEEK_S: Final = 7 * DAY_S

_KEY_NAME: Final = "key"
_KEY: Final = re.compile("[0-9a-f]{64}")
_NAME_DIGITS: Final = 40
"""160 bits."""

_FILE: Final = re.compile(r"(\d{1,18})-(\d{1,18})-([0-9a-f]{40})\.(kept|new|shown|old)")
_KEPT, _NEW, _SHOWN, _OLD = "kept", "new", "shown", "old"


@dataclass(frozen=True, slots=True)
class _Photo:
    """One file.

    Attributes:
        moment: the `t` of the photo's address in Stash: another one means that the photo may be another.
        name: what Plex knows it by: made of the bytes, so that the same photo has the same address.
        state: "kept" until an edit names it to Plex, "new" until it was fetched, then "shown"; "old" where Plex was
            told of another one since.
        at: since when it is so (epoch seconds): the time of the file.
    """

    performer_id: int
    moment: int
    name: str
    state: str
    at: float

    @property
    def file_name(self) -> str:
        return f"{self.performer_id}-{self.moment}-{self.name}.{self.state}"


class PhotoShelf:
    """The photos of one data folder. Used by several threads. Nothing is written before the first `keep`."""

    def __init__(self, data_dir: str, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder = Path(data_dir, FOLDER_NAME)
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._photos = dict[int, dict[str, _Photo]]()
        """By performer and name."""
        self._bytes = 0
        self._is_read = False

    def find(self, performer_id: int, moment: int) -> str:
        """Return the name of the performer's photo as of `moment`, or ""."""
        with self._lock:
            found = [each for each in self._of(performer_id) if each.moment == moment]
            return next((each.name for each in found if (self._folder / each.file_name).exists()), "")

    def has(self, performer_id: int) -> bool:
        """Return whether there is any photo of the performer."""
        with self._lock:
            return bool(self._of(performer_id))

    def name_of(self, data: bytes) -> str:
        """Return the name that a photo of these bytes has; of no use to Plex before `keep`."""
        return hmac.digest(self._key(), data, "sha256").hex()[:_NAME_DIGITS]

    def keep(self, performer_id: int, moment: int, data: bytes, now: float) -> str:
        """Put a photo down, and return its name; it is not served before `tell`. Return "" where there is no room.

        Raises:
            OSError: it could not be written.
        """
        with self._lock:
            create(self._folder / _KEY_NAME)
            name = self.name_of(data)
            held = self._read().get(performer_id, {}).get(name)
            photo = replace(held, moment=moment) if held else _Photo(performer_id, moment, name, _KEPT, now)
            if held and (self._folder / held.file_name).exists():
                self._become(held, photo)
            elif self._bytes + len(data) <= self._most_bytes:
                self._write(photo, data)
            else:
                return ""
            return name

    def tell(self, names: Mapping[int, str], now: float) -> None:
        """Serve these photos of performers from now on: an edit that names them is about to go out.

        By performer, for two may share a picture, and one of them get another one since.
        """
        with self._lock:
            for photo in [each for performer_id in names for each in self._of(performer_id)]:
                is_named = photo.name == names[photo.performer_id]
                if photo.state in ({_KEPT, _OLD} if is_named else {_NEW, _SHOWN}):
                    self._become(photo, replace(photo, state=_NEW if is_named else _OLD, at=now))

    def served(self, asked: str) -> bytes | None:
        """Return the photo of this name if Plex was told of it. Takes as long whatever is asked for."""
        with self._lock:
            named = [each for each in self._all() if each.state != _KEPT]
            found = [each for each in named if hmac.compare_digest(each.name, asked)]
        for photo in found:
            with suppress(OSError):
                data = (self._folder / photo.file_name).read_bytes()
                if picture_type(data):
                    return data
        return None

    def fetched(self, name: str) -> None:
        """Note that Plex has the photo."""
        with self._lock:
            for photo in self._all():
                if photo.name == name and photo.state == _NEW:
                    self._become(photo, replace(photo, state=_SHOWN))

    def is_waiting(self, now: float) -> bool:
        """Return whether Plex was told of a photo within a day, and has not fetched it yet."""
        with self._lock:
            return any(each.state == _NEW and 0 <= now - each.at < DAY_S for each in self._all())

    def tidy(self, now: float) -> None:
        """Drop what Plex was not told of within a day, and a week after it was told of another photo."""
        limits = {_KEPT: DAY_S, _OLD: WEEK_S}
        with self._lock:
            over = [each for each in self._all() if now - each.at > limits.get(each.state, float("inf"))]
            fresh = self._folder.glob(f"*{FRESH}")  # of a worker that was killed
            for path in (*(self._folder / each.file_name for each in over), *fresh):
                with suppress(OSError):
                    path.unlink(missing_ok=True)
            if over:
                self._is_read = False

    # -- the folder; the lock is held ------------------------------------------------------------------------------

    def _of(self, performer_id: int) -> list[_Photo]:
        return [*self._read().get(performer_id, {}).values()]

    def _all(self) -> list[_Photo]:
        return [photo for photos in self._read().values() for photo in photos.values()]

    def _read(self) -> dict[int, dict[str, _Photo]]:
        if not self._is_read:
            self._photos.clear()
            self._bytes = 0
            self._is_read = self._scan()
        return self._photos

    def _scan(self) -> bool:
        """Take up what lies in the folder; return whether it could be read, as one that is missing can."""
        try:
            with os.scandir(self._folder) as entries:
                for entry in entries:
                    with suppress(FileNotFoundError):  # it has another name since
                        self._take_up(entry.name, entry.stat())
        except FileNotFoundError:
            return True
        except OSError:
            return False
        return True

    def _take_up(self, file_name: str, found: os.stat_result) -> None:
        self._bytes += found.st_size
        if parts := _FILE.fullmatch(file_name):
            self._add(_Photo(int(parts[1]), int(parts[2]), parts[3], parts[4], found.st_mtime))

    def _add(self, photo: _Photo) -> None:
        self._photos.setdefault(photo.performer_id, {})[photo.name] = photo

    def _key(self) -> bytes:
        """Return what makes names unguessable for who has the photo; made anew where it is lost."""
        path = self._folder / _KEY_NAME
        with suppress(OSError, UnicodeDecodeError):
            held = path.read_text("ascii").strip()
            if _KEY.fullmatch(held):
                return bytes.fromhex(held)
        made = secrets.token_bytes(32)
        if path.exists():  # empty: `keep` has made room for it
            write_whole(str(path), f"{made.hex()}\n")
        return made

    def _write(self, photo: _Photo, data: bytes) -> None:
        write_whole(str(self._folder / photo.file_name), data, at=photo.at)
        self._bytes += len(data)
        self._add(photo)

    def _become(self, photo: _Photo, changed: _Photo) -> None:
        """Rename a file; where that fails it stays as it is, and is tried again with the next occasion."""
        path = self._folder / changed.file_name
        try:
            give_name(str(self._folder / photo.file_name), str(path))
            os.utime(path, (changed.at, changed.at))
        except OSError as error:
            log.warning("A performer's photo cannot be looked after (%s)", error.strerror)
            return
        self._add(changed)
