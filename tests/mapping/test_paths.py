"""Paths: those of names alone are read as the library reads them, and conditions as it judges them."""

from __future__ import annotations

import jmespath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.mapping.paths import MAX_PATH, Path, is_true

NAMES = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner),
    max_leaves=12,
)


@given(st.lists(NAMES, min_size=1, max_size=4), st.dictionaries(NAMES, VALUES))
def test_a_path_of_names_leads_where_the_library_says(names: list[str], value: dict[str, object]) -> None:
    path = Path(".".join(names))
    assert path.names == tuple(names)
    assert path.value(value) == jmespath.search(path.text, value)


@given(VALUES)
def test_a_condition_is_true_as_the_library_says(value: object) -> None:
    assert is_true(value) == (jmespath.search("a && `1`", {"a": value}) == 1)


@pytest.mark.parametrize("text", ["a[0]", "a.b[]", "a || b", "@", "join('', a)", "a.b == 'c'", "*.a", "{a: b}"])
def test_other_paths_are_the_librarys(text: str) -> None:
    assert Path(text).names == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no JMESPath expression"),
        ("a[", "is no JMESPath expression: "),
        ("nothing(", "is no JMESPath expression: "),
        ("a" * (MAX_PATH + 1), "is longer than 2,000 characters"),
        ("(" * MAX_PATH, "is no JMESPath expression"),
    ],
)
def test_what_is_no_path_is_said_so(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Path(text)
