"""Which keywords does a policy look for that names none of its own? Key: none."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from operators.normalisation import normalise
from operators.packs import PACKS, load_pack
from operators.policy_screen import DETECTORS, LISTED_KEYWORDS, SHOPPING_HOSTS, Keyword, ScreenRules

if TYPE_CHECKING:
    from collections.abc import Iterable


def distinct(keywords: Iterable[Keyword]) -> tuple[Keyword, ...]:
    """Return the keywords without those that an earlier one finds in the same way: one hit is one span."""
    kept: dict[tuple[str, bool | None], Keyword] = {}
    for keyword in keywords:
        kept.setdefault((normalise(keyword.text), keyword.anywhere), keyword)
    return tuple(kept.values())


@cache
def default_screen() -> ScreenRules:
    """Return the rules of friendship-age without a policy file (FA-7): the listed keywords, then the packs'."""
    listed = (Keyword(id=text, text=text) for text in LISTED_KEYWORDS)
    packed = (keyword for name in PACKS for keyword in load_pack(name))
    return ScreenRules(distinct((*listed, *packed)), frozenset(DETECTORS), SHOPPING_HOSTS)


@cache
def default_keywords() -> ScreenRules:
    """Return the same keywords as the only detector (AI-2, IF-19)."""
    return ScreenRules(default_screen().keywords, frozenset({"keyword"}), ())
