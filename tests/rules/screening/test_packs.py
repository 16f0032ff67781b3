"""Keyword packs: every phrase can be found, and everyday messages do not contain them."""

from __future__ import annotations

from pathlib import Path

import pytest

from operators.policy.keywords import PACKS, default_screen, load_pack
from operators.screening.matcher import compile_rules
from operators.text.normalisation import normalise

SMS = Path(__file__).parents[4] / "shared" / "data" / "sms.tsv"
DEFAULT = compile_rules(default_screen())

FRAUDULENT = (
    "无抵押贷款，凭身份证当天放款，利息低，额度高",
    "【工商银行】您的积分即将到期，请登录兑换现金",
    "本周理财产品預期年化收益率5%，5萬起購",
    "我換號了，錢打到我老婆的卡，户名为李某",
    "代办信用卡，POS机套现，手续费低",
    "您涉嫌洗钱，请将资金转入安全账户配合调查",
    "刷 单 返 利，佣金日结工资，轻松赚钱",
    "Your account has been suspended, verify your identity now",
    "Send the Steam card codes, I will pay you back tomorrow with interest",
    "You have been selected for an unsecured loan, no credit check",
    "Warrant for your arrest: unpaid tax, call the tax office",
)
EVERYDAY = (
    "今天晚上一起吃饭吗",
    "信用卡还款日快到了我得记着",
    "我在银行排队呢人好多",
    "生日结婚纪念日快乐",
    "社保本月到账了",
    "一起投票吧给我弟弟",
    "请汇报一下工作进度",
    "天空放晴了",
    "体验资格抢到了",
    "我加入群聊了",
    "工资发了请你吃火锅",
    "can you lend me your bank holiday notes",
    "i won the match, drinks are on me",
    "my parcel came today",
    "the loan of the book was great",
)


@pytest.mark.parametrize("name", PACKS)
def test_every_phrase_of_a_pack_can_be_found_and_occurs_once__fa_11(name: str) -> None:
    folded = [normalise(keyword.text) for keyword in load_pack(name)]
    assert all(folded)
    assert len(set(folded)) == len(folded)


@pytest.mark.parametrize("name", PACKS)
def test_no_entry_has_the_id_of_another__fa_7(name: str) -> None:
    ids = [normalise(keyword.id) for keyword in load_pack(name)]
    assert len(set(ids)) == len(ids)


FRIENDS = (
    "Hi mum, phone fell in the sink, this is my new number. Could you pay a bill for me today?",
    "I put your number by mistake, you will get a code, can you forward it to me",
    "¿Me haces un Bizum de 50 euros?",
    "mándame el codigo de verificacion, porfa",
    "mãe, troquei de número, faz um pix pra mim hoje, é urgente",
    "coucou maman, j'ai cassé mon téléphone, tu peux payer une facture ?",
    "Hallo Mama, mein Handy ist kaputt, das ist meine neue Nummer, schreib mir auf WhatsApp",
    "ciao mamma questo è il mio nuovo numero, scrivimi su whatsapp, è urgente",
    "bro pinjam uang dulu, mbanking error, besok diganti",
    "cho em mượn 2 triệu, mai em trả, đang kẹt tiền",
    "займи до завтра, карта заблокирована, вечером верну",
    "スマホ壊れて番号変わった、お金貸してほしい、至急お願い",
    "سلفني مبلغ ضروري، حسابي موقوف، بكرة ارجعها لك",
    "यूपीआई काम नहीं कर रहा, पैसे भेज दो, कल लौटा दूंगा",
    "bhai upi nahi chal raha, paise bhej do, kal wapas kar dunga",
)
FRIENDLY = (
    "房租中介佣金太高了，不租那个房子了",
    "he has a court order about the kids, it's awful",
    "凭身份证就能进图书馆",
    "I forgot my pin number again",
    "what is the card number on the invitation?",
    "¿me llamas luego? cambié la hora del dentista",
    "minha mãe trocou de celular e está adorando",
)


@pytest.mark.parametrize("text", FRIENDS)
def test_the_packs_find_frauds_among_friends__fa_7(text: str) -> None:
    assert DEFAULT.find(text)


@pytest.mark.parametrize("text", FRIENDLY)
def test_everyday_phrases_alone_are_no_offer_and_no_demand__fa_7_fa_78(text: str) -> None:
    assert DEFAULT.find(text) == ()


def test_a_pack_that_does_not_ship_is_refused() -> None:
    with pytest.raises(LookupError):
        load_pack("../en")


@pytest.mark.parametrize("text", FRAUDULENT)
def test_the_packs_find_fraudulent_offers_and_demands__fa_7(text: str) -> None:
    assert DEFAULT.find(text)


@pytest.mark.parametrize("text", EVERYDAY)
def test_the_packs_do_not_hit_everyday_messages__fa_7(text: str) -> None:
    assert DEFAULT.find(text) == ()


@pytest.mark.skipif(not SMS.exists(), reason="the SMS Spam Collection is not here")
def test_at_most_one_in_a_hundred_harmless_texts_is_flagged_by_default__fa_7() -> None:
    lines = SMS.read_text(encoding="utf-8").splitlines()
    harmless = [text for label, text in (line.split("\t", 1) for line in lines) if label == "ham"]
    flagged = sum(bool(DEFAULT.find(text)) for text in harmless)
    assert flagged <= len(harmless) / 100
