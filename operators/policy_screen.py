"""What is a message searched for, as a policy says it? Key: none."""

from __future__ import annotations

from dataclasses import dataclass, field

DETECTORS = ("keyword", "national_id", "bank_card", "shopping_link")
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
SHOPPING_HOSTS = ("taobao.com", "tmall.com", "jd.com", "amazon.com", "ebay.com")


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword. `id` is what spans call it; `anywhere` None: inside of words only if FA-12 says so."""

    id: str
    text: str
    anywhere: bool | None = None


@dataclass(frozen=True, slots=True)
class ScreenRules:
    """What a text is searched for. Its hash is kept: compiled rules are looked up by it for every message."""

    keywords: tuple[Keyword, ...]
    detectors: frozenset[str]
    shopping_hosts: tuple[str, ...]
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.keywords, self.detectors, self.shopping_hosts)))

    def __hash__(self) -> int:
        return self._hash

    def __reduce__(self) -> tuple[type[ScreenRules], tuple[object, ...]]:
        """Pickle without the hash: that of text differs from process to process."""
        return ScreenRules, (self.keywords, self.detectors, self.shopping_hosts)
