"""State compatibility: golden bytes of every version of every state, the version byte first.

A line is never edited: its bytes are in somebody's savepoint. A new version of a state gets new lines, and its old ones
then state what the old bytes mean.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jobs.dataflow.graph import Route
from jobs.runtime.envelope import Envelope, pack, unpack
from operators.policy.model import Policy
from operators.policy.versions import PolicyBook
from schemas.internal_form import decode_internal, encode_internal
from schemas.records import AnswerVia, VerificationAnswered
from state.entries.enforcement import Delayed, ReleaseTimes, Tally, Window, Windows
from state.entries.invite_forest import (
    ActiveSanction,
    CaseEntry,
    CaseWindow,
    Charge,
    ConditionSignals,
    Graft,
    GroupSize,
    Inviter,
    Node,
    RoleEntry,
    Treatment,
)
from state.entries.relationship import AlertNumber, Block, Friendship, Link, Links, Pair, Verification
from state.pseudonym import pseudonym_of
from state.spec import UnreadableStateError
from tests.compatibility.group_state_bytes import GOLDEN as GOLDEN_OF_GROUPS
from tests.compatibility.incident_state_bytes import GOLDEN as GOLDEN_OF_INCIDENTS
from tests.compatibility.lookalike_state_values import LOOKALIKE_VALUES
from tests.compatibility.message_state_bytes import GOLDEN as GOLDEN_OF_MESSAGES
from tests.compatibility.review_state_bytes import GOLDEN as GOLDEN_OF_REVIEWS
from tests.support.state_specs import state_specs

T = 1_700_000_000_000


def link(*channels: str, verified: bool) -> Links:
    return Links({"mail\x1falice@mail": Link(channels, T - 1, verified, T)})


ASKED = Verification(
    account_id="bob",
    sender_id="alice",
    cause_event_id="m1",
    asked_ms=T,
    deadline_ms=T + 600_000,
    policy_version="v1",
    app="mail",
    alternate_id="alice@mail",
    channel="TEXT",
    usable=True,
    reasons=("KEYWORD", "AGE"),
    late=False,
    attached=("m1", "m2"),
    attached_count=2,
)
SILENT = Verification(
    account_id="",
    sender_id="阿丽",
    cause_event_id="m",
    asked_ms=0,
    deadline_ms=1,
    policy_version="",
    app="",
    alternate_id=None,
    channel="VOICE",
    usable=False,
    reasons=(),
    late=True,
    attached=(),
    attached_count=300,
    outcome="UNVERIFIED",
)
MARKED = Pair(
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
)
WAITS = (
    "0000018bcfe56800050000018bd50bc4000002653114566572696669636174696f6e416e73776572656486a86576656e745f"
    "6964a26531a561745f6d73cf0000018bcfe56800af766572696669636174696f6e5f6964a176aa6163636f756e745f6964a3"
    "616e6ea767656e75696e65c3a3766961a946495253545f415050"
)


def looks() -> list[tuple[str, str, Any]]:
    """Return the golden bytes about lookalikes from a file of their own, as they are long."""
    lines = Path(__file__).with_name("lookalikes.txt").read_text("utf-8").splitlines()[1:]
    named = [line.split(" ") for line in lines]
    assert [name for name, _ in named] == [name for name, _ in LOOKALIKE_VALUES]
    return [(name, raw, value) for (name, raw), (_, value) in zip(named, LOOKALIKE_VALUES, strict=True)]


GOLDEN: list[tuple[str, str, Any]] = [
    ("acquaintances", "01626f62", {"bob": 0}),
    ("acquaintances", "01626f621fe998bfe4b8bd", {"bob": 0, "阿丽": 0}),
    ("acquaintances", "02626f621e313730303030303030303030301fe998bfe4b8bd1e30", {"bob": T, "阿丽": 0}),
    (
        "links",
        (
            "019181af6d61696c1f616c696365406d61696c84a86368616e6e656c7392a454455854a5564f494345ac6c61"
            "73745f757365645f6d73cf0000018bcfe567ffa87665726966696564c3a7666163745f6d73cf0000018bcfe5"
            "6800"
        ),
        link("TEXT", "VOICE", verified=True),
    ),
    (
        "links",
        (
            "019181af6d61696c1f616c696365406d61696c84a86368616e6e656c7390ac6c6173745f757365645f6d73cf"
            "0000018bcfe567ffa87665726966696564c2a7666163745f6d73cf0000018bcfe56800"
        ),
        link(verified=False),
    ),
    ("removed-links", "01018bcfe56800", T),
    ("asked", "01018bcfe56800", T),
    ("asked", "01ff", -1),
    ("erased", "01018bcfe56800", T),
    ("erased", "0100", 0),
    ("friends", "01018bcfe5680001", Friendship(T, T)),
    ("friends", "01018bcfe56800", Friendship(None, T)),
    ("friends", "01018bcfe56800018bcabf0c0001", Friendship(T - 86_400_000, T)),
    ("friends", "01018bcfe56800018bcfe5680101", Friendship(T + 1, T)),
    ("friends", "01018bcfe56800018bcfe56800018bcabf0c0001", Friendship(T, T, T - 86_400_000)),
    ("friends", "02018bcfe5680000", Friendship(T, T)),
    ("friends", "02018bcfe56800", Friendship(None, T)),
    ("friends", "02018bcfe56800000005265c00", Friendship(T - 86_400_000, T)),
    ("friends", "02018bcfe56800ffffffffffff", Friendship(T + 1, T)),
    ("friends", "02018bcfe56800018bcfe56800018bcabf0c00", Friendship(T, T, T - 86_400_000)),
    ("friends", "02e677d21fdbff00e677d21fdbff", Friendship(0, 253_402_300_799_999)),
    ("removed-friends", "01018bcfe56800", T),
    ("alert-number", "0192a62b3836203231cf0000018bcfe56800", AlertNumber("+86 21", T)),
    ("alert-number", "0192c0cf0000018bcfe56800", AlertNumber(None, T)),
    (
        "blocks",
        (
            "0194cf0000018bcfe56800d92030316231353536343239353266663064373437643833393031306266643437"
            "36af46495253545f4f5045524154494f4ecf0000018bcfe567ff"
        ),
        Block(T, "01b155642952ff0d747d839010bfd476", "FIRST_OPERATION", T - 1),
    ),
    ("pairs", "019aa0c2a000c000c2c0c2c0", Pair()),
    (
        "pairs",
        "019aa27632c3a27631cf0000018bcfe567ffcf0000018bcfe5680003c3cf0000018bcfe56801c3cf0000018bcfe56802",
        MARKED,
    ),
    (
        "verifications",
        (
            "019fa3626f62a5616c696365a26d31cf0000018bcfe56800cf0000018bcfee8fc0a27631a46d61696caa616c"
            "696365406d61696ca454455854c392a74b4559574f5244a3414745c292a26d31a26d3202a0"
        ),
        ASKED,
    ),
    ("verifications", "019fa0a6e998bfe4b8bda16d0001a0a0c0a5564f494345c290c390cd012caa554e5645524946494544", SILENT),
    (
        "windows",
        (
            "0192a5616c6963659186a873746172745f6d73cf0000018bcfe56800a6656e645f6d73cf0000018bcfee8fc0"
            "ac6465636973696f6e5f69647392a26431a26432a5636f756e7402a7726561736f6e7391a3414745a7616374"
            "696f6e7392a45741524ea5424c4f434b"
        ),
        Windows("alice", (Window(T, T + 600_000, ("d1", "d2"), 2, ("AGE",), ("WARN", "BLOCK")),)),
    ),
    ("windows", "0192a090", Windows("", ())),
    ("groups", "01018bcfe56800", T),
    ("charge", "0192cf0000018bcfe56800a26431", Charge(T, "d1")),
    ("group", "01920705", GroupSize(7, 5)),
    ("nodes", "019da3616e6e0000cf0000018bcfe56800c0c0c2a000c0c0c2c2", Node("ann", 0, 0, T)),
    (
        "nodes",
        ("019da6e998bfe4b8bd0302cf0000018bcfe5680004cf0000018bcfe56801c3a3626f6209cf0000018bcfe5680001c3c3"),
        Node(
            "阿丽",
            3,
            2,
            T,
            4,
            T + 1,
            provisional=True,
            invited_by="bob",
            children=9,
            first_child_ms=T,
            previous=1,
            offended=True,
            refused=True,
        ),
    ),
    ("nodes", "029ea3616e6e0000cf0000018bcfe56800c0c0c2a000c0c0c2c2ff", Node("ann", 0, 0, T)),
    (
        "nodes",
        "029ea3626f620302cf0000018bcfe5680004c0c2a000c0c0c2c2cf0000018bcfe56802",
        Node("bob", 3, 2, T, 4, rejoined_ms=T + 2),
    ),
    ("children", "0107", 7),
    ("grafts", "01920302", Graft(3, 2)),
    ("current-nodes", "0107", 7),
    ("departures", "01018bcfe56800", T),
    ("roles", "0193a541444d494ecf0000018bcfe56800a64d454d424552", RoleEntry("ADMIN", T, "MEMBER")),
    ("inviters", "0193050201", Inviter(5, 2, 1)),
    ("admitted-roots", "0107", 7),
    (
        "hits",
        "019392cf0000018bcfe56800cf0000018bcfe5680192a26531a2653292a0a0",
        ConditionSignals((T, T + 1), ("e1", "e2"), ("", "")),
    ),
    ("reports", "019391cf0000018bcfe5680091a2653191a26162", ConditionSignals((T,), ("e1",), ("ab",))),
    ("sanctions", "0193cf0000018bcfe56800cf0000018bcfe56801a26431", ActiveSanction(T, T + 1, "d1")),
    ("sanctions", "0193cf0000018bcfe56800c0a26431", ActiveSanction(T, None, "d1")),
    ("bans-on-return", "0193cf0000018bcfe56800c0a26431", ActiveSanction(T, None, "d1")),
    (
        "cases",
        "0197cf0000018bcfe5680000ce000927c0cf0000018bcfe56801a2643107c3",
        CaseEntry(T, 0, 600_000, T + 1, "d1", 7, barred=True),
    ),
    ("case-windows", "0192ce000927c003", CaseWindow(600_000, 3)),
    (
        "treatments",
        "0194ce000927c092a342414ea652454d4f5645c3c3",
        Treatment(600_000, ("BAN", "REMOVE"), offender=True, associated=True),
    ),
    *GOLDEN_OF_GROUPS,
    *GOLDEN_OF_INCIDENTS,
    *GOLDEN_OF_MESSAGES,
    *GOLDEN_OF_REVIEWS,
    ("capped", "0194cf0000018bcfe568000c02cf0000018bcfe56801", Tally(T, 12, 2, T + 1)),
    ("counted", "01012c", 300),
    ("delayed", "019192c404c3016162c40178", Delayed((b"\xc3\x01ab", b"x"))),
    ("delayed", "019190", Delayed(())),
    ("delayed-about", "019192cd0190ce000927c0", ReleaseTimes((400, 600_000))),
    *looks(),
]


def version(raw: str) -> int:
    return bytes.fromhex(raw)[0]


def written(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("state", "raw", "value"), GOLDEN)
def test_every_released_state_is_still_read(state: str, raw: str, value: object) -> None:
    assert written(state_specs()[state].codec.loads(bytes.fromhex(raw))) == value


@pytest.mark.parametrize(("state", "raw", "value"), GOLDEN)
def test_current_state_has_golden_bytes(state: str, raw: str, value: object) -> None:
    codec = state_specs()[state].codec
    if version(raw) == codec.version:
        assert codec.dumps(value).hex() == raw
    else:
        assert codec.dumps(value)[0] == codec.version > version(raw)


@pytest.mark.parametrize("state", sorted(state_specs()))
def test_every_version_of_every_state_has_golden_bytes(state: str) -> None:
    pinned = {version(raw) for name, raw, _ in GOLDEN if name == state}
    codec = state_specs()[state].codec
    assert pinned == set(codec.decode) == set(range(1, codec.version + 1))


@pytest.mark.parametrize("state", sorted(state_specs()))
def test_state_of_a_newer_release_is_refused(state: str) -> None:
    codec = state_specs()[state].codec
    with pytest.raises(UnreadableStateError, match="unknown here"):
        codec.loads(bytes([codec.version + 1]))


def test_pseudonyms_of_keys_never_change() -> None:
    assert (pseudonym_of("ann"), pseudonym_of("阿丽")) == ("SZFeDX1LQC4wF9AQ", "LB5KkJvnBxkwQqIG")


def test_what_waits_is_a_parcel__its_bytes_lie_in_savepoints_too() -> None:
    record = VerificationAnswered(
        event_id="e1", at_ms=T, verification_id="v", account_id="ann", genuine=True, via=AnswerVia.FIRST_APP
    )
    parcel = pack(Route("relationship", "ann", record), PolicyBook(Policy()))
    assert parcel.hex() == WAITS
    assert unpack(parcel) == Envelope(T, 5, T + 86_400_000, b"e1", encode_internal(record))
    assert decode_internal(unpack(parcel).record) == record
