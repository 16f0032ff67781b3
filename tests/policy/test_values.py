"""The values of each section of a policy file."""

import json
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.policy.file import Fault, InvalidPolicy, parse
from operators.policy.action import Action, Operation, stricter, strictest
from operators.policy.avatar_impersonation import AvatarImpersonationPolicy, HashKind, RelationKind
from operators.policy.event_group import Combination, EventGroupPolicy, Widening
from operators.policy.invite_forest import CaseMode, ForestMode, InviteForestPolicy, Sanction
from operators.policy.model import Enforcement, Limit, Policy
from schemas.records.enums import Channel, Permission, WarnChannel

DAY = 86_400_000
DOCUMENTED = yaml.safe_load((Path(__file__).parents[2] / "docs" / "policy.yaml").read_text())
ACTIONS = st.frozensets(st.sampled_from(Action))


def test_actions_are_ordered_by_strictness__c_7() -> None:
    assert [action.name for action in sorted(Action)] == [
        "NONE",
        "WATCH",
        "NOTIFY_ADMIN",
        "WARN",
        "REVIEW",
        "RESTRICT_LINK_MEDIA",
        "RESTRICT_INVITE",
        "PRE_MODERATE",
        "VERIFY",
        "REFUSE",
        "EXIT_SESSION",
        "MUTE",
        "REMOVE",
        "BLOCK",
        "BAN",
    ]
    assert strictest([]) == Action.NONE
    assert strictest([Action.WARN, Action.BLOCK, Action.VERIFY]) == Action.BLOCK


@given(ACTIONS, ACTIONS)
def test_of_two_sets_the_stricter_wins_or_both__c_7(one: frozenset[Action], other: frozenset[Action]) -> None:
    both = stricter(one, other)
    assert both == stricter(other, one)
    assert strictest(both) == max(strictest(one), strictest(other))
    assert both == (one | other if strictest(one) == strictest(other) else both)
    assert both in (one, other, one | other)


def test_an_operation_names_its_actions__c_7() -> None:
    operation = Operation(block=True, exit_session=True, warn=(WarnChannel.NUMBER,), verify=True)
    assert operation.actions == {Action.BLOCK, Action.EXIT_SESSION, Action.WARN, Action.VERIFY}
    assert Operation().actions == frozenset()


def avatar(setting: str) -> AvatarImpersonationPolicy:
    return parse(f"avatar_impersonation: {setting}").avatar_impersonation


def test_the_review_band_begins_empty_wherever_the_threshold_is__ai_21() -> None:
    section = avatar("{threshold: 0.9}")
    assert section.threshold == section.review_up_to == Fraction(9, 10)
    assert avatar("{review_up_to: 0.875}").review_up_to == Fraction(7, 8)


def test_hashes_are_8_bytes__ai_17_ai_18() -> None:
    section = avatar("{default_hashes: [f0F0f0f0f0f0f0f0, 1234567890123456], not_common: ['0000000000000000']}")
    assert section.default_hashes == {bytes.fromhex("f0f0f0f0f0f0f0f0"), bytes.fromhex("1234567890123456")}
    assert section.not_common == {bytes(8)}


def test_a_strong_finding_can_do_more_than_warn__ai_23() -> None:
    written = "{risk_operation: {BLOCK: {}, EXIT_SESSION: {}, WARN_LOOKALIKE: {channels: [IN_APP, NUMBER]}}}"
    risk = avatar(written).risk_operation
    assert risk.operation == Operation(block=True, exit_session=True)
    assert risk.warn_lookalike == (WarnChannel.IN_APP, WarnChannel.NUMBER)
    assert not risk.review


def test_relation_and_hash_kinds_are_sets__ai_7_ai_9() -> None:
    section = avatar("{relation_kinds: [FRIEND, ADDRESS_BOOK, FRIEND], hash_kinds: [phash]}")
    assert section.relation_kinds == {RelationKind.FRIEND, RelationKind.ADDRESS_BOOK}
    assert section.hash_kinds == {HashKind.PHASH}


def forest(setting: str) -> InviteForestPolicy:
    return parse(f"invite_forest: {setting}").invite_forest


def test_an_omitted_field_keeps_its_default__if_30() -> None:
    section = forest("{actions: {first: {offender: {BAN: 1d, MUTE: null}}}}")
    assert section.first.offender == (Sanction(Action.MUTE), Sanction(Action.BAN, DAY))
    assert section.first.farther == Policy().invite_forest.first.farther
    assert section.repeated == Policy().invite_forest.repeated


def test_links_of_the_condition_are_hosts_to_look_for__if_19() -> None:
    screen = forest("{condition: {links: [Shop.Example]}}").condition.screen
    assert screen.shopping_hosts == ("shop.example",)
    assert screen.detectors == {"keyword", "shopping_link"}
    assert Policy().invite_forest.condition.screen.detectors == {"keyword"}


@pytest.mark.parametrize(
    "pattern", ["a+b", "(?i)buy\\s+now", "[*]+x", "[]+]+", "\\++", "(?P<n>a)", "(?:a|b){2,3}?", "付款"]
)
def test_patterns_are_regular_expressions__if_19(pattern: str) -> None:
    section = parse(json.dumps({"invite_forest": {"condition": {"patterns": [pattern]}}})).invite_forest
    assert section.condition.patterns == (pattern,)


