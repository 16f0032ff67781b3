"""Scope: suspicious one-to-one messages from a friend on the recipient's list (FA-1 to FA-6)."""

import pytest

from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, UNKNOWN, Story, evidence


def test_harmless_message_has_no_outcome__fa_6() -> None:
    assert not Story().friends_for(0).message(text=HARMLESS).play().outputs


def test_message_from_no_friend_is_out_of_scope__fa_1() -> None:
    ending = Story().message().play()
    assert not ending.outputs
    assert ending.counts["relationship.no-friend"] == 1


def test_a_group_message_is_ignored__fa_4_fa_e8() -> None:
    story = Story().friends_for(0)
    for number in range(3):
        story.message(number, recipient_id=None, group_id="g")
    ending = story.play()
    assert [decision.rule for decision in ending.decisions] == ["invite-forest"]


def test_message_is_not_held_back__fa_5() -> None:
    ending = Story().friends_for(0).message().play()
    assert {topic for topic, _, _ in ending.outputs} == {"decisions", "commands", "risk-windows"}


@pytest.mark.parametrize(
    ("listed", "count"),
    [
        pytest.param({"account_id": "bob", "friend_id": "alice"}, 1, id="recipient lists sender"),
        pytest.param({"account_id": "alice", "friend_id": "bob"}, 0, id="sender lists recipient"),
    ],
)
def test_only_the_recipients_list_counts__fa_2_fa_e6(listed: dict[str, str], count: int) -> None:
    ending = Story().friends(mutual=False, **listed).message().play()
    assert len(ending.decisions) == count


def test_a_mutual_friendship_is_on_both_lists__fa_2() -> None:
    story = Story().friends().message().message(1, sender_id="bob", recipient_id="alice")
    assert [decision.subject_id for decision in story.play().decisions] == ["alice", "bob"]


def test_a_mutual_removal_takes_both_off__fa_2() -> None:
    story = Story().friends(at=-9).unfriended(-5).message().message(1, sender_id="bob", recipient_id="alice")
    assert not story.play().decisions


def test_a_removal_that_is_not_mutual_changes_one_list__fa_2() -> None:
    story = Story().friends(at=-9).unfriended(-5, mutual=False)
    story.message().message(1, sender_id="bob", recipient_id="alice")
    assert [decision.subject_id for decision in story.play().decisions] == ["bob"]


def test_every_message_is_checked_whatever_the_recipients_activity__fa_3_fa_e28() -> None:
    story = Story().friends_for(0).message().message(MINUTE).message(DAY)
    assert len(story.play().decisions) == 3


def test_a_message_read_before_the_friendship_that_precedes_it_is_judged_with_it__fa_e4() -> None:
    [decision] = Story().message(100).friends(at=50, since=50).play().decisions
    assert evidence(decision)["friendship"]["age_ms"] == 50


def test_a_friendship_that_begins_later_does_not_count_for_an_earlier_message__fa_e4() -> None:
    assert not Story().message(100).friends(at=101, since=-DAY).play().decisions


def test_an_edited_message_is_a_new_event_and_judged_anew__fa_e7() -> None:
    story = Story().friends_for(0).message(event_id="m1").message(MINUTE, event_id="m1-edited")
    assert story.play().outcomes == ["FIRST_OPERATION", "FIRST_OPERATION"]


def test_negated_keyword_still_hits__fa_e26_fa_15() -> None:
    [decision] = Story().friends_for(0).message(text="never make a payment").play().decisions
    assert evidence(decision)["spans"] == [{"detector": "keyword", "keyword": "payment", "start": 13, "end": 20}]


@pytest.mark.parametrize("text", ["付 款", "付\u200b款", "請匯款", "ＰＡＹＭＥＮＴ"])
def test_an_obfuscated_keyword_is_found__fa_e27(text: str) -> None:
    assert Story().friends_for(0).message(text=text).play().outcomes == ["FIRST_OPERATION"]


@pytest.mark.parametrize(
    ("facts", "age"),
    [
        pytest.param([(-DAY, None)], DAY, id="without since: from the event on"),
        pytest.param([(-HOUR, -DAY)], DAY, id="since"),
        pytest.param([(-HOUR, -DAY), (-MINUTE, -HOUR)], DAY, id="the earliest known start is kept"),
        pytest.param([(-HOUR, -HOUR), (-MINUTE, -DAY)], DAY, id="an earlier start replaces a later one"),
        pytest.param([(-HOUR, UNKNOWN), (-MINUTE, -DAY)], DAY, id="a known start replaces an unknown one"),
        pytest.param([(-HOUR, -DAY), (-MINUTE, UNKNOWN)], DAY, id="an unknown start replaces nothing"),
    ],
)
def test_the_start_of_a_standing_friendship__fa_17(facts: list[tuple[int, int | None]], age: int) -> None:
    story = Story()
    for at, since in facts:
        story.friends(at=at, since=since)
    assert evidence(story.message().play().decisions[0])["friendship"]["age_ms"] == age


def test_removed_and_added_again_the_age_restarts__fa_18_fa_e5() -> None:
    story = Story().friends(at=-60 * DAY).unfriended(-2 * DAY).friends(at=-DAY)
    [decision] = story.message().play().decisions
    assert evidence(decision)["friendship"]["age_ms"] == DAY


@pytest.mark.parametrize("ended", [-2 * DAY, -80 * DAY], ids=["lately", "long ago"])
@pytest.mark.parametrize("since", [-90 * DAY, UNKNOWN])
def test_added_again_the_age_restarts_whatever_start_is_reported__fa_18(since: int, ended: int) -> None:
    story = (
        Story()
        .friends(at=-90 * DAY)
        .unfriended(ended)
        .message(-20 * DAY, HARMLESS)
        .friends(at=-DAY, since=since)
        .message()
    )
    assert story.play().outcomes == ["FIRST_OPERATION"]


@pytest.mark.parametrize("since", [-90 * DAY, UNKNOWN])
@pytest.mark.parametrize(("at", "event_id"), [(-38 * DAY, "again"), (-37 * DAY, "later"), (-DAY, "much later")])
def test_a_repeated_fact_does_not_undo_that_the_age_restarted__fa_18_c_12(at: int, event_id: str, since: int) -> None:
    story = Story().friends(at=-90 * DAY).unfriended(-39 * DAY)
    story.friends(at=-38 * DAY, since=since, event_id="again").friends(at=at, since=since, event_id=event_id)
    assert evidence(story.message().play().decisions[0])["friendship"]["age_ms"] == 38 * DAY


def test_restarted_age_survives_expiry_of_the_removal__fa_18_c_12() -> None:
    story = Story().friends(at=-90 * DAY).unfriended(-39 * DAY).friends(at=-38 * DAY, since=-90 * DAY, event_id="again")
    story.message(-2 * DAY, HARMLESS).friends(at=-38 * DAY, since=-90 * DAY, event_id="again")
    assert evidence(story.message().play().decisions[0])["friendship"]["age_ms"] == 38 * DAY


def test_of_a_friendship_that_restarted_the_earliest_start_since_then_is_kept__fa_17_fa_18() -> None:
    story = Story().friends(at=-90 * DAY).unfriended(-2 * DAY).friends(at=-HOUR).friends(at=-1, since=-DAY)
    [decision] = story.message().play().decisions
    assert evidence(decision)["friendship"]["age_ms"] == DAY
