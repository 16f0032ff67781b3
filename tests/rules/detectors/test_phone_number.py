"""Telephone numbers and messenger contacts in offers (FA-74)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.detectors.lexicon import Lexicon, Place, Places
from operators.detectors.phone_number import phone_number
from operators.text.views import Views

DETECTOR = phone_number()
LEXICON = Lexicon("phone_number.txt")


def found(text: str) -> list[str]:
    return [text[start:end] for start, end, _ in sorted(DETECTOR.find(Views(text)))]


@pytest.mark.parametrize(
    ("text", "contacts"),
    [
        ("WhatsApp me +1 (415) 555-0133, guaranteed profit", ["+1 (415) 555-0133"]),
        ("You have won! Call 0906 170 1461 to claim", ["0906 170 1461"]),
        ("加微信 abc123_x 带你赚钱", ["abc123_x"]),
        ("QQ：123456789 刷单日结", ["123456789"]),
        ("保本理财，详询１３８００１３８０００", ["１３８００１３８０００"]),
        ("préstamos sin aval, escríbenos al 55 1234 5678", ["55 1234 5678"]),
        ("Sofortkredit ohne Schufa, rufen Sie 030 1234567", ["030 1234567"]),
        ("кредит без отказа, звоните 8 (800) 555-35-35", ["8 (800) 555-35-35"]),
        ("follow my signals on telegram @profit_king, crypto profits", ["@profit_king"]),
        ("claim your prize: t.me/win_now", ["t.me"]),
    ],
)
def test_a_contact_in_an_offer_is_found__fa_74(text: str, contacts: list[str]) -> None:
    assert found(text) == contacts


@pytest.mark.parametrize(
    "text",
    [
        "my number is 0170 1234567",
        "call 0170 1234567",
        "I won 1234567 points in the game",
        "call me on 0170 1234567 about the discount",
        "my new number is 0170 1234567, got a discount at whatsapp shop",
        "call the shop on 2024-11-29, there is a discount",
        "guaranteed profit, call 123456",
        "call 1234567890123456 to claim your prize",
        "我的手机号 13800138000，优惠券帮我领一下",
        "guaranteed profit! whatsapp me tomorrow",
        "they promise a profit. " + "nothing else " * 5 + "0170 1234567",
        "see t.me/my_channel",
        "whatsapp abcdefghijklmnopqrst-1, guaranteed profit",
    ],
)
def test_other_numbers_are_no_contacts_in_offers__fa_74(text: str) -> None:
    assert found(text) == []


@given(st.lists(st.sampled_from([*sorted(LEXICON.roles), "0170 1234567", "abc_123"]), min_size=1, max_size=5))
def test_a_hit_has_what_the_prefilter_looks_for__fa_74(pieces: list[str]) -> None:
    views, look = Views(" ".join(pieces)), DETECTOR.look
    if list(DETECTOR.find(views)) and views.digits_in_a_row < look.digits:
        assert any(
            all(any(phrase in views.accentless.text for phrase in part) for part in parts)
            for parts in look.combinations
        )


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(1, 5)), max_size=6), st.integers(0, 60), st.integers(1, 5))
def test_the_place_next_to_another_is_found_by_its_end__fa_73_fa_74(
    drawn: list[tuple[int, int]], start: int, length: int
) -> None:
    places = Places(sorted((Place(at, at + size) for at, size in drawn), key=lambda place: place.end))
    to = Place(start, start + length)
    found = places.nearest(to)
    assert (found is None) == (not drawn)
    after = next((place for place in places if place.end >= start), None)
    assert places.has_between(start, start + length) == (after is not None and after.start < start + length)


def test_a_word_of_letters_and_hyphens_is_searched_in_linear_time__fa_74() -> None:
    short, long = (spent_s("whatsapp, guaranteed profit " + "a-" * length) for length in (1_000, 16_000))
    assert long < 100 * max(short, 0.001)


def spent_s(text: str) -> float:
    began_s = time.thread_time()
    list(DETECTOR.find(Views(text)))
    return time.thread_time() - began_s


def test_phrases_stand_once__fa_74() -> None:
    assert {phrase: roles for phrase, roles in LEXICON.roles.items() if len(set(roles)) < len(roles)} == {}


@pytest.mark.parametrize("unit", ["never send me code ", "call 0170 1234567 prize ", "@abcde whatsapp ", "0-", "x_1"])
def test_a_long_text_is_searched_in_linear_steps__fa_74(unit: str) -> None:
    """Each place is compared with its neighbours only: nothing here grows with the square of the text."""
    text = unit * (20_000 // len(unit))
    assert len(list(DETECTOR.find(Views(text)))) <= len(text)
