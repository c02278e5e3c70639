"""`ui_sign_in_begin`, `_look`, `_choose`: the way to a server's token by Plex's own sign-in.

No token is kept on the way: what is kept, closed as the token is, is the number of the PIN, by which plex.tv gives the
account's token anew until the PIN expires. It goes at the choice, at a cancel, and once plex.tv knows it no more. The
page sees names and addresses of servers only. A server's own token goes to the address that the user chooses, after
that server has named itself there without it.

Beginning gives a ticket, and whoever goes on has to show it: else a web page that may run our operations, where Stash
has no login, could choose an address of its own for a token that the user is about to get.
"""

import hmac
import json
import os
import secrets
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

from logs.words import as_sentence
from plex.address import completed_url
from plex.errors import PlexError, PlexUntrusted
from plex.plex_tv import OwnServer, PinGoneError, PlexTv
from plex.session import identify
from records import Records
from storage.disk import write_whole
from tasks.context import TaskContext, TaskError, switch, text
from tasks.page.saving import ui_save
from tasks.page.set_up_shapes import OfferedAddress, OfferedServer, SignInAnswer, SignInBegun
from tasks.page.shapes import SaveAnswer
from worker.facts import RECORDS_NAME
from worker.installation import VERSION

FILE_NAME: Final = "plex-sign-in.json"
_TRY_S: Final = 3.0
_MOST_BYTES: Final = 4096
_OTHERWISE: Final = "Address and token can be typed instead."
_AT_ONCE: Final = 32
_TICKET_BYTES: Final = 16
_OVER: Final = "The sign-in has expired, was refused, or was begun anew elsewhere. Begin it once more."
_OWNS_NONE: Final = "This account owns no Plex server. Sign in as the owner of the server: only the owner may edit."


def ui_sign_in_begin(_args: Mapping[str, Any], context: TaskContext) -> SignInBegun:
    """Begin a sign-in, in place of one that was begun before. Raise TaskError where plex.tv does not take it."""
    with _plex_tv(context) as plex_tv:
        try:
            pin = plex_tv.begin()
        except PlexError as error:
            raise TaskError(f"{as_sentence(str(error))} {_OTHERWISE}") from error
        ticket = secrets.token_urlsafe(_TICKET_BYTES)
        begun = {"pin": pin.id, "ends_at": context.clock() + pin.lasts_s, "ticket": ticket}
        try:
            write_whole(_path(context), json.dumps(begun) + "\n")
        except OSError as error:
            raise TaskError(f"{_path(context)} cannot be written ({error.strerror or error})") from error
        return {"url": plex_tv.approval_url(pin), "ticket": ticket}


def ui_sign_in_look(args: Mapping[str, Any], context: TaskContext) -> SignInAnswer:
    """Return "waiting" until the user has approved, then the servers that are theirs, what answers first.

    With `cancel` forget the sign-in. Raise TaskError where that of this `ticket` is over; that plex.tv is away does not
    end it.
    """
    if switch(args, "cancel"):
        if _pin(args, context):
            forget(context)
        return {"state": "none", "servers": [], "problem": ""}
    try:
        with _plex_tv(context) as plex_tv:
            own = _servers(args, context, plex_tv)
    except PlexError as error:
        return {"state": "waiting", "servers": [], "problem": as_sentence(str(error))}
    if own is None:
        return {"state": "waiting", "servers": [], "problem": ""}
    if not own:
        forget(context)
        raise TaskError(_OWNS_NONE)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        tries = [
            [pool.submit(_is_there, address, each.machine_identifier) for address in each.addresses] for each in own
        ]
        servers = [
            _offered(each, [attempt.result() for attempt in tried]) for each, tried in zip(own, tries, strict=True)
        ]
    return {"state": "approved", "servers": servers, "problem": ""}


def ui_sign_in_choose(args: Mapping[str, Any], context: TaskContext) -> SaveAnswer:
    """Save the own token of `server` (its identifier) for `plex_url`, as if both had been typed.

    That ends the sign-in of `ticket`. Nothing is saved where another server answers at `plex_url`, or none, or one with
    a certificate that is not trusted here. `skip_tls_verify` lets that pass, and is saved with the address.
    """
    skips = switch(args, "skip_tls_verify")
    address, identifier = completed_url(text(args, "plex_url")), text(args, "server")
    with _plex_tv(context) as plex_tv:
        own = {each.machine_identifier: each for each in _servers(args, context, plex_tv) or []}
    if identifier not in own:
        raise TaskError(_OVER)
    try:
        found = identify(address, timeout_s=2 * _TRY_S, verify=not skips)
    except PlexUntrusted as error:
        return {"saved": False, "problems": {"skip_tls_verify": as_sentence(str(error))}, "settings": None}
    if found != identifier:
        wrong = f"Another server than {own[identifier].name} answers there. Nothing was saved."
        return {"saved": False, "problems": {"plex_url": wrong}, "settings": None}
    values = {"plex_url": address, "plex_token": own[identifier].token, "skip_tls_verify": skips or None}
    answer = ui_save({"values": values}, context)
    if answer["saved"]:
        forget(context)
    return answer


def forget(context: TaskContext) -> None:
    """Remove what a sign-in keeps."""
    Path(_path(context)).unlink(missing_ok=True)


def _servers(args: Mapping[str, Any], context: TaskContext, plex_tv: PlexTv) -> list[OwnServer] | None:
    """Return the account's own servers, None before it was approved. Raise TaskError where it is over, or PlexError."""
    pin = _pin(args, context)
    if not pin:
        raise TaskError(_OVER)
    try:
        token = plex_tv.account_token(pin)
        return plex_tv.servers(token) if token else None
    except PinGoneError:
        forget(context)
        raise TaskError(_OVER) from None


def _pin(args: Mapping[str, Any], context: TaskContext) -> int:
    """Return the number of the PIN, 0 where no sign-in of this ticket is under way."""
    try:
        with Path(_path(context)).open("rb") as file:
            begun = json.loads(file.read(_MOST_BYTES))
        pin, ticket, has_ended = int(begun["pin"]), str(begun["ticket"]), context.clock() >= float(begun["ends_at"])
    except (OSError, ValueError, TypeError, LookupError):
        return 0
    if has_ended:
        forget(context)
    is_own = hmac.compare_digest(ticket.encode(), text(args, "ticket").encode())
    return pin if is_own and not has_ended else 0


def _plex_tv(context: TaskContext) -> PlexTv:
    with Records(Path(context.data_dir, RECORDS_NAME)) as records:
        identifier = records.facts.client_identifier(lambda: str(uuid.uuid4()))
    return PlexTv(context.plex_tv, identifier, VERSION)


def _path(context: TaskContext) -> str:
    return os.path.join(context.data_dir, FILE_NAME)


def _is_there(address: str, machine_identifier: str) -> bool:
    """Return whether that server answers at `address`, asked without a token."""
    try:
        return identify(address, timeout_s=_TRY_S) == machine_identifier
    except PlexError:
        return False


def _offered(server: OwnServer, answers: list[bool]) -> OfferedServer:
    tried = sorted(zip(server.addresses, answers, strict=True), key=lambda each: not each[1])
    addresses = [OfferedAddress(url=url, answers=is_there) for url, is_there in tried]
    return {"id": server.machine_identifier, "name": server.name, "addresses": addresses}
