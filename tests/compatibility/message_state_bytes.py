"""Golden bytes of state about messages: conversations and beginnings. A line is never edited, as in its test."""

from __future__ import annotations

from typing import Any

from state.entries.relationship import Signs

T = 1_700_000_000_000

GOLDEN: list[tuple[str, str, Any]] = [
    ("begun", "01018bcfe56800", T),
    (
        "signs",
        "019392cf0000018bcfe56800cf0000018bcfe5680192a26d31a26d3292cd03e8cd01f4",
        Signs((T, T + 1), ("m1", "m2"), (1_000, 500)),
    ),
]
