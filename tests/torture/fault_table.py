"""Every fault of Plex and Stash that is tried, with what the user must see.

docs/operations.md shows the same table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.fakes.plex import Fault
from tests.stepper import Stepper


def _nothing(_house: Stepper) -> None:
    return


@dataclass(frozen=True, slots=True)
class Trouble:
    """One fault.

    Attributes:
        begin, end: switch it on and off.
        kind: of the pause that it makes; see worker.outcome.
        at_first: the kind of the pauses before it, while less is known.
        says: a part of the line in the worker's log and of the pause's reason.
        writes: whether it is a fault of writing: then the first try has reached Plex.
        is_done: whether the write did its work all the same: then it is found done, and the jobs end during the fault.
        restarts: whether a new worker meets it: one that runs knows its library by number and does not mind its name.
    """

    name: str
    begin: Callable[[Stepper], Any]
    kind: str
    says: str
    end: Callable[[Stepper], Any] = _nothing
    writes: bool = False
    is_done: bool = False
    restarts: bool = False
    at_first: str = ""


def _plex(kind: str, **how: Any) -> Callable[[Stepper], Fault]:
    return lambda house: house.plex.faults.add(Fault(kind, **how))


def _mended(house: Stepper) -> None:
    house.plex.faults.clear_faults()


def _stash(kind: str, **how: Any) -> Callable[[Stepper], None]:
    return lambda house: house.stash.fault(kind, **how)


def _stash_mended(house: Stepper) -> None:
    house.stash.clear_faults()


def _rename_library(house: Stepper, title: str) -> None:
    section = house.plex.state.sections[house.section]
    house.plex.state.sections[house.section] = type(section)(
        section.key, title, section.type, section.agent, section.locations, section.created_at
    )


def _lose_library(house: Stepper) -> None:
    """The library is gone: its items answer 404, and the list has another library instead."""
    house.plex.state.add_section("Others", locations=["/media/others"])
    house.lost = house.plex.state.sections.pop(house.section)
    for path in ("/library/metadata/", f"/library/sections/{house.section}/"):
        house.plex.faults.add(Fault("status", status=404, path=path))


def _find_library(house: Stepper) -> None:
    house.plex.faults.clear_faults()
    house.plex.state.sections[house.section] = house.lost


def _be(house: Stepper, **settings: str) -> None:
    for name, value in settings.items():
        setattr(house.stash.library.settings, name, value)


def _expire(house: Stepper) -> None:
    """A login is configured, and every cookie has expired."""
    house.stash.configure_login()
    house.stash.expire_cookies()


_READING: Final[Mapping[str, tuple[dict[str, Any], str, str]]] = {
    "reset": ({"kind": "reset"}, "plex", "the connection to Plex at .* broke"),
    "timeout": ({"kind": "hang"}, "plex", "gave no answer within 0.3 s"),
    "slow drip": ({"kind": "drip", "delay_ms": 60.0}, "plex", "gave no answer within|trickles"),
    "400": ({"kind": "status", "status": 400}, "plex_settings", "answered 400"),
    "401": ({"kind": "status", "status": 401}, "plex_token", "401: plex_token is wrong or has expired"),
    "403": ({"kind": "status", "status": 403}, "plex_token", "403: the account of plex_token"),
    "429 with Retry-After": ({"kind": "status", "status": 429, "retry_after_s": 7}, "plex", "answered 429"),
    "500": ({"kind": "status", "status": 500}, "plex", "answered 500"),
    "502": ({"kind": "status", "status": 502}, "plex", "answered 502"),
    "503": ({"kind": "status", "status": 503}, "plex", "answered 503"),
    "truncated body": ({"kind": "truncated"}, "plex_settings", "cut off before its end"),
    "garbage body": ({"kind": "garbage"}, "plex_settings", "is not XML"),
    "HTML instead of XML": ({"kind": "html"}, "plex_settings", "answered with a web page"),
    "entity bomb": ({"kind": "bomb"}, "plex_settings", "declares a document type"),
    "redirect": ({"kind": "redirect"}, "plex_settings", "answered with 302"),
}

_LOGINS: Final = ("401", "403")
"""Where everything is answered so, it is not Plex that wants a login."""

PLEX: Final = (
    Trouble("refused", lambda house: house.plex.refuse(), "plex", "nothing listens at", lambda house: house.plex.accept()),
    *(
        Trouble(f"{name}, reading", _plex(**how, request_kind="metadata"), kind, says, _mended)
        for name, (how, kind, says) in _READING.items()
    ),
    *(
        Trouble(f"{name}, everywhere", _plex(**how), kind, says, _mended)
        for name, (how, kind, says) in _READING.items()
        if name not in {"slow drip", *_LOGINS}
    ),
    *(
        Trouble(
            f"{status}, everywhere",
            _plex("status", status=int(status)),
            "plex_settings",
            f"which Plex answers to everybody, was answered with {status}: a proxy",
            _mended,
            at_first="plex_token",
        )
        for status in _LOGINS
    ),
    Trouble("404, everywhere", _plex("status", status=404), "plex_settings", "does not seem to be a Plex server|library is gone", _mended),
    *(
        Trouble(f"{name}, writing", _plex(**how, request_kind="edit"), kind, says, _mended, writes=True)
        for name, (how, kind, says) in _READING.items()
        if name not in {"400", "slow drip", "truncated body"}
    ),
    *(
        Trouble(f"{name} after the write was done", _plex(**how, request_kind="edit", applied=True), kind, says, _mended, writes=True, is_done=True)
        for name, (how, kind, says) in _READING.items()
        if name in {"reset", "timeout", "502"}
    ),
    Trouble(
        "another server answers",
        lambda house: house.plex.restart_as("f" * 40),
        "plex_settings",
        "another (Plex )?server",
        lambda house: house.plex.restart_as("5dc1e4a2f0c94c1b8f0d6a7b3e2f1c0d9a8b7c6d"),
    ),
    Trouble(
        "library renamed",
        lambda house: _rename_library(house, "Films"),
        "plex_settings",
        'Plex has no library "Movies". There are: "Films"',
        lambda house: _rename_library(house, "Movies"),
        restarts=True,
    ),
    Trouble("library gone", _lose_library, "plex_settings", 'library is gone; check plex_library|has no library "Movies"', _find_library),
    Trouble("library gone before a restart", _lose_library, "plex_settings", 'Plex has no library "Movies". There are: "Others"', _find_library, restarts=True),
)  # fmt: skip

STASH: Final = (
    Trouble("refused", _stash("refuse"), "stash", "Stash refused the connection, closed it, or is not running", _stash_mended),
    Trouble("reset", _stash("reset"), "stash", "Stash refused the connection, closed it, or is not running", _stash_mended),
    Trouble("timeout", _stash("hang"), "stash", "did not answer, or had not finished its answer, within", _stash_mended),
    Trouble("slow drip", _stash("drip", pause_s=0.05), "stash", "had not finished its answer, within", _stash_mended),
    Trouble("500", _stash("500"), "stash", "Stash answered HTTP 500", _stash_mended),
    Trouble("502", _stash("502"), "stash", "Stash answered HTTP 502", _stash_mended),
    Trouble("HTML instead of JSON", _stash("html"), "stash", "is not JSON, or was cut; a proxy may stand between", _stash_mended),
    Trouble("truncated body", _stash("truncated"), "stash", "Stash", _stash_mended),
    Trouble("database locked", _stash("locked"), "stash", "Stash is busy: database is locked", _stash_mended),
    Trouble("422", _stash("422"), "stash_version", "too old or too new", _stash_mended),
    Trouble("too old", lambda house: _be(house, version="v0.26.2"), "stash_version", "Stash v0.26.2 is too old for Stash2Plex", lambda house: _be(house, version="v0.30.1"), restarts=True),
    Trouble("waiting for its migration", lambda house: _be(house, status="NEEDS_MIGRATION"), "stash_migration", "Stash waits for the migration of its own database", lambda house: _be(house, status="OK")),
    Trouble("401", _stash("401"), "stash_login", "the session cookie has expired", _stash_mended),
    Trouble("cookie expired", _expire, "stash_login", "the session cookie has expired"),
    Trouble("taken down and started again", lambda house: house.stash.stop_listening(), "stash", "Stash refused the connection", lambda house: house.stash.restart()),
)  # fmt: skip
