"""What counts as suspicious content when a policy says nothing. Key: none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Keyword:
    """A keyword to be found in a text."""

    id: str
    text: str
    anywhere: bool | None = None


@dataclass(frozen=True, slots=True)
class ScreenRules:
    """What a text is searched for."""

    keywords: tuple[Keyword, ...]
    detectors: frozenset[str]
    shopping_hosts: tuple[str, ...]


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
DEFAULT_KEYWORDS = tuple(Keyword(id=text, text=text) for text in LISTED_KEYWORDS)
DEFAULT_SCREEN = ScreenRules(keywords=DEFAULT_KEYWORDS, detectors=frozenset(DETECTORS), shopping_hosts=SHOPPING_HOSTS)
KEYWORDS_ALONE = ScreenRules(keywords=DEFAULT_KEYWORDS, detectors=frozenset({"keyword"}), shopping_hosts=())
