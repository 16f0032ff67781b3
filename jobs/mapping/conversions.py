"""Conversions of an input's values to those of the contract: text, times in ms, enum maps, prefixes, hashes."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from schemas.malformed import Malformed, Reason, undecodable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

UNITS: Final[Mapping[str, Decimal]] = {
    "s": Decimal(1000),
    "ms": Decimal(1),
    "us": Decimal("1e-3"),
    "ns": Decimal("1e-6"),
}
"""Milliseconds of each unit of time."""
ISO: Final = "iso"

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(?:\.[0-9]{1,9})?", re.ASCII)
_ISO_CHARACTERS: Final = 64
_EXACT: Final = 2**53
"""Up to here a double holds every whole number exactly."""
_BEYOND: Final = 2**64
"""From here on the digits of a whole number are not kept."""
_ID_CHARACTERS: Final = 32
"""Hexadecimal characters of an id that is a hash: 128 bits."""


def to_text(value: object) -> str:
    """Return an id or another text; a whole number becomes its digits. Raise Malformed for anything else."""
    if isinstance(value, str):
        return value
    if type(value) is int and -_BEYOND < value < _BEYOND:  # nearly all others
        return str(value)
    value = _whole(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise undecodable(f"{kind_of(value)}, not a text or a whole number")
    if abs(value) >= _BEYOND:
        raise Malformed(Reason.OUT_OF_RANGE, "a number beyond 64 bits")
    return str(value)


def to_ms(value: object, unit: str) -> int:
    """Return a time in milliseconds since 1970, cut off to whole ones.

    Numbers may be texts, as many exports have them. Raise Malformed for what is no time in that unit.
    """
    if unit == ISO:
        return _iso_ms(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if is_whole or (isinstance(value, str) and _NUMBER.fullmatch(value)):
        number = Decimal(value)  # type: ignore[arg-type]
    elif isinstance(value, float) and isfinite(value):
        number = Decimal(str(value))
    else:
        raise undecodable(f"{kind_of(value)}, not a time in {unit}")
    if abs(number) >= _BEYOND:
        raise Malformed(Reason.OUT_OF_RANGE, "a number beyond 64 bits")
    return int((number * UNITS[unit]).to_integral_value(ROUND_FLOOR))


def time_in(unit: str) -> Callable[[Any], int]:
    """Return the conversion of a time in a unit to milliseconds."""
    if unit != "ms":
        return lambda value: to_ms(value, unit)
    return lambda value: value if type(value) is int and -_BEYOND < value < _BEYOND else to_ms(value, unit)


def look_up(value: object, entries: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a value of any field
    """Return the entry of a value. Raise Malformed for a value without one."""
    name = {True: "true", False: "false"}[value] if isinstance(value, bool) else to_text(value)
    if name not in entries:
        raise undecodable("a value that the enum map does not have")
    return entries[name]


def text_with(prefix: str | None) -> Callable[[Any], str]:
    """Return the conversion to a text with a prefix, which raises Malformed for an empty text: that would look full."""

    def with_prefix(value: object) -> str:
        text = to_text(value)
        if not text:
            raise Malformed(Reason.OUT_OF_RANGE, "an empty text, before which there would be a prefix")
        return f"{prefix}{text}"

    return to_text if prefix is None else with_prefix


def convert_items(value: object, convert: Callable[[Any], Any]) -> list[Any]:
    """Return a list with each item converted, without what is or becomes null. Raise Malformed if it is none."""
    if not isinstance(value, list):
        raise undecodable(f"{kind_of(value)}, not a list")
    return [found for item in value if item is not None and (found := convert(item)) is not None]


def hash_of(rule: str, values: Sequence[object]) -> str:
    """Return an id that depends on a rule's name and on values. Raise Malformed for lists, objects, or nothing at all.

    It is SHA-256 of both as JSON, the first 128 bits in hexadecimal digits. 1 and 1.0 are one value.
    """
    if all(value is None for value in values):
        raise Malformed(Reason.MISSING_FIELD, "nothing to make the hash of")
    for value in values:
        if isinstance(value, (list, dict)):
            raise undecodable(f"{kind_of(value)}, of which no hash is made")
        if isinstance(value, int) and abs(value) >= _BEYOND:
            raise Malformed(Reason.OUT_OF_RANGE, "a number beyond 64 bits")
    text = json.dumps([rule, *map(_whole, values)], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_ID_CHARACTERS]


def kind_of(value: object) -> str:
    """Return what a value is, without saying it (C-14)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, (int, float)):
        return "a number"
    return "a text" if isinstance(value, str) else "a list" if isinstance(value, list) else "an object"


def _whole(value: object) -> object:
    """Return a whole number as an int, as long as a double holds it exactly; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT else value


def _iso_ms(value: object) -> int:
    if not isinstance(value, str) or len(value) > _ISO_CHARACTERS:
        raise undecodable(f"{kind_of(value)}, not a time in ISO 8601")
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise undecodable("not a time in ISO 8601") from None
    if time.tzinfo is None:
        raise undecodable("a time without a zone, such as Z or +01:00")
    return (time - _EPOCH) // timedelta(milliseconds=1)