@pytest.mark.parametrize(
    "pattern", ["a*+", "(?>a)", "(?P=n)", "(?<!a)b", "(a)?(?(1)b|c)", "[a", "(" * 300, "a{9,1}", ""]
)
def test_patterns_that_linear_engines_lack_are_refused__if_19(pattern: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse(json.dumps({"invite_forest": {"condition": {"patterns": [pattern]}}}))


def test_the_forest_section_has_its_switches__if_21_if_36() -> None:
    section = forest("{mode: UNION, th1: 0, mass_share_limit: 0.25, enforce: REVIEW_ALWAYS}")
    assert (section.mode, section.th1, section.enforce) == (ForestMode.UNION, 0, CaseMode.REVIEW_ALWAYS)
    assert section.mass_share_limit == Fraction(1, 4)


def event(setting: str) -> EventGroupPolicy:
    return parse(f"event_group: {setting}").event_group


def test_an_event_group_section_has_roles_and_predicates__eg_22_eg_33() -> None:
    section = event("{permissions: {FOLLOWER: READ}, concern_follow_age_min_ms: 1d, concern_combine: OR}")
    assert section.permissions.follower == Permission.READ
    assert section.permissions.organisation == Permission.MANAGE
    assert (section.concern_follow_age_min_ms, section.concern_combine) == (DAY, Combination.OR)
    assert event("{emergency_kinds: [fire, 119]}").emergency_kinds == {"fire", "119"}


def test_a_search_widens_by_steps__eg_50() -> None:
    section = event("{widen: [{after_ms: 1d, radius_m: 5000}, {after_ms: 2d, radius_m: 5001, nearby_at_most: 7}]}")
    assert section.widen == (Widening(DAY, 5_000, 50), Widening(2 * DAY, 5_001, 7))


def test_limits_and_log_only_name_actions__c_26_c_28() -> None:
    policy = parse("""
    limits: {BLOCK: {at_most: 1000, per_ms: 1h}, WARN: {at_most: 0, per_ms: 1d}, REVIEW: null}
    enforcement: {delay_at_most_ms: 30s, log_only: [BAN, MUTE]}
    """)
    assert policy.limits == (Limit(Action.WARN, 0, DAY), Limit(Action.BLOCK, 1000, 3_600_000))
    assert policy.enforcement == Enforcement(30_000, frozenset({Action.BAN, Action.MUTE}))


def test_the_order_of_channels_is_kept__fa_37() -> None:
    assert parse("friendship_age: {channel_order: [TEXT, PHONE]}").friendship_age.channel_order == (
        Channel.TEXT,
        Channel.PHONE,
    )


def test_the_same_content_is_equal_in_any_form_and_under_any_version__c_20() -> None:
    short = parse("{version: a, friendship_age: {t1_ms: 1d, gate_threshold: 0.9}}")
    table = "{version: b, friendship_age: {gate_threshold: 0.90, t1_ms: 86400000, t2_ms: 30d}}"
    assert short != parse(table)
    assert replace(short, version="b") == parse(table)
    assert replace(parse(""), version=Policy().version) == Policy()


def test_other_content_is_not_equal__c_20() -> None:
    documents = [
        "",
        "friendship_age: {t1_ms: 1d}",
        "friendship_age: {t1_ms: 2d}",
        "friendship_age: {keywords: [a]}",
        "friendship_age: {keywords: [{text: a, anywhere: true}]}",
        "avatar_impersonation: {keywords: [a]}",
        "limits: {BAN: {at_most: 1, per_ms: 1d}}",
        "limits: {BAN: {at_most: 1, per_ms: 2d}}",
        "enforcement: {log_only: [BAN]}",
        "invite_forest: {actions: {first: {farther: {BAN: null}}}}",
        "invite_forest: {actions: {first: {farther: {BAN: 1d}}}}",
    ]
    policies = [parse(document) for document in documents]
    assert all(one != other for one, other in combinations(policies, 2))


def places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield from places(inner, (*path, key))


def replaced(value: object, path: tuple[str | int, ...], other: object) -> object:
    if not path:
        return other
    first, rest = path[0], path[1:]
    if isinstance(value, dict):
        return value | {first: replaced(value[first], rest, other)}
    items = value if isinstance(value, list) else []
    return [replaced(item, rest, other) if place == first else item for place, item in enumerate(items)]


PLACES = sorted(places(DOCUMENTED), key=str)
NUMBERS = [-1, 0, 1, 65, 10**18, 0.5, -0.5, 2.5, float("nan"), float("inf")]
TEXTS = ["", "a b", "3d", "-3d", "BLOCK", "付款", "(", "a.b", "🎁"]
NESTED = [[], [None], ["WARN"], [[]], {}, {"BLOCK": {}}, {"a": 1}, {"from_ms": 0, "do": "NONE"}]
VALUES = st.sampled_from([None, True, *NUMBERS, *TEXTS, *NESTED])


@settings(max_examples=300)
@given(st.sampled_from(PLACES), VALUES)
def test_one_wrong_value_is_reported_alone__c_20(path: tuple[str | int, ...], value: object) -> None:
    section = str(path[0]) if path else ""
    for fault in faults_of(json.dumps(replaced(DOCUMENTED, path, value))):
        assert fault.key.startswith(section)
        assert fault.line


def faults_of(document: str) -> tuple[Fault, ...]:
    try:
        parse(document)
    except InvalidPolicy as error:
        return error.faults
    return ()
