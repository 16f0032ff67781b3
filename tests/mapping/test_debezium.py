"""Debezium's envelope: the row and the kind of change, with and without a schema around it."""

from __future__ import annotations

from typing import Any, Final

import pytest

from jobs.mapping.envelope import unpack
from schemas.malformed import Malformed

ROW: Final = {"id": 1}
OLD: Final = {"id": 1, "status": "asked"}


@pytest.mark.parametrize(
    ("op", "change", "row"),
    [("c", "insert", ROW), ("r", "insert", ROW), ("u", "update", ROW), ("d", "delete", OLD)],
)
def test_a_change_has_its_kind_and_its_row(op: str, change: str, row: object) -> None:
    envelope: dict[str, Any] = {"op": op, "before": OLD, "after": None if op == "d" else ROW, "ts_ms": 5}
    found = unpack(envelope)
    assert found == {**envelope, "change": change, "row": row}
    assert unpack({"schema": {"type": "struct"}, "payload": envelope}) == found


@pytest.mark.parametrize("value", [None, {"schema": {}, "payload": None}, {"op": "t"}, {"op": "m", "message": {}}])
def test_what_is_about_no_row_is_left_out(value: object) -> None:
    assert unpack(value) is None


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"id": 1}, "UNDECODABLE: no Debezium envelope: it has no op"),
        ([], "UNDECODABLE: no Debezium envelope: it has no op"),
        ({"op": "x"}, "UNDECODABLE: no Debezium envelope: op is none of c, r, u, d"),
        ({"op": 3}, "UNDECODABLE: no Debezium envelope: op is none of c, r, u, d"),
        ({"op": []}, "UNDECODABLE: no Debezium envelope: op is none of c, r, u, d"),
        ({"op": "c", "after": None}, "MISSING_FIELD: after: the row of this insert is missing"),
        ({"op": "d"}, "MISSING_FIELD: before: the row of this delete is missing"),
    ],
)
def test_what_is_no_envelope_is_a_fault(value: object, words: str) -> None:
    with pytest.raises(Malformed) as caught:
        unpack(value)
    assert str(caught.value) == words
