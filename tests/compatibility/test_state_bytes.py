"""Can what was ever remembered still be read? Golden bytes of every version of every state, the version byte first.

A line is never edited: its bytes lie in somebody's savepoint. A new version of a state gets new lines, and its old ones
go on to say what the old bytes mean now.
"""

from __future__ import annotations

from typing import Any

import pytest

from schemas.codec import decode
from schemas.records import AlertNumberSet
from state import catalog, host
from state.entries import AlertNumber, Block, Friendship, Link, Pair, Verification, Window
from state.spec import MapSpec, UnreadableStateError

T = 1_700_000_000_000


def link(*channels: str, verified: bool) -> Link:
    return Link(channels, T - 1, verified, T)


ASKED = Verification(
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
    genuine_ms=T,
    suspicious=3,
    escalated=True,
    not_genuine_ms=T + 1,
    contradicted=True,
    trusted_ms=T + 2,
)
PAYLOAD = bytes.fromhex("0000018bcfe56800c301774a5877fef32c8804653180a0abfef96206616e6e0206313130")

GOLDEN: list[tuple[str, str, Any]] = [
    ("acquaintances", "01626f62", ("bob",)),
    ("acquaintances", "01626f621fe998bfe4b8bd", ("bob", "阿丽")),
    ("mentioned", "0180a0abfef962", T),
    ("known-by", "0180a0abfef962", T),
    ("links", "010408544558540a564f49434500fe9fabfef9620180a0abfef962", link("TEXT", "VOICE", verified=True)),
    ("links", "0100fe9fabfef9620080a0abfef962", link(verified=False)),
    ("removed-links", "0180a0abfef962", T),
    ("asked", "0180a0abfef962", T),
    ("asked", "0101", -1),
    ("erased", "0180a0abfef962", T),
    ("erased", "0100", 0),
    ("friends", "0180a0abfef96200", Friendship(T, T)),
    ("friends", "0180a0abfef962", Friendship(None, T)),
    ("friends", "0180a0abfef96280f0b252", Friendship(T - 86_400_000, T)),
    ("friends", "0180a0abfef96201", Friendship(T + 1, T)),
    ("removed-friends", "0180a0abfef962", T),
    ("alert-number", "01020c2b383620323180a0abfef962", AlertNumber("+86 21", T)),
    ("alert-number", "010080a0abfef962", AlertNumber(None, T)),
    (
        "blocks",
        (
            "0180a0abfef9624030316231353536343239353266663064373437643833393031306266643437361e46495253"
            "545f4f5045524154494f4e"
        ),
        Block(T, "01b155642952ff0d747d839010bfd476", "FIRST_OPERATION"),
    ),
    ("pairs", "01000000000000000000", Pair()),
    (
        "pairs",
        "01047632010476310280a0abfef96206010282a0abfef962010284a0abfef962",
        MARKED,
    ),
    (
        "verifications",
        (
            "010a616c696365046d3180a0abfef96280bff4fef962047631086d61696c0214616c696365406d61696c085445"
            "585401040e4b4559574f524406414745000004046d31046d32000400"
        ),
        ASKED,
    ),
    ("verifications", "010ce998bfe4b8bd026d00020000000a564f49434500000100d80414554e5645524946494544", SILENT),
    (
        "windows",
        "0180bff4fef96204046431046432000402064147450004085741524e0a424c4f434b00",
        Window(T + 600_000, ("d1", "d2"), 2, ("AGE",), ("WARN", "BLOCK")),
    ),
    ("windows", "010000000000", Window(0, (), 0, (), ())),
    ("waiting", "01000000240000018bcfe56800c301774a5877fef32c8804653180a0abfef96206616e6e0206313130", (PAYLOAD,)),
    (
        "waiting",
        (
            "01000000240000018bcfe56800c301774a5877fef32c8804653180a0abfef96206616e6e020631313000000000"
            "000000240000018bcfe56800c301774a5877fef32c8804653180a0abfef96206616e6e0206313130"
        ),
        (PAYLOAD, b"", PAYLOAD),
    ),
    ("alarms", "01", True),
    ("judged", "0180a0abfef962", T),
]


def specs() -> dict[str, MapSpec[Any, Any]]:
    """Return every state that there is."""
    found = (*vars(catalog).values(), *vars(host).values())
    return {spec.name: spec for spec in found if isinstance(spec, MapSpec)}


def version(raw: str) -> int:
    return bytes.fromhex(raw)[0]


def written(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("state", "raw", "value"), GOLDEN)
def test_what_was_ever_remembered_is_still_read(state: str, raw: str, value: object) -> None:
    assert written(specs()[state].codec.loads(bytes.fromhex(raw))) == value


@pytest.mark.parametrize(("state", "raw", "value"), GOLDEN)
def test_what_is_remembered_has_these_bytes(state: str, raw: str, value: object) -> None:
    codec = specs()[state].codec
    if version(raw) == codec.version:
        assert codec.dumps(value).hex() == raw
    else:
        assert codec.dumps(value)[0] == codec.version > version(raw)


@pytest.mark.parametrize("state", sorted(specs()))
def test_every_version_of_every_state_has_golden_bytes(state: str) -> None:
    pinned = {version(raw) for name, raw, _ in GOLDEN if name == state}
    codec = specs()[state].codec
    assert pinned == set(codec.decode) == set(range(1, codec.version + 1))


@pytest.mark.parametrize("state", sorted(specs()))
def test_bytes_of_a_newer_release_are_refused_and_not_guessed_at(state: str) -> None:
    codec = specs()[state].codec
    with pytest.raises(UnreadableStateError, match="unknown here"):
        codec.loads(bytes([codec.version + 1]))


def test_what_waits_is_an_event_time_and_a_record_as_on_a_topic() -> None:
    at_ms, record = int.from_bytes(PAYLOAD[:8], "big"), decode(PAYLOAD[8:])
    assert record == AlertNumberSet(event_id="e1", at_ms=at_ms, account_id="ann", number="110")
