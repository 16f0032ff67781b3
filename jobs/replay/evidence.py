"""The evidence of recorded decisions: JSON of any form, as somebody else may have written it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from jobs.errors import BadInput

if TYPE_CHECKING:
    from schemas.records import Decision

MAX_DEPTH: Final = 64
"""Most levels of lists and objects; our own evidence has a handful. Whoever walks over evidence may recurse."""
OTHER_FORM: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What code for our own evidence raises on evidence of another form."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)


def check_depth(decision: Decision, place: str) -> Decision:
    """Return the decision. Raise BadInput if its evidence is nested deeper than `MAX_DEPTH`."""
    evidence = decision.evidence
    if evidence.count("{") + evidence.count("[") > MAX_DEPTH and _depth(evidence) > MAX_DEPTH:
        raise BadInput(place, f"its evidence is nested deeper than {MAX_DEPTH} levels")
    return decision


def _depth(text: str) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token[0], 0)
        deepest = max(deepest, depth)
    return deepest
