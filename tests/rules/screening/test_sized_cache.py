"""Compiled policies are kept by their size, not by their number."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import pytest

from operators.policy.keywords import Keyword, ScreenRules
from operators.policy.model import Policy
from operators.screening import screening
from operators.screening.matcher import compile_rules
from operators.screening.prefilter import Prefilter
from operators.screening.screening import matcher_of, matchers_of
from operators.screening.sized_cache import SizedCache


def rules(name: str, keywords: int, detectors: frozenset[str] = frozenset({"keyword"})) -> ScreenRules:
    texts = (f"{name}{number:06d}" for number in range(keywords))
    return ScreenRules(tuple(Keyword(id=text, text=text) for text in texts), detectors, ())


def test_the_least_recently_used_are_dropped_once_their_sizes_exceed_the_bound() -> None:
    made: list[int] = []
    cache = SizedCache[int, int](lambda key: made.append(key) or key, int, 100, at_least=1)
    for key in (40, 50, 40, 30):
        assert cache.get(key) == key
    assert (cache.held_bytes, len(cache)) == (70, 2)
    cache.get(40)
    assert made == [40, 50, 30]


def test_those_in_use_together_do_not_evict_one_another() -> None:
    made: list[int] = []
    cache = SizedCache[int, int](lambda key: made.append(key) or key, int, 100, at_least=2)
    for _ in range(3):
        cache.get(1_000)
        cache.get(2_000)
    assert made == [1_000, 2_000]
    cache.get(3_000)
    assert (len(cache), cache.held_bytes) == (2, 5_000)


@pytest.mark.parametrize("policies", [20, 40])
def test_many_large_policies_are_not_all_kept(policies: int) -> None:
    for number in range(policies):
        matcher_of(rules(f"{policies}-{number}-", 5_000))
    assert screening._MATCHERS.held_bytes <= screening.COMPILED_AT_MOST
    assert len(screening._MATCHERS) < policies


def test_matchers_of_the_same_keywords_share_what_is_compiled() -> None:
    one, other = rules("shared", 10), rules("shared", 10, frozenset({"keyword", "bank_card"}))
    assert compile_rules(one).keywords is not None
    first, second = compile_rules(one), compile_rules(other)
    assert first.keywords is second.keywords
    assert (first.detectors, [each.name for each in second.detectors]) == ((), ["bank_card"])


def test_the_size_covers_the_objects_of_a_matcher() -> None:
    tracemalloc.start()
    try:
        kept = compile_rules(rules("measured", 5_000))
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert held < kept.size_bytes


def test_the_size_of_a_prefilter_is_that_of_its_matchers() -> None:
    policy = replace(Policy(), version="v")
    listed = tuple(dict.fromkeys(matchers_of(policy)))
    assert Prefilter(listed).size_bytes == sum(matcher.size_bytes for matcher in listed) > 0
