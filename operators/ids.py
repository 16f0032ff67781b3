"""Deterministic ids (SHA-256) of decisions and commands, and shards of keys.

The same input gives the same ids, wherever and however often it runs (C-10, C-11).
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

_SEPARATOR = "\x1f"
_DIGITS = 32


def identify(*parts: str | None) -> str:
    """Return the first 32 hex digits of SHA-256 over the parts joined by U+001F; an absent part is empty."""
    return sha256(_SEPARATOR.join([part or "" for part in parts]).encode()).hexdigest()[:_DIGITS]


def timer_cause(event_id: str, timer: str) -> str:
    """Return the cause of a timer's decision: the event that set the timer, and the timer's name."""
    return f"{event_id}:{timer}"


_COUNT: Final = 64
"""Number of shards. It is fixed by savepoints: with another number the state stored so far is not found."""

SHARDS: Final = tuple(f"{number:02x}" for number in range(_COUNT))
"""The names of all shards: an erasure or a search whose key is not known goes to each of them."""


def shard_of(name: str) -> str:
    """Return the shard of an id or of a kind."""
    return SHARDS[int(identify(name)[:4], 16) % _COUNT]
