"""Detectors of bank accounts and of addresses for cryptocurrency (FA-70, FA-71)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iban

from operators.detectors.crypto_address import CRYPTO_ADDRESS
from operators.detectors.detector import Detector
from operators.detectors.iban import IBAN
from operators.detectors.keccak import SHA3_PADDING, keccak_256
from operators.text.views import Views

SEGWIT = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
TAPROOT = "bc1p5cyxnuxmeuwuvkwfem96lqzszd02n6xdcjrs20cac6yqjjwudpxqkedrcr"
ETHEREUM = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def found(detector: Detector, text: str) -> list[str]:
    return [text[start:end] for start, end, _ in detector.find(Views(text))]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("mi IBAN ES9121000418450200051332", "ES9121000418450200051332"),
        ("DE89 3704 0044 0532 0130 00 danke", "DE89 3704 0044 0532 0130 00"),
        ("gb29-nwbk-6016-1331-9268-19.", "gb29-nwbk-6016-1331-9268-19"),
        ("打到DE89370400440532013000谢谢", "DE89370400440532013000"),
        ("FR14 2004 1010 0505 0001 3M02 606", "FR14 2004 1010 0505 0001 3M02 606"),
        ("ＤＥ89370400440532013000", "ＤＥ89370400440532013000"),
        ("NL91\nABNA\n0417\n1643\n00", "NL91\nABNA\n0417\n1643\n00"),
        ("to DE 89 3704 0044 0532 0130 00", "DE 89 3704 0044 0532 0130 00"),
        ("an D-E-8-9 3704 0044 0532 0130 00", "D-E-8-9 3704 0044 0532 0130 00"),
    ],
)
def test_an_account_number_is_found_as_people_write_it__fa_70(text: str, number: str) -> None:
    assert found(IBAN, text) == [number]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("DE89 3704 0044 0532 0130 01", "check digits"),
        ("DE89 3704 0044 0532 0130 000", "a digit more"),
        ("DE89 3704 0044 0532 0130", "too short"),
        ("xDE89370400440532013000", "within a word"),
        ("éDE89370400440532013000", "within a word, whose last letter is not ASCII"),
        ("XX89 3704 0044 0532 0130 00", "no country"),
        ("DE89    3704 0044 0532 0130 00", "too much space"),
        ("DE    89 3704 0044 0532 0130 00", "too much space"),
    ],
)
def test_other_numbers_are_no_account_numbers__fa_70(text: str, why: str) -> None:
    assert found(IBAN, text) == [], why


@given(st.text("0123456789", min_size=18, max_size=18), st.integers(2, 98))
def test_of_all_check_digits_from_02_to_98_one_pair_is_right__fa_70(account: str, check: int) -> None:
    right = iban.calc_check_digits(f"DE00{account}")
    assert bool(found(IBAN, f"DE{check:02}{account}")) == (f"{check:02}" == right)


@pytest.mark.parametrize(
    "address",
    [
        "1NEDqZPvTWRaoho48qXuLLsrYomMXPABfD",
        "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy",
        SEGWIT,
        SEGWIT.upper(),
        TAPROOT,
        ETHEREUM,
        ETHEREUM.lower(),
        "0x" + ETHEREUM[2:].upper(),
        "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
    ],
)
def test_an_address_is_found_with_its_checksum__fa_71(address: str) -> None:
    assert found(CRYPTO_ADDRESS, f"打到{address}, please") == [address]
    assert found(CRYPTO_ADDRESS, f"see x{address} or {address}1") == []
    wrong = address[:-1] + ("g" if address[-1] != "g" else "h")
    assert found(CRYPTO_ADDRESS, wrong) == []


@pytest.mark.parametrize(
    "text",
    [
        ETHEREUM[:-1] + "D",  # the case of a letter is its checksum
        TAPROOT.replace("bc1p", "bc1q", 1),
        SEGWIT[:20] + SEGWIT[20:].upper(),
        "bc1" + "K" * 39,  # the Kelvin sign
        "0x" + "0" * 64,
        "hahahahahahahahahahahahahahahaha",
    ],
)
def test_other_words_are_no_addresses__fa_71(text: str) -> None:
    assert found(CRYPTO_ADDRESS, text) == []


@given(st.binary(max_size=300))
def test_the_hash_differs_from_sha_3_in_its_padding_only__fa_71(data: bytes) -> None:
    assert keccak_256(data, SHA3_PADDING) == hashlib.sha3_256(data).digest()


def test_the_hash_of_nothing_is_the_published_one__fa_71() -> None:
    assert keccak_256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"
