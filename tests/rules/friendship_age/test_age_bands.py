"""Outcome of a suspicious message by the age of the friendship (FA-16 to FA-26)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.policy.file import InvalidPolicy, parse
from operators.policy.action import Operation
from operators.policy.friendship_age import Band, Outcome, bands_between
from schemas.records import WarnChannel
from tests.support.story import DAY, UNKNOWN, Story, evidence, rules

T1, T2, WEEK = 259_200_000, 2_592_000_000, 604_800_000
LEAVE, WARN = Operation(exit_session=True), Operation(warn=(WarnChannel.IN_APP,))
EQUAL = rules(bands=bands_between(WEEK, WEEK, LEAVE, WARN))


@pytest.mark.parametrize(
    ("age", "outcome"),
    [
        pytest.param(0, "FIRST_OPERATION", id="FA-V1"),
        pytest.param(-5_000, "FIRST_OPERATION", id="FA-V2"),
        pytest.param(T1 - 1, "FIRST_OPERATION", id="FA-V3"),
        pytest.param(T1, "MIDDLE", id="FA-V4"),
        pytest.param(T2 - 1, "MIDDLE", id="FA-V5"),
        pytest.param(T2, "VERIFY", id="FA-V6"),
    ],
)
def test_outcome_by_age_of_the_friendship__fa_22_fa_23_fa_24(age: int, outcome: str) -> None:
    assert Story().friends_for(age).message().play().outcomes[0] == outcome


@pytest.mark.parametrize(
    ("age", "outcome"),
    [pytest.param(WEEK, "VERIFY", id="FA-V7"), pytest.param(WEEK - 1, "FIRST_OPERATION", id="FA-V8")],
)
def test_equal_thresholds_leave_no_middle_band__fa_21_fa_e2(age: int, outcome: str) -> None:
    assert Story(EQUAL).friends_for(age).message().play().outcomes[0] == outcome


def test_a_second_threshold_below_the_first_is_an_invalid_policy__fa_v9() -> None:
    with pytest.raises(InvalidPolicy):
        parse("friendship_age: {t1_ms: 7d, t2_ms: 3d}")


def test_an_unknown_start_is_verified_and_tagged__fa_v10_fa_19_fa_e3() -> None:
    decision = Story().friends(since=UNKNOWN).message().play().decisions[0]
    assert (decision.outcome, "age_unknown" in decision.reasons) == ("VERIFY", True)
    assert evidence(decision)["friendship"] == {"band": "[30d, inf)", "known": False, "since_ms": None}


def test_a_negative_age_counts_as_0__fa_16() -> None:
    [decision] = Story().friends_for(-5_000).message().play().decisions
    assert evidence(decision)["friendship"]["age_ms"] == 0


def test_without_a_band_that_verifies_an_unknown_start_gets_the_oldest__fa_19() -> None:
    bands = (Band(0, DAY, LEAVE, Outcome.FIRST_OPERATION), Band(DAY, None, WARN, Outcome.MIDDLE))
    [decision] = Story(rules(bands=bands)).friends(since=UNKNOWN).message().play().decisions
    assert (decision.outcome, "age_unknown" in decision.reasons) == ("MIDDLE", True)


TABLE = parse(
    "friendship_age: {bands: ["
    "{from_ms: 0, to_ms: 1d, do: [BLOCK]}, {from_ms: 1d, to_ms: 2d, do: []}, "
    "{from_ms: 2d, to_ms: 3d, do: [EXIT_SESSION]}, {from_ms: 3d, to_ms: 4d, do: [VERIFY]}, "
    "{from_ms: 4d, to_ms: null, do: [WARN]}]}"
)


@pytest.mark.parametrize(
    ("age", "outcome", "actions"),
    [
        (0, "FIRST_OPERATION", ("BLOCK",)),
        (DAY - 1, "FIRST_OPERATION", ("BLOCK",)),
        (DAY, "MIDDLE", ()),
        (2 * DAY, "MIDDLE", ("EXIT_SESSION",)),
        (3 * DAY - 1, "MIDDLE", ("EXIT_SESSION",)),
        (3 * DAY, "VERIFY", ("VERIFY",)),
        (4 * DAY, "MIDDLE", ("WARN",)),
    ],
)
def test_interval_table_derives_the_outcome_from_the_operation__fa_20_fa_26(
    age: int, outcome: str, actions: tuple[str, ...]
) -> None:
    decision = Story(TABLE).friends_for(age).message().play().decisions[0]
    assert (decision.outcome, decision.actions) == (outcome, actions)


def test_an_operation_of_nothing_is_recorded_without_a_command__fa_26() -> None:
    ending = Story(TABLE).friends_for(DAY).message().play()
    assert (ending.outcomes, ending.commands) == (["MIDDLE"], [])


def test_verification_by_an_interval_table_times_out_like_any_other__fa_e32() -> None:
    assert Story(TABLE).friends_for(3 * DAY).message().play().timed == [(0, "VERIFY"), (600_000, "UNVERIFIED")]


def test_a_middle_operation_may_verify__fa_24_fa_e32() -> None:
    policy = parse("friendship_age: {middle_operation: {VERIFY: {}}}")
    ending = Story(policy).friends_for(T1).linked().message().play()
    assert ending.timed == [(0, "VERIFY"), (600_000, "UNVERIFIED")]
    assert ending.command_names(ending.decisions[0]) == ["RequestVerification TEXT"]


@pytest.mark.parametrize("age", [0, T1 - 1, T1, T2 - 1, T2])
def test_mild_hits_get_the_middle_operation_at_every_age__fa_15(age: int) -> None:
    policy = rules(mild_detectors=frozenset({"keyword"}))
    [decision] = Story(policy).friends_for(age).message().play().decisions
    assert (decision.outcome, decision.actions, "mild" in decision.reasons) == ("MIDDLE", ("WARN",), True)


def test_hit_of_another_detector_beside_a_mild_one_is_not_mild__fa_15() -> None:
    policy = rules(mild_detectors=frozenset({"keyword"}))
    [decision] = Story(policy).friends_for(0).message(text="payment to 4111 1111 1111 1111").play().decisions
    assert (decision.outcome, decision.reasons) == ("FIRST_OPERATION", ("bank_card", "keyword"))


@settings(max_examples=40)
@given(t1=st.integers(0, 3), gap=st.integers(0, 3), at=st.sampled_from(["t1", "t2"]), step=st.sampled_from([-1, 0, 1]))
def test_below_t1_first_from_t2_on_verify_between_them_the_middle__fa_21(t1: int, gap: int, at: str, step: int) -> None:
    t2 = t1 + gap
    age = max((t1 if at == "t1" else t2) + step, 0)
    policy = rules(bands=bands_between(t1, t2, LEAVE, WARN))
    expected = "FIRST_OPERATION" if age < t1 else "VERIFY" if age >= t2 else "MIDDLE"
    assert Story(policy).friends_for(age).message().play().outcomes[0] == expected
