"""What reviewers answered: whose answers count, and what they make of a decision together."""

from __future__ import annotations

from dataclasses import replace

import pytest

from operators.policy.action import Operation
from operators.policy.friendship_age import bands_between
from operators.reviews.review import REVIEWERS_AT_MOST
from schemas.malformed import Malformed
from schemas.records import MissReported, PolicyMode
from schemas.topics import TOPICS
from schemas.validation import validate
from tests.schemas.record_strategies import example
from tests.support.reviews.answering import OTHER_REVIEWER, REVIEWER, answered, reviewed, revoked
from tests.support.story import DAY, HARMLESS, HOUR, MINUTE, SECOND, Story, rules

BLOCKING = rules(bands=bands_between(3 * DAY, 30 * DAY, Operation(block=True), Operation()))


def blocked() -> Story:
    """A new friend is blocked at once."""
    return Story(BLOCKING).friends_for(0).message()


def test_answers_are_keyed_by_the_subject__rv_1() -> None:
    answer = example("ReviewAnswered", subject_id="ann")
    missed = example("MissReported", subject_id="ann")
    assert {TOPICS["reviews"].key_of(record) for record in (answer, missed)} == {"ann"}


@pytest.mark.parametrize(
    ("field", "value"),
    [("subject_id", ""), ("decision_id", "a\tb"), ("rule", ""), ("reviewer_id", "x" * 257), ("note_code", "x" * 257)],
)
def test_an_answer_that_names_nothing_is_refused__rv_2(field: str, value: str) -> None:
    with pytest.raises(Malformed, match=f"ReviewAnswered.{field}"):
        validate(example("ReviewAnswered", **{field: value}))


@pytest.mark.parametrize("kind", ["ReviewAnswered", "MissReported"])
def test_nobody_reviews_what_is_said_about_themselves__rv_2(kind: str) -> None:
    with pytest.raises(Malformed, match="subject_id and reviewer_id are the same"):
        validate(example(kind, subject_id="ann", reviewer_id="ann"))


def test_what_was_missed_is_counted_and_changes_nothing__rv_3() -> None:
    story = blocked()
    before = story.play().outputs
    story.event(
        MissReported, HOUR, cause_event_id="event-1", rule="strangers", subject_id="alice", reviewer_id=REVIEWER
    )
    ending = story.play()
    assert (ending.outputs, ending.counts["review.missed"]) == (before, 1)


@pytest.mark.parametrize(
    ("said", "ends"),
    [
        pytest.param([(REVIEWER, False)], True, id="RV-V1"),
        pytest.param([(REVIEWER, True)], False, id="RV-V2"),
        pytest.param([(REVIEWER, True), (REVIEWER, False)], True, id="RV-V3"),
        pytest.param([(REVIEWER, True), (OTHER_REVIEWER, False)], False, id="RV-V4"),
        pytest.param([(REVIEWER, True), (OTHER_REVIEWER, False), (REVIEWER, False)], True, id="RV-V5"),
        pytest.param([(REVIEWER, False), (OTHER_REVIEWER, True)], True, id="RV-V6: undone before the other one came"),
        pytest.param([(REVIEWER, False), (REVIEWER, False), (OTHER_REVIEWER, False)], True, id="RV-V7"),
    ],
)
def test_a_decision_is_overturned_while_no_reviewer_upholds_it__rv_4_rv_5(
    said: list[tuple[str, bool]],
    ends: bool,  # noqa: FBT001 - a parameter of a test
) -> None:
    story = first = blocked()
    [decision] = first.play().decisions
    for number, (reviewer, upheld) in enumerate(said):
        answered(story, decision, HOUR + number, by=reviewer, upheld=upheld)
    ending = story.message(DAY).play()
    assert ending.outcomes[1] == ("FIRST_OPERATION" if ends else "ALREADY_BLOCKED")
    assert len(revoked(ending)) == ends


def test_as_many_reviewers_as_the_policy_wants_overturn_a_decision__rv_4_rv_v17() -> None:
    policy = replace(BLOCKING, reviews=replace(BLOCKING.reviews, reviewers_needed=2))
    story = reviewed(Story(policy).friends_for(0).message(), HOUR)
    assert revoked(story.play()) == []
    assert revoked(reviewed(story, HOUR + 1).play()) == []  # the same one
    assert len(revoked(reviewed(story, HOUR + 2, by=OTHER_REVIEWER).play())) == 1


