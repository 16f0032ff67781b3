"""JSON documents: divided into the same values however they are laid out, with bounded memory, and nothing lost."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.replay import json_values
from jobs.replay.json_values import document_values, is_document

TEXT = st.text(st.sampled_from('ab"\\{}[],:\n é'), max_size=6)
VALUES = st.recursive(
    TEXT | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
OBJECTS = st.lists(st.dictionaries(TEXT, VALUES, max_size=3), max_size=4)


def values(text: bytes) -> list[bytes]:
    return [raw for _, raw in document_values(io.BytesIO(text))]


@pytest.mark.parametrize("is_array", [True, False])
@given(objects=OBJECTS, indent=st.sampled_from([None, 0, 2]), is_ascii=st.booleans(), piece=st.integers(1, 9))
def test_a_document_has_the_values_that_were_written(
    objects: list[Any], indent: int | None, piece: int, *, is_array: bool, is_ascii: bool
) -> None:
    def text(value: object) -> bytes:
        return json.dumps(value, indent=indent, ensure_ascii=is_ascii).encode()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_values, "_PIECE_BYTES", piece)
        found = values(text(objects) if is_array else b"\n".join(map(text, objects)))
    assert [json.loads(value) for value in found] == objects


def test_values_keep_their_bytes_and_the_line_on_which_they_begin() -> None:
    text = b'\xef\xbb\xbf[\n{"a": 1},\n {\n"b": "x\\"}"\n},17, nonsense\n]'
    assert list(document_values(io.BytesIO(text))) == [
        (2, b'{"a": 1}'),
        (3, b'{\n"b": "x\\"}"\n}'),
        (5, b"17"),
        (5, b"nonsense"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b'[{"a":1},\n{"a":2,\n{"a":3},\n{"a":4}\n]', [b'{"a":1}', b'{"a":2', b'{"a":3}', b'{"a":4}']),
        (b'[{"a":"x\n{"a":2},\n', [b'{"a":"x', b'{"a":2}']),
        (b'{"a":{\n{"a":2}\n', [b'{"a":{', b'{"a":2}']),
        (b'[{"a":1},\n{"a":', [b'{"a":1}', b'{"a":']),
        (b'[{"a":1},\n', [b'{"a":1}', json_values.ARRAY_WITHOUT_END]),
        (b"[" * 5_000 + b"\n{}", [b"[" * 4_999, b"{}"]),
    ],
    ids=["no brace", "no quote", "no end", "cut off", "no end of the array", "too deep"],
)
def test_from_a_value_without_an_end_on_each_line_is_a_value(text: bytes, found: list[bytes]) -> None:
    assert values(text) == found


def test_a_value_longer_than_any_record_is_cut_and_the_next_one_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_values, "_KEPT_BYTES", 20)
    monkeypatch.setattr(json_values, "_PIECE_BYTES", 7)
    found = values(b'[{"text":"' + b"x" * 1_000 + b'"},{"a":1}]')
    assert found == [b'{"text":"xxxxxxxxxxx', b'{"a":1}']


class Counted(io.BytesIO):
    """A file that counts the bytes that are read of it."""

    count = 0

    def read(self, size: int | None = -1) -> bytes:
        found = super().read(size)
        self.count += len(found)
        return found

    def readline(self, size: int | None = -1) -> bytes:
        found = super().readline(size)
        self.count += len(found)
        return found


@pytest.mark.parametrize("line", [b"{", b'{"a":', b"[", b'{"a"', b"[{", b'["', b"{}]", b'"\\', b"}"])
def test_a_document_is_read_at_most_twice_whatever_is_in_it(line: bytes) -> None:
    file = Counted(b"[\n" + (line + b"\n") * 30_000)
    assert sum(len(raw) for _, raw in document_values(file)) <= len(file.getvalue())
    assert file.count <= 2 * len(file.getvalue())


@pytest.mark.parametrize("head", [b"[", b' \n[{"a":1}', b"{\n", b'{"a":{\n"b":1}}', b'\xef\xbb\xbf{ "a": 1,\n"b": 2}'])
def test_a_text_that_begins_with_an_array_or_an_open_object_is_a_document(head: bytes) -> None:
    assert is_document(head)


@pytest.mark.parametrize(
    "head", [b"", b'{"a":1}\n', b'{"a":"{"}\n{', b'{"type": "Mess\n{}', b"a,b\n", b'{"a":' + b"x" * 99]
)
def test_any_other_text_has_a_value_a_line(head: bytes) -> None:
    assert not is_document(head)
