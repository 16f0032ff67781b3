"""Wording of events and commands, for people who do not program."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from jobs.explain.wording import describe_command, describe_decision, describe_event, describe_reason
from operators.decision import LATE, POLICY_UNSEEN
from operators.enforcement.amendment import OVER_LIMIT
from operators.enforcement.enforced_operator import LOG_ONLY
from operators.friendship_age.bands import AGE_UNKNOWN, MILD
from operators.friendship_age.friendship_age import LOW_TRUST, NEW_LINK, NO_WAY_TO_ASK
from operators.friendship_age.verification_answer import CONTRADICTED
from operators.policy.conversation import CONVERSATION
from schemas.records import MemberAction, ReviewAnswered, RevokeCommand
from schemas.topics import INPUTS, TOPICS
from tests.schemas.record_strategies import example
from tests.support.given import DECISION


@pytest.mark.parametrize("kind", TOPICS["commands"].records)
def test_every_command_has_words(kind: type) -> None:
    assert describe_command(example(kind.__name__)) != kind.__name__


@pytest.mark.parametrize("kind", [kind for topic in INPUTS for kind in topic.records])
def test_every_event_has_words(kind: type) -> None:
    if kind.__name__ != "AccountErased":  # of which nobody should speak
        assert describe_event(example(kind.__name__)) != kind.__name__


@pytest.mark.parametrize("part", ["keywords", "patterns", "links", "hits", "reports", "trusted_reporters", "findings"])
def test_every_part_of_the_condition_of_a_group_has_words__if_43(part: str) -> None:
    assert describe_reason(part) != part


@pytest.mark.parametrize(
    "reason",
    [LATE, POLICY_UNSEEN, AGE_UNKNOWN, MILD, LOW_TRUST, NEW_LINK, NO_WAY_TO_ASK, CONTRADICTED, CONVERSATION],
)
def test_every_tag_of_a_decision_on_a_message_has_words__fa_38(reason: str) -> None:
    assert describe_reason(reason) != reason


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"revoked_type": "BlockAccount"}, "the block of ann for bob"),
        ({"revoked_type": "RequestVerification"}, "the question to the owner of ann's account"),
        ({"revoked_type": "RefuseFriend"}, "the refusal of ann as a friend of bob"),
        (
            {"revoked_type": "ManageMember", "group_id": "g", "action": MemberAction.BAN, "other_id": None},
            "BAN against bob in the group g",
        ),
        ({"revoked_type": "Unknown"}, "Unknown to bob"),
    ],
)
def test_a_command_that_is_taken_back_is_named_by_what_it_did__rv_9(fields: dict[str, object], said: str) -> None:
    about = {
        "command_id": "c",
        "decision_id": "d",
        "at_ms": 1,
        "revoked_id": "r",
        "account_id": "bob",
        "other_id": "ann",
    }
    command = RevokeCommand(**(about | fields))
    assert describe_command(command) == f"take back {said}, as reviewers do not uphold its decision"


@pytest.mark.parametrize(("upheld", "said"), [(True, "right"), (False, "wrong")])
def test_an_answer_says_whether_the_decision_was_right__rv_4(upheld: bool, said: str) -> None:  # noqa: FBT001
    answer = example("ReviewAnswered", reviewer_id="rita", subject_id="ann", upheld=upheld)
    assert isinstance(answer, ReviewAnswered)
    assert describe_event(answer) == f"rita says of the decision about ann: {said}"


@pytest.mark.parametrize("reason", [OVER_LIMIT, LOG_ONLY])
def test_a_reason_to_keep_some_commands_back_does_not_say_that_none_was_sent__c_28_c_31(reason: str) -> None:
    assert "some or all" in describe_reason(reason)


@pytest.mark.parametrize(
    ("rule", "outcome", "reason", "untrue"),
    [
        pytest.param("friend-gate", "REFUSED_DENIED", "ALREADY_BLOCKED", "looks like", id="FA-65: nothing compared"),
        pytest.param("friendship-age", "VERIFY", NO_WAY_TO_ASK, "asked", id="FA-38: nobody asked"),
        pytest.param("friendship-age", "VERIFY", LOW_TRUST, "another way", id="FA-38: asked inside the application"),
        pytest.param("event-group", "MEMBER_DECLINED", "AUDIT_REJECTED", "want", id="EG-13: nobody asked the member"),
    ],
)
def test_a_sentence_says_only_what_holds_for_every_reason(rule: str, outcome: str, reason: str, untrue: str) -> None:
    decision = replace(DECISION, rule=rule, outcome=outcome, reasons=(reason,))
    assert untrue not in describe_decision(decision)
    assert describe_reason(reason) != reason
