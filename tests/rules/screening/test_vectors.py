"""The worked examples FA-V11 to FA-V25, and the edge cases of message content."""

from __future__ import annotations

import pytest

from operators.policy.keywords import DETECTORS, LISTED_KEYWORDS, SHOPPING_HOSTS, Keyword, ScreenRules
from operators.screening.matcher import compile_rules
from operators.text.views import Views
from schemas.records import Span

SCREEN = compile_rules(
    ScreenRules(
        keywords=tuple(Keyword(text, text) for text in (*LISTED_KEYWORDS, "pay", "汇款")),
        detectors=frozenset(DETECTORS),
        shopping_hosts=(*SHOPPING_HOSTS, "shop.example"),
    )
)


def _keyword(keyword: str, start: int, end: int) -> Span:
    return Span(detector="keyword", keyword=keyword, start=start, end=end)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("请付款", _keyword("付款", 1, 3), id="a keyword FA-V11"),
        pytest.param("付 款", _keyword("付款", 0, 3), id="a space within FA-V12"),
        pytest.param("付\u200b款", _keyword("付款", 0, 3), id="a zero width space within FA-V13"),
        pytest.param("請匯款", _keyword("汇款", 1, 3), id="traditional characters FA-V14"),
        pytest.param("ＰＡＹ me now", _keyword("pay", 0, 3), id="full width and upper case FA-V15"),
        pytest.param("p-a-y", _keyword("pay", 0, 5), id="hyphens within FA-V16"),
        pytest.param("spa yard", None, id="across two words FA-V17"),
        pytest.param("payday", None, id="a part of a word FA-V18"),
        pytest.param("id 11010519491231002X", Span(detector="national_id", start=3, end=21), id="an identity FA-V19"),
        pytest.param("id 110105194912310021", None, id="a wrong check character FA-V20"),
        pytest.param("4111 1111 1111 1111", Span(detector="bank_card", start=0, end=19), id="a card FA-V21"),
        pytest.param("4111 1111 1111 1112", None, id="a card that fails luhn FA-V22"),
        pytest.param(
            "see HTTPS://m.shop.example/x", Span(detector="shopping_link", start=12, end=26), id="a shop FA-V23"
        ),
        pytest.param("notshop.example", None, id="another host that ends alike FA-V24"),
        pytest.param("shop.example.evil.test", None, id="another host that begins alike FA-V24"),
        pytest.param("never make a payment", _keyword("payment", 13, 20), id="a negation is not understood FA-V25"),
    ],
)
def test_the_worked_examples_of_content__fa_v11_to_fa_v25(text: str, expected: Span | None) -> None:
    assert SCREEN.find(text) == (() if expected is None else (expected,))


@pytest.mark.parametrize("text", ['he said "payment"', "不要付款", "don't send a gift card"])
def test_negated_and_quoted_keywords_hit_all_the_same__fa_e26(text: str) -> None:
    assert SCREEN.find(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Your verification code is 402771. Do not share it", id="FA-V108"),
        pytest.param("验证码503218，请勿告诉他人", id="FA-V109"),
        "WhatsApp verification code 402-771",
        "验证码怎么老是收不到",
    ],
)
def test_a_keyword_that_names_a_code_does_not_hit_a_notice__fa_97(text: str) -> None:
    assert list(SCREEN.keywords.find(Views(text)))
    assert "keyword" not in {span.detector for span in SCREEN.find(text)}


def test_a_keyword_that_names_a_code_hits_other_texts__fa_97() -> None:
    assert _keyword("验证码", 0, 3) in SCREEN.find("验证码")  # FA-V110
    assert {span.detector for span in SCREEN.find("把验证码发我，别告诉别人")} >= {"keyword", "code_request"}  # FA-V111
    assert "keyword" in {span.detector for span in SCREEN.find("验证码收不到，帮我付款")}


@pytest.mark.parametrize(
    ("text", "detector"),
    [
        ("verification code 402771. s3nd me the c0de that you got by sms", "code_request"),
        ("your verification code 402771, I need the code urgently to unlock my account bank money", "semantic"),
    ],
)
def test_whatever_else_hits_a_notice_makes_its_keyword_one_again__fa_97(text: str, detector: str) -> None:
    assert {span.detector for span in SCREEN.find(text)} == {"keyword", detector}


DISGUISED = (
    "付　款",
    "付。款",
    "付\u2060\ufeff款",
    "Ｇｉｆｔ　Ｃａｒｄ",
    "g.i.f.t-c a r d",
    "驗證碼",
    "轉😂賬",
    "付\u00ad款",
)


@pytest.mark.parametrize("text", DISGUISED)
def test_obfuscation_is_undone_before_matching__fa_e27(text: str) -> None:
    assert SCREEN.find(text)


def test_a_harmless_text_has_no_spans__fa_6() -> None:
    assert SCREEN.find("see you at eight, bring the book") == ()
