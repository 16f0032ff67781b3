"""Under which name is a key's state kept? Key: any key of a step, most often the id of an account.

Some of what is kept outlives the account that is its key: that it was erased, which events were judged, alarms. So no
key stands in state as it is (C-18). What acts when an alarm rings finds the names that it needs in its own entries,
which an erasure removes.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from hashlib import sha256

_BYTES = 12
"""96 bits: among a billion keys no two have the same, but for one chance in a hundred billion. Each byte more is in
every row of a key that has few. A multiple of three is base 64 without padding."""


def pseudonym_of(key: str) -> str:
    """Return 16 characters of base 64: the first bytes of the key's SHA-256. `Pseudonym.java` does the same."""
    return urlsafe_b64encode(sha256(key.encode()).digest()[:_BYTES]).decode()
