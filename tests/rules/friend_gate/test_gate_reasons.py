"""Reasons of the friend gate: each asks by itself, and weak ones alone let silence accept."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from operators.policy.friendship_age import GateReason
from schemas.records import AcceptFriend, AskLookalike, Warn
from tests.support.portraits import H0, H7, K, Portraits, gate, rules
from tests.support.story import DAY, HOUR, evidence

if TYPE_CHECKING:
    from tests.support.story import StoryResult

REQUEST = 5 * DAY
FRIEND = {"nickname": "Maria Lopez", "avatar_hash": H0}


def comparing(mine: dict[str, Any], theirs: dict[str, Any], **gate_rules: Any) -> Portraits:
    story = Portraits(rules(gate=gate_rules)).befriends("R", "M", 0).profile("M", DAY, **theirs)
    return story.profile("S", DAY, **mine).requests(REQUEST)


def outcomes(ending: StoryResult) -> list[str]:
    return [outcome for _, outcome in gate(ending)]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        pytest.param(
            {"nickname": "wangfang", "avatar_hash": H0, "signature": "zzzz", "region": "sh"},
            {"nickname": "wangfang", "avatar_hash": H0, "signature": "aaaa", "region": "bj"},
            id="a perfect copy in another region",
        ),
        pytest.param(
            {"nickname": "妈妈1", "avatar_hash": H0}, {"nickname": "妈妈", "avatar_hash": H0}, id="one letter more"
        ),
        pytest.param({"nickname": "Maria Lopez"}, FRIEND, id="no avatar"),
        pytest.param({"nickname": "Maria Lopez", "avatar_hash": K}, FRIEND, id="another avatar"),
        pytest.param({"nickname": "Maria Lopez (backup)", "avatar_hash": H0}, FRIEND, id="an added word"),
        pytest.param({"nickname": "Lopez Maria", "avatar_hash": H0}, FRIEND, id="swapped names"),
        pytest.param({"nickname": "🌸"}, {"nickname": "🌸"}, id="an emoji"),
        pytest.param({"nickname": "Gardener", "avatar_hash": H0}, FRIEND, id="the avatar alone"),
    ],
)
def test_copies_are_asked_about__fa_55_fa_57_fa_e91_fa_e92(mine: dict[str, Any], theirs: dict[str, Any]) -> None:
    ending = comparing(mine, theirs).play()
    assert outcomes(ending)[0] == "ASKED"
    assert isinstance(ending.commands[0], AskLookalike)


@pytest.mark.parametrize("other", ["user_123456", "user_123457"])
def test_a_name_that_the_platform_gives_is_no_reason__fa_92(other: str) -> None:
    assert outcomes(comparing({"nickname": "user_123457"}, {"nickname": other}).play()) == ["ACCEPTED"]


@pytest.mark.parametrize(
    ("mine", "weak"),
    [
        pytest.param({"nickname": "maria lopez", "avatar_hash": K}, "same_name", id="FA-V102"),
        pytest.param({"nickname": "Gardener", "avatar_hash": H0}, "same_picture", id="the picture"),
    ],
)
def test_silence_accepts_with_a_note_where_only_weak_reasons_hold__fa_60_fa_v102(
    mine: dict[str, Any], weak: str
) -> None:
    ending = comparing(mine, FRIEND).play()
    assert gate(ending) == [(REQUEST, "ASKED"), (REQUEST + DAY, "ACCEPTED")]
    first, last = ending.decisions
    assert (first.reasons, last.reasons) == ((weak,), ("no_answer",))
    assert evidence(last)["asked"][0]["reasons"] == [weak]
    [accepted, note] = ending.commands_of(last)
    assert isinstance(accepted, AcceptFriend)
    assert isinstance(note, Warn)
    assert (note.account_id, note.about_id, note.channel) == ("R", "S", "IN_APP")
    assert "looks like a friend of R" in note.report
    assert "fraud" not in note.report
    assert "M" not in note.report
    assert (last.decision_id in note.report, "no_answer" in note.report) == (True, True)


def test_silence_refuses_if_one_has_a_strong_reason__fa_60_fa_v103() -> None:
    story = Portraits().profile("S", 1, nickname="Maria Lopez", avatar_hash=H0)
    story.befriends("R", "x", 2).profile("x", 3, nickname="Gardener", avatar_hash=H0)
    story.befriends("R", "y", 2).profile("y", 3, nickname="Maria Lopez", avatar_hash=H0)
    ending = story.requests(REQUEST).play()
    assert outcomes(ending) == ["ASKED", "REFUSED_EXPIRED"]


@pytest.mark.parametrize(("yes", "outcome"), [(True, "ACCEPTED"), (False, "REFUSED_DENIED")])
def test_an_answer_decides_whatever_the_reason__fa_60(*, yes: bool, outcome: str) -> None:
    story = comparing({"nickname": "maria lopez", "avatar_hash": K}, FRIEND)
    ending = story.answers_lookalike("M", REQUEST + HOUR, yes=yes).play()
    assert outcomes(ending) == ["ASKED", outcome]
    assert not [command for command in ending.commands if isinstance(command, Warn)]


@pytest.mark.parametrize(
    ("mine", "reasons"),
    [
        pytest.param({"nickname": "maria lopez", "avatar_hash": K}, ("denied", "weak"), id="FA-E99"),
        pytest.param({"nickname": "Gardener", "avatar_hash": H0}, ("denied", "weak"), id="the picture"),
        pytest.param({"nickname": "maria lopez", "avatar_hash": H0}, ("denied",), id="both"),
    ],
)
def test_a_denial_says_if_only_weak_reasons_held__fa_61_fa_e99(mine: dict[str, Any], reasons: tuple[str, ...]) -> None:
    ending = comparing(mine, FRIEND).answers_lookalike("M", REQUEST + HOUR, yes=False).play()
    assert (ending.decisions[-1].outcome, ending.decisions[-1].reasons) == ("REFUSED_DENIED", reasons)


def test_a_denial_for_a_strong_reason_counts_beside_a_weak_one__fa_61() -> None:
    story = Portraits().profile("S", 1, nickname="Maria Lopez", avatar_hash=H0)
    story.befriends("R", "x", 2).profile("x", 3, nickname="Gardener", avatar_hash=H0)
    story.befriends("R", "y", 2).profile("y", 3, nickname="Maria Lopez", avatar_hash=H0)
    story.requests(REQUEST).answers_lookalike("x", REQUEST + HOUR, yes=False)
    assert story.play().decisions[-1].reasons == ("denied", "weak")
    assert story.answers_lookalike("y", REQUEST + HOUR, yes=False).play().decisions[-1].reasons == ("denied",)


def test_strong_reasons_are_asked_about_first__fa_58() -> None:
    story = Portraits(rules(gate={"gate_ask_at_most": 1})).profile("S", 1, nickname="Maria Lopez", avatar_hash=H0)
    story.befriends("R", "a", 2).profile("a", 3, nickname="Maria Lopez", avatar_hash=K)
    story.befriends("R", "b", 2).profile("b", 3, nickname="Mario Lopes", avatar_hash=H0)
    ending = story.requests(REQUEST).play()
    assert [command.lookalike_id for command in ending.commands if isinstance(command, AskLookalike)] == ["b"]


def test_the_policy_says_which_reasons_ask__fa_57() -> None:
    mine = {"nickname": "Maria Lopez", "avatar_hash": K}
    without = frozenset(GateReason) - {GateReason.SAME_NAME}
    ending = comparing(mine, FRIEND, gate_reasons=without).play()
    assert outcomes(ending) == ["ACCEPTED"]
    assert "same_name" not in str(evidence(ending.decisions[0])["conditions"])


def test_a_picture_that_is_only_near_asks_with_a_name_alone__fa_57_ai_21() -> None:
    theirs = FRIEND | {"avatar_hash": H7}
    policy = rules(review_up_to=Fraction(57, 64))

    def first(nickname: str) -> str:
        story = Portraits(policy).befriends("R", "M", 0).profile("M", DAY, **theirs)
        return outcomes(story.profile("S", DAY, nickname=nickname, avatar_hash=H0).requests(REQUEST).play())[0]

    assert (first("Gardener"), first("Mario Lopez")) == ("ACCEPTED", "ASKED")


def test_the_policy_says_which_reasons_are_weak__fa_60() -> None:
    mine = {"nickname": "Maria Lopez", "avatar_hash": K}
    ending = comparing(mine, FRIEND, gate_weak_reasons=frozenset()).play()
    assert outcomes(ending) == ["ASKED", "REFUSED_EXPIRED"]


def test_a_picture_alone_is_no_drift_and_a_name_is__fa_66() -> None:
    story = Portraits().befriends("R", "M", 0).profile("M", 1, **FRIEND).befriends("R", "S", 2)
    story.profile("S", DAY, nickname="Gardener", avatar_hash=H0)
    assert not story.play().decisions
    [decision] = story.profile("S", 2 * DAY, nickname="Lopez, Maria", avatar_hash=K).play().decisions
    assert evidence(decision)["best"]["reasons"] == ["same_name"]
