"""All detectors but keywords, by the names that policies list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from operators.detectors.code_request import code_request
from operators.detectors.crypto_address import CRYPTO_ADDRESS
from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.iban import IBAN
from operators.detectors.identity_numbers import national_id
from operators.detectors.lookalike_link import LOOKALIKE_LINK
from operators.detectors.numbers import SHORTEST_CARD, find_numbers, is_bank_card
from operators.detectors.phone_number import phone_number
from operators.detectors.shopping_link import shopping_link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from operators.policy.keywords import ScreenRules
    from operators.text.views import Views


def _bank_cards(views: Views) -> Iterator[Hit]:
    if views.digits_in_a_row >= SHORTEST_CARD:
        for span in find_numbers(views.compatible.text, is_bank_card):
            yield Hit(*views.compatible.origin(*span))


_BANK_CARD: Final = Detector("bank_card", _bank_cards, Look(digits=SHORTEST_CARD))
_BY_NAME: Final[Mapping[str, Callable[[ScreenRules], Detector]]] = {
    "national_id": lambda rules: national_id(rules.identity_countries),
    "bank_card": lambda _: _BANK_CARD,
    "iban": lambda _: IBAN,
    "crypto_address": lambda _: CRYPTO_ADDRESS,
    "phone_number": lambda _: phone_number(),
    "code_request": lambda _: code_request(),
    "shopping_link": lambda rules: shopping_link(rules.shopping_hosts),
    "lookalike_link": lambda _: LOOKALIKE_LINK,
}


def detectors_of(rules: ScreenRules) -> tuple[Detector, ...]:
    """Return the detectors of some rules. Raise `UnusableRule` for a value that a detector cannot use."""
    return tuple(make(rules) for name, make in _BY_NAME.items() if name in rules.detectors)
