"""Worked examples of the friend gate: similarity of two profiles, outcome by the answers of the friends."""

from fractions import Fraction

import pytest

from operators.policy.friendship_age import GateReason
from schemas.records import AcceptFriend, AskLookalike, RefuseFriend
from tests.support.portraits import H0, Portraits, gate, rules
from tests.support.story import DAY, HOUR, StoryResult, evidence

REQUEST = 5 * DAY
ALL = frozenset(GateReason)


def differing(bits: int) -> bytes:
    """Return a hash that differs from H0 by so many bits."""
    return (int.from_bytes(H0) ^ ((1 << bits) - 1)).to_bytes(8)


def compared(mine: dict[str, object], theirs: dict[str, object]) -> StoryResult:
    policy = rules(review_up_to=Fraction("0.84"))
    story = Portraits(policy).befriends("R", "M", 0).profile("M", DAY, **theirs).profile("S", DAY, **mine)
    return story.requests(REQUEST).play()


@pytest.mark.parametrize(
    ("mine", "theirs", "exact", "reasons"),
    [
        pytest.param(
            {"nickname": "Mother", "avatar_hash": differing(10), "region": "Lisbon", "signature": "x"},
            {"nickname": "mother", "avatar_hash": H0, "region": "Lisbon"},
            "67/72",
            ALL,
            id="FA-V33",
        ),
        pytest.param(
            {"nickname": "Mother", "avatar_hash": differing(32), "region": "Lisbon"},
            {"nickname": "Mother", "avatar_hash": H0, "region": "Lisbon", "signature": "x"},
            "7/9",
            {"same_name"},
            id="FA-V34",
        ),
        pytest.param(
            {"nickname": "abc", "avatar_hash": H0, "region": "Lisbon"},
            {"nickname": "xyz", "avatar_hash": H0, "region": "Lisbon"},
            "1/2",
            {"same_picture"},
            id="FA-V35",
        ),
        pytest.param(
            {"nickname": "abcde", "avatar_hash": differing(6)},
            {"nickname": "abcdX", "avatar_hash": H0},
            "17/20",
            {"picture_and_name", "same_picture"},
            id="FA-V36",
        ),
        pytest.param(
            {"nickname": "abcde", "avatar_hash": differing(5)},
            {"nickname": "abcdX", "avatar_hash": H0},
            "583/680",
            ALL - {"same_name"},
            id="FA-V37",
        ),
        pytest.param(
            {"signature": "always here", "region": "Lisbon"},
            {"signature": "Always here!", "region": "Lisbon"},
            "0",
            set(),
            id="FA-V38",
        ),
        pytest.param(
            {"nickname": "abcde", "avatar_hash": differing(10)},
            {"nickname": "abcXY", "avatar_hash": H0},
            "243/340",
            {"same_picture"},
            id="FA-V90",
        ),
        pytest.param(
            {"nickname": "abcde", "avatar_hash": differing(11)},
            {"nickname": "abcdX", "avatar_hash": H0},
            "553/680",
            set(),
            id="FA-V91",
        ),
    ],
)
def test_profiles_are_compared_exactly__fa_57_fa_54(
    mine: dict[str, object], theirs: dict[str, object], exact: str, reasons: set[str]
) -> None:
    ending = compared(mine, theirs)
    first = ending.decisions[0]
    best = evidence(first)["best"]
    assert (best["exact"], set(best.get("reasons", ())), set(first.reasons)) == (exact, reasons, reasons)
    assert first.outcome == ("ASKED" if reasons else "ACCEPTED")
    assert isinstance(ending.commands[0], AskLookalike if reasons else AcceptFriend)


def test_friend_is_asked_on_its_own_account__fa_55() -> None:
    ending = compared({"nickname": "Mother"}, {"nickname": "Mother"})
    [asked, refused] = ending.commands
    assert isinstance(asked, AskLookalike)
    assert (asked.request_id, asked.account_id, asked.requester_id, asked.lookalike_id) == ("q1", "R", "S", "M")
    assert isinstance(refused, RefuseFriend)


