"""Detector of addresses that cryptocurrency is sent to (FA-71): Bitcoin, Ethereum, TRON."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from stdnum import bitcoin

from operators.detectors.detector import Detector, Hit, Look
from operators.detectors.keccak import keccak_256

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from operators.text.views import Views

_BASE58: Final = "[1-9A-HJ-NP-Za-km-z]"
_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_ADDRESS = re.compile(
    "(?<![0-9A-Za-z])"
    rf"(?:(?P<base58>[13]{_BASE58}{{25,34}})"
    rf"|(?P<segwit>bc1[{_BECH32}]{{39}}(?:[{_BECH32}]{{20}})?|BC1[{_BECH32.upper()}]{{39}}(?:[{_BECH32.upper()}]{{20}})?)"
    rf"|(?P<tron>T{_BASE58}{{33}})"
    r"|(?P<ethereum>0x[0-9A-Fa-f]{40}))"
    "(?![0-9A-Za-z])"
)
_SHORTEST: Final = 26
_UPPER: Final = frozenset("89abcdef")
"""Digits of the hash that ask for an upper-case letter."""
_TRON: Final = 0x41  # the first byte of its addresses
_BYTES: Final = 25  # of a base58 address: version, 20 bytes, checksum
_HUMAN_PART: Final = (3, 3, 0, 2, 3)  # `bc`, as the checksum takes it in
_BECH32_SUMS: Final = {0: 1}
_BECH32M_SUM: Final = 0x2BC830A3
"""The checksum's remainder of later witness versions (BIP 350); that of version 0 is 1 (BIP 173)."""


def _is_segwit(address: str) -> bool:
    # stdnum knows the checksum of version 0 only.
    values = [_BECH32.index(char) for char in address.lower().removeprefix("bc1")]
    return bool(bitcoin.bech32_checksum((*_HUMAN_PART, *values)) == _BECH32_SUMS.get(values[0], _BECH32M_SUM))


def _is_tron(address: str) -> bool:
    data = bitcoin.b58decode(address)
    body, check = data[:-4], data[-4:]
    return len(data) == _BYTES and data[0] == _TRON and sha256(sha256(body).digest()).digest()[:4] == check


def _is_ethereum(address: str) -> bool:
    """Return whether letters of both cases, if it has them, are the checksum of the address (EIP-55)."""
    digits = address.removeprefix("0x")
    if digits in {digits.lower(), digits.upper()}:
        return True
    nibbles = keccak_256(digits.lower().encode()).hex()
    return all(
        char.isdigit() or char.isupper() == (nibble in _UPPER) for char, nibble in zip(digits, nibbles, strict=False)
    )


_VALID: Final[Mapping[str, Callable[[str], bool]]] = {
    "base58": bitcoin.is_valid,
    "segwit": _is_segwit,
    "tron": _is_tron,
    "ethereum": _is_ethereum,
}


def _find(views: Views) -> Iterator[Hit]:
    if views.longest_word < _SHORTEST:
        return
    for found in _ADDRESS.finditer(views.text):
        if found.lastgroup and _VALID[found.lastgroup](found[0]):
            yield Hit(*found.span())


CRYPTO_ADDRESS: Final = Detector("crypto_address", _find, Look(word=_SHORTEST))
