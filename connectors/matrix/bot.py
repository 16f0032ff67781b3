"""The connector's own user: it is registered at the first start, and must be an administrator of the homeserver."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.matrix.homeserver import HomeserverError, open_homeserver
from jobs.errors import BadInput

if TYPE_CHECKING:
    from connectors.matrix.homeserver import Homeserver

_EXISTS: Final = "M_USER_IN_USE"
_REFUSED: Final = frozenset({401, 403})


async def register_bot(homeserver: Homeserver, address: str) -> None:
    """Register the bot if it is not there. Raise BadInput where the homeserver refuses it."""
    name = homeserver.bot.partition(":")[0].removeprefix("@")
    body = {"type": "m.login.application_service", "username": name, "inhibit_login": True}
    try:
        await homeserver.request("POST", "/_matrix/client/v3/register", body=body)
    except HomeserverError as fault:
        if fault.code != _EXISTS:
            hint = "; does homeserver.yaml name the registration file?" if fault.status in _REFUSED else ""
            raise BadInput(address, f"{fault}{hint}") from fault


async def make_administrator(address: str, token: str, bot: str) -> None:
    """Make the bot an administrator, by the token of another one. Raise BadInput where the homeserver refuses it."""
    async with open_homeserver(address, token, bot) as homeserver:
        try:
            await homeserver.request("PUT", "/_synapse/admin/v2/users", bot, body={"admin": True})
        except HomeserverError as fault:
            hint = "; is it the token of an administrator?" if fault.status in _REFUSED else ""
            raise BadInput(address, f"{fault}{hint}") from fault


async def check_bot(homeserver: Homeserver, address: str) -> None:
    """Raise BadInput where the bot is no administrator."""
    try:
        found = await homeserver.request("GET", "/_synapse/admin/v1/users", homeserver.bot, "admin")
    except HomeserverError as fault:
        raise BadInput(address, _NO_ADMINISTRATOR if fault.status in _REFUSED else str(fault)) from fault
    if found.get("admin") is not True:
        raise BadInput(address, _NO_ADMINISTRATOR)


_NO_ADMINISTRATOR: Final = (
    "the connector's user is no administrator, and so would see no reports and erasures; "
    "make it one: check --administrator FILE"
)