def test_a_further_answer_undoes_what_one_before_did_not_name__rv_5_rv_v18() -> None:
    story = reviewed(blocked(), HOUR, other_id=None)
    assert revoked(story.play()) == []
    ending = reviewed(story, HOUR + 1).play()
    assert (len(revoked(ending)), ending.counts["review.overturned"]) == (1, 1)


@pytest.mark.parametrize(
    ("before", "since"),
    [
        pytest.param("reviewers_needed: 2", "reviewers_needed: 1", id="RV-E11"),
        pytest.param("undo: false", "undo: true", id="RV-E12"),
    ],
)
def test_the_policy_in_force_says_what_a_further_answer_undoes__rv_5(before: str, since: str) -> None:
    bands = "friendship_age: {first_operation: {BLOCK: {}}}"
    story = Story().published(-HOUR, f"{bands}\nreviews: {{{before}}}", version="before")
    story = reviewed(story.friends_for(0).message(), HOUR)
    story = story.published(2 * HOUR, f"{bands}\nreviews: {{{since}}}", version="since")
    assert revoked(story.play()) == []
    ending = reviewed(story, 3 * HOUR, by=OTHER_REVIEWER).play()
    assert (len(revoked(ending)), ending.counts["review.overturned"]) == (1, 1)


def test_changes_are_counted_by_what_the_answers_make_of_the_decision__rv_6() -> None:
    story = blocked()
    for at, (reviewer, upheld) in enumerate([(REVIEWER, True), (OTHER_REVIEWER, False), (REVIEWER, False)]):
        reviewed(story, HOUR + at, by=reviewer, upheld=upheld)
    counts = story.play().counts
    assert [counts[f"review.{name}"] for name in ("upheld", "disputed", "overturned")] == [1, 1, 1]


def test_an_answer_delivered_twice_counts_once__rv_6_c_12() -> None:
    story = reviewed(blocked(), HOUR, event_id="answer")
    again = reviewed(story, HOUR, event_id="answer").play()
    assert len(revoked(again)) == 1
    assert again.counts["review.overturned"] == 1


def test_an_older_answer_of_a_reviewer_that_comes_late_does_not_count__rv_6_rv_e1() -> None:
    story = reviewed(blocked(), 2 * HOUR, upheld=True).message(3 * HOUR, text=HARMLESS)
    ending = reviewed(story, HOUR).message(DAY).play()
    assert ending.outcomes[1] == "ALREADY_BLOCKED"
    assert ending.counts["review.late-fact-ignored"] == 1


@pytest.mark.parametrize(("late", "ends"), [("answer-1", False), ("answer-3", True)])
def test_of_answers_of_one_time_the_greater_id_counts_late_too__rv_4_rv_e13(late: str, ends: bool) -> None:  # noqa: FBT001
    story = reviewed(blocked(), HOUR, upheld=True, event_id="answer-2").message(2 * DAY, text=HARMLESS)
    ending = reviewed(story, HOUR, event_id=late).play()
    assert len(revoked(ending)) == ends
    assert ending.counts.get("review.late-fact-ignored", 0) == (not ends)


def test_a_late_answer_of_another_reviewer_counts__rv_6_rv_e2() -> None:
    story = blocked().message(2 * DAY).message(2 * DAY + HOUR, text=HARMLESS)  # the watermark has passed the answer
    ending = reviewed(story, HOUR).message(2 * DAY + 2 * HOUR).play()
    assert ending.outcomes == ["FIRST_OPERATION", "ALREADY_BLOCKED", "FIRST_OPERATION"]


def test_answers_are_forgotten_after_their_time__rv_7_rv_e3() -> None:
    policy = replace(BLOCKING, reviews=replace(BLOCKING.reviews, memory_ms=DAY))

    def ends(at: int) -> bool:
        story = Story(policy).friends_for(0).message()
        reviewed(story, 0, upheld=True)
        return len(revoked(reviewed(story, at, by=OTHER_REVIEWER).play())) == 1

    assert (ends(DAY - 1), ends(DAY)) == (False, True)


def test_nothing_is_left_of_answers_after_their_time__rv_7() -> None:
    policy = replace(BLOCKING, reviews=replace(BLOCKING.reviews, memory_ms=DAY))
    story = reviewed(Story(policy).friends_for(0).message(), HOUR, upheld=True)

    def rows(at: int) -> int:
        return sum(b"answers" in row for row, _ in story.message(at, text=HARMLESS).stored_rows())

    assert (rows(DAY), rows(2 * DAY)) == (1, 0)


