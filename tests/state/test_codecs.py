"""State codecs: round trips, and migration of entries that an older release wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from state.codecs import NUMBER, struct_codec
from state.entries.profiles import ONLOOKER_CODEC, Onlooker
from state.entries.relationship import FRIENDSHIP_CODEC, Friendship


class Old(Struct, frozen=True):
    name: str
    gone: int
    times: tuple[int, ...]


class New(Struct, frozen=True):
    name: str
    times: tuple[int, ...]
    note: str | None = None


YEAR_9999_MS = 253_402_300_799_999
TIMES = st.integers(0, YEAR_9999_MS)


def test_an_older_version_is_migrated__a_removed_field_skipped_and_a_new_one_by_default() -> None:
    written = struct_codec(Old).dumps(Old("ann", 7, (1, 2)))
    assert struct_codec(New, ("name", "gone", "times")).loads(written) == New("ann", (1, 2))


def test_the_newest_version_is_written() -> None:
    codec = struct_codec(New, ("name", "gone", "times"))
    assert codec.dumps(New("ann", (), "x"))[0] == codec.version == 2
    assert codec.loads(codec.dumps(New("ann", (3,), "x"))) == New("ann", (3,), "x")


@given(st.integers(-(1 << 63), (1 << 63) - 1))
def test_a_number_survives_a_round_trip(number: int) -> None:
    assert NUMBER.loads(NUMBER.dumps(number)) == number


@given(TIMES, TIMES, TIMES)
def test_a_friendship_after_an_earlier_one_survives_a_round_trip(fact_ms: int, since_ms: int, ended_ms: int) -> None:
    friendship = Friendship(since_ms, fact_ms, ended_ms)
    assert FRIENDSHIP_CODEC.loads(FRIENDSHIP_CODEC.dumps(friendship)) == friendship


@given(TIMES, TIMES | st.none(), TIMES | st.none(), st.integers(0, 1 << 32))
def test_an_onlooker_survives_a_round_trip(
    fact_ms: int, friend_ms: int | None, contact_ms: int | None, page: int
) -> None:
    onlooker = Onlooker(fact_ms if contact_ms is None else friend_ms, contact_ms, page)
    assert ONLOOKER_CODEC.loads(ONLOOKER_CODEC.dumps(onlooker)) == onlooker


@given(TIMES, st.none() | TIMES)
def test_a_friendship_survives_a_round_trip_in_at_most_fourteen_bytes(fact_ms: int, since_ms: int | None) -> None:
    written = FRIENDSHIP_CODEC.dumps(Friendship(since_ms, fact_ms))
    assert FRIENDSHIP_CODEC.loads(written) == Friendship(since_ms, fact_ms)
    assert len(written) <= 14


@pytest.mark.parametrize(("since_ms", "size"), [(None, 7), (1_700_000_000_000, 8), (1_600_000_000_000, 13)])
def test_a_friendship_is_shorter_where_less_is_known(since_ms: int | None, size: int) -> None:
    assert len(FRIENDSHIP_CODEC.dumps(Friendship(since_ms, 1_700_000_000_000))) == size