def twins(*friends: str) -> Portraits:
    """Return a story in which S looks like all of these friends of R's."""
    story = Portraits().profile("S", 1, nickname="Mother")
    for friend in friends:
        story.befriends("R", friend, 2).profile(friend, 3, nickname="Mother")
    return story.requests(REQUEST)


@pytest.mark.parametrize(
    ("answers", "after", "outcome"),
    [
        pytest.param({"x": True}, HOUR, "ACCEPTED", id="FA-V39"),
        pytest.param({"x": False}, HOUR, "REFUSED_DENIED", id="FA-V40"),
        pytest.param({"x": None}, DAY, "REFUSED_EXPIRED", id="FA-V41"),
        pytest.param({"x": True, "y": None}, DAY, "ACCEPTED", id="FA-V42"),
        pytest.param({"x": False, "y": None}, DAY, "REFUSED_DENIED", id="FA-V43"),
        pytest.param({"x": True, "y": False}, HOUR + 1, "REFUSED_CONFLICT", id="FA-V44"),
        pytest.param({"x": True, "y": True}, HOUR + 1, "ACCEPTED", id="FA-V45"),
        pytest.param({"x": None, "y": None}, DAY, "REFUSED_EXPIRED", id="FA-V46"),
    ],
)
def test_outcome_and_time_by_answers__fa_59_fa_60_fa_56(
    answers: dict[str, bool | None], after: int, outcome: str
) -> None:
    story = twins(*answers)
    for place, (friend, yes) in enumerate(answers.items()):
        if yes is not None:
            story.answers_lookalike(friend, REQUEST + HOUR + place, yes=yes)
    ending = story.play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + after, outcome)]
    last = ending.commands_of(ending.decisions[-1])
    assert isinstance(last[0], AcceptFriend if outcome == "ACCEPTED" else RefuseFriend)
    assert [type(command).__name__ for command in last[1:]] == (
        ["RequestReview"] if outcome == "REFUSED_CONFLICT" else []
    )


@pytest.mark.parametrize(("answer", "linked"), [({"x": True, "y": True}, ["x", "y"]), ({"x": True, "y": False}, [])])
def test_only_an_acceptance_links_accounts__fa_61_fa_v44_fa_v45(answer: dict[str, bool], linked: list[str]) -> None:
    story = twins("x", "y")
    for place, (friend, yes) in enumerate(answer.items()):
        story.answers_lookalike(friend, REQUEST + HOUR + place, yes=yes)
    again = story.befriends("T", "x", 3).befriends("T", "y", 3).requests(REQUEST + 2 * DAY, "q2", target="T").play()
    asked = [command.lookalike_id for command in again.commands if isinstance(command, AskLookalike)]
    assert [friend for friend in ("x", "y") if asked.count(friend) == 1] == linked


def test_an_answer_at_the_deadline_is_in_time__c_3() -> None:
    assert gate(twins("x").answers_lookalike("x", REQUEST + DAY, yes=True).play())[-1] == (REQUEST + DAY, "ACCEPTED")
    assert gate(twins("x").answers_lookalike("x", REQUEST + DAY + 1, yes=True).play())[-1] == (
        REQUEST + DAY,
        "REFUSED_EXPIRED",
    )


def test_gate_settings_are_applied() -> None:
    policy = rules(gate={"gate_timeout_ms": HOUR, "gate_ask_at_most": 1})
    story = Portraits(policy).profile("S", 1, nickname="Mother")
    for friend in ("x", "y"):
        story.befriends("R", friend, 2).profile(friend, 3, nickname="Mother")
    ending = story.requests(REQUEST).play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + HOUR, "REFUSED_EXPIRED")]
    assert [command.lookalike_id for command in ending.commands if isinstance(command, AskLookalike)] == ["x"]
