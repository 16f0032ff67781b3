"""Host names that are written so that they are no links at first sight (FA-10)."""

from __future__ import annotations

import pytest

from operators.detectors.hosts import compared, normalise_host, spellings
from operators.detectors.shopping_link import shopping_link
from operators.text.accents import normalise_accents
from operators.text.views import Views

DETECTOR = shopping_link(("shop.co.uk", "店.example", "intranet"))
DISGUISED = [
    ("hxxps://shop[.]co[.]uk/x", "shop[.]co[.]uk"),
    ("shop(.)co{.}uk", "shop(.)co{.}uk"),
    ("at shop dot co dot uk, hurry", "shop dot co dot uk"),
    ("SHOP [DOT] CO (dot) UK", "SHOP [DOT] CO (dot) UK"),
    ("ｓｈｏｐ．ｃｏ．ｕｋ", "ｓｈｏｐ．ｃｏ．ｕｋ"),
    ("shop。co。uk", "shop。co。uk"),
    ("去shop。co。uk吧", "shop。co。uk"),
    ("去shop｡co.uk。吧", "shop｡co.uk"),
    ("xn--hxt.example", "xn--hxt.example"),
    ("XN--HXT.EXAMPLE", "XN--HXT.EXAMPLE"),
    ("see Intranet", "Intranet"),
]


def found(text: str) -> list[str]:
    return [text[start:end] for start, end, _ in DETECTOR.find(Views(text))]


@pytest.mark.parametrize(("text", "host"), DISGUISED)
def test_a_disguised_host_is_a_host__fa_10(text: str, host: str) -> None:
    assert found(text) == [host]


@pytest.mark.parametrize(("text", "_"), DISGUISED)
def test_every_spelling_of_a_host_is_looked_for__fa_10(text: str, _: str) -> None:
    assert any(phrase in normalise_accents(text) for phrase in DETECTOR.look.phrases)


@pytest.mark.parametrize(
    "text",
    [
        "shop dot dot co.uk",
        "shop dot  \n  co dot uk",
        "the shop dots co.uk",
        "shopdotco.uk",
        "店。example",
        "shop [.co.uk",
    ],
)
def test_other_dots_are_no_part_of_a_host__fa_10(text: str) -> None:
    assert found(text) == []


def test_a_label_in_punycode_counts_only_as_it_is_sent__fa_10() -> None:
    assert compared("xn--hxt") == "店"
    assert compared("XN--HXT.com") == "店.com"
    for odd in ("xn--", "xn--\u00e9", "xn--99999999", "xn--abc-", "xn--" + "a" * 64):
        assert compared(odd) == odd.lower()


def test_a_configured_host_may_be_in_punycode__fa_10() -> None:
    assert normalise_host("XN--HXT.Example.") == "店.example"


def test_a_host_with_many_dots_is_looked_for_by_its_longest_part__fa_10() -> None:
    assert spellings("a.b.longest.c.d") == {"longest"}
