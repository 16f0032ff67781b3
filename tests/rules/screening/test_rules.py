"""Findings per rule in one-to-one and group messages, and what the prefilter keeps for them (FA-6, AI-2, IF-19)."""

from __future__ import annotations

import json
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.policy.file import InvalidPolicy, parse
from operators.policy.model import Policy
from operators.screening.matcher import Found, Matcher
from operators.screening.prefilter import Prefilter
from operators.screening.regex import pattern_spans
from operators.screening.screening import matchers_of, needs_all_groups, needs_all_pairs, screen_message
from schemas.codec import encode
from schemas.records import MessageSent, Span
from tests.rules.screening.texts import TEXTS

AGE, AVATAR, FOREST = "friendship-age", "avatar-impersonation", "invite-forest"
NOW = 1_700_000_000_000
CARD = "4111 1111 1111 1111"


def policy(**sections: object) -> Policy:
    return parse(json.dumps({"version": "v", **sections}))


def message(text: str, *, group: bool) -> MessageSent:
    to = {"group_id": "g"} if group else {"recipient_id": "b"}
    return MessageSent(event_id="e", at_ms=NOW, sender_id="a", text=text, **to)


def found(text: str, *rules: Policy, group: bool = False) -> dict[str, list[str]]:
    """Return the keywords or detectors that were hit, by rule."""
    findings = screen_message(message(text, group=group), rules or (Policy(),)).findings
    return {finding.rule: [span.keyword or span.detector for span in finding.spans] for finding in findings}


@cache
def prefilter(rules: Policy) -> Prefilter:
    return Prefilter(matchers_of(rules), all_groups=needs_all_groups(rules))


def kept(texts: list[MessageSent], rules: Policy) -> list[int]:
    values = [encode(text) for text in texts]
    ends = np.cumsum(np.array([len(value) for value in values], dtype=np.int64))
    starts = ends - np.array([len(value) for value in values], dtype=np.int64)
    return prefilter(rules).candidates(b"".join(values), starts, ends, np.full(len(values), NOW)).tolist()


def test_a_keyword_in_a_one_to_one_message_is_found_for_two_rules__fa_7_ai_2() -> None:
    assert found("a payment") == {AGE: ["payment"], AVATAR: ["payment"]}


def test_avatars_are_compared_after_keywords_only__ai_2() -> None:
    assert found(CARD) == {AGE: ["bank_card"]}


def test_in_a_group_only_the_target_condition_counts__if_19() -> None:
    assert found("a payment", group=True) == {FOREST: ["payment"]}
    assert found(CARD, group=True) == {}


def test_each_rule_may_have_keywords_of_its_own__ai_2_if_19() -> None:
    rules = policy(avatar_impersonation={"keywords": ["face"]}, invite_forest={"condition": {"keywords": ["flood"]}})
    text = "face flood payment"
    assert found(text, rules) == {AGE: ["payment"], AVATAR: ["face"]}
    assert found(text, rules, group=True) == {FOREST: ["flood"]}


def test_without_the_keyword_detector_avatars_still_have_their_keywords__ai_2() -> None:
    rules = policy(friendship_age={"detectors": ["bank_card"]})
    assert found(f"payment {CARD}", rules) == {AGE: ["bank_card"], AVATAR: ["payment"]}


def test_with_both_directions_every_one_to_one_message_has_a_finding__ai_3() -> None:
    rules = policy(avatar_impersonation={"both_directions": True})
    assert found("hello", rules) == {AVATAR: []}
    assert found("hello", rules, group=True) == {}
    texts = [message("hello", group=False), message("hello", group=True)]
    values = [encode(text) for text in texts]
    ends = np.cumsum(np.array([len(value) for value in values], dtype=np.int64))
    starts = ends - np.array([len(value) for value in values], dtype=np.int64)
    prefilter = Prefilter(matchers_of(rules), all_groups=needs_all_groups(rules), all_pairs=needs_all_pairs(rules))
    assert prefilter.candidates(b"".join(values), starts, ends, np.full(len(values), NOW)).tolist() == [0]


@pytest.mark.parametrize(
    ("section", "group", "left"),
    [("friendship_age", False, {AVATAR}), ("avatar_impersonation", False, {AGE}), ("invite_forest", True, set())],
)
def test_a_disabled_section_finds_nothing__c_28(section: str, group: bool, left: set[str]) -> None:  # noqa: FBT001
    rules = policy(strangers={"enabled": False}, **{section: {"enabled": False}})
    assert set(found("payment", rules, group=group)) == left


