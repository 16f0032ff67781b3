"""The registration of the application service: the file by which homeserver and connector know each other."""

from __future__ import annotations

import os
import re
import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final

import yaml
from msgspec import Meta, Struct

from connectors.matrix.configuration import parse_yaml
from jobs.errors import BadInput, bad_path
from jobs.small_files import read_small_text

if TYPE_CHECKING:
    from pathlib import Path

    from connectors.matrix.configuration import Configuration

_ID: Final = "kithward"
_BOT: Final = "kithward"
_TOKEN_BYTES: Final = 32


_VISIBLE: Final = r"[\x21-\x7e]+"
_Token = Annotated[str, Meta(min_length=1, pattern=rf"^{_VISIBLE}\Z")]
"""It is sent in a header. An empty one would be shown by everybody."""


class Registration(Struct, frozen=True):
    """The parts of the file that the connector needs; all others are the homeserver's."""

    id: str
    as_token: _Token
    hs_token: _Token
    sender_localpart: str

    def login(self, server_name: str) -> tuple[str, str]:
        """Return the id of the connector's own user, and its token."""
        return f"@{self.sender_localpart}:{server_name}", self.as_token


def load_registration(path: Path) -> Registration:
    """Return the registration of a file. Raise BadInput for an invalid one."""
    return parse_yaml(path, Registration)


def load_token(path: Path) -> str:
    """Return the access token of a file. Raise BadInput for one with anything else in it."""
    token = read_small_text(path).strip()
    if not re.fullmatch(_VISIBLE, token):
        raise BadInput(path, "is not one line with an access token")
    return token


def write_registration(path: Path, configuration: Configuration) -> None:
    """Write a new registration, with new tokens, that only its owner can read. Raise BadInput if there is one."""
    text = yaml.safe_dump(_content(configuration), sort_keys=False)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(path, "exists already; remove it, or name another file under `registration`") from None
    except OSError as fault:
        raise bad_path(path, fault) from fault
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)


def _content(configuration: Configuration) -> dict[str, Any]:
    """Return the file's content: the connector sees what happens in every room of a local user."""
    listen = configuration.listen
    server = re.escape(configuration.homeserver.server_name)
    users, aliases = f"@.*:{server}$", f"#{_BOT}-.*:{server}$"
    return {
        "id": _ID,
        "url": listen.url or f"http://{listen.host}:{listen.port}",
        "as_token": secrets.token_urlsafe(_TOKEN_BYTES),
        "hs_token": secrets.token_urlsafe(_TOKEN_BYTES),
        "sender_localpart": _BOT,
        "rate_limited": False,
        "namespaces": {
            "users": [{"exclusive": False, "regex": users}],
            "rooms": [],
            "aliases": [{"exclusive": True, "regex": aliases}],  # of the rooms that the bot makes
        },
    }
