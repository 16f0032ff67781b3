"""Bands of friendship age: the operation for each age, in both forms of the policy file."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.policy.file import InvalidPolicy, parse
from operators.decision import Conditions
from operators.friendship_age.bands import evaluate_age
from operators.policy.action import Operation
from operators.policy.friendship_age import FriendshipAgePolicy, Outcome
from operators.policy.model import Policy
from schemas.records import Span
from schemas.records.enums import WarnChannel
from state.entries.relationship import Friendship

DAY = 86_400_000
WARN = Operation(warn=(WarnChannel.IN_APP,))
VERIFY = Operation(verify=True)
START_MS = 500 * DAY
SPANS = (Span(detector="keyword", keyword="gift card", start=0, end=9),)


def friendship_age(settings: str) -> FriendshipAgePolicy:
    return parse(f"friendship_age: {settings}").friendship_age


def outcome_at(age_ms: int, section: FriendshipAgePolicy) -> Outcome:
    """Return the outcome of a suspicious message at this age of the friendship, as the step computes it."""
    friendship = Friendship(since_ms=START_MS, fact_ms=START_MS)
    return evaluate_age(friendship, SPANS, START_MS + age_ms, section, Conditions()).outcome


def outcomes(settings: str) -> list[tuple[int, int | None, Outcome]]:
    return [(band.from_ms, band.to_ms, band.outcome) for band in friendship_age(settings).bands]


@pytest.mark.parametrize(
    ("age_ms", "outcome"),
    [
        (0, Outcome.FIRST_OPERATION),  # FA-V1
        (-5_000, Outcome.FIRST_OPERATION),  # FA-V2
        (3 * DAY - 1, Outcome.FIRST_OPERATION),  # FA-V3
        (3 * DAY, Outcome.MIDDLE),  # FA-V4
        (30 * DAY - 1, Outcome.MIDDLE),  # FA-V5
        (30 * DAY, Outcome.VERIFY),  # FA-V6
    ],
)
def test_t1_is_exclusive_and_t2_inclusive__fa_v1_to_fa_v6(age_ms: int, outcome: Outcome) -> None:
    assert outcome_at(age_ms, Policy().friendship_age) == outcome


def test_equal_thresholds_leave_no_middle_band__fa_v7_fa_v8_fa_e2() -> None:
    section = friendship_age("{t1_ms: 7d, t2_ms: 7d}")
    assert outcome_at(604_800_000, section) == Outcome.VERIFY
    assert outcome_at(604_799_999, section) == Outcome.FIRST_OPERATION
    assert len(section.bands) == 2


def test_t2_below_t1_is_refused_with_a_reason__fa_v9_fa_21() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse("friendship_age: {t1_ms: 2d, t2_ms: 1d}")
    assert refused.value.key == "friendship_age.t2_ms"
    assert refused.value.message == "1d is below t1_ms; must be at least 2d (FA-21)"


def test_an_unknown_start_gets_the_band_that_verifies__fa_v10_fa_19() -> None:
    assert Policy().friendship_age.band_of_unknown_age.outcome == Outcome.VERIFY
    first = "{bands: [{from_ms: 0, to_ms: 1d, do: VERIFY}, {from_ms: 1d, do: NONE}]}"
    assert friendship_age(first).band_of_unknown_age.from_ms == 0
    never = "{bands: [{from_ms: 0, to_ms: 1d, do: BLOCK}, {from_ms: 1d, do: WARN}]}"
    assert friendship_age(never).band_of_unknown_age.from_ms == DAY


def test_without_a_first_band_the_youngest_are_in_the_middle__fa_21() -> None:
    assert outcomes("{t1_ms: 0, t2_ms: 1d}") == [(0, DAY, Outcome.MIDDLE), (DAY, None, Outcome.VERIFY)]


def test_with_both_thresholds_0_everybody_is_verified__fa_21() -> None:
    assert outcomes("{t1_ms: 0, t2_ms: 0}") == [(0, None, Outcome.VERIFY)]


def test_an_interval_table_names_its_outcomes__fa_20_fa_26() -> None:
    table = """
    bands:
      - {from_ms: 0, to_ms: 1d, do: [BLOCK]}
      - {from_ms: 1d, to_ms: 2d, do: [NONE]}
      - {from_ms: 2d, to_ms: 3d, do: [VERIFY, WARN]}
      - {from_ms: 3d, to_ms: null, do: {WARN: {channels: [NUMBER, PLATFORM]}}}
    """
    assert outcomes(table) == [
        (0, DAY, Outcome.FIRST_OPERATION),
        (DAY, 2 * DAY, Outcome.MIDDLE),
        (2 * DAY, 3 * DAY, Outcome.VERIFY),
        (3 * DAY, None, Outcome.MIDDLE),
    ]


def test_a_first_interval_that_verifies_is_called_verify__fa_26() -> None:
    assert outcomes("{bands: [{from_ms: 0, do: [VERIFY]}]}") == [(0, None, Outcome.VERIFY)]


def test_exit_session_in_an_interval_forbids_interaction__fa_20() -> None:
    for do in ("[EXIT_SESSION]", "{EXIT_SESSION: {}}", "{EXIT_SESSION: null}"):
        band = friendship_age(f"{{bands: [{{from_ms: 0, do: {do}}}]}}").bands[0]
        assert band.operation == Operation(exit_session=True, forbid=True)
    band = friendship_age("{bands: [{from_ms: 0, do: {EXIT_SESSION: {forbid: false}}}]}").bands[0]
    assert band.operation == Operation(exit_session=True)


@pytest.mark.parametrize("written", ["NONE", "none", "[NONE]", "{NONE: {}}", "{}", "[]", "null"])
def test_the_middle_operation_may_be_none__fa_26(written: str) -> None:
    section = friendship_age(f"{{middle_operation: {written}}}")
    assert section.middle_operation == Operation()
    assert section.bands[1].operation == Operation()
    assert section.bands[1].outcome == Outcome.MIDDLE


@pytest.mark.parametrize("written", ["VERIFY", "verify", "[VERIFY]", "{VERIFY: {}}", "{VERIFY: null}"])
def test_the_middle_operation_may_verify__fa_e32(written: str) -> None:
    section = friendship_age(f"{{middle_operation: {written}}}")
    assert section.bands[1].operation == VERIFY
    assert section.bands[1].outcome == Outcome.VERIFY


@pytest.mark.parametrize("written", ["WARN", "[WARN]", "{WARN: {}}", "{WARN: null}", "[{WARN: {channels: [IN_APP]}}]"])
def test_an_operation_has_several_forms__fa_25(written: str) -> None:
    section = friendship_age(f"{{first_operation: {written}, second_operation: {written}}}")
    assert section.bands[0].operation == section.second_operation == WARN


def test_an_operation_is_any_combination__fa_25() -> None:
    written = "{BLOCK: {}, EXIT_SESSION: {forbid: true}, WARN: {channels: [PLATFORM, NUMBER, PLATFORM]}}"
    expected = Operation(block=True, exit_session=True, forbid=True, warn=(WarnChannel.PLATFORM, WarnChannel.NUMBER))
    assert friendship_age(f"{{second_operation: {written}}}").second_operation == expected


@pytest.mark.parametrize("name", ["first_operation", "second_operation"])
@pytest.mark.parametrize("written", ["{}", "[]", "null", "NONE", "VERIFY", "[BLOCK, VERIFY]", "[REVIEW]", "3", '""'])
def test_first_and_second_operation_are_non_empty_sets_of_three__fa_25_fa_42(name: str, written: str) -> None:
    with pytest.raises(InvalidPolicy) as refused:
        friendship_age(f"{{{name}: {written}}}")
    assert refused.value.key.startswith(f"friendship_age.{name}")


AGES = st.integers(min_value=0, max_value=400 * DAY)


@given(AGES, AGES)
def test_the_short_form_covers_all_ages__fa_21(one_ms: int, other_ms: int) -> None:
    t1_ms, t2_ms = sorted((one_ms, other_ms))
    section = friendship_age(f"{{t1_ms: {t1_ms}, t2_ms: {t2_ms}}}")
    assert_tiled(section)
    for age_ms in {0, t1_ms - 1, t1_ms, t1_ms + 1, t2_ms - 1, t2_ms, t2_ms + 1} - {-1}:
        expected = Outcome.VERIFY if age_ms >= t2_ms else Outcome.MIDDLE if age_ms >= t1_ms else Outcome.FIRST_OPERATION
        assert outcome_at(age_ms, section) == expected


@given(st.lists(st.tuples(AGES, AGES), min_size=1, max_size=5), st.booleans())
def test_a_table_covers_all_ages_or_is_refused__fa_20(edges: list[tuple[int, int]], is_open: bool) -> None:  # noqa: FBT001
    assert_tiled_or_refused([*edges[:-1], (edges[-1][0], None if is_open else edges[-1][1])])


@given(st.lists(AGES, max_size=6))
def test_a_table_of_edges_is_accepted_if_they_rise_from_0__fa_20(edges: list[int]) -> None:
    rising = sorted({0, *edges})
    section = friendship_age(_table([*pairwise(rising), (rising[-1], None)]))
    assert_tiled(section)
    assert [band.from_ms for band in section.bands] == rising


def assert_tiled_or_refused(intervals: list[tuple[int, int | None]]) -> None:
    tiles = intervals[0][0] == 0 and intervals[-1][1] is None
    tiles = tiles and all(one[1] == other[0] for one, other in pairwise(intervals))
    tiles = tiles and all(end is None or start < end for start, end in intervals)
    if tiles:
        assert_tiled(friendship_age(_table(intervals)))
        return
    with pytest.raises(InvalidPolicy) as refused:
        friendship_age(_table(intervals))
    assert all(fault.key.startswith("friendship_age.bands[") for fault in refused.value.faults)


def assert_tiled(section: FriendshipAgePolicy) -> None:
    assert section.bands[0].from_ms == 0
    assert section.bands[-1].to_ms is None
    assert all(one.to_ms == other.from_ms for one, other in pairwise(section.bands))
    assert all(band.to_ms is None or band.from_ms < band.to_ms for band in section.bands)


def _table(intervals: list[tuple[int, int | None]]) -> str:
    rows = (f"{{from_ms: {start}, to_ms: {'null' if end is None else end}, do: [WARN]}}" for start, end in intervals)
    return f"{{bands: [{', '.join(rows)}]}}"
