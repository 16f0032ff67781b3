"""Lifecycle of follows: request, answer, revocation, expiry (EG-1 to EG-9, EG-E7 to EG-E9)."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from schemas.malformed import Malformed, Reason
from schemas.records import FollowAnswered, FollowRequested, FollowRevoked, PromptToJoin
from schemas.validation import validate
from tests.support.incident_story import H0, USER, IncidentStory, event_group_policy, picture_of
from tests.support.story import DAY, HOUR, START_MS, evidence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operators.policy.model import Policy

WEEK = 7 * DAY


def new_story(policy: Policy | None = None) -> IncidentStory:
    return IncidentStory(policy)


def prompted_accounts(story: IncidentStory) -> set[str]:
    return set(story.play_in_order().prompted)


def request(at: int, **fields: object) -> FollowRequested:
    known: dict[str, object] = {"event_id": "f", "at_ms": START_MS + at, "follower_id": "F", "object_id": "O"}
    return FollowRequested(**(known | fields))  # type: ignore[arg-type]


def test_a_follow_is_many_to_many__eg_4() -> None:
    story = new_story().follow("F", "O").follow("F", "P").follow("G", "O").created("O", "P")
    assert prompted_accounts(story) == {"O", "P", "F", "G"}


def test_a_request_applies_to_the_account_that_it_names__eg_1() -> None:
    story = new_story().follow("F", "O", accepted=None)
    story.event(FollowAnswered, -HOUR, follower_id="F", object_id="P", accepted=True)
    assert prompted_accounts(story.created("O", "P")) == set()


@pytest.mark.parametrize(
    ("accepted", "found"), [(None, set()), (False, set()), (True, {"O", "F"})], ids=["pending", "declined", "active"]
)
def test_only_an_accepted_follow_counts__eg_5_eg_3(accepted: bool | None, found: set[str]) -> None:  # noqa: FBT001
    assert prompted_accounts(new_story().follow("F", "O", accepted=accepted).created("O")) == found


@pytest.mark.parametrize(("after", "found"), [(WEEK, {"O", "F"}), (WEEK + 1, set())], ids=["at the deadline", "later"])
def test_a_request_is_pending_for_a_week__eg_5(after: int, found: set[str]) -> None:
    story = new_story().event(FollowRequested, -WEEK, follower_id="F", object_id="O")
    story.event(FollowAnswered, -WEEK + after, follower_id="F", object_id="O", accepted=True)
    assert prompted_accounts(story.created("O", at=10)) == found


def test_the_policy_sets_how_long_a_request_is_pending__eg_5() -> None:
    story = new_story(event_group_policy(follow_pending_ms=HOUR)).event(
        FollowRequested, 0, follower_id="F", object_id="O"
    )
    story.event(FollowAnswered, HOUR + 1, follower_id="F", object_id="O", accepted=True)
    assert prompted_accounts(story.created("O", at=2 * HOUR)) == set()


ORDERS = list(permutations("abc"))


def at_once(ids: Sequence[str], *, revoked: bool, at: int = 0) -> IncidentStory:
    """A follow requested, accepted and perhaps revoked in one millisecond, in the order of the event ids only."""
    pair = {"follower_id": "F", "object_id": "O"}
    story = new_story().event(FollowAnswered, at, event_id=ids[0], accepted=True, **pair)
    story.event(FollowRequested, at, event_id=ids[1], **pair)
    return story.event(FollowRevoked, at, event_id=ids[2], revoked_by="O", **pair) if revoked else story


@pytest.mark.parametrize("ids", ORDERS)
@pytest.mark.parametrize(("revoked", "found"), [(False, {"O", "F"}), (True, set())])
def test_a_request_its_acceptance_and_revocation_of_one_millisecond_apply_in_this_order__c_2_eg_5_eg_6(
    ids: Sequence[str],
    revoked: bool,  # noqa: FBT001
    found: set[str],
) -> None:
    assert prompted_accounts(at_once(ids, revoked=revoked).created("O", at=5)) == found


@pytest.mark.parametrize("after", [-1, 0, 1])
@pytest.mark.parametrize("ids", [("a", "z"), ("z", "a")])
@pytest.mark.parametrize("emergency", [True, False])
def test_a_follow_accepted_up_to_the_millisecond_of_the_creation_counts_for_it__c_2_eg_17(
    after: int,
    ids: tuple[str, str],
    emergency: bool,  # noqa: FBT001
) -> None:
    story = new_story(event_group_policy(emergency_kinds=frozenset({"accident"}) if emergency else frozenset()))
    story.event(FollowRequested, -10, follower_id="F", object_id="O")
    story.event(FollowAnswered, after, event_id=ids[0], follower_id="F", object_id="O", accepted=True)
    story.reported(0, event_id=ids[1] if emergency else "r", object_ids=("O",)).audited(0, event_id=ids[1] + "a")
    ending = story.play_in_order()
    found = evidence(ending.one("CREATED"))["found"]
    assert found == {"EVENT_USER": 1} | ({"FOLLOWER": 1, "OBJECT": 1} if after <= 0 else {})
    assert {one.at_ms - START_MS for one in ending.sent(PromptToJoin)} == {max(after, 0)}  # later it is EG-24's


@pytest.mark.parametrize("after", [-1, 0, 1])
def test_a_follow_accepted_up_to_the_millisecond_of_a_query_is_found_by_it__c_2_eg_36(after: int) -> None:
    story = (
        new_story().informed("O", picture_of(H0)).created().event(FollowRequested, 10, follower_id="F", object_id="O")
    )
    story.event(FollowAnswered, 2_000 + after, event_id="z", follower_id="F", object_id="O", accepted=True)
    ending = story.asked(USER, picture_of(H0), at=2_000, event_id="a").play_in_order()
    assert [one.outcome for one in ending.decisions if one.rule == "identification"] == (
        ["MATCHED"] if after <= 0 else ["NOT_FOUND"]
    )


@pytest.mark.parametrize(("at", "found"), [(-1, set()), (0, set()), (1, {"O", "F"})])
def test_a_follow_revoked_up_to_the_millisecond_of_the_creation_does_not_count__c_2_eg_23(
    at: int, found: set[str]
) -> None:
    story = (
        new_story()
        .follow("F", "O")
        .event(FollowRevoked, at, event_id="z", follower_id="F", object_id="O", revoked_by="F")
    )
    assert prompted_accounts(story.reported(0, event_id="a", object_ids=("O",)).audited(0, event_id="b")) == found


@pytest.mark.parametrize(("at", "found"), [(-1, set()), (0, set()), (1, {"O", "F"})])
def test_a_late_request_counts_if_it_is_newer_than_what_ended_the_follow__c_4(at: int, found: set[str]) -> None:
    story = new_story().follow("F", "O", at=-20).revoked("F", "O", 0).located("far", 50.0, at=HOUR)
    story.event(FollowRequested, at, follower_id="F", object_id="O")
    story.event(FollowAnswered, HOUR + 1, follower_id="F", object_id="O", accepted=True)
    assert set(story.created("O", at=2 * HOUR).play_as_listed().prompted) == found


def test_a_repeated_answer_changes_nothing__c_12() -> None:
    pair = {"follower_id": "F", "object_id": "O"}
    story = new_story().event(FollowRequested, -10, **pair)
    for _ in range(2):
        story.event(FollowAnswered, -9, event_id="once", accepted=False, **pair)
    counts = story.created("O").play_in_order().counts
    assert counts["following.repeated"] == 1
    assert "following.answer-without-request" not in counts


@pytest.mark.parametrize("who", ["F", "O"])
def test_follower_and_object_may_revoke_at_any_time__eg_6(who: str) -> None:
    story = new_story().follow("F", "O").event(FollowRevoked, -5, follower_id="F", object_id="O", revoked_by=who)
    assert prompted_accounts(story.created("O")) == set()


@pytest.mark.parametrize("who", ["police", "f", "P"])
def test_nobody_else_may_revoke__eg_6(who: str) -> None:
    with pytest.raises(Malformed) as caught:
        new_story().follow("F", "O").event(FollowRevoked, -5, follower_id="F", object_id="O", revoked_by=who).play()
    assert (caught.value.reason, caught.value.field) == (Reason.IMPOSSIBLE, "FollowRevoked")


def test_a_revocation_takes_effect_however_late_it_comes__eg_6() -> None:
    story = new_story().follow("F", "O", at=-10 * HOUR).located("far", 50.0, at=-HOUR).revoked("F", "O", -9 * HOUR)
    assert set(story.created("O").play_as_listed().prompted) == set()


def test_a_late_revocation_ends_a_follow_requested_before_it_and_accepted_after_it__eg_6() -> None:
    story = new_story().event(FollowRequested, -1000, follower_id="F", object_id="O")
    story.event(FollowAnswered, -800, follower_id="F", object_id="O", accepted=True).located("far", 50.0, at=HOUR)
    story.revoked("F", "O", -900).created("O", at=2 * HOUR)
    assert set(story.play_as_listed().prompted) == set()


def test_a_request_after_a_revocation_survives_it__c_4() -> None:
    story = new_story().follow("F", "O", at=-10 * HOUR).located("far", 50.0, at=-HOUR).revoked("F", "O", -11 * HOUR)
    ending = story.created("O").play_as_listed()
    assert set(ending.prompted) == {"O", "F"}
    assert ending.counts["following.late-fact-ignored"] == 1


def test_an_older_request_that_comes_late_does_not_undo_a_revocation__c_4() -> None:
    story = new_story().follow("F", "O", at=-10 * HOUR).revoked("F", "O", -5 * HOUR).located("far", 50.0, at=-HOUR)
    story.event(FollowRequested, -6 * HOUR, follower_id="F", object_id="O")
    story.event(FollowAnswered, -6 * HOUR + 1, follower_id="F", object_id="O", accepted=True)
    assert set(story.created("O").play_as_listed().prompted) == set()


def test_account_erasure_ends_a_follow__eg_6() -> None:
    assert prompted_accounts(new_story().follow("F", "O").follow("G", "O").erased("F", -5).created("O")) == {"O", "G"}


@pytest.mark.parametrize(("asked", "found"), [(-1000, set()), (-850, {"F", "O"})], ids=["before", "since"])
def test_a_late_erasure_ends_a_follow_requested_before_it_and_accepted_after_it__c_18_eg_6(
    asked: int, found: set[str]
) -> None:
    story = new_story().event(FollowRequested, asked, follower_id="F", object_id="O")
    story.event(FollowAnswered, -800, follower_id="F", object_id="O", accepted=True).located("far", 50.0, at=HOUR)
    story.erased("F", -900).created("O", at=2 * HOUR)
    assert set(story.play_as_listed().prompted) == found


@pytest.mark.parametrize("who", ["F", "O"])
def test_a_late_erasure_spares_a_revocation_since__c_18_eg_6(who: str) -> None:
    story = new_story().follow("F", "O", at=-20 * HOUR).revoked("F", "O", -5 * HOUR).located("far", 50.0, at=-HOUR)
    story.erased(who, -7 * HOUR).event(FollowRequested, -6 * HOUR, follower_id="F", object_id="O")
    story.event(FollowAnswered, -6 * HOUR + 1, follower_id="F", object_id="O", accepted=True)
    assert set(story.created("O").play_as_listed().prompted) == set()


@pytest.mark.parametrize(
    "kind", [FollowRequested, FollowAnswered, FollowRevoked], ids=["request", "answer", "revocation"]
)
def test_following_oneself_is_impossible__eg_7(kind: type) -> None:
    extra = {FollowAnswered: {"accepted": True}, FollowRevoked: {"revoked_by": "a"}}.get(kind, {})
    with pytest.raises(Malformed) as caught:
        validate(kind(event_id="e", at_ms=1, follower_id="a", object_id="a", **extra))
    assert caught.value.reason is Reason.IMPOSSIBLE


def test_a_relation_has_at_most_64_characters__eg_2() -> None:
    validate(request(0, relation="m" * 64))
    with pytest.raises(Malformed) as caught:
        validate(request(0, relation="m" * 65))
    assert caught.value.reason is Reason.OUT_OF_RANGE


def test_a_relation_is_in_no_output__eg_2() -> None:
    story = new_story().event(FollowRequested, -10, follower_id="F", object_id="O", relation="stepmother")
    story.event(FollowAnswered, -9, follower_id="F", object_id="O", accepted=True).created("O").joined("F")
    assert "stepmother" not in repr(story.play_in_order().outputs)


@pytest.mark.parametrize("standing", [None, True], ids=["pending", "active"])
def test_a_repeated_request_of_an_existing_follow_changes_nothing__eg_7(standing: bool | None) -> None:  # noqa: FBT001
    story = new_story().follow("F", "O", at=-WEEK, accepted=standing)
    story.event(FollowRequested, -WEEK + HOUR, follower_id="F", object_id="O")
    story.event(FollowAnswered, 1, follower_id="F", object_id="O", accepted=True)  # the first request is over by now
    ending = story.created("O", at=10).play_in_order()
    assert ending.counts["following.repeated-follow"] == 1
    assert set(ending.prompted) == ({"O", "F"} if standing else set())


def test_an_answer_without_a_request_changes_nothing_and_is_counted__eg_7() -> None:
    ending = (
        new_story()
        .event(FollowAnswered, -9, follower_id="F", object_id="O", accepted=True)
        .created("O")
        .play_in_order()
    )
    assert ending.counts["following.answer-without-request"] == 1
    assert ending.prompted == {}


def test_an_account_without_followers_is_no_object__eg_e7() -> None:
    story = new_story().located("O").located("near").organisation("police").created("O")
    assert story.play_in_order().prompted == {
        "O": ("NEARBY_USER",),
        "near": ("NEARBY_USER",),
        "police": ("ORGANISATION",),
    }


def test_stored_features_count_once_the_account_has_a_follower__eg_8() -> None:
    story = new_story().informed("O", picture_of(H0)).created().asked(USER, picture_of(H0), at=1_000)
    story.follow("F", "O", at=2_000).asked(USER, picture_of(H0), at=3_000, request="r2")
    assert [one.outcome for one in story.play_in_order().decisions if one.rule == "identification"] == [
        "NOT_FOUND",
        "MATCHED",
    ]


def test_a_decision_names_the_consent_version_that_it_rests_on__eg_9() -> None:
    again = (
        new_story().follow("F", "O", at=-30).revoked("F", "O", -20).follow("F", "O", at=-10).created("O").joined("F")
    )
    ending = again.play_in_order()
    assert evidence(ending.one("CREATED"))["consents"] == [{"follower": "F", "object": "O", "version": 5}]
    assert evidence(ending.one("MEMBER_ADDED"))["consents"] == [{"object": "O", "version": 5}]


def test_a_repeated_revocation_makes_no_consent_version__c_12_eg_9() -> None:
    story = new_story().follow("F", "O", at=-30).revoked("F", "O", -20).revoked("F", "O", -20).follow("F", "O", at=-10)
    ending = story.created("O").play_in_order()
    assert ending.counts["following.repeated-follow"] == 1
    assert evidence(ending.one("CREATED"))["consents"] == [{"follower": "F", "object": "O", "version": 5}]


def test_a_follow_that_is_read_after_the_report_and_precedes_it_counts__eg_e8() -> None:
    story = new_story().reported(object_ids=("O",)).follow("F", "O", at=-500).audited(600)
    assert set(story.play_as_listed().prompted) == {"O", "F"}
