"""Random events between two accounts give the outcomes of an independent model (FA-16 to FA-52)."""

from functools import partial

from hypothesis import given, settings
from hypothesis import strategies as st

from operators.ids import identify
from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from operators.policy.model import Policy
from schemas.records import AnswerVia, VerificationAnswered
from tests.support import pair_model as model
from tests.support.pair_model import PairModel
from tests.support.story import Story, rules

WAITS = (model.TIMEOUT, model.LATE, model.TIMEOUT + model.LATE, model.COOL, model.WITHIN, model.TRUST)
STEPS = (*[0, 1, 1, 10, 10, 10] * 4, *(wait + step for wait in WAITS for step in (-1, 0, 1)))
ACTS = (*["message"] * 10, *["genuine"] * 5, *["not genuine"] * 2, "first app", "added", "removed", "trusted")
RANKS = {"added": 0, "removed": 0, "trusted": 0, "message": 1}
Acts = list[tuple[int, str, int]]


def policy(*, first_blocks: bool, second_blocks: bool) -> Policy:
    first, middle = Operation(block=first_blocks, exit_session=True), Operation()
    return rules(
        bands=bands_between(model.T1, model.T2, first, middle),
        second_operation=Operation(block=second_blocks, exit_session=True),
        verification_timeout_ms=model.TIMEOUT,
        late_answer_ms=model.LATE,
        cool_down_ms=model.COOL,
        escalate_after=model.ESCALATE,
        escalate_within_ms=model.WITHIN,
        trust_ms=model.TRUST,
    )


def timed(acts: Acts) -> list[tuple[int, str, str, str]]:
    """Return `(time, act, event id, the message it answers)` in the order in which the events are processed (C-2)."""
    at, found, messages = 0, [], ["none"]
    for number, (step, act, about) in enumerate(acts):
        at += step
        event_id = f"e{number:03}"
        found.append((at, act, event_id, messages[-1 - about % len(messages)]))
        messages += [event_id] if act == "message" else []
    return sorted(found, key=lambda event: (event[0], RANKS.get(event[1], 2), event[2]))


def actual(acts: Acts, rule: Policy) -> list[tuple[int, str]]:
    story = Story(rule).friends(at=0, event_id="a").linked(event_id="b")
    for at, act, event_id, about in timed(acts):
        verification_id = identify("friendship-age", "alice", "bob", "", "", about, rule.version)
        via = AnswerVia.FIRST_APP if act == "first app" else AnswerVia.ALTERNATE_APP
        answer = {"account_id": "bob", "verification_id": verification_id, "genuine": act != "not genuine", "via": via}
        {
            "message": partial(story.message, at),
            "added": partial(story.friends, at=at),
            "removed": partial(story.unfriended, at),
            "trusted": partial(story.trusted, at),
        }.get(act, partial(story.event, VerificationAnswered, at, **answer))(event_id=event_id)
    return story.play().timed


def expected(acts: Acts, *, first_blocks: bool, second_blocks: bool) -> list[tuple[int, str]]:
    pair = PairModel(first_blocks, second_blocks, since=0)
    for at, act, event_id, about in timed(acts):
        pair.pass_time(at)
        if act == "message":
            pair.message(at, event_id)
        elif act == "added":
            pair.added(at)
        elif act == "removed":
            pair.removed()
        elif act == "trusted":
            pair.trusted(at)
        else:
            pair.answer(at, about, genuine=act != "not genuine", believed=act == "genuine")
    pair.pass_time(model.FOREVER)
    return pair.outcomes


@settings(max_examples=120)
@given(
    acts=st.lists(
        st.tuples(st.sampled_from(STEPS), st.sampled_from(ACTS), st.sampled_from([0, 0, 0, 1, 2])), max_size=16
    ),
    old=st.sampled_from([0, model.T1 - 1, model.T1, model.T2 - 1, *[model.T2] * 4]),
    first_blocks=st.booleans(),
    second_blocks=st.booleans(),
)
def test_pair_decides_as_the_model__fa_39_to_fa_52(
    *, acts: Acts, old: int, first_blocks: bool, second_blocks: bool
) -> None:
    later = [(old, "message", 0), *acts]
    rule = policy(first_blocks=first_blocks, second_blocks=second_blocks)
    assert actual(later, rule) == expected(later, first_blocks=first_blocks, second_blocks=second_blocks)
