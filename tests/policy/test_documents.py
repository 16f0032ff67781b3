"""Parsing of policy documents: YAML and JSON, limits of size and depth, refusals."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from jobs.policy.file import InvalidPolicy, load, parse
from jobs.policy.yaml_document import MAX_BYTES
from operators.policy.model import Policy

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("written", "expected_ms"),
    [
        ("259200000", 259_200_000),
        ("3d", 259_200_000),
        ("3 d", 259_200_000),
        ("10m", 600_000),
        ("250ms", 250),
        ("1h", 3_600_000),
        ("30s", 30_000),
        ("2w", 1_209_600_000),
        ("1.5h", 5_400_000),
        ("0.001s", 1),
        ("0", 0),
        ('"3d"', 259_200_000),
    ],
)
def test_a_duration_is_milliseconds_or_text__c_20(written: str, expected_ms: int) -> None:
    assert parse(f"friendship_age: {{trust_ms: {written}}}").friendship_age.trust_ms == expected_ms


@pytest.mark.parametrize("written", ["3D", "d", "3", "3d 4h", "３d", "1e3", "1_000", "0x10", "1:30", "3.d", "d3"])
def test_other_text_is_not_a_duration__c_20(written: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse(f'friendship_age: {{trust_ms: "{written}"}}')


def test_json_and_yaml_mean_the_same() -> None:
    document = yaml.safe_load((ROOT / "docs" / "policy.yaml").read_text())
    assert parse(json.dumps(document)) == parse(json.dumps(document, indent="\t")) == Policy()


def test_json_may_escape_characters_as_surrogate_pairs() -> None:
    document = json.dumps({"friendship_age": {"keywords": ["𠮷野家", "\\ud83d"], "packs": []}})
    keywords = parse(document).friendship_age.screen.keywords
    assert [keyword.text for keyword in keywords[:2]] == ["𠮷野家", "\\ud83d"]


def test_json_has_lines_too__c_20() -> None:
    with pytest.raises(InvalidPolicy) as refused:
        parse('{\n\t"version": "v1",\n\t"friendship_age": {\n\t\t"t1_ms": -1\n\t}\n}')
    assert (refused.value.line, refused.value.key) == (4, "friendship_age.t1_ms")


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("v1", "v1"),
        ("1", "1"),
        ("1.10", "1.10"),
        ("2026-01-01", "2026-01-01"),
        ("no", "no"),
        ("007", "007"),
        ("1e5", "1e5"),
    ],
)
def test_a_version_is_the_literal_text(written: str, version: str) -> None:
    assert parse(f"version: {written}").version == version


@pytest.mark.parametrize("written", ["110", "+8610110", "0086110", "1234567890123456789012"])
def test_a_telephone_number_is_the_literal_text__fa_30(written: str) -> None:
    assert parse(f"friendship_age: {{alert_number: {written}}}").friendship_age.alert_number == written


def test_yaml_aliases_are_allowed() -> None:
    policy = parse("friendship_age: {first_operation: &act {BLOCK: {}}, second_operation: *act}").friendship_age
    assert policy.bands[0].operation == policy.second_operation


def test_aliases_cannot_expand_a_small_text_into_a_large_policy() -> None:
    names = "abcdefghij"
    levels = (f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]" for before, name in pairwise(names))
    with pytest.raises(InvalidPolicy, match="more than 100000 values"):
        parse("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "\n".join(levels))


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "{? "])
def test_deep_nesting_is_refused_without_a_crash(opening: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse("friendship_age: " + opening * 50_000)
    with pytest.raises(InvalidPolicy):
        parse(opening * 50_000)


def test_a_large_text_is_refused_before_parsing() -> None:
    with pytest.raises(InvalidPolicy, match=f"at most {MAX_BYTES}"):
        parse("#" * (MAX_BYTES + 1))


def test_a_large_file_is_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"#" * (MAX_BYTES + 1))
    with pytest.raises(InvalidPolicy, match="larger than"):
        load(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidPolicy, match=r"cannot be read: No such file"):
        load(tmp_path / "none.yaml")
    with pytest.raises(InvalidPolicy, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"version: v1\n# caf\xe9\n")
    with pytest.raises(InvalidPolicy) as refused:
        load(path)
    assert refused.value.line == 2


def test_a_byte_order_mark_is_ignored(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_bytes("version: v1\r\n".encode("utf-8-sig"))
    assert load(path).version == "v1"


@pytest.mark.parametrize("text", ["version: \ud800", 'version: "\\ud800"', '{"version": "\\ud800"}', "version: \x00"])
def test_invalid_characters_are_refused(text: str) -> None:
    with pytest.raises(InvalidPolicy):
        parse(text)


@pytest.mark.parametrize(
    "number", ["9" * 5_000, "1e999999999", "1." + "0" * 5_000, "-" + "9" * 39 + ".0e999", "1.0e-999"]
)
def test_a_huge_number_is_refused_quickly(number: str) -> None:
    for key in ("trust_ms", "gate_threshold", "escalate_after"):
        with pytest.raises(InvalidPolicy):
            parse(f"friendship_age: {{{key}: -{number}}}")


SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10) | st.sampled_from(["3d", "BLOCK"])
)
KEYS = st.text(max_size=5) | st.sampled_from(
    [
        "version",
        "friendship_age",
        "bands",
        "t1_ms",
        "do",
        "invite_forest",
        "actions",
        "first",
        "offender",
        "limits",
        "WARN",
    ]
)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=5))


@settings(max_examples=200)
@given(DOCUMENTS)
def test_any_document_is_a_policy_or_refused__c_20(document: object) -> None:
    assert_policy_or_refused(json.dumps(document))


@settings(max_examples=200)
@given(st.text() | st.text(alphabet="{}[]:,-?&*!|>'\"%@`# \nab01.~<"))
@example("&a *a")
@example("%YAML 9.9\n---\na: b")
@example("- |\n x\n- >\n y")
def test_any_text_is_a_policy_or_refused__c_20(text: str) -> None:
    assert_policy_or_refused(text)


def assert_policy_or_refused(text: str) -> None:
    try:
        parse(text)
    except InvalidPolicy as error:
        faults = error.faults
    else:
        return
    assert faults
    assert all(str(fault).isprintable() for fault in faults)
