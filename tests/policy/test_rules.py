"""The registry of rules: what sections declare is what the contract lists, and the documented policy is current."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest
from pydantic import ValidationError

from jobs.policy.file import InvalidPolicy, parse
from jobs.policy.section_models import DOCUMENT, document, is_generated, section_model
from operators.policy.model import RULES, SECTIONS, Common, rule_of
from operators.policy.section import Judged, PolicySection, setting


@dataclass(frozen=True, slots=True)
class Rate(PolicySection):
    """Section `rate`."""

    rules = ()
    enabled: bool = setting(default=False, doc="whether its rules decide")
    at_most: int = setting(100, "messages an hour", "messages", least=1, most=1_000)
    per_ms: int = setting(3_600_000, "length of a window", "ms", least=1)
    share: Fraction = setting(Fraction(1, 2), "of all", "share")
    note: str = setting("none", "a text")


def test_risk_outcomes_are_outcomes__c_6() -> None:
    assert all(rule.risk <= set(rule.outcomes) for rule in RULES.values())


def test_each_section_judges_messages_by_its_first_rule_at_most() -> None:
    later = [rule for kind in SECTIONS.values() for rule in kind.rules[1:]]
    assert not [rule.name for rule in later if rule.judged is Judged.MESSAGE]


def test_an_unknown_rule_has_no_outcomes_or_reasons() -> None:
    rule = rule_of("of a later release")
    assert (rule.name, rule.risk, rule.judged) == ("of a later release", frozenset(), Judged.OTHER)


def test_the_generated_sections_of_the_documented_policy_are_current() -> None:
    text = DOCUMENT.read_text("utf-8")
    assert document(text) == text, "run: python -m jobs.policy.section_models"


def test_a_section_of_settings_needs_no_model_of_its_own() -> None:
    assert is_generated(Rate)
    assert is_generated(Common)
    assert not is_generated(SECTIONS["invite_forest"])
    model = section_model(Rate)
    given = model.model_validate({"enabled": True, "per_ms": "2h", "share": Decimal("0.25")})
    assert dict(given) == {
        "enabled": True,
        "at_most": 100,
        "per_ms": 7_200_000,
        "share": Fraction(1, 4),
        "note": "none",
    }
    described = model.model_json_schema()["properties"]["at_most"]
    assert (described["description"], described["unit"]) == ("messages an hour", "messages")
    assert (described["minimum"], described["maximum"]) == (1, 1_000)


@pytest.mark.parametrize("wrong", [{"at_most": 0}, {"at_most": 1_001}, {"enabled": 1}, {"per_ms": "0s"}, {"other": 1}])
def test_a_generated_section_refuses_what_is_wrong__c_20(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        section_model(Rate).model_validate(wrong)


def test_a_key_named_as_pydantic_marks_wrong_keys_is_refused__c_20() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse('"[key]": 1')
    assert next(fault.message for fault in refused.value.faults).startswith('unknown key "[key]"')


@dataclass(frozen=True, slots=True)
class Nothing:
    """A section whose settings may only be zero."""

    number: int = setting(0, "a number that is zero", most=0)
    wait_ms: int = setting(0, "a time that is zero", most=0)


@pytest.mark.parametrize("wrong", [{"number": 1}, {"wait_ms": 1}])
def test_a_largest_value_of_zero_is_a_bound__c_20(wrong: dict[str, object]) -> None:
    model = section_model(Nothing)
    assert dict(model.model_validate({})) == {"number": 0, "wait_ms": 0}
    with pytest.raises(ValidationError):
        model.model_validate(wrong)
