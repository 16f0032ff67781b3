"""Evidence of decisions: enough to recompute them, and nothing of the text (C-13, C-14)."""

from dataclasses import replace

import pytest

from operators.policy.keywords import default_screen
from tests.support import portraits
from tests.support.portraits import H7, findings, stolen
from tests.support.story import DAY, HARMLESS, Story, evidence, rules

CARD = "4111 1111 1111 1111"


def test_conditions_are_listed_with_values_in_order_of_evaluation__c_13() -> None:
    [decision] = Story().friends_for(3 * DAY).message().play().decisions
    shown = evidence(decision)["conditions"]
    assert [condition["name"] for condition in shown] == [
        "blocked",
        "trusted",
        "friend",
        "verification_pending",
        "cooling_down",
        "not_genuine",
        "age_known",
        "age_ms",
        "age_ms",
        "only_mild_detectors",
    ]
    below_t1 = {"name": "age_ms", "operator": "<", "expected": 3 * DAY, "actual": 3 * DAY, "result": False}
    below_t2 = {"name": "age_ms", "operator": "<", "expected": 30 * DAY, "actual": 3 * DAY, "result": True}
    assert shown[7:9] == [below_t1, below_t2]


def test_the_evidence_names_the_policy__c_13() -> None:
    [decision] = Story().friends_for(0).message().play().decisions
    assert evidence(decision)["policy_version"] == decision.policy_version == "default"


def test_a_friendship_shows_start_age_and_band__c_13() -> None:
    [decision] = Story().friends_for(3 * DAY).message().play().decisions
    since_ms = decision.at_ms - 3 * DAY
    shown = {"since_ms": since_ms, "known": True, "age_ms": 3 * DAY, "band": "[3d, 30d)"}
    assert evidence(decision)["friendship"] == shown


def test_every_span_is_listed_with_detector_keyword_and_offsets__c_14() -> None:
    [decision] = Story().friends_for(0).message(text=f"payment to {CARD}").play().decisions
    assert evidence(decision)["spans"] == [
        {"detector": "keyword", "keyword": "payment", "start": 0, "end": 7},
        {"detector": "bank_card", "start": 11, "end": 30},
    ]
    assert decision.reasons == ("bank_card", "keyword")


EXACT = rules(screen=replace(default_screen(), detectors=frozenset({"keyword", "bank_card"})))
"""The policy with the detectors of which a test knows all hits."""


@pytest.mark.parametrize("hits", [1_000, 1_001, 8_000])
def test_of_a_flood_of_hits_the_first_thousand_are_listed_and_all_counted__c_13(hits: int) -> None:
    [decision] = Story(EXACT).friends_for(0).message(text="payment " * hits).play().decisions
    shown = evidence(decision)
    assert [span["start"] for span in shown["spans"]] == list(range(0, 8 * min(hits, 1_000), 8))
    assert shown.get("span_count") == (None if hits == 1_000 else hits)


def test_a_detector_that_hits_after_a_thousand_others_is_listed_and_counts__fa_15_c_13() -> None:
    section = replace(EXACT.friendship_age, mild_detectors=frozenset({"keyword"}))
    story = Story(replace(EXACT, friendship_age=section)).friends_for(0)
    [mild, decision] = story.message(text="payment " * 2_000).message(1, f"{'payment ' * 2_000}{CARD}").play().decisions
    assert (mild.outcome, decision.outcome, decision.reasons) == ("MIDDLE", "FIRST_OPERATION", ("bank_card", "keyword"))
    shown = evidence(decision)
    assert (len(shown["spans"]), shown["span_count"]) == (1_000, 2_001)
    assert shown["spans"][-1] == {"detector": "bank_card", "start": 16_000, "end": 16_019}


def test_a_flood_of_hits_in_a_group_is_listed_and_counted_alike__if_36_c_13() -> None:
    story = Story()
    for number in range(3):
        story.message(number, "payment " * 2_000, recipient_id=None, group_id="g")
    [decision] = story.play().decisions
    assert (len(evidence(decision)["spans"]), evidence(decision)["span_count"]) == (1_000, 2_000)


@pytest.mark.parametrize("sender", ["S", "R"])
def test_of_a_flood_of_hits_that_opened_the_comparison_a_thousand_are_listed__ai_3_c_13(sender: str) -> None:
    story = stolen(H7, portraits.rules(both_directions=True))
    story.writes(20 * DAY - 1, "payment " * 2_000, sender=sender, recipient="R" if sender == "S" else "S")
    *_, decision = findings(story.writes(20 * DAY, HARMLESS, sender="S", event_id="now").play())
    assert (len(evidence(decision)["spans"]), evidence(decision)["span_count"]) == (1_000, 2_000)


def test_nothing_of_the_text_is_in_any_output__c_14() -> None:
    story = Story().friends_for(40 * DAY).linked().message(text=f"secret payment to {CARD}").message(1, CARD)
    said = "".join(str(record) for _, _, record in story.answered(2, genuine=False).play().outputs)
    for text in (CARD, "4111", "secret"):
        assert text not in said


def test_the_decision_of_an_answer_shows_why_it_was_accepted__c_13() -> None:
    story = Story().friends_for(40 * DAY).linked().message().answered(1_000, genuine=True)
    shown = {condition["name"]: condition["actual"] for condition in evidence(story.play().decisions[1])["conditions"]}
    assert shown["via"] == "ALTERNATE_APP"
    assert shown["alternate_account_usable"] is True


def test_the_alternate_account_is_named_to_the_platform_only__c_13() -> None:
    ending = Story().friends_for(40 * DAY).linked().message().play()
    assert ending.commands[0].alternate_id == "alice@mail"
    assert all("alice@mail" not in decision.evidence for decision in ending.decisions)
