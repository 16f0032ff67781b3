"""Client of a Confluent schema registry: schemas by id, and registration by subject.

Uses its REST interface. The caller keeps answers in bounded caches; this client keeps none.
"""

import json
import ssl
from collections.abc import Mapping
from typing import Any, Final, TypeGuard
from urllib.parse import quote

import httpx

from schemas.schema_versions import with_definitions

MEDIA_TYPE: Final = "application/vnd.schemaregistry.v1+json"
MAX_ANSWER_BYTES: Final = 4 * 2**20
"""Largest answer. Our largest schema has a few kilobytes; a larger answer is not read into memory."""
NOT_FOUND: Final = frozenset((40401, 40402, 40403))
"""Error codes for a subject, a version or an id that the registry never assigned; a bare 404 means a wrong address."""
MAX_REFERENCES: Final = 64
"""Most schemas that one schema refers to, directly or through others."""
MAX_SUBJECT: Final = 1_024
"""Characters of the longest subject that is asked for: escaped, it still fits into an address."""


_SYSTEM_CERTIFICATES: Final = ssl.create_default_context()
"""The certificates that the system trusts, and not those that the HTTP library ships."""

_REFUSALS: Final = frozenset({409, 422})
"""HTTP statuses: incompatible with the schemas of the subject; not a valid schema."""


class RegistryUnavailable(Exception):
    """The registry gives no usable answer. The message is not at fault: it is retried, no dead letter."""


class SchemaRefused(Exception):
    """The registry refuses a schema of ours. A retry does not help: an operator has to resolve it."""


class Registry:
    """A registry at a base address; `headers` go with every request.

    A user name and password in the address are sent as credentials, and never appear in messages.
    """

    def __init__(self, url: str, *, headers: Mapping[str, str] | None = None, timeout_s: float = 5.0) -> None:
        try:
            address = httpx.URL(url.rstrip("/"))
        except httpx.InvalidURL:
            address = httpx.URL()
        if address.scheme not in {"http", "https"}:
            message = "a registry's address begins with http:// or https://"
            raise ValueError(message)
        self._login = (address.username, address.password) if address.userinfo else None
        self._url = str(address.copy_with(username=None, password=None)).rstrip("/")
        self._headers = {"Accept": MEDIA_TYPE, "Content-Type": MEDIA_TYPE, **(headers or {})}
        self._timeout_s = timeout_s

    def schema(self, number: int) -> Any | None:  # noqa: ANN401
        """Return the Avro schema with this id, as JSON, with the types of other subjects that it refers to.

        None if the registry gave no such id, if it is not Avro, if it is nested too deeply or has a number of too many
        digits, or if it refers to more than `MAX_REFERENCES` others or to one that is missing. Raises
        `RegistryUnavailable`.
        """
        answer = self._request("GET", f"/schemas/ids/{number}")
        if answer is None or answer.get("schemaType", "AVRO") != "AVRO":
            return None
        try:
            schema, others = self._schema_in(answer), self._referenced(answer)
            return None if others is None else with_definitions(schema, others)
        except (RecursionError, ValueError):
            return None

    def _schema_in(self, answer: Mapping[str, Any]) -> Any:  # noqa: ANN401
        """Return the schema in an answer. Raises `RecursionError`, `ValueError` for JSON that Python does not read."""
        try:
            return json.loads(answer["schema"])
        except (KeyError, TypeError, json.JSONDecodeError) as fault:
            message = f"{self._url} answers without a schema"
            raise RegistryUnavailable(message) from fault

    def _referenced(self, answer: Mapping[str, Any]) -> list[Any] | None:
        """Return the schemas that an answer refers to, and those that these refer to; None if one is missing."""
        found: dict[tuple[str, int], Any] = {}
        open_references = _references(answer)
        while open_references:
            subject, version = reference = open_references.pop()
            if reference in found:
                continue
            other = self._request("GET", f"/subjects/{quote(subject, safe='')}/versions/{version}")
            if other is None or len(found) == MAX_REFERENCES:
                return None
            found[reference] = self._schema_in(other)
            open_references += _references(other)
        return list(found.values())

    def register(self, subject: str, schema: Mapping[str, Any]) -> int:
        """Return the id of a schema under a subject; registering again gives the same.

        Raises `RegistryUnavailable`, and `SchemaRefused` where the subject has a schema that does not agree with it.
        """
        body = json.dumps({"schemaType": "AVRO", "schema": json.dumps(schema)}).encode()
        try:
            answer = self._request("POST", f"/subjects/{quote(subject, safe='')}/versions", body)
        except RegistryUnavailable as fault:
            if isinstance(fault.__cause__, httpx.HTTPStatusError) and fault.__cause__.response.status_code in _REFUSALS:
                message = f"{self._url} refuses our schema of {subject}: it is not compatible with those that it has"
                raise SchemaRefused(message) from fault
            raise
        if answer is None or not isinstance(answer.get("id"), int):
            message = f"{self._url} gives no id for {subject}"
            raise RegistryUnavailable(message)
        return int(answer["id"])

    def _request(self, method: str, path: str, body: bytes | None = None) -> dict[str, Any] | None:
        """Return the answer's object, None if there is no such schema."""
        try:
            with httpx.stream(
                method,
                self._url + path,
                content=body,
                headers=self._headers,
                auth=self._login,
                timeout=self._timeout_s,
                follow_redirects=True,
                verify=_SYSTEM_CERTIFICATES,
            ) as response:
                text = _read_bounded(response)
                if response.status_code == httpx.codes.NOT_FOUND and _error_code(text) in NOT_FOUND:
                    return None
                response.raise_for_status()
                answer = json.loads(text)
        except httpx.HTTPStatusError as error:
            message = f"{self._url}{path} answers {error.response.status_code}"
            raise RegistryUnavailable(message) from error
        except (httpx.HTTPError, ValueError, RecursionError) as error:
            message = f"{self._url} cannot be reached: {type(error).__name__}"
            raise RegistryUnavailable(message) from error
        if not isinstance(answer, dict):
            message = f"{self._url}{path} did not return a JSON object"
            raise RegistryUnavailable(message)
        return answer


def _references(answer: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Return subject and version of the schemas that an answer refers to; what is none is left out."""
    found = answer.get("references")
    if not isinstance(found, list):
        return []
    pairs = [(each.get("subject"), each.get("version")) for each in found if isinstance(each, dict)]
    return [(subject, version) for subject, version in pairs if _is_subject(subject) and isinstance(version, int)]


def _is_subject(found: object) -> TypeGuard[str]:
    """Return whether an address can name a subject. A lone surrogate has no bytes."""
    if not isinstance(found, str) or len(found) > MAX_SUBJECT:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in found)


def _read_bounded(response: httpx.Response) -> bytes:
    """Return the first `MAX_ANSWER_BYTES` of an answer."""
    text = bytearray()
    for part in response.iter_bytes():
        text += part
        if len(text) >= MAX_ANSWER_BYTES:
            break
    return bytes(text[:MAX_ANSWER_BYTES])


def _error_code(text: bytes) -> object:
    """Return the registry's own code in an answer that is an error, None where there is none."""
    try:
        return json.loads(text)["error_code"]
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
