"""Hypothesis strategies: texts at the edge cases of screening, and rules to search them by."""

from __future__ import annotations

from hypothesis import strategies as st

from operators.policy.keywords import Keyword, ScreenRules

LATIN_WORDS = ("pay", "payment", "kg", "12", "ss", "fi", "x", "i̇", "éa", "gift card", "ü", "código", "tiền", "ход")
WORDS = (*LATIN_WORDS, "перевод", "付款", "汇款", "加微信", "款", "コ", "ガ", "한")
HOSTS = ("shop.example", "jd.com", "店.example")
RULES = ScreenRules(
    keywords=(
        *(Keyword(word, word) for word in WORDS),
        Keyword("any", "ay", anywhere=True),
        Keyword("部", "付", anywhere=False),
        Keyword("es", "código de verificación", language="es"),
        Keyword("id", "kirim kode", language="id"),
        Keyword("ar", "رمز الدخول"),
        Keyword("as written", "account", language="und"),
        Keyword("two parts", "verify + code / 款"),
        Keyword("one anchor", "verification + verify"),
        Keyword("three parts", "ход + gift / pay + 12"),
    ),
    detectors=frozenset({"keyword", "national_id", "bank_card", "shopping_link"}),
    shopping_hosts=HOSTS,
    identity_countries=("cn",),
)

SEPARATORS = " -._/\t\n\u00a0\u3000\u200b\u200d\u2060\ufeff\u2010\u2011\u00ad!，。😂￥´¨\u0000\u0085"
MARKS = "\u0301\u0308\u0323\u0332\u0307\ufe0f\u034f\u3099\uff9e\u20e3\U000e0100\u0345\u05b0\u0f72"
LETTERS = "pay PAYgiftcardkKxXsſßİıﬁ㎏½①⑳²Ａｐａｙ０９١éü\u212a\u1e9e"
HAN = "付款匯汇请請麵面店部コゴ\uff7a\uff76ガ한\u1112\u1161\u11abㅎ々〇㍘"
LOOKALIKES = "рауеᴘᴀʏ🅿🇦4$@!|1lIνΝ薇宽"
ODDITIES = "\U0010ffff\ue000\U0001f1e8\U0001f468\u202e\u202c\u115f\u3164\ud7ff"
PIECES = (
    *WORDS,
    *HOSTS,
    "11010519491231002X",
    "110105 19491231 002x",
    "11010519491231002-X",
    "110105194912310021",
    "4111 1111 1111 1111",
    "4111111111111111",
    "６２１１",
    "5555-5555-5555-4444",
    "6011.0009.9013.9424",
    "4222222222222",
    "0000000000000000",
    "1 2 3 4 5 6 7",
    "https://m.shop.example/x",
    "HTTPS://JD.COM",
    "..jd.com..",
    "去jd.com买",
    "notjd.com",
    "p-a-y",
    "p\u0332a\u0332y\u0301",
    "codigo",
    "códigó",
    "cod\u0301i\u0332go",
    "CÓDIGO",
    "tien",
    "tiên",
    "TIỀN",
    "pøy",
    "хо\u0301д",
    "付\u200b款",
    "p4ym3nt",
    "g1ft c@rd5",
    "pаymеnts",
    "gift саrd",
    "ᴘᴀʏᴍᴇɴᴛ",
    "🅿🅰yment",
    "payyyment",
    "ppaaymment",
    "pepeвoды",
    "ver1fy",
    "c0de",
    "\u202etnemyap",
    "加薇信",
    "mypa ymen tis",
    "sendyourpaymenttodayplease",
    "payments",
    "Gift cards",
    "gifts card",
    "códigos de verificacion",
    "codigo de verificaciónes",
    "ходы",
    "mengirim",
    "kodenya",
    "رموز الدخول",
    "للدخول",
    "accounts",
    "verifies",
    "verifying",
    "codes",
)

CHARACTERS = st.sampled_from(SEPARATORS + MARKS + LETTERS + LOOKALIKES + HAN + ODDITIES + "0123456789")
TEXTS = st.lists(CHARACTERS | CHARACTERS | st.sampled_from(PIECES), max_size=12).map("".join)
"""Short, because the reference implementation tries every substring."""
