"""Pseudonyms of keys: the names under which the state of a key is stored.

Some state outlives the account that is its key: erasure markers, processed events, timers. So no key is stored in plain
text (C-18). A timer finds the ids that it needs in its own entries, which an erasure removes.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

_BYTES = 12
"""96 bits: the chance of any collision among a billion keys is about one in a hundred billion (the birthday bound).
Each further byte is in every row. A multiple of three is base 64 without padding."""


def pseudonym_of(key: str) -> str:
    """Return 16 characters of base 64: the first bytes of the key's SHA-256. `Pseudonym.java` does the same."""
    return urlsafe_b64encode(sha256(key.encode()).digest()[:_BYTES]).decode()
