"""Debezium's envelope around the changes of a table's rows: unpacked to the row and the kind of change.

Source of the form: Debezium's documentation of its connectors' data change events. With schemas enabled in Kafka
Connect's JSON converter the envelope is the member `payload` of the value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from schemas.malformed import Malformed, Reason, undecodable

if TYPE_CHECKING:
    from collections.abc import Mapping

CHANGES: Final[Mapping[str, str]] = {"c": "insert", "r": "insert", "u": "update", "d": "delete"}
"""Kinds of change by operation; `r` is a row that was there when the connector began."""
_OTHER_OPERATIONS: Final = frozenset("tm")
"""A table was emptied, a message in the transaction log: about no row."""


def unpack(value: object) -> dict[str, Any] | None:
    """Return the members of the envelope, with the `row` and the `change`; None for what is about no row.

    The row is the one after the change, of a deleted one the one before. A null value is a tombstone: about no row.
    Raise Malformed for what is no envelope.
    """
    if isinstance(value, dict) and "payload" in value and "op" not in value:
        value = value["payload"]
    if value is None:
        return None
    if not isinstance(value, dict) or "op" not in value:
        raise undecodable("no Debezium envelope: it has no op")
    operation = value["op"]
    if not isinstance(operation, str) or operation not in {*CHANGES, *_OTHER_OPERATIONS}:
        raise undecodable(f"no Debezium envelope: op is none of {', '.join(CHANGES)}")
    if operation in _OTHER_OPERATIONS:
        return None
    change = CHANGES[operation]
    side = "before" if change == "delete" else "after"
    row = value.get(side)
    if not isinstance(row, dict):
        raise Malformed(Reason.MISSING_FIELD, f"the row of this {change} is missing", side)
    return {**value, "row": row, "change": change}
