"""Detection of times in seconds, microseconds or nanoseconds, where milliseconds are expected.

The ranges are the years 2001 to 2100 in each unit. As milliseconds, seconds would be in January or February of 1970,
and the others far beyond the year 9999, so no event of today is taken for another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.malformed import Malformed, Reason
from schemas.records import AlternateAccountLinked, FriendAdded, PolicyPublished

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.records import Record

_FIRST_S: Final = 1_000_000_000
_END_S: Final = 4_102_444_800
_UNITS: Final = (("seconds", 1), ("microseconds", 10**6), ("nanoseconds", 10**9))
_OTHER_TIMES: Final[Mapping[type[Record], str]] = {
    FriendAdded: "since_ms",
    AlternateAccountLinked: "last_used_ms",
    PolicyPublished: "effective_at_ms",
}


def has_own_clock(first_ms: int) -> bool:
    """Return whether a stream that begins at this time counts from a zero of its own, as worked examples do."""
    return first_ms < _FIRST_S


def wrong_unit(record: Record) -> Malformed | None:
    """Return the fault of an event with a time in another unit; None if there is none."""
    kind = type(record)
    if _FIRST_S * 10**3 <= record.at_ms < _END_S * 10**3 and kind not in _OTHER_TIMES:  # type: ignore[attr-defined]
        return None  # nearly all
    for field in ("at_ms", _OTHER_TIMES.get(kind)):
        value = None if field is None else getattr(record, field)
        if value is not None and (unit := _unit_of(value)):
            return Malformed(Reason.OUT_OF_RANGE, f"in {unit}, must be in milliseconds", f"{kind.__name__}.{field}")
    return None


def _unit_of(value: int) -> str | None:
    return next((unit for unit, in_s in _UNITS if _FIRST_S * in_s <= value < _END_S * in_s), None)
