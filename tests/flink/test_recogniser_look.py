"""The recogniser's look in Java: it says of texts of ASCII what the recogniser says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from operators.recogniser.recogniser import levels_of, shipped_recogniser
from operators.recogniser.symbols import read
from operators.recogniser.undisguised import undisguised
from operators.screening.first_look import pack_recogniser

if TYPE_CHECKING:
    from py4j.java_gateway import JavaGateway

pytestmark = pytest.mark.jvm

RECOGNISER = shipped_recogniser()
NO_LETTER = -(1 << 63)
CHARS = st.text(st.characters(max_codepoint=127), max_size=60)
WORDS = st.sampled_from(
    [
        *("the", "bank", "return", "morning", "corner", "send", "code", "I", "a", "vvith", "burn", "modem", "Anne"),
        *("p4y", "10am", "2nd", "$5m", "b4", "!now", "we!!come", "a+b", "urgentlyy", "soooo", "aabb", "zzxx", "qwrtp"),
        *("it's", "ok?", "(see)", "x.y/z", "http://a.bc/d", "a@b.c", "...", "--", "50%", "00", "1 000", "\x1d", "\n"),
    ]
)
TEXTS = st.lists(WORDS | CHARS, max_size=20).map(" ".join)


class Look:
    """The Java class, with the recogniser's tables."""

    def __init__(self, gateway: JavaGateway) -> None:
        packed = gateway.jvm.java.nio.ByteBuffer.wrap(pack_recogniser(RECOGNISER))
        self._java = gateway.jvm.kithward.RecogniserLook(packed)

    def level(self, text: str) -> int:
        return int(self._java.level(text))

    def is_as_written(self, text: str) -> bool:
        return bool(self._java.isAsWritten(text))


@pytest.fixture(scope="module")
def look(gateway: JavaGateway) -> Look:
    return Look(gateway)


@settings(max_examples=400)
@given(TEXTS)
@example("a  b...c//d :e: f@g 11 22 aaa  bbb 1111")
@example("")
def test_level_is_that_of_the_recogniser__fa_82(look: Look, text: str) -> None:
    symbols = read([text])
    level = int(levels_of(symbols, RECOGNISER.model.weights)[0])
    assert look.level(text) == (level if symbols.scripts()[0] else NO_LETTER)


@settings(max_examples=400)
@given(TEXTS)
def test_what_it_takes_as_written_has_no_other_reading__fa_96(look: Look, text: str) -> None:
    if look.is_as_written(text):
        assert undisguised(text, RECOGNISER.words) is None


@pytest.mark.parametrize(
    ("text", "is_as_written"),
    [
        ("see you at the bank in the morning at 10am", True),
        ("I'm at home, call me back when you can", True),
        ("send the p4yment today", False),
        ("the bumer phone is at home", True),
        ("the bvvrner phone is at home", False),
        ("please heeelp me with the money", False),
        ("xqzv wkjh qqpt zzrt", False),
        ("...!!!", False),
    ],
)
def test_usual_texts_are_as_written(look: Look, text: str, is_as_written: bool) -> None:  # noqa: FBT001
    assert look.is_as_written(text) is is_as_written
