"""`plex-token.json` in the data folder: the token that was typed on the plugin's page, and for which address each token was given. Read here; written by worker.sync.token_bounds.

Stash shows every plugin's settings to whoever may ask it; this file it does not know.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from settings.problems import Problem, SettingsError

TOKEN_FILE_NAME: Final = "plex-token.json"  # noqa: S105 - a name
_MOST_BYTES: Final = 64 * 1024
_MARK_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class Given:
    """For which address a token was given.

    Attributes:
        mark: which token, see `mark_of`.
        origin: e.g. "http://192.168.1.10:32400"; "" for none yet.
        server: the machine identifier of the Plex that took it there; "" before one did.
    """

    mark: str
    origin: str
    server: str = ""


@dataclass(frozen=True, slots=True)
class TokenFile:
    """What the file holds; `given` has one entry a source (settings.model.Source) that ever held a token."""

    token: str = field(default="", repr=False)
    given: Mapping[str, Given] = field(default_factory=dict)

    def as_text(self) -> str:
        """As it is written."""
        given = {source: [each.mark, each.origin, each.server] for source, each in self.given.items()}
        return json.dumps({"token": self.token, "given": given}) + "\n"


def mark_of(token: str) -> str:
    """A name for `token` that does not tell it: a token is twenty random characters, which nobody guesses."""
    return hashlib.sha256(b"Stash2Plex " + token.encode()).hexdigest()[:_MARK_DIGITS]


def read_token_file(data_dir: str) -> TokenFile:
    """The file as it is now; an empty one where there is none, or where it is damaged: the token is asked for again then.

    Raises:
        SettingsError: it cannot be read.
    """
    path = Path(data_dir, TOKEN_FILE_NAME)
    try:
        with path.open("rb") as file:
            return _parsed(json.loads(file.read(_MOST_BYTES)))
    except FileNotFoundError:
        return TokenFile()
    except OSError as error:
        told = f"cannot be read ({error.strerror}); give it to the user that Stash runs as"
        raise SettingsError([Problem(TOKEN_FILE_NAME, "", "the data folder", "", told)]) from None
    except ValueError:
        return TokenFile()


def _parsed(raw: Any) -> TokenFile:
    """Raises ValueError where it is not of the form that `as_text` gives."""
    try:
        given = {str(source): Given(*map(str, each)) for source, each in raw["given"].items()}
        return TokenFile(str(raw["token"]), given)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(f"{TOKEN_FILE_NAME} is damaged") from error
