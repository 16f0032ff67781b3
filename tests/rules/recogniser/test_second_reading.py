"""Second reading: which texts have one, and how letters that are run together are split into words."""

from __future__ import annotations

from itertools import combinations, pairwise
from math import inf
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.recogniser.undisguised import undisguised
from operators.recogniser.words import Words, cost_of
from tests.rules.screening.texts import TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

WORDS = Words(("me", "lend", "gold", "and", "a", "today", "ring", "well", "hello", "please"))
READ_TWICE = st.lists(
    st.sampled_from("abdeglmn 019.,!@$'\u2019\u2026\u00e9\u0435\u0131\u0301\u200b\u0434\u501f\u6211\u4e00"),
    max_size=24,
).map("".join)


@given(
    TEXTS
    | READ_TWICE
    | st.lists(
        st.sampled_from(["lend me gold", "l3nd m3 g0ld", "lendmegold", "le ndm ego ld", "\u501f\u6211", " "])
    ).map("".join)
)
def test_a_text_that_is_passed_over_has_no_second_reading__fa_96(text: str) -> None:
    found = undisguised(text, WORDS)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("operators.recogniser.undisguised._is_as_written", lambda *_: False)
        assert undisguised(text, WORDS) == found


@given(st.text("abc", max_size=8))
def test_letters_are_split_at_the_least_cost__fa_96(letters: str) -> None:
    listed = ("ab", "a", "ca", "bcab", "abc")
    words, known = Words(listed), {word: cost_of(rank, 5) for rank, word in enumerate(listed, start=1)}
    strange = cost_of(6, 5) + 1_000

    def cost(pieces: Sequence[str]) -> float:
        return sum(known.get(each, strange if len(each) == 1 else inf) for each in pieces)

    inner = range(1, len(letters))
    cuts = [(0, *some, len(letters)) for size in range(len(letters)) for some in combinations(inner, size)]
    ways = [[letters[start:end] for start, end in pairwise(each)] for each in cuts]
    found = words.split(letters)
    assert "".join(found) == letters
    assert cost(found) == min(map(cost, ways), default=0)
