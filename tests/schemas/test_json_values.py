"""Values of JSON: the fast decoder gives what the exact one does, and finds what is repeated (C-16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jsonl import read_value
from schemas.malformed import Malformed

SCALARS = st.sampled_from(
    [
        *(
            "1",
            "-0",
            "1.0",
            "1e400",
            "NaN",
            "18446744073709551616",
            "-9223372036854775809",
            "9" * 25,
            "9" * 5_000,
            "01",
        ),
        *(
            '""',
            '":"',
            '"a:b"',
            r'"\":"',
            r'"\u003a"',
            r'"\u0022:"',
            r'"\ud800"',
            '"é"',
            '" :"',
            "true",
            "null",
            '"\t"',
        ),
    ]
)
NAMES = st.sampled_from(['"a"', '"b"', r'"\u0061"', r'"\u003a"', '":"'])
BLANKS = st.sampled_from(["", "", " ", "\n"])
TEXTS = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{','.join(items)}]")
        | st.lists(st.tuples(NAMES, BLANKS, inner).map(lambda parts: "{}{}:{}".format(*parts)), max_size=3).map(
            lambda fields: f"{{{', '.join(fields)}}}"
        )
    ),
    max_leaves=8,
)


def value_or_fault(line: bytes | str) -> str:
    try:
        return repr(read_value(line))
    except Malformed as fault:
        return str(fault)


@given(TEXTS, st.integers(min_value=0), st.sampled_from(["", "{", '"', ",", "\\", "\ufeff"]))
def test_a_line_of_bytes_has_the_value_of_its_text__c_16(text: str, place: int, more: str) -> None:
    """Only texts are read by the exact decoder at once."""
    for line in (text, text[: place % (len(text) + 1)] + more + text[place % (len(text) + 1) :]):
        assert value_or_fault(line.encode()) == value_or_fault(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"a": 1, "a": 2}',
        b'{"a": ":x", "a": 1}',
        b'{"a" : 1, "b": {"c": "\\u003a", "c" : ":"}}',
        b'[{"a": 1, "\\u0061": 1}]',
        b'{"a": 1, "a": "\\u003a"}',
    ],
)
def test_a_repeated_field_is_a_fault_however_it_is_written__c_16(line: bytes) -> None:
    with pytest.raises(Malformed, match="a field occurs in it twice"):
        read_value(line)


def test_the_digits_of_a_long_number_are_kept_up_to_a_bound() -> None:
    assert read_value(b"[%s, %s]" % (b"7" * 30, b"7" * 5_000)) == [int("7" * 30), 2**64]
