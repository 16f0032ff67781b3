"""Under which key is kept what an erasure has to find, or a search, without knowing the key? Key: none."""

from typing import Final

from operators.identity import identify

_COUNT: Final = 64
"""How many shards there are. It lives in savepoints: with another number nothing known so far is found."""

SHARDS: Final = tuple(f"{number:02x}" for number in range(_COUNT))
"""All of them: where an erasure or a search goes."""


def shard_of(name: str) -> str:
    """Return the shard of an id or of a kind."""
    return SHARDS[int(identify(name)[:4], 16) % _COUNT]
