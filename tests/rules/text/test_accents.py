"""Accent folding: which letters lose their marks, and which marks count (FA-11)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.policy.keywords import Keyword, ScreenRules
from operators.screening.matcher import compile_rules
from operators.text.accents import accentless_view, fold_accents, normalise_accents
from operators.text.normalisation import clusters, normalise
from tests.rules.screening.texts import TEXTS

UNTOUCHED = {
    "Arabic": "حَوِّلْ المَبْلَغ",
    "Devanagari": "पैसे भेजो कृपया",
    "Bengali": "টাকা পাঠাও",
    "Tamil": "பணம் அனுப்பு",
    "Thai": "โอนเงินให้ที่นี่",
    "Hebrew": "שָׁלוֹם",
    "Kana": "ガス代、プリペイド",
}


@pytest.mark.parametrize("script", UNTOUCHED)
def test_scripts_that_depend_on_their_marks_keep_them__fa_11(script: str) -> None:
    assert normalise_accents(UNTOUCHED[script]) == normalise(UNTOUCHED[script])


@pytest.mark.parametrize("script", UNTOUCHED)
def test_another_mark_is_another_word_in_scripts_that_depend_on_them__fa_11(script: str) -> None:
    word = UNTOUCHED[script]
    marked = next(cluster for cluster in clusters(word) if len(cluster) > 1 or cluster in "ガプペ")
    assert finds(word, word)
    assert not finds(word, word.replace(marked, {"ガ": "カ"}.get(marked, marked[0]), 1))


@pytest.mark.parametrize(
    ("letter", "base"),
    [("é", "e"), ("Ñ", "n"), ("ø", "o"), ("ł", "l"), ("Đ", "d"), ("ề", "e"), ("ё", "е"), ("ά", "α"), ("İ", "i"),
     ("p\u0332", "p"), ("4\u0332", "4"), ("ß", "ss"), ("ﬁ\u0332", "fi"), ("\u0301", "\u0301"),
     ("´", ""), ("¨", ""), ("‾", ""), ("\u200b\u0301", ""),
     ("款\u0301", "款"), ("ك\u0336", "ك"), ("कि\u0332", "कि")],
)  # fmt: skip
def test_letters_lose_marks_that_are_not_of_their_script__fa_11(letter: str, base: str) -> None:
    assert fold_accents(letter) == base


@pytest.mark.parametrize(
    ("keyword", "text", "hits"),
    [
        ("payment", "p\u0332a\u0332y\u0332m\u0332e\u0332n\u0332t\u0332", True),
        ("payment", "páymènt", True),
        ("código de verificación", "el codigo de verificacion", True),
        ("código de verificación", "EL CÓDIGO DE VERIFICACIÓN", True),
        ("código", "cödigo", False),
        ("código", "códìgo", True),
        ("chuyển tiền", "chuyen tien", True),
        ("chuyển tiền", "Chuyển tiền đi", True),
        ("chuyển tiền", "chuyển tiên", False),
        ("préstamo", "prestamista", False),
        ("перевёл", "перевел", True),
        ("don't share", "don´t share", True),
        ("payment", "p¨a¨y¨m¨e¨n¨t", True),
        ("código", "co´digo", True),
        ("payment", "pay\u200b\u0301ment", True),
        ("付款", "付´款", True),
    ],
)
def test_a_letter_of_the_text_has_the_marks_of_the_keyword_or_one_of_them_has_none__fa_11(
    keyword: str, text: str, *, hits: bool
) -> None:
    assert finds(keyword, text) is hits


def test_a_span_covers_the_marks_of_its_letters__fa_14() -> None:
    text = "a p\u0332ay\u0301."
    (span,) = compile_rules(ScreenRules((Keyword("pay", "pay"),), frozenset({"keyword"}), ())).find(text)
    assert text[span.start : span.end] == "p\u0332ay\u0301"


@given(TEXTS)
def test_a_text_is_folded_as_its_clusters_are__fa_11(text: str) -> None:
    assert accentless_view(text).text == "".join(map(fold_accents, clusters(text)))


@given(st.text(st.sampled_from("ae\u0301\u0332\u0323"), min_size=33, max_size=80))
def test_a_cluster_of_many_marks_loses_them_all__fa_11(text: str) -> None:
    assert set(normalise_accents("a" + text)) <= {"a", "e"}


def finds(keyword: str, text: str) -> bool:
    return bool(compile_rules(ScreenRules((Keyword("k", keyword),), frozenset({"keyword"}), ())).find(text))
