"""What a mapping makes of a value: records, or a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.malformed import Malformed

if TYPE_CHECKING:
    from jobs.mapping.mapping import EventMapping
    from schemas.records import Record


def records(rules: EventMapping, value: object) -> list[Record]:
    """Return the records of an input; raise Malformed where there is a fault."""
    return [each.record for event in rules.events(value) for each in rules.records(event)]


def fault(rules: EventMapping, value: object) -> str:
    """Return the fault of an input, which has to have one."""
    with pytest.raises(Malformed) as caught:
        records(rules, value)
    return str(caught.value)
