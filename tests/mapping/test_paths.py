"""Paths: names and conditions that are evaluated here have the values that the library gives."""

from __future__ import annotations

import re

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
    assert path.is_direct
    assert path.value(value) == jmespath.search(path.text, value)


def conditions() -> st.SearchStrategy[str]:
    names = st.lists(NAMES, min_size=1, max_size=3).map(".".join)
    compared = st.builds("{} {} '{}'".format, names, st.sampled_from(["==", "!="]), st.sampled_from(["", "a", "1"]))
    return st.recursive(
        names | compared,
        lambda inner: (
            st.builds("({} {} {})".format, inner, st.sampled_from(["&&", "||"]), inner)
            | st.builds("!({})".format, inner)
        ),
        max_leaves=6,
    )


@given(conditions(), st.dictionaries(NAMES, VALUES))
def test_a_condition_on_texts_has_the_value_that_the_library_gives(text: str, value: dict[str, object]) -> None:
    path = Path(text)
    assert path.is_direct
    assert path.value(value) == jmespath.search(text, value)
    assert type(path.value(value)) is type(jmespath.search(text, value))


@given(VALUES)
def test_a_condition_is_true_as_the_library_says(value: object) -> None:
    assert is_true(value) == (jmespath.search("a && `1`", {"a": value}) == 1)


@pytest.mark.parametrize(
    "text", ["a[0]", "a.b[]", "@", "join('', a)", "a == `1`", "a < 'c'", "*.a", "{a: b}", "!a[0]", "a.[b]"]
)
def test_other_paths_are_the_librarys(text: str) -> None:
    assert not Path(text).is_direct


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is no JMESPath expression"),
        ("a[", "is no JMESPath expression: "),
        ("nothing(", "is no JMESPath expression: "),
        ("a" * (MAX_PATH + 1), "is longer than 2,000 characters"),
        ("(" * MAX_PATH, "is no JMESPath expression"),
        ("a" + " | [@, @][]" * 7, "may repeat what it is given more than 100 times"),
        ("a" + " | {a: @, b: @}" * 7, "may repeat"),
        ("a" + " | join('', [@, @])" * 7, "may repeat"),
        ("a" + " | to_string([@])" * 3, "may repeat"),
        ("map(&[@, @][], " * 7 + "a" + ")" * 7, "may repeat"),
        ("join(a, b)", "may repeat"),
        (f"join('{'-' * 300}', a)", "may repeat"),
    ],
)
def test_what_is_no_path_is_said_so(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Path(text)


@pytest.mark.parametrize(
    "text",
    [
        "a" + " | [@, @][]" * 6,
        "[a, b, c, d.e, f[0], to_string(g)] | join('-', [@[0], @[1]])",
        "a[].{b: b, c: c[?d == 'e'].[f, g]} | [0]",
        "join(', ', map(&to_string(@), a))",
        "not_null(a, b, c) || join('', [a, b])",
    ],
)
def test_what_people_write_is_allowed(text: str) -> None:
    assert Path(text).text == text


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("nosuch(a)", "there is no function nosuch"),
        ("a.b[?nosuch(@)]", "there is no function nosuch"),
        ("length(a, b)", "the function length takes 1 arguments, not 2"),
        ("not_null()", "the function not_null takes 1 arguments, not 0"),
    ],
)
def test_a_function_that_there_is_not_is_no_path__c_32(text: str, fault: str) -> None:
    with pytest.raises(ValueError, match=re.escape(fault)):
        Path(text)


def test_a_function_of_any_number_of_arguments_is_a_path__c_32() -> None:
    assert Path("not_null(a, b, c)").value({"c": 1}) == 1


@pytest.mark.parametrize(("text", "value"), [("a[1:]", [2, 3]), ("a[::-1]", [3, 2, 1]), ("a[:2] | [0]", 1)])
def test_a_slice_of_a_list_is_a_path(text: str, value: object) -> None:
    assert Path(text).value({"a": [1, 2, 3]}) == value


def test_what_is_within_a_slice_is_checked__c_32() -> None:
    with pytest.raises(ValueError, match="there is no function nosuch"):
        Path("a[1:].nosuch(@)")
    with pytest.raises(ValueError, match="may repeat"):
        Path("a" + "[:] | [@, @][]" * 7)
