"""OAuth tokens for Kafka (SASL/OAUTHBEARER), by the grant of client credentials: RFC 6749, section 4.4."""

from __future__ import annotations

import ssl
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import httpx
from kafka.errors import KafkaError
from kafka.net.sasl.oauth import AbstractTokenProvider

if TYPE_CHECKING:
    from collections.abc import Callable

_REPLY_S: Final = 10.0
_RENEW_S: Final = 30.0
"""How long before its end a token is renewed."""
_LIFETIME_S: Final = 300.0
"""The lifetime of a token that does not state one."""
_MAX_CHARACTERS: Final = 65_536


@dataclass
class ClientCredentials(AbstractTokenProvider):  # type: ignore[misc] # untyped
    """Tokens of one client at a token endpoint; each is used until shortly before it expires."""

    url: str
    client_id: str
    secret: str = field(repr=False)
    scope: str | None = None
    clock: Callable[[], float] = time.monotonic
    _token: str = field(default="", repr=False)
    _ends_s: float = 0.0

    def token(self) -> str:
        """Return a valid token. Raise KafkaError, without the secret, if the endpoint gives none."""
        if not self._token or self.clock() >= self._ends_s - _RENEW_S:
            self._token, lifetime_s = self._fetch()
            self._ends_s = self.clock() + lifetime_s
        return self._token

    def _fetch(self) -> tuple[str, float]:
        form = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        try:
            reply = httpx.post(
                self.url,
                data=form,
                auth=(self.client_id, str(self.secret)),
                timeout=_REPLY_S,
                verify=ssl.create_default_context(),
            )
            reply.raise_for_status()
            answer = reply.json()
            token, lifetime_s = answer["access_token"], float(answer.get("expires_in", _LIFETIME_S))
        except httpx.HTTPStatusError as fault:
            message = f"the token endpoint {self.url} answers {fault.response.status_code}"
            raise KafkaError(message) from None
        except (httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError) as fault:
            message = f"the token endpoint {self.url} gives no token: {type(fault).__name__}"
            raise KafkaError(message) from None
        if not isinstance(token, str) or not token.isascii() or not 0 < len(token) <= _MAX_CHARACTERS:
            message = f"the token endpoint {self.url} gives no usable token"
            raise KafkaError(message)
        return token, lifetime_s
