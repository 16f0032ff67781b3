"""Detectors of identity numbers, card numbers and links (FA-8, FA-9, FA-10, FA-13)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from stdnum.cn import ric

from operators.detectors.numbers import find_numbers, is_bank_card, is_chinese_identity
from operators.detectors.shopping_link import shopping_link
from operators.text.views import Views
from tests.rules.screening import oracle

HOSTS = ("shop.example",)


@given(st.dates(), st.integers(0, 999_999), st.integers(0, 999))
def test_an_identity_number_has_a_birth_date_and_a_check_character__fa_8(born: object, place: int, order: int) -> None:
    number = f"{place:06}{str(born).replace('-', '')}{order:03}"
    number += ric.calc_check_digit(number + "0")
    assert is_chinese_identity(number)
    assert oracle.national_id(number)
    assert [digit for digit in "0123456789X" if is_chinese_identity(number[:-1] + digit)] == [number[-1]]


@pytest.mark.parametrize(
    "number", ["110105194902301230", "11010519491331002X", "1101051949123100", "X1010519491231002X"]
)
def test_a_number_without_a_valid_birth_date_is_no_identity_number__fa_8(number: str) -> None:
    assert not is_chinese_identity(number)


CARDS = st.builds(
    lambda first, rest: (first + rest) + luhn.calc_check_digit(first + rest),
    st.sampled_from(
        ["4", "51", "2221", "2720", "34", "37", "3589", "3095", "62", "81", "9558", "9704", "86", "1", "220"]
    ),
    st.text("0123456789", min_size=9, max_size=17),
)


@given(CARDS | st.text("0123456789X", min_size=11, max_size=21))
def test_a_card_number_is_issued_passes_luhn_and_has_13_to_19_digits__fa_9(digits: str) -> None:
    assert is_bank_card(digits) == oracle.bank_card(digits)
    assert is_chinese_identity(digits) == oracle.national_id(digits)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("490154203237518", "an IMEI"),
        ("357805023984942", "an IMEI within a card issuer's range, of another length"),
        ("9780000000008", "an article number"),
        ("0000000000000000", "no number"),
        ("6666666666666", "one digit again and again"),
    ],
)
def test_other_numbers_that_pass_luhn_are_no_card_numbers__fa_9(number: str, kind: str) -> None:
    assert luhn.is_valid(number), kind
    assert not is_bank_card(number)


@pytest.mark.parametrize(
    "number",
    ["4111111111111111", "4222222222222", "5555555555554444", "2223003122003222", "378282246310005", "6222021234567894",
     "3530111333300000", "30569309025904", "6011111111111117", "6200000000000005", "2200123456789019"],
)  # fmt: skip
def test_card_numbers_of_all_schemes_are_found__fa_9(number: str) -> None:
    assert is_bank_card(number)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4111-1111.1111 1111", ["4111-1111.1111 1111"]),
        ("4111  1111   1111 - 1111", ["4111  1111   1111 - 1111"]),
        ("4111    1111 1111 1111", []),
        ("4111_1111\u00b71111\u20131111", ["4111_1111\u00b71111\u20131111"]),
        ("4111\n1111\n1111\n1111", ["4111\n1111\n1111\n1111"]),
        ("钱打到4111111111111111就行", ["4111111111111111"]),
        ("カード4111 1111 1111 1111です", ["4111 1111 1111 1111"]),
        ("카드4111111111111111번", ["4111111111111111"]),
        ("4111 1111 一 1111 1111", []),
        ("4111 1111 1111 1111a", []),
        ("é4111 1111 1111 1111", []),
        ("4111 1111 1111 1111 9999", ["4111 1111 1111 1111"]),
        ("4111/1111/1111/1111", []),
        ("4111 1111 1111 1111, 5555 5555 5555 4444", ["4111 1111 1111 1111", "5555 5555 5555 4444"]),
        ("0000 0000 0000 0000", []),
        ("4111\u20101111\u201011111111", ["4111\u20101111\u201011111111"]),
    ],
)
def test_a_series_is_whole_groups_with_one_to_three_separators_between_them__fa_13(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in sorted(find_numbers(text, is_bank_card))] == found


def test_of_overlapping_numbers_the_longest_counts_then_the_leftmost__fa_13() -> None:
    assert find_numbers("1 22 333", lambda digits: digits in {"1", "122", "22333"}) == [(2, 8), (0, 1)]
    assert find_numbers("11 22 33", lambda digits: digits in {"1122", "2233"}) == [(0, 5)]


@pytest.mark.parametrize("text", ["1 " * 5_000, "1" * 20_000, "12-" * 5_000, "x1" * 5_000, "1\u0301 " * 4_000])
def test_numbers_take_a_bounded_number_of_checks_per_digit__fa_13(text: str) -> None:
    checks = 0

    def counted(_digits: str) -> bool:
        nonlocal checks
        checks += 1
        return True

    find_numbers(text, counted)
    assert checks <= 19 * len(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("shop.example", ["shop.example"]),
        ("HTTP://Shop.Example.", ["Shop.Example"]),
        ("a.shop.example..", ["a.shop.example"]),
        ("me@shop.example", ["shop.example"]),
        ("-shop.example", []),
        ("éshop.example", []),
        ("去shop.example买", ["shop.example"]),
        ("店.shop.example", ["店.shop.example"]),
        ("shop.example_x", ["shop.example"]),
        ("shopexample", []),
        ("shop.example.com", []),
        ("ſhop.example", ["ſhop.example"]),
    ],
)
def test_a_link_is_a_configured_host_or_one_below_it__fa_10(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end, _ in shopping_link(HOSTS).find(Views(text))] == found
