"""Identity numbers of several countries (FA-72)."""

from __future__ import annotations

import pytest

from operators.detectors.identity_numbers import NUMBERS, national_id
from operators.policy.keywords import IDENTITY_COUNTRIES
from operators.text.views import Views

EVERY = national_id(IDENTITY_COUNTRIES)
EXAMPLES = {
    "cn": "我身份证号11010519491231002X帮我订票",
    "br": "o cpf dele 39053344705",
    "de": "meine Steuer-ID: 36 574 261 809",
    "es": "mi DNI es 12345678Z, ok",
    "fr": "2 95 10 99 126 111 93",
    "gb": "NHS number 943 476 5870",
    "id": "NIK saya 3171011708450001",
    "in": "2341 2341 2346 is my aadhaar",
    "it": "RCCMNL83S18D969H",
    "jp": "マイナンバーは1234 5678 9018です",
    "mx": "BOXW310820HNERXN09",
    "pt": "o meu NIF é 123456789",
    "ru": "мой ИНН 123456789047",
    "us": "my SSN is 536904399",
}


def found(text: str, *countries: str) -> list[str]:
    detector = national_id(countries) if countries else EVERY
    return [text[start:end] for start, end, _ in detector.find(Views(text))]


def test_every_country_of_a_policy_is_known__fa_72() -> None:
    assert tuple(NUMBERS) == IDENTITY_COUNTRIES == tuple(EXAMPLES)


@pytest.mark.parametrize("country", IDENTITY_COUNTRIES)
def test_a_number_is_found_where_its_country_is_listed__fa_72(country: str) -> None:
    text = EXAMPLES[country]
    assert found(text) == found(text, country) != []
    assert found(text, *(other for other in IDENTITY_COUNTRIES if other != country)) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("390.533.447-05", "390.533.447-05"),
        ("536-90-4399", "536-90-4399"),
        ("12.345.678-Z", "12.345.678-Z"),
        ("x-2482300-w", "x-2482300-w"),
        ("rccmnl83s18d969h", "rccmnl83s18d969h"),
    ],
)
def test_a_number_in_the_form_of_its_documents_needs_no_name__fa_72(text: str, number: str) -> None:
    assert found(text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "39053344705",
        "536904399",
        "536 904 399",
        "943 476 5870",
        "1234 5678 9018",
        "3171011708450001",
        "my ssn: " + "la " * 20 + "536904399",
        "ssnx 536904399",
        "12345678A",
        "a12345678Z",
        "12345678Z9",
        "é12345678Z",
        "RCCMNL83S18D969A",
        "BOXW310820HNERXN08",
        "3 95 10 99 126 111 93",
        "2 95 13 99 126 111 93",
        "000-12-3456",
    ],
)
def test_other_numbers_are_no_identity_numbers__fa_72(text: str) -> None:
    assert found(text) == []


def test_without_countries_nothing_is_found__fa_72() -> None:
    assert [text for text in EXAMPLES.values() if list(national_id(()).find(Views(text)))] == []
