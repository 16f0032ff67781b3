"""Text normalisation, character by character (FA-11)."""

from __future__ import annotations

import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.text.accents import fold_accents
from operators.text.alphabet import code_points, encode_any, normalised_code_points, skeleton_symbols
from operators.text.normalisation import affected_code_points, clusters, folded_view, nfkc, normalise
from operators.text.skeleton import skeleton
from tests.rules.screening.texts import MARKS, TEXTS

_NOT_ONE = 0x110000


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＡＢＣ", "abc"),
        ("Straße", "strasse"),
        ("İ", "i\u0307"),
        ("ﬁne", "fine"),
        ("㎏", "kg"),
        ("½", "12"),
        ("e\u0301", "é"),
        ("é", "é"),
        ("\uff76\uff9e", "ガ"),
        ("匯款", "汇款"),
        ("a b\u3000c-d_e。f\u200bg\ufeffh\ti\u00ad", "abcdefghi"),
        ("❤\ufe0f👍🏽", ""),
        ("\u1112\u1161\u11ab", "\u1112\u1161\u11ab"),
        ("", ""),
    ],
)
def test_width_case_script_and_separators_make_no_difference__fa_11(text: str, folded: str) -> None:
    assert normalise(text) == folded


@given(TEXTS)
def test_clusters_are_the_text_cut_before_every_base_character__fa_11(text: str) -> None:
    cut = clusters(text)
    assert "".join(cut) == text
    assert all(cut)


@given(st.text(st.sampled_from("aeyA1\u212b" + MARKS), min_size=1, max_size=80))
def test_a_cluster_of_many_marks_is_normalised_as_by_unicodedata__fa_11(cluster: str) -> None:
    assert nfkc(cluster) == unicodedata.normalize("NFKC", cluster)


def test_a_span_covers_only_code_points_that_contributed__fa_14() -> None:
    assert folded_view("-p\u0332ay").origin(0, 1) == (1, 2)
    assert folded_view("-e\u0301").origin(0, 1) == (1, 3)
    assert folded_view("㎏").origin(1, 2) == (0, 1)


def test_the_table_of_a_batch_normalises_as_one_text_does__fa_11() -> None:
    table = normalised_code_points()
    for code in (code for code in affected_code_points() if code % 7 == 0 or code < 0x3100):
        folded = fold_accents(chr(code))
        expected = _NOT_ONE if len(folded) > 1 else ord(folded) if folded else 0
        assert table[code] in (expected, _NOT_ONE), hex(code)
    untouched = np.concatenate((np.arange(0x34000, 0xE0000), np.arange(0xE1000, 0x110000)))
    assert (table[untouched] == untouched).all()


def test_a_batch_has_the_symbols_of_patterns__fa_11() -> None:
    codes = (*range(0x4E00, 0x5400), *range(0x41, 0x5B), 0x20BB7)
    words = [skeleton(normalise(chr(code))) for code in codes]
    spelled = [tuple(skeleton_symbols(word)) for word in words]
    usual = [tuple(skeleton_symbols(word)) for word in words if ord(word) < 0xD800]
    assert len(set(usual)) == len({word for word in words if ord(word) < 0xD800})
    assert [symbol for each in spelled for symbol in each] == encode_any(code_points("".join(words))).tolist()


def test_a_cluster_of_very_many_marks_takes_linear_time__fa_11() -> None:
    asked: Counter[str] = Counter()
    view = folded_view("a" + "\u0323\u0301" * 4_000)

    def of(cluster: str) -> str:
        asked["code points"] += len(cluster)
        return view.normalise_cluster(cluster)

    counted = type(view)(view.clusters, view.text, of)
    for at in range(len(view.text)):
        counted.origin(at, at + 1)
    assert asked["code points"] <= 4 * 8_001
