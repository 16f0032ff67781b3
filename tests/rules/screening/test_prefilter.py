"""The prefilter drops only valid messages that no matcher would hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from operators.policy.keywords import DETECTORS, SHOPPING_HOSTS, Keyword, ScreenRules
from operators.screening.matcher import compile_rules
from operators.screening.prefilter import Prefilter
from schemas.codec import decode, encode
from schemas.malformed import Malformed
from schemas.records import FriendRequested, MessageSent
from schemas.validation import LAST_MS, validate
from tests.rules.screening.texts import RULES, TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

SCREEN = compile_rules(RULES)
PREFILTER = Prefilter((SCREEN,))
NOTHING = Prefilter((compile_rules(ScreenRules((), frozenset(), ())),))
NOW = 1_700_000_000_000
IDS = st.sampled_from(["a", "b", "user-1", "user-2", "user-000000000001", "user-000000000002", "x" * 256, "名"])
BAD_IDS = st.sampled_from(["", "a\nb", "x" * 257, "\u0085"])


def candidates(values: Sequence[bytes], prefilter: Prefilter = PREFILTER, time_ms: int = NOW) -> list[int]:
    """Return the indexes of the messages kept, of messages in one buffer with other bytes around them."""
    buffer, starts, ends = b"", [], []
    for value in values:
        buffer += b"\x00\xff\xe4\xbb\x98"
        starts.append(len(buffer))
        buffer += value
        ends.append(len(buffer))
    times = np.full(len(values), time_ms, dtype=np.int64)
    return prefilter.candidates(
        buffer, np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), times
    ).tolist()


def message(text: str, at_ms: int = NOW) -> MessageSent:
    return MessageSent(event_id="e", at_ms=at_ms, sender_id="a", recipient_id="b", text=text)


@given(st.lists(TEXTS, max_size=6))
@example(["\u115fc\u00f3digo", "c\u00f3digo\u3164"])
def test_a_message_that_a_matcher_hits_is_kept__fa_6(texts: list[str]) -> None:
    kept = candidates([encode(message(text)) for text in texts])
    assert {place for place, text in enumerate(texts) if SCREEN.find(text)} <= set(kept)


@given(st.lists(TEXTS | st.binary(max_size=6).map(lambda raw: raw.decode("latin-1")), min_size=1, max_size=5))
def test_a_text_gives_the_same_result_alone_and_in_a_batch__fa_6(texts: list[str]) -> None:
    values = [encode(message(text)) for text in texts]
    assert candidates(values) == [place for place, value in enumerate(values) if candidates([value])]


@given(
    st.builds(
        MessageSent,
        event_id=IDS | BAD_IDS,
        at_ms=st.sampled_from([-1, 0, 1, NOW, LAST_MS, LAST_MS + 1]),
        sender_id=IDS | BAD_IDS,
        recipient_id=st.none() | IDS | BAD_IDS,
        group_id=st.none() | IDS,
        text=st.sampled_from(["", "hey", "你好", "x" * 65_536, "x" * 65_537]),
    ),
    st.data(),
)
@settings(max_examples=300)
def test_a_dropped_message_is_valid__c_16(record: MessageSent, data: st.DataObject) -> None:
    value = bytearray(encode(record))
    for place in data.draw(st.lists(st.integers(0, min(len(value), 90) - 1), max_size=3)):
        value[place] = data.draw(st.integers(0, 255))
    value = value[: data.draw(st.sampled_from([len(value), len(value) - 1, 12, 0]))] + data.draw(st.binary(max_size=1))
    if not candidates([bytes(value)]):
        dropped = decode(bytes(value))
        validate(dropped)
        assert isinstance(dropped, MessageSent)
        assert SCREEN.find(dropped.text) == ()


def test_a_harmless_valid_message_is_dropped() -> None:
    values = [encode(message(text)) for text in ("hey", "你好，今晚吃饭吗？", "❤️ ok", "")]
    assert candidates(values) == []
    ids = MessageSent(event_id="e", at_ms=NOW, sender_id="user-7", group_id="user-8", text="hey")
    assert candidates([encode(ids)]) == []


def test_a_message_of_another_schema_version_is_kept() -> None:
    other = encode(FriendRequested(event_id="e", at_ms=NOW, request_id="r", requester_id="a", target_id="b"))
    broken = encode(message("hey")).replace(b"hey", b"he\xff")
    surrogate = encode(message("hey")).replace(b"hey", b"he\xed\xa0\x80")
    values = [b"", b"\xc3\x01", other, broken, encode(message("hey")), surrogate, encode(message("hey")) + b"!"]
    assert candidates(values) == [0, 1, 2, 3, 5, 6]
    assert candidates(
        [encode(MessageSent(event_id="e", at_ms=NOW, sender_id="a", recipient_id="", group_id="g", text=""))]
    )
    with pytest.raises(Malformed):
        decode(broken)


@pytest.mark.parametrize(("keyword", "text"), [("pizzas", "pppizzas"), ("ссылка", "вот ссссылка")])
def test_each_of_repeated_letters_is_at_the_edge_of_their_word__fa_67_fa_77(keyword: str, text: str) -> None:
    screen = compile_rules(ScreenRules((Keyword("k", keyword),), frozenset({"keyword"}), ()))
    assert screen.find(text)
    assert candidates([encode(message(text))], Prefilter((screen,))) == [0]


def test_the_separator_of_texts_may_occur_in_a_text() -> None:
    texts = ["你好", "付\U0010ffff款", "付款", "\U0010ffff", "再见"]
    assert candidates([encode(message(text)) for text in texts]) == [1, 2, 3]


def test_a_message_of_a_time_with_possibly_other_policies_is_kept() -> None:
    values = [encode(message("hey", at_ms)) for at_ms in (NOW - 1, NOW, NOW + 1)]
    assert candidates(values, time_ms=NOW) == [0, 2]


def test_ids_do_not_trigger() -> None:
    record = MessageSent(event_id="pay", at_ms=NOW, sender_id="4111111111111111", recipient_id="jd.com", text="hey")
    assert candidates([encode(record)]) == []


def test_without_rules_all_valid_messages_are_dropped() -> None:
    assert candidates([encode(message("付款 4111 1111 1111 1111 jd.com"))], NOTHING) == []


HITS = (
    "WhatsApp me +1 (415) 555-0133, guaranteed profit",
    "加微信 abc_xy 带你赚钱",
    "claim your prize: t.me/win",
    "forward me the 6 numbers",
    "把你手机上的验证码发我",
    "тебе придёт код из смс, скинь мне",
    "mã xác nhận gửi nhầm về máy bạn, đọc cho mình nhé",
    "go to paypal[.]com-secure[.]xyz",
    "去раураl.com看看",
    "ｐａｙｐａｌ－ｌｏｇｉｎ．ｃｏｍ",
    "netflix dot com-billing dot com",
    "paypal。com-login。com",
    "ｐａｙｐａｌ－ｌｏｇｉｎ。ｃｏｍ",
    "see paypal-login｡𝐜𝐨𝐦",
    "see paypal-login.cⓞm",
    "see https://arnazon.com/x",
    "ES9121000418450200051332",
    "gb29-nwbk-6016-1331-9268-19",
    "打到0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
    "1NEDqZPvTWRaoho48qXuLLsrYomMXPABfD",
    "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    "RCCMNL83S18D969H",
    "x-2482300-w",
    "my ssn is 536904399",
    "ＤＥ89370400440532013000",
    "hxxp://jd[.]com",
    "jd dot com",
    "jd．com",
)
DETECTORS_ONLY = compile_rules(ScreenRules((), frozenset(DETECTORS) - {"semantic"}, SHOPPING_HOSTS))
OF_DETECTORS = Prefilter((DETECTORS_ONLY,))


@given(st.lists(st.lists(TEXTS | st.sampled_from(HITS), max_size=2).map(" ".join), min_size=1, max_size=5))
def test_a_message_that_a_detector_hits_is_kept__fa_6_fa_70_fa_71_fa_72_fa_73_fa_74_fa_75(texts: list[str]) -> None:
    kept = candidates([encode(message(text)) for text in texts], OF_DETECTORS)
    assert {place for place, text in enumerate(texts) if DETECTORS_ONLY.find(text)} <= set(kept)


@pytest.mark.parametrize("text", HITS)
def test_each_of_these_texts_is_a_hit(text: str) -> None:
    assert DETECTORS_ONLY.find(text)


@pytest.mark.parametrize("text", ["hello.world", "ok.好", "a" * 40, "see example.com", "…", "去看看.吧"])
def test_a_long_word_or_a_dotted_name_alone_is_dropped__fa_6(text: str) -> None:
    assert candidates([encode(message(text))], OF_DETECTORS) == []
