"""Keywords, detectors and screening rules of a policy, and their defaults."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Literal, get_args

from operators.policy.pack import read_pack
from operators.text.normalisation import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


Detector = Literal[
    "keyword",
    "national_id",
    "bank_card",
    "iban",
    "crypto_address",
    "phone_number",
    "code_request",
    "shopping_link",
    "lookalike_link",
    "semantic",
]
DETECTORS: Final[tuple[Detector, ...]] = get_args(Detector)
"""Names of the detectors (FA-7)."""
Country = Literal["cn", "br", "de", "es", "fr", "gb", "id", "in", "it", "jp", "mx", "pt", "ru", "us"]
IDENTITY_COUNTRIES: Final[tuple[Country, ...]] = get_args(Country)
"""Countries whose identity numbers are known (FA-72)."""
FalseAlarms = Literal[1, 2, 5, 10, 20, 50]
FALSE_ALARMS: Final[tuple[FalseAlarms, ...]] = get_args(FalseAlarms)
"""Harmless messages of 10,000 that the recogniser may flag: the rates for which it has thresholds (FA-81)."""
USUAL_FALSE_ALARMS: Final[FalseAlarms] = 10
LISTED_KEYWORDS = (
    "payment",
    "brushing order",
    "unsecured loan",
    "gift card",
    "verification code",
    "付款",
    "转账",
    "汇款",
    "刷单",
    "无抵押贷款",
    "验证码",
)
"""Keywords of the default policy besides those of the packs (FA-7)."""
MILD_DETECTORS: Final[tuple[Detector, ...]] = ("iban", "phone_number", "semantic")
"""Detectors that hit what friends write, too (FA-15)."""
SHOPPING_HOSTS = (
    *("taobao.com", "tmall.com", "jd.com", "amazon.com", "ebay.com", "tb.cn", "tmall.hk", "jd.hk"),
    *("amazon.ae", "amazon.ca", "amazon.cn", "amazon.co.jp", "amazon.co.uk", "amazon.co.za", "amazon.com.au"),
    *("amazon.com.be", "amazon.com.br", "amazon.com.mx", "amazon.com.tr", "amazon.de", "amazon.eg", "amazon.es"),
    *("amazon.fr", "amazon.ie", "amazon.in", "amazon.it", "amazon.nl", "amazon.pl", "amazon.sa", "amazon.se"),
    *("amazon.sg", "amzn.asia", "amzn.eu", "amzn.to", "ebay.at", "ebay.ca", "ebay.ch", "ebay.co.uk", "ebay.com.au"),
    *("ebay.com.hk", "ebay.com.my", "ebay.com.sg", "ebay.de", "ebay.es", "ebay.fr", "ebay.ie", "ebay.it", "ebay.nl"),
    *("ebay.ph", "ebay.pl", "ebay.us"),
)
"""Shops, with their national and short hosts."""
PackName = Literal["en", "zh", "es", "pt", "fr", "de", "it", "id", "vi", "ru", "ja", "ar", "hi"]
PACKS: Final[tuple[PackName, ...]] = get_args(PackName)
"""Names of the packs that ship: codes of languages."""
LANGUAGES: Final[Mapping[PackName, str]] = {
    "en": "English",
    "zh": "Chinese",
    "es": "Spanish",
    "pt": "Portuguese",
    "fr": "French",
    "de": "German",
    "it": "Italian",
    "id": "Indonesian",
    "vi": "Vietnamese",
    "ru": "Russian",
    "ja": "Japanese",
    "ar": "Arabic",
    "hi": "Hindi",
}
"""Languages of the packs."""
_AND, _OR = re.compile(r"\s\+\s"), re.compile(r"\s/\s")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword. `id` names it in spans; `anywhere`: whether it may be part of a word; None: as FA-12 decides.

    `language`: whose inflected forms it hits, too; None: that of its script (FA-77).
    """

    id: str
    text: str
    anywhere: bool | None = None
    language: str | None = None

    @property
    def parts(self) -> tuple[tuple[str, ...], ...]:
        """The parts that one message must have all of, each as its alternatives (FA-78)."""
        return tuple(tuple(_OR.split(part)) for part in _AND.split(self.text))


@dataclass(frozen=True, slots=True)
class ScreenRules:
    """The screening rules of a text. Compiled rules are looked up for every message: hash and digest are kept."""

    keywords: tuple[Keyword, ...]
    detectors: frozenset[str]
    shopping_hosts: tuple[str, ...]
    identity_countries: tuple[str, ...] = IDENTITY_COUNTRIES
    false_alarms: FalseAlarms = USUAL_FALSE_ALARMS
    _hash: int = field(init=False, repr=False, compare=False)
    _digest: bytes = field(default=b"", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash(self._parts()))

    def _parts(self) -> tuple[object, ...]:
        return self.keywords, self.detectors, self.shopping_hosts, self.identity_countries, self.false_alarms

    def __eq__(self, other: object) -> bool:
        """Compare ten thousand keywords once: those of two policies are often equal, and seldom the same objects."""
        if not isinstance(other, ScreenRules) or self._hash != other._hash:
            return False
        return self is other or self._known_digest() == other._known_digest()

    def _known_digest(self) -> bytes:
        if not self._digest:
            keywords = [(each.id, each.text, each.anywhere, each.language) for each in self.keywords]
            parts = keywords, sorted(self.detectors), *self._parts()[2:]
            object.__setattr__(self, "_digest", sha256(repr(parts).encode()).digest())
        return self._digest

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[ScreenRules], tuple[object, ...]]:
        """Pickle without the hash: that of a str differs from process to process."""
        return ScreenRules, self._parts()


def distinct(keywords: Iterable[Keyword]) -> tuple[Keyword, ...]:
    """Return the keywords without duplicates (same normalised text, same `anywhere`): one hit is one span."""
    kept: dict[object, Keyword] = {}
    for keyword in keywords:
        kept.setdefault((_folded_parts(keyword), keyword.anywhere), keyword)
    return tuple(kept.values())


@lru_cache(4096)
def _folded_parts(keyword: Keyword) -> tuple[tuple[str, ...], ...]:
    """Return a keyword's normalised parts. Cached: most keywords of most policies are those of the packs."""
    return tuple(tuple(map(normalise, alternatives)) for alternatives in keyword.parts)


def listed_keywords() -> tuple[Keyword, ...]:
    """Return the keywords of the default policy besides those of the packs."""
    return tuple(Keyword(text, text) for text in LISTED_KEYWORDS)


@cache
def default_screen() -> ScreenRules:
    """Return the default rules of friendship-age (FA-7): the listed keywords, then those of the packs."""
    packed = (keyword for name in PACKS for keyword in load_pack(name))
    return ScreenRules(distinct((*listed_keywords(), *packed)), frozenset(DETECTORS), SHOPPING_HOSTS)


@cache
def default_keywords() -> ScreenRules:
    """Return the same keywords as the only detector (AI-2, IF-19)."""
    return ScreenRules(default_screen().keywords, frozenset({"keyword"}), ())


@cache
def load_pack(name: str) -> tuple[Keyword, ...]:
    """Return a pack's keywords. Raise `LookupError` for a pack that does not ship."""
    if name not in PACKS:
        message = f"no such pack: {name}"
        raise LookupError(message)
    return tuple(Keyword(entry.id, entry.text, language=name) for entry in read_pack(name))