def test_so_many_reviewers_of_a_decision_count_and_no_more__rv_7_rv_e4() -> None:
    story = blocked()
    [decision] = story.play().decisions
    for number in range(REVIEWERS_AT_MOST):
        answered(story, decision, HOUR + number, by=f"reviewer-{number}", upheld=number > 0)
    answered(story, decision, 2 * HOUR, by="one more", upheld=True)
    for number in range(1, REVIEWERS_AT_MOST):
        answered(story, decision, 3 * HOUR + number, by=f"reviewer-{number}")
    ending = story.play()
    assert ending.counts["review.reviewer-beyond-limit"] == 1
    assert ending.counts["review.overturned"] == 2  # by the first alone, and once all agree


def test_a_reviewer_is_remembered_by_a_hash_alone__rv_7() -> None:
    reviewer = "a-reviewer-whom-nobody-else-is-called"
    rows = reviewed(blocked(), HOUR, by=reviewer).message(HOUR + MINUTE, text="hello").stored_rows()
    assert not any(reviewer.encode() in row + value for row, value in rows)


def test_an_answer_about_an_erased_account_changes_nothing__rv_12_c_18() -> None:
    story = blocked().erased("alice", HOUR)
    [decision] = story.play().decisions
    later = answered(story, decision, 2 * HOUR).play()
    assert revoked(later) == []
    late = answered(story, decision, MINUTE, by=OTHER_REVIEWER).play()
    assert revoked(late) == []
    assert late.counts["review.erased"] == 1


def test_a_late_erasure_ends_the_answers_from_before_it_alone__rv_12_c_18() -> None:
    story = reviewed(blocked(), HOUR, upheld=True)
    reviewed(story, 2 * DAY, by=OTHER_REVIEWER, upheld=True).message(3 * DAY, text=HARMLESS)
    ending = answered(story, story.play().decisions[0], 4 * DAY, by=OTHER_REVIEWER).play()
    assert ending.counts["review.disputed"] == 1
    story.events.pop()
    story.erased("alice", DAY)
    ending = answered(story, story.play().decisions[0], 4 * DAY, by=OTHER_REVIEWER).play()
    assert (ending.counts.get("review.disputed"), ending.counts["review.overturned"]) == (None, 1)


def test_an_answer_about_an_erased_recipient_changes_nothing__rv_12_c_18() -> None:
    story = blocked().erased("bob", HOUR)
    [decision] = story.play().decisions
    assert revoked(answered(story, decision, 2 * HOUR).play()) == []


def test_the_erasure_of_a_reviewer_changes_nothing__rv_12() -> None:
    story = reviewed(blocked(), HOUR, upheld=True).erased(REVIEWER, 2 * HOUR)
    ending = reviewed(story, 3 * HOUR, by=OTHER_REVIEWER).play()
    assert (revoked(ending), ending.counts["review.disputed"]) == ([], 1)


def test_while_it_is_off_answers_are_remembered_and_nothing_is_undone__rv_8() -> None:
    policy = replace(BLOCKING, reviews=replace(BLOCKING.reviews, undo=False))
    story = reviewed(Story(policy).friends_for(0).message(), HOUR)
    ending = story.message(DAY).play()
    assert ending.outcomes == ["FIRST_OPERATION", "ALREADY_BLOCKED"]
    assert (revoked(ending), ending.counts["review.overturned"]) == ([], 1)


def test_what_a_decision_did_not_lead_to_stays__rv_11_rv_e5() -> None:
    story = blocked().message(SECOND)
    ending = reviewed(story, HOUR, about=1).message(DAY).play()  # the record of a message of the blocked pair
    assert ending.outcomes == ["FIRST_OPERATION", "ALREADY_BLOCKED", "ALREADY_BLOCKED"]
    assert (revoked(ending), ending.counts["review.overturned"]) == ([], 1)


def test_in_the_shadow_nothing_is_undone__rv_13_c_21() -> None:
    shadow = "friendship_age: {first_operation: {BLOCK: {}}}"
    story = Story().published(-HOUR, shadow, version="shadow", mode=PolicyMode.SHADOW).friends_for(0).message()
    decisions = story.play().decisions
    assert {decision.policy_version for decision in decisions} == {"default", "shadow"}
    for decision in decisions:
        answered(story, decision, HOUR)
    ending = story.play()
    assert (revoked(ending), ending.decisions) == ([], decisions)
