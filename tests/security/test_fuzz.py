"""A short run of the fuzzer: no bytes end a reader otherwise than by saying what is wrong with them (C-16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.security.fuzz import forms, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", [1, 2])
def test_a_reader_refuses_hostile_bytes_within_its_memory__c_16(seed: int, tmp_path: Path) -> None:
    report = run(600, seed, tmp_path)
    assert report.failures == []
    assert {form for form, _ in report.results} == set(forms(tmp_path))
    assert {result for _, result in report.results} == {"read", "malformed"}
