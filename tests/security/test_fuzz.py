"""A short run of the fuzzer: no bytes end a reader otherwise than by saying what is wrong with them (C-16)."""

from __future__ import annotations

import pytest

from tests.security.fuzz import run


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_refuses_hostile_bytes_within_its_memory__c_16(seed: int) -> None:
    report = run(600, seed)
    assert report.failures == []
    assert {form for form, _ in report.results} == {"single-object", "Confluent", "JSON lines", "container"}
    assert {result for _, result in report.results} == {"read", "malformed"}
