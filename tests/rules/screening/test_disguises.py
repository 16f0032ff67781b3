"""Keywords in disguise: what counts as one, and what does not (FA-12, FA-67 to FA-69)."""

from __future__ import annotations

from functools import cache
from itertools import product

import pytest

from bench.quality.disguises import DISGUISES
from operators.policy.keywords import Keyword, ScreenRules, default_screen, load_pack
from operators.screening.matcher import compile_rules
from operators.screening.prefilter import Prefilter

SHIPPED = compile_rules(default_screen())
ENGLISH = ("please make the payment today", "can you send me the code you just got", "buy a gift card for me please")
CHINESE = ("请把验证码发给我", "无抵押贷款马上到账", "帮我付款一下好吗", "加微信办理信用卡提额")
ALPHABETIC = set(DISGUISES) - {"homophones"}


@cache
def prefilter() -> Prefilter:
    return Prefilter((SHIPPED,))


def finds(keyword: str, text: str) -> list[str]:
    found = compile_rules(ScreenRules((Keyword("k", keyword),), frozenset({"keyword"}), ())).find(text)
    return [text[span.start : span.end] for span in found]


@pytest.mark.parametrize(("name", "text"), list(product(sorted(ALPHABETIC), ENGLISH + CHINESE)))
def test_shipped_phrases_are_found_in_disguise__fa_67(name: str, text: str) -> None:
    disguised = DISGUISES[name](text)
    assert SHIPPED.find(disguised)
    assert prefilter().candidate_texts([disguised.encode()]).size


@pytest.mark.parametrize(
    ("keyword", "text", "found"),
    [
        ("payment", "the pаymеnt, now", "pаymеnt"),  # Cyrillic а and е
        ("payment", "ΡΑΥΜΕΝΤ now", "ΡΑΥΜΕΝΤ"),  # Greek
        ("перевод", "сделай пepeвoд", "пepeвoд"),  # Latin letters in a Russian word
        ("payment", "two pаymеntѕ", "pаymеntѕ"),  # in another form
        ("verify + code", "ver1fy the c0de", "ver1fy"),
        ("payment", "ᴘᴀʏᴍᴇɴᴛ", "ᴘᴀʏᴍᴇɴᴛ"),
        ("payment", "🅿️ayment", "🅿️ayment"),
        ("loan", "a 🇱🇴🇦🇳 today", "🇱🇴🇦🇳"),
        ("gift card", "a g1ft c4rd!", "g1ft c4rd"),
        ("send money", "$end m0n3y", "$end m0n3y"),
        ("access", "your acce$$ ends", "acce$$"),
        ("click it", "c|!ck it", "c|!ck it"),
        ("loan", "a quick Ioan", "Ioan"),  # with a capital I
        ("payment", "ｐ４ｙment", "ｐ４ｙment"),
        ("payment", "p̲4̲y̲m̲e̲n̲t̲", "p̲4̲y̲m̲e̲n̲t̲"),
        ("payment", "paaayment todaaay", "paaayment"),
        ("payment", "ppaaymentt today", "ppaaymentt"),
        ("loan", "a looooan", "looooan"),
        ("loan", "lloooaann", "lloooaann"),
        ("address", "addddress", "addddress"),
        ("转账码", "转转账码", "转账码"),
        ("工资卡", "エ资卡", "エ资卡"),  # Katakana e for the Han character
    ],
)
def test_letters_that_stand_for_others_are_read_as_these__fa_67(keyword: str, text: str, found: str) -> None:
    assert finds(keyword, text)[0] == found


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("mall order", "a mail order"),
        ("loan", "Gl0ank"),
        ("loan", "104n"),  # of its letters only one is a letter
        ("sale", "5 4 1 3"),
        ("send", "5 end of month"),
        ("lose", "a loose end"),
        ("100 free", "1000 free"),
        ("95555", "9SSSS"),
        ("pay", "p4y"),
        ("cop", "сор"),
        ("сору", "copy"),
        ("copy", "сору"),
        ("access", "acces"),
        ("code", "c@de"),
    ],
)
def test_another_word_is_no_disguise__fa_67(keyword: str, text: str) -> None:
    assert [found for found in finds(keyword, text) if found != keyword] == []