def test_each_version_has_findings_of_its_own__c_19() -> None:
    off = {"enabled": False}
    other = policy(friendship_age=off, strangers=off, avatar_impersonation=off)
    findings = screen_message(message("payment", group=False), (other, Policy())).findings
    assert [(finding.version, finding.rule) for finding in findings] == [("default", AGE), ("default", AVATAR)]


def test_policies_with_the_same_rules_share_one_search__c_21(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def search(screen: Matcher, text: str) -> Found:
        looked.append(text)
        return whole(screen, text)

    whole = Matcher.search
    monkeypatch.setattr(Matcher, "search", search)
    live, shadow = policy(), policy(friendship_age={"t1_ms": "7d"})
    alone, both = (screen_message(message("the payment", group=False), rules) for rules in ((live,), (live, shadow)))
    assert looked == ["the payment"] * 2
    assert both.findings == alone.findings * 2


def test_links_of_the_condition_are_found_in_groups__if_19_fa_10() -> None:
    rules = policy(invite_forest={"condition": {"links": ["bad.example"]}})
    assert found("see www.bad.example/x", rules, group=True) == {FOREST: ["shopping_link"]}
    assert found("see notbad.example/x", rules, group=True) == {}


def test_patterns_are_found_in_groups_wherever_they_match__if_19() -> None:
    rules = policy(invite_forest={"condition": {"patterns": ["(?i)buy\\s+now", "付.", "z*"]}})
    spans = screen_message(message("付款, BUY  now, buy now", group=True), (rules,)).findings[0].spans
    assert [(span.detector, span.keyword, span.start, span.end) for span in spans] == [
        ("keyword", "付款", 0, 2),
        ("pattern", "付.", 0, 2),
        ("pattern", "(?i)buy\\s+now", 4, 12),
        ("pattern", "(?i)buy\\s+now", 14, 21),
    ]
    assert found("buy now", rules) == {}


@given(st.text(st.sampled_from("ab c付\U000f0000\U000f0001"), max_size=12))
def test_a_pattern_is_found_at_its_position__if_19_c_14(text: str) -> None:
    spans = list(pattern_spans(text, ("a+b", "付")))
    assert [text[span.start : span.end] for span in spans if span.keyword == "付"] == ["付"] * text.count("付")
    assert all(set(text[span.start : span.end]) == {"a", "b"} for span in spans if span.keyword == "a+b")
    assert sum(text[span.start : span.end].count("b") for span in spans) == text.count("ab")


def test_patterns_may_use_the_same_group_name__if_19() -> None:
    assert [span.start for span in pattern_spans("xay", ("(?P<n>a)", "(?P<n>y)"))] == [1, 2]


def test_a_hostile_text_takes_time_linear_in_its_length__if_19() -> None:
    text = "a" * 65_536
    assert list(pattern_spans(text, ("(a+)+$b", "(a|aa)+c"))) == []
    assert list(pattern_spans(text, ("(a|aa)+$",))) == [
        Span(detector="pattern", keyword="(a|aa)+$", start=0, end=65_536)
    ]


@pytest.mark.parametrize("pattern", ["a{1001}", "(a{1000}){1000}", "[z-a]"])
def test_a_pattern_too_large_for_linear_time_is_refused__if_19_c_20(pattern: str) -> None:
    with pytest.raises(InvalidPolicy, match="RE2"):
        policy(invite_forest={"condition": {"patterns": [pattern]}})


@given(st.lists(st.tuples(TEXTS, st.booleans()), max_size=5), st.booleans())
def test_the_prefilter_keeps_messages_with_findings__fa_6_ai_2_if_19(texts: list[tuple[str, bool]], own: bool) -> None:  # noqa: FBT001
    lists = {"avatar_impersonation": {"keywords": ["kg"]}, "invite_forest": {"condition": {"links": ["jd.com"]}}}
    rules = policy(**lists) if own else Policy()
    messages = [message(text, group=group) for text, group in texts]
    wanted = {place for place, each in enumerate(messages) if screen_message(each, (rules,)).findings}
    assert wanted <= set(kept(messages, rules))


@pytest.mark.parametrize("condition", [{"patterns": ["hell."]}, {"findings": True}])
def test_where_messages_without_hits_may_matter_all_group_messages_are_kept__if_19(
    condition: dict[str, object],
) -> None:
    messages = [message("hello", group=False), message("hello", group=True), message("bye", group=True)]
    assert kept(messages, policy(invite_forest={"condition": condition})) == [1, 2]
    assert kept(messages, policy(invite_forest={"enabled": False, "condition": condition})) == []
    assert kept(messages, Policy()) == []


def test_where_findings_count_a_harmless_group_message_is_passed_on__if_19() -> None:
    rules = policy(invite_forest={"condition": {"findings": True}})
    assert found("hello", rules, group=True) == {FOREST: []}
    assert found("hello", rules) == {}
