"""What enforcement adds to a decision: reasons and evidence. Its id depends on neither (C-10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import json
from msgspec.structs import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from operators.decision import Conditions
    from schemas.records import Decision

OVER_LIMIT: Final = "OVER_LIMIT"
"""The reason of a decision with commands that a limit keeps back."""


def with_reason(decision: Decision, reason: str) -> Decision:
    """Return a decision with one more reason."""
    return replace(decision, reasons=tuple(sorted({*decision.reasons, reason})))


def with_evidence(decision: Decision, conditions: Conditions, members: Mapping[str, object] | None = None) -> Decision:
    """Return a decision whose evidence also shows the limits that were checked (C-13)."""
    evidence = json.decode(decision.evidence) | dict(members or {})
    evidence["conditions"] = [*evidence.get("conditions", ()), *conditions.evaluated]
    return replace(decision, evidence=json.encode(evidence, order="sorted").decode())
