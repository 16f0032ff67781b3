"""Golden bytes of state about messages, as in its test: conversations, beginnings, strangers. None is ever edited."""

from __future__ import annotations

from typing import Any

from state.entries.relationship import Signs
from state.entries.strangers import ContactTally, FirstContacts, StrangerFound

T = 1_700_000_000_000

GOLDEN: list[tuple[str, str, Any]] = [
    ("begun", "01018bcfe56800", T),
    (
        "signs",
        "019392cf0000018bcfe56800cf0000018bcfe5680192a26d31a26d3292cd03e8cd01f4",
        Signs((T, T + 1), ("m1", "m2"), (1_000, 500)),
    ),
    (
        "first-contacts",
        "019382ce000733c0cd03e8ce000736900081ce00073424ce9a7ec800cf0000018bcfe56800",
        FirstContacts({472_000: 1_000, 472_720: 0}, {472_100: 2_592_000_000}, T),
    ),
    ("first-contacts", "01938080ff", FirstContacts()),
    ("contact-tally", "019403cf0000018bcfe56800cf0000018bcfe56801cf0000018bcfe56802", ContactTally(3, T, T + 1, T + 2)),
    ("contact-tally", "019400ffffff", ContactTally()),
    ("strangers-found", "0192cf0000018bcfe56800ff", StrangerFound(T)),
    ("strangers-found", "0192cf0000018bcfe56800cf0000018bcfe56800", StrangerFound(T, T)),
]
