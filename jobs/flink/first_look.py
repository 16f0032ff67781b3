"""What the screen tells `FirstLook.java`, in front of its output: the tables of the policies, and how long they hold.

The first look drops most harmless messages before they are passed to Python. It knows no policy: it has what the screen
told it last, and relies on that only while the screen has a lease.
"""

from __future__ import annotations

import struct
import time
import zlib
from typing import TYPE_CHECKING, Final

from jobs.runtime.wire_format import pack_route
from operators.policy.durations import HOUR
from operators.screening.first_look import is_too_large, pack_tables
from schemas.codec import header_of
from schemas.records import MessageSent
from schemas.validation import LAST_MS, MAX_ID, MAX_TEXT

if TYPE_CHECKING:
    from jobs.runtime.ingress import Ingress
    from operators.screening.prefilter import Prefilter

DESTINATION: Final = "first-look"
_ALL_GROUPS, _ALL_PAIRS, _APPROACHES = 1, 2, 4
_HEAD: Final = struct.Struct(">qq")
_SIZE: Final = struct.Struct(">i")
_LIMITS: Final = struct.Struct(">iiq")
_KEPT_S: Final = 60
_NS_IN_S: Final = 1_000_000_000


class FirstLookTables:
    """Tells of an ingress what it drops; remembers what was told, as tables are told once."""

    def __init__(self, ingress: Ingress) -> None:
        self._ingress = ingress
        self._from_ms, self._kept_until_s = 0, float("-inf")
        self._told: tuple[Prefilter, bool] | None = None
        self._is_used = False

    def route(self, first_ms: int, known_until_s: float) -> bytes:
        """Return the route that says it, for a batch of records from a time on.

        The tables are for all policies that judge messages from an hour before that on, as far as they are known.
        """
        self._begin((first_ms // HOUR - 1) * HOUR)
        prefilter = self._ingress.prefilter_for(self._from_ms, LAST_MS)
        approaches = bool(self._ingress.wants_approaches(self._from_ms, LAST_MS))
        tables = b""
        if self._told is None or self._told[0] is not prefilter or self._told[1] != approaches:
            self._told = prefilter, approaches
            self._is_used = not is_too_large(prefilter.sought)
            tables = _compressed(_packed(prefilter, approaches=approaches)) if self._is_used else b""
        until_ns = int(known_until_s * _NS_IN_S) if self._is_used else 0
        return pack_route(DESTINATION, "", _HEAD.pack(until_ns, self._from_ms) + tables)

    def _begin(self, from_ms: int) -> None:
        """Set from when on messages are judged: the lowest of a minute, as partitions are read in turns."""
        now_s = time.monotonic()
        if now_s < self._kept_until_s:
            self._from_ms = min(self._from_ms, from_ms)
        else:
            self._from_ms, self._kept_until_s = from_ms, now_s + _KEPT_S


def _compressed(tables: bytes) -> bytes:
    return _SIZE.pack(len(tables)) + zlib.compress(tables)


def _packed(prefilter: Prefilter, *, approaches: bool) -> bytes:
    """Return what `MessageLook.java` reads."""
    flags = _ALL_GROUPS * prefilter.all_groups | _ALL_PAIRS * prefilter.all_pairs | _APPROACHES * approaches
    header = header_of(MessageSent)
    limits = _LIMITS.pack(MAX_ID, MAX_TEXT, LAST_MS)
    return bytes([flags]) + _SIZE.pack(len(header)) + header + limits + pack_tables(prefilter.sought)
