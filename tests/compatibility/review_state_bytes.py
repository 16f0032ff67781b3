"""Golden bytes of state about reviews, and of what they undo, as in `test_state_bytes`. None is ever edited."""

from __future__ import annotations

from typing import Any

from state.entries.profiles import Denial
from state.entries.relationship import Pair
from state.entries.reviews import Answer, Answers

T = 1_700_000_000_000

GOLDEN: list[tuple[str, str, Any]] = [
    (
        "answers",
        "019382a2616293cf0000018bcfe56800c3a26531a2636493cf0000018bcfe56801c2a26532cf0000018bcfe56801a86469737075746564",
        Answers({"ab": Answer(T, True, "e1"), "cd": Answer(T + 1, False, "e2")}, T + 1, "disputed"),  # noqa: FBT003
    ),
    ("answers", "01938000a0", Answers({}, 0)),
    ("denials", "0292cf0000018bcfe56800a26431", Denial(T, "d1")),
    ("denials", "0292cf0000018bcfe56800a0", Denial(T)),
    ("pairs", "029ba0c2a000c000c2c0c2c0a0", Pair()),
    (
        "pairs",
        "029ba27632c3a27631cf0000018bcfe567ffcf0000018bcfe5680003c3cf0000018bcfe56801c3cf0000018bcfe56802a26431",
        Pair(
            latest="v2",
            pending=True,
            answered="v1",
            asked_ms=T - 1,
            genuine_ms=T,
            suspicious=3,
            escalated=True,
            not_genuine_ms=T + 1,
            contradicted=True,
            trusted_ms=T + 2,
            decision_id="d1",
        ),
    ),
]
