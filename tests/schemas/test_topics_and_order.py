"""Topics, Kafka keys and the order of C-2, for every record."""

from typing import get_args

import pytest

from schemas.event_order import CAUSED, RANKS, Rank, order_of
from schemas.records import RECORDS, Decision, IncidentReported, MemberReported, MessageSent
from schemas.schema_versions import CURRENT
from schemas.topics import INPUT_OF, INPUTS, OUTPUTS, TOPICS, Direction
from tests.schemas.record_strategies import example

INTERNAL = {name for name, release in CURRENT.items() if release.topic == "internal"}


def test_the_topics_are_the_contracts() -> None:
    assert [topic.name for topic in INPUTS] == [
        "messages",
        "relations",
        "profiles",
        "verifications",
        "groups",
        "attention",
        "locations",
        "incidents",
        "reviews",
        "policies",
        "erasures",
    ]
    assert [topic.name for topic in OUTPUTS] == [
        "decisions",
        "shadow-decisions",
        "commands",
        "risk-windows",
        "dead-letters",
    ]


def test_every_record_travels_on_the_topic_that_its_schema_names() -> None:
    carried = {kind.__name__ for topic in TOPICS.values() for kind in topic.records}
    assert carried == RECORDS.keys() - INTERNAL
    assert all(kind in TOPICS[CURRENT[name].topic].records for name, kind in RECORDS.items() if name not in INTERNAL)
    assert all(topic.direction is Direction.INPUT for topic in INPUT_OF.values())


@pytest.mark.parametrize("name", sorted(RECORDS.keys() - INTERNAL))
def test_every_record_has_a_key(name: str) -> None:
    record = example(name)
    assert TOPICS[CURRENT[name].topic].key_of(record)


def test_a_message_is_keyed_by_whom_or_what_it_is_sent_to() -> None:
    messages = TOPICS["messages"]
    person = MessageSent(event_id="e", at_ms=1, sender_id="s", recipient_id="r", text="")
    group = MessageSent(event_id="e", at_ms=1, sender_id="s", group_id="g", text="")
    assert (messages.key_of(person), messages.key_of(group)) == ("r", "g")


def test_commands_about_one_incident_have_one_key() -> None:
    kinds = ("CreateEventGroup", "PromptToJoin", "AddMember", "CancelPrompt", "CloseEventGroup", "TellEnded")
    assert {TOPICS["commands"].key_of(example(kind, incident_id="i")) for kind in kinds} == {"i"}


def test_every_record_that_an_operator_receives_has_its_class__c_2() -> None:
    received = {kind.__name__ for kind in INPUT_OF} | INTERNAL | {"Decision"}
    assert {kind.__name__ for kind in (*RANKS, *get_args(CAUSED))} == received


@pytest.mark.parametrize("kind", sorted(kind.__name__ for kind in get_args(CAUSED)))
def test_a_record_between_steps_has_the_rank_of_its_cause__c_2(kind: str) -> None:
    assert order_of(example(kind, rank=3, event_id="e")) == (3, b"e")


@pytest.mark.parametrize("kind", sorted(kind.__name__ for kind in RANKS))
def test_an_id_breaks_the_tie_by_its_bytes__c_2(kind: str) -> None:
    field = "decision_id" if kind == "Decision" else "event_id"
    ids = ["Z", "a", "é", "\uffff", "\U0001f600"]
    assert [order_of(example(kind, **{field: one}))[1].decode() for one in ids] == ids
    assert sorted(ids, key=lambda one: order_of(example(kind, **{field: one}))) == ids


def test_policies_come_first_then_erasures_facts_content_and_answers__c_2_if_5() -> None:
    names = ["PolicyPublished", "AccountErased", "RoleChanged", "FriendAdded", "MessageSent", "VerificationAnswered"]
    assert [order_of(example(name))[0] for name in names] == [0, 1, 2, 3, 4, 5] == list(Rank)


@pytest.mark.parametrize(
    ("rank", "names"),
    [
        (Rank.ERASURE, ["AccountErased", "AccountForgotten", "MemberForgotten"]),
        (Rank.GROUND, ["RoleChanged", "FollowRequested", "NameBecameCommon", "PictureBecameCommon"]),
        (Rank.FACT, ["AccountUnblocked", "SanctionLifted", "FollowRevoked", "FollowAnswered", "MemberLeft"]),
        (
            Rank.CONTENT,
            [
                "FriendRequested",
                "MemberReported",
                "IncidentReported",
                "SuspicionRaised",
                "ContentSuspected",
                "Decision",
            ],
        ),
        (Rank.ANSWER, ["JoinAnswered", "IncidentWithdrawn", "IncidentClosed", "LookalikeAnswered"]),
    ],
)
def test_the_class_of_a_record__c_2(rank: Rank, names: list[str]) -> None:
    assert {order_of(example(name))[0] for name in names} == {rank.value}


def test_the_contents_of_an_incident_come_before_its_answers__c_2() -> None:
    assert RANKS[IncidentReported] == RANKS[MemberReported] == RANKS[Decision] == Rank.CONTENT


def test_the_first_field_that_is_not_null_is_the_key_though_it_be_empty__an_erased_event_user_has_no_name() -> None:
    review = example("RequestReview", subject_id="", group_id=None)
    assert TOPICS["commands"].key_of(review) == ""