UNDAMAGED = {
    "Arabic": ("حوّل المبلغ", "من فضلك حوّل المبلغ اليوم"),
    "Devanagari": ("पैसे भेजो", "मुझे पैसे भेजो कृपया"),
    "Bengali": ("টাকা পাঠাও", "এখনই টাকা পাঠাও"),
    "Tamil": ("பணம் அனுப்பு", "உடனே பணம் அனுப்பு"),
    "Thai": ("โอนเงิน", "ช่วย โอนเงิน หน่อย"),
    "Vietnamese": ("chuyển tiền", "hãy chuyển tiền ngay"),
    "Hebrew": ("העבר כסף", "בבקשה העבר כסף היום"),
    "Kana": ("ギフトカード", "ギフトカードを買って"),
}


@pytest.mark.parametrize("script", UNDAMAGED)
def test_scripts_that_live_from_marks_are_found_as_they_are__fa_67(script: str) -> None:
    keyword, text = UNDAMAGED[script]
    assert finds(keyword, text) == [keyword]


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("حوّل", "حوِل"),
        ("पैसे", "पासा"),
        ("টাকা", "টেকা"),
        ("பணம்", "பணமே"),
        ("โอนเงิน", "โอนเงาน"),
        ("chuyển tiền", "chuyển tiên"),
        ("ガス代金", "カス代金"),
    ],
)
def test_another_mark_of_the_script_is_no_disguise__fa_67(keyword: str, text: str) -> None:
    assert finds(keyword, text) == []


def test_a_text_with_a_plain_keyword_is_not_searched_for_disguised_ones__fa_67() -> None:
    rules = ScreenRules((Keyword("a", "payment"), Keyword("b", "gift card")), frozenset({"keyword"}), ())
    assert [span.keyword for span in compile_rules(rules).find("payment by g1ft c4rd")] == ["a"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\u202etnemyap ekam", "tnemyap"),
        ("ok \u202eyap\u202c then", "yap"),
        ("\u202edra\u202d giftc \u202c", "dra\u202d giftc \u202c"),
        ("\u202ed\u0332rac tfig\u202c for me", "d\u0332rac tfig"),
        ("\u202e1111 1111 1111 1114", "1111 1111 1111 1114"),
        ("\u202etn3my4p", "tn3my4p"),
        ("\u202eno\ntnemyap", None),
    ],
)
def test_a_right_to_left_override_is_read_as_it_is_shown__fa_68(text: str, found: str | None) -> None:
    keywords = tuple(Keyword(word, word) for word in ("payment", "pay", "gift card"))
    rules = ScreenRules(keywords, frozenset({"keyword", "bank_card"}), ())
    spans = compile_rules(rules).find(text)
    assert [text[span.start : span.end] for span in spans] == ([found] if found else [])


@pytest.mark.parametrize(
    ("keyword", "text", "hits"),
    [
        ("小额贷款", "小额代款", True),
        ("加微信", "加薇信", True),
        ("信用贷款", "信用带宽", True),
        ("贷款", "代款", False),
        ("转账码", "砖帐玛", False),
        ("网速贷", "网速代", True),
        ("代理", "贷理", False),
    ],
)
def test_a_han_character_may_stand_for_one_that_sounds_alike__fa_69(keyword: str, text: str, *, hits: bool) -> None:
    assert bool(finds(keyword, text)) is hits


@pytest.mark.parametrize(
    ("keyword", "text", "hits"),
    [
        ("gift card", "buygiftcardsnow", True),
        ("gift card", "two gift cards", True),
        ("payment", "pleasemakethepaymenttoday", True),
        ("payment", "plea sema keth epay ment", True),
        ("payment", "a repayment plan", False),
        ("payment", "prepayments", False),
        ("loan", "ineedaloanfromyoubeforethursday", True),
        ("loan", "a Sloane ranger", False),
        ("pay", "ihavetopaytherentbeforethursday", False),
        ("выручай", "навыручаи\u0306ся", False),
        ("payment", "prepa\u0301yments", False),
        ("payment", "reépaymentöffnung", True),
        ("payment", "ree\u0301paymento\u0308ffnung", True),
    ],
)
def test_a_long_keyword_counts_inside_words_that_are_run_together_or_broken__fa_12(
    keyword: str, text: str, *, hits: bool
) -> None:
    assert bool(finds(keyword, text)) is hits


def test_a_keyword_that_is_set_to_words_only_counts_in_no_word__fa_12() -> None:
    rules = ScreenRules((Keyword("k", "gift card", anywhere=False),), frozenset({"keyword"}), ())
    assert compile_rules(rules).find("buygiftcardsnow") == ()


@pytest.mark.parametrize("text", ENGLISH)
def test_a_pack_is_as_sure_of_its_phrases_in_letters_of_one_script__fa_67(text: str) -> None:
    assert all(finds(keyword.text, keyword.text) for keyword in load_pack("en")), text
