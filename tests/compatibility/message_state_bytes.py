"""Golden bytes of state about messages, as in its test: suspicions, conversations, strangers. None is ever edited."""

from __future__ import annotations

from typing import Any

from state.entries.profiles import SentRequests
from state.entries.relationship import Link, Links, Memberships, Signs, Suspected
from state.entries.strangers import ContactTally, FirstContacts, StrangerFound

T = 1_700_000_000_000

GOLDEN: list[tuple[str, str, Any]] = [
    ("begun", "01018bcfe56800", T),
    (
        "links",
        (
            "029181af6d61696c1f616c696365406d61696c85a86368616e6e656c7391a454455854ac6c6173745f757365645f6d73cf"
            "0000018bcfe567ffa87665726966696564c3a7666163745f6d73cf0000018bcfe56800a873696e63655f6d73cf0000018b"
            "cfe567ff"
        ),
        Links({"mail\x1falice@mail": Link(("TEXT",), T - 1, verified=True, fact_ms=T, since_ms=T - 1)}),
    ),
    ("memberships", "019181a26731cf0000018bcfe56800", Memberships({"g1": T})),
    (
        "sent-requests",
        (
            "019592cf0000018bcfe56800cf0000018bcfe5680192b038316236333764386663643263366461b0383162363337643866"
            "63643263366462920106cf0000018bcfe56800a171"
        ),
        SentRequests((T, T + 1), ("81b637d8fcd2c6da", "81b637d8fcd2c6db"), (1, 6), T, "q"),
    ),
    ("sent-requests", "0195909090ffa0", SentRequests()),
    ("suspected", "0192cf0000018bcfe56800cf0000018bcfe56801", Suspected(T, T + 1)),
    (
        "signs",
        "019392cf0000018bcfe56800cf0000018bcfe5680192a26d31a26d3292cd03e8cd01f4",
        Signs((T, T + 1), ("m1", "m2"), (1_000, 500)),
    ),
    (
        "first-contacts",
        "010201000733c0000003e8000736900000000000073424" + "9a7ec8000000018bcfe5680000073424",
        FirstContacts({472_000: 1_000, 472_720: 0}, {472_100: 2_592_000_000}, T, 472_100),
    ),
    ("first-contacts", "010000", FirstContacts()),
    ("contact-tally", "01000000030000018bcfe568000000018bcfe568010000018bcfe56802", ContactTally(3, T, T + 1, T + 2)),
    ("contact-tally", "0100000000" + "ff" * 24, ContactTally()),
    ("strangers-found", "0192cf0000018bcfe56800ff", StrangerFound(T)),
    ("strangers-found", "0192cf0000018bcfe56800cf0000018bcfe56800", StrangerFound(T, T)),
]
