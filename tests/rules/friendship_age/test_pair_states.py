"""Table of the pair's states: the outcome of each event in each state (FA-39 to FA-52)."""

from collections.abc import Callable

import pytest

from operators.policy.action import Operation
from operators.policy.model import Policy
from tests.support.story import DAY, MINUTE, Story, rules

TIMEOUT = 600_000
LENIENT = rules(second_operation=Operation(exit_session=True))


def open_(policy: Policy) -> Story:
    return Story(policy).friends_for(30 * DAY).linked().message()


def nothing_open(_: Policy) -> Story:
    """Return a story in which the late window of the verification has ended."""
    return open_(Policy()).message(2 * 3_600_000, "hello")


def pending(policy: Policy) -> Story:
    return open_(policy)


def after_unverified(policy: Policy) -> Story:
    return open_(policy)


def cooling(policy: Policy) -> Story:
    return open_(policy).answered(1_000, genuine=True)


def not_genuine(_: Policy) -> Story:
    return open_(LENIENT).answered(1_000, genuine=False)


def blocked(policy: Policy) -> Story:
    return open_(policy).answered(1_000, genuine=False)


def trusted(policy: Policy) -> Story:
    return open_(policy).trusted(1_000)


Act = Callable[[Story, int], Story]


def message(story: Story, at: int) -> Story:
    return story.message(at, event_id="act")


def genuine(story: Story, at: int) -> Story:
    return story.answered(at, genuine=True, event_id="act")


def answered_not_genuine(story: Story, at: int) -> Story:
    return story.answered(at, genuine=False, event_id="act")


SOON, LATER, MUCH_LATER = MINUTE, TIMEOUT + MINUTE, 3 * 3_600_000
ROWS = [
    (nothing_open, MUCH_LATER, "VERIFY", None, None),
    (pending, SOON, "ATTACHED", "GENUINE", "NOT_GENUINE"),
    (after_unverified, LATER, "VERIFY", "GENUINE", "NOT_GENUINE"),
    (cooling, SOON, "ATTACHED", None, "NOT_GENUINE"),
    (not_genuine, SOON, "NOT_GENUINE", "NOT_GENUINE", None),
    (blocked, SOON, "ALREADY_BLOCKED", None, None),
    (trusted, SOON, "TRUSTED", None, None),
]
CELLS = [
    pytest.param(state, act, at, outcome, id=f"{state.__name__}-{act.__name__}")
    for state, at, *outcomes in ROWS
    for act, outcome in zip((message, genuine, answered_not_genuine), outcomes, strict=True)
]


@pytest.mark.parametrize(("state", "act", "at", "outcome"), CELLS)
def test_outcome_of_an_event_in_each_state__fa_39_to_fa_52(
    state: Callable[[Policy], Story], act: Act, at: int, outcome: str | None
) -> None:
    decisions = act(state(Policy()), at).play().decisions
    assert [decision.outcome for decision in decisions if decision.cause_event_id == "act"] == [outcome] * bool(outcome)


@pytest.mark.parametrize(
    ("state", "outcomes"),
    [
        (pending, ["UNVERIFIED"]),
        (cooling, []),
        (not_genuine, []),
        (blocked, []),
        (trusted, []),
    ],
)
def test_deadline_decides_only_on_pending_verifications__fa_40(
    state: Callable[[Policy], Story], outcomes: list[str]
) -> None:
    decisions = state(Policy()).play().decisions
    timed = [decision.outcome for decision in decisions if decision.cause_event_id.endswith(":verification")]
    assert timed == outcomes
