"""What ends once people do not uphold a refusal at the friend gate, or a finding about somebody's picture."""

from __future__ import annotations

import pytest

from operators.ids import identify
from operators.policy.action import Operation
from operators.policy.avatar_impersonation import RiskOperation
from schemas.records import BlockAccount, JoinVia, MemberJoined, MemberRole, MessageSent, RefuseFriend
from tests.support.group_story import BOSS, GROUP, cases, forest_policy
from tests.support.portraits import H0, H7, Portraits, alike, findings, gate, outcomes, rules, stolen
from tests.support.reviews.answering import answered, revoked
from tests.support.story import DAY, HARMLESS, HOUR, evidence

REQUEST, MESSAGE = 5 * DAY, 20 * DAY
REFUSED = REQUEST + HOUR


def denied() -> Portraits:
    """A friend denies being the requester, who is refused."""
    return alike("x").requests(REQUEST).answers_lookalike("x", REFUSED, yes=False)


def overturned(story: Portraits, at: int, *, about: int = -1) -> Portraits:
    return answered(story, story.play().decisions[about], at)


def test_a_denial_ends_with_the_refusal_that_rests_on_it__rv_16_rv_v14() -> None:
    story = denied()
    assert gate(story.play())[-1][1] == "REFUSED_DENIED"
    ending = overturned(story, REFUSED + HOUR).requests(REQUEST + DAY, "q2").play()
    assert gate(ending)[2] == (REQUEST + DAY, "ASKED")  # without the answer it would be REFUSED_DENIED at once
    refusal = next(command for command in ending.commands if isinstance(command, RefuseFriend))
    [taken] = revoked(ending)
    assert (taken.revoked_id, taken.revoked_type) == (refusal.command_id, "RefuseFriend")
    assert (taken.account_id, taken.other_id) == ("R", "S")


def test_a_denial_belongs_to_the_latest_refusal_that_rests_on_it__rv_16_rv_e10() -> None:
    story = denied().requests(REQUEST + DAY, "q2")
    first, second = [found for found in story.play().decisions if found.outcome == "REFUSED_DENIED"]
    assert revoked(answered(story, first, REQUEST + 2 * DAY).play()) == []
    ending = answered(story, second, REQUEST + 3 * DAY).requests(REQUEST + 4 * DAY, "q3").play()
    assert len(revoked(ending)) == 1
    assert gate(ending)[3] == (REQUEST + 4 * DAY, "ASKED")


@pytest.mark.parametrize(("yes", "outcome"), [(None, "REFUSED_EXPIRED"), (True, "ACCEPTED")])
def test_a_denial_that_ends_decides_no_open_request__rv_16_rv_8(*, yes: bool | None, outcome: str) -> None:
    story = (
        denied().befriends("R", "y", REQUEST + HOUR).profile("y", 4, nickname="Mother").requests(REQUEST + DAY, "q2")
    )
    if yes is not None:
        story.answers_lookalike("y", REQUEST + DAY + 2 * HOUR, yes=yes, request="q2")
    refusal = next(found for found in story.play().decisions if found.outcome == "REFUSED_DENIED")
    ending = answered(story, refusal, REQUEST + DAY + HOUR).play()
    assert [found for _, found in gate(ending)] == ["ASKED", "REFUSED_DENIED", "ASKED", outcome]
    assert len(revoked(ending)) == 1


@pytest.mark.parametrize(("later", "count"), [(30 * DAY - 1, 1), (30 * DAY, 0)])
def test_a_refusal_is_taken_back_while_its_denials_count__rv_16(later: int, count: int) -> None:
    assert len(revoked(overturned(denied(), REFUSED + later).play())) == count


def test_the_denials_of_a_conflict_end_too__rv_16() -> None:
    story = alike("x", "y").requests(REQUEST)
    story.answers_lookalike("x", REFUSED, yes=False).answers_lookalike("y", REFUSED + 1, yes=True)
    assert gate(story.play())[-1][1] == "REFUSED_CONFLICT"
    ending = overturned(story, REFUSED + HOUR).requests(REQUEST + DAY, "q2").play()
    assert len(revoked(ending)) == 1
    assert gate(ending)[2] == (REQUEST + DAY, "ASKED")


def test_a_request_that_nobody_answered_leaves_nothing_to_undo__rv_16() -> None:
    story = alike("x").requests(REQUEST)
    assert gate(story.play())[-1][1] == "REFUSED_EXPIRED"
    assert revoked(overturned(story, REQUEST + 2 * DAY).play()) == []


def barred() -> Portraits:
    """A sender with the picture of the recipient's friend is blocked for the recipient."""
    return stolen(H7, rules(risk_operation=RiskOperation(Operation(block=True)))).writes(MESSAGE)


def test_the_block_of_a_finding_ends__rv_17_rv_v15() -> None:
    story = overturned(barred(), MESSAGE + HOUR).avatar("S", H0, MESSAGE + DAY).writes(MESSAGE + DAY + 1)
    ending = story.play()
    assert outcomes(ending) == ["RISK_USER", "RISK_USER"]
    block = next(command for command in ending.commands if isinstance(command, BlockAccount))
    [taken] = revoked(ending)
    assert (taken.revoked_id, taken.account_id, taken.other_id) == (block.command_id, "R", "S")


def test_the_same_finding_is_not_reported_anew__rv_17() -> None:
    ending = overturned(barred(), MESSAGE + HOUR).writes(MESSAGE + 2 * HOUR).play()
    assert outcomes(ending) == ["RISK_USER"]
    assert ending.counts["impersonation.repeated-finding"] == 1


def test_the_block_of_a_finding_about_an_erased_recipient_is_not_taken_back__rv_12_c_18() -> None:
    story = barred().erased("R", MESSAGE + HOUR)
    assert revoked(answered(story, findings(story.play())[0], MESSAGE + 2 * HOUR).play()) == []


def charged() -> Portraits:
    """A member of a group has the picture of somebody's friend."""
    story = stolen(H7, forest_policy(findings=True)).writes(MESSAGE)
    joins = {"group_id": GROUP, "account_id": "S", "inviter_id": BOSS, "inviter_role": MemberRole.ADMIN}
    return story.event(MemberJoined, MESSAGE, via=JoinVia.INVITE, **joins)


def test_a_finding_makes_no_message_a_hit_any_more__rv_18_rv_v16() -> None:
    def posts(story: Portraits) -> list[str]:
        ending = story.event(MessageSent, MESSAGE + 2 * HOUR, sender_id="S", group_id=GROUP, text=HARMLESS).play()
        return [str(evidence(case)["condition"]) for case in cases(ending)]

    assert posts(charged()) == ["['findings']"]
    story = charged()
    assert posts(answered(story, findings(story.play())[0], MESSAGE + HOUR)) == []


def test_a_newer_finding_stays__rv_18() -> None:
    story = charged().avatar("S", H0, MESSAGE + 1).writes(MESSAGE + 2)
    first, _ = findings(story.play())
    story = answered(story, first, MESSAGE + HOUR)
    ending = story.event(MessageSent, MESSAGE + 2 * HOUR, sender_id="S", group_id=GROUP, text=HARMLESS).play()
    assert len(cases(ending)) == 1


def test_the_id_of_a_revocation_is_that_of_its_decision_and_its_command__rv_9_c_11() -> None:
    [taken] = revoked(overturned(denied(), REFUSED + HOUR).play())
    assert taken.command_id == identify(taken.decision_id, "RevokeCommand", taken.revoked_id)
