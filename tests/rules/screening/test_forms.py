"""Inflected forms (FA-77) and combinations (FA-78) of keywords, by example; the oracle covers the rest."""

from __future__ import annotations

import pytest

from operators.policy.keywords import Keyword, ScreenRules
from operators.screening.matcher import Matcher, compile_rules
from operators.text.words import LONGEST_WORD, stems


def matcher(*keywords: Keyword) -> Matcher:
    return compile_rules(ScreenRules(keywords, frozenset({"keyword"}), ()))


def found(text: str, keyword: str, language: str | None = None) -> list[str]:
    """Return what is found of a keyword, as the text has it."""
    spans = matcher(Keyword("k", keyword, language=language)).find(text)
    return [text[span.start : span.end] for span in spans]


@pytest.mark.parametrize(
    ("language", "keyword", "text", "expected"),
    [
        (None, "payment", "they want two payments today", "payments"),
        (
            None,
            "verify your identity",
            "I am verifying my friend, verifying your identities!",
            "verifying your identities",
        ),
        (None, "gift card", "Gift-Cards please", "Gift-Cards"),
        ("es", "código de verificación", "los codigos de verificacion", "codigos de verificacion"),
        ("es", "transferencia", "mis transferencias", "transferencias"),
        ("pt", "transferência bloqueada", "as transferências bloqueadas", "transferências bloqueadas"),
        ("fr", "carte cadeau", "une carte cadeaux", "carte cadeaux"),
        ("de", "Gutschein", "schick mir Gutscheine", "Gutscheine"),
        ("it", "codice di verifica", "i codici di verifica", "codici di verifica"),
        ("id", "transfer uang", "tolong transfer uangnya", "transfer uangnya"),
        ("ru", "код подтверждения", "скинь код подтверждение", "код подтверждение"),
        ("ar", "رمز التحقق", "ارسل رمز تحققك", "رمز تحققك"),
        ("hi", "लड़का", "दो लड़के", "लड़के"),
    ],
)
def test_a_phrase_hits_its_inflected_forms__fa_77(language: str | None, keyword: str, text: str, expected: str) -> None:
    assert found(text, keyword, language) == [expected]


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("payment", "repayments"),
        ("payment", "paymentsx"),
        ("gift card", "gifts cards are"),
        ("tiền", "tiên"),
        ("verify your identity", "verifying identities"),
    ],
)
def test_what_has_another_stem_or_another_word_between_is_no_form__fa_77(keyword: str, text: str) -> None:
    assert found(text, keyword) == []


def test_a_keyword_may_be_compared_as_it_is_written_only__fa_77() -> None:
    assert found("payments", "payment", "und") == []
    assert found("a payment", "payment", "und") == ["payment"]


def test_a_longer_word_has_no_other_forms__fa_77() -> None:
    word = "pay" * (LONGEST_WORD // 3)
    assert found(f"{word}s", word) == [f"{word}s"]
    assert found(f"{word}pay", f"{word}pays") == []


def test_a_stem_is_the_same_whether_accents_are_written_or_not__fa_77() -> None:
    assert stems("es", "verificación") & stems("es", "verificacion")


def test_a_combination_hits_where_all_parts_are_in_one_message__fa_78() -> None:
    combined = matcher(Keyword("both", "new number + pay / lend me"))
    assert combined.find("this is my new number") == ()
    assert combined.find("can you pay?") == ()
    spans = combined.find("can you pay? or lend me 50, pay soon. this is my new number")
    assert [(span.keyword, span.start, span.end) for span in spans] == [("both", 8, 11), ("both", 49, 59)]


def test_parts_of_a_combination_do_not_overlap__fa_78() -> None:
    combined = matcher(Keyword("both", "pay bail + bail"))
    assert combined.find("they will pay bail") == ()
    assert len(combined.find("pay bail, the bail is high")) == 2


def test_alternatives_alone_hit_wherever_they_are__fa_78() -> None:
    either = matcher(Keyword("either", "gift card / voucher"))
    assert [(span.start, span.end) for span in either.find("vouchers or a gift card")] == [(0, 8), (14, 23)]


def test_signs_without_spaces_around_them_are_no_combination__fa_78() -> None:
    assert found("c++/c", "c++/c") == ["c++/c"]
