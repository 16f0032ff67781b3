"""The exact matcher, compared with a naive reference implementation that tries every substring."""

from __future__ import annotations

import pytest
from hypothesis import example, given

from operators.policy.keywords import Keyword, ScreenRules
from operators.screening.matcher import UnusableRule, compile_rules
from schemas.records import Span
from tests.rules.screening import oracle
from tests.rules.screening.texts import RULES, TEXTS

SCREEN = compile_rules(RULES)


@given(TEXTS)
@example("pay\u0332x p\u0323\u0301ay")
@example("e\u0301pay")
@example("11010519491231002X\u3099p")
@example("4111 1111 1111 1111 4111 1111 1111 1111")
def test_every_hit_of_every_detector_is_recorded_with_its_position__fa_14(text: str) -> None:
    found = SCREEN.find(text)
    assert set(found) == oracle.find(text, RULES)
    assert list(found) == sorted(set(found), key=lambda span: (span.start, span.end, span.detector, span.keyword or ""))


def test_overlapping_keywords_are_all_recorded__fa_14() -> None:
    keywords = tuple(Keyword(text, text) for text in ("付款", "款码", "付款码"))
    found = compile_rules(ScreenRules(keywords, frozenset({"keyword"}), ())).find("付款码")
    places = [(span.keyword, span.start, span.end) for span in found]
    assert places == [
        ("付款", 0, 2),
        ("付款码", 0, 3),
        ("款码", 1, 3),
    ]


def test_a_keyword_may_be_set_to_match_anywhere_or_only_as_a_word__fa_12() -> None:
    rules = ScreenRules(
        (Keyword("a", "pay", anywhere=True), Keyword("b", "pay"), Keyword("c", "付款", anywhere=False)),
        frozenset({"keyword"}),
        (),
    )
    found = compile_rules(rules).find("payday 请付款")
    assert found == (Span(detector="keyword", keyword="a", start=0, end=3),)


def test_a_combining_mark_belongs_to_its_base_letter__fa_12() -> None:
    screen = compile_rules(ScreenRules((Keyword("pay", "pay"),), frozenset({"keyword"}), ()))
    assert screen.find("e\u0332pay") == ()
    assert screen.find("payx\u0332") == ()
    assert screen.find("pay\u0332x") == ()
    assert screen.find("-\u0332pay\u0332-")


def test_a_detector_that_is_not_listed_finds_nothing__fa_6() -> None:
    screen = compile_rules(ScreenRules((Keyword("pay", "pay"),), frozenset(), ("shop.example",)))
    assert screen.find("pay at shop.example with 4111 1111 1111 1111") == ()


@pytest.mark.parametrize(
    ("rules", "key"),
    [
        (ScreenRules((Keyword("x", "- \u200b!"),), frozenset({"keyword"}), ()), "keywords"),
        (ScreenRules((), frozenset({"telepathy"}), ()), "detectors"),
        (ScreenRules((), frozenset({"shopping_link"}), ("no host",)), "shopping_hosts"),
        (ScreenRules((), frozenset({"shopping_link"}), ("...",)), "shopping_hosts"),
        (ScreenRules((), frozenset({"shopping_link"}), ("co.uk",)), "shopping_hosts"),
    ],
)
def test_an_unusable_rule_is_refused__fa_11(rules: ScreenRules, key: str) -> None:
    with pytest.raises(UnusableRule) as refused:
        compile_rules(rules)
    assert refused.value.key == key
