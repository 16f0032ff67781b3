"""What does a Confluent schema registry know? Key: the schema's id, or the subject on registering.

Over its REST interface with the standard library. What it answers is kept in bounded caches by the caller, not here.
"""

import json
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit, urlunsplit
from urllib.request import Request, urlopen

MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
MAX_ANSWER_BYTES: Final = 4 * 2**20
"""Of one answer. Our largest schema has a few kilobytes; what is larger is not read into memory."""
SCHEMA_NOT_FOUND: Final = 40403
"""The registry's own code for an id that it never gave; a bare 404 means that the address is wrong."""


_REFUSALS: Final = frozenset({409, 422})
"""Not compatible with the subject's schemas; no schema that the registry takes."""


class RegistryUnavailable(Exception):
    """The registry gives no usable answer. Not the message's fault: it has to be read again later, not put aside."""


class SchemaRefused(Exception):
    """The registry does not take a schema of ours. Asking again does not help: somebody has to decide."""


class Registry:
    """A registry at a base address; `headers` go with every request.

    A name and a password in the address are sent as such, and are no part of what is said of it.
    """

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = 5.0) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            message = "a registry's address begins with http:// or https://"
            raise ValueError(message)
        self._url, login = _without_login(url.rstrip("/"))
        self._headers = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE, **login, **(headers or {})}
        self._timeout_s = timeout_s

    def schema(self, number: int) -> Any | None:  # noqa: ANN401
        """Return the Avro schema with this id, as JSON; None if the registry gave no such id or it is not Avro.

        Raises `RegistryUnavailable`.
        """
        answer = self._ask("GET", f"/schemas/ids/{number}")
        if answer is None or answer.get("schemaType", "AVRO") != "AVRO":
            return None
        try:
            return json.loads(answer["schema"])
        except (KeyError, TypeError, ValueError, RecursionError) as fault:
            message = f"{self._url} answers without a schema"
            raise RegistryUnavailable(message) from fault

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:
        """Return the id of a schema under a subject; registering again gives the same.

        Raises `RegistryUnavailable`, and `SchemaRefused` where the subject has a schema that does not agree with it.
        """
        body = json.dumps({"schemaType": "AVRO", "schema": json.dumps(schema)}).encode()
        try:
            answer = self._ask("POST", f"/subjects/{quote(subject, safe='')}/versions", body)
        except RegistryUnavailable as fault:
            if isinstance(fault.__cause__, HTTPError) and fault.__cause__.code in _REFUSALS:
                message = f"{self._url} refuses our schema of {subject}: it is not compatible with those that it has"
                raise SchemaRefused(message) from fault
            raise
        if answer is None or not isinstance(answer.get("id"), int):
            message = f"{self._url} gives no id for {subject}"
            raise RegistryUnavailable(message)
        return int(answer["id"])

    def _ask(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any] | None:
        """Return the answer's object, None if there is no such schema."""
        request = Request(self._url + path, data=body, headers=self._headers, method=method)  # noqa: S310
        try:
            with urlopen(request, timeout=self._timeout_s) as response:  # noqa: S310
                answer = json.loads(response.read(MAX_ANSWER_BYTES))
        except HTTPError as fault:
            if fault.code == 404 and _code(fault) == SCHEMA_NOT_FOUND:  # noqa: PLR2004
                return None
            message = f"{self._url}{path} answers {fault.code}"
            raise RegistryUnavailable(message) from fault
        except (URLError, OSError, HTTPException, ValueError, RecursionError) as fault:
            message = f"{self._url} cannot be asked: {type(fault).__name__}"
            raise RegistryUnavailable(message) from fault
        if not isinstance(answer, dict):
            message = f"{self._url}{path} answers something else than an object"
            raise RegistryUnavailable(message)
        return answer


def _without_login(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    login, _, place = parts.netloc.rpartition("@")
    if not login:
        return url, {}
    token = b64encode(unquote(login).encode()).decode()
    return urlunsplit(parts._replace(netloc=place)), {"Authorization": f"Basic {token}"}


def _code(fault: HTTPError) -> int | None:
    try:
        code = json.loads(fault.read(MAX_ANSWER_BYTES))["error_code"]
    except (KeyError, TypeError, ValueError, OSError, HTTPException, RecursionError):
        return None
    return code if isinstance(code, int) else None
