"""The form of packs: kinds, lists, combinations."""

from __future__ import annotations

import pytest

from operators.policy.pack import Entry, parse_pack


def test_a_pack_has_entries_by_kind_and_lists_of_phrases() -> None:
    text = "# a comment\n[codes]\n@code = code / six @number\n"
    with pytest.raises(ValueError, match="@number"):
        list(parse_pack(text))
    text = "@number = numbers / digits\n@code = code / six @number\n[codes]\nforward the @code + now\n\n[votes]\nvote"
    assert list(parse_pack(text)) == [
        Entry(
            "forward the @code + now",
            "codes",
            "forward the code / forward the six numbers / forward the six digits + now",
        ),
        Entry("vote", "votes", "vote"),
    ]


def test_an_entry_without_a_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="no kind"):
        list(parse_pack("vote"))
