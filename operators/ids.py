"""Which ids conclusions have: the same input gives the same ids, wherever and however often it runs (C-10, C-11)."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

_SEPARATOR = "\x1f"
_DIGITS = 32


def identify(*parts: str | None) -> str:
    """Return the first 32 hex digits of SHA-256 over the parts joined by U+001F; an absent part is empty."""
    return sha256(_SEPARATOR.join(part or "" for part in parts).encode()).hexdigest()[:_DIGITS]


def timer_cause(event_id: str, timer: str) -> str:
    """Return the cause of what a timer concludes: the event that armed it, and the timer's name."""
    return f"{event_id}:{timer}"


_COUNT: Final = 64
"""How many shards there are. It lives in savepoints: with another number nothing known so far is found."""


SHARDS: Final = tuple(f"{number:02x}" for number in range(_COUNT))
"""All of them: where an erasure or a search goes."""


def shard_of(name: str) -> str:
    """Return the shard of an id or of a kind."""
    return SHARDS[int(identify(name)[:4], 16) % _COUNT]
