"""What the sieve drops: only what certainly is a valid message that nothing would hit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operators.policy.keywords import ScreenRules
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
SIEVE = Prefilter((SCREEN,))
NOTHING = Prefilter((compile_rules(ScreenRules((), frozenset(), ())),))
NOW = 1_700_000_000_000
IDS = st.sampled_from(["a", "b", "user-1", "user-2", "user-000000000001", "user-000000000002", "x" * 256, "名"])
BAD_IDS = st.sampled_from(["", "a\nb", "x" * 257, "\u0085"])


def sift(values: Sequence[bytes], sieve: Prefilter = SIEVE, time_ms: int = NOW) -> list[int]:
    """Places kept of some messages in one buffer, with other bytes around them."""
    buffer, starts, ends = b"", [], []
    for value in values:
        buffer += b"\x00\xff\xe4\xbb\x98"
        starts.append(len(buffer))
        buffer += value
        ends.append(len(buffer))
    times = np.full(len(values), time_ms, dtype=np.int64)
    return sieve.candidates(buffer, np.array(starts, dtype=np.int64), np.array(ends, dtype=np.int64), times).tolist()


def message(text: str, at_ms: int = NOW) -> MessageSent:
    return MessageSent(event_id="e", at_ms=at_ms, sender_id="a", recipient_id="b", text=text)


@given(st.lists(TEXTS, max_size=6))
def test_whatever_a_screen_hits_is_kept__fa_6(texts: list[str]) -> None:
    kept = sift([encode(message(text)) for text in texts])
    assert {place for place, text in enumerate(texts) if SCREEN.find(text)} <= set(kept)


@given(st.lists(TEXTS | st.binary(max_size=6).map(lambda raw: raw.decode("latin-1")), min_size=1, max_size=5))
def test_a_text_is_judged_alike_alone_and_among_others__fa_6(texts: list[str]) -> None:
    values = [encode(message(text)) for text in texts]
    assert sift(values) == [place for place, value in enumerate(values) if sift([value])]


@given(
    st.builds(
        MessageSent,
        event_id=IDS | BAD_IDS,
        at_ms=st.sampled_from([-1, 0, 1, NOW, LAST_MS, LAST_MS + 1]),
        sender_id=IDS | BAD_IDS,
        recipient_id=st.none() | IDS | BAD_IDS,
        group_id=st.none() | IDS,
        text=st.sampled_from(["", "hello", "你好", "x" * 65_536, "x" * 65_537]),
    ),
    st.data(),
)
@settings(max_examples=300)
def test_what_is_dropped_is_a_valid_message__c_16(record: MessageSent, data: st.DataObject) -> None:
    value = bytearray(encode(record))
    for place in data.draw(st.lists(st.integers(0, min(len(value), 90) - 1), max_size=3)):
        value[place] = data.draw(st.integers(0, 255))
    value = value[: data.draw(st.sampled_from([len(value), len(value) - 1, 12, 0]))] + data.draw(st.binary(max_size=1))
    if not sift([bytes(value)]):
        dropped = decode(bytes(value))
        validate(dropped)
        assert isinstance(dropped, MessageSent)
        assert SCREEN.find(dropped.text) == ()


def test_a_harmless_valid_message_is_dropped() -> None:
    values = [encode(message(text)) for text in ("hello", "你好，今晚吃饭吗？", "❤️ ok", "")]
    assert sift(values) == []
    ids = MessageSent(event_id="e", at_ms=NOW, sender_id="user-7", group_id="user-8", text="hello")
    assert sift([encode(ids)]) == []


def test_what_is_no_message_of_the_current_version_is_kept() -> None:
    other = encode(FriendRequested(event_id="e", at_ms=NOW, request_id="r", requester_id="a", target_id="b"))
    broken = encode(message("hello")).replace(b"hello", b"hell\xff")
    surrogate = encode(message("hello")).replace(b"hello", b"he\xed\xa0\x80")
    values = [b"", b"\xc3\x01", other, broken, encode(message("hello")), surrogate, encode(message("hello")) + b"!"]
    assert sift(values) == [0, 1, 2, 3, 5, 6]
    assert sift([encode(MessageSent(event_id="e", at_ms=NOW, sender_id="a", recipient_id="", group_id="g", text=""))])
    with pytest.raises(Malformed):
        decode(broken)


def test_the_character_between_texts_may_stand_in_a_text() -> None:
    texts = ["你好", "付\U0010ffff款", "付款", "\U0010ffff", "再见"]
    assert sift([encode(message(text)) for text in texts]) == [1, 2, 3]


def test_a_message_from_a_time_for_which_other_screens_may_hold_is_kept() -> None:
    values = [encode(message("hello", at_ms)) for at_ms in (NOW - 1, NOW, NOW + 1)]
    assert sift(values, time_ms=NOW) == [0, 2]


def test_ids_do_not_trigger() -> None:
    record = MessageSent(event_id="pay", at_ms=NOW, sender_id="4111111111111111", recipient_id="jd.com", text="hello")
    assert sift([encode(record)]) == []


def test_without_rules_everything_valid_is_dropped() -> None:
    assert sift([encode(message("付款 4111 1111 1111 1111 jd.com"))], NOTHING) == []
