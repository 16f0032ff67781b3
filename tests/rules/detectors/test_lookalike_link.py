"""Links whose domain imitates that of a known site (FA-75)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from operators.detectors.known_sites import known_sites, link_words, look_of
from operators.detectors.lookalike_link import LOOKALIKE_LINK
from operators.text.views import Views


def found(text: str) -> list[tuple[str, str | None]]:
    return [(text[start:end], site) for start, end, site in LOOKALIKE_LINK.find(Views(text))]


@pytest.mark.parametrize(
    ("host", "site"),
    [
        ("arnazon.com", "amazon.com"),
        ("www.paypa1.com", "paypal.com"),
        ("xn--pypal-4ve.com", "paypal.com"),
        ("раураl.com", "paypal.com"),
        ("páypal.com", "paypal.com"),
        ("amazom.com", "amazon.com"),
        ("whatsapp-vote.xyz", "whatsapp.com"),
        ("paypal-secure.com", "paypal.com"),
        ("secure-paypal.co.uk", "paypal.com"),
        ("apple-support.com", "apple.com"),
        ("applesupport.net", "apple.com"),
        ("amazon.account-login.xyz", "amazon.com"),
        ("usps.delivery-status.com", "usps.com"),
        ("hmrc.gov.uk.refund.top", "hmrc.gov.uk"),
        ("paypal[.]com-secure[.]xyz", "paypal.com"),
        ("netflix dot com-billing dot com", "netflix.com"),
        ("ｐａｙｐａｌ－ｌｏｇｉｎ．ｃｏｍ", "paypal.com"),
        ("mastercrad.com", "mastercard.com"),
    ],
)
def test_a_host_that_imitates_a_site_is_found_with_the_site__fa_75(host: str, site: str) -> None:
    assert found(f"see {host}, now") == [(host, site)]
    assert found(f"去{host}看") == [(host, site)]


@pytest.mark.parametrize(
    "text",
    [
        "amazon.de, www.amazon.co.jp and smile.amazon.com",
        "google.fr",
        "apple-pie.com",
        "paypal.so happy about that",
        "facebok.it was down",
        "ask bob@paypal-secure.com",
        "my-finance.com",
        "example.com/paypal",
        "hello.world",
        "paypal-secure",
        "paypal.localhost",
        "gov.uk",
        "a." * 11 + "paypal-secure.com",
        "x" * 254 + "-paypal.com",
    ],
)
def test_other_hosts_imitate_nobody__fa_75(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("text", ["https://paypal.so", "paypal.so/login", "www.paypal.so", "https://facebok.it"])
def test_what_is_certainly_a_link_is_judged_under_every_ending__fa_75(text: str) -> None:
    assert [site for _, site in found(text)] in (["paypal.com"], ["facebook.com"])


def test_no_domain_of_a_known_site_imitates_another__fa_75() -> None:
    assert {domain for domain in known_sites().domains if found(f"https://www.{domain}/x")} == set()


def test_every_name_is_imitated_beside_a_word__fa_75() -> None:
    sites = known_sites().by_look.values()
    assert {site.name for site in sites if not found(f"{site.name}-verify.com")} == set()


def test_names_and_words_are_as_hosts_are_compared__fa_75() -> None:
    names = {site.name for site in known_sites().by_look.values()} | link_words()
    assert {name for name in names if name != name.strip("-").lower() or not name.isascii()} == set()
    assert all(look_of(look) == look for look in known_sites().by_look)


@given(st.sampled_from(sorted(known_sites().domains)), st.sampled_from(sorted(known_sites().domains)))
def test_a_site_below_somebody_elses_domain_is_found__fa_75(domain: str, label: str) -> None:
    assert found(f"https://{domain}.{label.replace('.', '')}-mirror.example.net/")
