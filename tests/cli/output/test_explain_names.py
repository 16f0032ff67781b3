"""How the likeness of names is said."""

from __future__ import annotations

import pytest

from jobs.explain.likeness_wording import profile_lines


@pytest.mark.parametrize(
    ("name", "said"), [("same", "same"), ("derived", "derived"), ("common", "the same, which many people bear")]
)
def test_a_name_that_many_bear_is_said_to_be_one__fa_104(name: str, said: str) -> None:
    score = {"lookalike": "mia", "similarity": 0.0, "exact": "0", "parts": {}, "name": name}
    assert f"names, as people see them: {said}" in list(profile_lines(score))
